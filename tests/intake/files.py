"""Small campaign files for tests, and a look into the table after an import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from services.database.tables import campaigns
from services.intake import ImportReport, import_file

HEADER = "date,channel,impressions,clicks,conversions,cost,revenue"
ROW = "2025-03-01,Instagram,1000,50,5,20.50,61.25"
SHARED = Path(__file__).parents[3] / "shared" / "data"


class Sums(NamedTuple):
    """The sums of all campaign rows."""

    impressions: int
    clicks: int
    conversions: Decimal
    cost: Decimal
    revenue: Decimal


def write(
    folder: Path, *lines: str, header: str = HEADER, name: str = "campaigns.csv", encoding: str = "utf-8"
) -> Path:
    """Write a file of a header and lines."""
    path = folder / name
    path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
    return path


def load(
    connection: sa.Connection, folder: Path, *lines: str, header: str = HEADER, **options: Any
) -> ImportReport:
    """Write such a file and import it."""
    return import_file(connection, write(folder, *lines, header=header), **options)


def rows(connection: sa.Connection, *names: str) -> list[Any]:
    """Return columns of all campaign rows, by date and id; one column as plain values."""
    columns = [campaigns.c[name] for name in names]
    found = connection.execute(sa.select(*columns).order_by(campaigns.c.date, campaigns.c.id)).all()
    return [row[0] for row in found] if len(names) == 1 else [tuple(row) for row in found]


def sums(connection: sa.Connection) -> Sums:
    """Return the sums of all campaign rows."""
    columns = [sa.func.coalesce(sa.func.sum(campaigns.c[name]), 0) for name in Sums._fields]
    return Sums(*connection.execute(sa.select(*columns)).one())


def added(figures: Iterable[Sequence[Any]]) -> Sums:
    """Return the sums of rows of impressions, clicks, conversions, cost, revenue."""
    return Sums(*(sum(column) for column in zip(*figures, strict=True)))
