"""Made-up campaign days for tests: small, quick, and from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

COUNTS = ("impressions", "clicks", "conversions", "cost", "revenue")


def account(channels: int = 2, days: int = 120, seed: int = 0, first: str = "2026-01-01") -> pd.DataFrame:
    """Campaign days of some channels with a weekly pattern and noise."""
    random = np.random.default_rng(seed)
    parts = []
    for number in range(channels):
        weekly = 1 + 0.3 * np.sin(2 * np.pi * np.arange(days) / 7)
        cost = 100 * (number + 1) * weekly * random.lognormal(0, 0.1, days)
        impressions = random.poisson(cost * 20)
        clicks = random.binomial(impressions, 0.03)
        conversions = random.binomial(clicks, 0.1)
        parts.append(
            pd.DataFrame(
                {
                    "channel": f"Channel {number}",
                    "date": pd.date_range(first, periods=days),
                    "impressions": impressions.astype(float),
                    "clicks": clicks.astype(float),
                    "conversions": conversions.astype(float),
                    "cost": cost,
                    "revenue": conversions * 25 * random.lognormal(0, 0.1, days),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def constant(days: int = 60, channel: str = "Steady", **values: float) -> pd.DataFrame:
    """One channel that does the same every day."""
    usual = {"impressions": 1000.0, "clicks": 50.0, "conversions": 5.0, "cost": 40.0, "revenue": 100.0}
    dates = pd.date_range("2026-01-01", periods=days)
    return pd.DataFrame({"channel": channel, "date": dates, **usual, **values})
