"""A whole snapshot as one compressed value, and its restoration for the duration of a transaction.

An archive is a ZIP file: `archive.json` (format, columns of each table, track record), and a member for each
table in PostgreSQL's text format of COPY. It is restored into temporary tables that have the names of the
real ones, so every reader of a snapshot works on it without knowing.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import IO, Any

import sqlalchemy as sa
from psycopg import sql

from services.database.engine import driver_of
from services.database.tables import (
    chart_variants,
    incomplete_days,
    ml_charts,
    plan_curves,
    recommendations,
    snapshot_days,
    snapshot_part_days,
    snapshot_parts,
    sync_runs,
)
from services.errors import ConflictError
from services.snapshots import ledger, store
from services.snapshots.part_sums import in_run
from services.text import Text
from services.views import Snapshot, TrackRecord, TrackScore

FORMAT = 1
MAX_BYTES = 200_000_000  # of an archive; that of the sample data has 1.9 MB
_PARTS = (snapshot_parts, snapshot_part_days)
TABLES = (
    sync_runs,
    snapshot_days,
    incomplete_days,
    *store.ML_TABLES,
    ml_charts,
    chart_variants,
    recommendations,
    plan_curves,
    *_PARTS,
)
MOST_PART_SUMS = 3_000_000  # by campaign, value and day; more of them are left out of an archive
_MANIFEST = "archive.json"
_BLOCK = 1 << 18
_LEVEL = 6


class ArchiveTooLargeError(ConflictError):
    """The snapshot is too large for an archive."""

    code = "run_too_large"
    words = Text(
        en="Run {run_id} has more than {limit} MB even when compressed, too much for a pin. Export it as a "
        "report instead.",
        ru="Запуск {run_id} даже в сжатом виде больше {limit} МБ, закрепить его нельзя. Сохраните отчёт.",
    )


class NewerArchiveError(ConflictError):
    """A later version of Demetra wrote the archive."""

    code = "newer_archive"
    words = Text(
        en="This run was pinned by a newer Demetra (format {found}; this one reads up to {known}). "
        "Update Demetra to open it.",
        ru="Этот запуск закреплён более новой Demetra (формат {found}; эта читает до {known}). "
        "Обновите Demetra, чтобы открыть его.",
    )


def pack(connection: sa.Connection, snapshot: Snapshot) -> bytes:
    """Return the archive of a stored snapshot; raises `ArchiveTooLargeError`.

    connection: its transaction should see one state of the database (REPEATABLE READ). The sums by campaign
    of a very large account are left out.
    """
    left_out = _PARTS if _count_part_sums(connection, snapshot.run_id) > MOST_PART_SUMS else ()
    tables = [table for table in TABLES if table not in left_out]
    columns = {table.name: [column.name for column in table.c] for table in tables}
    record = ledger.score(connection, snapshot)
    manifest = {"format": FORMAT, "tables": columns, "track_record": _as_json(record)}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        archive.writestr(_MANIFEST, json.dumps(manifest))
        for table in tables:
            with archive.open(table.name, "w", force_zip64=True) as member:
                _copy_out(connection, table, snapshot.run_id, member)
            if file.tell() > MAX_BYTES:
                raise ArchiveTooLargeError(run_id=snapshot.run_id, limit=MAX_BYTES // 1_000_000)
    return file.getvalue()


def restore(connection: sa.Connection, archive: bytes) -> None:
    """Make an archived snapshot readable until the end of the transaction of `connection`.

    Columns that the archive lacks get their default; columns and tables that no longer exist are left out.
    Raises `NewerArchiveError`.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        manifest = _manifest(found)
        for table in TABLES:
            _shadow(connection, table)
            if table.name in manifest["tables"]:
                with found.open(table.name) as member:
                    _copy_in(connection, table, manifest["tables"][table.name], member)


def track_record(archive: bytes, snapshot: Snapshot) -> TrackRecord:
    """Return the track record as it was when the run was pinned; raises `NewerArchiveError`."""
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        values = _manifest(found)["track_record"]
    made = {name: values[name] and date.fromisoformat(values[name]) for name in ("made_from", "made_to")}
    scores = tuple(TrackScore(**score) for score in values["scores"])
    return TrackRecord(**{**values, **made, "scores": scores, "snapshot": snapshot})


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
    if manifest["format"] > FORMAT:
        raise NewerArchiveError(found=manifest["format"], known=FORMAT)
    return manifest


def _as_json(record: TrackRecord) -> dict[str, Any]:
    values = {name: value for name, value in _fields(record).items() if name != "snapshot"}
    made = {name: values[name] and values[name].isoformat() for name in ("made_from", "made_to")}
    return {**values, **made, "scores": [asdict(score) for score in record.scores]}


def _fields(record: TrackRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _copy_out(connection: sa.Connection, table: sa.Table, run_id: int, member: IO[bytes]) -> None:
    statement = sql.SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT").format(
        _names(column.name for column in table.c), sql.Identifier(table.name), _of_run(table, run_id)
    )
    with driver_of(connection) as driver, driver.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            member.write(block)


def _of_run(table: sa.Table, run_id: int) -> sql.Composable:
    """Return the condition for the rows of a table that belong to a run."""
    run = sql.Literal(str(run_id))  # of a number, psycopg would ask for numpy, which web processes do without
    if table is snapshot_parts:  # the names of all runs
        return sql.SQL("true")
    if table is snapshot_part_days:
        return sql.SQL("first_run <= {0} AND coalesce(last_run >= {0}, true)").format(run)
    column = sql.Identifier("id" if table is sync_runs else "run_id")
    return sql.SQL("{} = {}").format(column, run)


def _count_part_sums(connection: sa.Connection, run_id: int) -> int:
    sums = sa.select(sa.func.sum(sa.func.cardinality(snapshot_part_days.c.campaign_rows)))
    return int(connection.scalar(sums.where(*in_run(run_id))) or 0)


def _shadow(connection: sa.Connection, table: sa.Table) -> None:
    """Create an empty temporary table that hides the real one until the transaction ends."""
    name = connection.dialect.identifier_preparer.format_table(table)
    connection.execute(
        sa.text(f"CREATE TEMPORARY TABLE {name} (LIKE {name} INCLUDING DEFAULTS) ON COMMIT DROP")
    )


def _copy_in(connection: sa.Connection, table: sa.Table, archived: list[str], member: IO[bytes]) -> None:
    """Fill a temporary table; columns of the archive that the table lacks are skipped."""
    known = [name for name in archived if name in table.c]
    target = sql.Identifier(table.name)
    if known != archived:
        target = sql.Identifier(f"archived_{table.name}")
        _create_as_archived(connection, table, archived)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(target, _names(archived))
    with driver_of(connection) as driver, driver.cursor() as cursor:
        with cursor.copy(statement) as copy:
            while block := member.read(_BLOCK):
                copy.write(block)
        if known != archived:
            moved = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}")
            cursor.execute(moved.format(sql.Identifier(table.name), _names(known), _names(known), target))


def _create_as_archived(connection: sa.Connection, table: sa.Table, archived: list[str]) -> None:
    """Create a temporary table with the columns of the archive: those of today, and texts for the others."""
    kinds = {column.name: column.type.compile(connection.dialect) for column in table.c}
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kinds.get(name, "text"))) for name in archived
    )
    statement = sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP")
    with driver_of(connection) as driver:
        driver.execute(statement.format(sql.Identifier(f"archived_{table.name}"), columns))


def _names(names: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, names))
