"""The plan that answers a question: its amounts, what they are expected to bring, and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.errors import DemetraError
from services.planner.aims import Found, best_total, range_of_best, reached, total_for
from services.planner.limits import Limits, Splits, limits_of, splits_of
from services.planner.model import Model, Range, range_of, scaled
from services.planner.paths import Path
from services.planner.question import Question, Target
from services.planner.words import (
    INFEASIBLE_TARGET,
    INFEASIBLE_TOTAL,
    NO_BREAK_EVEN,
    NO_CHANNELS,
    NO_CONVERSIONS,
    target_text,
)
from services.text import Text, number

_SAME_TOTAL = 0.001  # of today's: below, a total is today's, rounded


@dataclass(frozen=True, slots=True)
class PlannedChannel:
    """One channel of a plan, in money of the horizon.

    `brings_now` and `brings` are what it brings on its mean curve at today's and at the plan's amount,
    `next_now` and `next` what one further unit of money brings there. `is_beyond_history` marks an amount
    above all that was ever spent in so many days, `is_brand` a channel whose results would mostly have come
    anyway. After `settling_days`, nine tenths of the effect have come.
    """

    channel: str
    basis: str
    today: float
    amount: float
    minimum: float
    maximum: float
    is_locked: bool
    is_free: bool
    brings_now: float
    brings: float
    next_now: float
    next: float
    most_spent: float
    is_beyond_history: bool
    is_brand: bool
    settling_days: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A split, in money of `horizon_days`, and what it is expected to bring.

    `brings` is on the mean curves, `brings_range` the percentiles of the draws. `effect` compares with
    today's split of the same total, `gain` with today's amounts, `profit` is `gain` less the change of cost.
    `p_better` is the probability that the plan is better than today: by profit, or by effect where the total
    is today's or nothing tells what is worth its money (None: the plan is today's). `is_decided` marks the
    plan that the run itself advises.
    """

    horizon_days: int
    total: float
    unspent: float
    today: float
    brings_now: float
    brings: float
    brings_range: Range
    effect: Range
    gain: Range
    profit: Range
    p_better: float | None
    conversions_now: float | None
    conversions: float | None
    least: float
    most: float
    best_total: Range | None
    is_decided: bool
    is_reached: bool
    channels: tuple[PlannedChannel, ...]


class InfeasiblePlanError(DemetraError):
    """No plan within the bounds does what was asked; `nearest` is the one that comes closest."""

    code = "infeasible_plan"
    words = Text(en="No such plan: {reason}", ru="Такого плана нет: {reason}")


def answer(model: Model, question: Question, *, has_break_even: bool = True) -> Plan:
    """Return the plan for a question.

    Raises `InfeasiblePlanError`, which has the nearest plan, and `InvalidFieldError` for bounds that
    contradict each other.
    """
    _check(model, question, has_break_even=has_break_even)
    limits = limits_of(model, question)
    splits = splits_of(model, limits)
    judge = _Judge(model, splits, question, has_break_even=has_break_even)
    if question.amounts is not None:
        return judge.plan(_given(model, limits, question))
    if question.target is not None:
        return _to_target(judge, question.target)
    if question.best_total:
        plan = judge.plan(splits.cents(best_total(model, splits)))
        return replace(plan, best_total=range_of_best(model, splits))
    if question.total is not None:
        return _of_total(judge, question.total)
    return judge.decided()


def _check(model: Model, question: Question, *, has_break_even: bool) -> None:
    if not model.curves.channels:
        raise InfeasiblePlanError(reason=NO_CHANNELS, nearest=None)
    target = question.target
    if target is not None and target.kind in ("cpa", "conversions") and not any(model.conversions_each):
        raise InfeasiblePlanError(reason=NO_CONVERSIONS, nearest=None)
    is_of_money = question.best_total or (target is not None and target.kind in ("roi", "revenue"))
    if is_of_money and not has_break_even:
        raise InfeasiblePlanError(reason=NO_BREAK_EVEN, nearest=None)


def _given(model: Model, limits: Limits, question: Question) -> list[int]:
    """Return the given amounts; a channel without one keeps today's."""
    given = question.amounts or {}
    channels = model.curves.channels
    return [given.get(curve.channel, now) for curve, now in zip(channels, limits.today, strict=True)]


def _of_total(judge: _Judge, total: int) -> Plan:
    splits = judge.splits
    if splits.least <= total <= splits.most:
        return judge.plan(splits.cents(total))
    nearest = judge.plan(splits.cents(min(max(total, splits.least), splits.most)))
    words = {"asked": total, "least": splits.least, "most": splits.most}
    reason = INFEASIBLE_TOTAL.format(**{name: _amount(cents) for name, cents in words.items()})
    raise InfeasiblePlanError(reason=reason, nearest=replace(nearest, is_reached=False))


