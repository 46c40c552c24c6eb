"""Dash callbacks: input -> analytics facade -> layout function.

Each module has plain functions that tests can call, and a `register` that connects them to the page:

    syncs          polls the sync status; requests runs
    overview       the Overview tab, for a snapshot and a period
    channel_parts  campaigns and attributes on the page of one channel
    dashboards     the cards of the ML dashboards tab
    presentation   the slides of a run
    words          the texts of the views that scripts build
    chosen_run     the run that the address of a page names
    gate           the interface to the user's identity and rights
    failures       errors as notices
    page_options   language and tab from the page's address
    accepted       validation of the values that a page may send
    wiring         between layouts' `id.property` names and Dash's outputs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callbacks import channel_parts, dashboards, overview, presentation, syncs, words
from callbacks.gate import OPEN, Gate

if TYPE_CHECKING:
    from dash import Dash

    from layouts.reader import PageSetup
    from services.analytics import Analytics


def register_all(app: Dash, analytics: Analytics, setup: PageSetup, gate: Gate = OPEN) -> None:
    """Register all callbacks on `app`."""
    syncs.register(app, analytics, setup, gate)
    words.register(app, setup)
    for room in (overview, channel_parts, dashboards, presentation):
        room.register(app, analytics, setup)
