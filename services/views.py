"""What the front door answers: plain values, ready to be drawn or sent, with nothing left to compute.

Money is `Decimal`, ratios are fractions (0.05 is 5 %), times carry a zone. `None` means "no value".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from services.text import Text

Kind = Literal["text", "date", "count", "money", "percent", "number"]
RunState = Literal["queued", "running", "succeeded", "failed", "interrupted"]
Stage = Literal["collect", "predict", "plan", "draw", "save"]
STAGES: tuple[Stage, ...] = ("collect", "predict", "plan", "draw", "save")
Row = Mapping[str, Any]
ALARMING_FAILURES = 3
UNATTENDED_SECONDS = 30.0  # a worker that starts, or is replaced, is there by then

# Of a table: what the page shows and a web process remembers. A browser could not hold more.
MOST_SHOWN_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name in the database, its title and how its values are written.

    `words` says what to call the values of a column that holds codes, such as "hold".
    """

    name: str
    title: Text
    kind: Kind = "text"
    words: Mapping[str, Text] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One succeeded sync run: every reader of its id reads the same figures."""

    run_id: int
    created_at: datetime
    data_from: date | None
    data_to: date | None
    is_sample: bool
    scores: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DashboardView:
    """One dashboard of one snapshot: the rows of its table, and the sentence its chart states.

    `rows_left_out` is how many more rows the table has than were asked for.
    """

    slug: str
    title: Text
    snapshot: Snapshot
    headline: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    chart_sha256: str
    chart_width: int
    chart_height: int
    rows_left_out: int = 0


@dataclass(frozen=True, slots=True)
class DashboardSize:
    """How many rows a dashboard of a snapshot has, and the checksum of its chart."""

    rows: int
    chart_sha256: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished picture. `headline` says in one sentence what it shows, `alt` the same in its own language.

    `preview` is the same picture in the size of a card; None where it is no larger itself.
    """

    slug: str
    run_id: int
    png: bytes
    sha256: str
    width: int
    height: int
    alt: str
    headline: Text
    preview: bytes | None = None

    @property
    def for_card(self) -> bytes:
        """The PNG that a card shows."""
        return self.png if self.preview is None else self.preview


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some campaign days, and the ratios of those sums.

    `unrecorded` names the sums of which nothing at all is in the data: their 0 is no measurement, so
    ratios with them are unknown.
    """

    impressions: int = 0
    clicks: int = 0
    conversions: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)
    unrecorded: frozenset[str] = frozenset()

    @property
    def roi(self) -> float | None:
        """(revenue - cost) / cost."""
        return None if "revenue" in self.unrecorded else _ratio(self.revenue - self.cost, self.cost)

    @property
    def ctr(self) -> float | None:
        """Clicks per impression."""
        return None if "clicks" in self.unrecorded else _ratio(self.clicks, self.impressions)

    @property
    def conversion(self) -> float | None:
        """Conversions per click."""
        return None if "conversions" in self.unrecorded else _ratio(self.conversions, self.clicks)

    @property
    def acquisition_cost(self) -> float | None:
        """Cost per conversion."""
        return _ratio(self.cost, self.conversions)


KpiName = Literal["spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr"]


@dataclass(frozen=True, slots=True)
class Kpi:
    """A key figure of the period, of the period before it (None: unknown), and its course over time."""

    name: KpiName
    value: float | None
    previous: float | None
    series: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ChannelPerformance:
    """What one channel brought in the period, and in the one before; `position` fixes its colour.

    `roi_low` and `roi_high` bound the mean daily ROI at 80 %; None where the days are too few.
    """

    channel: str
    position: int
    totals: Totals
    previous: Totals | None
    roi_low: float | None
    roi_high: float | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The sums of one step of the trend: a day, or a week (starting on `date`) in long periods."""

    date: date
    totals: Totals


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the Overview but the recommendations. `days` is None for all data."""

    snapshot: Snapshot
    days: int | None
    date_from: date
    date_to: date
    previous_from: date | None
    previous_to: date | None
    totals: Totals
    previous: Totals | None
    kpis: tuple[Kpi, ...]
    trend_step_days: int
    trend: tuple[TrendPoint, ...]
    channels: tuple[ChannelPerformance, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation with its evidence. `item` is the full record as the API gives it."""

    rank: int
    rule_id: str
    channel: str | None
    severity: str
    sentence: Text
    evidence: Text
    caveat: Text
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Advice:
    """All recommendations of a snapshot, best first, and the summary they rest on (JSON values)."""

    snapshot: Snapshot
    summary: Mapping[str, Any]
    items: tuple[Recommendation, ...]


RecordedMetric = Literal["roi", "conversion", "reach", "ctr"]


