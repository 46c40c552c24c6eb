"""Texts of a budget plan: the evidence of a share, an option, and the notes on its limits."""

from __future__ import annotations

from services.budgeting.budget_plan import Basis, Option
from services.text import NO_BREAK_SPACE, Lang, Text, number, percent, signed
from services.worth import REVENUE, Worth

EVIDENCE: dict[Basis, Text] = {
    "estimated": Text(
        en="Estimated from history (days with spend: {days}).",
        ru="Оценка по истории (дней с расходами: {days}).",
    ),
    "assumed": Text(
        en="Assumed from the other channels: its own spend says too little (days with spend: {days}).",
        ru="Принято по другим каналам: собственные расходы говорят слишком мало (дней с расходами: {days}).",
    ),
    "short": Text(
        en="Kept: fewer than {min_days} days with spend and recorded revenue ({days}).",
        ru="Без изменений: дней, за которые записаны и расходы, и выручка, меньше {min_days} ({days}).",
    ),
    "no_revenue": Text(
        en="Kept: the data have no revenue of it, so they cannot say what it brings. "
        "Check the tracking, or set DEMETRA_CONVERSION_VALUE.",
        ru="Без изменений: выручки канала в данных нет, и они не говорят, что он приносит. "
        "Проверьте учёт или задайте DEMETRA_CONVERSION_VALUE.",
    ),
    "no_cost": Text(
        en="Left out: its spend is not recorded.",
        ru="Не входит в план: расход канала не записан.",
    ),
    "stopped": Text(
        en="No spend in the newest {period} days, so the plan gives it nothing.",
        ru="За последние {period} дн. расходов не было, поэтому в плане — ноль.",
    ),
    "brand": Text(
        en="Kept: brand search. Most of its revenue would have come anyway, and its spend follows demand.",
        ru="Без изменений: поиск по бренду. Большая часть выручки пришла бы и так, а расходы идут за "
        "спросом.",
    ),
    "spike": Text(
        en="Kept: one of the newest days has more than {spike} times the usual spend. Check that day.",
        ru="Без изменений: в один из последних дней расход больше обычного в {spike} раз. Проверьте его.",
    ),
    "locked": Text(en="Locked: kept as asked.", ru="Закреплено: оставлено, как просили."),
}

NO_ROWS = Text(
    en="There are no usable campaign days, so there is nothing to split.",
    ru="Нет пригодных дней кампаний, делить нечего.",
)
REPAIRED = Text(
    en="Numbers that were negative or impossibly large, replaced by those of the week before: {n}.",
    ru="Отрицательных или невозможно больших чисел, заменённых значениями неделей раньше: {n}.",
)
UNSPENT = Text(
    en="{amount} stay unspent: the channels' upper limits ({limit} above today) add up to {most}.",
    ru="Не распределено {amount}: верхние границы каналов (на {limit} выше нынешних) в сумме дают {most}.",
)
BELOW_LIMITS = Text(
    en="The total is below what the lower limits add up to ({least}); all channels were cut in proportion.",
    ru="Сумма меньше, чем в сумме дают нижние границы ({least}); все каналы урезаны пропорционально.",
)
KEPT: dict[Basis, Text] = {
    "stopped": Text(
        en="No spend in the newest {period} days: {channels}.",
        ru="За последние {period} дн. не было расходов: {channels}.",
    ),
    "no_cost": Text(
        en="Left out, because their spend is not recorded: {channels}.",
        ru="Не входят в план, потому что расход не записан: {channels}.",
    ),
    "no_revenue": Text(
        en="Spend without any recorded revenue, kept as it is: {channels}.",
        ru="Расходы есть, а выручки в данных нет; оставлено без изменений: {channels}.",
    ),
    "brand": Text(
        en="Kept as it is, because most of its revenue would have come anyway (brand search): {channels}.",
        ru="Оставлено без изменений, потому что большая часть выручки пришла бы и так (поиск по бренду): "
        "{channels}.",
    ),
    "spike": Text(
        en="Kept as it is, because one day's spend is far above the usual one: {channels}.",
        ru="Оставлено без изменений, потому что расход одного дня намного больше обычного: {channels}.",
    ),
    "short": Text(
        en="Too few days to learn from, kept as they are: {channels}.",
        ru="Слишком мало дней для выводов, оставлено без изменений: {channels}.",
    ),
}
NO_CHANGE = Text(
    en="The data do not support moving money between channels; today's split is kept.",
    ru="Данные не дают оснований перераспределять бюджет; нынешнее деление сохранено.",
)
SHORT_HISTORY = Text(
    en="The data cover {days} days, fewer than the {period} days of the plan: amounts are scaled up.",
    ru="Данные охватывают {days} дн. — меньше, чем период плана ({period} дн.): суммы пересчитаны на период.",
)

_STEPS_SHOWN = 3
_MOST_CHANCE = 0.99
_OPTION = Text(
    en="An option, not advised, since its gain is too small or uncertain: {steps}; revenue {gain} "
    "(80\u00a0% range: {low} to {high}; probability of an increase {chance}).",
    ru="Возможный, но не рекомендуемый вариант (выигрыш слишком мал или неясен): {steps}; выручка {gain} "
    "(диапазон 80\u00a0%: от {low} до {high}; вероятность роста {chance}).",
)
_MORE_STEPS = Text(en="others: {number}", ru="другие: {number}")


def option_text(option: Option, currency: str, worth: Worth = REVENUE) -> Text:
    """Return the sentence on a move that is possible but not advised."""
    template = worth.word(_OPTION)
    return Text(
        en=_told(template, option, currency, worth, "en"),
        ru=_told(template, option, currency, worth, "ru"),
    )


def _told(template: Text, option: Option, currency: str, worth: Worth, lang: Lang) -> str:
    def amount(value: float) -> str:
        return signed(number(round(value), lang) + NO_BREAK_SPACE + currency)

    def brought(value: float) -> str:
        return signed(worth.written_conversions(value, lang)) if worth.in_conversions else amount(value)

    steps = [f"{step.channel} {amount(float(step.change))}" for step in option.steps]
    if len(steps) > _STEPS_SHOWN:
        steps[_STEPS_SHOWN:] = [_MORE_STEPS.format(number=len(steps) - _STEPS_SHOWN)[lang]]
    return template.format(
        steps=", ".join(steps),
        gain=brought(option.effect.p50),
        low=brought(option.effect.p10),
        high=brought(option.effect.p90),
        chance=percent(min(option.p_improves, _MOST_CHANCE), lang, decimals=0),
    )[lang]
