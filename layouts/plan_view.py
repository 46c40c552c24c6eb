"""The Plan tab: its place, and its texts for the scripts in assets/plan, which build it.

The scripts are loaded when the tab is opened. They get the response curves of the run from the API as JSON,
and compute everything else in the browser.
"""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from layouts import ids, pacing_view
from layouts.elements import data
from layouts.reader import Drawn
from services.text import Lang, Text

PLAN = Text(en="Plan", ru="План")
LOADING = Text(en="Loading the curves of the run…", ru="Загружаем кривые запуска…")

WORDS: dict[str, Text] = {
    "planTitle": Text(en="Plan the budget", ru="Спланировать бюджет"),
    "planIntro": Text(
        en="Move a slider and see what the split is expected to bring, from the response of each channel in "
        "its history. It starts with the decided plan, for {days} days.",
        ru="Двигайте ползунки и смотрите, что принесёт такое деление, судя по отклику каналов в прошлом. "
        "Сначала показан план запуска на {days} дн.",
    ),
    "planAgain": Text(en="Try again", ru="Повторить"),
    "planNoChannels": Text(
        en="There is nothing to plan yet: no channel has any spend. Import campaigns with cost, then sync.",
        ru="Планировать пока нечего: ни у одного канала нет затрат. Загрузите кампании с расходами и "
        "обновите.",
    ),
    "planDays": Text(en="Days", ru="Дней"),
    "planLimit": Text(en="Change of a channel, at most", ru="Изменение канала, не больше"),
    "planAll": Text(
        en="Also move channels whose move is not advised", ru="Двигать и каналы без надёжных данных"
    ),
    "planTotal": Text(en="Total", ru="Всего"),
    "planTotalSlider": Text(en="Total, slider", ru="Всего, ползунок"),
    "planAdvised": Text(en="As advised", ru="Как советует Demetra"),
    "planToday": Text(en="Today", ru="Сейчас"),
    "planTodaySplit": Text(en="Today", ru="Сейчас"),
    "planBest": Text(en="Best for this total", ru="Лучшее деление этой суммы"),
    "planBestTotal": Text(en="Best total", ru="Лучшая сумма"),
    "planTarget": Text(en="Reach a target", ru="Достичь цели"),
    "planTargetKind": Text(en="Kind of target", ru="Вид цели"),
    "planTargetValue": Text(en="Value of the target", ru="Значение цели"),
    "planTarget_roi": Text(en="ROI at least, %", ru="ROI не ниже, %"),
    "planTarget_revenue": Text(en="Revenue at least", ru="Выручка не меньше"),
    "planTarget_cpa": Text(en="Cost per conversion at most", ru="Стоимость конверсии не выше"),
    "planTarget_conversions": Text(en="Conversions at least", ru="Конверсий не меньше"),
    "planReach": Text(en="Reach it", ru="Подобрать"),
    "planTargetMissing": Text(en="Enter a value for the target first.", ru="Сначала введите значение цели."),
    "planDecided": Text(
        en="This is the plan that the run advises.", ru="Это план, который советует последний запуск."
    ),
    "planKeep": Text(
        en="The data support no change of today's split: this is the plan of the run.",
        ru="Данные не дают оснований менять нынешнее деление: это план запуска.",
    ),
    "planBestDone": Text(
        en="The best split of this total within the limits.",
        ru="Лучшее деление этой суммы в заданных пределах.",
    ),
    "planNothingFree": Text(
        en="Today's split of this total: no other split is advised. Tick “Also move channels whose move is "
        "not advised” to see the one that is best on average.",
        ru="Нынешнее деление этой суммы: другое деление данные не поддерживают. Отметьте «Двигать и каналы "
        "без надёжных данных», чтобы увидеть лучшее в среднем.",
    ),
    "planOutside": Text(
        en="With these limits, {least} to {most} can be spent, not {asked}. This is the nearest plan.",
        ru="При этих пределах можно потратить от {least} до {most}, а не {asked}. Это ближайший план.",
    ),
    "planNoBreakEven": Text(
        en="Nothing tells what a conversion is worth, so no total can be called the best. Set "
        "DEMETRA_CONVERSION_VALUE, or choose a target.",
        ru="Неизвестно, сколько стоит конверсия, поэтому лучшей суммы назвать нельзя. Задайте "
        "DEMETRA_CONVERSION_VALUE или выберите цель.",
    ),
    "planBestTotalDone": Text(
        en="At {total} the last unit of money just pays (80\u00a0% range: {low} to {high}).",
        ru="При {total} последняя единица денег ещё окупается (диапазон 80\u00a0%: от {low} до {high}).",
    ),
    "planReached": Text(
        en="Expected: {value}, with a total of {total}.", ru="Ожидается: {value} при бюджете {total}."
    ),
    "planNotReached": Text(
        en="This cannot be reached within the limits. The best that can be had is {value}, with a total of "
        "{total}; it is shown.",
        ru="В этих пределах это недостижимо. Лучшее, что возможно, — {value} при бюджете {total}; "
        "оно показано.",
    ),
    "planOpened": Text(en="“{name}” is open.", ru="Открыт сценарий «{name}»."),
    "planBrings_revenue": Text(en="Revenue, 80\u00a0% range", ru="Выручка, диапазон 80\u00a0%"),
    "planBrings_margin": Text(en="Gross margin, 80\u00a0% range", ru="Валовая прибыль, диапазон 80\u00a0%"),
    "planBrings_value": Text(
        en="Conversion value, 80\u00a0% range", ru="Ценность конверсий, диапазон 80\u00a0%"
    ),
    "planBrings_conversions": Text(en="Conversions, 80\u00a0% range", ru="Конверсии, диапазон 80\u00a0%"),
    "planGain": Text(en="Against today", ru="К нынешнему"),
    "planProfit": Text(en="Less the change of cost", ru="За вычетом изменения затрат"),
    "planBetter": Text(en="P(better than today)", ru="P(лучше нынешнего)"),
    "planIsToday": Text(en="this is today's split", ru="это нынешнее деление"),
    "planRoiTitle": Text(en="ROI", ru="ROI"),
    "planCpa": Text(en="Cost per conversion", ru="Стоимость конверсии"),
    "planWas": Text(en="today {value}", ru="сейчас {value}"),
    "planConversions": Text(en="Conversions", ru="Конверсии"),
    "planCpaOf": Text(en="{value} each", ru="по {value}"),
    "planSaid": Text(
        en="Total {total}: {brings} expected, {gain} against today.",
        ru="Всего {total}: ожидается {brings}, {gain} к нынешнему.",
    ),
    "planPicture": Text(
        en="What the best split of each total brings. You are here: {total} bring {brings}.",
        ru="Что приносит лучшее деление каждой суммы. Вы здесь: {total} приносят {brings}.",
    ),
    "planFrontier": Text(
        en="What each total brings, split as well as the limits allow",
        ru="Что принесёт каждая сумма при лучшем делении",
    ),
    "planNoFrontier": Text(
        en="All channels are locked: there is one total only.", ru="Все каналы закреплены: сумма только одна."
    ),
    "planKeyToday": Text(en="today", ru="сейчас"),
    "planKeyHere": Text(en="you are here", ru="вы здесь"),
    "planKeyLine": Text(en="best split", ru="лучшее деление"),
    "planKeyBand": Text(en="80\u00a0% range", ru="диапазон 80\u00a0%"),
    "planChannels": Text(en="Channels", ru="Каналы"),
    "planSliderOf": Text(en="{channel}, slider", ru="{channel}, ползунок"),
    "planAmountOf": Text(en="{channel}, amount", ru="{channel}, сумма"),
    "planLock": Text(en="Lock", ru="Закрепить"),
    "plan_minimum": Text(en="At least", ru="Не меньше"),
    "plan_maximum": Text(en="At most", ru="Не больше"),
    "plan_minimumOf": Text(en="{channel}, at least", ru="{channel}, не меньше"),
    "plan_maximumOf": Text(en="{channel}, at most", ru="{channel}, не больше"),
    "planChange": Text(en="Change", ru="Изменение"),
    "planNext": Text(en="The next 1,000 bring", ru="Следующая 1000 принесёт"),
    "planRoi": Text(en="Return", ru="Отдача"),
    "planBrand": Text(
        en="Brand search: most of its results would have come anyway.",
        ru="Поиск по бренду: большая часть результата пришла бы и так.",
    ),
    "planSettles": Text(
        en="Days until a change is felt in full: about {days}.",
        ru="Эффект полностью виден примерно за {days} дн.",
    ),
    "planKept": Text(
        en="Kept as it is: its response cannot be estimated.",
        ru="Остаётся как есть: отклик не оценить.",
    ),
    "planBeyond": Text(
        en="More than was ever spent in so many days: a guess.",
        ru="Больше, чем тратили когда-либо за столько дней: это догадка.",
    ),
    "planScenarios": Text(en="Scenarios, beside today's split", ru="Сценарии рядом с нынешним делением"),
    "planScenario": Text(en="Scenario {n}", ru="Сценарий {n}"),
    "planName": Text(en="Name", ru="Название"),
    "planNameExample": Text(en="December, bold", ru="Декабрь, смело"),
    "planSave": Text(en="Keep this scenario", ru="Запомнить сценарий"),
    "planOpen": Text(en="Open", ru="Открыть"),
    "planRemove": Text(en="Remove", ru="Убрать"),
    "planRemoveOf": Text(en="Remove “{name}”", ru="Убрать «{name}»"),
    "planCaveat": Text(
        en="Estimated from history, at the pace of the newest days: the demand of coming days is not "
        "forecast here, and saturation cannot always be told from changing demand.",
        ru="Оценка по прошлым данным в темпе последних дней: спрос будущих дней здесь не прогнозируется, а "
        "насыщение не всегда можно отличить от изменения спроса.",
    ),
}


def skeleton(lang: Lang) -> Component:
    """Return the place of the tab, which the scripts fill."""
    return html.Section(html.P(LOADING[lang], className="quiet"), id=ids.PLAN, className="plan")


def words() -> Component:
    """Return a hidden element for the scripts; its texts come when a view is opened."""
    return html.Div(id=ids.PLAN_WORDS, hidden=True, **data(words=""))


def draw_words(lang: Lang) -> Drawn:
    """Return the texts for the scripts."""
    texts = {name: text[lang] for name, text in (WORDS | pacing_view.WORDS).items()}
    return {f"{ids.PLAN_WORDS}.data-words": json.dumps(texts, ensure_ascii=False)}
