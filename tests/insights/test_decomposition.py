from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.insights.decomposition import STEPS, decompose

NAMES = ("impressions", "clicks", "conversions", "cost", "revenue")
amounts = st.floats(1e-2, 1e7)
before_sums = st.fixed_dictionaries(dict.fromkeys(NAMES, amounts))
or_nothing = amounts | st.just(0.0)
now_sums = st.fixed_dictionaries({**dict.fromkeys(NAMES, or_nothing), "cost": amounts})


@settings(max_examples=100, deadline=None)
@given(now=now_sums, before=before_sums)
def test_the_parts_add_up_to_the_difference(now: dict[str, float], before: dict[str, float]) -> None:
    parts = decompose(now, before)

    expected = before["revenue"] * now["cost"] / before["cost"]
    assert parts is not None
    tolerance = 1e-6 * (1 + expected + max(abs(part) for part in parts.values()))
    assert sum(parts.values()) == pytest.approx(now["revenue"] - expected, abs=tolerance)


def test_one_changed_step_takes_the_whole_difference() -> None:
    before = {"impressions": 1e5, "clicks": 2e3, "conversions": 100.0, "cost": 500.0, "revenue": 4000.0}
    now = {**before, "clicks": 1e3, "conversions": 50.0, "revenue": 2000.0}

    parts = decompose(now, before)

    assert parts == pytest.approx({**dict.fromkeys(STEPS, 0.0), "ctr": -2000.0}, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_baseline_there_is_nothing_to_decompose(name: str) -> None:
    sums = dict.fromkeys(NAMES, 1.0)

    assert decompose(sums, {**sums, name: 0.0}) is None
