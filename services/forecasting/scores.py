"""Scores of the forecasts of the last weeks, relative to "the same as last week".

MASE and RMSSE: Hyndman and Koehler (2006), "Another look at measures of forecast accuracy". The scale is the
mean error of the seasonal naive on the days known at each origin. All scored forecasts and intervals are out
of sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.forecasting.backtest import Rolling
from services.forecasting.campaign_days import COUNTS
from services.forecasting.forecast_types import Forecasts
from services.forecasting.metrics import RATIOS, BacktestPlan, PanelForecasts
from services.forecasting.panel import Panel
from services.numerics import Bools, Floats, delayed, divide

SCORED = (*COUNTS, "ctr", "conversion", "roi")
SCORED_WEEKS = 26
SHOWN_DIGITS = 6
TALLIED = (
    "error",
    "naive",
    "square",
    "coverage80",
    "coverage95",
    "width80",
    "width95",
    "actual_sum",
    "forecast_sum",
)

Score = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Forecasts and actual values (series x origins x horizon), with errors scaled per series and origin.

    `error` and `naive` are scaled absolute errors of the forecast and of the seasonal naive, `square` the
    scaled squared error; NaN where unknown. `weight` is the exposure of a ratio, else 1. `coverage80` and
    `coverage95` are 1 where the actual value is inside the interval, else 0, NaN where unknown. The widths
    of the intervals are scaled as `error`.
    """

    actual: Floats
    mean: Floats
    weight: Floats
    error: Floats
    naive: Floats
    square: Floats
    coverage80: Floats
    coverage95: Floats
    width80: Floats
    width95: Floats


def outcomes(rolling: Rolling, outlook: Forecasts, exposure: Floats | None = None) -> Outcomes:
    """Return the outcomes of the forecasts from the last 26 origins before the end of the data.

    `exposure` is the actual denominator of a ratio (series x origins x horizon).
    """
    recent = slice(max(len(rolling.origins) - 1 - SCORED_WEEKS, 0), len(rolling.origins) - 1)
    actual, mean = rolling.actual()[:, recent], outlook.mean[:, recent]
    limits = outlook.limits[:, recent]
    scale, square = (part[:, recent, None] for part in _scales(rolling))
    known = np.where(np.isfinite(actual) & (scale > 0), 1.0, np.nan)
    return Outcomes(
        actual=actual,
        mean=mean,
        weight=np.ones_like(mean) if exposure is None else exposure[:, recent],
        error=known * divide(np.abs(actual - mean), scale),
        naive=known * divide(np.abs(actual - seasonal_naive(rolling)[:, recent]), scale),
        square=known * divide((actual - mean) ** 2, square),
        coverage80=known * _inside(actual, limits[..., 0], limits[..., 1]),
        coverage95=known * _inside(actual, limits[..., 2], limits[..., 3]),
        width80=known * divide(limits[..., 1] - limits[..., 0], scale),
        width95=known * divide(limits[..., 3] - limits[..., 2], scale),
    )


def seasonal_naive(rolling: Rolling) -> Floats:
    """Return the last known season, repeated, for every origin (series x origins x horizon)."""
    steps = np.arange(rolling.horizon) % rolling.season - rolling.season
    place = rolling.origins[:, None] + steps
    return np.where(place >= 0, rolling.values[:, np.maximum(place, 0)], np.nan)


def score(found: Outcomes, rows: Bools | slice = slice(None)) -> Score:
    """Return the scores over the chosen series (rows of `found`), None where there is nothing to score.

    mase, rmsse, mase_naive; skill (1 - error / error of the naive); coverage80, coverage95 (fractions);
    width80, width95 (in mean errors of the naive); bias (sum of forecasts / sum of actuals - 1, ratios
    weighted by their exposure); forecasts (their number).
    """
    return score_of(tally(found, rows))


def tally(found: Outcomes, rows: Bools | slice = slice(None)) -> Floats:
    """Return the sums (first row) and counts (second row) behind the scores (2 x quantities of `TALLIED`).

    Tallies of different series may be added.
    """
    error, naive = found.error[rows], found.naive[rows]
    known = np.isfinite(error)
    both = known & np.isfinite(naive)
    weight = found.weight[rows][known]
    parts = {
        "error": error[both],
        "naive": naive[both],
        **{name: _finite(getattr(found, name)[rows]) for name in TALLIED[2:7]},
        "actual_sum": found.actual[rows][known] * weight,
        "forecast_sum": found.mean[rows][known] * weight,
    }
    return np.array([[parts[name].sum() for name in TALLIED], [parts[name].size for name in TALLIED]])


