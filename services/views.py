"""Results of the facade `services.analytics`: frozen values that the page and the API show as they are.

Money is `Decimal`, ratios are fractions (0.05 is 5 %), times carry a zone. `None` means "no value".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, Literal, get_args

from services.periods import Selection
from services.text import LANGS, Lang, Text, number_text, span
from services.worth import Reading, Worth, worth_in

Kind = Literal["text", "date", "count", "money", "percent", "number"]
RunState = Literal["queued", "running", "succeeded", "failed", "interrupted"]
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
Stage = Literal["fetch", "collect", "predict", "plan", "draw", "save"]
STAGES: tuple[Stage, ...] = ("fetch", "collect", "predict", "plan", "draw", "save")
Row = Mapping[str, Any]
ALARMING_FAILURES = 3
SLOW_SECONDS, SLOW_TIMES = 5.0, 3.0  # an active run is told to be slow from the later of the two
UNATTENDED_SECONDS = 30.0  # a worker that starts or restarts is connected by then

FORECAST_FROM_DAYS = 28  # of data: below, a forecast for as many days ahead would be mostly its prior

WAITS = Text(
    en="There are {days} of the {needed} days that a forecast takes: forecasts and a plan of the budget come "
    "with the data of {day}.",
    ru="Пока есть {days} из {needed} дней, нужных для прогноза: прогнозы и план бюджета появятся с данными "
    "за {day}.",
)

# Rows of a table that the page shows and a web process caches. A browser could not render more.
MOST_SHOWN_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name in the database, its title and the format of its values.

    `words` maps the codes of a column, such as "hold", to texts. `reading` says what is shown of its values.
    """

    name: str
    title: Text
    kind: Kind = "text"
    words: Mapping[str, Text] = field(default_factory=dict, hash=False)
    reading: Reading = "as stored"


def forecast_from(first: date, last: date) -> date | None:
    """Return the day with which data from `first` on are enough for a forecast; None if `last` is enough."""
    day = first + timedelta(days=FORECAST_FROM_DAYS - 1)
    return None if last >= day else day


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One succeeded sync run: all queries with its id return the same figures."""

    run_id: int
    created_at: datetime
    data_from: date | None
    data_to: date | None
    is_sample: bool
    scores: Mapping[str, Any] = field(default_factory=dict)
    currency: str | None = None
    """The currency of the amounts; None where the data do not tell it."""

    @property
    def days(self) -> int:
        """The number of calendar days from the first to the last with data."""
        if self.data_from is None or self.data_to is None:
            return 0
        return (self.data_to - self.data_from).days + 1

    @property
    def forecast_from(self) -> date | None:
        """The day with whose data forecasts begin, None if there are enough days already."""
        if self.data_from is None or self.data_to is None:
            return None
        return forecast_from(self.data_from, self.data_to)

    @property
    def waiting(self) -> Text | None:
        """The sentence on a history that is too short for forecasts and a plan; None for a longer one."""
        day = self.forecast_from
        if day is None:
            return None
        when = Text(**{lang: span(day, day, lang) for lang in LANGS})
        return WAITS.format(days=self.days, needed=FORECAST_FROM_DAYS, day=when)

    @property
    def worth(self) -> Worth:
        """What the channels are judged by in this snapshot."""
        return worth_in(self.scores.get("worth"))


@dataclass(frozen=True, slots=True)
class DashboardView:
    """One dashboard of one snapshot: the rows of its table, and the headline of its chart.

    `rows_left_out` is the number of rows beyond the requested limit. `is_forecast`: a history that is too
    short for forecasts has a sentence in place of this dashboard.
    """

    slug: str
    title: Text
    snapshot: Snapshot
    headline: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    chart_sha256: str
    rows_left_out: int = 0
    is_forecast: bool = False

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows with the values that people see, where these are another reading of the stored ones."""
        worth = self.snapshot.worth
        read = [column for column in self.columns if column.reading != "as stored"]
        return (
            tuple(
                {**row, **{one.name: worth.read(row[one.name], one.reading) for one in read}}
                for row in self.rows
            )
            if read
            else self.rows
        )

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class DashboardSize:
    """The number of rows of a dashboard in a snapshot, and the checksum of its chart."""

    rows: int
    chart_sha256: str


