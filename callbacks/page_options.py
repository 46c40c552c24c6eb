"""Options of a page from its own address: language, tab and run.

`assets/asked.js` sends `lang`, `tab` and `run` with every request of the page. Unknown values are ignored.
"""

from __future__ import annotations

from dataclasses import replace

from flask import has_request_context, request

from layouts import ids
from layouts.reader import PageSetup
from services.text import LANGS

PARAMETERS = ("lang", "tab", "run")
TABS = {"overview": ids.TAB_OVERVIEW, "ml": ids.TAB_DASHBOARDS, "plan": ids.TAB_PLAN}


def from_request(setup: PageSetup, currency: str | None = None) -> PageSetup:
    """Return the setup in the language and with the tab of the request's address.

    `currency` is that of the data, where they tell it.
    """
    if currency is not None and currency != setup.reader.currency:
        setup = replace(setup, reader=replace(setup.reader, currency=currency))
    if not has_request_context():
        return setup
    lang = request.args.get("lang")
    reader = replace(setup.reader, lang=lang) if lang in LANGS else setup.reader
    return replace(setup, reader=reader, tab=TABS.get(request.args.get("tab", "")))


def run_of_request() -> str | None:
    """Return the number or the name of the run in the request's address; None for the newest run."""
    return request.args.get("run") or None if has_request_context() else None
