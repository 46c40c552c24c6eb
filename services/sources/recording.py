"""Writing of the tables `sources` and `source_files`: declarations, successes, failures, and files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.database.redaction import without_secrets
from services.database.tables import TIME, imports, source_files, sources
from services.sources.intervals import CONTINUE_AFTER, due_again
from services.sources.kind import Source
from services.sources.kinds import kind_of
from services.sources.state import FILE
from services.text import Text

FETCH_LOCK = 4_350_010
FILES_LOCK = 4_350_011

FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 6 * 3600.0

_NOW = sa.func.clock_timestamp(type_=TIME)


@dataclass(frozen=True, slots=True)
class Due:
    """A source that is to be fetched now, with the versions of its files, at the database's time `now`."""

    source: Source
    seen: Mapping[str, str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Success:
    """A fetch that could read its source: whether it imported files, and left some for the next one."""

    due: Due
    has_news: bool
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What was done with a file before: its version, its content, and whether it was refused."""

    version: str
    content_hash: str | None
    is_refused: bool


def declare(connection: sa.Connection, declared: Sequence[Source]) -> None:
    """Make the table list these sources; write only what has changed.

    Refused files of a source whose declaration has changed are tried again.
    """
    stored = {row.name: row for row in connection.execute(sa.select(sources).where(sources.c.name != FILE))}
    for position, source in enumerate(declared):
        values: dict[str, Any] = {
            "type": source.type,
            "declared": _shown(source, position),
            "is_declared": True,
        }
        row = stored.pop(source.name, None)
        if row is not None and all(getattr(row, name) == value for name, value in values.items()):
            continue
        connection.execute(
            insert(sources)
            .values(name=source.name, **values)
            .on_conflict_do_update(index_elements=["name"], set_={**values, "next_at": None})
        )
        if row is not None and row.declared.get("fingerprint") != values["declared"]["fingerprint"]:
            forget_refused(connection, source.name)
    gone = [name for name, row in stored.items() if row.is_declared]
    if gone:
        connection.execute(sources.update().where(sources.c.name.in_(gone)).values(is_declared=False))


def note_problem(connection: sa.Connection, problem: Text | None) -> None:
    """Record what is wrong with the file of the declarations, or that nothing is."""
    is_file = sources.c.name == FILE
    stored = connection.execute(sa.select(sources.c.error_text).where(is_file)).scalar_one_or_none()
    values = None if problem is None else _both(problem)
    if values is None and stored is not None:
        connection.execute(sources.delete().where(is_file))
    elif values is not None and values != stored:
        row = {
            "error_text": values,
            "error_code": "sources_file",
            "is_declared": False,
            "failing_since": _NOW,
        }
        insertion = insert(sources).values(name=FILE, type=FILE, **row)
        connection.execute(insertion.on_conflict_do_update(index_elements=["name"], set_=row))


def due_of(
    connection: sa.Connection, declared: Sequence[Source], only: Collection[str] | None = None
) -> list[Due]:
    """Return the sources that are to be fetched now: those without a pause, and those a user asked for.

    `only` are the names of the sources to fetch, pause or not. Files that were refused are new to a fetch
    that a user has asked for.
    """
    now = connection.execute(sa.select(_NOW)).scalar_one()
    rows = {row.name: row for row in connection.execute(sa.select(sources))}
    asked = {name for name, row in rows.items() if row.is_wanted} | set(only or ())
    due = [
        source
        for source in declared
        if source.name in asked or (only is None and _is_due(rows.get(source.name), now))
    ]
    seen: dict[str, dict[str, str]] = {source.name: {} for source in due}
    names = source_files.c.source.in_(list(seen))
    columns = (source_files.c.source, source_files.c.key, source_files.c.version, source_files.c.error_code)
    for name, key, version, error_code in connection.execute(sa.select(*columns).where(names)):
        if version and (error_code is None or name not in asked):
            seen[name][key] = version
    return [Due(source, seen[source.name], now) for source in due]


def try_lock(connection: sa.Connection, name: str) -> bool:
    """Take the right to fetch a source until the transaction ends; False if another process has it."""
    lock = sa.func.pg_try_advisory_xact_lock(FETCH_LOCK, sa.func.hashtext(name))
    return bool(connection.scalar(sa.select(lock)))


def lock_files(connection: sa.Connection, name: str) -> None:
    """Wait until no other transaction deals with a file of the source."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(FILES_LOCK, sa.func.hashtext(name))))


def known_file(connection: sa.Connection, name: str, key: str) -> KnownFile | None:
    """Return what was done with a file before."""
    row = connection.execute(
        sa.select(source_files.c.version, source_files.c.content_hash, source_files.c.error_code).where(
            source_files.c.source == name, source_files.c.key == key
        )
    ).one_or_none()
    return None if row is None else KnownFile(row.version, row.content_hash, row.error_code is not None)


def note_same(connection: sa.Connection, name: str, key: str, version: str) -> None:
    """Record another version of a file with the content that was imported."""
    one = (source_files.c.source == name) & (source_files.c.key == key)
    connection.execute(source_files.update().where(one).values(version=version))


def note_imported(
    connection: sa.Connection, due: Due, key: str, version: str, content_hash: str, import_id: int
) -> None:
    """Record a file that was imported."""
    name = due.source.name
    connection.execute(imports.update().where(imports.c.id == import_id).values(fetched_from=name))
    values = {"content_hash": content_hash, "import_id": import_id, "error_code": None, "error_text": None}
    _note_file(connection, due, key, {"version": version, **values})


def note_refused(
    connection: sa.Connection, due: Due, key: str, version: str, name: str, code: str, reason: Text
) -> None:
    """Record a file that cannot be imported; its earlier import, if any, stays its import."""
    error = {"error_code": code, "error_text": {**_both(reason), "file": name}}
    _note_file(connection, due, key, {"version": version, "content_hash": None, **error})


def _note_file(connection: sa.Connection, due: Due, key: str, values: Mapping[str, Any]) -> None:
    row = {**values, "dealt_with_at": due.now}
    connection.execute(
        insert(source_files)
        .values(source=due.source.name, key=key, **row)
        .on_conflict_do_update(index_elements=["source", "key"], set_=row)
    )


def forget_refused(connection: sa.Connection, name: str) -> None:
    """Make the refused files of a source new again."""
    refused = (source_files.c.source == name) & source_files.c.error_code.is_not(None)
    connection.execute(source_files.update().where(refused).values(version=""))


def note_successes(connection: sa.Connection, successes: Sequence[Success]) -> None:
    """Record that sources could be read, and when each is due again."""
    ended = connection.execute(sa.select(_NOW)).scalar_one()
    alike: dict[tuple[Any, ...], list[str]] = {}  # most bring nothing: one statement for all of them
    for one in successes:
        begun = one.due.now
        next_at = ended + CONTINUE_AFTER if one.has_more else due_again(one.due.source, begun)
        alike.setdefault((begun, one.has_news, one.has_more, next_at), []).append(one.due.source.name)
    for (begun, has_news, has_more, next_at), names in alike.items():
        values = {
            "tried_at": begun,
            "succeeded_at": begun,
            "failing_since": None,
            "failures": 0,
            "error_code": None,
            "error_text": None,
            "next_at": next_at,
            "is_wanted": False,
            "has_more": has_more,
            **({"changed_at": begun} if has_news else {}),
        }
        connection.execute(sources.update().where(sources.c.name.in_(names)).values(**values))


def note_failure(
    connection: sa.Connection,
    now: datetime,
    name: str,
    code: str,
    reason: Text,
    *,
    retry_after: float | None,
    has_news: bool,
) -> None:
    """Record that a source could not be read at `now`; it is left alone for a pause that grows each time."""
    failures = connection.scalar(sa.select(sources.c.failures).where(sources.c.name == name)) or 0
    pause = timedelta(seconds=pause_seconds(failures + 1, retry_after))
    connection.execute(
        sources.update()
        .where(sources.c.name == name)
        .values(
            tried_at=now,
            failing_since=sa.func.coalesce(sources.c.failing_since, now),
            failures=failures + 1,
            error_code=code,
            error_text=_both(reason),
            next_at=_NOW + pause,
            is_wanted=False,
            has_more=False,
            **({"changed_at": now} if has_news else {}),
        )
    )


def pause_seconds(failures: int, retry_after: float | None) -> float:
    """Return how long a source is left alone after so many failures in a row."""
    grown = FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 30)
    return max(min(grown, LONGEST_PAUSE_SECONDS), min(retry_after or 0.0, 4 * LONGEST_PAUSE_SECONDS))


