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
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from services.forecasting import forecast, forecast_series, predict, train
from services.forecasting.backtest import Rolling, weekly_origins
from tests.benchmarks.forecasting_truth import Floats, account, daily_series, ratios
from tests.benchmarks.table import Line, at_most, between, show
from tests.forecasting.ratio_forecasts import forecast_ratios

HORIZON = 28
WEEK = 7
SIMULATED = 40
RIVALS = Path(__file__).with_name("forecasting_rivals.py")


@dataclass(frozen=True, slots=True)
class Case:
    """One series, up to an origin and what came after it."""

    kind: str
    known: Floats
    came: Floats

    @property
    def scale(self) -> float:
        """Return the mean error of "the same as last week" in what was known."""
        return float(np.abs(self.known[WEEK:] - self.known[:-WEEK]).mean())


def main(rivals_python: str | None = None) -> None:
    """Measure everything and print the table."""
    parts = (accuracy_lines(rivals_python), ratio_lines(), horizon_lines(), time_lines())
    show("forecasting", chain.from_iterable(parts))


def accuracy_lines(rivals_python: str | None) -> Iterator[Line]:
    """Measure MASE against the rivals in the same run, and how often the bands held."""
    public = ask(rivals_python, {"public": True}) if rivals_python else {}
    cases = [*_public_cases(public), *_simulated_cases()]
    ours = [forecast_series(case.known, HORIZON, WEEK) for case in cases]
    own = _mase(cases, [told["mean"].to_numpy() for told in ours])
    if rivals_python:
        question = {"series": [case.known.tolist() for case in cases], "horizon": HORIZON}
        rivals = {name: _mase(cases, told) for name, told in ask(rivals_python, question).items()}
        best = min(rivals, key=lambda name: float(rivals[name].mean()))
        ratio = float(own.mean() / rivals[best].mean())
        detail = ", ".join(f"{name} {mase.mean():.3f}" for name, mase in rivals.items())
        figure = f"{ratio:.3f} (ours {own.mean():.3f}, {detail})"
        yield Line("MASE / better of AutoETS and AutoTheta", "<= 0.98", figure, ratio <= 0.98)
    else:
        yield Line("MASE, simulated series only", "-", f"{own.mean():.3f}", is_reached=True)
    yield from _coverage_lines(cases, ours)


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
        level: np.array(
            [
                (case.came >= told[f"low{level}"].to_numpy()) & (case.came <= told[f"high{level}"].to_numpy())
                for case, told in zip(cases, ours, strict=True)
            ]
        )
        for level in (80, 95)
    }
    overall, worst = held[80].mean(), held[80].reshape(len(cases), -1, WEEK).mean(axis=(0, 2)).min()
    yield between("80 % band held", overall, 0.77, 0.83)
    yield Line("80 % band held, worst week of the horizon", ">= 72 %", f"{worst:.1%}", worst >= 0.72)
    yield between("95 % band held", held[95].mean(), 0.92, 0.98)


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
