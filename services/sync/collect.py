"""The input of a sync: campaign days and segments, both of one moment.

Two statements would see two database states: an import that commits between them would be in one result only.
So one statement reads both, copies the campaign days into the snapshot, and keeps its sums by campaign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.intake.segments import SEGMENT_COLUMNS, recent_segments, segment_frame
from services.snapshots import parts, store

_PLANNING = {"work_mem": "'64MB'", "enable_nestloop": "off", "enable_mergejoin": "off", "jit": "off"}
"""The planner knows nothing about the results of the parts of a statement. It expects few rows, and would
compare each of many with each other one, or sort them by names. Compiling takes longer than it saves."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The campaign days as rows, and the sums by segment as a frame."""

    days: list[Mapping[str, Any]]
    segments: pd.DataFrame


def collect(connection: sa.Connection, run_id: int) -> Collected:
    """Copy the current campaign days into the snapshot of `run_id`; return them and the segments.

    The sums by campaign and attribute value are kept for the days that changed since the last snapshot.
    """
    days = store.copying_days(run_id).cte("days")
    segments = recent_segments().cte("segments")
    kinds = {column.name: column.type for column in (*days.c, *segments.c)}
    both = sa.union_all(*(sa.select(*_padded(part, kinds)) for part in (days, segments)))
    rows = _execute(connection, both.add_cte(*parts.keeping_parts(run_id))).mappings().all()
    day_columns = [column.name for column in days.c]
    return Collected(
        days=[{name: row[name] for name in day_columns} for row in rows if row["attribute"] is None],
        segments=segment_frame(
            [[row[name] for name in SEGMENT_COLUMNS] for row in rows if row["attribute"] is not None]
        ),
    )


def _execute(connection: sa.Connection, statement: sa.CompoundSelect[Any]) -> sa.CursorResult[Any]:
    """Execute a statement with the settings `_PLANNING`."""
    connection.execute(sa.text("; ".join(f"SET LOCAL {name} = {value}" for name, value in _PLANNING.items())))
    result = connection.execute(statement)
    connection.execute(sa.text("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _PLANNING)))
    return result


def _padded(part: sa.CTE, kinds: Mapping[str, sa.types.TypeEngine[Any]]) -> list[sa.ColumnElement[Any]]:
    """Return the columns named in `kinds` from one part, NULL where only the other part has them."""
    return [
        part.c[name] if name in part.c else sa.cast(sa.null(), kind).label(name)
        for name, kind in kinds.items()
    ]