def _is_due(row: sa.Row[Any] | None, now: datetime) -> bool:
    if row is None or row.next_at is None:
        return True
    # A pause that is longer than any was set by a clock that was ahead.
    return not now < row.next_at <= now + timedelta(seconds=4 * LONGEST_PAUSE_SECONDS)


def _shown(source: Source, position: int) -> dict[str, Any]:
    """Return what pages and commands show of a declaration; no secret, no query of an address."""
    kind = kind_of(source.type)
    return {
        "position": position,
        "account": source.account,
        "channel": source.channel,
        "place": _place(source.options[option.name] for option in kind.options if option.is_required),
        "max_age_seconds": None if source.max_age is None else source.max_age.total_seconds(),
        "every_seconds": source.every.total_seconds(),
        "is_beta": kind.is_beta,
        # The text of a secret is no part of it.
        "fingerprint": hashlib.sha256(_described(source).encode()).hexdigest()[:16],
    }


def _described(source: Source) -> str:
    parts = (source.options, source.account, source.channel, source.mode, source.mapping, source.grain)
    return repr((source.type, *parts, source.max_bytes))


def _place(values: Iterable[Any]) -> str | None:
    """Return where data come from, as it can be shown: an address without user, password and query."""
    value = next(iter(values), None)
    if not isinstance(value, str):  # a secret, or nothing
        return None
    return without_secrets(value) if re.match(r"[\w+.-]+://", value) else value


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ru": text.ru}
