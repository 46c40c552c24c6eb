"""A budget plan: how to split a total over the channels, and what that is expected to change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.text import Text

Action = Literal["increase", "decrease", "hold", "test"]
Basis = Literal["estimated", "assumed", "short", "no_revenue", "stopped", "locked"]


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of revenue in the plan's period, as the 10th, 50th and 90th percentile of the draws."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Share:
    """One channel's part of the plan, for the plan's period.

    `current` is what the channel spent in the reference window, `recommended` what the plan gives
    it. Marginal ROI is the profit per further unit spent: the marginal return minus 1, just as ROI
    is the mean return minus 1, so that 0 is break-even for both; None where the channel has no
    revenue or spend to learn from. `marginal_roi_low` and `_high` bound it (before, at 80 %), and
    `p_pays` is the probability that it is above 0.

    `p_increase` is the probability that money moved here from where the plan takes it (for a
    decrease: that money left here instead of moving where the plan gives it; else: from the
    account's average) brings more revenue. `action` is against the channel's part of today's split
    of the same total; it needs a probability of 0.8 either way, else it is "hold", or "test" where
    a trial increase of spend would settle a promising case. `evidence` says what the numbers rest
    on ("estimated from 412 days", "assumed: ...", "kept: fewer than 14 days").
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


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """A split of `total` over the channels; shares and `unspent` add up to it to the cent.

    `effect` compares the plan with today's split of the same total (scaled into it when the total
    differs from today's spend), or with today's spend where the plan chose its total; `potential` is
    the same with bounds of 50 %. `profit` compares revenue minus cost with today's, the change of
    the total included. `p_improves` is the probability that `effect` is above 0; it is 0 for a plan
    that changes nothing. `notes` say in words what the plan could not do.
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


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """What a total would bring when split best: revenue in a period, and the marginal ROI there.

    The marginal ROI is None where no channel has room left.
    """

    total: Decimal
    revenue: Effect
    marginal_roi: float | None
