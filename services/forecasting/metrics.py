"""The metrics of a panel as rolling series, and their forecasts from every origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.beginning import since_beginning
from services.forecasting.calibration import (
    Calibration,
    ErrorSums,
    IntervalScale,
    blend_calibration,
    error_sums,
    histograms,
    horizon_scale_of,
    pool_by_metric,
    quantiles_from,
    scale_errors,
)
from services.forecasting.campaign_days import COUNTS
from services.forecasting.counts import draft_counts, finish_counts
from services.forecasting.forecast_types import Forecasts, PointForecasts
from services.forecasting.panel import Panel
from services.forecasting.ratios import draft_ratios, finish_ratios
from services.forecasting.steps import Rows, Steps, draft_by_grain, sum_by_step
from services.numerics import Bools, Floats, Ints, divide

RATIOS: Mapping[str, tuple[str, str]] = {
    "ctr": ("clicks", "impressions"),
    "conversion": ("conversions", "clicks"),
    "roas": ("revenue", "cost"),
    "conversions_per_cost": ("conversions", "cost"),
}
WEEK = 7
ORIGINS = 53

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BacktestPlan:
    """The origins (time indices of a panel) and the horizon (days) of a backtest.

    The `horizon` is at least a week, plus the longest reporting delay of a channel.
    """

    origins: Ints
    horizon: int


@dataclass(frozen=True, slots=True)
class PanelPointForecasts:
    """Forecasts without intervals of a panel or a chunk of it, as pairs: for the counts and for the ratios.

    `sizes` are the error sums of each series, `pooled` those of each metric.
    """

    drafts: tuple[PointForecasts, PointForecasts]
    sizes: tuple[ErrorSums, ErrorSums]
    pooled: tuple[ErrorSums, ErrorSums]


@dataclass(frozen=True, slots=True)
class PanelForecasts:
    """Forecasts of each metric from every origin (channels x origins x horizon).

    `rolling` and `outlook` have a key for each of the five counts and `RATIOS`. The horizon is that of the
    `BacktestPlan`. From the last origin a stopped channel has zero counts and NaN ratios. `learned` is the
    calibration at the last origin, for the counts and for the ratios.
    """

    panel: Panel
    rolling: Mapping[str, Rolling]
    outlook: Mapping[str, Forecasts]
    learned: tuple[Calibration, Calibration]

    @property
    def origins(self) -> Ints:
        """Return the origins, as time indices of the panel."""
        return self.rolling[COUNTS[0]].origins


def backtest_plan(panel: Panel, horizon: int, origins: int = ORIGINS) -> BacktestPlan:
    """Return at most `origins` weekly origins, and a horizon that covers every channel's reporting delay."""
    return BacktestPlan(
        origins=weekly_origins(panel.observed.shape[1], WEEK, origins),
        horizon=max(horizon, WEEK) + int(panel.delay_days[~panel.stopped].max(initial=0)),
    )


def forecast_panel(
    panel: Panel,
    horizon: int,
    learned: tuple[Calibration, Calibration] | None = None,
    *,
    origins: int = ORIGINS,
) -> PanelForecasts:
    """Return the forecasts of all metrics of a panel from at most `origins` weekly origins.

    `horizon` is in days after `panel.data_to`. `learned` is the calibration of a trained model of the same
    channels, for the counts and for the ratios.
    """
    plan = backtest_plan(panel, horizon, origins)
    drafted = point_forecasts(panel, plan, learned)
    quantiles = of_both(quantiles_from, count_errors(panel, plan, drafted, drafted.pooled))
    return finish(panel, plan, drafted, drafted.pooled, quantiles, learned)


def point_forecasts(
    panel: Panel, plan: BacktestPlan, learned: tuple[Calibration, Calibration] | None = None
) -> PanelPointForecasts:
    """Return the point forecasts of all metrics, each from its own past, and the sums of their errors."""
    counts, ratios = both = series(panel, plan)
    drafts = _drafts(panel, counts, ratios, learned[0].shares if learned else None)
    sizes = of_both(
        lambda one, rolling: error_sums(scale_errors(one.errors(rolling), one.one_step_mae), rolling),
        drafts,
        both,
    )
    return PanelPointForecasts(drafts, sizes, of_both(pool_by_metric, sizes, both))


