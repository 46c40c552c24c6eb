"""Schemas of the JSON answers. The OpenAPI document is generated from these classes, so both agree.

Amounts are in the currency of the answer, ratios are fractions, null means "no value".
"""

# pydantic evaluates these annotations at run time, so their imports cannot move under TYPE_CHECKING.

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
    """The age of one dashboard. Before the first run there is no run, no chart and no age."""

    run_id: int | None
    created_at: datetime | None
    rows: int
    chart_sha256: str | None
    age_seconds: float | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A requested run: a new one, or the active one (`joined`)."""

    run_id: int
    state: RunState
    joined: bool
    status_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A requested run that is over. `state` says how it ended, the error why it failed."""

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
    """The sync status. `run_id` and `stage` are those of the active run; null when there is none.

    `worker_restarts` is set while `demetra run` restarts its worker process, and until that process has run
    for half a minute: how often it has ended, and when it is (or was last) started again. `unreachable_since`
    is the time since which the database does not answer; all other fields are then as last known.
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
    """One step of the series, which begins at `date`."""

    date: Day
    totals: Figures


@dataclass(frozen=True, slots=True)
class Channel:
    """The figures of one channel; `roi_low` and `roi_high` are bounds of its mean daily ROI at 80 %."""

    channel: str
    totals: Figures
    previous: Figures | None
    roi_low: float | None
    roi_high: float | None


@dataclass(frozen=True, slots=True)
class OverviewAnswer:
    """Key figures, series and channels of a period, compared with the period of the same length before it."""

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
    """How recorded forecasts compare with the actual values of their days.

    `made_from` and `made_to` are the last days of data known to the first and to the last of them. `backtest`
    contains the scores of the run: the same method applied to the past.
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
    """A signed link, the address of the page with it, and the time until which it is valid."""

    link: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The process answers."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """The database answers, has the right schema, and contains a snapshot."""

    status: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request failed (RFC 9457). `detail` says what to do, in the requested language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    parameter: str | None = None
    value: str | None = None
    allowed: str | None = None
