"""Answers made from a snapshot: cached by run and address, with the headers for caching in browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import Response, request

from callbacks.wiring import RUN_HEADER
from services.errors import NoSnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from demetra_dash.api.routes import Api

KEPT_BY_BROWSERS_SECONDS = 86_400


class Picked(NamedTuple):
    """The snapshot of an answer. Its time distinguishes runs of two databases with the same id."""

    run_id: int
    created_at: datetime


def pick(api: Api, run: int | None) -> Picked:
    """Return the snapshot of a run, the newest one by default.

    Raises `NoSnapshotError` before the first one, `UnknownRunError` for a run without one.
    """
    snapshot = api.analytics.snapshot() if run is None else api.analytics.snapshot_of(run)
    if snapshot is None:
        raise NoSnapshotError
    return Picked(snapshot.run_id, snapshot.created_at)


def kept(api: Api, picked: Picked, address: str, make: Callable[[int], bytes]) -> bytes:
    """Return the cached result of `make` for the run; `address` is the part of the key within a run."""
    key = f"{picked.run_id}:{picked.created_at.timestamp():.6f}:{address}"
    return api.cache.answer(key, lambda: make(picked.run_id))


def snapshot_answer(
    api: Api, run: int | None, address: str, media_type: str, make: Callable[[int], bytes]
) -> Response:
    """Return the result of `make` for the snapshot of `run` (see `pick`), or 304 if the ETag matches."""
    picked = pick(api, run)
    response = Response(kept(api, picked, address, make), content_type=media_type)
    response.headers[RUN_HEADER] = str(picked.run_id)
    # "private": behind single sign-on, a shared cache must not give an answer to another user.
    # A day, not a year: in a recreated database, run ids start from 1 again.
    response.headers["Cache-Control"] = (
        "private, no-cache" if run is None else f"private, max-age={KEPT_BY_BROWSERS_SECONDS}, immutable"
    )
    response.add_etag()
    response.make_conditional(request)
    return response


def save_as(response: Response, name: str) -> Response:
    """Make a browser save the answer as `name` (ASCII)."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