@dataclass(frozen=True, slots=True)
class Variant:
    """The language of a chart's words and the theme of its colours."""

    lang: Lang
    theme: Theme = "light"


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
    theme: Theme = "light"

    @property
    def variant(self) -> Variant:
        """The language that the chart is drawn in, and its theme."""
        return Variant("ru" if self.alt == self.headline["ru"] != self.headline["en"] else "en", self.theme)

    @property
    def for_card(self) -> bytes:
        """The PNG that a card shows."""
        return self.png if self.preview is None else self.preview


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some campaign days, and ratios of sums over the rows that record both of their figures.

    A sum is None where none of the rows records the figure. `partly` names the sums that some of the rows do
    not record. `pairs` holds, for two figures, their sums over the rows that record both; without it, the
    sums themselves are used. Pairs with the cost leave out channels without any cost in the data, such as a
    newsletter: what they bring is no return on spend. `unrecorded` names the sums that are 0 or None in all
    of the data: such a 0 is no measurement, so ratios with it are None. `worth` has what channels brought and
    what they cost, over the rows that record both, where they are not judged by revenue alone; ROI is then
    that of these two.
    """

    impressions: int | None = 0
    clicks: int | None = 0
    conversions: Decimal | None = Decimal(0)
    cost: Decimal | None = Decimal(0)
    revenue: Decimal | None = Decimal(0)
    unrecorded: frozenset[str] = frozenset()
    partly: frozenset[str] = frozenset()
    pairs: Mapping[tuple[str, str], tuple[Decimal | None, Decimal | None]] = field(
        default_factory=dict, hash=False
    )
    worth: tuple[Decimal | None, Decimal | None] | None = None

    @property
    def roi(self) -> float | None:
        """(revenue - cost) / cost; of gross margin or conversion value where channels are judged by them."""
        revenue, cost = self._pair("revenue", "cost")
        return None if revenue is None or not cost or cost < 0 else float((revenue - cost) / cost)

    @property
    def ctr(self) -> float | None:
        """Clicks per impression."""
        return self._ratio("clicks", "impressions")

    @property
    def conversion(self) -> float | None:
        """Conversions per click."""
        return self._ratio("conversions", "clicks")

    @property
    def acquisition_cost(self) -> float | None:
        """Cost per conversion."""
        return self._ratio("cost", "conversions")

    def pair(self, above: str, below: str) -> tuple[float, float]:
        """Return the two sums of a ratio as numbers, 0 for one that is not recorded."""
        top, bottom = self._pair(above, below)
        return float(top or 0), float(bottom or 0)

    def _ratio(self, above: str, below: str) -> float | None:
        top, bottom = self._pair(above, below)
        if top is None or not bottom or bottom < 0 or (above == "cost" and top < 0):
            return None  # credits above the cost of the period say nothing of what one costs
        return float(top / bottom)

    def _pair(self, above: str, below: str) -> tuple[Any, Any]:
        if self.worth is not None and (above, below) == ("revenue", "cost"):
            return self.worth
        if {above, below} & self.unrecorded:
            return None, None
        return self.pairs.get((above, below), (getattr(self, above), getattr(self, below)))


KpiName = Literal["spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr"]


KPI_TITLES: Mapping[KpiName, Text] = {
    "spend": Text(en="Spend", ru="Расход"),
    "revenue": Text(en="Revenue", ru="Выручка"),
    "roi": Text(en="ROI", ru="ROI"),
    "conversions": Text(en="Conversions", ru="Конверсии"),
    "acquisition_cost": Text(en="Acquisition cost", ru="Стоимость привлечения"),
    "ctr": Text(en="CTR", ru="CTR"),
}
KPI_KINDS: Mapping[KpiName, Kind] = {
    "spend": "money",
    "revenue": "money",
    "roi": "percent",
    "conversions": "count",
    "acquisition_cost": "money",
    "ctr": "percent",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A key figure over complete days, in both periods, and the change that chance alone explains."""

    value: float | None = None
    previous: float | None = None
    noise: float | None = None


