"""Callbacks that poll the sync status and request runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, ctx, no_update

from callbacks import chosen_run, failures
from callbacks.gate import OPEN, Gate
from callbacks.page_options import from_request, run_of_request
from callbacks.wiring import complete, in_browser, outputs
from layouts import ages, data_view, empty, history_view, ids, notices, past, run_banner, sync_bar
from layouts.reader import Drawn, PageSetup, Visitor
from services.errors import DemetraError, NotAllowedError

if TYPE_CHECKING:
    from dash import Dash

    from services.analytics import Analytics
    from services.views import SyncStatus

SNAPSHOT_LEAF = f"{ids.SNAPSHOT}.data"
ANYBODY = Visitor()
LEAVES = (
    *sync_bar.LEAVES,
    *data_view.LEAVES,
    *history_view.LEAVES,
    *notices.LEAVES,
    *run_banner.LEAVES,
    *empty.LEAVES,
    *past.LEAVES,
    SNAPSHOT_LEAF,
)


def follow(
    analytics: Analytics,
    setup: PageSetup,
    *,
    shown_run: int | None,
    page_version: str = "",
    visitor: Visitor = ANYBODY,
    asked_run: str | None = None,
) -> Drawn:
    """Show the sync status. The run id changes only with the snapshot, and triggers the other callbacks.

    `asked_run` is the number or name of the run in the page's address: the page stays with it.
    """
    try:
        status = analytics.status()
    except DemetraError as error:
        return sync_bar.draw_down(setup.reader) | notices.draw_down(error.text, setup.reader)
    is_outdated = page_version != setup.version
    chosen = chosen_run.find(analytics, asked_run)
    if chosen is None:  # the database is down: the page stays with what it shows
        return _about_syncs(status, setup, visitor, is_outdated=is_outdated)
    seen = chosen_run.seen_in(status, chosen)
    drawn = (
        _about_syncs(seen, setup, visitor, is_outdated=is_outdated)
        | empty.draw(seen, is_past=ages.is_past(seen, setup.reader))
        | past.draw(seen, setup.reader)
        | chosen_run.draw(status, chosen, setup.reader)
    )
    if seen.snapshot is not None and seen.snapshot.run_id != shown_run:
        drawn[SNAPSHOT_LEAF] = seen.snapshot.run_id
    return drawn


def _about_syncs(status: SyncStatus, setup: PageSetup, visitor: Visitor, *, is_outdated: bool) -> Drawn:
    """Show the sync bar, what the user may do, and the notices."""
    return (
        sync_bar.draw(status, setup.reader)
        | sync_bar.draw_right(visitor, setup.reader.lang)
        | data_view.draw(visitor)
        | history_view.draw(visitor)
        | notices.draw(status, setup.reader, is_outdated=is_outdated)
    )


def ask(analytics: Analytics, setup: PageSetup, gate: Gate = OPEN) -> None:
    """Request a run because the button was clicked; an active run is joined."""
    try:
        request_sync(analytics, "button", gate)
    except DemetraError as error:
        failures.show(error, setup.reader.lang)


def request_sync(analytics: Analytics, trigger: str, gate: Gate) -> int:
    """Request a run for the user and return its id; raise `NotAllowedError` for a viewer."""
    visitor = gate.visitor()
    if not visitor.may_sync:
        gate.note("sync", outcome=NotAllowedError.code)
        raise NotAllowedError
    run_id = analytics.request_sync(trigger, requested_by=visitor.name).run.run_id
    gate.note("sync", outcome="asked", run_id=run_id)
    return run_id


def renew(analytics: Analytics, polling_ms: int, gate: Gate = OPEN) -> int | None:
    """Request a run if the figures are older than the page's interval; return its id.

    The page of a viewer requests none: the schedule does.
    """
    if not gate.visitor().may_sync:
        return None
    status = analytics.status()
    if status.active is not None or status.unreachable_since is not None:
        return None
    if not status.has_campaigns and not status.has_sources:
        return None
    age = status.age_seconds
    if age is not None and age < polling_ms / 1000:
        return None
    return request_sync(analytics, "page", gate)


def register(app: Dash, analytics: Analytics, setup: PageSetup, gate: Gate = OPEN) -> None:
    """Register the callbacks of the status poll, the button and the page's interval."""

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
        wanted = from_request(setup)
        if clicks and ctx.triggered_id == ids.SYNC:
            ask(analytics, wanted, gate)
        drawn = follow(
            analytics,
            wanted,
            shown_run=shown_run,
            page_version=page_version,
            visitor=gate.visitor(),
            asked_run=run_of_request(),
        )
        return complete(LEAVES, drawn)

    @app.callback(Output(ids.RENEWED, "data"), Input(ids.RENEWAL, "n_intervals"), prevent_initial_call=True)
    def _(_intervals: int) -> Any:
        run_id = renew(analytics, setup.polling_ms, gate)
        return no_update if run_id is None else run_id

    # A click is acknowledged before the server has answered.
    in_browser(
        app,
        "acknowledge",
        Output(ids.SYNC_BAR, "className", allow_duplicate=True),
        Output(ids.SYNC_STAGE, "children", allow_duplicate=True),
        Input(ids.SYNC, "n_clicks"),
        State(ids.SYNC, "data-asked"),
        State(ids.SYNC, "aria-disabled"),
    )
