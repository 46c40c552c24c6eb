"""Routes of a snapshot's Overview, of its recommendations, and of the track record of its forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demetra_dash.api.parameters import RUN
from demetra_dash.api.responses import PricedOverview
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.selecting import PARAMETERS, address_of, selection_of
from demetra_dash.api.snapshots import snapshot_json_answer
from services.views import Advice, TrackRecord

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.parameters import AskedRun
    from demetra_dash.api.routes import Api


def overview(api: Api, run: AskedRun, **selected: Any) -> Response:
    """Return key figures, series and channels of a period."""
    selection = selection_of(selected)
    currency = api.analytics.currency or api.settings.currency
    address = f"overview?{address_of(selection)}&{currency}"
    return snapshot_json_answer(
        api, run, address, lambda of: PricedOverview(api.analytics.overview(selection, of), currency)
    )


def recommendations(api: Api, run: AskedRun) -> Response:
    """Return the recommendations, best first."""
    return snapshot_json_answer(api, run, "recommendations", api.analytics.advice)


def track_record(api: Api, run: AskedRun) -> Response:
    """Return the scores of the forecasts whose days are in the data of a snapshot."""
    return snapshot_json_answer(api, run, "track-record", api.analytics.track_record)


ROUTES = (
    Route(
        "GET",
        "/api/overview",
        overview,
        summary="Key figures, series and channels of a period, of the account or of one channel, compared.",
        answers=(Answer("The overview.", PricedOverview),),
        parameters=(RUN, *PARAMETERS),
        problems=(400, 404, 409, 503),
    ),
    Route(
        "GET",
        "/api/recommendations",
        recommendations,
        summary="What to do, best first, with the evidence.",
        answers=(Answer("The recommendations.", Advice),),
        parameters=(RUN,),
        problems=(400, 404, 503),
    ),
    Route(
        "GET",
        "/api/track-record",
        track_record,
        summary="How earlier forecasts turned out, by metric and by how many weeks ahead they were made.",
        answers=(Answer("The track record.", TrackRecord),),
        parameters=(RUN,),
        problems=(400, 404, 503),
    ),
)
