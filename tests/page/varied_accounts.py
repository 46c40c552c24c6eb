"""Accounts of many worlds, each with what its run is told: pricing, total, attribution days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from services.worth import PerChannel, Pricing
from tests.budgeting.accounts import KINDS, Kind, account
from tests.budgeting.worlds import WORLDS, World, world_account
from tests.insights.delays import Delay, reported_ages, seen
from tests.insights.weekly import summed

Made = tuple[pd.DataFrame, dict[str, Any]]


def _plain(kind: Kind) -> Callable[[int], Made]:
    return lambda seed: (account(kind, seed).days, {})


def _world(world: World) -> Callable[[int], Made]:
    return lambda seed: (world_account(world, seed).days, {})


def _late(seed: int) -> Made:
    """Return an account whose conversions are reported with a mean delay of 1 to 7 days."""
    days, _ = _plain("rich")(seed)
    days = days.assign(conversions=np.round(days["revenue"] / 40))
    delay = Delay(float(np.random.default_rng(seed).choice([1, 2, 4, 7])))
    ages = reported_ages(days, dict.fromkeys(sorted(set(days["channel"])), delay), seed)
    return seen(days, ages, days["date"].max()), {"attribution_days": 7}


def _weekly(seed: int) -> Made:
    return summed(_counted(_world("carry_over")(seed)[0])), {}


def _counted(days: pd.DataFrame) -> pd.DataFrame:
    """Return the days with counts that fit their money."""
    conversions = np.round(days["revenue"].clip(lower=0) / 40)
    clicks = np.round(days["cost"] * 2) + conversions
    return days.assign(conversions=conversions, clicks=clicks, impressions=50 * clicks)


def _leads(ceiling: float | None) -> Callable[[int], Made]:
    def make(seed: int) -> Made:
        make = (_plain("rich"), _world("brand"), _world("mixture"))[seed % 3]
        days = _counted(make(seed)[0])
        return days.assign(revenue=np.nan), {"pricing": Pricing(conversion_cost_ceiling=ceiling)}

    return make


def _margin(seed: int) -> Made:
    return _counted(_plain("rich")(seed)[0]), {"pricing": Pricing(margin=PerChannel(0.4))}


def _tiny(seed: int) -> Made:
    """Return an account of a few weeks and small amounts."""
    days = _counted(_plain("rich")(seed)[0])
    newest = days["date"].max() - pd.Timedelta(days=20 + seed % 60)
    days = days[days["date"] > newest]
    return days.assign(cost=days["cost"] / 50, revenue=(days["revenue"] / 50).round(2)), {}


def _one_channel(seed: int) -> Made:
    days = _plain(("rich", "constant")[seed % 2])(seed)[0]
    return days[days["channel"] == days["channel"].iloc[0]], {}


def _other_total(seed: int) -> Made:
    factor = (0.5, 0.8, 0.97, 1.02, 1.2, 1.6)[seed % 6]
    makers = (_plain("rich"), _plain("confounded"), _world("brand"), _world("mixture"))
    return _counted(makers[seed // 6 % 4](seed)[0]), {"total_factor": factor}


MAKERS: Mapping[str, Callable[[int], Made]] = {
    **{kind: _plain(kind) for kind in KINDS},
    **{world: _world(world) for world in WORLDS},
    "late": _late,
    "weekly": _weekly,
    "leads": _leads(None),
    "leads with a ceiling": _leads(30.0),
    "margin": _margin,
    "tiny": _tiny,
    "one channel": _one_channel,
    "another total": _other_total,
}
