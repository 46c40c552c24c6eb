"""Sources of type `sql`: one reading SELECT, streamed to a file, from where the last fetch has ended."""

from __future__ import annotations

import csv
import gc
import json
import socket
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from services.database.timeouts import InterruptibleConnection
from services.sources.failures import (
    SourceDeniedError,
    SourceError,
    SourceExtraError,
    SourceOptionError,
    SourceOverdueError,
    SourceRefusedError,
    SourceTooLargeError,
    SourceTooManyRowsError,
    SourceUnreachableError,
)
from services.sources.kind import Secret
from services.sources.kinds import kind_of
from services.sources.marks import Mark, as_mark, larger, mark_of, since
from services.sources.queries import as_text_clause, check_query, is_incremental
from tests.sources.servers import fetch

KIND = kind_of("sql")
PASSWORD = "s3cr3t-p4ss"
ALL = "SELECT day, channel, cost FROM shop_days ORDER BY day, channel"
SINCE = "SELECT day, channel, cost FROM shop_days WHERE day >= :since ORDER BY day"

Read = Callable[..., tuple[list[list[str]], dict[str, str]]]


@pytest.fixture
def shop(database_url: str) -> str:
    """The address of a database of others, with ten days of two channels."""
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE shop_days (day date, channel text, cost numeric, PRIMARY KEY (day, channel))"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO shop_days SELECT date '2025-11-01' + day, channel, day + 0.25 "
                "FROM generate_series(0, 9) AS day, unnest(ARRAY['Search', 'Social']) AS channel"
            )
        )
    return database_url


@pytest.fixture
def read(shop: str, tmp_path: Path) -> Read:
    """Read a query once: the rows of its file (none without news), and what is to be seen next time."""

    def run(
        query: str, seen: dict[str, str] | None = None, **given: Any
    ) -> tuple[list[list[str]], dict[str, str]]:
        rows, news = read_once(tmp_path / "fetch", {"address": shop, "query": query, **given}, seen)
        return rows, {**(seen or {}), **news}

    return run


def read_once(
    folder: Path, given: dict[str, Any], seen: dict[str, str] | None = None, **values: Any
) -> tuple[list[list[str]], dict[str, str]]:
    options = {option.name: option.default for option in KIND.options} | given
    rows: list[list[str]] = []
    news: dict[str, str] = {}
    for found in KIND.read(fetch(folder, options=options, seen=seen, **values)):
        rows += list(csv.reader(found.path.read_text(encoding="utf-8").splitlines()))
        news[found.key] = found.version
    assert list(folder.iterdir()) == []
    return rows, news


def run(shop: str, statement: str) -> None:
    engine = sa.create_engine(shop, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))


class TestReading:
    def test_rows_come_as_a_file_and_once(self, read: Read) -> None:
        rows, seen = read(ALL)
        again, _ = read(ALL, seen)

        assert rows[:3] == [
            ["day", "channel", "cost"],
            ["2025-11-01", "Search", "0.25"],
            ["2025-11-01", "Social", "0.25"],
        ]
        assert len(rows) == 21
        assert again == []

    def test_another_order_is_no_news_and_another_value_is(self, read: Read, shop: str) -> None:
        query = "SELECT day, channel, cost FROM shop_days"
        _, seen = read(query)
        run(shop, "UPDATE shop_days SET cost = cost WHERE day = '2025-11-03'")  # moves the rows
        assert read(query, seen)[0] == []

        run(shop, "UPDATE shop_days SET cost = cost + 0.01 WHERE day = '2025-11-03'")
        assert len(read(query, seen)[0]) == 21

    def test_no_rows_are_no_news(self, read: Read) -> None:
        assert read(ALL.replace("FROM shop_days", "FROM shop_days WHERE false")) == ([], {})

    def test_another_query_is_read_from_the_start(self, read: Read) -> None:
        _, seen = read(ALL)

        assert len(read(ALL + " -- new", seen)[0]) == 21

    def test_values_are_written_plainly(self, read: Read) -> None:
        rows, _ = read(
            "SELECT NULL AS a, 1e30::numeric AS b, true AS c, timestamp '2025-11-01 10:00' AS d, "
            "'12:30 :x' AS e, 'a,\"b' AS f, '{\"k\": 1}'::jsonb AS g, 0.1::float8 AS h, "
            "'\\x01ff'::bytea AS i, '100%' AS j"
        )

        assert rows[1] == [
            "",
            "1" + "0" * 30,
            "True",
            "2025-11-01 10:00:00",
            "12:30 :x",
            'a,"b',
            '{"k": 1}',
            "0.1",
            "01ff",
            "100%",
        ]

    def test_many_rows_are_streamed(self, read: Read) -> None:
        rows, _ = read("SELECT i, 'x' AS name FROM generate_series(1, 50000) AS i")

        assert len(rows) == 50_001
        assert rows[-1] == ["50000", "x"]


