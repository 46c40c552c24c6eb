"""Reading and publishing snapshots: a snapshot is everything that one succeeded run has published.

A reader first selects a snapshot, then reads only rows of its run. So two tables of one page never disagree,
and an answer that names its run stays valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from psycopg import sql

from services.dashboards import DASHBOARDS
from services.dashboards.spec import Dashboard
from services.database.engine import driver_of
from services.database.tables import (
    campaign_days,
    channels,
    chart_variants,
    incomplete_days,
    ml_charts,
    plan_curves,
    recommendations,
    snapshot_days,
    sync_runs,
)
from services.errors import NoSnapshotError, UnknownRunError
from services.snapshots import parts
from services.text import Text, both
from services.views import Advice, Chart, DashboardSize, DashboardView, Recommendation, Snapshot

ML_TABLES = tuple(dashboard.table for dashboard in DASHBOARDS)
_SNAPSHOT_TABLES = (
    *(snapshot_days, incomplete_days, *ML_TABLES),
    *(ml_charts, chart_variants, recommendations, plan_curves),
)
_DAY_COLUMNS = [c for c in campaign_days.c if c.name != "sample_rows"]
_GRAIN = "channel_grain"  # in the item of a summary, as are `_PLACES`; not part of the API's answer
_PLACES = "channel_places"  # in the item of a summary; not part of the API's answer
CURRENCY = "currency"
"""The key of the currency of the amounts beside the scores of a run."""

_ALWAYS_KEPT = 2  # the current snapshot, and the one before, which open pages may still show


def find(connection: sa.Connection, run_id: int | None = None) -> Snapshot:
    """Return a snapshot, the newest one by default.

    Raises `NoSnapshotError` before the first one, `UnknownRunError` for a run without one.
    """
    r = sync_runs.c
    query = (
        sa.select(r.id, r.finished_at, r.data_from, r.data_to, r.is_sample, r.scores)
        .where(r.state == "succeeded", ~r.no_new_data, sa.exists().where(ml_charts.c.run_id == r.id))
        .order_by(r.id.desc())
        .limit(1)
    )
    row = connection.execute(query if run_id is None else query.where(r.id == run_id)).one_or_none()
    if row is None:
        raise NoSnapshotError if run_id is None else UnknownRunError(run_id=run_id)
    scores = dict(row.scores or {})
    return Snapshot(
        run_id=row.id,
        created_at=row.finished_at,
        data_from=row.data_from,
        data_to=row.data_to,
        is_sample=row.is_sample,
        currency=scores.pop(CURRENCY, None),
        scores=scores,
    )


def newest(connection: sa.Connection) -> Snapshot | None:
    """Return the newest snapshot, or None before the first one."""
    try:
        return find(connection)
    except NoSnapshotError:
        return None


def newest_of(connection: sa.Connection, fingerprint: str) -> int | None:
    """Return the run id of the newest snapshot if it has this fingerprint, else None."""
    snapshot = newest(connection)
    if snapshot is None:
        return None
    r = sync_runs.c
    return connection.scalar(sa.select(r.id).where(r.id == snapshot.run_id, r.fingerprint == fingerprint))


def dashboard(
    connection: sa.Connection, spec: Dashboard, run_id: int | None = None, most_rows: int | None = None
) -> DashboardView:
    """Return one dashboard of a snapshot, with at most `most_rows` rows in the order of publication.

    Raises as `chart` does.
    """
    snapshot = find(connection, run_id)
    picture = chart(connection, spec.slug, snapshot.run_id)
    table = spec.table
    of_run = sa.select(table).where(table.c.run_id == snapshot.run_id).order_by(table.c.id)
    found = connection.execute(of_run.limit(most_rows))
    names, rows = tuple(found.keys()), found.all()
    title, columns = spec.named(snapshot.worth)
    number = len(rows) if len(rows) != most_rows else _count_rows(connection, table, snapshot.run_id)
    return DashboardView(
        slug=spec.slug,
        title=title,
        snapshot=snapshot,
        headline=picture.headline,
        columns=columns,
        rows=tuple(dict(zip(names, row, strict=True)) for row in rows),
        chart_sha256=picture.sha256,
        rows_left_out=number - len(rows),
        is_forecast=spec.is_forecast,
    )


def chart(connection: sa.Connection, slug: str, run_id: int | None = None) -> Chart:
    """Return the chart of one dashboard of a snapshot.

    Raises `NoSnapshotError` before the first snapshot and for a dashboard newer than the snapshot,
    `UnknownRunError` for a run without a snapshot.
    """
    snapshot = find(connection, run_id)
    found = connection.execute(
        sa.select(ml_charts).where(ml_charts.c.run_id == snapshot.run_id, ml_charts.c.slug == slug)
    ).one_or_none()
    if found is None:  # a dashboard that is newer than the snapshot
        raise NoSnapshotError
    return _chart(found)


def sizes(connection: sa.Connection, run_id: int) -> dict[str, DashboardSize]:
    """Return how many rows each dashboard of a snapshot has, and its chart's checksum, by slug.

    Rows are counted and not read. A dashboard that is newer than the snapshot is left out.
    """
    found = connection.execute(
        sa.select(ml_charts.c.slug, ml_charts.c.sha256).where(ml_charts.c.run_id == run_id)
    )
    checksums = {row.slug: row.sha256 for row in found}
    return {
        spec.slug: DashboardSize(_count_rows(connection, spec.table, run_id), checksums[spec.slug])
        for spec in DASHBOARDS
        if spec.slug in checksums
    }


def charts(connection: sa.Connection) -> tuple[Chart, ...]:
    """Return all charts of the newest snapshot; none before the first one."""
    newest = sa.select(sa.func.max(ml_charts.c.run_id)).scalar_subquery()
    found = connection.execute(sa.select(ml_charts).where(ml_charts.c.run_id == newest))
    return tuple(_chart(row) for row in found)


def advice(connection: sa.Connection, run_id: int | None = None) -> Advice:
    """Return the recommendations of a snapshot, best first, and the summary of rank 0.

    Raises `NoSnapshotError`, `UnknownRunError`.
    """
    snapshot = find(connection, run_id)
    rows = connection.execute(
        sa.select(recommendations)
        .where(recommendations.c.run_id == snapshot.run_id)
        .order_by(recommendations.c.rank)
    ).all()
    return Advice(
        snapshot=snapshot,
        summary=next((_without_places(row.item) for row in rows if row.rank == 0), {}),
        items=tuple(_recommendation(row) for row in rows if row.rank > 0),
    )


def positions(connection: sa.Connection) -> dict[str, int]:
    """Return each published channel's position in the order of colours."""
    return {row.name: row.position for row in connection.execute(sa.select(channels))}


