"""The HTTP API.

dashboards, overview, breakdowns, reports, syncs, pins, plans, pacing, comparisons, imports, sources,
exports, embedding, health, metrics
                                       the routes, each with its own description
openapi                                these descriptions as one document
responses                              the fields of the JSON answers
schemas                                JSON schemas of these fields and of the tables
parameters                             parameters of addresses
snapshots                              answers made from a snapshot, with ETag
failures                               errors as problem documents
encoding, csv_export                   plain values as JSON and CSV
routes                                 the definition of a route
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from werkzeug.routing import Map, Rule

from demetra_dash.api import (
    breakdowns,
    comparisons,
    dashboards,
    embedding,
    exports,
    failures,
    health,
    imports,
    metrics,
    openapi,
    overview,
    pacing,
    pins,
    plans,
    reports,
    sources,
    syncs,
)
from demetra_dash.api.encoding import StrictJson
from demetra_dash.api.routes import Api, Route, bind

if TYPE_CHECKING:
    from flask import Flask

    from demetra_dash.caching import AnswerCache
    from demetra_dash.metrics import Metrics
    from demetra_dash.settings import Settings
    from services.analytics import Analytics

ROUTES: tuple[Route, ...] = (
    *dashboards.ROUTES,
    *overview.ROUTES,
    *breakdowns.ROUTES,
    *reports.ROUTES,
    *syncs.ROUTES,
    *pins.ROUTES,
    *plans.ROUTES,
    *pacing.ROUTES,
    *comparisons.ROUTES,
    *imports.ROUTES,
    *sources.ROUTES,
    *exports.ROUTES,
    *embedding.ROUTES,
    *health.ROUTES,
    *metrics.ROUTES,
    *openapi.ROUTES,
)


def register(server: Flask, analytics: Analytics, settings: Settings, metrics_: Metrics) -> None:
    """Register the API on `server`. Every other path under /api/ becomes a 404 in JSON."""
    cache = _answers_in(settings.cache_redis_url, server)
    api = Api(analytics, cache, settings, ROUTES, metrics_)
    blueprint = Blueprint("api", __name__)
    for route in ROUTES:
        blueprint.add_url_rule(route.path, route.name, bind(route, api), methods=[route.method])
    server.json = StrictJson(server)
    failures.register(server, blueprint, _paths(), settings.locale)
    server.register_blueprint(blueprint)


def _answers_in(redis_url: str | None, server: Flask) -> AnswerCache | None:
    if redis_url is None:
        return None
    # Imported late: without Redis, no process needs flask-caching.
    from demetra_dash.caching import AnswerCache

    return AnswerCache(server, redis_url)


def _paths() -> Map:
    rules = [Rule(route.path, endpoint=route.name, methods=[route.method, "OPTIONS"]) for route in ROUTES]
    return Map(rules, merge_slashes=False)
