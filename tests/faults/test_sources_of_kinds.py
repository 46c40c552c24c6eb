"""The same faults for sources of other kinds: a database, a platform, a folder."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from socketserver import StreamRequestHandler
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.tables import campaigns
from services.errors import DatabaseReadOnlyError
from services.sources import recording, state
from services.sources.fetching import Fetched, fetch_due
from services.sources.importing import ImportOptions
from services.sources.kind import Source
from services.sync import queue
from services.sync.options import SyncOptions
from tests.faults.crashing_workers import Point, worker
from tests.processes.waiting import until
from tests.sources.declared import parsed
from tests.sources.files import csv_text, drop, folder_source
from tests.sources.platform_accounts import generated
from tests.sources.platform_servers import TOKEN, Meta
from tests.sources.platform_servers import serving as serving_platform
from tests.sources.platform_sources import Reader
from tests.sources.servers import running

MUST = "others imported; last rows kept; reason; back by itself"
QUERY = "SELECT day AS date, channel, cost, 10 AS clicks, 100 AS impressions FROM shop_days"
KINDS = ("sql", "meta")


@pytest.fixture
def shop(engine: sa.Engine) -> str:
    """The address of a database of others with ten days."""
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE shop_days AS SELECT date '2025-11-01' + day AS day, 'Shop' AS channel, "
                "day + 1.25 AS cost FROM generate_series(0, 9) AS day"
            )
        )
    return engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


@pytest.fixture
def good(request: pytest.FixtureRequest, tmp_path: Path, shop: str) -> Iterator[dict[str, Source]]:
    """A good source of each kind."""
    account = generated(7, "EUR")
    with serving_platform(Meta(account)) as platform:
        meta = Reader("meta", account, tmp_path / "reader", platform).fetch().source
        yield {
            "sql": sql_source(shop),
            "meta": replace(meta, name="faulty", account="faulty", deadline_seconds=2.0, channel="Meta"),
            "folder": folder_source(tmp_path / "share", name='"faulty"'),
        }


def sql_source(address: str, query: str = QUERY) -> Source:
    text = '[[source]]\nname = "faulty"\ntype = "sql"\naddress = "${A}"\ndeadline = "2 s"\nmode = "replace"\n'
    (one,) = parsed(f'{text}query = "{query}"\n', {"A": address})
    return one


@contextmanager
def refused() -> Iterator[int]:
    yield 1


@contextmanager
def silent() -> Iterator[int]:
    """Accept connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def closing() -> Iterator[int]:
    """Close each connection at once."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            return

    with running(Handler) as port:
        yield port


def at(port: int, source: Source) -> Source:
    """Return the source with its server at a port of this machine."""
    if source.type == "sql":
        return sql_source(f"postgresql://ann:{TOKEN}@127.0.0.1:{port}/ads")
    return replace(source, options={**source.options, "base_url": f"http://127.0.0.1:{port}"})


def fetch(engine: sa.Engine, *sources: Source) -> Fetched:
    with engine.begin() as connection:
        recording.declare(connection, sources)
    return fetch_due(engine, sources, ImportOptions(), only=[one.name for one in sources])


def rows(engine: sa.Engine) -> dict[str, tuple[int, float]]:
    statement = sa.select(campaigns.c.source, sa.func.count(), sa.func.sum(campaigns.c.cost))
    with engine.connect() as connection:
        found = connection.execute(statement.group_by(campaigns.c.source))
        return {name: (number, float(cost)) for name, number, cost in found}


SERVERS: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "refused": (refused, ("source_unreachable",)),
    "hanging": (silent, ("source_overdue",)),
    "connection closed": (closing, ("source_server", "source_unreachable")),
}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(
            kind, name, marks=pytest.mark.fault(f"source: {kind}, {name}", must=MUST), id=f"{kind} {name}"
        )
        for kind in KINDS
        for name in SERVERS
    ],
)
def test_a_server_at_fault_stops_no_other_and_is_read_again(
    kind: str,
    name: str,
    engine: sa.Engine,
    good: dict[str, Source],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    serving, codes = SERVERS[name]
    first = fetch(engine, good[kind])
    before = rows(engine)["faulty"]
    drop(tmp_path / "in", "may.csv", csv_text(channel="Search"))
    with serving() as port:
        at_fault = fetch(engine, folder_source(tmp_path / "in"), at(port, good[kind]))
    with engine.connect() as connection:
        told = next(one for one in state.list_sources(connection).items if one.name == "faulty")
    after = fetch(engine, good[kind])

    assert first.failed == ()
    assert (at_fault.failed, at_fault.files) == (("faulty",), 1)
    assert told.error_code in codes
    assert told.reason is not None
    assert TOKEN not in told.reason.en + told.reason.ru + caplog.text
    assert after.failed == ()
    assert rows(engine)["faulty"] == before


@pytest.mark.fault("source: sql, session ended by the server within the query", must=MUST)
def test_a_session_that_is_ended_within_a_query_imports_nothing_of_it(
    engine: sa.Engine, good: dict[str, Source], shop: str
) -> None:
    fetch(engine, good["sql"])
    before = rows(engine)
    ending = f"{QUERY}, (SELECT pg_terminate_backend(pg_backend_pid())) AS ended"

    at_fault = fetch(engine, sql_source(shop, ending))
    after = fetch(engine, good["sql"])

    assert (at_fault.failed, at_fault.files, after.failed) == (("faulty",), 0, ())
    assert rows(engine) == before


@pytest.mark.fault("source: folder, a share that cannot be entered", must=MUST)
def test_a_folder_that_cannot_be_entered_keeps_its_rows(
    engine: sa.Engine, good: dict[str, Source], tmp_path: Path
) -> None:
    share, away = tmp_path / "share", tmp_path / "away"
    drop(share, "may.csv")
    drop(tmp_path / "in", "june.csv", csv_text(range(40, 50), channel="Search"))
    fetch(engine, good["folder"])
    before = rows(engine)["faulty"]

    share.rename(away)
    share.symlink_to(share)  # a loop
    at_fault = fetch(engine, good["folder"], folder_source(tmp_path / "in"))
    during = rows(engine)["faulty"]
    share.unlink()
    away.rename(share)
    after = fetch(engine, good["folder"])

    assert (at_fault.failed, at_fault.files, after.failed) == (("faulty",), 1, ())
    assert (during, rows(engine)["faulty"]) == (before, before)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=pytest.mark.fault(
                f"source: {kind}, database read-only in the fetch", must="nothing torn; back by itself"
            ),
        )
        for kind in KINDS
    ],
)
def test_a_read_only_database_loses_nothing(
    kind: str, engine: sa.Engine, good: dict[str, Source], read_only: Callable[[bool], None]
) -> None:
    with engine.begin() as connection:
        recording.declare(connection, [good[kind]])

    read_only(True)
    with pytest.raises(DatabaseReadOnlyError):
        fetch_due(engine, [good[kind]], ImportOptions())
    read_only(False)
    fetched = fetch_due(engine, [good[kind]], ImportOptions())

    assert (fetched.failed, fetched.files > 0) == ((), True)
    assert list(rows(engine)) == ["faulty"]


@pytest.mark.fault("source: sql, `kill -9` of the worker in the fetch", must="imported once; nothing torn")
def test_a_worker_killed_while_it_stores_a_query_imports_it_once(
    engine: sa.Engine, database_url: str, shop: str, options: SyncOptions, tmp_path: Path
) -> None:
    file = tmp_path / "sources.toml"
    address = tmp_path / "address"
    address.write_text(shop)
    file.write_text(
        f'[[source]]\nname = "faulty"\ntype = "sql"\naddress = "${{file:address}}"\nquery = "{QUERY}"\n'
    )

    with worker(
        database_url, options, point=Point("services.intake.history", "finish_import"), sources=file
    ) as victim:
        victim.join(60)
        assert victim.exitcode == -9, "it did not die"
    torn = rows(engine)
    with worker(database_url, options, sources=file):
        until(lambda: rows(engine) != {} and _is_idle(engine))

    assert torn == {}
    assert rows(engine)["faulty"][0] == 10


def _is_idle(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return queue.active(connection) is None
