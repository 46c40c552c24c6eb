"""How good the forecasts are: against rivals on public and simulated series, and against known truth.

Run it with `python -m tests.benchmarks.forecasting [PYTHON OF THE RIVALS]`; it prints a markdown
table. Without the rivals' interpreter (see `forecasting_rivals`) the lines that need it say so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from services.forecasting import Account, forecast, forecast_series, predict, train
from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.events import public_holidays
from services.numerics import Bools
from tests.benchmarks.forecasting_truth import Floats, account, daily_series, ratios, shop
from tests.benchmarks.table import Line, at_most, between, show
from tests.forecasting.ratio_forecasts import forecast_ratios

HORIZON = 28
WEEK = 7
SIMULATED = 40
SHOPS = 24
AHEAD = {"week": 8, "hour": 48}
LONGEST_STEPS = 800
RIVALS = Path(__file__).with_name("forecasting_rivals.py")


@dataclass(frozen=True, slots=True)
class Case:
    """One series, up to an origin and what came after it."""

    kind: str
    known: Floats
    came: Floats
    back: int = WEEK
    is_christmas: bool = False

    @property
    def scale(self) -> float:
        """Return the mean error of "the same as last week" (of weeks: as the last one) in what was known."""
        return float(np.abs(self.known[self.back :] - self.known[: -self.back]).mean())


def main(rivals_python: str | None = None) -> None:
    """Measure everything and print the table."""
    parts = (accuracy_lines(rivals_python), ratio_lines(), holiday_lines(), horizon_lines(), time_lines())
    show("forecasting", chain.from_iterable(parts))


def accuracy_lines(rivals_python: str | None) -> Iterator[Line]:
    """Measure MASE against the rivals in the same run, and how often the bands held."""
    public = ask(rivals_python, {"public": True}) if rivals_python else {"day": {}, "week": {}, "hour": {}}
    plain = [*_public_cases(public["day"]), *_simulated_cases()]
    shops = list(_shop_cases(datetime.now(UTC).toordinal()))
    cases = [*plain, *shops]
    ours = [forecast_series(case.known, HORIZON, WEEK) for case in cases]
    own = _mase(cases, [told["mean"].to_numpy() for told in ours])
    rivals = _rivals(rivals_python, cases, HORIZON, WEEK)
    days, christmas = np.ones(len(cases), dtype=np.bool_), np.array([case.is_christmas for case in cases])
    yield _against("MASE / better of AutoETS and AutoTheta", own, rivals, days, 0.92)
    yield _against("the same, over Christmas", own, rivals, christmas, 0.85)
    yield _against("the same, other weeks", own, rivals, ~christmas, 0.98)
    for what, grain, season, back in (("weekly", "week", 52, 1), ("hourly", "hour", 24, 24)):
        found = list(_step_cases(public[grain], AHEAD[grain], back))
        told = [forecast_series(case.known, AHEAD[grain], season)["mean"].to_numpy() for case in found]
        of_rivals = _rivals(rivals_python, found, AHEAD[grain], season)
        every = np.ones(len(found), dtype=np.bool_)
        yield _against(f"the same, {what} series", _mase(found, told), of_rivals, every, 1.0)
    yield from _coverage_lines(plain, ours[: len(plain)])
    held = np.mean([_inside(case, told) for case, told in zip(cases, ours, strict=True) if case.is_christmas])
    yield Line("80 % band held, over Christmas", ">= 70 %", f"{held:.1%}", bool(held >= 0.7))


def _rivals(python: str | None, cases: Sequence[Case], horizon: int, season: int) -> dict[str, Floats]:
    """Return the MASE of each rival; nothing without their interpreter."""
    if python is None or not cases:
        return {}
    question = {"series": [case.known.tolist() for case in cases], "horizon": horizon, "season": season}
    return {name: _mase(cases, told) for name, told in ask(python, question).items()}


def _against(what: str, own: Floats, rivals: Mapping[str, Floats], rows: Bools, target: float) -> Line:
    """Return the line of our MASE against the better rival's; without rivals, our own alone."""
    mean = float(own[rows].mean()) if rows.any() else float("nan")
    if not rivals:
        return Line(what, "-", f"ours {mean:.3f}", is_reached=True)
    found = {name: float(mase[rows].mean()) for name, mase in rivals.items()}
    ratio = mean / min(found.values())
    detail = ", ".join(f"{name} {mase:.3f}" for name, mase in found.items())
    figure = f"{ratio:.3f} (ours {mean:.3f}, {detail}; {int(rows.sum())} forecasts)"
    return Line(what, f"<= {target:g}", figure, ratio <= target)


