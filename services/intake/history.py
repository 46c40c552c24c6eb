"""The table `imports`: what each import read and changed, and its undoing.

An import can be undone while no later one stands on it, that is while none that was not undone covers the
same days of the same source and channel. Undoing deletes its rows and writes back those that it replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.database.tables import campaign_days as days
from services.database.tables import campaigns, imports, replaced_campaigns
from services.errors import ConflictError, NotFoundError
from services.intake.layouts import platform_by_id, source_name
from services.intake.sources import EARLIER, SAMPLE, lock
from services.text import Lang, Text

ARCHIVE_DAYS = 90
"""The default of how long the rows that an import replaced are kept, in days."""

_NAMES = ", ".join(column.name for column in replaced_campaigns.c if column.name != "replaced_by")
_OWN = "replaced_by = :import_id AND (source = :sample) = :samples"
_ANY = f"SELECT EXISTS (SELECT FROM replaced_campaigns WHERE {_OWN})"  # noqa: S608 - names of this file only
_PUT_BACK = f"""
INSERT INTO campaigns ({_NAMES}) OVERRIDING SYSTEM VALUE SELECT {_NAMES} FROM replaced_campaigns WHERE {_OWN}
"""  # noqa: S608 - names of this file only
_DROP = f"DELETE FROM replaced_campaigns WHERE {_OWN}"  # noqa: S608 - names of this file only


class UnknownImportError(NotFoundError):
    """There is no import of this id."""

    code = "unknown_import"
    words = Text(
        en="There is no import {id}. The list of imports has their numbers.",
        ru="Загрузки {id} нет. Номера — в списке загрузок.",
    )


class UndoRefusedError(ConflictError):
    """An import cannot be undone; nothing was changed."""

    code = "undo_refused"


class UndoneAlreadyError(UndoRefusedError):
    """The import was undone before."""

    code = "undone_already"
    words = Text(
        en="Import {id} (“{file}”) was undone already, on {day}.",
        ru="Загрузка {id} («{file}») уже отменена: {day}.",
    )


class LaterImportError(UndoRefusedError):
    """A later import stands on this one."""

    code = "undo_needs_later"
    words = Text(
        en="Import {id} (“{file}”) cannot be undone yet: a later one, {later} (“{later_file}”), covers "
        "channel “{channel}” from {first} to {last}, too. Undo {later} first.",
        ru="Загрузку {id} («{file}») пока нельзя отменить: более поздняя, {later} («{later_file}»), тоже "
        "содержит канал «{channel}» с {first} по {last}. Сначала отмените {later}.",
    )


class ArchivePrunedError(UndoRefusedError):
    """The replaced rows were kept for a time only."""

    code = "undo_too_late"
    words = Text(
        en="Import {id} (“{file}”) cannot be undone any more: the rows that it replaced were kept for a "
        "time only, and were deleted on {day}. Import a file with the figures of these days instead.",
        ru="Загрузку {id} («{file}») уже нельзя отменить: заменённые ею строки хранились ограниченное время "
        "и удалены {day}. Загрузите файл с цифрами за эти дни.",
    )


class RowsInTheWayError(UndoRefusedError):
    """Another writer has stored rows with the keys of the replaced ones."""

    code = "undo_rows_in_the_way"
    words = Text(
        en="Import {id} (“{file}”) cannot be undone: rows with the same campaign, channel, day and "
        "attributes as those that it replaced were written since. Delete them first.",
        ru="Загрузку {id} («{file}») нельзя отменить: с тех пор записаны строки с теми же кампанией, "
        "каналом, днём и атрибутами, что и заменённые. Сначала удалите их.",
    )


@dataclass(frozen=True, slots=True)
class Touched:
    """The days of a source and channel that an import covers."""

    source: str
    channel: str
    first: date
    last: date

    def to_json(self) -> dict[str, str]:
        """Return the days as JSON values."""
        return {
            "source": self.source,
            "channel": self.channel,
            "date_from": self.first.isoformat(),
            "date_to": self.last.isoformat(),
        }

    def is_under(self, later: Touched) -> bool:
        """Return whether a later import may have compared its rows with these.

        Rows of earlier versions belong to any source, so every later import of their channel stands on them.
        """
        is_same = self.channel == later.channel and self.source in {later.source, EARLIER}
        return is_same and self.first <= later.last and later.first <= self.last


@dataclass(frozen=True, slots=True)
class Money:
    """The sums of cost and revenue of some channels and days; None where nothing is recorded."""

    cost: Decimal | None
    revenue: Decimal | None


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it is listed: what it read and changed, who did it, and whether it was undone.

    The sums are those of its channels in all days from `date_from` to `date_to`, before and after it.
    """

    id: int
    file_name: str
    file_hash: str
    layout: str
    source: str
    channels: tuple[str, ...]
    mapping: Mapping[str, str] | None
    mode: str
    imported_by: str | None
    imported_at: datetime
    rows_read: int
    rows_imported: int
    rows_updated: int
    rows_unchanged: int
    rows_combined: int
    rows_rejected: int
    rows_removed: int
    date_from: date
    date_to: date
    cost_before: Decimal | None
    cost_after: Decimal | None
    revenue_before: Decimal | None
    revenue_after: Decimal | None
    covers: tuple[Touched, ...]
    report: Mapping[str, Any]
    """The JSON values of its report, by language, and the names of the file's columns as `header`."""
    pruned_at: datetime | None
    undone_at: datetime | None
    undone_by: str | None
    fetched_from: str | None = None
    """The name of the source that the file was fetched from; None for a file of a user."""

    @property
    def layout_name(self) -> str | None:
        """The name of the platform whose layout the file had; None for other files."""
        platform = platform_by_id(self.layout)
        return None if platform is None else platform.name

    @property
    def source_name(self) -> str:
        """What its sources are called."""
        return ", ".join(map(source_name, self.source.split(", ")))

    def to_json(self, lang: Lang = "en") -> dict[str, Any]:
        """Return the import as JSON values, without its report."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        plain.pop("report")
        plain |= {"layout_name": self.layout_name, "source_name": self.source_name}
        plain["covers"] = [one.to_json() for one in self.covers]
        plain["warnings"] = list(self.report.get(lang, {}).get("warnings", ()))
        return {name: _json_value(value) for name, value in plain.items()}


@dataclass(frozen=True, slots=True)
class Undone:
    """The result of an undoing: rows deleted, rows written back, and sample rows among them."""

    import_id: int
    file_name: str
    rows_removed: int
    rows_restored: int
    samples_restored: int

    def to_json(self, _lang: Lang = "en") -> dict[str, Any]:
        """Return the result as JSON values."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def start_import(connection: sa.Connection, values: Mapping[str, Any]) -> int:
    """Insert an import that is under way in the same transaction, and return its id."""
    counts = ("read", "imported", "updated", "unchanged", "combined", "rejected", "removed")
    placeholders = {
        **{f"rows_{name}": 0 for name in counts},
        "date_from": date.min,
        "date_to": date.min,
        "channels": [],
        "covers": [],
        "report": {},
    }
    insert = imports.insert().values({**placeholders, **values}).returning(imports.c.id)
    return int(connection.execute(insert).scalar_one())


