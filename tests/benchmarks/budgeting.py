"""How good budget plans are, measured on simulated accounts whose true curves are known.

Run it with `python -m tests.benchmarks.budgeting [accounts per kind [first seed]]`; it prints a
markdown table. The worlds are from outside the estimator's assumptions, see `tests.budgeting.worlds`.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from time import perf_counter
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.budgeting import BudgetPlan, Share, plan
from services.budgeting.allocation import allocate, allocate_cents
from services.budgeting.curves import Curves, curves_through
from services.insights.spending import SATURATED_AT
from tests.benchmarks.table import Line, at_most, between, show
from tests.budgeting.accounts import KINDS, Account, Kind, account, large_account
from tests.budgeting.optimality import kkt_error
from tests.budgeting.worlds import BRAND_NAMES, WORLDS, World, world_account

Floats = npt.NDArray[np.float64]

PERIOD = 28
MOST_REGRET = {"rich": 0.05, "confounded": 0.08, "constant": 0.20, "short": 0.08, "heavy": 0.08}
MOST_WORSE = {"rich": 0.02, "confounded": 0.02, "constant": 0.05, "short": 0.05, "heavy": 0.02}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one plan turned out against the true curves.

    `possible` is the part of the achievable uplift that the best move which the plan tells misses, whether it
    is advised or an option; `regret` is that of the decided split, `of_rule` that of the rule "as much as
    allowed to the highest ROAS". `p_improves` is what the plan said about the move. `is_inside` says whether
    the true uplift lies between P10 and P90 (None without a move). `marginals` tells of each channel whether
    the range of its marginal ROI holds the true one, `saturated` of each one called saturated whether it is
    not.
    """

    kind: Kind | World
    possible: float
    regret: float
    of_rule: float
    is_worse: bool
    is_option_worse: bool
    p_improves: float
    is_better: bool
    is_inside: bool | None
    is_told: bool
    has_more_brand: bool
    marginals: tuple[bool, ...]
    saturated: tuple[bool, ...]


def outcome(kind: Kind | World, seed: int) -> Outcome:
    """Plan the budget of one account and compare with the truth."""
    made = account(kind, seed) if kind in KINDS else world_account(cast("World", kind), seed)
    budget = plan(made.days, None)
    best = made.uplift(made.best_split()) * PERIOD
    decided, told = _daily(budget, made), _with_option(budget, made)
    uplift, of_told = made.uplift(decided) * PERIOD, made.uplift(told) * PERIOD
    effect = budget.effect if budget.option is None else budget.option.effect
    p = budget.p_improves if budget.option is None else budget.option.p_improves
    is_move = budget.verdict != "keep"
    shares = {share.channel: share for share in budget.shares}
    return Outcome(
        kind=kind,
        possible=1 - of_told / best,
        regret=1 - uplift / best,
        of_rule=1 - made.uplift(_to_the_highest_roas(made)) * PERIOD / best,
        is_worse=budget.verdict == "move" and uplift < 0,
        is_option_worse=is_move and of_told < 0,
        p_improves=p,
        is_better=is_move and of_told > 0,
        is_inside=effect.p10 <= of_told <= effect.p90 if is_move else None,
        is_told=budget.verdict == "move",
        has_more_brand=any(
            shares[c].recommended > shares[c].current for c in made.channels if c in BRAND_NAMES
        ),
        marginals=tuple(
            _is_in_range(shares[c], true) for c, true in _marginals(made) if _has_range(shares[c])
        ),
        saturated=tuple(true > 1 for c, true in _marginals(made) if _is_called_saturated(shares[c])),
    )


def regret_lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Return median regret and the share of plans worse than today's split, by kind of account."""
    lines = []
    for kind in KINDS:
        mine = [o for o in outcomes if o.kind == kind]
        name = f"{len(mine)} {kind} accounts"
        possible, worse = np.median([o.possible for o in mine]), np.mean([o.is_option_worse for o in mine])
        lines += [
            at_most(
                f"median regret of the best move told, {name}", float(possible), MOST_REGRET[kind], "{:.3f}"
            ),
            at_most(f"worse than today's split, {name}", float(worse), MOST_WORSE[kind], "{:.1%}"),
            at_most(f"advised moves that lose, {name}", _lost(mine), MOST_WORSE[kind], "{:.1%}"),
        ]
    return lines