def holiday_lines(seeds: int = 4) -> Iterator[Line]:
    """Measure the error on German holidays with and without the country, where they matter and do not."""
    for effect, target in ((0.4, 0.6), (1.0, 1.05)):
        errors = [_holiday_errors(effect, seed) for seed in range(seeds)]
        without, told = (float(np.mean([error[part] for error in errors])) for part in (0, 1))
        what = f"error on holidays that change figures by x {effect:g}: with the country / without"
        yield Line(what, f"<= {target:g}", f"{told / without:.2f}", told / without <= target)


def _holiday_errors(effect: float, seed: int) -> list[float]:
    """Return the mean relative errors on holidays, without and with the country."""
    days = account(3, 920, seed)
    is_holiday = days["date"].dt.date.isin([one.first for one in public_holidays("DE", range(2023, 2026))])
    days.loc[is_holiday, "revenue"] *= effect
    cut = pd.Timestamp("2025-05-20") - pd.Timedelta(days=14 * (seed % 3))
    came = days[is_holiday & (days["date"] > cut)].set_index(["channel", "date"])["revenue"]
    out = []
    for known in (Account(), Account(country="DE")):
        told = forecast(days[days["date"] <= cut], 42, account=known).query("metric == 'revenue'")
        mean = told.set_index(["channel", "date"])["mean"]
        joined = came.to_frame().join(mean, how="inner")
        usual = days["revenue"].mean()
        out.append(float((joined["mean"] - joined["revenue"]).abs().mean() / usual))
    return out


def ratio_lines(seeds: int = 3) -> Iterator[Line]:
    """Measure ratio forecasts against the simulated truth and the pooled 28-day ratio."""
    errors, pooled_errors, biases = [], [], []
    for seed in range(seeds):
        for days in (150, 400, 730):
            truth = ratios(120, days + HORIZON, seed)
            told = _told_ratios(truth.top[:, :days], truth.bottom[:, :days])
            ahead = truth.ratio[:, days:]
            last = slice(days - HORIZON, days)
            pooled = (truth.top[:, last].sum(axis=1) + 0.5) / (truth.bottom[:, last].sum(axis=1) + 0.5)
            errors.append(np.abs(told / ahead - 1).mean())
            pooled_errors.append(np.abs(pooled[:, None] / ahead - 1).mean())
            biases.append(np.log(told.mean(axis=1) / ahead.mean(axis=1)).mean())
    error, pooled_error, bias = (float(np.mean(part)) for part in (errors, pooled_errors, biases))
    yield Line(
        what="ratio forecasts: relative error, pooled 28-day ratio",
        target="below the pooled",
        figure=f"{error:.3f}, {pooled_error:.3f}",
        is_reached=error < pooled_error,
    )
    yield Line("ratio forecasts: bias", "under 3 %", f"{bias:+.1%}", abs(bias) < 0.03)


def horizon_lines(accounts: int = 40) -> Iterator[Line]:
    """Measure whether the 80 % interval of the ROI over the horizon held what came."""
    inside = []
    for seed in range(accounts):
        days = account(5, 400, seed)
        cut = days["date"].max() - np.timedelta64(HORIZON, "D")
        came = days[days["date"] > cut].groupby("channel")[["revenue", "cost"]].sum()
        roi = (came["revenue"] / came["cost"] - 1).to_numpy()
        told = predict(days[days["date"] <= cut], HORIZON).channels
        inside.append((roi >= told["roi_low"]) & (roi <= told["roi_high"]))
    held = float(np.mean(inside))
    yield between("80 % interval of the ROI over 28 days held", held, 0.77, 0.83)


def time_lines() -> Iterator[Line]:
    """Measure a sync's forecasting, training and one large account, warm."""
    usual, large = account(20, 1095, 0), account(200, 3650, 0)
    yield at_most("predict, 20 channels x 3 years, s", _seconds(lambda: predict(usual, HORIZON)), 0.5)
    yield at_most(
        "train with backtest, 20 channels x 3 years, s", _seconds(lambda: train(usual, HORIZON)), 3.0
    )
    seconds = _seconds(lambda: forecast(large, HORIZON), times=1)
    yield Line("forecast, 200 channels x 10 years", "-", f"{seconds:.1f} s", is_reached=True)