def finish_import(connection: sa.Connection, import_id: int, values: Mapping[str, Any]) -> None:
    """Write the results of an import."""
    connection.execute(imports.update().where(imports.c.id == import_id).values(values))


def list_imports(
    connection: sa.Connection,
    *,
    limit: int | None = None,
    fetched_from: str | None = None,
    channel: str | None = None,
) -> tuple[Import, ...]:
    """Return the imports, the newest first: all, or those of a declared source or with rows of a channel.

    Of a channel, those that were undone are left out.
    """
    query = sa.select(imports).order_by(imports.c.id.desc()).limit(limit)
    if fetched_from is not None:
        query = query.where(imports.c.fetched_from == fetched_from)
    if channel is not None:
        query = query.where(imports.c.channels.contains([channel]), imports.c.undone_at.is_(None))
    return tuple(_import(row) for row in connection.execute(query).mappings())


def import_of(connection: sa.Connection, import_id: int) -> Import:
    """Return one import. Raises `UnknownImportError`."""
    found = connection.execute(sa.select(imports).where(imports.c.id == import_id)).mappings().one_or_none()
    if found is None:
        raise UnknownImportError(id=import_id)
    return _import(found)


def headers_of(connection: sa.Connection, ids: Sequence[int]) -> tuple[frozenset[str], ...]:
    """Return the names of the columns that the files of some imports had."""
    reports = sa.select(imports.c.report).where(imports.c.id.in_(ids))
    return tuple(frozenset(report.get("header", ())) for report in connection.execute(reports).scalars())


