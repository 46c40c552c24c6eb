"""Answers made from a snapshot, with the headers for caching in browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from callbacks.wiring import RUN_HEADER
from demetra_dash.api.encoding import json_bytes
from services.errors import NoSnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable

    from demetra_dash.api.parameters import AskedRun
    from demetra_dash.api.routes import Api
    from services.views import Snapshot

SNAPSHOT = "demetra.snapshot"
"""The key in a WSGI environment for the snapshot that an answer is made from."""

KEPT_BY_BROWSERS_SECONDS = 86_400
NOT_KEPT = "private, no-store"
"""The Cache-Control of an answer that will be another one soon; the response cache obeys it as well."""


def pick(api: Api, run: AskedRun) -> Snapshot:
    """Return the snapshot of a run; by default the one that the response cache has chosen, or the newest.

    Raises `NoSnapshotError` before the first one, `UnknownRunError` for a run without one, and
    `UnknownPinNameError`.
    """
    if isinstance(run, str):
        run = api.analytics.run_named(run)
    if run is not None:
        return api.analytics.snapshot_of(run)
    snapshot = request.environ.get(SNAPSHOT) or api.analytics.snapshot()
    if snapshot is None:
        raise NoSnapshotError
    return snapshot


def get_or_make(api: Api, snapshot: Snapshot, address: str, make: Callable[[int], bytes]) -> bytes:
    """Return the result of `make` for the run, from Redis if answers are shared there.

    `address` is the part of the key within a run. The time distinguishes the runs of two databases.
    """
    if api.cache is None:
        return make(snapshot.run_id)
    key = f"{snapshot.run_id}:{snapshot.created_at.timestamp():.6f}:{address}"
    return api.cache.answer(key, lambda: make(snapshot.run_id))


def snapshot_answer(
    api: Api, run: AskedRun, address: str, media_type: str, make: Callable[[int], bytes]
) -> Response:
    """Return the result of `make` for the snapshot of `run` (see `pick`), or 304 if the ETag matches."""
    return answer_of(api, pick(api, run), address, media_type, make, is_fixed=isinstance(run, int))


def answer_of(
    api: Api,
    snapshot: Snapshot,
    address: str,
    media_type: str,
    make: Callable[[int], bytes],
    *,
    is_fixed: bool,
) -> Response:
    """Return the result of `make` for a snapshot; `is_fixed`: the request names its run by the number."""
    response = Response(get_or_make(api, snapshot, address, make), content_type=media_type)
    response.headers[RUN_HEADER] = str(snapshot.run_id)
    # "private": behind single sign-on, a shared cache must not give an answer to another user.
    # A day, not a year: in a recreated database, run ids start from 1 again.
    # A name may be given to another run later.
    response.headers["Cache-Control"] = (
        "private, no-cache" if not is_fixed else f"private, max-age={KEPT_BY_BROWSERS_SECONDS}, immutable"
    )
    response.add_etag()
    response.make_conditional(request)
    return response


def snapshot_json_answer(api: Api, run: AskedRun, address: str, view: Callable[[int], object]) -> Response:
    """Return the JSON of a view of the snapshot of `run`, as `snapshot_answer` does."""
    return snapshot_answer(api, run, address, "application/json", lambda run_id: json_bytes(view(run_id)))


def save_as(response: Response, name: str) -> Response:
    """Make a browser save the answer as `name` (ASCII)."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