@dataclass(frozen=True, slots=True)
class Kpi:
    """A key figure of the period, of the period before (None: unknown), and per step of the trend.

    `noise` is the largest change against `previous` that chance alone explains, None where it is unknown
    (too few days, no comparison). `lacks` names the sums that the figure needs and the data do not have.
    `compared` has the values to compare where the newest days of the period are unfinished: those of the days
    up to `Overview.settled_to`, and of as many days of the period before.
    """

    name: KpiName
    value: float | None
    previous: float | None
    series: tuple[float | None, ...]
    noise: float | None = None
    lacks: tuple[str, ...] = ()
    compared: Compared | None = None

    @property
    def settled(self) -> Kpi:
        """The figure with the values to compare: those of the complete days, where some are not."""
        of = self.compared
        return self if of is None else replace(self, value=of.value, previous=of.previous, noise=of.noise)

    @property
    def is_within_chance(self) -> bool:
        """Whether chance alone makes changes as large as this one; spend is decided, and never by chance.

        A change of an unknown noise counts as chance: there are too few days to call it real.
        """
        if self.name == "spend" or self.value is None or self.previous is None:
            return False
        return self.noise is None or abs(self.value - self.previous) <= self.noise


@dataclass(frozen=True, slots=True)
class ChannelPerformance:
    """The totals of one channel in the period and in the period before; `position` fixes its colour.

    `roi_low` and `roi_high` are the 80 % interval of the mean daily ROI; None with too few days.
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


UnfinishedState = Literal["coming_in", "not_learned", "not_over"]


@dataclass(frozen=True, slots=True)
class UnfinishedDay:
    """A newest day whose conversions and revenue are not complete.

    `share` is the part of them that has come in; None where it is not learned yet, or the day is not over.
    `is_left_out`: forecasts, plan and recommendations do without the day's conversions and revenue.
    """

    date: date
    state: UnfinishedState
    share: float | None
    is_left_out: bool


AdditiveFigure = Literal["spend", "revenue", "conversions", "clicks", "impressions"]
BreakdownFigure = Literal[AdditiveFigure, "roi", "ctr", "conversion", "acquisition_cost"]
ADDITIVE_FIGURES: tuple[AdditiveFigure, ...] = get_args(AdditiveFigure)
BREAKDOWN_FIGURES: tuple[BreakdownFigure, ...] = get_args(BreakdownFigure)


@dataclass(frozen=True, slots=True)
class Dimension:
    """What the figures of a snapshot can be divided by: "channel", "campaign" or the name of an attribute.

    `values` is the number of its values in all days. `has_more`: on some days a channel had more values than
    are kept apart.
    """

    name: str
    values: int
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class BreakdownQuestion:
    """By what the figures of a period are divided, and which rows of the answer are wanted.

    `by` is the name of a `Dimension`. `campaign` and `value`, that of the attribute `dimension`, are the only
    ones that count. The rows are in descending order of the figure `sort`, or of its change; `limit` of them
    from `offset` on, of those whose names contain `search`.
    """

    by: str
    selection: Selection = Selection()
    campaign: str | None = None
    dimension: str | None = None
    value: str | None = None
    sort: BreakdownFigure = "spend"
    by_change: bool = False
    ascending: bool = False
    search: str | None = None
    offset: int = 0
    limit: int = 200
    has_trends: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a figure against the period before, and its share of the change of all rows together."""

    change: Decimal | float | int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """The totals of a campaign, a channel or a value in the period and in the one that it is compared with.

    `key` is what a filter takes, `name` the newest name. `channel` is None for the values of an attribute.
    Rows that sum up others have neither; `parts` is their number. `changes` is empty without a comparison.
    `trend` has the figure of the order for each step of the period.
    """

    key: str | None
    name: str | None
    channel: str | None
    parts: int
    totals: Totals
    previous: Totals | None
    changes: Mapping[str, Change] = field(default_factory=dict, hash=False)
    trend: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The figures of a period, divided. `rows`, `others`, `unnamed` and `together` add up to `total`.

    `others` are the rows that are not on this page, `unnamed` the campaign rows without a name or value,
    `together` those of days on which a channel had too many values to be kept apart; None where there are
    none. `count` is the number of rows that can be listed. `steps` are the first days of the steps of trends.
    """

    snapshot: Snapshot
    question: BreakdownQuestion
    date_from: date
    date_to: date
    previous_from: date | None
    previous_to: date | None
    step_days: int
    steps: tuple[date, ...]
    count: int
    total: BreakdownRow
    rows: tuple[BreakdownRow, ...]
    others: BreakdownRow | None = None
    unnamed: BreakdownRow | None = None
    together: BreakdownRow | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """All figures of the Overview tab except the recommendations, of the account or of one channel.

    The days compared with are from `previous_from` to `previous_to`, None without a comparison;
    `trend_before` has their steps. `all_channels` names the channels of the whole snapshot.
    `incomplete` names, for each sum and ratio, the channels of which some rows of the period do not record
    it; these rows are left out of it. `free` names the channels of the period without any cost in the data:
    ROI and acquisition cost of the account leave them out. `grain` names the channels whose rows are of whole
    weeks or months, which were spread over their days.
    `unfinished` are the days of the period that are still coming in, and
    `settled_to` is the last day before those that are not compared; None without such days.
    """

    snapshot: Snapshot
    selection: Selection
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
    incomplete: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    free: tuple[str, ...] = ()
    grain: Mapping[str, str] = field(default_factory=dict, hash=False)
    unfinished: tuple[UnfinishedDay, ...] = ()
    settled_to: date | None = None
    trend_before: tuple[TrendPoint, ...] = ()
    all_channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelDays:
    """The days with rows of one channel of a snapshot; `newest` is the newest day of the whole account."""

    snapshot: Snapshot
    channel: str
    days: frozenset[date]
    newest: date

    @property
    def first(self) -> date:
        """The first day."""
        return min(self.days)

    @property
    def last(self) -> date:
        """The last day."""
        return max(self.days)

    @property
    def late_days(self) -> int:
        """How many days the channel ends before the account."""
        return (self.newest - self.last).days

    def missing(self, first: date, last: date) -> tuple[date, ...]:
        """Return the days of a period without rows, between the first and the last day of the channel."""
        begin, end = max(first, self.first), min(last, self.last)
        between = (begin + timedelta(days=n) for n in range((end - begin).days + 1))
        return tuple(day for day in between if day not in self.days)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation with its evidence. `item` is the full record as the API returns it."""

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
    """All recommendations of a snapshot, best first, and the summary behind them (JSON values)."""

    snapshot: Snapshot
    summary: Mapping[str, Any]
    items: tuple[Recommendation, ...]

    @property
    def count(self) -> int:
        """The number of recommendations."""
        return len(self.items)

    @property
    def records(self) -> tuple[Mapping[str, Any], ...]:
        """The full record of each recommendation."""
        return tuple(recommendation.item for recommendation in self.items)