def ask(python: str, question: Mapping[str, Any]) -> Any:
    """Return what the rivals answer."""
    done = subprocess.run(
        [python, str(RIVALS)], input=json.dumps(question), capture_output=True, check=True, text=True
    )
    return json.loads(done.stdout)


def _public_cases(series: Mapping[str, Sequence[float]]) -> Iterator[Case]:
    for name, values in series.items():
        kind = name.split()[0]
        yield from _cases(kind, np.array(values), origins=8 if kind == "wikipedia" else 6)


def _simulated_cases() -> Iterator[Case]:
    for seed in range(SIMULATED):
        yield from _cases("simulated", daily_series(seed), origins=3)


def _shop_cases(seed: int) -> Iterator[Case]:
    """Yield shops, two thirds of them at the end of November or later, just before Christmas."""
    for number in range(SHOPS):
        values = shop(seed * SHOPS + number)
        dates = pd.DatetimeIndex(values.index).strftime("%m-%d")
        before = dates.isin(["12-02", "12-16"]) & (np.arange(len(dates)) < len(dates) - HORIZON)
        ends = [int(place) for place in np.flatnonzero(before) if place > 425]
        for end in [*ends[-2:], len(values) - HORIZON - 1]:
            ahead = values.to_numpy()[end : end + HORIZON]
            has_christmas = "12-25" in dates[end : end + HORIZON]
            yield Case("shop", values.to_numpy()[:end], ahead, is_christmas=has_christmas)


def _step_cases(series: Mapping[str, Sequence[float]], horizon: int, back: int) -> Iterator[Case]:
    """Yield weekly or hourly series at four origins."""
    for name, values in series.items():
        newest = np.array(values)[-LONGEST_STEPS:]
        for number in range(4):
            end = len(newest) - horizon - (horizon + 1) * number
            if end > 60:
                yield Case(name, newest[:end], newest[end : end + horizon], back)


def _cases(kind: str, values: Floats, origins: int) -> Iterator[Case]:
    step = HORIZON if len(values) > 300 else 20
    for number in range(origins):
        end = len(values) - HORIZON - step * number
        yield Case(kind, values[:end], values[end : end + HORIZON])


def _mase(cases: Sequence[Case], told: Sequence[Any]) -> Floats:
    errors = [
        np.abs(case.came - np.array(mean)).mean() / case.scale for case, mean in zip(cases, told, strict=True)
    ]
    return np.array(errors)


def _coverage_lines(cases: Sequence[Case], ours: Sequence[Any]) -> Iterator[Line]:
    held = {
        level: np.array([_inside(case, told, level) for case, told in zip(cases, ours, strict=True)])
        for level in (80, 95)
    }
    overall, worst = held[80].mean(), held[80].reshape(len(cases), -1, WEEK).mean(axis=(0, 2)).min()
    yield between("80 % band held", overall, 0.77, 0.83)
    yield Line("80 % band held, worst week of the horizon", ">= 72 %", f"{worst:.1%}", worst >= 0.72)
    yield between("95 % band held", held[95].mean(), 0.92, 0.98)


def _inside(case: Case, told: Any, level: int = 80) -> Bools:
    """Return on which days the band held."""
    low, high = (told[f"{side}{level}"].to_numpy() for side in ("low", "high"))
    return np.asarray((case.came >= low) & (case.came <= high))


def _told_ratios(top: Floats, bottom: Floats) -> Floats:
    daily = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    rolling = Rolling(
        values=daily,
        observed=np.ones(daily.shape, dtype=np.bool_),
        group=np.zeros(len(daily), dtype=np.int64),
        origins=weekly_origins(daily.shape[1], WEEK, 53),
        horizon=HORIZON,
        season=WEEK,
    )
    return np.maximum(forecast_ratios(top, bottom, rolling).mean[:, -1], 1e-9)


def _seconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the quickest of some runs, after one to warm up."""
    work()
    spent = []
    for _ in range(times):
        start = perf_counter()
        work()
        spent.append(perf_counter() - start)
    return min(spent)


if __name__ == "__main__":
    main(*sys.argv[1:2])
