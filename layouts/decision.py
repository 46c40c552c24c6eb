"""The summary above the key figures: what to do, what to look at, and where the account stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts import ids, numbers, windows
from layouts.reader import Drawn, Reader
from services.text import NO_BREAK_SPACE, Lang, Text, number, signed
from services.views import Advice, Recommendation, Snapshot
from services.worth import Worth

DECISION_RULE = "budget_shift"  # the recommendation with the run's one decision on the budget
URGENT = ("critical", "warning")
MOST_MOVES = 6
CENTS_BELOW = 100

TITLE = Text(en="In short", ru="Коротко")
DO = Text(en="What to do", ru="Что делать")
LOOK = Text(en="Look at", ru="Проверить")
STATE = Text(en="Where we stand", ru="Как дела")
GAIN = Text(
    en="{period}: revenue {gain} (80\u00a0% range: {low} to {high}).",
    ru="{period}: выручка {gain} (диапазон 80\u00a0%: от {low} до {high}).",
)
AMOUNTS = Text(en="{before} → {after}", ru="{before} → {after}")
MORE_MOVES = Text(
    en="and {number} more, on the tab “ML dashboards”", ru="и ещё {number} — на вкладке «ML-дашборды»"
)
FURTHER = Text(en="More below: {number}.", ru="Ниже ещё: {number}.")

_MOVE_PARTS = ("item.className", "name.children", "change.children", "amounts.children")
_ROWS = ((ids.DECISION_DO, DO), (ids.DECISION_LOOK, LOOK), (ids.DECISION_STATE, STATE))
LEAVES = (
    *(f"{row}.children" for row, _ in _ROWS),
    *(f"{row}-row.className" for row, _ in _ROWS),
    f"{ids.DECISION_GAIN}.children",
    *(ids.move(place, part) for place in range(MOST_MOVES) for part in _MOVE_PARTS),
    f"{ids.DECISION_MOVES}.className",
    f"{ids.DECISION_MORE}.children",
    f"{ids.DECISION_OF}.children",
)


@dataclass(frozen=True, slots=True)
class Move:
    """A channel's amount in the plan's period, today and recommended."""

    channel: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """The amount that is added, negative for one that is taken away."""
        return self.after - self.before


def skeleton(lang: Lang) -> Component:
    """Return the summary without words; it keeps the height of its first two lines."""
    do: list[Component] = [
        html.P(id=ids.DECISION_DO, className="decision-sentence"),
        html.P(id=ids.DECISION_GAIN, className="decision-gain tabular"),
        html.Ul([_move(place) for place in range(MOST_MOVES)], id=ids.DECISION_MOVES, className="is-hidden"),
        html.P(id=ids.DECISION_MORE, className="quiet decision-more"),
    ]
    contents: tuple[list[Component], ...] = (
        do,
        [html.P(id=ids.DECISION_LOOK)],
        [html.P(id=ids.DECISION_STATE)],
    )
    rows = [_row(*row, content, lang) for row, content in zip(_ROWS, contents, strict=True)]
    return html.Section(
        [
            html.H2(TITLE[lang], className="visually-hidden"),
            *rows,
            html.P(id=ids.DECISION_OF, className="quiet decision-of"),
        ],
        className="decision",
    )


def draw(advice: Advice, reader: Reader) -> Drawn:
    """Show the decision of a run, the most urgent other finding, and how the account does."""
    lang, snapshot = reader.lang, advice.snapshot
    decided = next((item for item in advice.items if item.rule_id == DECISION_RULE), None)
    urgent = next((item for item in advice.items if item.severity in URGENT and item is not decided), None)
    sentences = {
        ids.DECISION_DO: _what_to_do(advice, lang),
        ids.DECISION_LOOK: _look(urgent, advice, lang),
        ids.DECISION_STATE: _state(advice.summary, snapshot, lang),
    }
    drawn: Drawn = {f"{row}.children": words for row, words in sentences.items()}
    for row, words in sentences.items():
        drawn[f"{row}-row.className"] = "decision-row" if words else "is-hidden"
    note = windows.not_of_period(snapshot, lang)
    drawn[f"{ids.DECISION_OF}.children"] = note[:1].upper() + note[1:]
    drawn[f"{ids.DECISION_GAIN}.children"] = "" if decided is None else _gain(decided, snapshot, reader)
    return drawn | _moves(moves_of(decided), reader)


def moves_of(decided: Recommendation | None) -> list[Move]:
    """Return the moves of a decision, the largest first."""
    action: Mapping[str, Any] = {} if decided is None else decided.item.get("action") or {}
    before, after = action.get("from"), action.get("to")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return []
    moves = [Move(channel, float(before[channel]), float(after[channel])) for channel in before]
    return sorted(moves, key=lambda move: (-abs(move.change), move.channel))


def _row(row: str, title: Text, content: list[Component], lang: Lang) -> Component:
    head = html.H3(title[lang], className="decision-title")
    return html.Div([head, html.Div(content)], id=f"{row}-row", className="decision-row")


def _move(place: int) -> Component:
    def part(name: str) -> str:
        return ids.move(place, name)

    return html.Li(
        [
            html.Strong(id=part("name")),
            html.Span(id=part("change"), className="tabular"),
            html.Span(id=part("amounts"), className="quiet tabular"),
        ],
        id=part("item"),
        className="is-hidden",
    )


def _what_to_do(advice: Advice, lang: Lang) -> str:
    waits = advice.snapshot.waiting
    return waits[lang] if waits else _text(advice.summary, "recommendations", "budget_allocation", lang=lang)


def _look(urgent: Recommendation | None, advice: Advice, lang: Lang) -> str:
    """Return the most urgent recommendation besides the decision, and how many others there are."""
    if urgent is None:
        return ""
    others = sum(item.rule_id != DECISION_RULE for item in advice.items) - 1
    more = f" {FURTHER.format(number=others)[lang]}" if others else ""
    return urgent.sentence[lang] + more


def _state(summary: Mapping[str, Any], snapshot: Snapshot, lang: Lang) -> str:
    """Return best, worst, trend and forecast; without the forecast while the history is too short."""
    compared = _text(summary, "channel_comparison", "analysis", lang=lang)
    if snapshot.forecast_from is not None:
        return compared
    return " ".join(filter(None, (compared, _text(summary, "ml_predictions", "trend", lang=lang))))


def _text(summary: Mapping[str, Any], *path: str, lang: Lang) -> str:
    found: Any = summary
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return str(found.get(lang, "")) if isinstance(found, Mapping) else ""


def _gain(decided: Recommendation, snapshot: Snapshot, reader: Reader) -> str:
    """Return the days of the plan and the expected gain with its range."""
    impact = decided.item.get("expected_impact") or {}
    amounts = [float(impact[part]) for part in ("p50", "p10", "p90") if impact.get(part) is not None]
    if snapshot.data_to is None or len(amounts) < 3:
        return ""
    first = snapshot.data_to + timedelta(days=1)
    last = snapshot.data_to + timedelta(days=int(impact["period_days"]))
    worth = snapshot.worth
    gain, low, high = (signed(brought(one, worth, reader)) for one in amounts)
    period = numbers.span(first, last, reader.lang)
    return worth.word(GAIN).format(period=period, gain=gain, low=low, high=high)[reader.lang]


def _moves(moves: Sequence[Move], reader: Reader) -> Drawn:
    drawn: Drawn = {
        f"{ids.DECISION_MOVES}.className": "decision-moves" if moves else "is-hidden",
        f"{ids.DECISION_MORE}.children": MORE_MOVES.format(number=len(moves) - MOST_MOVES)[reader.lang]
        if len(moves) > MOST_MOVES
        else "",
    }
    for place in range(MOST_MOVES):
        values = _drawn_move(moves[place], reader) if place < len(moves) else ("is-hidden", "", "", "")
        drawn |= {ids.move(place, part): value for part, value in zip(_MOVE_PARTS, values, strict=True)}
    return drawn


def _drawn_move(move: Move, reader: Reader) -> tuple[str, str, str, str]:
    before, after = (_number(value, reader.lang) for value in (move.before, move.after))
    amounts = AMOUNTS.format(before=before, after=after)[reader.lang]
    kind = "is-more" if move.change > 0 else "is-less"
    return f"decision-move {kind}", move.channel, signed(amount(move.change, reader)), amounts


def amount(value: float, reader: Reader) -> str:
    """Return an amount of money that is planned or expected, with cents only where it is small."""
    return _number(value, reader.lang) + NO_BREAK_SPACE + reader.currency


def brought(value: float, worth: Worth, reader: Reader) -> str:
    """Return what channels bring: an amount, or a number of conversions without the word."""
    return worth.written_conversions(value, reader.lang) if worth.in_conversions else amount(value, reader)


def _number(value: float, lang: Lang) -> str:
    return number(value, lang, decimals=2 if abs(value) < CENTS_BELOW else 0)
