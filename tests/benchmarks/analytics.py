"""How long a sync computes: forecasts, plan and recommendations together, without drawing."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from services.budgeting import plan
from services.forecasting import Model, predict, train
from services.insights import advise
from tests.benchmarks.table import at_most, show

CHANNELS = 20
DAYS = 3 * 365
HORIZON = 28
TIMES = 7


def main() -> None:
    """Measure warm and print the table."""
    days = account()
    model = train(days, HORIZON)
    computing = median(_seconds(lambda: compute(days, model)) for _ in range(TIMES))
    training = median(_seconds(lambda: train(days, HORIZON)) for _ in range(3))
    show(
        "time",
        [
            at_most("all analytics of a sync, 20 channels x 3 years, warm, s", computing, 0.5),
            at_most("training with backtest, s", training, 3),
        ],
    )


def compute(days: pd.DataFrame, model: Model) -> None:
    """Do what a sync does between collecting and drawing."""
    prediction = predict(days, HORIZON, model)
    advise(days, prediction, plan(days, None, 0.3), currency="EUR")


def account() -> pd.DataFrame:
    """Return made-up campaign days of `CHANNELS` channels over `DAYS` days."""
    random = np.random.default_rng(5)
    dates = pd.date_range("2023-11-20", periods=DAYS)
    week = 1 + 0.2 * np.sin(2 * np.pi * np.arange(DAYS) / 7)
    frames = []
    for number in range(CHANNELS):
        cost = 300 * week * random.lognormal(0, 0.25, DAYS)
        clicks = random.poisson(40 * cost**0.6)
        conversions = random.binomial(clicks, 0.04)
        frames.append(
            pd.DataFrame(
                {
                    "channel": f"Channel {number:02}",
                    "date": dates,
                    "impressions": random.poisson(clicks / 0.015).astype(float),
                    "clicks": clicks.astype(float),
                    "conversions": conversions.astype(float),
                    "cost": cost,
                    "revenue": conversions * random.lognormal(3.7, 0.1, DAYS),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


if __name__ == "__main__":
    main()
