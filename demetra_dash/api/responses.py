"""The forms of the JSON answers. The API document is made from these classes, so both always agree.

Amounts are in the currency of the answer, ratios are fractions, null means "no value".
"""

# The schemas are made from these annotations at run time, so their imports must stay real ones.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from services.views import Kpi, Run, RunState, Snapshot, Stage, TrackScore, WorkerRestarts

Day = date  # inside `SeriesPoint`, "date" is the field


@dataclass(frozen=True, slots=True)
class Data:
    """The rows of one dashboard."""

    slug: str
    run_id: int
    created_at: datetime
    count: int
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class DashboardState:
    """How fresh one dashboard is. Before the first run there is no run, no chart and no age."""

    run_id: int | None
    created_at: datetime | None
    rows: int
    chart_sha256: str | None
    age_seconds: float | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that was asked for: a new one, or the one that was under way (`joined`)."""

    run_id: int
    state: RunState
    joined: bool
    status_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that was asked for and is over. `state` says how it ended, the error why it failed."""

    run_id: int
    state: RunState
    joined: bool
    status_url: str
    error_code: str | None
    error_text: Mapping[str, str] | None
    run: Run


@dataclass(frozen=True, slots=True)
class Runs:
    """The newest runs, newest first."""

    count: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand. `run_id` and `stage` are of the run under way; null when there is none.

    `worker_restarts` is there while `demetra run` is restarting its worker process, and until that has run
    for half a minute: how often it has ended, and when it is (or was last) started again.
    `unreachable_since` says since when the database does not answer; all else is then as last known.
    """

    state: Literal["idle", "queued", "running"]
    stage: Stage | None
    run_id: int | None
    last_success: Run | None
    last_failure: Run | None
    next_run_at: datetime
    interval_seconds: float
    server_now: datetime
    scheduler: Literal["running", "stopped"]
    workers: int
    snapshot: Snapshot | None
    age_seconds: float | None
    stale: bool
    failing: bool
    failures_in_a_row: int
    has_campaigns: bool
    unreachable_since: datetime | None
    worker_restarts: WorkerRestarts | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over some campaign days, and the ratios of those sums."""

    impressions: int
    clicks: int
    conversions: Decimal
    cost: Decimal
    revenue: Decimal
    roi: float | None
    ctr: float | None
    conversion: float | None
    acquisition_cost: float | None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One step of the series, from `date` on."""

    date: Day
    totals: Figures


@dataclass(frozen=True, slots=True)
class Channel:
    """What one channel brought; the bounds are of its mean daily ROI at 80 %."""

    channel: str
    totals: Figures
    previous: Figures | None
    roi_low: float | None
    roi_high: float | None


@dataclass(frozen=True, slots=True)
class OverviewAnswer:
    """Key figures, series and channels of a period, against the period of the same length before."""

    run_id: int
    created_at: datetime
    is_sample: bool
    currency: str
    days: int | None
    date_from: date
    date_to: date
    previous_from: date | None
    previous_to: date | None
    totals: Figures
    previous: Figures | None
    kpis: tuple[Kpi, ...]
    step_days: int
    series: tuple[SeriesPoint, ...]
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Recommendations:
    """The recommendations of a snapshot, best first, each with its evidence, and their summary."""

    run_id: int
    created_at: datetime
    count: int
    recommendations: tuple[Mapping[str, Any], ...]
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrackRecordAnswer:
    """How forecasts turned out that were kept when they were made, once their days had come.

    `made_from` and `made_to` are the last days of data that the first and the last of them knew.
    `backtest` holds the scores of the run: the same method tried on the past.
    """

    run_id: int
    created_at: datetime
    is_sample: bool
    made_from: date | None
    made_to: date | None
    forecasts: int
    days: int
    inside80: float | None
    scores: tuple[TrackScore, ...]
    backtest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """A signed link, the address of the page with it, and until when it is in force."""

    link: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The process answers."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """The database answers, has the right schema, and holds a snapshot."""

    status: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request failed (RFC 9457). `detail` says what to do, in the language asked for."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    parameter: str | None = None
    value: str | None = None
    allowed: str | None = None
