"""A whole snapshot with pictures as large as real ones, without the seconds that drawing takes."""

from __future__ import annotations

import random
from hashlib import sha256

import sqlalchemy as sa

from services.database.tables import ml_charts
from tests.api.filling import publish_first

PICTURE_BYTES = 200_000


def fill(engine: sa.Engine) -> int:
    """Publish a snapshot; return its run."""
    with engine.begin() as connection:
        run_id = publish_first(connection)
        picture = b"\x89PNG\r\n\x1a\n" + random.Random(run_id).randbytes(PICTURE_BYTES)
        values = {"png": picture, "sha256": sha256(picture).hexdigest()}
        connection.execute(ml_charts.update().where(ml_charts.c.run_id == run_id).values(values))
    return run_id
