"""What moved between two runs and why, from values made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.periods import last_days
from services.snapshots import causes, comparing
from services.snapshots.causes import FileImport, RunRecord
from services.snapshots.comparing import FORECASTS, PLAN, Comparison, Side
from services.text import both
from services.views import Advice, DashboardView, Kpi, Overview, Recommendation, Snapshot, Totals, TrendPoint

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
INPUTS: dict[str, Any] = {
    "newest_import": 3,
    "undone": 0,
    "rules": None,
    "rates": None,
    "code": "a",
    "settings": {"budget_total": "1000"},
}


def snapshot(run_id: int, to: date) -> Snapshot:
    return Snapshot(run_id, START + timedelta(days=run_id), date(2026, 1, 1), to, is_sample=False)


def side(
    run_id: int,
    to: date = date(2026, 11, 20),
    *,
    revenue: float = 1000,
    same: float = 1000,
    noise: float | None = 50,
    roi: tuple[float, float, float] = (1.0, 0.8, 1.2),
    plan: float = 400,
    rules: tuple[str, ...] = (),
) -> Side:
    of = snapshot(run_id, to)
    totals = Totals()
    kpis = (
        Kpi("spend", 500, 500, ()),
        Kpi("revenue", revenue, 1000, (), noise=noise),
        Kpi("roi", revenue / 500 - 1, 1, (), noise=noise and noise / 500),
    )
    first = to - timedelta(days=27)
    view = Overview(of, last_days(28), first, to, None, None, totals, None, kpis, 1, (), ())
    rows = {
        FORECASTS: [dict(zip(("channel", "roi_forecast", "roi_low", "roi_high"), ("A", *roi), strict=True))],
        PLAN: [{"channel": "A", "recommended_budget": Decimal(plan), "total_budget": Decimal(1000)}],
    }
    boards = {
        slug: DashboardView(slug, both(slug), of, both(""), (), tuple(given), "")
        for slug, given in rows.items()
    }
    items = tuple(
        Recommendation(n, rule, None, "info", both(rule), both(""), both(""), {})
        for n, rule in enumerate(rules)
    )
    sums = {"cost": Decimal(500), "revenue": Decimal(same), "conversions": None}
    return Side(view, sums, boards, Advice(of, {}, items))


def record(run_id: int, inputs: dict[str, Any] | None = INPUTS, model: str = "m1") -> RunRecord:
    return RunRecord(run_id, START + timedelta(days=run_id), model, inputs)


def compared(
    earlier: Side,
    later: Side,
    records: tuple[RunRecord, RunRecord] = (record(1), record(2)),
    between: tuple[FileImport, ...] = (),
) -> Comparison:
    found = causes.find(
        (earlier.snapshot, later.snapshot),
        records,
        between,
        has_corrections=comparing.has_corrections(earlier, later),
    )
    return comparing.compare(earlier, later, found)


def test_new_days_are_named_as_the_reason_with_the_plan() -> None:
    found = compared(side(1), side(2, date(2026, 11, 27), revenue=1060))

    assert found.summary.en == "Revenue +6.0 % because of 7 new days; plan unchanged.".replace(
        " %", "\u00a0%"
    )
    assert [cause.kind for cause in found.causes] == ["new_days"]


def test_corrections_and_new_days_each_have_their_part() -> None:
    found = compared(
        side(1),
        side(2, date(2026, 11, 27), revenue=1060, same=1020),
        between=(FileImport("late.csv", 7, 3),),
    )

    revenue = next(moved for moved in found.figures if moved.name == "revenue")
    assert revenue.from_corrections == 20
    assert "7 new days and corrected figures of earlier days (+2.0\u00a0%)" in found.summary.en
    assert [cause.kind for cause in found.causes] == ["new_days", "corrections", "imports"]


def test_a_change_within_noise_is_no_change_and_comes_after_the_real_ones() -> None:
    found = compared(side(1), side(2, date(2026, 11, 21), revenue=1009))

    assert found.summary.en.startswith("Revenue: no real change; plan unchanged")
    assert [moved.is_real for moved in found.figures] == sorted(
        (m.is_real for m in found.figures), reverse=True
    )


def test_the_noise_of_overlapping_windows_is_that_of_their_new_days() -> None:
    """Chance moves 7 of 28 days half as much as all of them: sqrt(7 / 28)."""
    found = compared(side(1), side(2, date(2026, 11, 27), revenue=1020))

    revenue = next(moved for moved in found.figures if moved.name == "revenue")
    assert revenue.noise == pytest.approx(25)
    assert not revenue.is_real


def test_a_jump_of_the_new_days_is_no_noise() -> None:
    """Each day before had 10, each new one 40: the days that both windows have say nothing about that."""
    earlier, later = (
        side(run, date(2026, 11, 20) + timedelta(days=new), revenue=280 + 30 * new, noise=1e6)
        for run, new in ((1, 0), (2, 7))
    )
    with_days = [
        replace(
            one,
            overview=replace(
                one.overview,
                trend=tuple(
                    TrendPoint(day, Totals(revenue=Decimal(40 if day > date(2026, 11, 20) else 10)))
                    for day in (one.overview.date_from + timedelta(days=n) for n in range(28))
                ),
            ),
        )
        for one in (earlier, later)
    ]

    assert compared(with_days[0], with_days[1]).summary.en.startswith("Revenue +75")


def test_a_change_of_an_unknown_noise_is_not_called_real() -> None:
    found = compared(side(1), side(2, date(2026, 11, 27), revenue=1500, noise=None))

    assert "no real change" in found.summary.en


def test_a_forecast_has_moved_when_it_leaves_its_earlier_range() -> None:
    inside, outside = (compared(side(1), side(2, roi=(value, 0, 2))) for value in (1.19, 1.21))

    assert [moved.is_real for moved in (*inside.forecasts, *outside.forecasts)] == [False, True]
    assert "1 of 1 forecasts moved out of their range" in outside.summary.en


def test_in_accounts_of_leads_the_costs_per_conversion_are_compared() -> None:
    """A forecast whose cost stays is as before, whatever a conversion counts for in each run."""

    def judged(one: Side, reference: float) -> Side:
        worth = {"kind": "conversions", "conversion_values": {"A": reference}}
        of = replace(one.snapshot, scores={"worth": worth})
        return replace(one, overview=replace(one.overview, snapshot=of))

    before = judged(side(1, roi=(1.0, 0.6, 1.5)), 40)
    still, dearer = (judged(side(2, roi=(roi, 0, 9)), 60) for roi in (2.0, 1.2))

    for later, after, is_real in ((still, 20.0, False), (dearer, 60 / 2.2, True)):
        [moved] = compared(before, later).forecasts
        assert (moved.kind, moved.before, moved.is_real) == ("money", 20.0, is_real)
        assert moved.after == pytest.approx(after)
    [other] = compared(side(1), still).forecasts
    assert (other.before, other.is_real) == (None, False)


def test_a_plan_has_changed_beyond_half_a_percent_of_its_total() -> None:
    same, other = (compared(side(1), side(2, plan=plan)) for plan in (404, 406))

    assert [moved.is_real for moved in (*same.plan, *other.plan)] == [False, True]


def test_recommendations_are_new_or_gone_by_rule_and_channel() -> None:
    found = compared(side(1, rules=("kept", "gone")), side(2, rules=("new", "kept")))

    assert [item.rule_id for item in found.new] == ["new"]
    assert [item.rule_id for item in found.gone] == ["gone"]


def test_equal_runs_have_nothing_to_tell() -> None:
    found = compared(side(1), side(2))

    assert found.summary.en.startswith("Nothing has changed")
    assert (found.causes, found.unknown) == ((), None)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"settings": {"budget_total": "1200"}}, "settings"),
        ({"settings": {"budget_total": "1000", "country": "DE"}}, "settings"),
        ({"rules": "x"}, "rules"),
        ({"rates": "x"}, "rates"),
        ({"code": "b"}, "version"),
        ({"undone": 2}, "undone"),
    ],
)
def test_each_input_that_changed_is_a_reason(changed: dict[str, Any], kind: str) -> None:
    found = compared(side(1), side(2), (record(1), record(2, {**INPUTS, **changed})))

    assert [cause.kind for cause in found.causes] == [kind]


def test_another_model_is_a_reason() -> None:
    found = compared(side(1), side(2), (record(1), record(2, model="m2")))

    assert [cause.kind for cause in found.causes] == ["model"]


def test_corrections_without_any_import_were_written_past_demetra() -> None:
    found = compared(side(1), side(2, revenue=1100, same=1100))

    assert [cause.kind for cause in found.causes] == ["corrections", "outside"]


def test_what_an_older_run_did_not_record_cannot_be_told() -> None:
    found = compared(side(1), side(2, revenue=1100, same=1100), (record(1, None), record(2)))

    assert found.unknown is not None
    assert "Run 1 " in found.unknown.en
    assert "outside" not in [cause.kind for cause in found.causes]


def test_an_import_is_in_a_run_by_its_number_and_in_older_ones_by_its_time() -> None:
    numbered, timed = record(1), record(1, None)
    long_ago, later = START, START + timedelta(days=9)

    assert [numbered.has_import(number, later) for number in (3, 4)] == [True, False]
    assert [timed.has_import(9, moment) for moment in (long_ago, later)] == [True, False]


def test_runs_in_other_currencies_say_so() -> None:
    one, other = side(1), side(2)
    in_dollars = replace(
        other, overview=replace(other.overview, snapshot=replace(other.snapshot, currency="USD"))
    )

    assert [cause.kind for cause in compared(one, in_dollars).causes] == ["data_kind"]
