"""The run that a page shows because its address names one (?run=14, or the name of a pin)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from callbacks.accepted import is_run_id
from layouts import notices, run_banner
from services.errors import DemetraError, NotFoundError, UnknownRunError

if TYPE_CHECKING:
    from layouts.reader import Drawn, Reader
    from services.analytics import Analytics
    from services.text import Text
    from services.views import Snapshot, SyncStatus


@dataclass(frozen=True, slots=True)
class ChosenRun:
    """The snapshot of the run, and the name that it is pinned under; or why there is none (`problem`)."""

    snapshot: Snapshot | None = None
    name: str | None = None
    problem: Text | None = None


NEWEST = ChosenRun()


def find(analytics: Analytics, asked: str | None) -> ChosenRun | None:
    """Return the run that an address names; None if that cannot be told because the database is down."""
    if not asked:
        return NEWEST
    try:
        run_id = _number(asked) if asked.isdecimal() else analytics.run_named(asked)
        return ChosenRun(analytics.snapshot_of(run_id), analytics.pin_name(run_id))
    except NotFoundError as error:
        return ChosenRun(problem=error.text)
    except DemetraError:
        return None


def seen_in(status: SyncStatus, chosen: ChosenRun) -> SyncStatus:
    """Return the status with the snapshot that the page shows."""
    return status if chosen.snapshot is None else replace(status, snapshot=chosen.snapshot)


def draw(status: SyncStatus, chosen: ChosenRun, reader: Reader) -> Drawn:
    """Say which run the page shows, unless it is the newest one.

    What the notices tell of the newest figures is not true of an older run.
    """
    newest, shown = status.snapshot, chosen.snapshot
    if chosen.problem is not None:
        return run_banner.draw_unknown(chosen.problem, reader.lang)
    if newest is None or shown is None or shown == newest:
        return run_banner.hidden()
    return notices.hide_about_newest() | run_banner.draw(
        shown, chosen.name, newest, reader, now=status.server_now
    )


def _number(asked: str) -> int:
    """Return the number of a run; raise `UnknownRunError` for one that no run can have."""
    number = int(asked) if len(asked) < 20 else 0
    if not is_run_id(number):
        raise UnknownRunError(run_id=asked[:20])
    return number
