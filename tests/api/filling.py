"""A whole snapshot for tests: every table and picture, with values that are awkward to send."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from PIL import Image

from services.dashboards import DASHBOARDS
from services.database.tables import ml_charts
from services.snapshots import kept_curves, store
from tests.planner.made_up import curves
from tests.rows import FIRST_DAY, add_campaigns, publish

CURVES = curves(3, 4, 20)
CHANNELS = ("Яндекс «Директ»", "=cmd|' /C calc'!A0")
DAYS = 60
CREATED_AT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)

RECOMMENDATION = {
    "rule_id": "budget_shift",
    "channel": CHANNELS[0],
    "severity": "high",
    "sentence": {"en": "Spend more.", "ru": "Тратьте больше."},
    "evidence_text": {"en": "60 days.", "ru": "60 дней."},
    "caveat": {"en": "Estimated from history.", "ru": "Оценка по прошлым данным."},
}
SUMMARY = {"rule_id": "summary", "channel_comparison": {"top_performer": CHANNELS[0]}}


def publish_first(connection: sa.Connection) -> int:
    """Add the campaign days of two channels and publish them; return the run."""
    for channel in CHANNELS:
        add_campaigns(connection, channel, days=DAYS, cost=Decimal("10.01"), revenue=Decimal("20.02"))
    return publish_next(connection)


def publish_next(connection: sa.Connection, colour: str = "green") -> int:
    """Publish the campaign days once more, with pictures of one colour; return the run."""
    run_id = publish(connection)
    for spec in DASHBOARDS:
        store.publish_rows(connection, spec.table, run_id, CREATED_AT, _rows(spec.table))
    picture = png(colour)
    connection.execute(
        ml_charts.update()
        .where(ml_charts.c.run_id == run_id)
        .values(png=picture, sha256=sha256(picture).hexdigest(), width=8, height=4)
    )
    store.publish_advice(connection, run_id, [SUMMARY, RECOMMENDATION])
    kept_curves.publish(connection, run_id, CURVES)
    return run_id


def png(colour: str) -> bytes:
    """Return a small picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (8, 4), colour).save(file, "PNG")
    return file.getvalue()


def _rows(table: sa.Table) -> list[dict[str, Any]]:
    """Return a full row, and one with nothing in the columns that may be empty."""
    own = [column for column in table.c if column.name not in {"id", "run_id", "created_at"}]
    full = {column.name: _value(column) for column in own}
    return [full, {column.name: None if column.nullable else full[column.name] for column in own}]


def _value(column: sa.Column[Any]) -> object:
    if column.name == "channel":
        return CHANNELS[1]
    values = {str: "hold", float: 0.25, Decimal: Decimal("12.3456"), date: FIRST_DAY, int: 7, bool: True}
    return values[column.type.python_type]
