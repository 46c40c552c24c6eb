"""Storage of what syncs saw of the newest days, and of the days of a snapshot that are not complete.

Reports outlive the runs that wrote them. Their number is bounded by `forecasting.reports.REPORTED_CHANNELS`
and `KEPT_DAYS`: a row is written only where a day has changed. Reports of sample data and of real data are
never in the table together. Syncs alone use this module, since it imports pandas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.database.tables import day_reports, imports, incomplete_days
from services.forecasting.reports import COLUMNS, FIGURES, KEPT_DAYS, NewReport

_R = day_reports.c
_REPLACE = sa.text(
    """
    DELETE FROM day_reports AS r
    USING unnest(CAST(:channel AS text[]), CAST(:seen_on AS date[]), CAST(:date AS date[]))
        AS c (channel, seen_on, last)
    WHERE r.channel = c.channel AND (r.seen_on >= c.seen_on OR r.date > c.last)
    """
)
_INSERT = sa.text(
    """
    INSERT INTO day_reports (channel, date, seen_on, conversions, revenue, clicks, cost, seen_at, is_sample)
    SELECT seen.*, CAST(:seen_at AS timestamptz), CAST(:is_sample AS boolean)
    FROM unnest(
        CAST(:channel AS text[]), CAST(:date AS date[]), CAST(:seen_on AS date[]),
        CAST(:conversions AS float8[]), CAST(:revenue AS float8[]),
        CAST(:clicks AS float8[]), CAST(:cost AS float8[])
    ) AS seen
    """
)


def read(connection: sa.Connection, *, is_sample: bool) -> pd.DataFrame:
    """Return the earlier reports of real or of sample data: `COLUMNS` and seen_at, dates as datetime64."""
    rows = connection.execute(
        sa.select(*(_R[name] for name in COLUMNS), sa.cast(_R.seen_at, sa.Date)).where(
            _R.is_sample == is_sample
        )
    )
    frame = pd.DataFrame([tuple(row) for row in rows], columns=[*COLUMNS, "seen_at"])
    for name in ("date", "seen_on", "seen_at"):
        frame[name] = pd.to_datetime(frame[name])
    frame[list(FIGURES)] = frame[list(FIGURES)].astype(float)
    return frame


def record(connection: sa.Connection, report: NewReport, *, seen_at: datetime, is_sample: bool) -> None:
    """Write a new report in place of those that it replaces, and delete what is too old or of other data."""
    connection.execute(_REPLACE, _columns(report.replaced_from, ("channel", "seen_on", "date")))
    oldest = max(report.seen_on.values()).date() - timedelta(days=KEPT_DAYS)
    is_gone = _R.channel != sa.all_(sa.literal(list(report.seen_on), sa.ARRAY(sa.Text)))
    connection.execute(
        day_reports.delete().where(sa.or_(_R.is_sample != is_sample, _R.date < oldest, is_gone))
    )
    values = _columns(report.added, COLUMNS)
    connection.execute(_INSERT, {**values, "seen_at": seen_at, "is_sample": is_sample})


def publish_incomplete(connection: sa.Connection, run_id: int, newest: pd.DataFrame) -> None:
    """Insert the days of a snapshot that are not complete, see `services.forecasting.settling`."""
    if newest.empty:
        return
    rows = newest.astype(object).where(newest.notna(), None).assign(run_id=run_id)
    connection.execute(incomplete_days.insert(), rows.to_dict("records"))  # type: ignore[arg-type]


def going_on(connection: sa.Connection, last: Mapping[str, date], today: date) -> frozenset[str]:
    """Return the channels whose last day is not over: it is today, or was imported before it had ended.

    last: the last day of each channel; today: the day of the database. A day that lies ahead by more than one
    is not judged, since its file goes by another calendar.
    """
    now = {channel for channel, day in last.items() if today <= day <= today + timedelta(days=1)}
    asked = {channel for channel, day in last.items() if day == today - timedelta(days=1)}
    if asked:
        now |= asked & _imported_early(connection, today - timedelta(days=1))
    return frozenset(now)


def _imported_early(connection: sa.Connection, day: date) -> set[str]:
    """Return the channels whose newest import up to `day` was made before that day had ended."""
    c = imports.c
    found = connection.execute(
        sa.select(c.channels, sa.cast(c.imported_at, sa.Date))
        .where(c.date_to == day, c.undone_at.is_(None))
        .order_by(c.id)
    )
    newest = {channel: imported for channels, imported in found for channel in channels}
    return {channel for channel, imported in newest.items() if imported <= day}


def _columns(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return columns of a frame as lists for SQL: dates without time, None for NaN."""
    columns = {}
    for name in names:
        column = frame[name]
        if column.dtype.kind == "M":
            columns[name] = [value.date() for value in column]
        else:
            columns[name] = column.astype(object).where(column.notna(), None).tolist()
    return columns
