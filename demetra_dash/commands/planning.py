"""`demetra plan`: a budget plan from the curves of the newest run, for a total, a target or as decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from demetra_dash.commands.context import as_json, open_analytics, print_json
from demetra_dash.settings import read_settings
from demetra_dash.terminal import tell, tell_table
from services.text import Lang, Text, money, number, percent

if TYPE_CHECKING:
    from services.planner.plans import Plan
    from services.worth import Worth

_HEADS = Text(
    en="Channel|Today|Plan|Change|Next 1 brings, now|then",
    ru="Канал|Сейчас|План|Изменение|Следующая 1 принесёт: сейчас|потом",
)
_TOTAL = Text(
    en="{total} for {days} days (today {today}): {gain} against today (80\u00a0% range: {low} to {high}); "
    "probability that this is better than today: {chance}.",
    ru="{total} на {days} дн. (сейчас {today}): {gain} к нынешнему (диапазон 80\u00a0%: от {low} до {high}); "
    "вероятность, что это лучше нынешнего: {chance}.",
)
_BEST = Text(
    en="The best total is in 80\u00a0% of the draws between {low} and {high}.",
    ru="Лучшая сумма в 80\u00a0% случаев — от {low} до {high}.",
)


class _Pair(click.ParamType[tuple[str, float | None]]):
    """NAME=NUMBER; `is_optional` allows the name alone."""

    name = "name=number"

    def __init__(self, *, is_optional: bool = False) -> None:
        self._is_optional = is_optional

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float | None]:
        """Return the name and the number."""
        name, equals, text = str(value).rpartition("=")
        if not equals and self._is_optional:
            return text, None
        try:
            return name, float(text)
        except ValueError:
            self.fail(f"“{value}” must be NAME=NUMBER.", param, ctx)


@click.command()
@click.option("--total", type=float, help="Split this amount.")
@click.option("--best-total", is_flag=True, help="Spend until the last unit of money just pays.")
@click.option("--target", type=_Pair(), help="Reach roi=0.5, cpa=15, revenue=... or conversions=...")
@click.option("--lock", type=_Pair(is_optional=True), multiple=True, help="Keep CHANNEL, or CHANNEL=AMOUNT.")
@click.option("--min", "minimum", type=_Pair(), multiple=True, help="At least CHANNEL=AMOUNT.")
@click.option("--max", "maximum", type=_Pair(), multiple=True, help="At most CHANNEL=AMOUNT.")
@click.option("--change-limit", type=float, help="By which fraction of today's spend a channel may change.")
@click.option("--days", type=int, help="The days that the plan is for, 7 to 90.")
@click.option("--all", "is_all", is_flag=True, help="Move channels whose move is not advised, too.")
@as_json
def plan(
    total: float | None,
    best_total: bool,
    target: tuple[str, float] | None,
    lock: tuple[tuple[str, float | None], ...],
    minimum: tuple[tuple[str, float], ...],
    maximum: tuple[tuple[str, float], ...],
    change_limit: float | None,
    days: int | None,
    is_all: bool,
    as_json: bool,
) -> None:
    """A budget plan from the newest run: as decided, for a total, or to reach a target."""
    asked = {
        "total": total,
        "best_total": best_total or None,
        "target": None if target is None else {"kind": target[0], "value": target[1]},
        "locked": dict(lock) or None,
        "minimum": dict(minimum) or None,
        "maximum": dict(maximum) or None,
        "change_limit": change_limit,
        "horizon_days": days,
        "moves": "all" if is_all else None,
    }
    _answer(asked, as_json=as_json)


def _answer(asked: dict[str, Any], *, as_json: bool) -> None:
    from demetra_dash.api.encoding import plain
    from services.errors import NoSnapshotError
    from services.planner.plans import answer
    from services.planner.question import question_of

    settings = read_settings()
    with open_analytics(settings) as analytics:
        snapshot = analytics.snapshot()
        if snapshot is None:
            raise NoSnapshotError
        model = analytics.planner(snapshot.run_id)
    question = question_of(asked, [curve.channel for curve in model.curves.channels])
    made = answer(model, question, has_break_even=snapshot.worth.has_break_even)
    currency = snapshot.currency or settings.currency
    if as_json:
        print_json({"run_id": snapshot.run_id, "currency": currency, "plan": plain(made)})
    else:
        _tell(made, snapshot.worth, currency, settings.locale)


def _tell(made: Plan, worth: Worth, currency: str, lang: Lang) -> None:
    rows = [
        (
            one.channel,
            *(money(value, currency, lang) for value in (one.today, one.amount, one.amount - one.today)),
            *(number(value / worth.reference, lang, decimals=2) for value in (one.next_now, one.next)),
        )
        for one in made.channels
    ]
    tell_table(_HEADS[lang].split("|"), rows)
    brought = {"gain": made.gain.p50, "low": made.gain.p10, "high": made.gain.p90}
    written = {name: _brought(value, worth, currency, lang) for name, value in brought.items()}
    totals = {"total": money(made.total, currency, lang), "today": money(made.today, currency, lang)}
    chance = percent(made.p_better, lang)
    tell(_TOTAL.format(days=made.horizon_days, chance=chance, **totals, **written)[lang])
    if made.best_total is not None:
        low, high = (money(value, currency, lang) for value in (made.best_total.p10, made.best_total.p90))
        tell(_BEST.format(low=low, high=high)[lang])


def _brought(value: float, worth: Worth, currency: str, lang: Lang) -> str:
    if worth.in_conversions:
        return worth.written_conversions(value, lang)
    return money(value, currency, lang)