RecordedMetric = Literal["roi", "conversion", "reach", "ctr"]


@dataclass(frozen=True, slots=True)
class TrackScore:
    """Scores of the recorded forecasts of one metric that were made `lead_week` weeks ahead.

    Week 1 is the 7 days after the last day of data; None is all weeks. `days` counts calendar days.
    `inside80` is the share of actual values inside the 80 % interval. `relative_error` is the absolute error
    divided by that of "the same as last week"; None where that is unknown.
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
    """Scores of recorded forecasts whose days are in the data of `snapshot`.

    `made_from` and `made_to` are the last days of data that were known to the first and the last of these
    forecasts.
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

    `redraw`: the request was to draw all charts even without new data. `no_new_data`: nothing had changed, so
    the snapshot before stays current and is as fresh as this run. `requested_by`: the user who requested the
    run. The API returns this name to signed-in users and to clients on this machine,
    and null to holders of a link and to anonymous visitors.

    `fetched` says what its stage `fetch` brought so far, None without that stage: numbers of `sources` (and
    of those that are `done`), `files` imported and `refused`, `rows_new` and `rows_corrected`; `failed` lists
    the sources that could not be read, `is_partial` says that the next run fetches more.
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
    fetched: Mapping[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        """True when the run has reached a final state."""
        return self.state in {"succeeded", "failed", "interrupted"}

    @property
    def has_drawn(self) -> bool:
        """True when the run has published a snapshot of its own."""
        return self.state == "succeeded" and not self.no_new_data


@dataclass(frozen=True, slots=True)
class Pin:
    """A run that is kept under a name. `created_at` is the time of its figures, `size` bytes of its archive.

    `pinned_by` is shown to the same clients as `Run.requested_by`.
    """

    id: int
    name: str
    run_id: int
    created_at: datetime
    data_from: date | None
    data_to: date | None
    pinned_at: datetime
    pinned_by: str | None
    size: int


@dataclass(frozen=True, slots=True)
class HistoryRun:
    """A run with what the history shows of it.

    `seconds`: from its request to its end; None while it is not over. `imports`, `rows_new` and
    `rows_corrected` are those of the imports since the snapshot before; None for a run without a snapshot and
    where there is none before. `is_kept`: it can be opened. `pin`: its name, if it is pinned.
    """

    run: Run
    imports: int | None = None
    rows_new: int | None = None
    rows_corrected: int | None = None
    is_kept: bool = False
    pin_id: int | None = None
    pin: str | None = None

    @property
    def seconds(self) -> float | None:
        """The seconds from the request to the end."""
        end = self.run.finished_at
        return None if end is None else (end - self.run.requested_at).total_seconds()


_NEWS = Text(
    en="{files}, {rows_new} new rows, {rows_corrected} corrected",
    ru="файлов: {files}, новых строк: {rows_new}, исправлено: {rows_corrected}",
)
_NO_NEWS = Text(en="no new files", ru="новых файлов нет")
_REFUSED = Text(en="{news}; not usable: {refused}", ru="{news}; не подошло: {refused}")
_MORE = Text(en="{news}, more follows", ru="{news}, загрузка продолжится")
_UNREAD = Text(en="{news}; not read: {names}", ru="{news}; не прочитаны: {names}")


def news_of(run: Run) -> Text | None:
    """Return what a run has fetched as a part of a sentence; None if there is nothing to say."""
    return None if run.fetched is None else news_of_fetch(run.fetched)


def news_of_fetch(fetched: Mapping[str, Any]) -> Text | None:
    """Return what a fetch has brought as a part of a sentence; None if there is nothing to say."""
    is_partial = fetched.get("is_partial", False)
    if not (fetched["files"] or fetched["refused"] or fetched["failed"] or is_partial):
        return None
    news = _NEWS.format(
        files=counted_files(fetched["files"]),
        rows_new=number_text(fetched["rows_new"]),
        rows_corrected=number_text(fetched["rows_corrected"]),
    )
    news = news if fetched["files"] else _NO_NEWS
    news = _MORE.format(news=news) if is_partial else news
    if fetched["refused"]:
        news = _REFUSED.format(news=news, refused=number_text(fetched["refused"]))
    if fetched["failed"]:
        news = _UNREAD.format(news=news, names=", ".join(fetched["failed"]))
    return news


def counted_files(count: int) -> Text:
    """Return a number of files: “1 file”, “3 files”; in Russian the number alone."""
    written = number_text(count)
    return Text(en=f"{written.en} file" if count == 1 else f"{written.en} files", ru=written.ru)


@dataclass(frozen=True, slots=True)
class EnqueuedRun:
    """The answer to "sync now": a new run, or the queued or running run that the request joined."""

    run: Run
    joined: bool


@dataclass(frozen=True, slots=True)
class WorkerRestarts:
    """The restarts of a worker process by `demetra run`.

    `ended` counts consecutive ends within half a minute of the start. `back_at` is the time of the next
    restart, or of the last one.
    """

    ended: int
    back_at: datetime


SourceState = Literal["never", "ok", "loading", "late", "refused", "failing"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file of a source that could not be imported, and why."""

    file: str
    code: str
    reason: Text
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class SourceView:
    """What is known of one declared source.

    `state`: not read yet (`never`), the last fetch failed (`failing`), its newest file was refused
    (`refused`), the last fetch left files for the next one (`loading`), its data are older than it allows
    (`late`), or none of these (`ok`). `reason` says why in the states `failing` and `refused`. `place` is
    where its data come from, without credentials.

    `tried_at` is the last fetch, `succeeded_at` the last one that could read the source, `changed_at` the
    last one that imported a file; `files`, `rows_new` and `rows_corrected` are of that one. No run fetches
    the source before `next_at`, the end of a pause after a failure or of the interval `every`; None: the
    next run does. With `has_more`, a run begins then.
    `is_wanted`: a user has asked for a fetch, which the next run does. `data_from` and `data_to` are the
    first and newest day of its imports that are not undone, `imports` their number. `refusals` are the
    newest of the `refused` files that are not imported. `late_by`: how much older the data are than
    `max_age`, None while more is loaded.
    `is_beta`: its type is not yet confirmed with a live account of the platform.
    """

    name: str
    type: str
    state: SourceState
    account: str
    channel: str | None = None
    place: str | None = None
    is_beta: bool = False
    is_wanted: bool = False
    tried_at: datetime | None = None
    succeeded_at: datetime | None = None
    changed_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error_code: str | None = None
    reason: Text | None = None
    next_at: datetime | None = None
    every: timedelta = timedelta(0)
    has_more: bool = False
    data_from: date | None = None
    data_to: date | None = None
    imports: int = 0
    files: int = 0
    rows_new: int = 0
    rows_corrected: int = 0
    refused: int = 0
    refusals: tuple[Refusal, ...] = ()
    max_age: timedelta | None = None
    late_by: timedelta | None = None

    @property
    def is_late(self) -> bool:
        """True when the data are older than `max_age`."""
        return self.late_by is not None

    @property
    def late_days(self) -> int:
        """The days by which the data are older than `max_age`, each begun one counted; 0 if they are not."""
        return 0 if self.late_by is None else ceil(self.late_by / timedelta(days=1))

    @property
    def is_stuck(self) -> bool:
        """True when so many fetches have failed in a row that the next one is not expected to succeed."""
        return self.failures >= ALARMING_FAILURES


@dataclass(frozen=True, slots=True)
class Sources:
    """The declared sources in the order of their file, at the time `now` of the database's clock.

    `file_problem`: what is wrong with `sources.toml`, so that its last usable content is in force; None
    where the file is in force as it is.
    """

    items: tuple[SourceView, ...]
    now: datetime
    file_problem: Text | None = None

    @property
    def data_to(self) -> date | None:
        """The newest day of all sources."""
        return max((one.data_to for one in self.items if one.data_to is not None), default=None)


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """The status of syncing: the active run, the last success and failure, and the time of the next run."""

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
    unreachable_since: datetime | None = None  # since then the database is down and this status is cached
    unattended_since: datetime | None = None  # since then this process has seen no connected worker
    worker_restarts: WorkerRestarts | None = None
    sources: tuple[SourceView, ...] = ()

    @property
    def has_sources(self) -> bool:
        """True when runs fetch sources, so that a run can bring campaigns."""
        return bool(self.sources)

    @property
    def is_restarting(self) -> bool:
        """True while `demetra run` is restarting its worker process and no other worker is connected."""
        restarts = self.worker_restarts
        return restarts is not None and (not self.workers or restarts.back_at > self.server_now)

    @property
    def is_unattended(self) -> bool:
        """True when no worker has been connected for longer than a worker takes to start."""
        since = self.unattended_since
        return since is not None and (self.server_now - since).total_seconds() >= UNATTENDED_SECONDS

    @property
    def active_seconds(self) -> float | None:
        """Seconds since the active run was requested; None without one."""
        if self.active is None:
            return None
        return max(0.0, (self.server_now - self.active.requested_at).total_seconds())

    @property
    def usual_seconds(self) -> float | None:
        """Seconds from request to end of the last run that published; None where that is not known."""
        last = self.last_success
        if last is None or last.finished_at is None or not last.has_drawn:
            return None
        return (last.finished_at - last.requested_at).total_seconds()

    @property
    def is_slow(self) -> bool:
        """True when the active run takes much longer than the last one did."""
        usual = self.usual_seconds
        if self.active_seconds is None or usual is None:
            return False
        return self.active_seconds >= max(SLOW_SECONDS, SLOW_TIMES * usual)

    @property
    def state(self) -> Literal["idle", "queued", "running"]:
        """Whether a run is queued, running or neither."""
        if self.active is None:
            return "idle"
        return "running" if self.active.state == "running" else "queued"

    @property
    def stage(self) -> Stage | None:
        """The stage of the active run."""
        return None if self.active is None else self.active.stage

    @property
    def run_id(self) -> int | None:
        """The active run."""
        return None if self.active is None else self.active.run_id

    @property
    def scheduler(self) -> Literal["running", "stopped"]:
        """Whether a worker process is connected."""
        return "running" if self.workers else "stopped"

    @property
    def is_failing(self) -> bool:
        """True when the newest finished run failed, so the page shows older figures."""
        if self.last_failure is None:
            return False
        return self.last_success is None or self.last_failure.run_id > self.last_success.run_id

    @property
    def is_alarming(self) -> bool:
        """True when so many runs have failed in a row that an operator must act."""
        return self.failures_in_a_row >= ALARMING_FAILURES

    @property
    def checked_at(self) -> datetime | None:
        """The time when a run published the snapshot or last found no new data."""
        if self.snapshot is None:
            return None
        last = self.last_success
        is_check = last is not None and last.no_new_data and last.run_id > self.snapshot.run_id
        return last.finished_at if last is not None and is_check else self.snapshot.created_at

    @property
    def age_seconds(self) -> float | None:
        """Seconds since `checked_at`; never negative."""
        if self.checked_at is None:
            return None
        return max(0.0, (self.server_now - self.checked_at).total_seconds())

    @property
    def is_stale(self) -> bool:
        """True when the figures are older than 1.5 intervals (a run is missing), or the database is down."""
        age = self.age_seconds
        is_old = age is None or age > 1.5 * self.interval_seconds
        return is_old or self.unreachable_since is not None


Measure = Literal["spend", "revenue", "conversions"]
TARGET_MEASURES: tuple[Measure, ...] = get_args(Measure)
PaceState = Literal["running", "settling", "final", "future", "untold"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a month is meant to bring or to cost: a budget (spend) or a goal (revenue, conversions).

    `month` is its first day; `channel` is "" for the whole account.
    """

    month: date
    channel: str
    measure: Measure
    amount: Decimal
    set_at: datetime | None = None
    set_by: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How a month paces towards its target, as far as the data of a snapshot tell.

    `so_far` is the recorded sum; `expected`, and the range from `low` to `high` that holds with 80 %, are of
    the whole month. `above` is the probability that the month ends above the target: over budget for spend,
    goal reached for the other measures. `runs_out_on` is the day on which the budget is used up, None if it
    lasts. `per_day` is what each of the `days_left` days may cost, or must bring, to meet the target;
    `per_day_expected` is what is expected of them. `note` says what cannot be told, and why.
    """

    channel: str
    measure: Measure
    state: PaceState
    so_far: float | None
    target: float | None = None
    days_left: int = 0
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    runs_out_on: date | None = None
    per_day: float | None = None
    per_day_expected: float | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Pacing:
    """The pace of a month: of the whole account first, each measure, and then of channels with targets.

    `month_from` and `month_to` are its first and last day.
    """

    snapshot: Snapshot
    month_from: date
    month_to: date
    paces: tuple[Pace, ...]
