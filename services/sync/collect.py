"""The input of a sync: campaign days and segments, both of one moment.

Two statements would see two database states: an import that commits between them would be in one result only.
So one statement reads both, and copies the campaign days into the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.intake.segments import SEGMENT_COLUMNS, recent_segments, segment_frame
from services.snapshots import store


@dataclass(frozen=True, slots=True)
class Collected:
    """The campaign days as rows, and the sums by segment as a frame."""

    days: list[Mapping[str, Any]]
    segments: pd.DataFrame


def collect(connection: sa.Connection, run_id: int) -> Collected:
    """Copy the current campaign days into the snapshot of `run_id`; return them and the segments."""
    days = store.copying_days(run_id).cte("days")
    segments = recent_segments().cte("segments")
    kinds = {column.name: column.type for column in (*days.c, *segments.c)}
    parts = (sa.select(*_padded(part, kinds)) for part in (days, segments))
    rows = connection.execute(sa.union_all(*parts)).mappings().all()
    day_columns = [column.name for column in days.c]
    return Collected(
        days=[{name: row[name] for name in day_columns} for row in rows if row["attribute"] is None],
        segments=segment_frame(
            [[row[name] for name in SEGMENT_COLUMNS] for row in rows if row["attribute"] is not None]
        ),
    )


def _padded(part: sa.CTE, kinds: Mapping[str, sa.types.TypeEngine[Any]]) -> list[sa.ColumnElement[Any]]:
    """Return the columns named in `kinds` from one part, NULL where only the other part has them."""
    return [
        part.c[name] if name in part.c else sa.cast(sa.null(), kind).label(name)
        for name, kind in kinds.items()
    ]
