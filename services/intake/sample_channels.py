"""The true response curves and demand factors of the sample campaigns.

Budgets are in the account's currency per day. The channels differ on purpose: one is saturated, one loses
money, one is profitable at several times its budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SEED = 20_250
DAYS = 730
WEEKDAYS = (1.04, 1.02, 1.0, 1.0, 1.03, 0.93, 0.98)
"""Demand from Monday to Sunday, as factors with mean 1."""

SEASON_AMPLITUDE = 0.12
YEARLY_GROWTH = 0.06
DAY_NOISE = 0.08
"""Standard deviation of the log of a day's response, an autoregressive noise."""

NOISE_PERSISTENCE = 0.35


@dataclass(frozen=True, slots=True)
class SampleCampaign:
    """One campaign of a channel: its share of the budget, its rates and its attributes."""

    name: str
    budget_share: float
    rate_factor: float
    attributes: Mapping[str, str]
    is_always_on: bool = False


@dataclass(frozen=True, slots=True)
class ResponseCurve:
    """The response of one channel to spend on an average day (Michaelis-Menten curve).

    `most` is the limit of daily conversions, `half` the daily spend for half of them. `adstock` is the
    share of the adstocked spend that carries over to the next day.
    """

    channel: str
    daily_budget: float
    half: float
    most: float
    adstock: float
    order_value: float
    conversion_rate: float
    ctr: float
    peak_day: int
    campaigns: tuple[SampleCampaign, ...]

    def conversions(self, spend: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the expected conversions per day at a constant daily spend, in the shape of `spend`."""
        return self.most * spend / (self.half + spend)

    def roi(self, spend: float) -> float:
        """Return the expected ROI, a fraction, of a constant daily spend above zero."""
        return self.most * self.order_value / (self.half + spend) - 1

    def elasticity(self, spend: float) -> float:
        """Return the elasticity of revenue to spend at a constant daily spend."""
        return self.half / (self.half + spend)


def _curve(
    channel: str,
    *campaigns: SampleCampaign,
    daily_budget: float,
    roi: float,
    elasticity: float,
    adstock: float,
    order_value: float,
    conversion_rate: float,
    ctr: float,
    peak_day: int,
) -> ResponseCurve:
    """Return the curve with this ROI and elasticity at its usual daily budget."""
    half = daily_budget * elasticity / (1 - elasticity)
    return ResponseCurve(
        channel=channel,
        daily_budget=daily_budget,
        half=half,
        most=(1 + roi) * (half + daily_budget) / order_value,
        adstock=adstock,
        order_value=order_value,
        conversion_rate=conversion_rate,
        ctr=ctr,
        peak_day=peak_day,
        campaigns=campaigns,
    )


def _campaign(
    name: str, share: float, factor: float, attributes: str, *, is_always_on: bool = False
) -> SampleCampaign:
    names = ("audience", "goal", "device", "region")
    return SampleCampaign(
        name, share, factor, dict(zip(names, attributes.split(" / "), strict=True)), is_always_on
    )


CURVES: tuple[ResponseCurve, ...] = (
    _curve(
        "Instagram",
        _campaign("Stories", 0.5, 1.05, "Women 18-34 / Sales / Mobile / North", is_always_on=True),
        _campaign("Reels", 0.3, 0.9, "All 18-24 / Awareness / Mobile / South"),
        _campaign("Retargeting", 0.2, 1.15, "Visitors / Sales / Mobile / North"),
        daily_budget=900,
        roi=0.8,
        elasticity=0.45,
        adstock=0.3,
        order_value=45,
        conversion_rate=0.020,
        ctr=0.011,
        peak_day=340,
    ),
    _curve(  # saturated: the marginal return is below 0.3
        "Facebook",
        _campaign("Lookalike", 0.6, 1.0, "All 25-54 / Sales / Every device / North", is_always_on=True),
        _campaign("Lead forms", 0.4, 0.95, "All 35-64 / Leads / Desktop / South"),
        daily_budget=1200,
        roi=0.35,
        elasticity=0.2,
        adstock=0.3,
        order_value=50,
        conversion_rate=0.024,
        ctr=0.012,
        peak_day=335,
    ),
    _curve(
        "Google Ads",
        _campaign(
            "Brand search", 0.3, 1.2, "Searchers / Sales / Every device / Everywhere", is_always_on=True
        ),
        _campaign("Generic search", 0.5, 1.0, "Searchers / Sales / Desktop / Everywhere", is_always_on=True),
        _campaign("Performance Max", 0.2, 0.8, "All 25-54 / Sales / Mobile / Everywhere"),
        daily_budget=1500,
        roi=1.2,
        elasticity=0.5,
        adstock=0.0,
        order_value=60,
        conversion_rate=0.045,
        ctr=0.024,
        peak_day=330,
    ),
    _curve(  # loses money at its usual budget
        "TikTok",
        _campaign("Spark ads", 0.65, 1.0, "All 18-24 / Awareness / Mobile / North", is_always_on=True),
        _campaign("Creators", 0.35, 1.0, "Women 18-24 / Sales / Mobile / South"),
        daily_budget=500,
        roi=-0.2,
        elasticity=0.35,
        adstock=0.6,
        order_value=30,
        conversion_rate=0.013,
        ctr=0.008,
        peak_day=200,
    ),
    _curve(  # small and nearly linear: profitable at several times its budget
        "Telegram",
        _campaign("Channel posts", 1.0, 1.0, "All 25-44 / Sales / Mobile / East", is_always_on=True),
        daily_budget=250,
        roi=2.0,
        elasticity=0.85,
        adstock=0.3,
        order_value=40,
        conversion_rate=0.05,
        ctr=0.016,
        peak_day=320,
    ),
    _curve(
        "Yandex Direct",
        _campaign("Search", 0.7, 1.1, "Searchers / Sales / Every device / East", is_always_on=True),
        _campaign("Ad network", 0.3, 0.75, "All 25-54 / Leads / Mobile / East"),
        daily_budget=700,
        roi=1.4,
        elasticity=0.6,
        adstock=0.0,
        order_value=48,
        conversion_rate=0.06,
        ctr=0.025,
        peak_day=345,
    ),
)
"""The response curves of the six channels."""