def _to_target(judge: _Judge, target: Target) -> Plan:
    found: Found = total_for(judge.model, judge.splits, target)
    plan = judge.plan(judge.splits.cents(found.total))
    if found.is_reached:
        return plan
    best = reached(judge.model, judge.splits, target, found.total)
    reason = INFEASIBLE_TARGET.format(
        asked=target_text(target.kind, target.value),
        best=target_text(target.kind, best),
        total=_amount(found.total),
    )
    raise InfeasiblePlanError(reason=reason, nearest=replace(plan, is_reached=False))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges splits of one question."""

    model: Model
    splits: Splits
    question: Question
    has_break_even: bool

    def decided(self) -> Plan:
        """Return the plan that the run has decided; of another horizon, in the same proportions."""
        curves, limits = self.model.curves, self.splits.limits
        planned = [curve.planned for curve in curves.channels]
        if limits.scale != 1:
            total = round(sum(planned) * limits.scale)
            planned = _in_proportion(planned, total)
        unspent = max(0, round(curves.total * limits.scale) - sum(planned))
        return replace(self.plan(planned), is_decided=True, unspent=unspent / 100)

    def plan(self, split: Sequence[int]) -> Plan:
        """Return the plan of a split in cents."""
        model, limits = self.model, self.splits.limits
        now, then = limits.money(limits.today), limits.money(split)
        same = limits.money(self._same_total(split))
        scale = limits.scale
        before, brought = model.draws_of_today(now), model.draws(then)
        gains = _less(brought, before)
        effects = gains if same == now else _less(brought, brought if same == then else model.draws(same))
        extra = (sum(split) - sum(limits.today)) / 100 / scale
        profits = [gain - extra for gain in gains]
        has_conversions = any(model.conversions_each)
        return Plan(
            horizon_days=round(scale * model.curves.period_days),
            total=sum(split) / 100,
            unspent=0.0,
            today=sum(limits.today) / 100,
            brings_now=scale * model.total(now),
            brings=scale * model.total(then),
            brings_range=scaled(range_of(brought), scale),
            effect=scaled(range_of(effects), scale),
            gain=scaled(range_of(gains), scale),
            profit=scaled(range_of(profits), scale),
            p_better=self._p_better(split, effects, profits),
            conversions_now=scale * model.conversions(now) if has_conversions else None,
            conversions=scale * model.conversions(then) if has_conversions else None,
            least=self.splits.least / 100,
            most=self.splits.most / 100,
            best_total=None,
            is_decided=False,
            is_reached=True,
            channels=tuple(self._channel(place, amount) for place, amount in enumerate(split)),
        )

    def _same_total(self, split: Sequence[int]) -> list[int]:
        """Return today's split of the same total: that of the run for its own plan, else in proportion."""
        curves, limits = self.model.curves, self.splits.limits
        if limits.scale == 1 and list(split) == [curve.planned for curve in curves.channels]:
            return [curve.baseline for curve in curves.channels]
        if sum(split) == sum(limits.today):
            return list(limits.today)
        return _in_proportion(limits.today, sum(split))

    def _p_better(
        self, split: Sequence[int], effects: Sequence[float], profits: Sequence[float]
    ) -> float | None:
        today = self.splits.limits.today
        if list(split) == list(today):
            return None
        is_same = abs(sum(split) - sum(today)) <= _SAME_TOTAL * sum(today)
        draws = effects if is_same or not self.has_break_even else profits
        return sum(value > 0 for value in draws) / len(draws)

    def _channel(self, place: int, amount: int) -> PlannedChannel:
        model, limits = self.model, self.splits.limits
        curve, scale = model.curves.channels[place], limits.scale
        now, then = limits.money([limits.today[place], amount])
        most = max(curve.most_spent * scale, limits.today[place] / 100)
        return PlannedChannel(
            channel=curve.channel,
            basis=curve.basis,
            today=limits.today[place] / 100,
            amount=amount / 100,
            minimum=limits.lower[place] / 100,
            maximum=limits.upper[place] / 100,
            is_locked=curve.channel in self.question.locked,
            is_free=limits.is_free[place],
            brings_now=scale * model.mean(place, now),
            brings=scale * model.mean(place, then),
            next_now=model.marginal(place, now),
            next=model.marginal(place, then),
            most_spent=most,
            is_beyond_history=amount / 100 > most,
            is_brand=curve.basis == "brand",
            settling_days=curve.settling_days,
        )


def _less(after: Sequence[float], before: Sequence[float]) -> list[float]:
    return [one - other for one, other in zip(after, before, strict=True)]


def _in_proportion(amounts: Sequence[int], total: int) -> list[int]:
    """Return amounts in the same proportions whose sum is `total` (cents)."""
    zeros = [0] * len(amounts)
    most = [max(total, amount) if amount > 0 else 0 for amount in amounts]
    return Path([float(amount) for amount in amounts], [0.0] * len(amounts), zeros, most).cents(total)


def _amount(cents: int) -> Text:
    return Text(en=number(cents / 100, "en", decimals=2), ru=number(cents / 100, "ru", decimals=2))
