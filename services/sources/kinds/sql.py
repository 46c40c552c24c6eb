"""The type `sql`: the rows of one SELECT, as a CSV file.

Databases are normally in a private network, so `internal` is not asked for: only the address in the file is
connected to, and the protocols of databases know no redirects.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any, TextIO

import sqlalchemy as sa

from services.sources.bodies import size_text
from services.sources.databases import Database
from services.sources.failures import (
    SourceOptionError,
    SourceOverdueError,
    SourceTooLargeError,
    SourceTooManyRowsError,
)
from services.sources.kind import Fetch, NewFile, Option, SourceKind, revealed
from services.sources.marks import Mark, as_mark, larger, mark_of, since
from services.sources.queries import as_text_clause, check_query, is_incremental
from services.sources.waiting import within
from services.text import Text, number

_BATCH_ROWS = 2_000
_HASH_RANGE = 1 << 256


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: the number of rows, their hash, which does not depend on their order, and the mark."""

    rows: int
    sha256: str
    mark: Mark | None


def _read(fetch: Fetch) -> Iterator[NewFile]:
    options = fetch.source.options
    query = revealed(options["query"])
    if is_incremental(query) and not options["since_column"]:
        raise SourceOptionError(option="since_column", reason=_NO_COLUMN)
    key = "query " + sha256(query.encode()).hexdigest()[:16]
    seen = _version_of(fetch.seen.get(key))
    to = fetch.folder / "rows.csv"
    read = within(fetch.deadline, lambda stop: _write(fetch, query, seen, to, stop))
    if read.rows and read.sha256 != seen.get("sha256"):
        yield NewFile(key, _version(read), to, f"{fetch.source.name}.csv")
    to.unlink(missing_ok=True)


def _write(fetch: Fetch, query: str, seen: dict[str, Any], to: Path, stop: Event) -> _Read:
    """Write the rows of the query to a CSV file, which is removed on any failure."""
    database = Database(revealed(fetch.source.options["address"]), fetch.deadline)
    try:
        with database.reading() as connection, to.open("w", encoding="utf-8", newline="") as stream:
            streaming = connection.execution_options(stream_results=True)
            with closing(streaming.execute(_statement(fetch, query, seen))) as result:
                return _Writer(fetch, database.place, stream, stop).write(result)
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def _statement(fetch: Fetch, query: str, seen: dict[str, Any]) -> sa.TextClause:
    clause = sa.text(as_text_clause(query))
    if not is_incremental(query):
        return clause
    options = fetch.source.options
    mark = as_mark(seen.get("since"))
    return clause.bindparams(
        since=mark_of(options["since_start"]) if mark is None else since(mark, options["overlap"])
    )


class _Writer:
    """Writes rows as CSV, within the limits of a source."""

    def __init__(self, fetch: Fetch, place: str, stream: TextIO, stop: Event) -> None:
        self._fetch = fetch
        self._place = place
        self._stream = stream
        self._stop = stop
        self._csv = csv.writer(stream, lineterminator="\n")

    def write(self, result: sa.CursorResult[Any]) -> _Read:
        """Write all rows of a result."""
        names = list(result.keys())
        at = self._place_of_mark(names)
        self._csv.writerow(names)
        total, count, mark = _hash(names), 0, None
        while batch := self._batch(result):
            count += len(batch)
            self._check(count)
            for row in batch:
                cells = [_cell(value) for value in row]
                self._csv.writerow(cells)
                total = (total + _hash(cells)) % _HASH_RANGE
                found = None if at is None else as_mark(row[at])
                mark = mark if found is None else larger(mark, found)
        self._check(count)
        return _Read(count, f"{total:064x}", mark)

    def _place_of_mark(self, names: list[str]) -> int | None:
        column = self._fetch.source.options["since_column"]
        if column is None:
            return None
        if column not in names:
            raise SourceOptionError(option="since_column", reason=_not_selected(column))
        return names.index(column)

    def _batch(self, result: sa.CursorResult[Any]) -> list[Any]:
        if self._stop.is_set() or self._fetch.deadline.left() == 0:
            raise SourceOverdueError(seconds=f"{self._fetch.deadline.seconds:g}")
        return list(result.fetchmany(_BATCH_ROWS))

    def _check(self, count: int) -> None:
        most = int(self._fetch.source.options["max_rows"])
        if count > most:
            limit = Text(en=number(most, "en"), ru=number(most, "ru"))
            raise SourceTooManyRowsError(place=self._place, limit=limit)
        if self._stream.tell() > self._fetch.source.max_bytes:
            raise SourceTooLargeError(place=self._place, limit=size_text(self._fetch.source.max_bytes))


def _hash(cells: list[str]) -> int:
    return int.from_bytes(sha256("\x1f".join(cells).encode()).digest(), "big")


def _cell(value: Any) -> str:
    """Return a value as the importer reads it best: ISO dates, plain decimals, nothing for NULL."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def _version(read: _Read) -> str:
    mark = read.mark.isoformat() if isinstance(read.mark, date) else read.mark
    return json.dumps({"sha256": read.sha256, **({} if mark is None else {"since": mark})})


def _version_of(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:  # written by another type of the same name
        return {}
    return found if isinstance(found, dict) else {}


def _check_start(text: str) -> str | None:
    try:
        mark_of(text)
    except ValueError:
        return "a date such as 2024-01-01, or a whole number"
    return None


def _not_selected(column: str) -> Text:
    return Text(en=f"the query has no column {column}", ru=f"в запросе нет столбца {column}")


_NO_COLUMN = Text(
    en="the query has :since, so this names the column whose largest value is remembered",
    ru="в запросе есть :since, поэтому здесь нужен столбец, наибольшее значение которого запоминается",
)

KIND = SourceKind(
    name="sql",
    options=(
        Option(
            "address",
            "text",
            "address of the database, as SQLAlchemy writes it: `postgresql://reader:${PASSWORD}@host/name`; "
            "use a user who may only read; beyond private networks PostgreSQL is asked for TLS",
            is_required=True,
        ),
        Option(
            "query",
            "text",
            "one SELECT; its columns are read as those of a file; `:since` in it is the last value of "
            "`since_column` less `overlap`",
            is_required=True,
            check=check_query,
        ),
        Option(
            "since_column",
            "text",
            "selected column whose largest value is remembered for `:since`: a day, a time, a whole number",
        ),
        Option(
            "since_start",
            "text",
            "value of `:since` at the first fetch",
            default="1990-01-01",
            check=_check_start,
        ),
        Option(
            "overlap",
            "duration",
            "how far back what was read is read once more, for late corrections, to the start of a day",
            default=timedelta(days=28),
        ),
        Option(
            "max_rows",
            "number",
            "the most rows that a fetch may read",
            default=5_000_000,
            check=lambda rows: None if rows >= 1 else "a number of 1 or more",
        ),
    ),
    read=_read,
)
