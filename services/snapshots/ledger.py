"""The prediction ledger: recorded forecasts, and how they turned out.

Backtest scores come from a method that could still be changed; the ledger holds the forecasts that readers
really saw. Each new last day of data adds one set of forecasts; a sync of the same data replaces its own set.
A forecast is scored once its day has campaign days, and is complete; without any (a pause, a channel without
data) it stays unscored. Forecasts from sample data and from real data are never in the ledger together.

Its size is bounded: forecasts reach 28 days ahead, and are kept for 180 days after their day, or fewer (at
least 28) where that would be more than 250,000 rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa

from services.database.tables import prediction_ledger, snapshot_days
from services.snapshots import unfinished
from services.views import RecordedMetric, Snapshot, TrackRecord, TrackScore

if TYPE_CHECKING:
    from services.forecasting.prediction import Prediction

LONGEST_LEAD_DAYS = 28
KEPT_DAYS, FEWEST_KEPT_DAYS = 180, 28
ENOUGH_ROWS = 250_000

_L = prediction_ledger.c
_METRICS: tuple[RecordedMetric, ...] = get_args(RecordedMetric)
_VALUES = ("mean", "low", "high")
_RECORD = sa.text(
    """
    INSERT INTO prediction_ledger
        (made_on, channel, date, metric, mean, low, high, run_id, made_at, is_sample)
    SELECT :made_on, promised.*, :run_id, :made_at, :is_sample
    FROM unnest(
        CAST(:channel AS text[]), CAST(:date AS date[]), CAST(:metric AS text[]),
        CAST(:mean AS float8[]), CAST(:low AS float8[]), CAST(:high AS float8[])
    ) AS promised
    """
)
_VALUE = """
    CASE p.metric
        WHEN 'roi' THEN {revenue}::float8 / nullif({cost}, 0)::float8 - 1
        WHEN 'conversion' THEN {conversions}::float8 / nullif({clicks_converted}, 0)::float8
        WHEN 'reach' THEN {impressions}::float8
        WHEN 'ctr' THEN {clicks}::float8 / nullif({impressions_clicked}, 0)::float8
    END
"""
_PROMISE = "p.channel, p.metric, p.week, p.date, p.made_on, p.mean, p.low, p.high"
_ALL_RECORDED = 31
# Days are joined by their primary key, so the query stays fast however wrong the planner's row estimates
# are. The naive forecast repeats the newest same weekday that was known when the forecast was made. The
# grouping sets are: a metric in one lead week, a metric, everything. They use only sums by day, so that Citus
# can compute these on its nodes first (docs/growing.md).
_SCORE_TEMPLATE = """
    WITH promised AS (
        SELECT *, (date - made_on + 6) / 7 AS week FROM prediction_ledger WHERE is_sample = :is_sample
    ), scored AS (
        SELECT {promise}, {came} AS actual
        FROM promised AS p
        JOIN snapshot_days AS came
            ON came.run_id = :run_id AND came.channel = p.channel AND came.date = p.date
        LEFT JOIN unnest(
            CAST(:late_channels AS text[]), CAST(:late_days AS date[]), CAST(:late_over AS boolean[])
        ) AS late (channel, day, is_over) ON late.channel = p.channel AND late.day = p.date
        WHERE late.channel IS NULL OR (late.is_over AND p.metric IN ('reach', 'ctr'))
        {by_promise}
    ), due AS (
        SELECT {promise}, p.actual, {naive} AS naive
        FROM scored AS p
        LEFT JOIN snapshot_days AS naive
            ON naive.run_id = :run_id AND naive.channel = p.channel AND naive.date = p.date - 7 * p.week
        WHERE p.actual IS NOT NULL
        {by_actual}
    ), by_day AS MATERIALIZED (
        SELECT metric, week, date, min(made_on) AS made_from, max(made_on) AS made_to, count(*) AS forecasts,
            count(*) FILTER (WHERE actual BETWEEN low AND high) AS inside,
            sum(abs(actual - mean)) AS error,
            sum(abs(actual - mean)) FILTER (WHERE naive IS NOT NULL) AS compared_error,
            sum(abs(actual - naive)) AS naive_error
        FROM due
        GROUP BY metric, week, date
    )
    SELECT metric, week, min(made_from) AS made_from, max(made_to) AS made_to,
        sum(forecasts)::bigint AS forecasts, count(DISTINCT date) AS days,
        (sum(inside) / sum(forecasts))::float8 AS inside80,
        sum(error) / sum(forecasts)::float8 AS mean_absolute_error,
        sum(compared_error) / nullif(sum(naive_error), 0) AS relative_error
    FROM by_day
    GROUP BY GROUPING SETS ((metric, week), (metric), ())
