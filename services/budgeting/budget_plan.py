"""The result types of planning: the split of a total over the channels, and its expected effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from services.planner.curves import PlanCurves, Verdict
from services.text import Text

Action = Literal["increase", "decrease", "hold", "test"]
Basis = Literal[
    "estimated", "assumed", "short", "no_revenue", "no_cost", "stopped", "locked", "brand", "spike"
]


@dataclass(frozen=True, slots=True)
class Effect:
    """An amount of money in the plan's period: the 10th, 50th and 90th percentile of the posterior draws."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Share:
    """One channel's share of the plan, in money of the plan's period.

    `current` is the channel's spend in the reference window, `recommended` that in the plan, and `baseline`
    the channel's part of today's split of the plan's total (None: `current`). Marginal ROI is
    the profit per further unit spent: the marginal return minus 1. ROI is the mean return minus 1, so 0 is
    break-even for both. Marginal ROI is None without revenue or spend to estimate it from.
    `marginal_roi_low` and `_high` are the 80 % interval of the one before the plan, and `p_pays` is the
    probability that it is above 0.

    `p_increase` is the probability that money brings more revenue in this channel than at the other end of
    its move. For an increase that is where the plan takes money, for a decrease where the plan gives it, else
    the account's average. `effect` compares with the channel's part of today's split of the same total
    (`baseline`), as `action` does; `revenue_change` compares with today's own amount. `action` is "hold"
    without a move, or "test" where a trial increase of spend would decide a promising case. `roi_now` and
    `roi_then` are the mean ROI at today's and at the recommended amount, None where it is unknown. `evidence`
    names the basis of the numbers ("estimated from 412 days", "assumed: ...", "kept: fewer than 14 days").
    """

    channel: str
    current: Decimal
    recommended: Decimal
    lower: Decimal
    upper: Decimal
    elasticity: float | None
    marginal_roi_before: float | None
    marginal_roi_after: float | None
    effect: Effect
    p_increase: float
    action: Action
    evidence: Text
    basis: Basis = "estimated"
    marginal_roi_low: float | None = None
    marginal_roi_high: float | None = None
    p_pays: float | None = None
    baseline: Decimal | None = None
    revenue_change: Effect | None = None
    roi_now: float | None = None
    roi_then: float | None = None

    @property
    def change(self) -> Decimal:
        """What the plan adds to the channel's part of today's split of its total."""
        return self.recommended - (self.current if self.baseline is None else self.baseline)


@dataclass(frozen=True, slots=True)
class Step:
    """One channel's part of an option: what it would change, in money of the plan's period."""

    channel: str
    change: Decimal


@dataclass(frozen=True, slots=True)
class Option:
    """A possible move that is not advised: its steps, largest first, its effect, and P(effect > 0)."""

    steps: tuple[Step, ...]
    effect: Effect
    p_improves: float


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """A split of `total` over the channels; shares and `unspent` add up to it to the cent.

    `verdict` is the one decision that all texts, tables and pictures tell: to move money, to keep today's
    split although a move is possible, or to keep it. Only with "move" do the shares
    depart from today's split; with "option" they keep it, and `option` is the move that is possible but not
    advised.
    `effect` is the change of revenue against today's split scaled to the same total, or against today's spend
    where the plan chose its total. `gain` is the change against today's spend in any case: where the total
    differs from today's, it includes what the difference brings. `potential` is `effect` with bounds of
    50 %. `profit` is `gain` less the change of cost. `p_improves` is the probability that `effect` is above
    0; it is 0 for a plan without changes. Amounts of today are scaled to the period where `data_days` of
    history are fewer. `notes` are sentences on limits of the plan. `curves` is what the plan was decided
    from, for plans that are made later.
    """

    total: Decimal
    period_days: int
    shares: tuple[Share, ...]
    unspent: Decimal
    effect: Effect
    p_improves: float
    potential: Effect
    notes: tuple[Text, ...] = ()
    profit: Effect | None = None
    verdict: Verdict = "keep"
    option: Option | None = None
    gain: Effect | None = None
    data_days: int | None = None
    curves: PlanCurves | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """The optimal split of one total: its revenue in the period, and its marginal ROI.

    The marginal ROI is None where all channels are at their upper bounds.
    """

    total: Decimal
    revenue: Effect
    marginal_roi: float | None
