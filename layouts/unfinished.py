"""The sentence on newest days whose conversions and revenue are still coming in, below the key figures."""

from __future__ import annotations

from layouts import numbers
from services.text import Lang, Text, percent
from services.views import Overview, UnfinishedDay

COMING_IN = Text(
    en="Still coming in: conversions and revenue of {days}, about {share} so far.",
    ru="Ещё поступают конверсии и выручка за {days}: пока есть около {share}.",
)
NOT_LEARNED = Text(
    en="Conversions and revenue of {days} may still be coming in; forecasts, budget plan and findings do "
    "without these days until syncs have shown how late they are reported.",
    ru="Конверсии и выручка за {days} могут ещё поступать: прогнозы, план бюджета и выводы обходятся без "
    "этих дней, пока синхронизации не покажут, с какой задержкой они приходят.",
)
NOT_OVER = Text(en="The day is not over: {days}.", ru="День ещё не закончился: {days}.")
COMPARED = Text(
    en="Revenue, ROI, conversions and acquisition cost are compared up to {day}.",
    ru="Выручка, ROI, конверсии и стоимость привлечения сравниваются по {day} включительно.",
)
_WITHOUT_REVENUE = {
    "coming_in": Text(
        en="Still coming in: conversions of {days}, about {share} so far.",
        ru="Ещё поступают конверсии за {days}: пока есть около {share}.",
    ),
    "not_learned": Text(
        en="Conversions of {days} may still be coming in; forecasts, budget plan and findings do without "
        "these days until syncs have shown how late they are reported.",
        ru="Конверсии за {days} могут ещё поступать: прогнозы, план бюджета и выводы обходятся без этих "
        "дней, пока синхронизации не покажут, с какой задержкой они приходят.",
    ),
    "compared": Text(
        en="Conversions and acquisition cost are compared up to {day}.",
        ru="Конверсии и стоимость привлечения сравниваются по {day} включительно.",
    ),
}
SHORT = Text(en="still coming in: about {share}", ru="ещё поступает: около {share}")
SHORT_NOT_LEARNED = Text(en="may still be coming in", ru="возможно, ещё поступает")
SHORT_NOT_OVER = Text(en="the day is not over", ru="день ещё не закончился")


def sentence(overview: Overview, lang: Lang) -> str:
    """Return what is known of the unfinished days of the period; empty if all days are complete."""
    word = (_WITHOUT_REVENUE if "revenue" in overview.totals.unrecorded else {}).get
    parts = []
    for state, words in (("coming_in", COMING_IN), ("not_learned", NOT_LEARNED), ("not_over", NOT_OVER)):
        days = [day for day in overview.unfinished if day.state == state]
        if days:
            span = numbers.span(days[0].date, days[-1].date, lang)
            parts.append((word(state) or words).format(days=span, share=_share(days, lang))[lang])
    is_compared = any(kpi.compared is not None and kpi.compared.previous is not None for kpi in overview.kpis)
    if parts and overview.settled_to is not None and is_compared:
        day = numbers.span(overview.settled_to, overview.settled_to, lang)
        parts.append((word("compared") or COMPARED).format(day=day)[lang])
    return " ".join(parts)


def note(day: UnfinishedDay, lang: Lang) -> str:
    """Return the note on one day in a chart."""
    if day.state == "not_over":
        return SHORT_NOT_OVER[lang]
    if day.share is None:
        return SHORT_NOT_LEARNED[lang]
    return SHORT.format(share=percent(day.share, lang, decimals=0))[lang]


def _share(days: list[UnfinishedDay], lang: Lang) -> str:
    known = [day.share for day in days if day.share is not None]
    return percent(sum(known) / len(known), lang, decimals=0) if known else ""
