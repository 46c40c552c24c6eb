"""Access tokens by OAuth 2.0: for a refresh token, or for the client itself (`client_credentials`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.sources.calls import Values
from services.sources.failures import SourceAnswerError, SourceError, SourceServerError, SourceTokenError
from services.sources.kind import Fetch, Secret
from services.sources.web import Answer, Web
from services.text import Text

_CODE = re.compile(r"[a-z_]{1,40}")  # never the description, which may repeat a credential
_PASSING = frozenset({"temporarily_unavailable", "server_error", "internal_failure"})
_NO_TOKEN = Text(en="no access token", ru="нет токена доступа")


def token_form(options: Mapping[str, Any]) -> Values:
    """Return what is sent to the token server: for `refresh_token` if there is one, else for the client."""
    refresh_token = options.get("refresh_token")
    grant = {"grant_type": "refresh_token" if refresh_token else "client_credentials"}
    values = {name: options.get(name) for name in ("client_id", "client_secret", "refresh_token", "scope")}
    return grant | {name: value for name, value in values.items() if value}


def access_token(fetch: Fetch) -> Secret:
    """Return the access token that `token_url` gives for the options of the source; raise a `SourceError`."""
    options = fetch.source.options
    with Web(fetch) as web:
        answer = web.ask("POST", options["token_url"], form=token_form(options), explain=_explained)
    found = answer.json()
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token:
        raise SourceAnswerError(host=answer.host, reason=_NO_TOKEN)
    return Secret(token)


def _explained(answer: Answer) -> SourceError | None:
    try:
        found = answer.json()
    except SourceAnswerError:
        return None
    code = found.get("error") if isinstance(found, dict) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return None
    kind = SourceServerError if code in _PASSING else SourceTokenError
    return kind(host=answer.host, reason=code, retry_after=answer.retry_after)
