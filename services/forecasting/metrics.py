"""The metrics of a panel as rolling series, and their forecasts from every origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.calibration import (
    Learned,
    Sizes,
    Spread,
    growth_of,
    histograms,
    in_units,
    of_kinds,
    quantiles_from,
    sizes_of,
    with_learned,
)
from services.forecasting.counts import draft_counts, finish_counts
from services.forecasting.forecast_types import Draft, Outlook
from services.forecasting.panel import COUNTS, Panel
from services.forecasting.ratios import draft_ratios, finish_ratios
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
class Course:
    """From where and how far is forecast: `origins` are places in the time of a panel.

    The `horizon` is at least a week, and longer by the days that a channel's data are late.
    """

    origins: Ints
    horizon: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """Forecasts without bands yet: the counts and the ratios of a panel, or of a part of it.

    `sizes` are those of each series' errors, `kinds` their sums over the series of each kind.
    """

    drafts: tuple[Draft, Draft]
    sizes: tuple[Sizes, Sizes]
    kinds: tuple[Sizes, Sizes]


@dataclass(frozen=True, slots=True)
class Outlooks:
    """What was forecast of each metric from every origin (channels x origins x horizon).

    The metrics are the five counts and `RATIOS`. The horizon is at least a week, and longer by
    the days that a channel's data are late. A stopped channel is forecast as nothing from the
    last origin: zero counts, NaN ratios. `learned` holds what the backtest found, for the counts
    and for the ratios.
    """

    panel: Panel
    rolling: Mapping[str, Rolling]
    outlook: Mapping[str, Outlook]
    learned: tuple[Learned, Learned]

    @property
    def origins(self) -> Ints:
        """Return the origins, as places in the time of the panel."""
        return self.rolling[COUNTS[0]].origins


def course(panel: Panel, horizon: int, origins: int = ORIGINS) -> Course:
    """Return at most `origins` weekly origins, and steps enough for every channel of the panel."""
    return Course(
        origins=weekly_origins(panel.seen.shape[1], WEEK, origins),
        horizon=max(horizon, WEEK) + int(panel.late[~panel.stopped].max(initial=0)),
    )


def look_out(
    panel: Panel,
    horizon: int,
    learned: tuple[Learned, Learned] | None = None,
    *,
    origins: int = ORIGINS,
) -> Outlooks:
    """Return the forecasts of all metrics of a panel from at most `origins` weekly origins."""
    ways = course(panel, horizon, origins)
    drafted = draft(panel, ways, learned)
    quantiles = of_both(quantiles_from, count_errors(panel, ways, drafted, drafted.kinds))
    return finish(panel, ways, drafted, drafted.kinds, quantiles, learned)


def draft(panel: Panel, ways: Course, learned: tuple[Learned, Learned] | None = None) -> Drafted:
    """Return what each series' own past says of it, and the sizes of its errors."""
    counts, ratios = both = series(panel, ways)
    drafts = (
        draft_counts(counts, learned[0].shares if learned else None),
        draft_ratios(*_fractions(panel), ratios),
    )
    sizes = of_both(
        lambda one, rolling: sizes_of(in_units(one.errors(rolling), one.one_day), rolling), drafts, both
    )
    return Drafted(drafts, sizes, of_both(of_kinds, sizes, (counts.group, ratios.group)))


def count_errors(
    panel: Panel, ways: Course, drafted: Drafted, kinds: tuple[Sizes, Sizes]
) -> tuple[Floats, Floats]:
    """Return the histograms of the errors, in the sizes that all series of a kind (`kinds`) suggest."""

    def count(one: Draft, own: Sizes, of_kind: Sizes, rolling: Rolling) -> Floats:
        units = in_units(one.errors(rolling), one.one_day)
        return histograms(units, growth_of(own, of_kind, rolling.group), rolling)

    return of_both(count, drafted.drafts, drafted.sizes, kinds, series(panel, ways))


