"""The application factory: one Dash page and the HTTP API on one Flask server.

Nothing here imports pandas or matplotlib: the web process reads finished results.
"""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dash import Dash
from dash.development.base_component import Component

import callbacks
from callbacks import failures
from callbacks.page_options import from_request
from demetra_dash import api, compression, security, static_caching
from demetra_dash.metrics import Metrics
from demetra_dash.page_requests import check_page_requests
from demetra_dash.path_prefix import refuse_elsewhere
from demetra_dash.request_timing import time_requests
from demetra_dash.response_cache import ResponseCache
from demetra_dash.security import visitors
from demetra_dash.security.combinations import validate_combination
from demetra_dash.settings import Settings
from demetra_dash.uploads.folder import sweep
from layouts.index import index, without_versions
from layouts.page import NAME, page
from layouts.reader import PageSetup, Reader
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.engine import make_engine

_INSTALLED_ASSETS = Path(__file__).parent / "assets"  # put there by the wheel, see setup.py
ASSETS = _INSTALLED_ASSETS if _INSTALLED_ASSETS.is_dir() else Path(__file__).parent.parent / "assets"
POOL_SIZE = 8
_POLYFILL = re.compile(r'<script src="[^"]*/deps/polyfill@[^"]*"></script>\n?')


class DemetraDash(Dash):
    """Dash without the versions of its parts in the page; `responses` is the cache in front of it."""

    setup: PageSetup
    responses: ResponseCache

    def get_layout(self) -> Component:
        """Return the page in the language and on the tab of the request's address."""
        return _skeleton(from_request(self.setup))

    def interpolate_index(self, *_: Any, **parts: Any) -> str:
        """Return the HTML around the page, in the language of the request's address."""
        html = index(from_request(self.setup).reader.lang, self.get_asset_url, self.setup.prefix)
        # Without the polyfill (34 kB); assets/00_regenerator-runtime.min.js has the part that Dash needs.
        parts["scripts"] = _POLYFILL.sub("", parts["scripts"])
        parts["config"] = without_versions(parts["config"])
        for name, content in parts.items():
            html = html.replace(f"{{%{name}%}}", content)
        return html


def create_app(settings: Settings) -> Dash:
    """Return the application on `settings.database_url`, and start its watcher for new snapshots."""
    validate_combination(settings)
    sweep(settings.home.expanduser())
    name = f"demetra web {os.getpid()}"
    engine = make_engine(str(settings.database_url), name=name, pool_size=POOL_SIZE)
    analytics = Analytics(engine, settings.interval_seconds)
    app = build(analytics, settings)
    analytics.start(app.responses.prefetch)
    return app


def build(analytics: Analytics, settings: Settings) -> DemetraDash:
    """Return the application that reads from `analytics`."""
    setup = page_setup(settings)
    app = DemetraDash(
        __name__,
        title=NAME,
        update_title=None,  # type: ignore[arg-type] # None: the tab keeps its title
        assets_folder=str(ASSETS),
        # The page loads these itself: the theme before the first paint, the others when they are needed.
        assets_path_ignore=["vendor", "head", "data", "runs", "present", "plan"],
        requests_pathname_prefix=settings.path_prefix,
        routes_pathname_prefix="/",
        serve_locally=True,
        enable_mcp=False,
        on_error=lambda error: failures.show(error, from_request(setup).reader.lang),
    )
    app.setup = setup
    app.layout = page(setup)
    metrics = Metrics()
    callbacks.register_all(app, analytics, setup, visitors.GATE)
    api.register(app.server, analytics, settings, metrics)
    refuse_elsewhere(app.server, settings.path_prefix)
    check_page_requests(app)
    compression.compress(app.server)
    static_caching.set_immutable(app.server, ASSETS)  # Flask runs it before the compression
    app.responses = ResponseCache(app.server.wsgi_app, analytics)
    security.protect(app, settings, metrics, fast=app.responses)
    time_requests(app.server, metrics.observe_request)  # the outermost layer
    set_up(app)
    return app


@cache
def _skeleton(setup: PageSetup) -> Component:
    """Return the page, built once for each combination of language and tab."""
    return page(setup)


def set_up(app: Dash) -> None:
    """Make Dash register its scripts and callbacks now, instead of at the first request.

    Until Dash has registered a script, it refuses requests for it. A browser that has the page from another
    process requests ten scripts at once.
    """
    app._setup_server()  # type: ignore[no-untyped-call]


def page_setup(settings: Settings) -> PageSetup:
    """Return the values that the page's skeleton is built from."""
    return PageSetup(
        reader=Reader(lang=settings.locale, currency=settings.currency, time_zone=settings.time_zone),
        dashboards=tuple((dashboard.slug, dashboard.title) for dashboard in DASHBOARDS),
        polling_ms=settings.polling_interval_ms,
        prefix=settings.path_prefix,
        version=version("demetra-dash"),
    )
