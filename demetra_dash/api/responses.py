"""The JSON answers: the views of `services.views`, each with the fields that the API shows of it.

`FORMS` says for a view which of its attributes the JSON has, under which names. A view without a form is
shown with all of its fields. The OpenAPI document is generated from the same declarations, so both agree.

Amounts are in the currency of the answer, ratios are fractions, null means "no value".
"""

# pydantic evaluates these annotations at run time, so their imports cannot move under TYPE_CHECKING.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Literal

from services.intake.history import Import
from services.planner.plans import Plan
from services.snapshots.causes import Cause
from services.snapshots.comparing import Moved
from services.text import Text
from services.views import (
    Advice,
    Breakdown,
    BreakdownRow,
    ChannelPerformance,
    DashboardView,
    Dimension,
    HistoryRun,
    Overview,
    Pin,
    Run,
    RunState,
    SourceState,
    SyncStatus,
    Totals,
    TrackRecord,
    TrendPoint,
    UnfinishedDay,
)
from services.worth import Worth


@dataclass(frozen=True, slots=True)
class Form:
    """The JSON object of a view: its name in the OpenAPI document, and an attribute's path for each field."""

    name: str
    description: str
    paths: Mapping[str, str]


def form(name: str, description: str, *given: str) -> Form:
    """Return a form with the given fields: each is the name of an attribute, or "name=path.of.attribute"."""
    parts = [field.partition("=") for line in given for field in line.split()]
    return Form(name, description, {field: path or field for field, _, path in parts})


@dataclass(frozen=True, slots=True)
class PricedOverview:
    """An overview, and the currency of its amounts."""

    view: Overview
    currency: str


@dataclass(frozen=True, slots=True)
class PricedBreakdown:
    """A breakdown, and the currency of its amounts."""

    view: Breakdown
    currency: str


@dataclass(frozen=True, slots=True)
class ImportAnswer:
    """An import, and its report in the language of the request where that is asked for."""

    of: Import
    report: Mapping[str, Any] | None = None


_OF_SNAPSHOT = "run_id=snapshot.run_id created_at=snapshot.created_at"

