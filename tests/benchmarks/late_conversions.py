"""What late conversions do to a sync: false alarms, and the forecast of ROI.

Run it with `python -m tests.benchmarks.late_conversions [accounts per world [first seed]]`; it prints a
markdown table, of other accounts in each run unless a seed is given. Nothing happens in these accounts.
Conversions are booked on the day of the click and reported later, in each world in another way. A sync has
either learned from four weeks of daily syncs before it, or is the first one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from secrets import randbelow
from statistics import fmean

import numpy as np
import pandas as pd

from services.budgeting import plan
from services.forecasting import predict
from services.forecasting.campaign_days import clean_days
from services.forecasting.completeness import learn
from services.forecasting.settling import settle, widened
from services.insights import advise
from tests.benchmarks.table import Line, at_most, show
from tests.insights.delays import NONE, Delay, reported_ages, reports, seen
from tests.insights.simulated import Kind, account

MOST_FALSE_SYNCS = 0.05
LARGEST_BIAS = 0.02
LEAST_HELD = 0.70
HORIZON = 28
SYNCS = 28
ATTRIBUTION_DAYS = 7
FALSE = {"anomaly", "funnel"}
KIND = Kind(channels=4, days=400 + HORIZON, orders_per_day=150, demand=0.03)
CHANNELS = [f"Channel {number + 1}" for number in range(KIND.channels)]

WORLDS: Mapping[str, Sequence[Delay]] = {
    "no delay": [NONE],
    "mean delay 1 day": [Delay(1.0)],
    "mean delay 2 days": [Delay(2.0)],
    "mean delay 4 days": [Delay(4.0)],
    "mean delay 7 days": [Delay(7.0)],
    "lognormal, mean 4 days": [Delay(4.0, "lognormal")],
    "a batch a week": [Delay(0.0, "batch")],
    "other delays by channel (0, 1, 4, 7 days)": [NONE, Delay(1.0), Delay(4.0), Delay(7.0)],
    "delays grow from 2 to 4 days, 3 weeks ago": [Delay(2.0, later_mean=4.0, changes_on=21)],
}


@dataclass(frozen=True, slots=True)
class Result:
    """One sync: whether it told a false alarm, and by channel the log error of 1 + ROI and whether its 80 %
    interval held; `width` is the log width of the interval.
    """

    is_false: bool
    errors: tuple[float, ...]
    held: tuple[bool, ...]
    width: float


def sync(world: str, seed: int, has_learned: bool) -> Result:
    """Return how a sync of an account of one world does."""
    whole = account(seed, KIND)
    end = whole["date"].max() - pd.Timedelta(days=HORIZON)
    days, ahead = whole[whole["date"] <= end].reset_index(drop=True), whole[whole["date"] > end]
    delays = WORLDS[world]
    by_channel = {name: delays[place % len(delays)] for place, name in enumerate(CHANNELS)}
    ages = reported_ages(days, by_channel, seed)
    completeness = learn(reports(days, ages, SYNCS)) if has_learned else None
    settled = settle(clean_days(seen(days, ages, end)), completeness, ATTRIBUTION_DAYS)
    prediction = widened(predict(settled.days, HORIZON), settled.level_error)
    records = advise(settled.days, prediction, plan(settled.over, None), currency="EUR")
    sums = ahead.groupby("channel")[["revenue", "cost"]].sum()
    truth = (sums["revenue"] / sums["cost"]).to_numpy()
    roas, low, high = (1 + prediction.channels[name].to_numpy() for name in ("roi", "roi_low", "roi_high"))
    return Result(
        is_false=any(record["rule_id"] in FALSE for record in records[1:]),
        errors=tuple(np.log(roas / truth)),
        held=tuple((low <= truth) & (truth <= high)),
        width=float(np.log(high / low).mean()),
    )


def lines(seeds: range) -> Iterable[Line]:
    """Yield the lines of each world, with learned and with unknown delays."""
    cases = [(world, seed, learned) for learned, world, seed in product((True, False), WORLDS, seeds)]
    with ProcessPoolExecutor() as pool:
        results = list(pool.map(sync, *zip(*cases, strict=True), chunksize=4))
    for learned, world in product((True, False), WORLDS):
        mine = [r for case, r in zip(cases, results, strict=True) if case[0] == world and case[2] is learned]
        yield from _world_lines(f"{world}, {'learned' if learned else 'first sync'} ({len(mine)})", mine)


def _world_lines(name: str, results: Sequence[Result]) -> Iterable[Line]:
    yield at_most(
        f"false anomaly or funnel syncs: {name}",
        fmean(r.is_false for r in results),
        MOST_FALSE_SYNCS,
        "{:.0%}",
    )
    bias = float(np.expm1(fmean(error for r in results for error in r.errors)))
    what, target = f"ROI over {HORIZON} days, bias: {name}", f"within {LARGEST_BIAS:.0%}"
    yield Line(what, target, f"{bias:+.1%}", abs(bias) <= LARGEST_BIAS)
    held, width = fmean(h for r in results for h in r.held), fmean(r.width for r in results)
    figure = f"{held:.0%} (log width {width:.3f})"
    yield Line(f"its 80 % interval holds: {name}", f">= {LEAST_HELD:.0%}", figure, held >= LEAST_HELD)


def main(accounts: int = 30, first_seed: int | None = None) -> None:
    """Measure everything and print the table."""
    first = randbelow(1_000_000) if first_seed is None else first_seed
    show(f"late conversions (seeds from {first})", lines(range(first, first + accounts)))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