def score_of(tallied: Floats) -> Score:
    """Return the scores of a tally, with the keys of `score`."""
    total = dict(zip(TALLIED, tallied[0], strict=True))
    mean = dict(zip(TALLIED, divide(*tallied), strict=True))
    return {
        "mase": _plain(mean["error"]),
        "rmsse": _plain(np.sqrt(mean["square"])),
        "mase_naive": _plain(mean["naive"]),
        "skill": _plain(1 - mean["error"] / mean["naive"] if mean["naive"] > 0 else np.nan),
        **{name: _plain(mean[name]) for name in ("coverage80", "coverage95", "width80", "width95")},
        "bias": _plain(
            total["forecast_sum"] / total["actual_sum"] - 1 if total["actual_sum"] > 0 else np.nan
        ),
        "forecasts": int(tallied[1, TALLIED.index("actual_sum")]),
    }


def tallies(outlooks: PanelForecasts, *, with_stopped: bool) -> dict[str, Floats]:
    """Return the tally of every metric; channels that have stopped count only with `with_stopped`.

    ROI is scored as revenue / cost.
    """
    rows = ~outlooks.panel.stopped | with_stopped
    return {name: tally(outcome, rows) for name, outcome in _all_outcomes(outlooks)}


def all_scores(
    parts: Sequence[Mapping[str, Floats]], panel: Panel, backtest_plan: BacktestPlan
) -> dict[str, Any]:
    """Return the scores of a panel as JSON values.

    parts: the tallies of all chunks. Keys: `overall` (mean of the metrics), `metrics`, `origins` (how many
    were scored), `horizon` (days) and `repaired_values`.
    """
    by_metric = {name: score_of(np.sum([part[name] for part in parts], axis=0)) for name in SCORED}
    return {
        "overall": mean_score(by_metric.values()),
        "metrics": by_metric,
        "origins": min(len(backtest_plan.origins) - 1, SCORED_WEEKS),
        "horizon": backtest_plan.horizon,
        "repaired_values": panel.repaired,
    }


def channel_scores(outlooks: PanelForecasts) -> dict[str, dict[str, Score]]:
    """Return the scores by channel, then by metric."""
    found = dict(_all_outcomes(outlooks))
    return {
        channel: {name: score(outcome, slice(i, i + 1)) for name, outcome in found.items()}
        for i, channel in enumerate(outlooks.panel.channels)
    }


def mean_score(scores: Iterable[Score]) -> Score:
    """Return the mean of several scores. `forecasts` are added up; the skill is that of the mean errors."""
    scores = list(scores)
    known: Mapping[str, list[float]] = {
        key: [value for one in scores if (value := one[key]) is not None] for key in scores[0]
    }
    out: Score = {key: _plain(np.mean(values)) if values else None for key, values in known.items()}
    out["forecasts"] = int(sum(known["forecasts"]))
    mase, naive = out["mase"], out["mase_naive"]
    out["skill"] = _plain(1 - mase / naive) if mase is not None and naive else None
    return out


def _all_outcomes(outlooks: PanelForecasts) -> list[tuple[str, Outcomes]]:
    return [(name, _outcomes_of(outlooks, "roas" if name == "roi" else name)) for name in SCORED]


def _outcomes_of(outlooks: PanelForecasts, metric: str) -> Outcomes:
    bottom = RATIOS[metric][1] if metric in RATIOS else None
    exposure = outlooks.rolling[bottom].actual() if bottom else None
    return outcomes(outlooks.rolling[metric], outlooks.outlook[metric], exposure)


def _scales(rolling: Rolling) -> tuple[Floats, Floats]:
    """Return mean absolute and mean squared seasonal difference at each origin (series x origins each)."""
    change = rolling.values - delayed(rolling.values, rolling.season, first=np.nan)
    usable = np.isfinite(change) & (np.cumsum(rolling.observed, axis=1) > rolling.season)
    count = np.cumsum(usable, axis=1, dtype=np.float64)
    size = np.where(usable, np.abs(change), 0.0)
    absolute, squared = (divide(np.cumsum(part, axis=1), count) for part in (size, size**2))
    known = rolling.origins - 1
    return absolute[:, known], squared[:, known]


def _inside(actual: Floats, low: Floats, high: Floats) -> Floats:
    return ((actual >= low) & (actual <= high)).astype(np.float64)


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _plain(value: float | np.floating[Any]) -> float | None:
    return round(float(value), SHOWN_DIGITS) if np.isfinite(value) else None
