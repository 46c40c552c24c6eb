"""How good budget plans are, measured on simulated accounts whose true curves are known.

Run it with `python -m tests.benchmarks.budgeting [accounts per kind [first seed]]`; it prints a
markdown table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from time import perf_counter

import numpy as np
import pandas as pd

from services.budgeting import BudgetPlan, plan
from services.budgeting.allocation import allocate, allocate_cents
from services.budgeting.curves import Curves, curves_through
from tests.benchmarks.table import Line, at_most, between, show
from tests.budgeting.accounts import KINDS, Account, Kind, account, large_account
from tests.budgeting.optimality import kkt_error

PERIOD = 28
MOST_REGRET = {"rich": 0.05, "confounded": 0.08, "constant": 0.20, "short": 0.08, "heavy": 0.08}
MOST_WORSE = {"rich": 0.02, "confounded": 0.02, "constant": 0.05, "short": 0.05, "heavy": 0.02}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one plan turned out against the true curves.

    `regret` is the part of the achievable uplift that the plan misses, `p_improves` what the plan
    said about itself; `is_inside` says whether the true uplift lies between its P10 and P90 (None
    for a plan that changes nothing).
    """

    kind: Kind
    regret: float
    is_worse: bool
    p_improves: float
    is_better: bool
    is_inside: bool | None


def outcome(kind: Kind, seed: int) -> Outcome:
    """Plan the budget of one account and compare with the truth."""
    made = account(kind, seed)
    budget = plan(made.days, None)
    uplift = made.uplift(_daily(budget, made)) * PERIOD
    changes = any(share.recommended != share.current for share in budget.shares)
    return Outcome(
        kind=kind,
        regret=1 - uplift / (made.uplift(made.best_split()) * PERIOD),
        is_worse=changes and uplift < 0,
        p_improves=budget.p_improves,
        is_better=changes and uplift > 0,
        is_inside=budget.effect.p10 <= uplift <= budget.effect.p90 if changes else None,
    )


def regret_lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Return median regret and the share of plans worse than today's split, by kind of account."""
    lines = []
    for kind in KINDS:
        mine = [o for o in outcomes if o.kind == kind]
        regret, worse = float(np.median([o.regret for o in mine])), np.mean([o.is_worse for o in mine])
        name = f"{len(mine)} {kind} accounts"
        lines += [
            at_most(f"median regret, {name}", regret, MOST_REGRET[kind], "{:.3f}"),
            at_most(f"worse than today's split, {name}", float(worse), MOST_WORSE[kind], "{:.1%}"),
        ]
    return lines


def calibration_lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Return how often plans that are 80 % sure are right, and how often P10-P90 holds the truth."""
    sure = [o.is_better for o in outcomes if 0.8 <= o.p_improves < 0.85]
    inside = [o.is_inside for o in outcomes if o.is_inside is not None]
    return [
        between(f"P(improves) of 0.80-0.85 is right ({len(sure)} plans)", _share(sure), 0.75, 0.90),
        between(f"P10-P90 holds the uplift ({len(inside)} plans)", _share(inside), 0.75, 0.85),
    ]


def allocation_lines() -> list[Line]:
    """Return the largest violation of the optimum's conditions, and the time for 200 channels."""
    rng = np.random.default_rng(0)
    errors = []
    for n in rng.integers(2, 201, 200):
        curves, spend = _random_curves(rng, int(n))
        split = allocate(curves, float(spend.sum()), 0.7 * spend, 1.3 * spend)
        errors.append(kkt_error(curves, split, 0.7 * spend, 1.3 * spend))
    curves, spend = _random_curves(rng, 200)
    lower, upper = (np.rint(100 * part * spend).astype(np.int64) for part in (0.7, 1.3))
    exact = _milliseconds(partial(allocate, curves, float(spend.sum()), 0.7 * spend, 1.3 * spend))
    cents = _milliseconds(partial(allocate_cents, curves, round(100 * float(spend.sum())), lower, upper))
    return [
        at_most("KKT error, 200 random accounts", max(errors), 1e-8, "{:.1e}"),
        at_most("allocation, 200 channels, ms", exact, 5, "{:.2f}"),
        at_most("allocation to the cent, 200 channels, ms", cents, 5, "{:.2f}"),
    ]


def time_lines() -> list[Line]:
    """Return the time of a whole plan for 20 channels and three years of days."""
    days: pd.DataFrame = large_account(n_channels=20, n_days=3 * 365)
    return [
        at_most("plan, 20 channels x 3 years, ms", _milliseconds(partial(plan, days, None)), 250, "{:.0f}")
    ]


def main(accounts_per_kind: int = 600, first_seed: int = 0) -> None:
    """Measure everything and print the table; other seeds make other accounts."""
    seeds_of_kind = range(first_seed, first_seed + accounts_per_kind)
    kinds, seeds = zip(*product(KINDS, seeds_of_kind), strict=True)
    with ProcessPoolExecutor() as pool:
        outcomes = list(pool.map(outcome, kinds, seeds, chunksize=10))
    show(
        "budget",
        [*regret_lines(outcomes), *calibration_lines(outcomes), *allocation_lines(), *time_lines()],
    )


def _daily(budget: BudgetPlan, made: Account) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    shares = {share.channel: float(share.recommended) / PERIOD for share in budget.shares}
    return np.array([shares[channel] for channel in made.channels])


def _share(facts: Sequence[bool]) -> float:
    return sum(facts) / len(facts) if facts else float("nan")


def _random_curves(
    rng: np.random.Generator, n: int
) -> tuple[Curves, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    spend = np.exp(rng.normal(6, 1.5, n))
    revenue = spend * np.exp(rng.normal(1, 0.5, n))
    return curves_through(spend, revenue, rng.uniform(0.05, 0.95, n)), spend


def _milliseconds(work: Callable[[], object], times: int = 7) -> float:
    """Return the median time of `work`, warm."""
    work()
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return 1000 * float(np.median(taken))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
