"""How long a report takes: the whole process that makes its file, for 20 channels and 3 years of days.

Run it with `python -m tests.benchmarks.reports`; it prints a markdown table. The process is the one that a
web process starts, so its start and its imports count.
"""

from __future__ import annotations

import resource
from statistics import median
from time import perf_counter

from demetra_dash.reporting import file_of
from services.budgeting import plan
from services.dashboards import DASHBOARDS, RenderContext
from services.dashboards.results import Results
from services.forecasting import predict
from services.forecasting.campaign_days import clean_days
from services.reports.content import Report, RunViews, report_of
from services.reports.making import FILE_KINDS, FileKind, ReportJob
from services.sync.steps import render_dashboard
from services.views import Advice, DashboardView, TrackRecord
from tests.benchmarks.analytics import HORIZON, account
from tests.benchmarks.table import Line, show
from tests.layouts.values import NOW, SNAPSHOT, overview

MOST_SECONDS = 1.0
TIMES = 3
DPI = 300


def main() -> None:
    """Measure each kind of file and print the table."""
    made = report()
    show("reports", (_line(made, kind) for kind in FILE_KINDS))


def _line(made: Report, kind: FileKind) -> Line:
    seconds, processor = _seconds(made, kind)
    what = f"report as {kind.upper()}, 20 channels x 3 years, whole process, s"
    figure = f"{seconds:.2f} (processor time {processor:.2f})"
    return Line(what, f"<= {MOST_SECONDS:g}", figure, seconds <= MOST_SECONDS)


def report() -> Report:
    """Return the report of a run with all dashboards and their pictures."""
    days = clean_days(account())
    results = Results(days, predict(days, HORIZON), plan(days, None))
    context = RenderContext("en", "EUR", {})
    drawn = [render_dashboard(one.slug, results, context, SNAPSHOT.run_id, DPI) for one in DASHBOARDS]
    views = RunViews(
        overview=overview(),
        advice=Advice(SNAPSHOT, {}, ()),
        track_record=TrackRecord(SNAPSHOT, None, None, 0, 0, None, ()),
        dashboards=tuple(
            DashboardView(
                spec.slug,
                spec.title,
                SNAPSHOT,
                one.chart.headline,
                spec.columns,
                tuple(one.rows),
                one.chart.sha256,
            )
            for spec, one in zip(DASHBOARDS, drawn, strict=True)
        ),
        charts=tuple(one.chart for one in drawn),
        currency="EUR",
        remarks=(),
        version="1",
    )
    return report_of(views, "en", NOW, "UTC")


def _seconds(made: Report, kind: FileKind) -> tuple[float, float]:
    """Return the median time until the file is there, and the median processor time of its process."""
    found = []
    for _ in range(TIMES):
        start, used = perf_counter(), _used_by_children()
        file_of(ReportJob(made, kind))
        found.append((perf_counter() - start, _used_by_children() - used))
    return median(one for one, _ in found), median(one for _, one in found)


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
