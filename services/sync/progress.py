"""The stage of a run: shown to viewers while it runs, and timed.

A separate module, so that a run can be claimed before the pipeline and its libraries are imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import sqlalchemy as sa

from services.database.engine import brief
from services.sync import queue
from services.views import Stage


@dataclass(slots=True)
class Progress:
    """The current stage of a run, and the seconds that each finished stage took."""

    engine: sa.Engine
    run_id: int
    stage: Stage = "collect"
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def at(self, stage: Stage) -> Iterator[None]:
        """Record `stage` in the database while the block runs, and its duration afterwards."""
        self.stage = stage
        with brief(self.engine) as connection:
            queue.enter_stage(connection, self.run_id, stage)
        start = perf_counter()
        yield
        self.seconds[stage] = round(perf_counter() - start, 4)
