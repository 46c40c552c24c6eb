"""Follows how things stand, and asks for runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, ctx, no_update

from callbacks import failures
from callbacks.asked import as_asked
from callbacks.wiring import complete, in_browser, outputs
from layouts import empty, ids, notices, sync_bar
from layouts.reader import Drawn, PageSetup
from services.errors import DemetraError

if TYPE_CHECKING:
    from dash import Dash

    from services.analytics import Analytics

SNAPSHOT_LEAF = f"{ids.SNAPSHOT}.data"
LEAVES = (*sync_bar.LEAVES, *notices.LEAVES, *empty.LEAVES, SNAPSHOT_LEAF)


def follow(analytics: Analytics, setup: PageSetup, *, shown_run: int | None, page_version: str = "") -> Drawn:
    """Show how things stand. The run id changes only with the snapshot, and sets off the figures."""
    try:
        status = analytics.status()
    except DemetraError as error:
        return sync_bar.draw_down(setup.reader) | notices.draw_down(error.text, setup.reader)
    is_outdated = page_version != setup.version
    drawn = (
        sync_bar.draw(status, setup.reader)
        | notices.draw(status, setup.reader, is_outdated=is_outdated)
        | empty.draw(status)
    )
    if status.snapshot is not None and status.snapshot.run_id != shown_run:
        drawn[SNAPSHOT_LEAF] = status.snapshot.run_id
    return drawn


def ask(analytics: Analytics, setup: PageSetup) -> None:
    """Ask for a run because the button was pressed; while one is under way, that one is joined."""
    try:
        analytics.request_sync("button")
    except DemetraError as error:
        failures.show(error, setup.reader.lang)


def renew(analytics: Analytics, polling_ms: int) -> int | None:
    """Ask for a run if the figures are older than the page's interval; return its id."""
    status = analytics.status()
    if status.active is not None or not status.has_campaigns or status.unreachable_since is not None:
        return None
    age = status.age_seconds
    if age is not None and age < polling_ms / 1000:
        return None
    return analytics.request_sync("page").run.run_id


def register(app: Dash, analytics: Analytics, setup: PageSetup) -> None:
    """Connect the status poll, the button and the page's interval."""

    @app.callback(
        output=outputs(LEAVES),
        inputs={
            "tick": Input(ids.TICK, "data"),
            "clicks": Input(ids.SYNC, "n_clicks"),
            "shown_run": State(ids.SNAPSHOT, "data"),
            "page_version": State(ids.VERSION, "data"),
        },
    )
    def _(tick: int, clicks: int, shown_run: int | None, page_version: str) -> Drawn:
        wanted = as_asked(setup)
        if clicks and ctx.triggered_id == ids.SYNC:
            ask(analytics, wanted)
        drawn = follow(analytics, wanted, shown_run=shown_run, page_version=page_version)
        return complete(LEAVES, drawn)

    @app.callback(Output(ids.RENEWED, "data"), Input(ids.RENEWAL, "n_intervals"), prevent_initial_call=True)
    def _(_intervals: int) -> Any:
        run_id = renew(analytics, setup.polling_ms)
        return no_update if run_id is None else run_id

    # So that a click is acknowledged before the server has answered.
    in_browser(
        app,
        "acknowledge",
        Output(ids.SYNC_BAR, "className", allow_duplicate=True),
        Output(ids.SYNC_STAGE, "children", allow_duplicate=True),
        Input(ids.SYNC, "n_clicks"),
        State(ids.SYNC, "data-asked"),
    )
