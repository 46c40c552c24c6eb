"""Routes of the declared sources: their state, and a fetch on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from demetra_dash.api.encoding import json_bytes
from demetra_dash.api.failures import lang_of
from demetra_dash.api.parameters import SOURCE_NAME
from demetra_dash.api.responses import Asked, RefusedFile, SourceAnswer, SourcesAnswer
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.security.gate import current, may_see_names, note

if TYPE_CHECKING:
    from demetra_dash.api.routes import Api
    from services.text import Lang
    from services.views import Refusal, Sources, SourceView

DAY_SECONDS = 86_400


def list_sources(api: Api) -> Response:
    """Return the declared sources in the order of their file; 304 if nothing has changed."""
    lang, sources = lang_of(api.settings.locale), api.analytics.sources()
    answers = tuple(_told(one, sources, lang) for one in sources.items)
    problem = sources.file_problem[lang] if sources.file_problem else None
    body = json_bytes(SourcesAnswer(count=len(answers), sources=answers, file_problem=problem))
    response = Response(body, content_type="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Language"] = lang
    response.vary.add("Accept-Language")
    response.add_etag()
    response.make_conditional(request)
    return response


def fetch_source(api: Api, name: str) -> Response:
    """Request a run that fetches one source, also during its pause after failures."""
    wanted = SOURCE_NAME.parse(name) or ""
    asked = api.analytics.fetch_source(wanted, requested_by=current().name)
    note("fetch", outcome="asked", source=wanted, run_id=asked.run.run_id)
    url = api.url(f"/api/sync/runs/{asked.run.run_id}")
    answer = json_answer(Asked(asked.run.run_id, asked.run.state, asked.joined, url), status=202)
    answer.headers["Location"] = url
    return answer


def _told(one: SourceView, sources: Sources, lang: Lang) -> SourceAnswer:
    """Return a source as this client may see it: where it is stands only for those who may see names."""
    return SourceAnswer(
        name=one.name,
        type=one.type,
        state=one.state,
        beta=one.is_beta,
        late=one.is_late,
        late_days=one.late_days,
        data_from=one.data_from,
        data_to=one.data_to,
        age_days=None if one.data_to is None else (sources.now.date() - one.data_to).days,
        max_age_days=None if one.max_age is None else one.max_age.total_seconds() / DAY_SECONDS,
        account=one.account,
        channel=one.channel,
        place=one.place if may_see_names() else None,
        wanted=one.is_wanted,
        tried_at=one.tried_at,
        succeeded_at=one.succeeded_at,
        changed_at=one.changed_at,
        failing_since=one.failing_since,
        failures=one.failures,
        next_at=one.next_at,
        every_seconds=one.every.total_seconds(),
        error_code=one.error_code,
        reason=one.reason[lang] if one.reason else None,
        files=one.files,
        rows_new=one.rows_new,
        rows_corrected=one.rows_corrected,
        imports=one.imports,
        refused=one.refused,
        refusals=tuple(_refused(file, lang) for file in one.refusals),
    )


def _refused(file: Refusal, lang: Lang) -> RefusedFile:
    return RefusedFile(file.file, file.code, file.reason[lang], file.refused_at)


ROUTES = (
    Route(
        "GET",
        "/api/sources",
        list_sources,
        summary="The declared sources: state, newest day, last fetch, and why one fails.",
        answers=(Answer("The sources.", SourcesAnswer),),
        problems=(503,),
        is_tagged=True,
    ),
    Route(
        "POST",
        "/api/sources/<name>/fetch",
        fetch_source,
        summary="Fetch a source now, also during its pause after failures.",
        answers=(Answer("The run that fetches it waits; look at `status_url`.", Asked, status=202),),
        problems=(400, 404, 503),
        access="operator",
    ),
)
