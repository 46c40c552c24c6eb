"""Clients of an application made like the real one, with a page of one word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, html
from flask import Flask

from demetra_dash import api
from demetra_dash.compression import compress
from demetra_dash.metrics import Metrics
from demetra_dash.security import protect
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.engine import make_engine

if TYPE_CHECKING:
    import sqlalchemy as sa
    from flask.testing import FlaskClient

INTERVAL_SECONDS = 1800.0


def down() -> Analytics:
    """Return a facade whose database is down."""
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none", name="demetra tests")
    return Analytics(engine, INTERVAL_SECONDS)


def client_on(engine: sa.Engine, **settings: Any) -> FlaskClient:
    """Return a client of an application on a database."""
    return client_of(Analytics(engine, INTERVAL_SECONDS), **settings)


def client_of(analytics: Analytics, **settings: Any) -> FlaskClient:
    """Return a client of an application with this facade."""
    chosen = Settings(**settings)
    app = Dash(
        __name__,
        requests_pathname_prefix=chosen.path_prefix,
        routes_pathname_prefix="/",
        enable_mcp=False,
    )
    app.layout = html.Div("page")
    metrics = Metrics()
    api.register(app.server, analytics, chosen, metrics)
    compress(app.server)
    protect(app, chosen, metrics)
    server: Flask = app.server
    return server.test_client()
