"""The line on a page that shows a chosen run (?run=) and not the newest one."""

from __future__ import annotations

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from layouts import ids, numbers
from layouts.elements import data
from layouts.reader import Drawn, Reader
from services.text import Lang, Text
from services.views import Snapshot

NAMED = Text(
    en="You see the pinned run “{name}”, of {time}. Newer figures exist, of {newest}.",
    ru="Вы смотрите закреплённый запуск «{name}» ({time}). Есть более новые данные ({newest}).",
)
NUMBERED = Text(
    en="You see run {run_id}, of {time}. Newer figures exist, of {newest}.",
    ru="Вы смотрите запуск {run_id} ({time}). Есть более новые данные ({newest}).",
)
NOT_FOUND = Text(en="{why} These are the newest figures.", ru="{why} Ниже — последние данные.")
SHOW_NEWEST = Text(en="Show the newest", ru="Показать последние")
COMPARE = Text(en="What has changed since", ru="Что изменилось с тех пор")
KEPT = Text(en="Run {run_id}, kept", ru="Запуск {run_id}, сохранён")
OF = Text(en="charts {time}", ru="графики {time}")

LEAVES = (
    f"{ids.RUN_WORDS}.children",
    f"{ids.RUN_BANNER}.className",
    f"{ids.RUN_COMPARE}.data-compared",
)


def skeleton(lang: Lang) -> Component:
    """Return the line, hidden. assets/asked.js makes its link lead to the same view of the newest run."""
    link = html.A(SHOW_NEWEST[lang], href="?", className="run-newest", **data(without="run"))
    compare = html.Button(COMPARE[lang], id=ids.RUN_COMPARE, type="button", className="run-compare")
    return html.P(
        [html.Span(id=ids.RUN_WORDS), " ", link, " ", compare],
        id=ids.RUN_BANNER,
        className="notice is-hidden",
    )


def hidden() -> Drawn:
    """Hide the line: the page shows the newest run."""
    return dict(zip(LEAVES, ("", "notice is-hidden", ""), strict=True))


def draw(shown: Snapshot, name: str | None, newest: Snapshot, reader: Reader, *, now: datetime) -> Drawn:
    """Show which run the page shows, and in the header its time in place of the newest one's."""
    times = {
        "time": numbers.clock(shown.created_at, reader, now=now),
        "newest": numbers.clock(newest.created_at, reader, now=now),
    }
    sentence = NUMBERED if name is None else NAMED
    words = sentence.format(run_id=shown.run_id, name=name, **times)
    told = dict(
        zip(LEAVES, (words[reader.lang], "notice is-quiet run-banner", str(shown.run_id)), strict=True)
    )
    return told | {
        f"{ids.FRESHNESS}.className": "freshness is-kept",
        f"{ids.FRESH_WORD}.children": KEPT.format(run_id=shown.run_id)[reader.lang],
        f"{ids.FRESH_CHARTS}.children": OF.format(time=times["time"])[reader.lang],
        f"{ids.FRESH_CHARTS}.title": numbers.in_full(shown.created_at, reader),
        f"{ids.FRESH_NEXT}.children": "",
    }


def draw_unknown(why: Text, lang: Lang) -> Drawn:
    """Show that the run of the address does not exist; the page shows the newest one."""
    words = NOT_FOUND.format(why=why)[lang]
    return dict(zip(LEAVES, (words, "notice is-warn is-unknown-run", ""), strict=True))
