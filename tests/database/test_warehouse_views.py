"""The views for a warehouse are what docs/warehouse.md and docs/dbt/sources.yml promise, and are exact."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from docs.generate import DBT_SOURCES, WAREHOUSE
from services.database.tables import campaigns, imports, prediction_ledger, reporting_currency, sources
from services.intake import export

ROOT = Path(__file__).parents[2]
SECRETS = {"declared", "requested_by", "imported_by", "undone_by", "report", "mapping", "scores"}


def documented() -> dict[str, dict[str, str]]:
    """Return the type of each column of each view, by dbt's file."""
    (source,) = yaml.safe_load(DBT_SOURCES.read_text(encoding="utf-8"))["sources"]
    return {
        table["name"]: {column["name"]: column["data_type"] for column in table["columns"]}
        for table in source["tables"]
    }


def test_the_views_have_exactly_the_documented_columns(connection: sa.Connection) -> None:
    query = """
    SELECT c.relname AS view, a.attname AS name, format_type(a.atttypid, NULL) AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'v' AND c.relname LIKE 'demetra\\_%' AND a.attnum > 0
    ORDER BY c.relname, a.attnum
    """
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(sa.text(query)):
        found.setdefault(row.view, {})[row.name] = row.type

    assert found == documented()
    assert {name: list(columns) for name, columns in found.items()} == {
        name: list(columns) for name, columns in documented().items()
    }
    assert tuple(found["demetra_campaign_days"]) == export.COLUMNS


def test_every_number_has_a_unit_and_every_view_a_grain() -> None:
    (source,) = yaml.safe_load(DBT_SOURCES.read_text(encoding="utf-8"))["sources"]

    numbers = [
        (table["name"], column["name"])
        for table in source["tables"]
        for column in table["columns"]
        if column["data_type"] in {"numeric", "double precision", "integer"}
        and " Unit: " not in column["description"]
    ]
    assert numbers == []
    assert [table["name"] for table in source["tables"] if "Grain: " not in table["description"]] == []


def test_every_view_is_granted_in_the_document() -> None:
    grant = WAREHOUSE.read_text(encoding="utf-8").partition("GRANT SELECT ON")[2].partition("TO warehouse")[0]

    assert {name.strip() for name in grant.split(",")} == set(documented())


def test_no_view_has_names_of_users_or_declarations() -> None:
    columns = {name for view in documented().values() for name in view}

    assert columns & SECRETS == set()


def test_the_tests_of_dbt_hold(connection: sa.Connection) -> None:
    fill(connection)
    (source,) = yaml.safe_load(DBT_SOURCES.read_text(encoding="utf-8"))["sources"]

    broken = [
        (table["name"], column["name"])
        for table in source["tables"]
        for column in table["columns"]
        if "not_null" in column.get("data_tests", ())
        and connection.scalar(sa.text(f"SELECT count(*) FROM {table['name']} WHERE {column['name']} IS NULL"))
    ]

    assert broken == []
    assert connection.scalar(sa.text("SELECT count(*) FROM demetra_forecasts")) == 2


def test_campaign_days_are_the_sums_of_their_rows(connection: sa.Connection) -> None:
    fill(connection)

    rows = (
        connection.execute(sa.text("SELECT * FROM demetra_campaign_days ORDER BY campaign")).mappings().all()
    )

    first, second = rows
    assert (first["campaign"], first["cost"], first["clicks"], first["campaign_rows"]) == (
        "A",
        Decimal("30.0300"),
        Decimal(7),
        2,
    )
    assert (first["currency"], first["account"], first["is_sample"]) == ("EUR", "meta", False)
    assert (second["clicks"], second["revenue"], second["currency"]) == (None, None, None)


def test_only_the_forecasts_of_the_newest_data_are_newest(connection: sa.Connection) -> None:
    fill(connection)

    found = connection.execute(
        sa.text("SELECT made_on, lead_days, is_newest FROM demetra_forecasts ORDER BY made_on")
    )

    assert [tuple(row) for row in found] == [(date(2026, 10, 1), 2, False), (date(2026, 10, 2), 1, True)]


def test_a_source_shows_its_newest_day_and_no_address(connection: sa.Connection) -> None:
    fill(connection)

    found = connection.execute(sa.text("SELECT * FROM demetra_sources")).mappings().all()

    assert [(one["source"], one["data_to"], one["failures"]) for one in found] == [
        ("exports", date(2026, 10, 2), 0)
    ]
    assert "hidden.example" not in str(found)


def test_a_user_of_the_views_can_read_nothing_else(connection: sa.Connection) -> None:
    connection.execute(sa.text("CREATE ROLE warehouse_test"))
    connection.execute(sa.text(f"GRANT SELECT ON {', '.join(documented())} TO warehouse_test"))
    connection.execute(sa.text("SET LOCAL ROLE warehouse_test"))

    for view in documented():
        connection.execute(sa.text(f"SELECT * FROM {view}"))

    with pytest.raises(Exception, match="permission denied"):
        connection.execute(sa.text("SELECT * FROM sources"))


def fill(connection: sa.Connection) -> None:
    """Insert two campaign days, of which one has two rows, an import, a source and two forecasts."""
    row = {"source": "meta", "channel": "Meta", "date": date(2026, 10, 1)}
    rows: list[dict[str, Any]] = [
        {
            **row,
            "campaign_id": "A",
            "cost": Decimal("10.01"),
            "clicks": 3,
            "attributes": {"ad": "1"},
            "currency": "EUR",
        },
        {
            **row,
            "campaign_id": "A",
            "cost": Decimal("20.02"),
            "clicks": 4,
            "attributes": {"ad": "2"},
            "currency": "EUR",
        },
        {**row, "campaign_id": "B", "cost": Decimal(5), "clicks": None, "attributes": {}},
    ]
    for one in rows:
        connection.execute(campaigns.insert().values(one))
    connection.execute(reporting_currency.insert().values(currency="EUR"))
    counts = ("read", "imported", "updated", "unchanged", "combined", "rejected", "removed")
    connection.execute(
        imports.insert().values(
            **{f"rows_{name}": 1 for name in counts},
            file_name="a.csv",
            file_hash="h",
            layout="meta",
            source="meta",
            mode="replace",
            channels=["Meta"],
            covers=[],
            report={},
            fetched_from="exports",
            date_from=date(2026, 10, 1),
            date_to=date(2026, 10, 2),
        )
    )
    declared = {"place": "https://hidden.example/in"}
    connection.execute(sources.insert().values(name="exports", type="https", declared=declared))
    connection.execute(sources.insert().values(name="gone", type="https", is_declared=False))
    for made_on in (date(2026, 10, 1), date(2026, 10, 2)):
        connection.execute(
            prediction_ledger.insert().values(
                made_on=made_on,
                channel="Meta",
                date=date(2026, 10, 3),
                metric="roi",
                mean=1.0,
                low=0.5,
                high=2.0,
                run_id=1,
                is_sample=False,
                made_at=sa.func.now(),
            )
        )
