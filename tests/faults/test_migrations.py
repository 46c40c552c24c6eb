"""Migrations on a database that is in use: rows survive them, and two starters do no harm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.database import schema
from services.database.engine import make_engine
from tests.conftest import fresh_database

pytestmark = pytest.mark.fault(
    "migrations up, down, up on 100,000 rows; two starters at once",
    must="same schema, same data; no harm",
)
ROWS = 100_000
FILL = """
INSERT INTO campaigns
    (source, campaign_id, channel, date, impressions, clicks, conversions, cost, revenue, attributes)
SELECT 'import', 'C' || n / 5840, 'Channel ' || n % 8, DATE '2024-11-24' + n / 8 % 730, 40 * n, n, n / 25.0,
       n / 100.0, n / 50.0, jsonb_build_object('device', 'd' || n % 3, 'ad', 'ad ' || n)
FROM generate_series(1, :rows) AS n
"""
SCHEMA = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public'
UNION ALL
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT tablename, indexname, indexdef, NULL, NULL FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), NULL, NULL FROM pg_trigger
WHERE NOT tgisinternal
UNION ALL
SELECT proname, pg_get_functiondef(oid), NULL, NULL, NULL FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
"""
TABLES = ("campaigns", "campaign_days", "segment_days")


def test_down_to_the_first_tables_and_up_again_keeps_schema_and_rows(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(FILL), {"rows": ROWS})
    before = _schema(engine), _content(engine)

    schema.downgrade(engine, "0001")
    schema.migrate(engine)

    assert (_schema(engine), _content(engine)) == before


def test_two_starters_at_once_do_no_harm(engine: sa.Engine, server_url: str) -> None:
    with fresh_database(server_url) as url, ThreadPoolExecutor() as pool:
        starters = [make_engine(url, name="demetra tests") for _ in range(2)]
        list(pool.map(schema.migrate, starters))

        assert _schema(starters[0]) == _schema(engine)
        for starter in starters:
            starter.dispose()


def _schema(engine: sa.Engine) -> list[tuple[str, ...]]:
    with engine.connect() as connection:
        return sorted(tuple(map(str, row)) for row in connection.execute(sa.text(SCHEMA)))


def _content(engine: sa.Engine) -> dict[str, tuple[object, ...]]:
    query = "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} AS t"
    with engine.connect() as connection:
        return {name: tuple(connection.execute(sa.text(query.format(name))).one()) for name in TABLES}
