"""Parquet files as tables, where pyarrow is installed (extra `parquet`)."""

from __future__ import annotations

from typing import Any

from services.intake.containers.pieces import Origin, Piece, TableWriter
from services.intake.containers.sheets import as_text
from services.intake.failures import FileDamagedError, ParquetError

_BATCH_ROWS = 5_000


def read_parquet(origin: Origin) -> list[Piece]:
    """Return the table. Raises `ParquetError` without pyarrow, and `FileDamagedError`."""
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise ParquetError(file=origin.name) from error
    writer = TableWriter()
    with origin.open() as stream:
        try:
            table = parquet.ParquetFile(stream)
            writer.add(table.schema_arrow.names)
            for batch in table.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                _write(writer, batch)
        except (arrow.ArrowException, OSError, ValueError) as error:
            raise FileDamagedError(file=origin.name) from error
    return [Piece(origin.name, writer.finish(), skipped=-1)]


def _write(writer: TableWriter, batch: Any) -> None:
    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        writer.add([as_text(value) for value in row])