"""


def _query(*, is_partial: bool) -> sa.TextClause:
    """Return the query of the scores.

    In a partial snapshot, a day has a row for each combination of figures that its campaigns record; these
    are summed, which takes about three times as long.
    """

    def value(day: str) -> str:
        def of(name: str, other: str | None = None) -> str:
            if not is_partial:
                return f"{day}.{name}"
            where = f" FILTER (WHERE {day}.{other} IS NOT NULL)" if other else ""
            return f"(sum({day}.{name}){where})"

        return _VALUE.format(
            revenue=of("revenue", "cost"),
            cost=of("cost", "revenue"),
            conversions=of("conversions", "clicks"),
            clicks_converted=of("clicks", "conversions"),
            impressions=of("impressions"),
            clicks=of("clicks", "impressions"),
            impressions_clicked=of("impressions", "clicks"),
        )

    return sa.text(
        _SCORE_TEMPLATE.format(
            came=value("came"),
            naive=value("naive"),
            promise=_PROMISE,
            by_promise=f"GROUP BY {_PROMISE}" if is_partial else "",
            by_actual=f"GROUP BY {_PROMISE}, p.actual" if is_partial else "",
        )
    )


_SCORE, _SCORE_PARTIAL = _query(is_partial=False), _query(is_partial=True)


def record(
    connection: sa.Connection,
    prediction: Prediction,
    *,
    run_id: int,
    made_at: datetime,
    is_sample: bool,
) -> None:
    """Write the forecasts of `prediction` to the ledger, in place of earlier ones from the same data.

    Also deletes forecasts that are too old, and forecasts made from data that no longer exist: from replaced
    sample data, and from days after the current last day.
    """
    promises = _recorded(prediction)
    oldest = prediction.data_to - timedelta(days=kept_days(len(promises["date"])))
    connection.execute(
        prediction_ledger.delete().where(
            sa.or_(_L.is_sample != is_sample, _L.made_on >= prediction.data_to, _L.date < oldest)
        )
    )
    made = {"made_on": prediction.data_to, "run_id": run_id, "made_at": made_at, "is_sample": is_sample}
    connection.execute(_RECORD, {**promises, **made})


def kept_days(forecasts_per_day: int) -> int:
    """Return for how many days after its day a forecast is kept, at so many forecasts per day of data."""
    affordable = ENOUGH_ROWS // max(forecasts_per_day, 1)
    return max(FEWEST_KEPT_DAYS, min(KEPT_DAYS, affordable))


def score(connection: sa.Connection, snapshot: Snapshot) -> TrackRecord:
    """Return the scores of the recorded forecasts whose days are in the data of `snapshot`."""
    score_query = _SCORE_PARTIAL if _is_partial(connection, snapshot) else _SCORE
    late = unfinished.incomplete(connection, snapshot.run_id)
    rows = connection.execute(
        score_query,
        {
            "run_id": snapshot.run_id,
            "is_sample": snapshot.is_sample,
            "late_channels": [row.channel for row in late],
            "late_days": [row.date for row in late],
            "late_over": [row.state != "not_over" for row in late],
        },
    )
    groups = {(row.metric, row.week): row._mapping for row in rows}
    whole = groups[None, None]
    weeks = range(1, LONGEST_LEAD_DAYS // 7 + 1)
    return TrackRecord(
        snapshot=snapshot,
        made_from=whole["made_from"],
        made_to=whole["made_to"],
        forecasts=whole["forecasts"] or 0,
        days=whole["days"],
        inside80=whole["inside80"],
        scores=tuple(
            _score(metric, week, groups[metric, week])
            for metric in _METRICS
            for week in (None, *weeks)
            if (metric, week) in groups
        ),
    )


def _is_partial(connection: sa.Connection, snapshot: Snapshot) -> bool:
    days = snapshot_days.c
    partial = sa.select(days.channel).where(days.run_id == snapshot.run_id, days.recorded < _ALL_RECORDED)
    return connection.scalar(partial.limit(1)) is not None


def _score(metric: RecordedMetric, week: int | None, found: Mapping[Any, Any]) -> TrackScore:
    return TrackScore(
        metric=metric,
        lead_week=week,
        forecasts=found["forecasts"],
        days=found["days"],
        inside80=found["inside80"],
        mean_absolute_error=found["mean_absolute_error"],
        relative_error=found["relative_error"],
    )


def _recorded(prediction: Prediction) -> dict[str, list[Any]]:
    """Return the columns of the ledger. Values without a forecast, e.g. the ROI of no spend, are left out."""
    days = prediction.daily["date"]
    now = datetime.combine(prediction.data_to, time())
    ahead = prediction.daily[(days > now) & (days <= now + timedelta(days=LONGEST_LEAD_DAYS))]
    rows = [
        (channel, day, metric, *values)
        for metric in _METRICS
        for channel, day, *values in zip(
            ahead["channel"].tolist(),
            _dates(ahead["date"]),
            *(ahead[f"{metric}_{part}"].tolist() for part in ("pred", "low", "high")),
            strict=True,
        )
        if all(map(math.isfinite, values))
    ]
    names = ("channel", "date", "metric", *_VALUES)
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _dates(days: Any) -> list[date]:
    return [day.date() for day in days]
