"""Made-up response curves: of any number of channels, with their draws."""

from __future__ import annotations

import random
from array import array
from typing import cast

from services.planner.curves import ChannelCurve, PlanCurves, Verdict
from services.planner.model import Model, model_of
from services.worth import REVENUE, Worth

BASES = ("estimated", "assumed", "brand", "stopped", "no_revenue")


def curves(seed: int, n_channels: int = 8, n_draws: int = 500, *, plain: bool = False) -> PlanCurves:
    """Return curves; `plain`: every channel can move."""
    chance = random.Random(seed)
    made = tuple(_channel(chance, f"Channel {n}", n_draws, plain=plain) for n in range(n_channels))
    verdict = "move" if any(one.is_free for one in made) else "keep"
    total = sum(one.planned for one in made)
    return PlanCurves(28, 0.3, cast("Verdict", verdict), total, n_draws, made)


def model(seed: int, n_channels: int = 8, n_draws: int = 500, worth: Worth = REVENUE) -> Model:
    """Return the model of made-up curves."""
    return model_of(curves(seed, n_channels, n_draws), worth)


def _channel(chance: random.Random, name: str, n_draws: int, *, plain: bool) -> ChannelCurve:
    basis = "estimated" if plain else chance.choices(BASES, (6, 3, 1, 1, 1))[0]
    spend = 0.0 if basis == "stopped" else chance.lognormvariate(8, 1.5)
    revenue = 0.0 if basis in ("stopped", "no_revenue") else spend * chance.lognormvariate(0.5, 0.6)
    elasticity = chance.uniform(0.05, 0.95)
    cents = round(100 * spend)
    is_open = basis in ("estimated", "assumed")
    return ChannelCurve(
        channel=name,
        basis=basis,
        spend=spend,
        revenue=revenue,
        elasticity=elasticity,
        most_spent=spend * chance.uniform(1, 1.6),
        conversions=None if chance.random() < 0.2 else revenue / chance.uniform(10, 90),
        settling_days=chance.choice([None, 0.0, 4.5, 20.0]),
        planned=cents,
        baseline=cents,
        is_open=is_open,
        is_free=is_open and chance.random() < 0.7,
        elasticities=array(
            "f", [min(0.97, max(0.03, chance.gauss(elasticity, 0.1))) for _ in range(n_draws)]
        ),
        revenues=array("f", [revenue * chance.lognormvariate(0, 0.1) for _ in range(n_draws)]),
    )