def _drafts(
    panel: Panel, counts: Rolling, ratios: Rolling, shares: Floats | None
) -> tuple[PointForecasts, PointForecasts]:
    """Return the point forecasts of the counts and of the ratios, each channel's in its own step.

    shares: learned weights of the counts (series x `WEIGHTS`).
    """
    top, bottom = _fractions(panel)

    def count(rolling: Rolling, rows: Rows, _: Steps | None) -> PointForecasts:
        return draft_counts(rolling, None if shares is None else shares[rows])

    def ratio(rolling: Rolling, rows: Rows, steps: Steps | None) -> PointForecasts:
        parts = top[rows], bottom[rows]
        if steps is not None:
            parts = (sum_by_step(parts[0], steps), sum_by_step(parts[1], steps))
        return draft_ratios(*parts, replace(rolling, values=divide(*parts)))

    return draft_by_grain(counts, panel, count), draft_by_grain(ratios, panel, ratio)


def count_errors(
    panel: Panel, plan: BacktestPlan, drafted: PanelPointForecasts, pooled: tuple[ErrorSums, ErrorSums]
) -> tuple[Floats, Floats]:
    """Return the histograms of the standardised errors (metrics x origins x bins), for counts and ratios.

    `pooled` are the error sums of each metric over all chunks; they set the scale of the errors.
    """

    def count(one: PointForecasts, own: ErrorSums, of_kind: ErrorSums, rolling: Rolling) -> Floats:
        scaled_errors = scale_errors(one.errors(rolling), one.one_step_mae)
        return histograms(scaled_errors, horizon_scale_of(own, of_kind, rolling.group), rolling)

    return of_both(count, drafted.drafts, drafted.sizes, pooled, series(panel, plan))


def finish(
    panel: Panel,
    plan: BacktestPlan,
    drafted: PanelPointForecasts,
    pooled: tuple[ErrorSums, ErrorSums],
    quantiles: tuple[Floats, Floats],
    learned: tuple[Calibration, Calibration] | None = None,
) -> PanelForecasts:
    """Return the forecasts with intervals.

    `pooled` (error sums) and `quantiles` (metrics x origins x 4) are those of each metric over all chunks.
    """
    counts, ratios = both = series(panel, plan)

    def spread(
        one: PointForecasts, own: ErrorSums, of_kind: ErrorSums, levels: Floats, rolling: Rolling
    ) -> IntervalScale:
        horizon_scale = horizon_scale_of(own, of_kind, rolling.group)
        return IntervalScale(
            one_step_mae=one.one_step_mae, horizon_scale=horizon_scale, quantiles=levels[rolling.group]
        )

    spreads = of_both(spread, drafted.drafts, drafted.sizes, pooled, quantiles, both)
    spreads = of_both(blend_calibration, spreads, learned or (None, None))
    found = (
        finish_counts(drafted.drafts[0], spreads[0], counts),
        finish_ratios(drafted.drafts[1], spreads[1], ratios),
    )
    names, size = (*COUNTS, *RATIOS), len(panel.channels)
    return PanelForecasts(
        panel=panel,
        rolling=dict(zip(names, [*_parts(counts, size), *_parts(ratios, size)], strict=True)),
        outlook={
            name: _without_unrecorded(
                _ended(outlook, panel.stopped, nothing=0.0 if name in COUNTS else np.nan), name, panel
            )
            for name, outlook in zip(names, [*_split(found[0], size), *_split(found[1], size)], strict=True)
        },
        learned=(found[0].learned, found[1].learned),
    )


def series(panel: Panel, plan: BacktestPlan) -> tuple[Rolling, Rolling]:
    """Return the counts and the ratios of a panel as series, ordered by metric, then by channel.

    A count is observed from its own beginning on, see `beginning`.
    """
    counts, ratios = _series(panel, plan)
    return replace(counts, observed=since_beginning(counts.values, counts.observed)), ratios


