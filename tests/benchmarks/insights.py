"""How often recommendations cry wolf, and how often they find an effect that was put in.

Run it with `python -m tests.benchmarks.insights [accounts per kind [first seed]]`; it prints a
markdown table. False alarms are counted over everything a sync would say, with real forecasts and
real budget plans; any recommendation about such an account counts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from statistics import fmean, median
from time import perf_counter
from typing import Any

import pandas as pd

from services.budgeting import plan
from services.dashboards.outlooks import is_told, outlooks_of
from services.dashboards.results import Results
from services.forecasting import predict
from services.forecasting.account import Account
from services.insights import advise
from tests.benchmarks import odd_worlds
from tests.benchmarks.table import Line, at_most, show
from tests.insights.simulated import Kind, account, changed, segments
from tests.insights.values import advised, plan_of, prediction
from tests.insights.weekly import spread

MOST_FALSE_ALARMS = 0.05
LEAST_FOUND = 0.90
LEAST_ALIKE = 0.95  # rows of days show windows of less than a week as well
HORIZON = 28
CHANNEL = "Channel 1"
SATURATED = 0.2  # elasticity of the saturated channel: with a ROAS of 2 its marginal ROI is -0.6

QUIET: Mapping[str, Kind] = {
    "usual": Kind(),
    "20 channels": Kind(channels=20),
    "3 years": Kind(days=1095),
    "100 days": Kind(days=100, channels=6),
    "60 days, heavy tails": Kind(days=60, channels=8, heavy=True),
    "heavy tails": Kind(channels=8, heavy=True),
    "demand that wanders": Kind(channels=6, persistence=0.95, demand=0.12),
    "two orders a day": Kind(channels=6, orders_per_day=2),
    "varying spend, diminishing returns": Kind(channels=6, elasticity=0.6, spend_noise=0.35),
}
EVENTFUL: Sequence[Kind] = (
    Kind(channels=3, orders_per_day=150),
    Kind(channels=6, orders_per_day=60, demand=0.05),
    Kind(channels=6, orders_per_day=400, days=1000),
    Kind(channels=20, orders_per_day=150),
)
UP_TO_6_CHANNELS = [kind for kind in EVENTFUL if kind.channels <= 6]
MORE_CHANNELS = [kind for kind in EVENTFUL if kind.channels > 6]


@dataclass(frozen=True, slots=True)
class Effect:
    """Something put into the last days of a channel, and how the right rule would name it.

    `number` reads the size from a record; it is right within `tolerance` of `truth`.
    """

    name: str
    put_in: Callable[[int, Kind], list[dict[str, Any]]]
    rule_id: str
    metric: str
    number: Callable[[Mapping[str, Any]], float]
    truth: float
    tolerance: float
    kinds: Sequence[Kind] = EVENTFUL


def is_alarmed(name: str, seed: int) -> bool:
    """Tell whether anything is said about an account in which nothing happens."""
    days = account(seed, QUIET[name])
    records = advise(
        days,
        predict(days, HORIZON),
        plan(days, None),
        currency="EUR",
        segments=segments(days, seed),
    )
    return len(records) > 1


def finding(effect: str, seed: int) -> tuple[bool, bool]:
    """Tell whether an effect is named by its rule, and whether with the right number as well."""
    wanted = EFFECTS[effect]
    records = wanted.put_in(seed, wanted.kinds[seed % len(wanted.kinds)])
    named = [
        record
        for record in _with_causes(records[1:])
        if (record["rule_id"], record["channel"], record["metric"])
        == (wanted.rule_id, CHANNEL, wanted.metric)
    ]
    is_right = any(abs(wanted.number(record) - wanted.truth) <= wanted.tolerance for record in named)
    return bool(named), is_right


def _with_causes(records: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the records, and the causes inside the alarms among them."""
    for record in records:
        yield record
        for cause in record["evidence"].get("causes", ()):
            yield {**cause, "channel": record["channel"]}


def _times(last: int, **factors: float) -> Callable[[int, Kind], list[dict[str, Any]]]:
    """Multiply counts of the last days."""
    return lambda seed, kind: advised(changed(account(seed, kind), CHANNEL, last, **factors))


def _saturated(seed: int, kind: Kind) -> list[dict[str, Any]]:
    """Make one channel nearly flat in its spend, and the others not."""
    varied = replace(kind, spend_noise=0.3, demand=Kind().demand)
    flat = account(seed, replace(varied, channels=1, elasticity=SATURATED, roas=(2.0,)))
    others = account(seed + 10_000, replace(varied, elasticity=0.7))
    days = pd.concat([flat, others[others["channel"] != CHANNEL]], ignore_index=True)
    return advised(days, plan(days, None))


