"""Made-up but realistic results of a run, and ways to ask a picture what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text as Label

from services.budgeting import BudgetPlan
from services.budgeting.budget_plan import Effect, Share
from services.dashboards import RenderContext
from services.dashboards.outlooks import Outlooks, outlooks_of
from services.dashboards.results import Results
from services.forecasting import Prediction
from services.text import Lang, both

CHANNELS = (
    "Google Ads",
    "Instagram",
    "Facebook",
    "TikTok",
    "Telegram",
    "Yandex Direct",
    "A name far too long for any legend, label or axis of the house",
    "$x_1^2$ <script>alert('$')</script>",
    "Почта 😀 微信",
    "VK",
    "OK",
    "Email",
)
LAST = date(2026, 11, 22)
METRICS = ("roi", "conversion", "reach", "ctr")
ACTIONS = ("increase", "hold", "test", "hold", "decrease", "hold")


OUTLOOKS = Outlooks(LAST + timedelta(days=1), LAST + timedelta(days=28), {})


def context(lang: Lang = "en", currency: str = "EUR") -> RenderContext:
    positions = {channel: place for place, channel in enumerate(CHANNELS)}
    return RenderContext(lang, currency, positions, OUTLOOKS)


def told(given: Results, lang: Lang = "en") -> RenderContext:
    """Return the context of a run with these results."""
    return replace(context(lang), outlooks=outlooks_of(given))


def results(channels: int = 6, past: int = 182, ahead: int = 28, unspent: int = 0) -> Results:
    """Results of `channels` channels with `past` days of data; the first week had no prediction yet."""
    names = CHANNELS[:channels]
    random = np.random.default_rng(7)
    daily = [_days_of(name, place, past, ahead, random) for place, name in enumerate(names)]
    columns = ["channel", "date", *(f"{m}_{p}" for m in METRICS for p in ("actual", "pred", "low", "high"))]
    prediction = Prediction(
        daily=pd.concat([pd.DataFrame(columns=columns), *daily]) if daily else pd.DataFrame(columns=columns),
        channels=_channels(names),
        data_to=LAST,
        horizon=ahead,
        scores={},
        model_version="made up",
    )
    return Results(days=_campaign_days(names, past), prediction=prediction, plan=plan(names, unspent))


def plan(names: tuple[str, ...], unspent: int = 0) -> BudgetPlan:
    shares = tuple(_share(name, place) for place, name in enumerate(names))
    total = sum((share.recommended for share in shares), Decimal(unspent))
    nothing = Effect(0.0, 0.0, 0.0)
    return BudgetPlan(total, 28, shares, Decimal(unspent), nothing, 0.5, nothing)


def words(figure: Figure) -> list[str]:
    """Everything that is written on the picture."""
    return [label.get_text() for label in labels(figure)]


def labels(figure: Figure) -> list[Label]:
    """Every text that is drawn: not the labels of ticks beyond the ends of an axis."""
    figure.draw_without_rendering()
    ticks = [tick for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for tick in _drawn(axis)]
    of_ticks = {
        id(label) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in _all(axis)
    }
    others = [label for label in figure.findobj(Label) if id(label) not in of_ticks]
    return [t for t in [*others, *ticks] if isinstance(t, Label) and t.get_visible() and t.get_text().strip()]


def _all(axis: Axis) -> list[Label]:
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return [label for tick in ticks for label in (tick.label1, tick.label2)]


def _drawn(axis: Axis) -> list[Label]:
    low, high = sorted(axis.get_view_interval())
    return [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


def _days_of(name: str, place: int, past: int, ahead: int, random: np.random.Generator) -> pd.DataFrame:
    start = pd.Timestamp(LAST) - pd.Timedelta(days=past - 1)
    dates = pd.date_range(start, periods=past + ahead)
    is_past = np.arange(past + ahead) < past
    has_prediction = (np.arange(past + ahead) >= 7) | ~is_past
    days = pd.DataFrame({"channel": name, "date": dates})
    for metric, level in zip(METRICS, (2.4 - 0.4 * place, 0.03, 80_000 / (place + 1), 0.02), strict=True):
        wave = 1 + 0.15 * np.sin(2 * np.pi * np.arange(past + ahead) / 7)
        expected = level * wave
        spread = 0.3 * abs(level)
        days[f"{metric}_actual"] = np.where(
            is_past, expected + random.normal(0, spread / 1.3, len(days)), np.nan
        )
        days[f"{metric}_pred"] = np.where(has_prediction, expected, np.nan)
        days[f"{metric}_low"] = np.where(has_prediction, expected - spread, np.nan)
        days[f"{metric}_high"] = np.where(has_prediction, expected + spread, np.nan)
    return days


def _channels(names: tuple[str, ...]) -> pd.DataFrame:
    roi = 2.4 - 0.4 * np.arange(len(names))
    return pd.DataFrame(
        {
            "channel": list(names),
            "roi": roi,
            "roi_low": roi - 0.3,
            "roi_high": roi + 0.35,
            "conversion": 0.031,
            "conversion_low": 0.028,
            "conversion_high": 0.034,
            "ctr": 0.02,
            "ctr_low": 0.018,
            "ctr_high": 0.022,
            "reach": 28 * 80_000 / (1 + np.arange(len(names))),
            "reach_low": 28 * 70_000 / (1 + np.arange(len(names))),
            "reach_high": 28 * 90_000 / (1 + np.arange(len(names))),
            "acquisition_cost": 15.05,
            "low_confidence": False,
        }
    )


def _campaign_days(names: tuple[str, ...], past: int) -> pd.DataFrame:
    dates = pd.date_range(end=pd.Timestamp(LAST), periods=past)
    frames = [
        pd.DataFrame(
            {
                "channel": name,
                "date": dates,
                "impressions": 80_000.0 / (place + 1),
                "clicks": 1600.0,
                "conversions": 50.0,
                "cost": 900.0 / (place + 1),
                "revenue": 2000.0,
            }
        )
        for place, name in enumerate(names)
    ]
    columns = ["channel", "date", "impressions", "clicks", "conversions", "cost", "revenue"]
    return pd.concat(frames) if frames else pd.DataFrame(columns=columns).astype({"date": "datetime64[s]"})


def _share(name: str, place: int) -> Share:
    current = Decimal(25_200) / (place + 1)
    factor = (Decimal("1.3"), Decimal("1.1"), 1, Decimal("0.9"), Decimal("0.7"), Decimal("0.95"))[place % 6]
    return Share(
        channel=name,
        current=current.quantize(Decimal("0.01")),
        recommended=(current * factor).quantize(Decimal("0.01")),
        lower=current / 2,
        upper=current * 2,
        elasticity=0.5,
        marginal_roi_before=0.4,
        marginal_roi_after=0.3,
        effect=Effect(-120.5, 850.25, 2400.0),
        p_increase=0.9,
        action=ACTIONS[place % 6],  # type: ignore[arg-type]
        evidence=both("estimated"),
    )