def _series(panel: Panel, plan: BacktestPlan) -> tuple[Rolling, Rolling]:
    """Return the counts and the ratios, from the first day that records them."""
    counts = np.concatenate([panel.counts[name] for name in COUNTS])
    ratios = divide(*_fractions(panel))
    if not panel.recorded:
        return _rolling(counts, panel, plan), _rolling(ratios, panel, plan)
    recorded = {name: panel.is_recorded(name) for name in COUNTS}
    recorded |= {name: recorded[above] & recorded[below] for name, (above, below) in RATIOS.items()}
    by_name = {name: panel.observed & _since_first(values) for name, values in recorded.items()}

    def joined(parts: Mapping[str, Bools], names: Iterable[str]) -> Bools:
        return np.concatenate([parts[name] for name in names])

    return (
        replace(
            _rolling(counts, panel, plan),
            observed=joined(by_name, COUNTS),
            recorded=joined(recorded, COUNTS),
        ),
        replace(
            _rolling(ratios, panel, plan),
            observed=joined({name: by_name[name] & _until_last(recorded[name]) for name in RATIOS}, RATIOS),
        ),
    )


def _since_first(recorded: Bools) -> Bools:
    """Return the days from the first recorded one on (channels x time)."""
    return np.logical_or.accumulate(recorded, axis=1)


def _until_last(recorded: Bools) -> Bools:
    """Return the days up to the last recorded one (channels x time)."""
    return _since_first(recorded[:, ::-1])[:, ::-1]


def of_both(function: Callable[..., T], *pairs: tuple[Any, Any]) -> tuple[T, T]:
    """Return the results of a function for the counts and for the ratios; each pair holds their arguments."""
    counts, ratios = zip(*pairs, strict=True)
    return function(*counts), function(*ratios)


def _fractions(panel: Panel) -> tuple[Floats, Floats]:
    """Return the numerators and the denominators of all ratios."""
    pairs = [panel.pair(*names) for names in RATIOS.values()]
    top, bottom = (np.concatenate([pair[i] for pair in pairs]) for i in (0, 1))
    return top, bottom


def _rolling(values: Floats, panel: Panel, plan: BacktestPlan) -> Rolling:
    """Return several metrics of the channels as one set of series, with a group for each metric and grain."""
    pooled = len(values) // len(panel.channels)
    grain = np.array([panel.grains.index(one) for one in panel.grain], dtype=np.int64)
    events = None
    if panel.calendar is not None:
        events = panel.calendar.kinds(panel.last_day, panel.observed.shape[1], plan.horizon)
    return Rolling(
        values=values,
        observed=np.tile(panel.observed, (pooled, 1)),
        group=(grain[None, :] * pooled + np.arange(pooled)[:, None]).ravel(),
        origins=plan.origins,
        horizon=plan.horizon,
        season=WEEK,
        groups=pooled * len(panel.grains),
        events=None if events is None else np.tile(events, (pooled, 1)),
    )


def _parts(rolling: Rolling, size: int) -> list[Rolling]:
    """Return one set of series per metric; `size` is the number of channels."""
    parts = [slice(start, start + size) for start in range(0, len(rolling.values), size)]
    kind = np.zeros(size, dtype=np.int64)
    return [replace(rolling.part(part), group=kind, groups=1) for part in parts]


def _split(outlook: Forecasts, size: int) -> list[Forecasts]:
    """Return the forecasts of each metric; `size` is the number of channels."""
    parts = [slice(start, start + size) for start in range(0, len(outlook.mean), size)]
    return [
        replace(
            outlook,
            mean=outlook.mean[part],
            limits=outlook.limits[part],
            one_step_mae=outlook.one_step_mae[part],
        )
        for part in parts
    ]


def _without_unrecorded(outlook: Forecasts, name: str, panel: Panel) -> Forecasts:
    """Return the forecasts, NaN for the channels that never record a count."""
    if name not in panel.recorded or panel.recorded[name].any(axis=1).all():
        return outlook
    never = ~panel.recorded[name].any(axis=1)
    mean, limits = outlook.mean.copy(), outlook.limits.copy()
    mean[never], limits[never] = np.nan, np.nan
    return replace(outlook, mean=mean, limits=limits)


def _ended(outlook: Forecasts, stopped: Bools, *, nothing: float) -> Forecasts:
    """Return the forecasts with `nothing` from the last origin for the channels that have stopped."""
    mean, limits = outlook.mean.copy(), outlook.limits.copy()
    mean[stopped, -1] = nothing
    limits[stopped, -1] = nothing
    return replace(outlook, mean=mean, limits=limits)