def positions_of(connection: sa.Connection, run_id: int) -> dict[str, int]:
    """Return the positions of the channels at the publication of a snapshot: its charts have these colours.

    A snapshot of an older version of Demetra has none; the current positions are returned then.
    """
    item = recommendations.c.item
    found = connection.scalar(
        sa.select(item[_PLACES]).where(recommendations.c.run_id == run_id, recommendations.c.rank == 0)
    )
    return positions(connection) if found is None else dict(found)


def grain_of(connection: sa.Connection, run_id: int) -> dict[str, str]:
    """Return the channels of a snapshot whose rows are of whole weeks ("week") or months ("month")."""
    item = recommendations.c.item
    found = connection.scalar(
        sa.select(item[_GRAIN]).where(recommendations.c.run_id == run_id, recommendations.c.rank == 0)
    )
    return dict(found or {})


def copying_days(run_id: int) -> sa.sql.dml.ReturningInsert[Any]:
    """Return the statement that copies the current campaign days into a snapshot and returns them."""
    columns = [c.name for c in _DAY_COLUMNS]
    return (
        snapshot_days.insert()
        .from_select(["run_id", *columns], sa.select(sa.literal(run_id), *_DAY_COLUMNS))
        .returning(*(snapshot_days.c[name] for name in columns))
    )


def current_days(connection: sa.Connection) -> list[Mapping[str, Any]]:
    """Return the current campaign days, without storing them."""
    return [dict(row._mapping) for row in connection.execute(sa.select(*_DAY_COLUMNS))]


def has_campaigns(connection: sa.Connection) -> bool:
    """Tell whether there are any campaign rows."""
    return _is_any(connection, campaign_days.c.campaign_rows > 0)


def has_real_campaigns(connection: sa.Connection) -> bool:
    """Tell whether any campaign row is not sample data."""
    return _is_any(connection, campaign_days.c.campaign_rows > campaign_days.c.sample_rows)


def number_channels(connection: sa.Connection, names: Iterable[str]) -> dict[str, int]:
    """Give new channels the lowest free positions, in their order; return the position of each of `names`.

    A channel keeps its position while the data contain it. A channel that is no longer in the data, such as a
    sample channel, frees its position.
    """
    present = list(dict.fromkeys(names))
    connection.execute(channels.delete().where(channels.c.name.not_in(present)))
    known = positions(connection)
    taken = set(known.values())
    free = (place for place in count() if place not in taken)
    added = {name: next(free) for name in present if name not in known}
    if added:
        connection.execute(
            channels.insert(), [{"name": name, "position": place} for name, place in added.items()]
        )
    return known | added