def world_lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Return the figures of the worlds from outside the estimator's assumptions."""
    by_world = {world: [o for o in outcomes if o.kind == world] for world in WORLDS}
    long, brand, mixture = (by_world[world] for world in WORLDS)
    return [
        at_most(
            f"carry-over of 7-21 days, {len(long)} accounts: median regret of the best move told",
            float(np.median([o.possible for o in long])),
            0.05,
        ),
        at_most(
            "... median regret of the decided split (limit: the rule “most to the highest ROAS”)",
            _median(long),
            float(np.median([o.of_rule for o in long])),
        ),
        between("... P10-P90 holds the uplift", _inside(long), 0.75, 0.90),
        between("... the range of marginal ROI holds it", _in_range(long), 0.75, 0.92),
        at_most("... wrongly called saturated", _wrong(long), 0.05, "{:.1%}"),
        at_most(f"brand search, {len(brand)} accounts: it gets more", _more_brand(brand), 0.0, "{:.1%}"),
        at_most("... worse than today's split", _worse(brand), 0.02, "{:.1%}"),
        between("... P10-P90 holds the uplift", _inside(brand), 0.75, 1.0),
        at_most(
            f"mixture, {len(mixture)} accounts: median regret (limit: the rule “most to the highest ROAS”)",
            _median(mixture),
            float(np.median([o.of_rule for o in mixture])),
        ),
        at_most("... worse than today's split", _worse(mixture), 0.10, "{:.1%}"),
        at_most("... advised moves that lose", _lost(mixture), 0.10, "{:.1%}"),
    ]


def calibration_lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Return how often plans that are 80 % sure are right, and how often P10-P90 holds the truth."""
    plain = [o for o in outcomes if o.kind in KINDS]
    sure = [o.is_better for o in plain if 0.8 <= o.p_improves < 0.85]
    n_inside = sum(o.is_inside is not None for o in plain)
    return [
        between(f"P(improves) of 0.80-0.85 is right ({len(sure)} plans)", _share(sure), 0.75, 0.90),
        between(f"P10-P90 holds the uplift ({n_inside} plans)", _inside(plain), 0.75, 0.85),
    ]


def _median(outcomes: Sequence[Outcome]) -> float:
    return float(np.median([o.regret for o in outcomes]))


def _inside(outcomes: Sequence[Outcome]) -> float:
    return _share([o.is_inside for o in outcomes if o.is_inside is not None])


def _in_range(outcomes: Sequence[Outcome]) -> float:
    return _share([is_held for o in outcomes for is_held in o.marginals])


def _wrong(outcomes: Sequence[Outcome]) -> float:
    return _share([is_wrong for o in outcomes for is_wrong in o.saturated] or [False])


def _worse(outcomes: Sequence[Outcome]) -> float:
    return _share([o.is_worse for o in outcomes])


def _lost(outcomes: Sequence[Outcome]) -> float:
    return _share([o.is_worse for o in outcomes if o.is_told] or [False])


def _more_brand(outcomes: Sequence[Outcome]) -> float:
    return _share([o.has_more_brand for o in outcomes])


def _is_in_range(share: Share, true: float) -> bool:
    low, high = share.marginal_roi_low or 0.0, share.marginal_roi_high or 0.0
    return 1 + low <= true <= 1 + high


def _has_range(share: Share) -> bool:
    return share.marginal_roi_low is not None


def _is_called_saturated(share: Share) -> bool:
    return share.basis == "estimated" and (share.p_pays or 0.0) <= SATURATED_AT


def _marginals(made: Account) -> list[tuple[str, float]]:
    """Return the true marginal return of each channel today, revenue per further unit of money."""
    step = 1e-3 * made.today
    return [
        (channel, float((curve(np.asarray(x + h)) - curve(np.asarray(x - h))) / (2 * h)))
        for channel, curve, x, h in zip(made.channels, made.curves, made.today, step, strict=True)
    ]


def _to_the_highest_roas(made: Account) -> Floats:
    """Return the split that gives as much as allowed to the channels of the highest ROAS."""
    recent = made.days.groupby("channel").tail(PERIOD).groupby("channel")[["cost", "revenue"]].sum()
    roas = (recent["revenue"] / recent["cost"]).loc[list(made.channels)].to_numpy()
    split, room = 0.7 * made.today, 0.6 * made.today
    for place in np.argsort(-roas):
        split[place] += min(room[place], made.today.sum() - split.sum())
    return np.asarray(split)


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


def main(accounts_per_kind: int = 400, first_seed: int | None = None) -> None:
    """Measure everything and print the table; without a seed, the accounts are new ones each time."""
    first_seed = secrets.randbelow(10**9) if first_seed is None else first_seed
    sys.stdout.write(f"Accounts from seed {first_seed} on.\n\n")
    seeds_of_kind = range(first_seed, first_seed + accounts_per_kind)
    kinds, seeds = zip(*product((*KINDS, *WORLDS), seeds_of_kind), strict=True)
    with ProcessPoolExecutor() as pool:
        outcomes = list(pool.map(outcome, kinds, seeds, chunksize=10))
    show(
        "budget",
        [
            *regret_lines(outcomes),
            *calibration_lines(outcomes),
            *world_lines(outcomes),
            *allocation_lines(),
            *time_lines(),
        ],
    )


def _with_option(budget: BudgetPlan, made: Account) -> Floats:
    """Return the daily spend of the best move that the plan tells (channels): decided, or an option."""
    steps = budget.option.steps if budget.option else ()
    changes = {step.channel: float(step.change) / PERIOD for step in steps}
    extra = np.array([changes.get(channel, 0.0) for channel in made.channels], dtype=np.float64)
    return np.asarray(_daily(budget, made) + extra)


def _daily(budget: BudgetPlan, made: Account) -> Floats:
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