class TestSince:
    def test_the_second_fetch_goes_on_where_the_first_has_ended(self, read: Read, shop: str) -> None:
        given = {"since_column": "day", "overlap": timedelta(days=2)}
        first, seen = read(SINCE, **given)
        run(shop, "INSERT INTO shop_days VALUES ('2025-11-11', 'Search', 7)")
        second, seen = read(SINCE, seen, **given)
        third, _ = read(SINCE, seen, **given)

        assert len(first) == 21
        assert {row[0] for row in second[1:]} == {f"2025-11-{day:02}" for day in (8, 9, 10, 11)}
        assert {row[0] for row in third[1:]} == {f"2025-11-{day:02}" for day in (9, 10, 11)}
        assert read(SINCE, {**seen, **_}, **given)[0] == []

    def test_whole_numbers_and_times_are_marks_too(self, read: Read) -> None:
        numbers = "SELECT i FROM generate_series(1, 9) AS i WHERE i > :since"
        _, seen = read(numbers, since_column="i", since_start="5")
        times = "SELECT t FROM (VALUES (timestamptz '2025-11-05 10:00+00')) AS v (t) WHERE t >= :since"
        rows, of_times = read(times, since_column="t")

        assert len(read(numbers, seen, since_column="i")[0]) == 0
        assert json.loads(next(iter(seen.values())))["since"] == 9
        assert len(rows) == 2
        assert json.loads(next(iter(of_times.values())))["since"].startswith("2025-11-05T10:00")

    def test_a_parameter_without_a_column_is_told(self, read: Read) -> None:
        with pytest.raises(SourceOptionError, match="since_column"):
            read(SINCE)
        with pytest.raises(SourceOptionError, match="no column week"):
            read(SINCE, since_column="week")

    @pytest.mark.parametrize(
        ("mark", "start"),
        [
            (date(2025, 11, 20), date(2025, 11, 17)),
            (datetime(2025, 11, 20, 15, 30, tzinfo=UTC), datetime(2025, 11, 18, tzinfo=UTC)),
            (700, 700),
        ],
    )
    def test_days_are_read_as_a_whole(self, mark: Mark, start: Mark) -> None:
        assert since(mark, timedelta(days=2, hours=1)) == start

    def test_marks_are_read_from_values_and_texts(self) -> None:
        assert as_mark("2025-11-20") == mark_of("2025-11-20") == date(2025, 11, 20)
        assert as_mark("2025-11-20T10:00:00+00:00") == datetime(2025, 11, 20, 10, tzinfo=UTC)
        assert (as_mark(Decimal(5)), as_mark("20251120"), as_mark(7)) == (5, 20_251_120, 7)
        assert [as_mark(value) for value in (None, True, 1.5, "Search", Decimal("1.5"))] == [None] * 5
        assert larger(date(2025, 1, 1), date(2024, 1, 1)) == date(2025, 1, 1)
        assert larger(5, date(2024, 1, 1)) == date(2024, 1, 1)


GOOD = (
    "select 1",
    "  WITH a AS (SELECT 1) SELECT * FROM a;",
    "(SELECT 1) UNION (SELECT 2)",
    "SELECT 'delete; drop' AS a, \"insert\", `update` FROM t -- ; drop\n WHERE x = 'it''s' /* ; merge */",
    "SELECT last_update, deleted FROM t",
    "SELECT $$ ; delete $$",
    "FROM t SELECT a",
)
BAD = (
    *(
        "",
        "DELETE FROM t",
        "UPDATE t SET a = 1",
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "COPY t TO PROGRAM 'x'",
    ),
    *(
        "SELECT 1; DELETE FROM t",
        "SELECT 1; SELECT 2",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
    ),
    *(
        "SELECT * INTO t2 FROM t",
        "SELECT * FROM t FOR UPDATE",
        "SELECT 1 /*! ; DROP TABLE t */",
        "EXPLAIN ANALYZE SELECT 1",
    ),
    *("CALL f()", "SET ROLE x", "DO $$ $$", "VACUUM", "-- SELECT\nDELETE FROM t"),
)


