"""Where workers are killed or frozen follows the product: a renamed function is noticed at once."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.faults.crashing_workers import POINTS, Point
from tests.faults.test_frozen_worker import BEFORE_ITS_COMMIT, COMPUTING, TELLING_ITS_STAGE


@pytest.mark.parametrize("point", [*POINTS.values(), COMPUTING, TELLING_ITS_STAGE, BEFORE_ITS_COMMIT])
def test_every_point_is_a_function_of_the_product(point: Point) -> None:
    assert callable(getattr(import_module(point.module), point.function))
