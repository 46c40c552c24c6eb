"""The recommendations, most valuable first; each can be opened to show its evidence."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts import ids, windows
from layouts.elements import aria
from layouts.reader import Drawn
from services.text import Lang, Text
from services.views import Advice, Recommendation

PLACES = 12
TITLE = Text(en="Recommendations", ru="Рекомендации")
SEVERITIES: dict[str, Text] = {
    "critical": Text(en="Act now", ru="Срочно"),
    "warning": Text(en="Attention", ru="Внимание"),
    "opportunity": Text(en="Opportunity", ru="Возможность"),
    "info": Text(en="For information", ru="К сведению"),
}
EVIDENCE = Text(en="Evidence", ru="Основание")
CAVEAT = Text(en="Bear in mind", ru="Учтите")
NONE = Text(
    en="The data support no recommendation at the moment.",
    ru="Сейчас данные не дают оснований для рекомендаций.",
)
MORE = Text(
    en="Shown: {shown} of {all}. The rest: /api/recommendations",
    ru="Показано: {shown} из {all}. Остальные: /api/recommendations",
)
PARTS = (
    "item.className",
    "severity.children",
    "sentence.children",
    "evidence.children",
    "caveat.children",
    "caveat-line.className",
)

LEAVES = (
    *(ids.advice(place, part) for place in range(PLACES) for part in PARTS),
    f"{ids.ADVICE_MORE}.children",
    f"{ids.ADVICE_OF}.children",
)


def skeleton(lang: Lang) -> Component:
    """Return the elements for `PLACES` recommendations, all hidden."""
    return html.Div(
        [
            *(_place(place, lang) for place in range(PLACES)),
            html.P(id=ids.ADVICE_MORE, className="quiet advice-more"),
        ],
        id=ids.ADVICE,
        className="advice",
        role="region",
        **aria(label=TITLE[lang]),
    )


def draw(advice: Advice, lang: Lang) -> Drawn:
    """Fill one element for each recommendation and hide the others."""
    drawn: Drawn = {
        f"{ids.ADVICE_MORE}.children": _more(advice, lang),
        f"{ids.ADVICE_OF}.children": windows.not_of_period(advice.snapshot, lang),
    }
    for place in range(PLACES):
        item = advice.items[place] if place < len(advice.items) else None
        for part, value in _parts(item, lang).items():
            drawn[ids.advice(place, part)] = value
    return drawn


def _place(place: int, lang: Lang) -> Component:
    def part(name: str) -> str:
        return ids.advice(place, name)

    return html.Details(
        [
            html.Summary(
                [
                    html.Span(id=part("severity"), className="advice-severity"),
                    html.Span(id=part("sentence")),
                ],
                className="advice-sentence",
            ),
            html.P(
                [html.Strong(EVIDENCE[lang] + ". "), html.Span(id=part("evidence"))],
                className="advice-evidence",
            ),
            html.P(
                [html.Strong(CAVEAT[lang] + ". "), html.Span(id=part("caveat"))],
                id=part("caveat-line"),
                className="advice-evidence",
            ),
        ],
        id=part("item"),
        className="advice-item is-hidden",
    )


def _parts(item: Recommendation | None, lang: Lang) -> Drawn:
    if item is None:
        return dict(zip(PARTS, ("advice-item is-hidden", "", "", "", "", "is-hidden"), strict=True))
    caveat = item.caveat[lang]
    return {
        "item.className": f"advice-item severity-{item.severity}",
        "severity.children": SEVERITIES[item.severity][lang] if item.severity in SEVERITIES else "",
        "sentence.children": item.sentence[lang],
        "evidence.children": item.evidence[lang],
        "caveat.children": caveat,
        "caveat-line.className": "advice-evidence" if caveat else "is-hidden",
    }


def _more(advice: Advice, lang: Lang) -> str:
    if not advice.items:
        return NONE[lang]
    if len(advice.items) <= PLACES:
        return ""
    return MORE.format(shown=PLACES, all=len(advice.items))[lang]
