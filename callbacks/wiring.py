"""Between the layouts' `id.property` names and Dash's outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import ClientsideFunction, Input, Output, State, ctx, no_update

from layouts import ids
from layouts.reader import Drawn

RUN_HEADER = "Demetra-Run"


def outputs(leaves: Iterable[str]) -> dict[str, Output]:
    """Return an output for each leaf, under its own name."""
    return {leaf: Output(*_split(leaf)) for leaf in leaves}


def in_browser(app: Any, function: str, *dependencies: object) -> None:
    """Connect a function of `assets/demetra.js`; it is not called for the page's first values."""
    app.clientside_callback(ClientsideFunction("demetra", function), *dependencies, prevent_initial_call=True)


def want_while_open(app: Any, function: str, store: str) -> None:
    """Hold in `store` the run id whose figures a tab is to show: the snapshot, while the tab is open."""
    in_browser(
        app,
        function,
        Output(store, "data"),
        Input(ids.SNAPSHOT, "data"),
        Input(ids.TABS, "active_tab"),
        State(store, "data"),
    )


def complete(leaves: Iterable[str], drawn: Drawn) -> Drawn:
    """Return `drawn` with every leaf it does not mention left as it is on the page.

    Raises KeyError for a value that has no such leaf: it would be lost without a word.
    """
    known = tuple(leaves)
    strangers = drawn.keys() - set(known)
    if strangers:
        raise KeyError(*sorted(strangers))
    untouched: dict[str, Any] = dict.fromkeys(known, no_update)
    return untouched | drawn


def tell_run(run_id: int) -> None:
    """Say in the callback's answer that it depends on nothing but the question and that run.

    The response cache may then give the same answer to the next request. Raises `TypeError` for
    anything but a whole number: `True` equals 1, but is no run.
    """
    if type(run_id) is not int:
        raise TypeError(f"{run_id!r} is not the id of a run")
    ctx.response.set_header(RUN_HEADER, str(run_id))


def _split(leaf: str) -> tuple[str, str]:
    component, _, leaf_property = leaf.rpartition(".")
    return component, leaf_property
