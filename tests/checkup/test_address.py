"""Against a real server of one thread that answers as a proxy in front might."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, cast
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import sqlalchemy as sa
from werkzeug.wsgi import ClosingIterator

from demetra_dash.app import build
from demetra_dash.checkup import look_at_address
from demetra_dash.settings import Settings
from services.analytics import Analytics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Application = Callable[[Settings], WSGIApplication]

# flask-compress reads an asset whole and leaves the closing to Python.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(wsgi: WSGIApplication) -> Iterator[str]:
    with make_server("127.0.0.1", 0, wsgi, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def application(engine: sa.Engine) -> Application:
    return lambda settings: build(Analytics(engine, 1800), settings).server.wsgi_app


def states(settings: Settings, url: str) -> dict[str, str]:
    return {check_result.subject: check_result.state for check_result in look_at_address(settings, url)}


def test_a_page_that_is_reached_as_it_should_be_has_nothing_to_change(
    application: Application,
) -> None:
    settings = Settings()

    with served(application(settings)) as url:
        found = states(settings, url)

    assert set(found.values()) == {"ok"}
    assert {"address", "prefix", "assets", "callbacks", "api", "embedding", "internet"} <= set(found)


def test_a_prefix_that_the_proxy_does_not_use_is_named(
    application: Application,
) -> None:
    settings = Settings(path_prefix="/marketing/roi/")

    with served(application(settings)) as url:
        prefix = next(f for f in look_at_address(settings, url) if f.subject == "prefix")

    assert prefix.state == "failed"
    assert prefix.advice is not None
    assert "DEMETRA_PATH_PREFIX=/" in prefix.advice.en
    assert "/marketing/roi/" in prefix.what.en


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200 OK", [("Content-Type", "text/html")]),
        ("302 Found", [("Location", "https://sso.example.com/login"), ("Content-Type", "text/html")]),
    ],
)
def test_a_sign_in_page_in_place_of_an_answer_is_seen(status: str, headers: list[tuple[str, str]]) -> None:
    def sign_in(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response(status, headers)
        return [b"<html>Sign in</html>"]

    with served(sign_in) as url:
        found = states(Settings(), url)

    assert found == {"address": "failed"}


def test_a_proxy_that_drops_headers_and_adds_a_script_is_seen(
    application: Application,
) -> None:
    settings = Settings()
    inner = application(settings)

    def meddling(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            dropped = {"content-security-policy", "content-length"}
            return start_response(status, [h for h in headers if h[0].lower() not in dropped], *rest)

        parts = inner(environ, start)
        with closing(cast("ClosingIterator", parts)):
            body = b"".join(parts)
        return [body.replace(b"</head>", b'<script src="https://cdn.example.com/a.js"></script></head>')]

    with served(meddling) as url:
        found = states(settings, url)

    assert found["embedding"] == found["internet"] == "failed"
    assert found["compression"] == "warning"


def test_an_address_where_nobody_answers_is_a_warning() -> None:
    assert states(Settings(), "http://127.0.0.1:9/") == {"address": "warning"}
