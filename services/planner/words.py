"""Sentences on plans that cannot be made as asked."""

from __future__ import annotations

from services.text import Text, number, percent

NO_CHANNELS = Text(
    en="There is nothing to plan yet: no channel has any spend. Import campaigns with cost, then sync.",
    ru="Планировать пока нечего: ни у одного канала нет затрат. Загрузите кампании с расходами и обновите.",
)
NO_CONVERSIONS = Text(
    en="The data have no conversions, so this target cannot be planned. Choose ROI or revenue, or import "
    "conversions.",
    ru="В данных нет конверсий, поэтому такой цели не спланировать. Выберите ROI или выручку или загрузите "
    "конверсии.",
)
NO_BREAK_EVEN = Text(
    en="Without revenue, nothing tells what a conversion is worth, so no total can be called the best. Set "
    "DEMETRA_CONVERSION_VALUE, or plan for conversions or a cost per conversion.",
    ru="Без выручки неизвестно, сколько стоит конверсия, поэтому лучшей суммы назвать нельзя. Задайте "
    "DEMETRA_CONVERSION_VALUE или планируйте число конверсий либо их стоимость.",
)
INFEASIBLE_TOTAL = Text(
    en="With these limits, {least} to {most} can be spent, not {asked}. Widen the limits of some channels, "
    "or take the nearest plan.",
    ru="При этих пределах можно потратить от {least} до {most}, а не {asked}. Расширьте пределы каналов или "
    "возьмите ближайший план.",
)
INFEASIBLE_TARGET = Text(
    en="Within these limits, {asked} cannot be reached. The best that can be had is {best}, with a total of "
    "{total}.",
    ru="В этих пределах недостижимо: {asked}. Лучшее, что возможно: {best} при бюджете {total}.",
)
_TARGETS = {
    "roi": Text(en="a ROI of {value}", ru="ROI {value}"),
    "cpa": Text(en="a cost per conversion of {value}", ru="стоимость конверсии {value}"),
    "revenue": Text(en="a revenue of {value}", ru="выручка {value}"),
    "conversions": Text(en="{value} conversions", ru="конверсии: {value}"),
}


def target_text(kind: str, value: float) -> Text:
    """Return a target with its value."""
    if kind == "roi":
        written = Text(en=percent(value, "en"), ru=percent(value, "ru"))
    else:
        decimals = 0 if kind == "conversions" else 2
        written = Text(en=number(value, "en", decimals=decimals), ru=number(value, "ru", decimals=decimals))
    return _TARGETS[kind].format(value=written)
