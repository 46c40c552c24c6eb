"""Sample campaigns with known response curves: two years of days for six channels.

The true response is known (`CURVES`), so the quality of a forecast or a budget plan can be measured. The
simulation follows Jin, Wang, Sun, Chan and Koehler (2017), "Bayesian methods for media mix modeling with
carryover and shape effects": spend has a geometric adstock and saturates. The response is multiplied by
weekday, season, trend and noise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from services.intake.failures import RealCampaignsError
from services.intake.sample_channels import (
    CURVES,
    DAY_NOISE,
    DAYS,
    NOISE_PERSISTENCE,
    SEASON_AMPLITUDE,
    SEED,
    WEEKDAYS,
    YEARLY_GROWTH,
    ResponseCurve,
    SampleCampaign,
)
from services.intake.sources import SAMPLE, lock
from services.intake.store import copy_into, count_real_rows, remove_samples

Days = npt.NDArray[np.float64]
"""One value per day (days)."""

_COPY_TARGET = (
    "campaigns (source, campaign_id, channel, date,"
    " impressions, clicks, conversions, cost, revenue, attributes)"
)
_FLIGHT_DAYS = (10, 35)
_PAUSE_SHARE = 0.12
_BUDGET_SPREAD = 0.45


def create_sample(connection: sa.Connection, *, today: date, seed: int = SEED) -> int:
    """Replace the sample rows by two years up to the day before `today`, and return their number.

    The same day and seed give the same rows. Raises `RealCampaignsError` if the table has real rows.
    """
    lock(connection)
    real = count_real_rows(connection)
    if real:
        raise RealCampaignsError(rows=real)
    remove_samples(connection)
    lines = list(_sample_lines(today, seed))
    with copy_into(connection, _COPY_TARGET) as write:
        write(lines)
    return len(lines)


def _sample_lines(today: date, seed: int) -> Iterator[str]:
    dates = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
    for number, curve in enumerate(CURVES):
        rng = np.random.default_rng([seed, number])
        budgets = np.array([_budget(rng, curve, campaign) for campaign in curve.campaigns])
        response = _response(rng, curve, budgets.sum(axis=0), dates)
        for campaign, cost in zip(curve.campaigns, budgets, strict=True):
            share = np.divide(cost, budgets.sum(axis=0), out=np.zeros(DAYS), where=cost > 0)
            yield from _campaign_lines(rng, curve, campaign, dates, cost, share * response)


def _budget(rng: np.random.Generator, curve: ResponseCurve, campaign: SampleCampaign) -> Days:
    """Return the random daily spend of a campaign (days, money): flights of constant level, some paused."""
    levels = np.empty(DAYS)
    day = 0
    while day < DAYS:
        length = int(rng.integers(*_FLIGHT_DAYS))
        pause = rng.random() < _PAUSE_SHARE and not campaign.is_always_on
        levels[day : day + length] = 0 if pause else rng.lognormal(0, _BUDGET_SPREAD)
        day += length
    wobble = rng.lognormal(0, 0.06, DAYS)
    return np.round(curve.daily_budget * campaign.budget_share * levels * wobble, 2)


def _response(rng: np.random.Generator, curve: ResponseCurve, spend: Days, dates: list[date]) -> Days:
    """Return the expected conversions of a channel's spend with the day's noise (days)."""
    demand = np.array([_demand(day, curve) for day in dates])
    growth = 1 + YEARLY_GROWTH * np.arange(DAYS) / 365
    expected: Days = curve.conversions(adstocked(spend, curve.adstock)) * demand * growth
    return expected * _noise(rng)


def adstocked(spend: Days, rate: float) -> Days:
    """Return the geometric adstock of spend (days, money): each day keeps `rate` of the day before.

    Constant spend stays unchanged.
    """
    carried = np.empty_like(spend)
    kept = spend[0]
    for day, spent in enumerate(spend):
        kept = rate * kept + (1 - rate) * spent
        carried[day] = kept
    return carried


def _demand(day: date, curve: ResponseCurve) -> float:
    angle = 2 * np.pi * (day.timetuple().tm_yday - curve.peak_day) / 365.25
    return float(WEEKDAYS[day.weekday()] * (1 + SEASON_AMPLITUDE * np.cos(angle)))


def _noise(rng: np.random.Generator) -> Days:
    shocks = rng.normal(0, DAY_NOISE * np.sqrt(1 - NOISE_PERSISTENCE**2), DAYS)
    level = np.empty(DAYS)
    kept = rng.normal(0, DAY_NOISE)
    for day, shock in enumerate(shocks):
        kept = NOISE_PERSISTENCE * kept + shock
        level[day] = kept
    return np.exp(level - DAY_NOISE**2 / 2)


def _campaign_lines(
    rng: np.random.Generator,
    curve: ResponseCurve,
    campaign: SampleCampaign,
    dates: list[date],
    cost: Days,
    expected: Days,
) -> Iterator[str]:
    conversions = rng.poisson(expected)
    revenue = np.round(conversions * curve.order_value * rng.lognormal(0, 0.05, DAYS), 2)
    rate = curve.conversion_rate * campaign.rate_factor * rng.lognormal(0, 0.08, DAYS)
    clicks = np.maximum(conversions, rng.poisson(expected / rate))
    ctr = curve.ctr * campaign.rate_factor * rng.lognormal(0, 0.07, DAYS)
    impressions = np.maximum(clicks, rng.poisson(clicks / ctr))
    attributes = json.dumps(campaign.attributes, ensure_ascii=False)
    for at in np.flatnonzero(cost):
        figures = (impressions[at], clicks[at], conversions[at], f"{cost[at]:.2f}", f"{revenue[at]:.2f}")
        key = (SAMPLE, f"{curve.channel}: {campaign.name}", curve.channel, dates[at].isoformat())
        yield "\t".join((*key, *map(str, figures), attributes))
