"""Campaign days as CSV: exact, of one moment, limited to a period, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from demetra_dash.api import exports
from services.analytics import Analytics
from services.database.tables import campaigns
from services.intake import export
from services.intake.export import Block
from tests.api.clients import INTERVAL_SECONDS, client_of, client_on
from tests.api.test_openapi import check
from tests.security.test_roles import BORIS, SIGNED_IN, THROUGH

PATH = "/api/export/campaign-days.csv"


def store(engine: sa.Engine, *rows: dict[str, Any]) -> None:
    usual = {"source": "meta", "campaign_id": "A", "channel": "Meta", "date": date(2026, 10, 1)}
    with engine.begin() as connection:
        for row in rows:
            connection.execute(campaigns.insert().values({**usual, **row}))


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_amounts_keep_all_of_their_digits(client: FlaskClient, engine: sa.Engine) -> None:
    store(engine, {"cost": Decimal("12345678901234.5678"), "revenue": None, "impressions": 100, "clicks": 0})

    answer = client.get(PATH)
    (row,) = rows_of(answer.data)

    assert answer.content_type == "text/csv; charset=utf-8"
    assert (row["cost"], row["revenue"], row["impressions"], row["clicks"]) == (
        "12345678901234.5678",
        "",
        "100",
        "0",
    )
    assert (row["date"], row["grain"], row["is_sample"]) == ("2026-10-01", "day", "false")


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", ["01", "02", "03"]),
        ("?from=2026-10-02", ["02", "03"]),
        ("?to=2026-10-02", ["01", "02"]),
        ("?from=2026-10-02&to=2026-10-02", ["02"]),
        ("?from=2026-11-01", []),
        ("?channel=Meta&from=2026-10-03", ["03"]),
        ("?channel=meta", []),
    ],
)
def test_both_ends_of_the_period_are_included(
    client: FlaskClient, engine: sa.Engine, query: str, days: list[str]
) -> None:
    store(engine, *({"date": date(2026, 10, day), "cost": 1} for day in (1, 2, 3)))

    found = client.get(PATH + query)

    assert found.status_code == 200
    assert [row["date"][-2:] for row in rows_of(found.data)] == days
    assert found.data.decode("utf-8-sig").splitlines()[0] == ",".join(export.COLUMNS)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?from=yesterday", "from"),
        ("?to=20261001", "to"),
        ("?to=2026-02-30", "to"),
        ("?from=2026-10-02&to=2026-10-01", "to"),
        ("?from=2026-10-02&from=2026-10-03", "from"),
    ],
)
def test_a_period_that_is_none_is_refused(client: FlaskClient, query: str, parameter: str) -> None:
    answer = client.get(PATH + query)

    assert (answer.status_code, answer.get_json()["parameter"]) == (400, parameter)


def test_names_that_look_like_formulas_are_made_safe(client: FlaskClient, engine: sa.Engine) -> None:
    store(
        engine, {"campaign_id": '=HYPERLINK("x")', "cost": 1}, {"campaign_id": "-5 %", "cost": Decimal("-2")}
    )

    rows = rows_of(client.get(PATH).data)

    assert [row["campaign"] for row in rows] == ["'-5 %", '\'=HYPERLINK("x")']
    assert rows[0]["cost"] == "-2"


def test_many_blocks_are_one_file_in_order(
    client: FlaskClient, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK_ROWS", 3)
    store(engine, *({"campaign_id": f"{number:02}", "cost": number} for number in range(10)))

    rows = rows_of(client.get(PATH).data)

    assert [row["campaign"] for row in rows] == [f"{number:02}" for number in range(10)]


class Interrupted(Analytics):
    """A facade that does `between` after the first block of an export."""

    def __init__(self, engine: sa.Engine, between: Callable[[], object]) -> None:
        super().__init__(engine, INTERVAL_SECONDS)
        self.between = between

    def campaign_days(self, first: date | None, last: date | None, channel: str | None) -> Generator[Block]:
        for place, block in enumerate(super().campaign_days(first, last, channel)):
            yield block
            if place == 0:
                self.between()


@pytest.fixture
def several_blocks(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """An engine on a database whose six campaign days are read in three blocks."""
    monkeypatch.setattr(export, "BLOCK_ROWS", 2)
    store(engine, *({"campaign_id": f"{number:02}", "cost": number} for number in range(6)))
    return engine


def test_rows_that_come_in_between_are_not_in_the_file(several_blocks: sa.Engine, tmp_path: Path) -> None:
    add = partial(store, several_blocks, {"campaign_id": "99", "cost": 1})
    client = client_of(Interrupted(several_blocks, add), home=tmp_path)

    first = rows_of(client.get(PATH).data)
    second = rows_of(client_on(several_blocks, home=tmp_path).get(PATH).data)

    assert [row["campaign"] for row in first] == [f"{number:02}" for number in range(6)]
    assert len(second) == 7


def test_a_database_that_fails_in_between_gives_no_part_of_the_file(
    several_blocks: sa.Engine, tmp_path: Path
) -> None:
    def end_its_session() -> None:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        with several_blocks.begin() as connection:
            connection.execute(sa.text(query))

    client = client_of(Interrupted(several_blocks, end_its_session), home=tmp_path)

    answer = client.get(PATH)

    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_is_the_same_from_the_disk(
    several_blocks: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_on(several_blocks, home=tmp_path)
    from_memory = client.get(PATH).data

    monkeypatch.setattr(exports, "IN_MEMORY_BYTES", 1)
    with client.get(PATH) as answer:
        from_disk, length = answer.data, answer.content_length

    assert from_disk == from_memory
    assert length == len(from_disk)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="there is no folder that root cannot write to")
def test_a_disk_that_cannot_be_written_is_named(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "IN_MEMORY_BYTES", 1)
    client = client_on(engine, home=Path("/proc"))

    answers = [client.get(PATH) for _ in range(exports.MOST_AT_ONCE + 1)]

    assert {(one.status_code, one.get_json()["code"]) for one in answers} == {(503, "export_storage")}


def test_only_a_few_are_made_at_once_and_places_are_given_back(
    several_blocks: sa.Engine, tmp_path: Path
) -> None:
    refused = []
    inner = client_on(several_blocks, home=tmp_path)

    def ask_for_two_more() -> None:
        outer = client_of(Interrupted(several_blocks, lambda: refused.append(inner.get(PATH))), home=tmp_path)
        refused.append(outer.get(PATH))

    client = client_of(Interrupted(several_blocks, ask_for_two_more), home=tmp_path)
    first = client.get(PATH)
    later = client.get(PATH)

    third, second = refused[:2]
    assert [answer.status_code for answer in (first, second, later)] == [200, 200, 200]
    assert (third.status_code, third.get_json()["code"]) == (503, "exports_busy")
    assert third.headers["Retry-After"]


def test_a_process_without_numpy_exports_too(several_blocks: sa.Engine, tmp_path: Path) -> None:
    """psycopg takes numpy's numbers from the modules that are loaded, so this needs a process of its own."""
    code = """
import sys
from pathlib import Path
from demetra_dash.server import application
server = application()
assert sys.modules["numpy"] is None
answer = server.test_client().get(sys.argv[1], base_url="http://localhost")
print(answer.status_code, answer.text.count("\\n"), flush=True)
import os
os._exit(0)
"""
    url = several_blocks.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": url, "DEMETRA_HOME": str(tmp_path)}

    command = [sys.executable, "-c", code, PATH]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert (done.stdout.split(), done.stderr[-2000:]) == (["200", "7"], "")


def test_a_database_that_is_down_is_said_before_anything_is_sent(without_database: FlaskClient) -> None:
    answers = [without_database.get(PATH) for _ in range(exports.MOST_AT_ONCE + 1)]

    assert {(answer.status_code, answer.get_json()["code"]) for answer in answers} == {
        (503, "database_unavailable")
    }


def test_viewers_may_export_and_strangers_may_not(engine: sa.Engine) -> None:
    client = client_on(engine, **SIGNED_IN)

    answers = [client.get(PATH, headers=headers, environ_base=THROUGH) for headers in ({}, BORIS)]

    assert [answer.status_code for answer in answers] == [401, 200]


def test_the_answers_are_as_described(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()

    for query in ("", "?from=x"):
        check(document, client.get(PATH + query))
