"""Which days of a channel have rows in a snapshot."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from services.database.tables import snapshot_days
from services.errors import UnknownChannelError
from services.snapshots import store
from services.views import ChannelDays

_D = snapshot_days.c


def channel_days(connection: sa.Connection, channel: str, run_id: int | None = None) -> ChannelDays:
    """Return the days of a channel in a snapshot.

    Raises `NoSnapshotError`, `UnknownRunError`, and `UnknownChannelError` for a channel without rows.
    """
    snapshot = store.find(connection, run_id)
    asked = sa.select(_D.date).where(_D.run_id == snapshot.run_id, _D.channel == channel)
    days: frozenset[date] = frozenset(connection.scalars(asked))
    if not days or snapshot.data_to is None:
        raise UnknownChannelError(parameter="channel", value=channel[:80], known="")
    return ChannelDays(snapshot, channel, days, snapshot.data_to)