def finish(
    panel: Panel,
    ways: Course,
    drafted: Drafted,
    kinds: tuple[Sizes, Sizes],
    quantiles: tuple[Floats, Floats],
    learned: tuple[Learned, Learned] | None = None,
) -> Outlooks:
    """Return the forecasts with their bands; `kinds` and `quantiles` are those of all series of a kind."""
    counts, ratios = both = series(panel, ways)

    def spread(one: Draft, own: Sizes, of_kind: Sizes, levels: Floats, rolling: Rolling) -> Spread:
        growth = growth_of(own, of_kind, rolling.group)
        return Spread(one_day=one.one_day, growth=growth, quantiles=levels[rolling.group])

    spreads = of_both(spread, drafted.drafts, drafted.sizes, kinds, quantiles, both)
    spreads = of_both(with_learned, spreads, learned or (None, None))
    found = finish_counts(drafted.drafts[0], spreads[0], counts), finish_ratios(drafted.drafts[1], spreads[1])
    names, size = (*COUNTS, *RATIOS), len(panel.channels)
    return Outlooks(
        panel=panel,
        rolling=dict(zip(names, [*_parts(counts, size), *_parts(ratios, size)], strict=True)),
        outlook={
            name: _ended(outlook, panel.stopped, nothing=0.0 if name in COUNTS else np.nan)
            for name, outlook in zip(names, [*_split(found[0], size), *_split(found[1], size)], strict=True)
        },
        learned=(found[0].learned, found[1].learned),
    )


def series(panel: Panel, ways: Course) -> tuple[Rolling, Rolling]:
    """Return the counts and the ratios of a panel, metric by metric."""
    counts = np.concatenate([panel.counts[name] for name in COUNTS])
    return _rolling(counts, panel.seen, ways), _rolling(divide(*_fractions(panel)), panel.seen, ways)


def of_both(function: Callable[..., T], *pairs: tuple[Any, Any]) -> tuple[T, T]:
    """Return what a function gives for the counts and for the ratios."""
    counts, ratios = zip(*pairs, strict=True)
    return function(*counts), function(*ratios)


def _fractions(panel: Panel) -> tuple[Floats, Floats]:
    """Return the numerators and the denominators of all ratios."""
    top, bottom = (np.concatenate([panel.counts[pair[i]] for pair in RATIOS.values()]) for i in (0, 1))
    return top, bottom


def _rolling(values: Floats, seen: Bools, ways: Course) -> Rolling:
    """Return several metrics of the same channels as one set of series, a kind for each metric."""
    kinds = len(values) // len(seen)
    return Rolling(
        values=values,
        seen=np.tile(seen, (kinds, 1)),
        group=np.repeat(np.arange(kinds), len(seen)),
        origins=ways.origins,
        horizon=ways.horizon,
        season=WEEK,
    )


def _parts(rolling: Rolling, size: int) -> list[Rolling]:
    """Return one rolling set per metric."""
    parts = [slice(start, start + size) for start in range(0, len(rolling.values), size)]
    kind = np.zeros(size, dtype=np.int64)
    return [
        replace(rolling, values=rolling.values[part], seen=rolling.seen[part], group=kind) for part in parts
    ]


def _split(outlook: Outlook, size: int) -> list[Outlook]:
    """Return one outlook per metric."""
    parts = [slice(start, start + size) for start in range(0, len(outlook.mean), size)]
    return [
        replace(outlook, mean=outlook.mean[part], limits=outlook.limits[part], one_day=outlook.one_day[part])
        for part in parts
    ]


def _ended(outlook: Outlook, stopped: Bools, *, nothing: float) -> Outlook:
    """Return the outlook with nothing to come for the channels that have stopped."""
    mean, limits = outlook.mean.copy(), outlook.limits.copy()
    mean[stopped, -1] = nothing
    limits[stopped, -1] = nothing
    return replace(outlook, mean=mean, limits=limits)
