"""What is known of each source: the tables `sources` and `source_files`, as values for pages and commands.

Without pandas and numpy, since the web process lists sources, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from services.database.tables import TIME, imports, source_files, sources, sync_runs
from services.sources.failures import UnknownSourceError
from services.text import Text
from services.views import Refusal, Sources, SourceState, SourceView

FILE = ""
"""The name of the row that has the problem of `sources.toml` itself."""

SHOWN_REFUSALS = 3

_IS_REFUSED = source_files.c.error_code.is_not(None)


def list_sources(connection: sa.Connection) -> Sources:
    """Return the declared sources with what is known of each."""
    now = connection.execute(sa.select(sa.func.clock_timestamp(type_=TIME))).scalar_one()
    rows = connection.execute(sa.select(sources)).mappings().all()
    declared = [row for row in rows if row["is_declared"] and row["name"] != FILE]
    known = _Known(now, _imports(connection), _news(connection), _refusals(connection))
    problem = next((_text(row["error_text"]) for row in rows if row["name"] == FILE), None)
    declared.sort(key=lambda row: (row["declared"].get("position", 0), row["name"]))
    return Sources(tuple(map(known.view, declared)), now, problem)


def has_sources(connection: sa.Connection) -> bool:
    """Tell whether any source is declared."""
    declared = sa.exists().where(sources.c.is_declared, sources.c.name != FILE)
    return bool(connection.scalar(sa.select(declared)))


def want(connection: sa.Connection, name: str) -> None:
    """Make the next run fetch a source, also during a pause. Raises `UnknownSourceError`."""
    declared = sources.c.is_declared & (sources.c.name != FILE)
    wanted = sources.update().where(sources.c.name == name, declared).values(is_wanted=True)
    if connection.execute(wanted).rowcount != 1:
        known = connection.scalars(sa.select(sources.c.name).where(declared).order_by(sources.c.name))
        raise UnknownSourceError(name=name, known=", ".join(known) or "-")


def must_continue(connection: sa.Connection) -> bool:
    """Tell whether a source that has more is due, and no run has begun since.

    One run for each time: a source that cannot be fetched then waits for the schedule.
    """
    has_begun = sa.exists().where(sync_runs.c.started_at >= sources.c.next_at)
    is_due = sources.c.next_at <= sa.func.clock_timestamp()
    waiting = sa.exists().where(sources.c.is_declared, sources.c.has_more, is_due, ~has_begun)
    return bool(connection.scalar(sa.select(waiting)))


class _Known:
    """What the tables have beside the row of a source, by the name of the source."""

    def __init__(
        self,
        now: datetime,
        found_imports: Mapping[str, tuple[int, date, date]],
        news: Mapping[str, tuple[int, int, int]],
        refusals: Mapping[str, tuple[int, tuple[Refusal, ...]]],
    ) -> None:
        self._now = now
        self._imports = found_imports
        self._news = news
        self._refusals = refusals

    def view(self, row: sa.RowMapping) -> SourceView:
        """Return the view of a source from its row."""
        name, declared = row["name"], row["declared"]
        number, data_from, data_to = self._imports.get(name, (0, None, None))
        files, rows_new, rows_corrected = self._news.get(name, (0, 0, 0))
        refused, refusals = self._refusals.get(name, (0, ()))
        max_age = declared.get("max_age_seconds")
        may_be_late = max_age is not None and not row["has_more"]
        late_by = _late_by(self._now, data_to, timedelta(seconds=max_age)) if may_be_late else None
        newest = refusals[0] if refusals and _is_newest(refusals[0], row["changed_at"]) else None
        state = _state(row, newest, late_by)
        return SourceView(
            name=name,
            type=row["type"],
            state=state,
            account=declared.get("account", name),
            channel=declared.get("channel"),
            place=declared.get("place"),
            is_beta=declared.get("is_beta", False),
            max_age=None if max_age is None else timedelta(seconds=max_age),
            late_by=late_by,
            every=timedelta(seconds=declared.get("every_seconds", 0)),
            data_from=data_from,
            data_to=data_to,
            imports=number,
            files=files,
            rows_new=rows_new,
            rows_corrected=rows_corrected,
            refused=refused,
            refusals=refusals,
            reason=newest.reason if state == "refused" and newest else _text(row["error_text"]),
            error_code=newest.code if state == "refused" and newest else row["error_code"],
            **{name: row[name] for name in _SAME},
        )


_SAME = (
    *("is_wanted", "has_more", "tried_at", "succeeded_at", "changed_at"),
    *("failing_since", "failures", "next_at"),
)


def _state(row: sa.RowMapping, refusal: Refusal | None, late_by: timedelta | None) -> SourceState:
    if row["failing_since"] is not None:
        return "failing"
    if row["succeeded_at"] is None:
        return "never"
    if refusal is not None:
        return "refused"
    if row["has_more"]:
        return "loading"
    return "ok" if late_by is None else "late"


def _is_newest(refusal: Refusal, changed_at: datetime | None) -> bool:
    return changed_at is None or refusal.refused_at >= changed_at


def _late_by(now: datetime, data_to: date | None, max_age: timedelta) -> timedelta | None:
    """Return how much longer ago the data ended than `max_age`; None if not, or without data."""
    if data_to is None:
        return None
    end = datetime(data_to.year, data_to.month, data_to.day, tzinfo=UTC) + timedelta(days=1)
    late = now - end - max_age
    return late if late > timedelta(0) else None


def _imports(connection: sa.Connection) -> dict[str, tuple[int, date, date]]:
    """Return the number of imports that are not undone, their first and their newest day, by source."""
    days = (sa.func.min(imports.c.date_from), sa.func.max(imports.c.date_to))
    query = (
        sa.select(imports.c.fetched_from, sa.func.count(), *days)
        .where(imports.c.fetched_from.is_not(None), imports.c.undone_at.is_(None))
        .group_by(imports.c.fetched_from)
    )
    return {name: (number, first, newest) for name, number, first, newest in connection.execute(query)}


def _news(connection: sa.Connection) -> dict[str, tuple[int, int, int]]:
    """Return files, new rows and corrected rows of the last fetch that imported a file, by source."""
    query = (
        sa.select(
            sources.c.name,
            sa.func.count(),
            sa.func.sum(imports.c.rows_imported),
            sa.func.sum(imports.c.rows_updated + imports.c.rows_removed),
        )
        .join(source_files, source_files.c.source == sources.c.name)
        .join(imports, imports.c.id == source_files.c.import_id)
        .where(source_files.c.dealt_with_at == sources.c.changed_at)
        .group_by(sources.c.name)
    )
    return {
        name: (files, int(new), int(corrected)) for name, files, new, corrected in connection.execute(query)
    }


def _refusals(connection: sa.Connection) -> dict[str, tuple[int, tuple[Refusal, ...]]]:
    """Return the number of refused files and the newest of them, by source."""
    place = sa.func.row_number().over(
        partition_by=source_files.c.source,
        order_by=(source_files.c.dealt_with_at.desc(), source_files.c.key),
    )
    number = sa.func.count().over(partition_by=source_files.c.source)
    ranked = (
        sa.select(source_files, place.label("place"), number.label("number")).where(_IS_REFUSED).subquery()
    )
    query = sa.select(ranked).where(ranked.c.place <= SHOWN_REFUSALS).order_by(ranked.c.place)
    found: dict[str, tuple[int, tuple[Refusal, ...]]] = {}
    for row in connection.execute(query).mappings():
        _, before = found.get(row["source"], (0, ()))
        found[row["source"]] = (row["number"], (*before, _refusal(row)))
    return found


def _refusal(row: sa.RowMapping) -> Refusal:
    reason = cast("Text", _text(row["error_text"]))
    return Refusal(row["error_text"].get("file", ""), row["error_code"], reason, row["dealt_with_at"])


def _text(stored: Mapping[str, Any] | None) -> Text | None:
    return None if stored is None else Text(en=stored["en"], ru=stored["ru"])
