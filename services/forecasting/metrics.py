"""The metrics of a panel as rolling series, and their forecasts from every origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.bands import Learned
from services.forecasting.counts import forecast_counts
from services.forecasting.filters import Bools, Floats, Ints, divide
from services.forecasting.outlook import Outlook
from services.forecasting.panel import COUNTS, Panel
from services.forecasting.ratios import forecast_ratios

RATIOS: Mapping[str, tuple[str, str]] = {
    "ctr": ("clicks", "impressions"),
    "conversion": ("conversions", "clicks"),
    "roas": ("revenue", "cost"),
    "conversions_per_cost": ("conversions", "cost"),
}
WEEK = 7
ORIGINS = 53


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


def look_out(
    panel: Panel,
    horizon: int,
    learned: tuple[Learned, Learned] | None = None,
    *,
    origins: int = ORIGINS,
) -> Outlooks:
    """Return the forecasts of all metrics of a panel from at most `origins` weekly origins."""
    ahead = max(horizon, WEEK) + int(panel.late[~panel.stopped].max(initial=0))
    places = weekly_origins(panel.seen.shape[1], WEEK, origins)
    values = np.concatenate([panel.counts[name] for name in COUNTS])
    top, bottom = (np.concatenate([panel.counts[pair[i]] for pair in RATIOS.values()]) for i in (0, 1))
    counts = _rolling(values, panel.seen, places, ahead)
    ratios = _rolling(divide(top, bottom), panel.seen, places, ahead)
    of_counts, of_ratios = learned if learned is not None else (None, None)
    found = forecast_counts(counts, of_counts), forecast_ratios(top, bottom, ratios, of_ratios)
    names = (*COUNTS, *RATIOS)
    size = len(panel.channels)
    return Outlooks(
        panel=panel,
        rolling=dict(zip(names, [*_parts(counts, size), *_parts(ratios, size)], strict=True)),
        outlook={
            name: _ended(outlook, panel.stopped, nothing=0.0 if name in COUNTS else np.nan)
            for name, outlook in zip(names, [*_split(found[0], size), *_split(found[1], size)], strict=True)
        },
        learned=(found[0].learned, found[1].learned),
    )


def _rolling(values: Floats, seen: Bools, origins: Ints, horizon: int) -> Rolling:
    """Return several metrics of the same channels as one set of series, a kind for each metric."""
    kinds = len(values) // len(seen)
    return Rolling(
        values=values,
        seen=np.tile(seen, (kinds, 1)),
        group=np.repeat(np.arange(kinds), len(seen)),
        origins=origins,
        horizon=horizon,
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