class TestQueries:
    @pytest.mark.parametrize("query", GOOD)
    def test_a_query_that_reads_is_allowed(self, query: str) -> None:
        assert check_query(query) is None

    @pytest.mark.parametrize("query", BAD)
    def test_all_else_is_refused(self, query: str) -> None:
        assert check_query(query)

    def test_only_since_is_a_parameter(self) -> None:
        query = "SELECT ':since', a::date, '10:30', ' :x' FROM t WHERE a >= :since;"

        assert is_incremental(query)
        assert not is_incremental("SELECT ':since' -- :since")
        assert not is_incremental("SELECT a::since, b :sincere FROM t")
        assert as_text_clause(query).count("\\:") == 1

    @pytest.mark.parametrize("query", ["SELECT nextval('s')", "SELECT lo_create(0)"])
    def test_the_database_refuses_changes_that_the_text_does_not_show(
        self, query: str, read: Read, shop: str
    ) -> None:
        run(shop, "CREATE SEQUENCE s")
        with pytest.raises(SourceRefusedError, match="read-only"):
            read(query)


class TestFailures:
    @pytest.mark.parametrize(
        "query",
        [
            "SELECT nothing FROM shop_days",
            "SELECT * FROM no_table",
            "SELECT 1 FROM",
            "SELECT 1/0",
            "SELECT 'x'::int",
        ],
    )
    def test_a_query_that_the_database_refuses_is_told_with_its_reason(self, query: str, read: Read) -> None:
        with pytest.raises(SourceRefusedError) as caught:
            read(query)

        assert caught.value.values["reason"]

    @pytest.mark.parametrize(
        "query", ["SELECT pg_sleep(30)", "SELECT pg_sleep(0.01) FROM generate_series(1, 9999)"]
    )
    def test_a_slow_query_is_given_up_at_the_deadline(self, query: str, shop: str, tmp_path: Path) -> None:
        begin = monotonic()
        with pytest.raises(SourceOverdueError):
            read_once(tmp_path / "fetch", {"address": shop, "query": query}, seconds=1.2)

        assert monotonic() - begin < 15
        assert list((tmp_path / "fetch").iterdir()) == []

    def test_a_statement_that_is_given_up_before_its_first_row_leaves_nothing_open(
        self, shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lost: list[object] = []
        monkeypatch.setattr(sys, "unraisablehook", lambda found: lost.append(found.exc_value))
        engine = sa.create_engine(shop, poolclass=sa.NullPool)
        with engine.begin() as other:
            other.execute(sa.text("LOCK TABLE shop_days IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(SourceOverdueError):
                read_once(tmp_path / "fetch", {"address": shop, "query": ALL}, seconds=0.6)
        gc.collect()

        assert lost == []

    def test_a_server_that_never_answers_is_given_up(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for scheme in ("postgresql",):
                address = f"{scheme}://reader:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/x"
                with pytest.raises(SourceOverdueError):
                    read_once(tmp_path / "fetch", {"address": address, "query": "SELECT 1"}, seconds=0.5)

    def test_too_many_rows_or_bytes_are_refused(self, shop: str, tmp_path: Path) -> None:
        many = "SELECT i, 'xxxxxxxxxxxxxxxxxxxx' AS name FROM generate_series(1, 100000) AS i"
        with pytest.raises(SourceTooManyRowsError, match="5,000"):
            read_once(tmp_path / "fetch", {"address": shop, "query": many, "max_rows": 5000})
        with pytest.raises(SourceTooLargeError, match="1 MB"):
            read_once(tmp_path / "fetch", {"address": shop, "query": many}, max_bytes=1_000_000)

        assert list((tmp_path / "fetch").iterdir()) == []

    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            (f"postgresql://reader:{PASSWORD}@127.0.0.1:1/x", SourceUnreachableError),
            (f"postgresql://reader:{PASSWORD}@db.invalid/x", SourceUnreachableError),
            (f"mysql://reader:{PASSWORD}@127.0.0.1/x", SourceExtraError),
            (f"clickhouse://reader:{PASSWORD}@127.0.0.1/x", SourceExtraError),
            (f"bigquery://{PASSWORD}/x", SourceExtraError),
            (f"snowflake://reader:{PASSWORD}@account/x", SourceExtraError),
            (f"duckdb:///{PASSWORD}.db", SourceExtraError),
            (f"unknown://reader:{PASSWORD}@127.0.0.1/x", SourceOptionError),
            (f"{PASSWORD}", SourceOptionError),
            (f"postgresql://reader:{PASSWORD}@127.0.0.1:port/x", SourceOptionError),
            (f"sqlite:////nowhere/{PASSWORD}.db", SourceUnreachableError),
        ],
    )
    def test_what_is_wrong_with_an_address_is_told_without_its_password(
        self, address: str, expected: type[SourceError], tmp_path: Path
    ) -> None:
        with pytest.raises(SourceError) as caught:
            read_once(tmp_path / "fetch", {"address": Secret(address), "query": "SELECT 1"})

        assert type(caught.value) is expected, caught.value.text.en
        assert PASSWORD not in str(caught.value) + repr(caught.value) + caught.value.text.ru
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    def test_a_missing_driver_is_named_with_its_extra(self, tmp_path: Path) -> None:
        with pytest.raises(SourceExtraError, match=r"demetra-dash\[mysql\]"):
            read_once(tmp_path / "fetch", {"address": "mariadb://127.0.0.1/x", "query": "SELECT 1"})

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            (f'password authentication failed for user "reader" ({PASSWORD})', SourceDeniedError),
            ("no pg_hba.conf entry for host", SourceDeniedError),
            ("connection is bad", SourceUnreachableError),
        ],
    )
    def test_a_refused_sign_in_is_told(
        self, message: str, expected: type[SourceError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def connect(*_: Any, **__: Any) -> None:
            raise psycopg.OperationalError(message)

        monkeypatch.setattr(InterruptibleConnection, "connect", connect)
        address = f"postgresql://reader:{PASSWORD}@127.0.0.1/x"
        with pytest.raises(expected) as caught:
            read_once(tmp_path / "fetch", {"address": address, "query": "SELECT 1"})

        assert PASSWORD not in str(caught.value)

    def test_a_table_without_rights_is_told(self, shop: str, tmp_path: Path) -> None:
        role = f"reader_{uuid4().hex[:8]}"
        run(shop, f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        address = sa.make_url(shop).set(username=role, password=PASSWORD)
        with pytest.raises(SourceDeniedError, match="permission denied"):
            read_once(
                tmp_path / "fetch",
                {
                    "address": address.render_as_string(hide_password=False),
                    "query": "SELECT * FROM shop_days",
                },
            )
        run(shop, f"DROP ROLE {role}")


class TestOtherDatabases:
    def test_a_sqlite_file_is_read_only(self, tmp_path: Path) -> None:
        engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.db", poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE t (day TEXT, cost REAL)"))
            connection.execute(sa.text("INSERT INTO t VALUES ('2025-11-01', 2.5), ('2025-11-02', 3)"))
        given = {
            "address": f"sqlite:///{tmp_path}/shop.db",
            "since_column": "day",
            "overlap": timedelta(days=1),
        }
        query = "SELECT day, cost FROM t WHERE day >= :since"
        rows, seen = read_once(tmp_path / "fetch", {**given, "query": query})

        assert rows == [["day", "cost"], ["2025-11-01", "2.5"], ["2025-11-02", "3.0"]]
        assert read_once(tmp_path / "fetch", {**given, "query": query}, seen)[0] == []

    @pytest.mark.parametrize(
        ("host", "address", "is_encrypted"),
        [("db.example", "8.8.8.8", True), ("db.example", "10.0.0.1", False), ("", "", False)],
    )
    def test_passwords_pass_foreign_networks_encrypted(
        self, host: str, address: str, is_encrypted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: dict[str, Any] = {}

        def connect(*_: Any, **parameters: Any) -> None:
            told.update(parameters)
            raise psycopg.OperationalError("stop")

        monkeypatch.setattr(InterruptibleConnection, "connect", connect)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 0))])
        with pytest.raises(SourceUnreachableError):
            read_once(tmp_path / "fetch", {"address": f"postgresql://reader@{host}/x", "query": "SELECT 1"})

        assert (told.get("sslmode") == "require") is is_encrypted


def test_the_options_are_checked_where_they_are_declared() -> None:
    checks = {option.name: option.check for option in KIND.options if option.check is not None}

    assert checks["since_start"]("2024-01-01") is checks["since_start"]("17") is None
    assert checks["since_start"]("yesterday")
    assert checks["max_rows"](0)
    assert checks["query"]("DELETE FROM t")
