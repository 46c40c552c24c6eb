"""The statements of a sync and of its readers are of the kind that Citus runs; so is `distribute.sql`.

No Citus can be had here, so the statements are recorded on PostgreSQL and held against what Citus
documents ("SQL Support and Workarounds" and "Triggers on Distributed Tables" of its manual). That
cannot prove that they run there; it finds those that certainly would not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from demetra_dash.settings import read_settings
from demetra_dash.worker import sync_options
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.tables import campaign_days, campaigns, metadata
from services.intake import create_sample
from services.periods import Selection, last_days
from services.sync.run import run_now
from tests.rows import add_campaigns

SCRIPT = Path(__file__).parents[2] / "deploy/citus/distribute.sql"
COLUMN = "channel"
LOCAL = {table.name for table in metadata.tables.values()}
DISTRIBUTED = {
    "campaigns",
    "replaced_campaigns",
    "campaign_days",
    "segment_days",
    "changed_days",
    "snapshot_days",
    "snapshot_parts",
    "snapshot_part_days",
    "prediction_ledger",
}
LOCAL -= DISTRIBUTED
VOLATILE = r"\b(clock_timestamp|random|nextval|gen_random_uuid|statement_timestamp|timeofday)\s*\("


@dataclass(frozen=True)
class Rule:
    """What Citus does not run on distributed tables, why, and whether a statement asks for it."""

    reason: str
    breaks: Callable[[str], object]


def tables_of(statement: str) -> set[str]:
    return set(re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|USING)\s+(\w+)", statement, re.IGNORECASE))


def outside_of_materialized(statement: str) -> str:
    """Return the statement without its materialized parts: their results are collected on one machine."""
    return re.sub(r"WITH .*? AS MATERIALIZED \(.*?\n    \)\n", "", statement, flags=re.DOTALL)


def copies_elsewhere(statement: str) -> bool:
    """True for rows of a distributed table that go to another place than the one they lie in."""
    found = re.match(r"\s*INSERT INTO (\w+) \((.*?)\)\s*SELECT (.*?)\s*FROM (\w+)", statement, re.DOTALL)
    if found is None or found[4] not in DISTRIBUTED:
        return False
    taken = dict(zip(found[2].split(", "), found[3].split(", "), strict=True))
    return found[1] not in DISTRIBUTED or taken.get(COLUMN) != f"{found[4]}.{COLUMN}"


def joins_apart(statement: str) -> bool:
    """True for two distributed tables that are joined without their column."""
    joins = re.findall(r"JOIN (\w+) AS (\w+)\s+ON (.*?)(?=\n\s+(?:LEFT )?JOIN|\n\s*\))", statement, re.DOTALL)
    wanted = [(alias, on) for table, alias, on in joins if table in DISTRIBUTED]
    return any(not re.search(rf"\b{alias}\.{COLUMN} = \w+\.{COLUMN}\b", on) for alias, on in wanted)


RULES = {
    "row locks": Rule(
        "SELECT ... FOR UPDATE works in single-shard queries only",
        lambda s: re.search(r"\bFOR (UPDATE|SHARE|NO KEY UPDATE)\b", s),
    ),
    "grouping sets": Rule(
        "they work in single-shard queries only, as over the result of a materialized part",
        lambda s: (
            re.search(r"GROUPING SETS|ROLLUP|CUBE", s) and tables_of(outside_of_materialized(s)) & DISTRIBUTED
        ),
    ),
    "volatile functions": Rule(
        "changes of distributed tables must not call them",
        lambda s: re.match(r"\s*(UPDATE|DELETE)", s) and re.search(VOLATILE, s),
    ),
    "local tables beside distributed ones": Rule(
        "joins of the two move whole tables, outer ones do not work, and a change cannot span both",
        lambda s: tables_of(s) & LOCAL,
    ),
    "rows that change places": Rule(
        "INSERT ... SELECT stays on its machine only if the column is handed on as it is",
        copies_elsewhere,
    ),
    "joins without the column": Rule("outer joins work on the distribution column only", joins_apart),
    "subqueries as values": Rule(
        "correlated ones work on the distribution column only; these are not needed at all",
        lambda s: re.search(r"SELECT\s+(EXISTS|\(SELECT)|=\s*\(SELECT|EXISTS \(SELECT", s),
    ),
    "recursion and samples": Rule(
        "both work in single-shard queries only", lambda s: re.search(r"RECURSIVE|TABLESAMPLE", s)
    ),
    "advisory locks": Rule(
        "they hold on the machine that takes them: the coordinator, with no distributed table in sight",
        lambda s: "advisory" in s,
    ),
    "changes of the column": Rule(
        "a row cannot change its channel, since that would move it to another shard",
        lambda s: re.search(rf"UPDATE .* SET .*\b{COLUMN}\s*=", s.partition("WHERE")[0]),
    ),
}


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> list[str]:
    """Every statement of two syncs and of all readers, through SQLAlchemy."""
    from services.database.engine import make_engine
    from tests.conftest import fresh_database

    with fresh_database(server_url, template=template) as url:
        engine = make_engine(url, name="demetra tests")
        with engine.begin() as connection:
            create_sample(connection, today=date(2026, 11, 23))
        recorded: dict[str, None] = {}
        sa.event.listen(engine, "before_cursor_execute", lambda *args: recorded.update({args[2]: None}))
        home = str(tmp_path_factory.mktemp("home"))
        options = sync_options(
            read_settings({"DEMETRA_HOME": home, "CHART_DPI": "50", "RETENTION_ROWS": "1"})
        )
        for _ in range(4):
            run = run_now(engine, options, trigger="test", requested_by=None, redraw=True)
            assert run is not None
            assert run.state == "succeeded"
        _read_everything(Analytics(engine, 600))
        engine.dispose()
    return [statement for statement in recorded if tables_of(statement) & DISTRIBUTED]


def _read_everything(analytics: Analytics) -> None:
    analytics.status()
    analytics.check_ready()
    analytics.overview(Selection())
    analytics.overview(last_days(None))
    analytics.advice()
    analytics.track_record()
    analytics.runs()
    for dashboard in DASHBOARDS:
        analytics.dashboard(dashboard.slug)
        analytics.chart(dashboard.slug)
    analytics.request_sync("test")


def test_the_recording_has_seen_what_matters(statements: list[str]) -> None:
    assert len(statements) >= 11
    assert set().union(*map(tables_of, statements)) >= DISTRIBUTED - {"replaced_campaigns"}
    assert any(statement.startswith("DELETE FROM snapshot_days") for statement in statements)


@pytest.mark.parametrize("name", RULES)
def test_no_statement_on_distributed_tables_needs_what_citus_does_not_do(
    statements: list[str], name: str
) -> None:
    rule = RULES[name]

    broken = [statement for statement in statements if rule.breaks(statement)]

    assert broken == [], rule.reason


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("row locks", "SELECT id FROM campaigns WHERE id = 1 FOR UPDATE SKIP LOCKED"),
        ("grouping sets", "SELECT 1 FROM campaigns GROUP BY GROUPING SETS ((channel), ())"),
        ("volatile functions", "UPDATE campaigns SET imported_at = clock_timestamp()"),
        ("local tables beside distributed ones", "DELETE FROM snapshot_days USING sync_runs WHERE true"),
        ("rows that change places", "INSERT INTO channels (name) SELECT campaigns.channel FROM campaigns"),
        (
            "rows that change places",
            "INSERT INTO campaign_days (channel) SELECT campaigns.source FROM campaigns",
        ),
        (
            "joins without the column",
            "SELECT FROM (\nFROM x AS p\nJOIN snapshot_days AS came\nON came.date = p.date\n)",
        ),
        ("subqueries as values", "SELECT EXISTS (SELECT * FROM campaigns)"),
        ("recursion and samples", "SELECT FROM campaigns TABLESAMPLE SYSTEM (1)"),
        ("advisory locks", "SELECT pg_advisory_lock(1) FROM campaigns"),
        ("changes of the column", "UPDATE campaigns SET channel = 'x' WHERE id = 1"),
    ],
)
def test_the_rules_find_what_they_are_for(name: str, statement: str) -> None:
    assert RULES[name].breaks(statement)


def test_the_script_distributes_these_tables_and_no_others() -> None:
    found = re.findall(r"create_distributed_table\('(\w+)', '(\w+)'", SCRIPT.read_text())

    assert dict(found) == dict.fromkeys(DISTRIBUTED, COLUMN)


def test_the_script_drops_every_constraint_that_a_distributed_table_cannot_have(prepared: sa.Engine) -> None:
    inspector = sa.inspect(prepared)
    for table in DISTRIBUTED:
        keys: list[list[str | None]] = [[*inspector.get_pk_constraint(table)["constrained_columns"]]]
        keys += [[*unique["column_names"]] for unique in inspector.get_unique_constraints(table)]
        keys += [index["column_names"] for index in inspector.get_indexes(table) if index["unique"]]

        assert all(COLUMN in key for key in keys), table
        assert inspector.get_foreign_keys(table) == []


def test_no_trigger_is_left_on_a_table_that_is_distributed(engine: sa.Engine) -> None:
    before = SCRIPT.read_text().partition("SELECT create_distributed_table")[0]
    triggers = sa.text(
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE NOT tgisinternal"
    )
    with engine.begin() as connection:
        had = set(connection.scalars(triggers))
        connection.connection.cursor().execute(before.replace("\\set ON_ERROR_STOP on", ""))

        assert had & DISTRIBUTED == {"campaigns", "campaign_days"}
        assert set(connection.scalars(triggers)) & DISTRIBUTED == set()


def test_no_local_table_points_at_a_distributed_one() -> None:
    for name in LOCAL:
        targets = {key.column.table.name for key in metadata.tables[name].foreign_keys}
        assert targets & DISTRIBUTED == set()


def test_the_triggers_of_a_shard_keep_the_sums(prepared: sa.Engine) -> None:
    with prepared.begin() as connection:
        add_campaigns(connection, "Telegram", days=3, attributes={"device": "mobile", "goal": "sales"})
        add_campaigns(connection, "Yandex", days=2, source="demo", clicks=2000, attributes={"device": "tv"})
        connection.execute(campaigns.update().where(campaigns.c.channel == "Telegram").values(cost=7))
        connection.execute(campaigns.delete().where(campaigns.c.source == "demo", campaigns.c.id % 2 == 0))

        assert _kept(connection) == _summed(connection)
        assert len(_kept(connection)) >= 3
        assert _kept_segments(connection) == _summed_segments(connection)
        assert len(_kept_segments(connection)) >= 6
        connection.execute(sa.text("TRUNCATE campaigns"))
        assert _kept(connection) == {}
        assert _kept_segments(connection) == set()


def test_a_sync_works_without_what_the_script_drops(prepared: sa.Engine, tmp_path: Path) -> None:
    with prepared.begin() as connection:
        add_campaigns(connection, days=30)

    options = sync_options(read_settings({"DEMETRA_HOME": str(tmp_path), "CHART_DPI": "50"}))

    run = run_now(prepared, options, trigger="test", requested_by=None, redraw=True)
    assert run is not None
    assert run.state == "succeeded"


@pytest.fixture
def prepared(engine: sa.Engine) -> sa.Engine:
    """A database after the script, as far as PostgreSQL alone can run it: one "shard" of each table."""
    script = re.sub(r"^\\.*$|^SELECT create_distributed_.*$", "", SCRIPT.read_text(), flags=re.MULTILINE)
    on_shards = r"SELECT run_command_on_colocated_placements\('(\w+)', '(\w+)', \$cmd\$(.*?)\$cmd\$\)"
    in_place = re.sub(on_shards, lambda found: found[3] % found.group(1, 2), script, flags=re.DOTALL)
    with engine.begin() as connection:
        connection.connection.cursor().execute(in_place)
    return engine


def _kept(connection: sa.Connection) -> dict[tuple[str, date], tuple[int, int, int, Decimal]]:
    d = campaign_days.c
    rows = connection.execute(
        sa.select(d.channel, d.date, d.campaign_rows, d.sample_rows, d.clicks_over_impressions, d.cost)
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def _summed(connection: sa.Connection) -> dict[tuple[str, date], tuple[int, int, int, Decimal]]:
    c, count = campaigns.c, sa.func.count()
    rows = connection.execute(
        sa.select(
            c.channel,
            c.date,
            count,
            count.filter(c.source == "demo"),
            count.filter(c.clicks > c.impressions),
            sa.func.sum(c.cost),
        ).group_by(c.channel, c.date)
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def _kept_segments(connection: sa.Connection) -> set[tuple[object, ...]]:
    columns = "date, channel, attribute, value, campaign_rows, clicks, cost, revenue"
    return {tuple(row) for row in connection.execute(sa.text(f"SELECT {columns} FROM segment_days"))}


def _summed_segments(connection: sa.Connection) -> set[tuple[object, ...]]:
    rows = connection.execute(
        sa.text(
            "SELECT date, channel, pair.key, pair.value, count(*), sum(clicks), sum(cost), sum(revenue)"
            " FROM campaigns, jsonb_each_text(attributes) AS pair GROUP BY 1, 2, 3, 4"
        )
    )
    return {tuple(row) for row in rows}
