"""Route of the track record: earlier forecasts compared with actual values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demetra_dash.api.encoding import json_bytes
from demetra_dash.api.parameters import RUN
from demetra_dash.api.responses import TrackRecordAnswer
from demetra_dash.api.routes import Answer, Route
from demetra_dash.api.snapshots import snapshot_answer

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api
    from services.views import TrackRecord


def track_record(api: Api, run: int | None) -> Response:
    """Return the scores of the forecasts whose days are in the data of a snapshot."""
    return snapshot_answer(
        api,
        run,
        "track-record",
        "application/json",
        lambda run_id: json_bytes(_answer(api.analytics.track_record(run_id))),
    )


def _answer(record: TrackRecord) -> TrackRecordAnswer:
    return TrackRecordAnswer(
        run_id=record.snapshot.run_id,
        created_at=record.snapshot.created_at,
        is_sample=record.snapshot.is_sample,
        made_from=record.made_from,
        made_to=record.made_to,
        forecasts=record.forecasts,
        days=record.days,
        inside80=record.inside80,
        scores=record.scores,
        backtest=record.snapshot.scores,
    )


ROUTES = (
    Route(
        "GET",
        "/api/track-record",
        track_record,
        summary="How earlier forecasts turned out, by metric and by how many weeks ahead they were made.",
        answers=(Answer("The track record.", TrackRecordAnswer),),
        parameters=(RUN,),
        problems=(400, 404, 503),
    ),
)
