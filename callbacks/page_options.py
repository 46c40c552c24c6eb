"""How the reader of this request wants the page: the parameters of the page's own address.

`assets/asked.js` sends `lang` and `tab` along with whatever the page asks. Values that nobody knows
count as not given.
"""

from __future__ import annotations

from dataclasses import replace

from flask import has_request_context, request

from layouts import ids
from layouts.reader import PageSetup
from services.text import LANGS

PARAMETERS = ("lang", "tab")
TABS = {"overview": ids.TAB_OVERVIEW, "ml": ids.TAB_DASHBOARDS}


def from_request(setup: PageSetup) -> PageSetup:
    """Return the setup in the language, and with the tab, that the address asks for."""
    if not has_request_context():
        return setup
    lang = request.args.get("lang")
    reader = replace(setup.reader, lang=lang) if lang in LANGS else setup.reader
    return replace(setup, reader=reader, tab=TABS.get(request.args.get("tab", "")))