FORMS: dict[type, Form] = {
    DashboardView: form(
        "Data",
        "The rows of one dashboard.",
        f"slug {_OF_SNAPSHOT} worth=snapshot.worth count rows",
    ),
    SyncStatus: form(
        "Status",
        """The sync status. `run_id` and `stage` are those of the active run; null when there is none.

`worker_restarts` is set while `demetra run` restarts its worker process, and until that process has run
for half a minute: how often it has ended, and when it is (or was last) started again. `unreachable_since`
is the time since which the database does not answer; all other fields are then as last known.""",
        "state stage run_id last_success last_failure next_run_at interval_seconds server_now scheduler",
        "workers snapshot age_seconds stale=is_stale failing=is_failing failures_in_a_row has_campaigns",
        "has_sources unreachable_since worker_restarts",
    ),
    Totals: form(
        "Figures",
        "Sums over some campaign days, null where no row records the figure. Each ratio is that of the sums"
        " over the rows that record both of its figures.",
        "impressions clicks conversions cost revenue roi ctr conversion acquisition_cost",
    ),
    TrendPoint: form(
        "SeriesPoint",
        "One step of the series, which begins at `date`.",
        "date totals",
    ),
    UnfinishedDay: form(
        "UnfinishedDay",
        "A newest day whose conversions and revenue are not complete. `state`: coming_in (`share` of them has"
        " come), not_learned (it is not known yet how late they are reported) or not_over. `left_out`:"
        " forecasts, budget plan and recommendations do without them.",
        "date state share left_out=is_left_out",
    ),
    ChannelPerformance: form(
        "Channel",
        "The figures of one channel; `roi_low` and `roi_high` are bounds of its mean daily ROI at 80 %.",
        "channel totals previous roi_low roi_high",
    ),
    PricedOverview: form(
        "OverviewAnswer",
        "Key figures, series and channels of a period, of the account or of one `channel`. `previous` and"
        " `series_previous` are of the days that it is compared with, null and empty without a comparison;"
        " `compare` is what was asked for. `incomplete` names, for each sum and ratio that some rows of the"
        " period do not record,"
        " the channels of these rows, which are left out of it. `free` names the channels without any cost"
        " in the data: ROI and acquisition cost of the account leave them out; `grain` those whose rows are"
        " of whole weeks or months. The `noise` of a key figure"
        " is the largest change that chance alone explains; `lacks` names the sums that it needs and the"
        " data do not have. `unfinished` lists the newest days whose conversions and revenue are still"
        " coming in, with the `share` of them that has come; then the `compared` values of a key figure are"
        " of the days up to `settled_to`, and of as many days of the period before.",
        "run_id=view.snapshot.run_id created_at=view.snapshot.created_at is_sample=view.snapshot.is_sample",
        "currency worth=view.snapshot.worth days=view.selection.days date_from=view.date_from",
        "date_to=view.date_to",
        "previous_from=view.previous_from previous_to=view.previous_to totals=view.totals",
        "previous=view.previous kpis=view.kpis step_days=view.trend_step_days series=view.trend",
        "channels=view.channels incomplete=view.incomplete free=view.free grain=view.grain",
        "unfinished=view.unfinished settled_to=view.settled_to period=view.selection.period_text",
        "compare=view.selection.comparison_text channel=view.selection.channel",
        "series_previous=view.trend_before",
    ),
    BreakdownRow: form(
        "BreakdownRow",
        "The figures of a campaign, a channel or a value. `key` is what a filter takes. `channel` is null for"
        " values, of which those of all channels are summed up; rows that sum up others have no key either,"
        " and `parts` is their number. `changes` has, for each figure, the change against `previous` and the"
        " share of it in the change of the total: 0.82 of a fall comes from this row. Both are null where the"
        " periods do not record the same; ratios have no share. `trend` has the figure of the order, step"
        " by step.",
        "key name channel parts totals previous changes trend",
    ),
    PricedBreakdown: form(
        "BreakdownAnswer",
        "The figures of a period by campaign, channel or value. `rows`, `others` (rows that are not on this"
        " page), `unnamed` (campaign rows without a name or value) and `together` (days on which a channel"
        " had too many values to be kept apart) add up to `total`; null where there are none. `count` is the"
        " number of rows that could be listed. `steps` are the first days of the steps of the trends.",
        "run_id=view.snapshot.run_id created_at=view.snapshot.created_at is_sample=view.snapshot.is_sample",
        "currency worth=view.snapshot.worth by=view.question.by date_from=view.date_from",
        "date_to=view.date_to previous_from=view.previous_from previous_to=view.previous_to",
        "period=view.question.selection.period_text compare=view.question.selection.comparison_text",
        "channel=view.question.selection.channel campaign=view.question.campaign",
        "dimension=view.question.dimension value=view.question.value sort=view.question.sort",
        "by_change=view.question.by_change ascending=view.question.ascending search=view.question.search",
        "offset=view.question.offset count=view.count step_days=view.step_days steps=view.steps",
        "total=view.total rows=view.rows others=view.others unnamed=view.unnamed together=view.together",
    ),
    Advice: form(
        "Recommendations",
        "The recommendations of a snapshot, best first, each with its evidence, and their summary.",
        f"{_OF_SNAPSHOT} worth=snapshot.worth count recommendations=records summary",
    ),
    Worth: form(
        "Worth",
        "What channels are judged by. `kind` is revenue (as the ad platforms attribute it), margin (ROI and"
        " changes are those of gross margin), value (conversions times their value) or conversions (cost"
        " per conversion). `margins` and `conversion_values` have the channels with a number of their own."
        " Without `has_break_even`, channels can only be compared.",
        "kind margins conversion_values has_break_even",
    ),
    ImportAnswer: form(
        "ImportAnswer",
        "An import: what it read and changed, who did it and when, and whether it was undone. The sums are"
        " those of its channels in all days from `date_from` to `date_to`, before and after it. `report` is"
        " that of a single import, as `demetra import --json` prints it. `fetched_from` is the declared"
        " source that a run fetched the file from, null for a file that a user sent.",
        "id=of.id file_name=of.file_name file_hash=of.file_hash layout=of.layout source=of.source",
        "layout_name=of.layout_name source_name=of.source_name channels=of.channels mapping=of.mapping",
        "mode=of.mode imported_by=of.imported_by imported_at=of.imported_at rows_read=of.rows_read",
        "rows_imported=of.rows_imported rows_updated=of.rows_updated rows_unchanged=of.rows_unchanged",
        "rows_combined=of.rows_combined rows_rejected=of.rows_rejected rows_removed=of.rows_removed",
        "date_from=of.date_from date_to=of.date_to cost_before=of.cost_before cost_after=of.cost_after",
        "revenue_before=of.revenue_before revenue_after=of.revenue_after",
        "undone_at=of.undone_at undone_by=of.undone_by fetched_from=of.fetched_from report",
    ),
    HistoryRun: form(
        "HistoryRun",
        "A run of the history. `seconds`: from its request to its end. `imports`, `rows_new` and"
        " `rows_corrected` are those of the imports since the snapshot before; null for a run without a"
        " snapshot and where there is none before. `kept`: its snapshot can be read. `pin` is the name that"
        " it is pinned under.",
        " ".join(f"{field.name}=run.{field.name}" for field in fields(Run)),
        "seconds imports rows_new rows_corrected kept=is_kept pin_id pin",
    ),
    TrackRecord: form(
        "TrackRecordAnswer",
        """How recorded forecasts compare with the actual values of their days.

`made_from` and `made_to` are the last days of data known to the first and to the last of them. `backtest`
contains the scores of the run: the same method applied to the past.""",
        f"{_OF_SNAPSHOT} is_sample=snapshot.is_sample made_from made_to forecasts days inside80 scores",
        "backtest=snapshot.scores",
    ),
}
_PATHS = {view: {name: attrgetter(path) for name, path in made.paths.items()} for view, made in FORMS.items()}


