"""Where nothing happens, nothing is said. The rates are measured in `tests/benchmarks/insights.py`."""

from __future__ import annotations

import pytest

from tests.insights.simulated import Kind, account
from tests.insights.values import advised

KINDS = {
    "usual": Kind(),
    "one channel": Kind(channels=1),
    "heavy tails": Kind(heavy=True),
    "demand that wanders": Kind(persistence=0.95, demand=0.12),
    "few orders": Kind(orders_per_day=2),
    "two months": Kind(days=60),
    "spend that varies": Kind(spend_noise=0.4, elasticity=0.6),
}
ACCOUNTS = 8


@pytest.mark.parametrize("name", KINDS)
def test_accounts_without_effect_are_left_in_peace(name: str) -> None:
    alarms = [advised(account(100 + seed, KINDS[name]))[1:] for seed in range(ACCOUNTS)]

    assert sum(bool(found) for found in alarms) <= 1


def test_silence_is_said_in_words() -> None:
    [summary] = advised(account(1))

    assert summary["summary"]["en"] == "No change is supported by the data."
    assert summary["recommendations"]["priority_actions"] == []
    assert summary["channel_comparison"]["top_performer"] is None