@dataclass(frozen=True, slots=True)
class TrackScore:
    """How the forecasts of one metric turned out that were made `lead_week` weeks ahead.

    Week 1 is the 7 days after the last day of data; None is all weeks. `days` counts calendar days,
    `inside80` is the part inside the 80 % band, `relative_error` is the absolute error as a part of
    that of "the same as last week"; None where there is nothing to compare with.
    """

    metric: RecordedMetric
    lead_week: int | None
    forecasts: int
    days: int
    inside80: float
    mean_absolute_error: float
    relative_error: float | None


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How forecasts that were kept turned out, as far as their days are in the data of `snapshot`.

    `made_from` and `made_to` are the last days of data that the first and the last of them knew.
    """

    snapshot: Snapshot
    made_from: date | None
    made_to: date | None
    forecasts: int
    days: int
    inside80: float | None
    scores: tuple[TrackScore, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the run history.

    `redraw`: it was asked to draw everything even when nothing has changed. `no_new_data`: nothing
    had changed, so the snapshot before it stays and is as fresh as this run. `requested_by`: who asked for
    it; the API tells it to those who are signed in and to this machine, and null to holders of a link and
    to anonymous visitors.
    """

    run_id: int
    trigger: str
    slot: datetime | None
    state: RunState
    stage: Stage | None
    requested_at: datetime
    requested_by: str | None
    started_at: datetime | None
    finished_at: datetime | None
    rows_read: int | None
    data_from: date | None
    data_to: date | None
    model_version: str | None
    scores: Mapping[str, Any] | None
    stage_seconds: Mapping[str, float] | None
    error_code: str | None
    error_text: Mapping[str, str] | None
    redraw: bool = False
    no_new_data: bool = False

    @property
    def is_over(self) -> bool:
        """True once nothing more will happen to the run."""
        return self.state in {"succeeded", "failed", "interrupted"}

    @property
    def has_drawn(self) -> bool:
        """True once the run has left a snapshot of its own."""
        return self.state == "succeeded" and not self.no_new_data


@dataclass(frozen=True, slots=True)
class EnqueuedRun:
    """The answer to "sync now": a new run, or the one that was under way already."""

    run: Run
    joined: bool


@dataclass(frozen=True, slots=True)
class WorkerRestarts:
    """The restarts of a worker process by `demetra run`.

    `ended` is how often it has ended without having run for half a minute, `back_at` when it is, or was last,
    started again.
    """

    ended: int
    back_at: datetime


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How things stand: what is running, what the last runs gave, when the next one comes."""

    active: Run | None
    snapshot: Snapshot | None
    last_success: Run | None
    last_failure: Run | None
    has_campaigns: bool
    next_run_at: datetime
    interval_seconds: float
    server_now: datetime
    workers: int
    failures_in_a_row: int = 0
    unreachable_since: datetime | None = None  # the database, so that all this is from memory
    unattended_since: datetime | None = None  # by any worker, as far as this process has seen
    worker_restarts: WorkerRestarts | None = None

    @property
    def is_restarting(self) -> bool:
        """True while `demetra run` is restarting its worker and no other one is connected."""
        restarts = self.worker_restarts
        return restarts is not None and (not self.workers or restarts.back_at > self.server_now)

    @property
    def is_unattended(self) -> bool:
        """True when there has been no worker for so long that none is just starting."""
        since = self.unattended_since
        return since is not None and (self.server_now - since).total_seconds() >= UNATTENDED_SECONDS

    @property
    def state(self) -> Literal["idle", "queued", "running"]:
        """What is going on right now."""
        if self.active is None:
            return "idle"
        return "running" if self.active.state == "running" else "queued"

    @property
    def is_failing(self) -> bool:
        """True when the newest finished run failed, so that older figures are on screen."""
        if self.last_failure is None:
            return False
        return self.last_success is None or self.last_failure.run_id > self.last_success.run_id

    @property
    def is_alarming(self) -> bool:
        """True when so many runs have failed in a row that it will not pass by itself."""
        return self.failures_in_a_row >= ALARMING_FAILURES

    @property
    def checked_at(self) -> datetime | None:
        """When a run last found that the snapshot still holds, or published it."""
        if self.snapshot is None:
            return None
        last = self.last_success
        is_check = last is not None and last.no_new_data and last.run_id > self.snapshot.run_id
        return last.finished_at if last is not None and is_check else self.snapshot.created_at

    @property
    def age_seconds(self) -> float | None:
        """How long ago the figures were published, or found to hold still; never negative."""
        if self.checked_at is None:
            return None
        return max(0.0, (self.server_now - self.checked_at).total_seconds())

    @property
    def is_stale(self) -> bool:
        """True when the figures are older than one interval and a half: a run was missed, or may be."""
        age = self.age_seconds
        is_old = age is None or age > 1.5 * self.interval_seconds
        return is_old or self.unreachable_since is not None


def _ratio(above: Decimal | int, below: Decimal | int) -> float | None:
    return float(above / below) if below else None
