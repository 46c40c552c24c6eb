"""How often the 80 % range of a month's sum, as told at mid-month, holds what came.

Run it with `python -m tests.benchmarks.pacing [series per world [first seed]]`; it prints a markdown table.
A month is told with 15 days left, and at least `LEAST_BEFORE` days of data before. The folder of the public
files is in PUBLIC_DATA: their spend, of all channels and of each one. Without it their lines are left out.
"""

from __future__ import annotations

import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, median

from services.pacing.outlook import outlook
from tests.benchmarks import forecasting_truth, odd_worlds
from tests.benchmarks.table import Line, between, show

Series = Sequence[float]

LEAST, MOST = 0.78, 0.82
REST, LEAST_BEFORE, MONTH = 15, 60, 30
FOLDER = Path(os.environ.get("PUBLIC_DATA", "public"))
PUBLIC = (
    ("campaigns_hourly_10k.csv", "Channel", "Start_Date", "Cost", ","),
    ("social_media_ads_semicolon.csv", "Channel_Used", "Date", "CPA", ";"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One month as told at its middle: whether the range held; its width and error, relative to the rest."""

    is_held: bool
    width: float
    error: float


def months(values: Series) -> Iterator[Told]:
    """Yield the forecast of each month of a series, with its outcome."""
    for at in range(LEAST_BEFORE, len(values) - REST + 1, MONTH):
        found = outlook(values[:at], 0, REST)
        came = sum(values[at : at + REST])
        if found is None or not found.ratios or found.mean <= 0:
            continue
        low, high = found.quantile(0.1), found.quantile(0.9)
        yield Told(low <= came <= high, (high - low) / found.mean, abs(came - found.mean) / found.mean)


def simulated(count: int, first: int) -> Mapping[str, Iterable[Series]]:
    """Return the series of each world."""
    seeds = range(first, first + count)
    worlds: dict[str, Iterable[Series]] = {
        "campaigns (levels wander, break and have weeks and years)": [
            forecasting_truth.daily_series(seed).tolist() for seed in seeds
        ],
        "shops (Black Friday, Christmas, Easter)": [forecasting_truth.shop(seed).tolist() for seed in seeds],
    }
    for name in odd_worlds.WORLDS:
        worlds[f"revenue, {name}"] = [
            _sums(odd_worlds.account(name, seed), "revenue") for seed in seeds[: count // 2]
        ]
    worlds["spend of steady accounts"] = [
        _sums(odd_worlds.account("calm days", seed), "cost") for seed in seeds[: count // 2]
    ]
    return worlds


def public() -> Mapping[str, Iterable[Series]]:
    """Return the daily spend of each public file, of the account and of each channel."""
    return {f"spend, {one[0]}": list(_read(*one)) for one in PUBLIC if (FOLDER / one[0]).exists()}


def _sums(days: object, name: str) -> Series:
    return [float(value) for value in days.groupby("date")[name].sum()]  # type: ignore[attr-defined]


def _read(file: str, channel: str, day: str, cost: str, delimiter: str) -> Iterator[Series]:
    found: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    with (FOLDER / file).open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter=delimiter):
            for name in ("", row[channel]):
                found[name][date.fromisoformat(row[day][:10])] += float(row[cost] or 0)
    for by_day in found.values():
        first, last = min(by_day), max(by_day)
        yield [by_day[date.fromordinal(one)] for one in range(first.toordinal(), last.toordinal() + 1)]


def lines(worlds: Mapping[str, Iterable[Series]], what: str) -> Iterator[Line]:
    """Yield a line for each world, and one for all of them with the bounds that must be kept."""
    every: list[Told] = []
    for name, series in worlds.items():
        told = [one for values in series for one in months(values)]
        every += told
        yield _line(name, told)
    if every:
        held = fmean(one.is_held for one in every)
        yield between(f"**{what}**, {len(every)} months", held, LEAST, MOST)


def _line(name: str, told: Sequence[Told]) -> Line:
    held = fmean(one.is_held for one in told)
    width, error = median(one.width for one in told), median(one.error for one in told)
    figure = f"{held:.1%} (width {width:.0%}, error {error:.1%})"
    return Line(f"{name}, {len(told)} months", "-", figure, is_reached=True)


def main(count: int = 100, first: int = 0) -> None:
    """Measure and print the tables."""
    show("80 % range at mid-month, simulated", lines(simulated(count, first), "all simulated"))
    show("80 % range at mid-month, public daily spend", lines(public(), "all public"))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
