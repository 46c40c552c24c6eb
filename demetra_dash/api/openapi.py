"""The OpenAPI 3.1 document of the API, generated from the routes."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from callbacks.wiring import RUN_HEADER
from demetra_dash.api.failures import PROBLEM_TYPE
from demetra_dash.api.parameters import (
    IMPORT_ID,
    KIND,
    PIN_ID,
    RUN_ID,
    SLUG,
    SOURCE_NAME,
    UPLOAD_ID,
    Parameter,
)
from demetra_dash.api.responses import Problem
from demetra_dash.api.routes import STALE_HEADER, UNREACHABLE, Answer, Route, json_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask import Response

    from demetra_dash.api.routes import Api

Document = dict[str, Any]

API_VERSION = "1.0.0"
_PATH_PARTS: dict[str, Parameter] = {
    "slug": SLUG,
    "kind": KIND,
    "run_id": RUN_ID,
    "import_id": IMPORT_ID,
    "pin_id": PIN_ID,
    "upload": UPLOAD_ID,
    "name": SOURCE_NAME,
}
_TAGGED_HEADERS = {"ETag": {"description": "For If-None-Match.", "schema": {"type": "string"}}}
_KEPT_HEADERS = {
    RUN_HEADER: {"description": "The run that the answer comes from.", "schema": {"type": "integer"}},
    **_TAGGED_HEADERS,
}
_STALE_HEADERS = {
    STALE_HEADER: {
        "description": "There while the database does not answer, so that this comes from memory.",
        "schema": {"type": "string", "enum": [UNREACHABLE]},
    }
}
_INTRODUCTION = (
    "Ratios are fractions (0.05 is 5 %), amounts are in the currency of the installation, times are ISO 8601 "
    "with an offset, null means “no value”. Without `run`, answers come from the newest snapshot; "
    "their ETag spares the next download. Failures are problem documents (RFC 9457) with a stable `code`; "
    "their words follow Accept-Language (en, ru)."
)


def openapi(api: Api) -> Response:
    """Return this document."""
    return json_answer(document(api.routes, api.settings.path_prefix))


@cache
def document(routes: tuple[Route, ...], path_prefix: str) -> Document:
    """Return the OpenAPI document of `routes`, served under `path_prefix`."""
    # Imported late: only this document needs pydantic.
    from demetra_dash.api.schemas import components, rows_components

    bodies = {answer.body for route in routes for answer in route.answers if answer.is_typed}
    bodies |= {route.takes for route in routes if route.takes is not None}
    by_body, shared = components([*sorted(bodies, key=str), Problem])
    rows, named = rows_components()
    schemas: dict[Any, Document] = {**by_body, "rows": rows, "text": {"type": "string"}, "bytes": {}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Demetra", "version": API_VERSION, "description": _INTRODUCTION},
        "servers": [{"url": path_prefix.rstrip("/") or "/"}],
        "paths": _paths(routes, schemas),
        "components": {
            "schemas": dict(sorted((shared | named).items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def template(path: str) -> str:
    """Return a path of Flask in OpenAPI form: `/runs/<run_id>` as `/runs/{run_id}`."""
    return re.sub(r"<(\w+)>", r"{\1}", path)


def _paths(routes: Iterable[Route], schemas: Mapping[Any, Document]) -> Document:
    paths: Document = {}
    for route in routes:
        paths.setdefault(template(route.path), {})[route.method.lower()] = _operation(route, schemas)
    return paths


def _operation(route: Route, schemas: Mapping[Any, Document]) -> Document:
    parts = re.findall(r"<(\w+)>", route.path)
    operation: Document = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [_parameter(_PATH_PARTS[part], "path") for part in parts]
        + [_parameter(parameter, "query") for parameter in route.parameters],
        "responses": _responses(route, schemas),
    }
    if route.form is not None:
        operation["requestBody"] = _form(route.form)
    if route.takes is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": schemas[route.takes]}}}
    if route.access != "public":
        operation["security"] = [{"token": []}] if route.access == "token" else [{}, {"token": []}]
    return operation


def _form(fields: tuple[Parameter, ...]) -> Document:
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    properties = {field.name: field.schema | {"description": field.description} for field in fields}
    schema = {"type": "object", "properties": {"file": files} | properties, "required": ["file"]}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _parameter(parameter: Parameter, place: str) -> Document:
    in_path = place == "path"
    return {
        "name": parameter.name,
        "in": place,
        "required": in_path,
        "description": parameter.description,
        "schema": {k: v for k, v in parameter.schema.items() if not (in_path and k == "default")},
    }


def _responses(route: Route, schemas: Mapping[Any, Document]) -> Document:
    problem = {PROBLEM_TYPE: {"schema": schemas[Problem]}}
    responses: Document = {}
    for answer in route.answers:
        found = responses.setdefault(str(answer.status), {"description": answer.description, "content": {}})
        found["content"][answer.media_type] = {"schema": schemas[answer.body]}
    if route.is_remembered:
        responses["200"]["headers"] = _STALE_HEADERS
    if route.is_kept:
        responses["200"]["headers"] = _KEPT_HEADERS | _STALE_HEADERS
    if route.is_tagged:
        responses["200"]["headers"] = _TAGGED_HEADERS
    if route.is_kept or route.is_tagged:
        responses["304"] = {"description": "What If-None-Match names is still right."}
    for status in sorted({*route.problems, *route.refusals, 500}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return responses


ROUTES = (
    Route(
        "GET",
        "/api/openapi.json",
        openapi,
        summary="This document.",
        answers=(Answer("An OpenAPI 3.1 document.", dict[str, Any]),),
    ),
)