def _split(seed: int, kind: Kind) -> list[dict[str, Any]]:
    days = account(seed, kind)
    return advised(days, segments=segments(days, seed, lift=1.5))


def _return_factor(record: Mapping[str, Any]) -> float:
    return float((1 + record["value"]) / (1 + record["baseline"]))


def _factor(record: Mapping[str, Any]) -> float:
    return float(record["value"] / record["baseline"])


def _value(record: Mapping[str, Any]) -> float:
    return float(record["value"])


_FALL = {"conversions": 0.6, "revenue": 0.6}
_COLLAPSE = {"clicks": 0.4, "conversions": 0.4, "revenue": 0.4}
_MORE = {"cost": 1.8, "impressions": 1.8, "clicks": 1.8, "conversions": 1.4, "revenue": 1.4}
_OVERRUN = ("budget_overrun", "cost_per_day", _factor, 1.8, 0.3)
_SATURATION = ("saturated", "marginal_roi", _value, 2 * SATURATED - 1, 0.3)
EFFECTS: Mapping[str, Effect] = {
    effect.name: effect
    for effect in (
        Effect("ROI down 40 %, 28 days", _times(28, **_FALL), "anomaly", "roi", _return_factor, 0.6, 0.12),
        Effect("ROI down 40 %, 14 days", _times(14, **_FALL), "anomaly", "roi", _return_factor, 0.6, 0.12),
        Effect("CTR collapse to 40 %, 14 days", _times(14, **_COLLAPSE), "funnel", "ctr", _factor, 0.4, 0.1),
        Effect("CTR collapse to 40 %, 7 days", _times(7, **_COLLAPSE), "funnel", "ctr", _factor, 0.4, 0.1),
        Effect("spend x 1.8, 7 days", _times(7, **_MORE), *_OVERRUN),
        Effect("spend x 1.8, 14 days", _times(14, **_MORE), *_OVERRUN),
        Effect("saturated channel of 3 or 6", _saturated, *_SATURATION, kinds=UP_TO_6_CHANNELS),
        Effect("saturated channel of 20", _saturated, *_SATURATION, kinds=MORE_CHANNELS),
        Effect("a segment 50 % better", _split, "segment", "roi", _return_factor, 1.5, 0.15),
    )
}


def alarm_lines(seeds: range) -> list[Line]:
    """Return the share of syncs that say anything about an account without effect."""
    names, all_seeds = zip(*product(QUIET, seeds), strict=True)
    with ProcessPoolExecutor() as pool:
        alarms = list(pool.map(is_alarmed, names, all_seeds, chunksize=5))
    by_name = {
        name: fmean(alarm for other, alarm in zip(names, alarms, strict=True) if other == name)
        for name in QUIET
    }
    lines = [_alarm_line(f"{name} ({len(seeds)})", share) for name, share in by_name.items()]
    return [_alarm_line(f"all ({len(alarms)} syncs)", fmean(alarms)), *lines]


def effect_lines(seeds: range) -> list[Line]:
    """Return how often each effect is named, with the right number."""
    names, all_seeds = zip(*product(EFFECTS, seeds), strict=True)
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(finding, names, all_seeds, chunksize=5))
    lines = []
    for name, effect in EFFECTS.items():
        mine = [pair for other, pair in zip(names, found, strict=True) if other == name]
        named, right = fmean(pair[0] for pair in mine), fmean(pair[1] for pair in mine)
        what = f"{name}: named `{effect.rule_id}`, within {effect.tolerance:g} of {effect.truth:g}"
        figure = f"{right:.0%} (named {named:.0%})"
        lines.append(Line(what, f">= {LEAST_FOUND:.0%}", figure, right >= LEAST_FOUND))
    return lines


RATES = {
    "roi": ("revenue", "cost"),
    "conversion": ("conversions", "clicks"),
    "ctr": ("clicks", "impressions"),
}


def directions(name: str, seed: int) -> tuple[int, int]:
    """Return how many changes the charts tell of an odd world, and how many of them go the other way then."""
    whole = odd_worlds.account(name, seed)
    is_past = whole["date"] <= whole["date"].max() - pd.Timedelta(days=HORIZON)
    past, ahead = whole[is_past], whole[~is_past]
    outlooks = outlooks_of(Results(days=past, prediction=predict(past, HORIZON), plan=plan_of()))
    told = wrong = 0
    for measure, found in outlooks.by_measure.items():
        for channel, outlook in found.items():
            if is_told(outlook, len(found)) and outlook.before is not None:
                actual = _actual(ahead[ahead["channel"] == channel], measure)
                told += 1
                wrong += (actual - outlook.before) * outlook.z < 0
    return told, wrong


def _actual(days: pd.DataFrame, measure: str) -> float:
    if measure not in RATES:
        return float(days["impressions"].sum()) / HORIZON
    above, below = (float(days[name].sum()) for name in RATES[measure])
    return above / below - (1.0 if measure == "roi" else 0.0)


