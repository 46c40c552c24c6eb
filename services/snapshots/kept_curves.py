"""The response curves of a snapshot, for plans by the reader."""

from __future__ import annotations

import sqlalchemy as sa

from services.database.tables import plan_curves
from services.errors import NotFoundError
from services.planner.curves import PlanCurves, pack, unpack
from services.planner.model import Model, model_of
from services.snapshots import store
from services.text import Text


class NoCurvesError(NotFoundError):
    """The snapshot was made by a version of Demetra that kept no curves."""

    code = "no_curves"
    words = Text(
        en="Run {run_id} was made by an earlier Demetra, which kept no response curves. Plans can be made "
        "from the next run on: sync once.",
        ru="Запуск {run_id} сделан прежней версией Demetra, которая не хранила кривые отклика. Планировать "
        "можно со следующего запуска: обновите данные.",
    )


def publish(connection: sa.Connection, run_id: int, curves: PlanCurves | None) -> None:
    """Insert the curves of a run; a plan without channels has none."""
    if curves is not None:
        connection.execute(plan_curves.insert().values(run_id=run_id, curves=pack(curves)))


def read(connection: sa.Connection, run_id: int | None = None) -> Model:
    """Return the model of the curves of a snapshot, the newest by default.

    Raises `NoCurvesError`, `NoSnapshotError` and `UnknownRunError`.
    """
    snapshot = store.find(connection, run_id)
    packed = connection.scalar(sa.select(plan_curves.c.curves).where(plan_curves.c.run_id == snapshot.run_id))
    if packed is None:
        raise NoCurvesError(run_id=snapshot.run_id)
    return model_of(unpack(packed), snapshot.worth)