def json_fields(value: Any) -> dict[str, Any]:
    """Return the fields that the JSON has of a dataclass instance: those of its form, or all."""
    paths = _PATHS.get(type(value))
    if paths is None:
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: read(value) for name, read in paths.items()}


@dataclass(frozen=True, slots=True)
class DimensionsAnswer:
    """What the figures of a run can be divided by."""

    run_id: int
    dimensions: tuple[Dimension, ...]


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
    runs: tuple[HistoryRun, ...]


@dataclass(frozen=True, slots=True)
class SideAnswer:
    """A run of a comparison, and the days of its figures."""

    run_id: int
    created_at: datetime
    data_to: date | None
    date_from: date
    date_to: date


@dataclass(frozen=True, slots=True)
class ComparisonAnswer:
    """What moved from the earlier of two runs to the later one, and why.

    The figures are those of the last `days` days of each run. In `figures`, `forecasts` and `plan`, what
    moved beyond noise comes first. `forecasts` are ROI, or the cost per conversion in accounts judged by
    it, as `forecasts_title` says. Texts are in both languages. `unknown`: which reasons cannot be told.
    """

    earlier: SideAnswer
    later: SideAnswer
    currency: str
    days: int
    summary: Text
    figures: tuple[Moved, ...]
    forecasts_title: Text
    forecasts: tuple[Moved, ...]
    plan: tuple[Moved, ...]
    recommendations_new: tuple[Mapping[str, Any], ...]
    recommendations_gone: tuple[Mapping[str, Any], ...]
    causes: tuple[Cause, ...]
    unknown: Text | None


@dataclass(frozen=True, slots=True)
class PinsAnswer:
    """The pinned runs, that of the newest run first."""

    count: int
    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True)
class ImportedFiles:
    """The reports of the files, in their order; see docs/api.md for their fields."""

    files: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ImportsAnswer:
    """The newest imports, newest first."""

    count: int
    imports: tuple[ImportAnswer, ...]


@dataclass(frozen=True, slots=True)
class UndoneAnswer:
    """An import that was undone: the rows that were removed, and those that came back."""

    import_id: int
    file_name: str
    rows_removed: int
    rows_restored: int
    samples_restored: int


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How far an upload is: bytes read of all bytes, and rows. `receive`: the body is still arriving."""

    stage: Literal["receive", "look", "read", "store"]
    done: int
    total: int
    rows: int


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of a source that could not be imported, and why, in the language of the request."""

    file: str
    code: str
    reason: str
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """A declared source.

    `state`: `never` fetched, `ok`, `late` (the data are older than `max_age_days` allows), `refused` (its
    newest file could not be imported), `loading` (the last fetch left files for the next one) or `failing`
    (the last fetch could not read it). `late` and `late_days` are set in every state. `files`, `rows_new`
    and `rows_corrected` are those of the fetch at `changed_at`, the last one that imported a file. No run
    fetches the source before `next_at`, the end of a pause after a failure or of the interval
    `every_seconds`; null: the next run does. In the state `loading`, a run begins then.
    `wanted`: the next run fetches it because a user asked. `data_from` and `data_to` are its first and
    newest day.
    `reason` is in the language of the request. `place` is null for clients that may not see names of users.
    """

    name: str
    type: str
    state: SourceState
    beta: bool
    late: bool
    late_days: int
    data_from: date | None
    data_to: date | None
    age_days: int | None
    max_age_days: float | None
    account: str
    channel: str | None
    place: str | None
    wanted: bool
    tried_at: datetime | None
    succeeded_at: datetime | None
    changed_at: datetime | None
    failing_since: datetime | None
    failures: int
    next_at: datetime | None
    every_seconds: float
    error_code: str | None
    reason: str | None
    files: int
    rows_new: int
    rows_corrected: int
    imports: int
    refused: int
    refusals: tuple[RefusedFile, ...]


@dataclass(frozen=True, slots=True)
class SourcesAnswer:
    """The declared sources. `file_problem`: why the newest content of `sources.toml` is not in force."""

    count: int
    sources: tuple[SourceAnswer, ...]
    file_problem: str | None


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
    doubts: tuple[Mapping[str, Any], ...] | None = None
    """Why it is in doubt what a file replaces: kind, channel, days, rows, cost, and a sentence of each."""
    decisions: tuple[str, ...] | None = None
    """The fields that decide: `mode` with its value, `source`."""
    headings: tuple[str, ...] | None = None
    """Of a file whose columns are not recognised: its headings, for `mapping`."""
    columns: Mapping[str, str] | None = None
    """The columns that are recognised, by figure."""
    nearest: Plan | None = None
    """Of a plan that cannot be made as asked: the one that comes closest."""