def direction_lines(seeds: range) -> list[Line]:
    """Return the share of told changes that went the other way, and of calm accounts with any told change."""
    names, all_seeds = zip(*product(odd_worlds.WORLDS, seeds), strict=True)
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(directions, names, all_seeds, chunksize=5))
    told, wrong = (sum(pair[at] for pair in found) for at in (0, 1))
    calm = [pair for name, pair in zip(names, found, strict=True) if name in odd_worlds.CALM]
    return [
        at_most(f"changes told in the wrong direction (told: {told})", wrong / max(told, 1), 0.1, "{:.1%}"),
        at_most(
            f"the same, where nothing changes (told: {sum(pair[0] for pair in calm)})",
            sum(pair[1] for pair in calm) / max(sum(pair[0] for pair in calm), 1),
            0.0,
            "{:.1%}",
        ),
        at_most(
            "charts that tell a change where nothing changes",
            fmean(pair[0] > 0 for pair in calm),
            MOST_FALSE_ALARMS,
            "{:.1%}",
        ),
    ]


def is_odd_alarm(name: str, seed: int) -> bool:
    """Tell whether a rule calls something an alarm in an odd world without any lasting change."""
    rules = {"anomaly", "funnel", "trend", "winner", "loser", "unprofitable"}
    return any(record["rule_id"] in rules for record in advised(odd_worlds.account(name, seed))[1:])


def odd_lines(seeds: range) -> list[Line]:
    """Return the share of syncs with a false alarm in the odd worlds where nothing changes."""
    names, all_seeds = zip(*product(odd_worlds.CALM, seeds), strict=True)
    with ProcessPoolExecutor() as pool:
        alarms = list(pool.map(is_odd_alarm, names, all_seeds, chunksize=5))
    return [
        _alarm_line(
            f"{name} ({len(seeds)})",
            fmean(alarm for other, alarm in zip(names, alarms, strict=True) if other == name),
        )
        for name in odd_worlds.CALM
    ]


COMPARED = frozenset({"winner", "loser", "unprofitable", "trend", "anomaly", "funnel", "budget_overrun"})


def fires_alike(seed: int) -> bool:
    """Tell whether an account fires the same rules by days as by weeks, spread as the import does it."""
    kind = Kind(
        channels=2 + seed % 5,
        days=(210, 400, 700)[seed % 3],
        orders_per_day=(30, 150)[seed % 2],
        roas=((3.0,), (0.6, 3.0, 5.0), (1.5, 3.0))[seed % 3],
        heavy=seed % 4 == 0,
    )
    factors: Mapping[str, float] = ({}, _FALL, _COLLAPSE, _MORE)[seed % 4]
    days = changed(account(seed, kind), CHANNEL, (14, 21, 28)[seed % 3], **factors)
    return _fired(days, Account()) == _fired(
        spread(days), Account(grain=dict.fromkeys(days["channel"].unique(), "week"))
    )


def _fired(days: pd.DataFrame, known: Account) -> set[tuple[str, str]]:
    records = advise(days, prediction(days), plan_of(), currency="EUR", account=known)
    return {(r["rule_id"], r["channel"]) for r in records[1:] if r["rule_id"] in COMPARED}


def grain_line(seeds: range) -> Line:
    """Return how often the same account by days and by weeks fires the same rules."""
    with ProcessPoolExecutor() as pool:
        alike = fmean(pool.map(fires_alike, seeds, chunksize=5))
    return Line(
        f"the same rules by days and by weeks ({len(seeds)} accounts)",
        f">= {LEAST_ALIKE:.0%}",
        f"{alike:.0%}",
        alike >= LEAST_ALIKE,
    )


def time_line() -> Line:
    """Return the time of all rules for 20 channels and three years."""
    days = account(1, Kind(channels=20, days=3 * 365))
    split = segments(days, 1)
    taken = []
    for _ in range(9):
        start = perf_counter()
        advised(days, segments=split)
        taken.append(1000 * (perf_counter() - start))
    return at_most("all rules, 20 channels x 3 years, ms", median(taken), 60, "{:.0f}")


def main(accounts_per_kind: int = 60, first_seed: int = 0) -> None:
    """Measure everything and print the table; other seeds make other accounts."""
    seeds = range(first_seed, first_seed + accounts_per_kind)
    show(
        "recommendations",
        [
            *alarm_lines(seeds),
            *odd_lines(seeds),
            *effect_lines(seeds),
            *direction_lines(seeds),
            grain_line(seeds),
            time_line(),
        ],
    )


def _alarm_line(what: str, share: float) -> Line:
    return at_most(f"false alarms, {what}", share, MOST_FALSE_ALARMS, "{:.1%}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