def publish_rows(
    connection: sa.Connection,
    table: sa.Table,
    run_id: int,
    created_at: datetime,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Insert the rows of one dashboard of a run in their order; all rows have the keys of the first.

    COPY is used because thousands of channels have hundreds of thousands of rows, and INSERT takes a minute.
    Raises `UnavailableError` when the database is down, read-only or full.
    """
    if not rows:
        return
    names = tuple(rows[0])
    columns = sql.SQL(", ").join(map(sql.Identifier, ("run_id", "created_at", *names)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with driver_of(connection) as driver, driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row((run_id, created_at, *(row[name] for name in names)))


def publish_charts(connection: sa.Connection, charts: Iterable[Chart]) -> None:
    """Insert the charts of a run."""
    connection.execute(
        ml_charts.insert(),
        [
            {c.name: getattr(chart, c.name) for c in ml_charts.c} | {"headline": asdict(chart.headline)}
            for chart in charts
        ],
    )


def publish_advice(
    connection: sa.Connection,
    run_id: int,
    items: Sequence[Mapping[str, Any]],
    places: Mapping[str, int] | None = None,
    grain: Mapping[str, str] | None = None,
) -> None:
    """Insert the recommendations of a run; the first item is the summary.

    The summary also stores `places`, the positions of the channels in the order of colours, and `grain`, the
    channels with rows of weeks or months.
    """
    kept = {} if places is None else {_PLACES: dict(places), _GRAIN: dict(grain or {})}
    rows = [
        {
            "run_id": run_id,
            "rank": rank,
            "rule_id": item["rule_id"],
            "item": item if rank else {**item, **kept},
        }
        for rank, item in enumerate(items)
    ]
    if rows:
        connection.execute(recommendations.insert(), rows)


def prune(connection: sa.Connection, retention_rows: int) -> None:
    """Delete whole snapshots, oldest first, until each ml_ table has at most `retention_rows` rows.

    The current snapshot and the one before are kept, however large.
    """
    counts = _rows_per_run(connection)
    old = _beyond(counts, retention_rows)
    for table in _SNAPSHOT_TABLES if old else ():
        connection.execute(table.delete().where(table.c.run_id.in_(old)))
    parts.prune(connection, counts.keys() - set(old), old)


def _chart(row: sa.Row[Any]) -> Chart:
    """Return a stored picture; before schema 0008 its sentence was kept in the picture's language only."""
    headline = both(row.alt) if row.headline is None else Text(**row.headline)
    return Chart(**{**row._mapping, "headline": headline})


def _count_rows(connection: sa.Connection, table: sa.Table, run_id: int) -> int:
    counted = sa.select(sa.func.count()).select_from(table).where(table.c.run_id == run_id)
    return int(connection.scalar(counted) or 0)


def _is_any(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> bool:
    # LIMIT and not EXISTS, so that the table may be distributed over several machines (docs/growing.md).
    return connection.scalar(sa.select(campaign_days.c.channel).where(condition).limit(1)) is not None


def _rows_per_run(connection: sa.Connection) -> dict[int, list[int]]:
    """Return per run, newest first, the number of rows in `ml_charts` and in each of `ML_TABLES`."""
    counts: dict[int, list[int]] = {}
    for place, table in enumerate((ml_charts, *ML_TABLES)):
        grouped = sa.select(table.c.run_id, sa.func.count()).group_by(table.c.run_id)
        for run_id, number in connection.execute(grouped):
            counts.setdefault(run_id, [0] * (1 + len(ML_TABLES)))[place] = number
    return dict(sorted(counts.items(), reverse=True))


def _beyond(counts: Mapping[int, Sequence[int]], limit: int) -> list[int]:
    """Return the runs to delete so that no table exceeds `limit` (newest first in `counts`)."""
    totals = [0] * (1 + len(ML_TABLES))
    for kept, (run_id, numbers) in enumerate(counts.items()):
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        if kept >= _ALWAYS_KEPT and max(totals) > limit:
            return [other for other in counts if other <= run_id]
    return []


def _without_places(summary: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in summary.items() if name not in (_PLACES, _GRAIN)}


def _recommendation(row: sa.Row[Any]) -> Recommendation:
    item = row.item
    return Recommendation(
        rank=row.rank,
        rule_id=row.rule_id,
        channel=item.get("channel"),
        severity=item["severity"],
        sentence=Text(**item["sentence"]),
        evidence=Text(**item["evidence_text"]),
        caveat=Text(**item["caveat"]),
        item=item,
    )
