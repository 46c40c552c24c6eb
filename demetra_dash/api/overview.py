"""Routes of a snapshot's Overview and of its recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demetra_dash.api.encoding import json_bytes
from demetra_dash.api.parameters import DAYS, RUN
from demetra_dash.api.responses import Channel, Figures, OverviewAnswer, Recommendations, SeriesPoint
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.snapshots import snapshot_answer

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api
    from services.views import ChannelPerformance, Overview, Totals


def overview(api: Api, run: int | None, days: int | None) -> Response:
    """Return key figures, series and channels of the last `days` days; None for all days."""
    currency = api.settings.currency
    return snapshot_answer(
        api,
        run,
        f"overview?days={days}&currency={currency}",
        "application/json",
        lambda run_id: json_bytes(_overview(api.analytics.overview(days, run_id), currency)),
    )


def recommendations(api: Api, run: int | None) -> Response:
    """Return the recommendations, best first."""
    return snapshot_answer(
        api,
        run,
        "recommendations",
        "application/json",
        lambda run_id: json_bytes(_recommendations(api, run_id)),
    )


def _recommendations(api: Api, run_id: int) -> Recommendations:
    advice = api.analytics.advice(run_id)
    return Recommendations(
        run_id=advice.snapshot.run_id,
        created_at=advice.snapshot.created_at,
        count=len(advice.items),
        recommendations=tuple(recommendation.item for recommendation in advice.items),
        summary=advice.summary,
    )


def _overview(view: Overview, currency: str) -> OverviewAnswer:
    return OverviewAnswer(
        run_id=view.snapshot.run_id,
        created_at=view.snapshot.created_at,
        is_sample=view.snapshot.is_sample,
        currency=currency,
        days=view.days,
        date_from=view.date_from,
        date_to=view.date_to,
        previous_from=view.previous_from,
        previous_to=view.previous_to,
        totals=_figures(view.totals),
        previous=_figures(view.previous) if view.previous else None,
        kpis=view.kpis,
        step_days=view.trend_step_days,
        series=tuple(SeriesPoint(point.date, _figures(point.totals)) for point in view.trend),
        channels=tuple(_channel(channel) for channel in view.channels),
    )


def _channel(channel: ChannelPerformance) -> Channel:
    return Channel(
        channel=channel.channel,
        totals=_figures(channel.totals),
        previous=_figures(channel.previous) if channel.previous else None,
        roi_low=channel.roi_low,
        roi_high=channel.roi_high,
    )


def _figures(totals: Totals) -> Figures:
    return Figures(
        impressions=totals.impressions,
        clicks=totals.clicks,
        conversions=totals.conversions,
        cost=totals.cost,
        revenue=totals.revenue,
        roi=totals.roi,
        ctr=totals.ctr,
        conversion=totals.conversion,
        acquisition_cost=totals.acquisition_cost,
    )


ROUTES = (
    Route(
        "GET",
        "/api/overview",
        overview,
        summary="Key figures, series and channels of a period, against the one before.",
        answers=(Answer("The overview.", OverviewAnswer),),
        parameters=(RUN, DAYS),
        problems=(400, 404, 409, 503),
    ),
    Route(
        "GET",
        "/api/recommendations",
        recommendations,
        summary="What to do, best first, with the evidence.",
        answers=(Answer("The recommendations.", Recommendations),),
        parameters=(RUN,),
        problems=(400, 404, 503),
    ),
)
