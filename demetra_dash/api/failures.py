"""Failures as `application/problem+json` (RFC 9457), in the language that the client prefers.

`code` is stable and meant for programs; `detail` is meant for people and says what to do. Addresses under
/api/ never return the page, whatever the method: Dash would return it for any unknown path.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect

from demetra_dash.api.encoding import json_text
from demetra_dash.refusal_page import refusal_page
from demetra_dash.security.csrf import CrossSiteRequestError, MissingTokenError
from demetra_dash.security.identity import SignInError
from demetra_dash.security.limits import TooLargeError, TooManyRequestsError
from demetra_dash.uploads.jobs import JobError
from services.errors import (
    ConflictError,
    DemetraError,
    InvalidInputError,
    NoCampaignsError,
    NoSnapshotError,
    NotAllowedError,
    NotFoundError,
    NotReadyError,
    UnansweredError,
    UnavailableError,
)
from services.planner.plans import InfeasiblePlanError
from services.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from flask import Blueprint, Flask

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 5

STATUSES: dict[type[DemetraError], int] = {
    InvalidInputError: 400,
    MissingTokenError: 401,
    SignInError: 401,
    CrossSiteRequestError: 403,
    NotAllowedError: 403,
    NotFoundError: 404,
    NoSnapshotError: 404,
    NoCampaignsError: 409,
    ConflictError: 409,
    TooLargeError: 413,
    UnansweredError: 422,
    InfeasiblePlanError: 422,
    TooManyRequestsError: 429,
    NotReadyError: 503,
    UnavailableError: 503,
}
"""The status of each family of errors; the nearest class in the MRO decides."""

_EXTRA = {"parameter", "value", "allowed", "doubts", "decisions", "headings", "columns", "nearest"}

_WORDS = {
    404: Text(
        en="There is nothing at {path}. All addresses are listed in api/openapi.json.",
        ru="По адресу {path} ничего нет. Все адреса перечислены в api/openapi.json.",
    ),
    405: Text(
        en="{path} does not answer to {method}. It answers to: {allowed}.",
        ru="{path} не отвечает на {method}. Отвечает на: {allowed}.",
    ),
    413: Text(
        en="The request is too large. This address needs no body.",
        ru="Запрос слишком велик. Этому адресу тело запроса не нужно.",
    ),
    500: Text(
        en="Demetra made a mistake. The log of the web process has the details.",
        ru="В Demetra произошла ошибка. Подробности — в журнале веб-процесса.",
    ),
}


def status_of(error: DemetraError) -> int:
    """Return the HTTP status for an error; 500 for a family that is not in the table."""
    family = error.family if isinstance(error, JobError) else type(error)
    return next((STATUSES[kind] for kind in family.__mro__ if kind in STATUSES), 500)


def problem(
    error: DemetraError, locale: Lang, status: int | None = None, text: Text | None = None
) -> Response:
    """Return an error as a problem document; `status` and `text` override those of the error."""
    extra = {name: value for name, value in error.values.items() if name in _EXTRA and value is not None}
    answer = _answer(status or status_of(error), error.code, text or error.text, locale, extra)
    if isinstance(error, TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.values["seconds"])
    return answer


def register(server: Flask, blueprint: Blueprint, paths: Map, locale: Lang) -> None:
    """Make every address in `paths`, and every other address under /api/, fail in JSON.

    `locale` is the language for clients that request none.
    """

    @blueprint.errorhandler(DemetraError)
    def demetra_failure(error: DemetraError) -> Response:
        return problem(error, locale)

    @server.errorhandler(DemetraError)
    def refused(error: DemetraError) -> Response:
        return problem(error, locale) if _is_ours(paths, request.path) else _refusal(error, locale)

    @server.before_request
    def refuse_unknown() -> None:
        if request.blueprint != blueprint.name and _is_ours(paths, request.path):
            _match(paths, request.path, request.method)

    @server.errorhandler(HTTPException)
    def http_failure(error: HTTPException) -> Response | HTTPException:
        return _http_problem(error, locale) if _is_ours(paths, request.path) else error


def _refusal(error: DemetraError, locale: Lang) -> Response:
    """Return an error as an HTML page if the client accepts HTML, else as a problem document."""
    answer = problem(error, locale)
    if request.method not in {"GET", "HEAD"} or not request.accept_mimetypes.accept_html:
        return answer
    page = refusal_page(error.text, lang_of(locale))
    page.status_code = answer.status_code
    for name, value in answer.headers:
        if name not in {"Content-Type", "Content-Length"}:
            page.headers[name] = value
    return page


def lang_of(locale: Lang) -> Lang:
    """Return the language that the client prefers; `locale` if it prefers none of ours."""
    return cast("Lang", request.accept_languages.best_match(LANGS, locale))


def _is_ours(paths: Map, path: str) -> bool:
    return path == "/api" or path.startswith("/api/") or any(rule.rule == path for rule in paths.iter_rules())


def _match(paths: Map, path: str, method: str) -> None:
    try:
        paths.bind("localhost").match(path, method)
    except RequestRedirect as error:
        raise NotFound from error


def _http_problem(error: HTTPException, locale: Lang) -> Response:
    status = error.code or 500
    allowed = ", ".join(sorted(error.valid_methods or ())) if isinstance(error, MethodNotAllowed) else ""
    phrase = HTTPStatus(status).phrase
    words = _WORDS.get(status, Text(en=f"{phrase}.", ru=f"{phrase}."))
    text = words.format(path=request.path, method=request.method, allowed=allowed)
    response = _answer(status, phrase.lower().replace(" ", "_"), text, locale, {})
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _answer(status: int, code: str, text: Text, locale: Lang, extra: dict[str, object]) -> Response:
    lang = lang_of(locale)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": text[lang],
    }
    body |= {name: value[lang] if isinstance(value, Text) else value for name, value in extra.items()}
    response = Response(json_text(body), status=status, content_type=PROBLEM_TYPE)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="demetra"'
    return response