def undo(connection: sa.Connection, import_id: int, by: str | None = None) -> Undone:
    """Restore exactly what an import has replaced, in the caller's transaction.

    Sample rows that it removed come back if no real row is left; otherwise they are kept for the earliest
    import that is left. Raises `UnknownImportError`, and `UndoRefusedError` if it was undone already, if a
    later import stands on it, or if the replaced rows are not kept any more; nothing has changed then.
    """
    lock(connection)
    one = import_of(connection, import_id)
    _refuse(connection, one)
    with connection.begin_nested():
        removed = _delete_rows(connection, import_id)
        restored = _restore(connection, one)
        samples = _restore_samples(connection, import_id)
        done = {"undone_at": sa.func.now(), "undone_by": by}
        connection.execute(imports.update().where(imports.c.id == import_id).values(done))
    return Undone(import_id, one.file_name, removed, restored, samples)


def prune(connection: sa.Connection, days_kept: int) -> None:
    """Delete the rows that imports have replaced more than `days_kept` days ago."""
    before = datetime.now(UTC) - timedelta(days=days_kept)
    old = sa.select(imports.c.id).where(imports.c.imported_at < before, imports.c.pruned_at.is_(None))
    ids = list(connection.execute(old).scalars())
    if not ids:
        return
    connection.execute(replaced_campaigns.delete().where(replaced_campaigns.c.replaced_by.in_(ids)))
    connection.execute(imports.update().where(imports.c.id.in_(ids)).values(pruned_at=sa.func.now()))


def money_of(connection: sa.Connection, channels: Sequence[str], first: date, last: date) -> Money:
    """Return cost and revenue of channels from the first to the last day, of all sources."""
    sums = sa.select(sa.func.sum(days.c.cost), sa.func.sum(days.c.revenue)).where(
        days.c.channel == sa.any_(sa.literal(list(channels), sa.ARRAY(sa.Text))),
        days.c.date.between(first, last),
    )
    return Money(*connection.execute(sums).one())


def _refuse(connection: sa.Connection, one: Import) -> None:
    if one.undone_at is not None:
        raise UndoneAlreadyError(id=one.id, file=one.file_name, day=one.undone_at.date())
    later = (
        sa.select(imports).where(imports.c.id > one.id, imports.c.undone_at.is_(None)).order_by(imports.c.id)
    )
    for row in connection.execute(later).mappings():
        other = _import(row)
        common = next((b for b in other.covers for a in one.covers if a.is_under(b)), None)
        if common is not None:
            raise LaterImportError(
                id=one.id,
                file=one.file_name,
                later=other.id,
                later_file=other.file_name,
                channel=common.channel,
                first=common.first,
                last=common.last,
            )
    if one.pruned_at is not None and (one.rows_updated or one.rows_removed):
        raise ArchivePrunedError(id=one.id, file=one.file_name, day=one.pruned_at.date())


def _delete_rows(connection: sa.Connection, import_id: int) -> int:
    own = campaigns.c.import_id == import_id
    if not connection.execute(sa.select(sa.exists().where(own))).scalar_one():
        return 0
    return connection.execute(campaigns.delete().where(own)).rowcount


def _restore(connection: sa.Connection, one: Import) -> int:
    try:
        with connection.begin_nested():
            return _put_back(connection, one.id, samples=False)
    except sa.exc.IntegrityError as error:
        raise RowsInTheWayError(id=one.id, file=one.file_name) from error


def _restore_samples(connection: sa.Connection, import_id: int) -> int:
    are_samples = replaced_campaigns.c.source == SAMPLE
    if not connection.execute(sa.select(sa.exists().where(campaigns.c.source != SAMPLE))).scalar_one():
        return _put_back(connection, import_id, samples=True)
    heir = sa.select(sa.func.min(imports.c.id)).where(
        imports.c.id != import_id, imports.c.undone_at.is_(None)
    )
    first = connection.execute(heir).scalar_one()
    if first is not None:
        passed = replaced_campaigns.update().where(replaced_campaigns.c.replaced_by == import_id, are_samples)
        connection.execute(passed.values(replaced_by=first))
    return 0


def _put_back(connection: sa.Connection, import_id: int, *, samples: bool) -> int:
    """Move rows from `replaced_campaigns` to `campaigns`, with their ids, and return their number."""
    values = {"import_id": import_id, "samples": samples, "sample": SAMPLE}
    if not connection.execute(sa.text(_ANY), values).scalar_one():
        return 0
    restored = connection.execute(sa.text(_PUT_BACK), values).rowcount
    connection.execute(sa.text(_DROP), values)
    return restored


def _import(row: sa.RowMapping) -> Import:
    values = dict(row)
    values["channels"] = tuple(values["channels"])
    values["covers"] = tuple(
        Touched(
            one["source"],
            one["channel"],
            date.fromisoformat(one["date_from"]),
            date.fromisoformat(one["date_to"]),
        )
        for one in values["covers"]
    )
    return Import(**values)


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
