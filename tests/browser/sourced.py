"""Declared sources in every state, written to the tables as the fetch stage writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.database.tables import imports, source_files, sources

DENIED = {
    "en": "crm.example refuses the credentials (401). Renew them, and check what they may read.",
    "ru": "crm.example не принимает учётные данные (401). Обновите их и проверьте их права.",
}
COLUMNS = {"en": "“budget.xlsx” lacks a column for the cost.", "ru": "В «budget.xlsx» нет столбца расхода."}
DAY = 86_400
LONG_NAME = "W" * 60


def add_sources(engine: sa.Engine, more: int = 0) -> None:
    """Add a source in each state, and `more`: a late one with a long name, one that is loading, good ones."""
    now = datetime.now(UTC)
    fetched: dict[str, Any] = {"tried_at": now, "succeeded_at": now, "changed_at": now - timedelta(hours=2)}
    failing: dict[str, Any] = {
        "tried_at": now,
        "succeeded_at": now - timedelta(days=2),
        "failing_since": now - timedelta(days=2),
        "failures": 7,
        "error_code": "source_denied",
        "error_text": DENIED,
        "next_at": now + timedelta(minutes=26),
    }
    with engine.begin() as connection:
        _add(connection, "Google Ads", 1, "google_ads", declared={"is_beta": True}, **fetched)
        _add(connection, "Meta", 4, declared={"max_age_seconds": 2 * DAY, "place": "/in/*.csv"}, **fetched)
        _add(connection, "CRM", 6, "sql", **failing)
        _add(connection, "TikTok", None, "mail")
        _add(connection, "Agency", 1, "https", **fetched)
        refused = {"error_code": "columns_missing", "error_text": COLUMNS, "dealt_with_at": now}
        connection.execute(
            source_files.insert().values(
                {"source": "Agency", "key": "/budget.xlsx", "version": "2", **refused}
            )
        )
        if more > 0:
            _add(connection, LONG_NAME, 5, declared={"max_age_seconds": 2 * DAY}, **fetched)
        if more > 1:
            loading: dict[str, Any] = {"has_more": True, "next_at": now + timedelta(minutes=1)}
            _add(connection, "History", 200, "meta", **fetched, **loading)
        for number in range(2, more):
            paused: dict[str, Any] = {"next_at": now + timedelta(minutes=15)} if number == 2 else {}
            _add(connection, f"Account {number + 1}", 1, **fetched, **paused)


def finish_fetch(engine: sa.Engine, name: str) -> None:
    """Write that a source was fetched now, and has brought a file."""
    changed = {"is_wanted": False, "failing_since": None, "failures": 0, "error_text": None, "next_at": None}
    now = datetime.now(UTC)
    times = dict.fromkeys(("tried_at", "succeeded_at", "changed_at"), now)
    with engine.begin() as connection:
        connection.execute(sources.update().where(sources.c.name == name).values(changed | times))
        _import(connection, name, 0, now)


def _add(connection: sa.Connection, name: str, age: int | None, type_: str = "folder", **values: Any) -> None:
    position = connection.scalar(sa.select(sa.func.count()).select_from(sources))
    declared = {"position": position, "account": name, **values.pop("declared", {})}
    connection.execute(sources.insert().values({"name": name, "type": type_, "declared": declared, **values}))
    if age is not None:
        _import(connection, name, age, values.get("changed_at"))


def _import(connection: sa.Connection, name: str, age: int, fetched_at: datetime | None) -> None:
    """Add an import of a source whose data end `age` days ago."""
    day = (datetime.now(UTC) - timedelta(days=age)).date()
    counts = ("read", "imported", "updated", "unchanged", "combined", "rejected", "removed")
    row: dict[str, Any] = {f"rows_{count}": 0 for count in counts} | {"rows_imported": 21, "rows_updated": 12}
    row |= {"file_name": f"{name}.csv", "file_hash": "h", "layout": "meta_ads", "source": name}
    row |= {"mode": "replace", "channels": [name], "covers": [], "report": {}, "fetched_from": name}
    row |= {"date_from": day, "date_to": day}
    number = connection.execute(imports.insert().values(row).returning(imports.c.id)).scalar_one()
    file = {"source": name, "key": f"/{number}.csv", "version": "1", "import_id": number}
    connection.execute(source_files.insert().values({**file, "dealt_with_at": fetched_at or sa.func.now()}))
