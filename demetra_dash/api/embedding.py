"""Routes that create and renew signed links, for portals without single sign-on."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import request

from demetra_dash.api.parameters import SECONDS
from demetra_dash.api.responses import LinkAnswer
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.security import links
from demetra_dash.security.gate import link_text

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api
    from demetra_dash.security.links import Link


def new_link(api: Api, seconds: int) -> Response:
    """Create a link, for the address of a page in an iframe."""
    return _answer(api, links.new_link(time.time(), seconds), status=201)


def renewed_link(api: Api) -> Response:
    """Return a renewed link for one that is still valid."""
    now = time.time()
    held = links.read_link(link_text(request) or "", api.settings.link_secret, now)
    return _answer(api, links.renew(held, now), status=200)


def _answer(api: Api, link: Link, *, status: int) -> Response:
    if api.settings.link_secret is None:
        raise links.NoLinksError
    text = link.sign(api.settings.link_secret)
    return json_answer(
        LinkAnswer(
            link=text,
            url=api.url(f"/?embed=1&{links.PARAMETER}={text}"),
            expires_at=datetime.fromtimestamp(link.end, UTC),
        ),
        status,
    )


ROUTES = (
    Route(
        "POST",
        "/api/embed/links",
        new_link,
        summary="A signed link that shows the page for a few minutes without signing in (API token only).",
        answers=(Answer("The link.", LinkAnswer, status=201),),
        parameters=(SECONDS,),
        problems=(400, 404),
        access="token",
    ),
    Route(
        "POST",
        "/api/embed/renewals",
        renewed_link,
        summary="A new link for one that is still in force (header Demetra-Link).",
        answers=(Answer("The link.", LinkAnswer),),
        access="link",
    ),
)
