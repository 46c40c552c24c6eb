"""Validation of the requests that the page sends to Dash, before Dash parses them.

Dash assumes that its own script has sent a request, and otherwise fails with a traceback and 500. So the
shape of a callback's request is compared with the callback, and a requested file must exist. A failure after
these checks is our own bug, and is logged as one.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash.fingerprint import check_fingerprint
from flask import request
from werkzeug.exceptions import NotFound

from callbacks.accepted import is_accepted
from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dash import Dash

PAGE_PATH = "/_dash-update-component"
FILES_PATH = "/_dash-component-suites/"

log = logging.getLogger(__name__)


class InvalidPageRequestError(InvalidInputError):
    """The address for callbacks received a request that the page does not send."""

    code = "invalid_page_request"
    words = Text(
        en="This is no request of Demetra's page ({reason}). The figures as JSON: api/openapi.json.",
        ru="Это не запрос страницы Demetra ({reason}). Данные в JSON: api/openapi.json.",
    )


NO_JSON = Text(en="the body is no JSON", ru="тело запроса — не JSON")
NO_CALLBACK = Text(en="no such callback", ru="нет такого обработчика")
OTHER_SHAPE = Text(en="“{part}” does not fit the callback", ru="«{part}» не подходит обработчику")


def check_page_requests(app: Dash) -> None:
    """Refuse requests that Dash cannot answer, with 400 or 404 and without a traceback."""

    def check() -> None:
        if request.path == PAGE_PATH and request.method == "POST":
            try:
                check_question(app.callback_map, _body())
            except InvalidPageRequestError as error:
                log.warning("%s", error)
                raise
        elif request.path.startswith(FILES_PATH) and request.view_args is not None:
            _check_file(app, **request.view_args)

    app.server.before_request(check)


def check_question(callbacks: Mapping[str, Mapping[str, Any]], body: object) -> None:
    """Raise `InvalidPageRequestError` unless `body` is a request of the page to one of the callbacks."""
    if not isinstance(body, dict):
        raise InvalidPageRequestError(reason=NO_JSON)
    name = body.get("output")
    callback = callbacks.get(name) if isinstance(name, str) else None
    if callback is None or "callback" not in callback:  # other callbacks run in the browser
        raise InvalidPageRequestError(reason=NO_CALLBACK)
    _check_values("inputs", body.get("inputs", []), callback["inputs"])
    _check_values("state", body.get("state", []), callback["state"])
    _check_outputs(body.get("outputs"), callback)
    known = {f"{one['id']}.{one['property']}" for one in callback["inputs"]}
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) and one in known for one in changed):
        raise _other_shape("changedPropIds")


def _body() -> object:
    if not request.is_json:
        raise InvalidPageRequestError(reason=NO_JSON)
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise InvalidPageRequestError(reason=NO_JSON) from error


def _check_values(part: str, given: object, wanted: Sequence[Mapping[str, Any]]) -> None:
    if not isinstance(given, list) or len(given) != len(wanted):
        raise _other_shape(part)
    for one, definition in zip(given, wanted, strict=True):
        if not _is_named(one, definition["id"], definition["property"]):
            raise _other_shape(part)
        if not is_accepted(definition["id"], definition["property"], one.get("value")):
            raise _other_shape(f"{definition['id']}.{definition['property']}")


def _check_outputs(given: object, callback: Mapping[str, Any]) -> None:
    if callback["no_output"]:
        return
    # Dash takes a list in place of a single output for one of many components.
    is_single = not isinstance(callback["output"], list | tuple)
    wanted, found = ([callback["output"]], [given]) if is_single else (callback["output"], given)
    if (
        not isinstance(found, list)
        or len(found) != len(wanted)
        or not all(
            _is_named(one, output.component_id, output.component_property)
            for one, output in zip(found, wanted, strict=True)
        )
    ):
        raise _other_shape("outputs")


def _is_named(one: object, component_id: str, component_property: str) -> bool:
    if not isinstance(one, dict) or one.get("id") != component_id:
        return False
    told = one.get("property")
    # If several callbacks have this output, the page appends the callback's hash.
    return isinstance(told, str) and told.partition("@")[0] == component_property


def _other_shape(part: str) -> InvalidPageRequestError:
    return InvalidPageRequestError(reason=OTHER_SHAPE.format(part=part))


def _check_file(app: Dash, package_name: str, fingerprinted_path: str) -> None:
    """Raise 404 for a file that Dash does not serve, or lists without having it (source maps)."""
    path, _ = check_fingerprint(fingerprinted_path)  # type: ignore[no-untyped-call]
    if path not in app.registered_paths.get(package_name, ()):
        raise NotFound
    folder = Path(str(sys.modules[package_name].__file__)).parent
    if not (folder / path).is_file():
        raise NotFound
