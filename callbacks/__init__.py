"""Reacts to the reader: asks the front door, then lets a layout draw.

Each room has plain functions that tests can call, and a `register` that connects them to the page:

    syncs        follows how things stand; asks for runs
    overview     the Overview tab, for a snapshot and a period
    dashboards   the cards of the ML dashboards tab
    gate         who asks, and may they?
    failures     says what went wrong
    asked        the language and the tab that the page's address asks for
    accepted     which values a page may send
    wiring       between layouts' `id.property` names and Dash's outputs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callbacks import dashboards, overview, syncs
from callbacks.gate import OPEN, Gate

if TYPE_CHECKING:
    from dash import Dash

    from layouts.reader import PageSetup
    from services.analytics import Analytics


def register_all(app: Dash, analytics: Analytics, setup: PageSetup, gate: Gate = OPEN) -> None:
    """Connect every reaction to the page of `app`."""
    syncs.register(app, analytics, setup, gate)
    for room in (overview, dashboards):
        room.register(app, analytics, setup)
