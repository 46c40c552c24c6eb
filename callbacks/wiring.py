"""Mapping between the layouts' `id.property` names and Dash's outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import ClientsideFunction, Input, Output, State, ctx, no_update

from layouts import ids, slides
from layouts.reader import Drawn

RUN_HEADER = "Demetra-Run"
RUN_STORES = (
    ids.FIGURES,
    ids.CARDS,
    *map(ids.slides_run, slides.DECKS),
)  # inputs whose value is the run that a callback shows


def outputs(leaves: Iterable[str]) -> dict[str, Output]:
    """Return an output for each leaf, under its own name."""
    return {leaf: Output(*_split(leaf)) for leaf in leaves}


def in_browser(app: Any, function: str, *dependencies: object, at_start: bool = False) -> None:
    """Register a function of `assets/demetra.js` as a callback.

    It is called for the page's initial values only with `at_start`.
    """
    named = ClientsideFunction("demetra", function)
    app.clientside_callback(named, *dependencies, prevent_initial_call=not at_start)


def want_while_open(app: Any, function: str, store: str) -> None:
    """Keep in `store` the run id that a tab is to show: the snapshot, while the tab is open."""
    in_browser(
        app,
        function,
        Output(store, "data"),
        Input(ids.SNAPSHOT, "data"),
        Input(ids.TABS, "active_tab"),
        State(store, "data"),
    )


def complete(leaves: Iterable[str], drawn: Drawn) -> Drawn:
    """Return `drawn` with no update for every leaf that is missing in it.

    Raises KeyError for a value without a leaf, which would be lost silently.
    """
    known = tuple(leaves)
    strangers = drawn.keys() - set(known)
    if strangers:
        raise KeyError(*sorted(strangers))
    untouched: dict[str, Any] = dict.fromkeys(known, no_update)
    return untouched | drawn


def tell_run(run_id: int) -> None:
    """Set the header that says that the answer depends only on the request and on that run.

    The response cache may then reuse the answer. Raises `TypeError` for anything but an int: `True` equals 1,
    but is no run id.
    """
    if type(run_id) is not int:
        raise TypeError(f"{run_id!r} is not the id of a run")
    ctx.response.set_header(RUN_HEADER, str(run_id))


def asked_run(request: object) -> int | None:
    """Return the run that a request of the page names in an input; None if it names none.

    `request` is the JSON that Dash's script sends, or anything that another client has sent.
    """
    asked = _run_input(request)
    return None if asked is None else int(asked["value"])


def with_run(request: dict[str, Any], run_id: int) -> dict[str, Any]:
    """Return a request of the page about another run than the one that it names."""
    place = request["inputs"].index(_run_input(request))
    inputs = list(request["inputs"])
    inputs[place] = {**inputs[place], "value": run_id}
    return {**request, "inputs": inputs}


def _run_input(request: object) -> dict[str, Any] | None:
    inputs = request.get("inputs") if isinstance(request, dict) else None
    found: list[dict[str, Any]] = [
        one
        for one in (inputs if isinstance(inputs, list) else ())
        if isinstance(one, dict) and one.get("id") in RUN_STORES and type(one.get("value")) is int
    ]
    return found[0] if found else None


def _split(leaf: str) -> tuple[str, str]:
    component, _, leaf_property = leaf.rpartition(".")
    return component, leaf_property
