"""The texts of reports that are not those of the page."""

from __future__ import annotations

from services.text import Text

TITLE = Text(en="What the advertising brought, and what comes next", ru="Что принесла реклама и что дальше")
RUN = Text(en="Run {run_id} of {time}, data up to {day}", ru="Запуск {run_id} от {time}, данные по {day}")
RUN_WITHOUT_DATA = Text(en="Run {run_id} of {time}", ru="Запуск {run_id} от {time}")
SAMPLE = Text(
    en="These are made-up sample figures, not those of your campaigns.",
    ru="Это вымышленные примерные данные, а не ваши кампании.",
)
FIGURES = Text(en="Key figures", ru="Главные показатели")
FIGURES_OF = Text(en="{span}, compared with {before}", ru="{span}, сравнение: {before}")
FIGURE = Text(en="Figure", ru="Показатель")
VALUE = Text(en="Value", ru="Значение")
BEFORE = Text(en="Before", ru="Раньше")
CHANGE = Text(en="Change", ru="Изменение")
LEVEL = Text(en="no real change", ru="без изменений")
MISSING = Text(en="not in the data", ru="нет в данных")
TREND = Text(en="Spend and revenue", ru="Расход и выручка")
SPEND_TREND = Text(en="Spend", ru="Расход")
DATE = Text(en="Date", ru="Дата")
WEEK = Text(en="Week from", ru="Неделя с")
CHANNEL = Text(en="Channel", ru="Канал")
CHANNELS = Text(en="Channels", ru="Каналы")
ROI_FROM = Text(en="ROI, 80\u00a0%: from", ru="ROI, 80\u00a0%: от")
ROI_TO = Text(en="ROI, 80\u00a0%: to", ru="ROI, 80\u00a0%: до")
DECISION = Text(en="What to do", ru="Что делать")
FINDINGS = Text(en="Recommendations", ru="Рекомендации")
NO_FINDINGS = Text(
    en="The data support no recommendation at the moment.",
    ru="Сейчас данные не дают оснований для рекомендаций.",
)
CAVEAT = Text(en="Bear in mind", ru="Имейте в виду")
PLAN = Text(en="Plan", ru="План")
PLAN_CHANGE = Text(en="Change", ru="Изменение")
PLAN_SHARE = Text(en="Share of the total", ru="Доля в сумме")
TOTAL = Text(en="Total", ru="Итого")
METHOD = Text(en="How this was made", ru="Как это получено")
LEFT_OUT = Text(
    en="and {rows} more rows: the workbook (XLSX) of this report has all of them.",
    ru="и ещё строк: {rows}. Все они — в книге (XLSX) этого отчёта.",
)
ALL_LEFT_OUT = Text(
    en="The {rows} rows of this picture are in the workbook (XLSX) of this report.",
    ru="Строки этого графика ({rows}) — в книге (XLSX) этого отчёта.",
)
ROI = Text(en="ROI", ru="ROI")
PER_THOUSAND = Text(en="Conversions per 1,000 spent", ru="Конверсий на 1000 затрат")
CONVERSION = Text(en="Conversion", ru="Конверсия")
REACH = Text(en="Reach", ru="Охват")
CTR = Text(en="CTR", ru="CTR")
SUMMARY = Text(en="Summary", ru="Главное")
CONFIDENCE = Text(
    en="Ranges are 80\u00a0% ranges: four times in five the true value falls inside.",
    ru="Диапазоны — 80-процентные: в четырёх случаях из пяти истинное значение внутри.",
)
TRACK_RECORD = Text(
    en="Of {forecasts} recorded forecasts for days that have come since, {inside} fell inside their "
    "80\u00a0% range.",
    ru="Из записанных прогнозов на уже прошедшие дни ({forecasts}) в свой диапазон 80\u00a0% попали "
    "{inside}.",
)
MADE = Text(en="Made on {time} by Demetra {version}.", ru="Отчёт создан {time}, Demetra {version}.")
PAGE = Text(en="Page {page} of {pages}", ru="Страница {page} из {pages}")
EXPECTED = Text(en="{channel}, expected", ru="{channel}, прогноз")
CHART_ROWS = Text(
    en="Lines: median of 7 days; dashed: expected.", ru="Линии — медиана за 7 дней; пунктир — прогноз."
)
