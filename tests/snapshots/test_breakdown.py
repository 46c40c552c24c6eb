"""A breakdown divides the figures of the Overview: its rows add up to them, and each is that of its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database.tables import snapshot_part_days, sync_runs
from services.errors import CombinationError, UnansweredError, UnknownValueError
from services.periods import Dates, LastDays, Selection, last_days
from services.snapshots.breakdown import breakdown, dimensions
from services.snapshots.overview import overview
from services.views import Breakdown, BreakdownQuestion, BreakdownRow, Dimension
from tests.rows import FIRST_DAY, add_campaigns, publish

SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")
FORTNIGHT = Selection(LastDays(7))

figures = st.one_of(st.none(), st.integers(0, 10**6))
amounts = st.one_of(st.none(), st.integers(-(10**9), 10**9).map(lambda n: Decimal(n) / 10_000))
rows = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["Telegram", "Яндекс Директ"]),
        "campaign_id": st.sampled_from(["Spring", "Весна", "Telegram"]),
        "date": st.integers(0, 20).map(lambda n: date(2025, 12, 20) + timedelta(days=n)),
        "impressions": figures,
        "clicks": figures,
        "conversions": figures.map(lambda n: None if n is None else Decimal(n)),
        "cost": amounts,
        "revenue": amounts,
        "attributes": st.dictionaries(
            st.sampled_from(["device", "регион"]), st.sampled_from(["a", "b"]), max_size=2
        ),
    }
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=25), st.sampled_from(["Telegram", None]), st.integers(1, 21))
def test_the_parts_add_up_to_the_overview_to_the_cent(
    engine: sa.Engine, rows: list[dict[str, Any]], channel: str | None, days: int
) -> None:
    with engine.connect() as connection:
        _insert(connection, rows)
        publish(connection)
        selection = Selection(LastDays(days), channel=channel)
        if channel is not None and channel not in {row["channel"] for row in rows}:
            return
        whole = overview(connection, selection)
        for by in (dimension.name for dimension in dimensions(connection)):
            found = breakdown(connection, BreakdownQuestion(by, selection, limit=1))

            assert found.total.totals == whole.totals
            assert found.total.previous == whole.previous
            assert _added(found) == {name: getattr(whole.totals, name) or 0 for name in SUMS}


def test_an_older_run_answers_as_before(connection: sa.Connection) -> None:
    for campaign, cost in (("Spring", 5), ("Summer", 7)):
        add_campaigns(connection, days=20, campaign_id=campaign, cost=cost, attributes={"device": campaign})
    first = publish(connection)
    questions = [BreakdownQuestion(by, FORTNIGHT) for by in ("campaign", "channel", "device")]
    before = [breakdown(connection, question, first) for question in questions]
    connection.execute(sa.text("UPDATE campaigns SET cost = 9 WHERE date > :day"), {"day": FIRST_DAY})
    add_campaigns(connection, campaign_id="Autumn", first=FIRST_DAY + timedelta(days=19))
    second = publish(connection)

    assert [breakdown(connection, question, first) for question in questions] == before
    assert [row.key for row in breakdown(connection, questions[0], second).rows] == [
        "Spring",
        "Summer",
        "Autumn",
    ]


def test_a_row_says_how_much_of_the_change_it_is(connection: sa.Connection) -> None:
    for campaign, after in (("Fell", 10), ("Fell a little", 80), ("Grew", 120)):
        add_campaigns(connection, days=14, campaign_id=campaign, cost=[100] * 7 + [after] * 7)
    publish(connection)

    found = breakdown(connection, BreakdownQuestion("campaign", FORTNIGHT, by_change=True, ascending=True))

    assert found.total.changes["spend"].change == -630
    assert [row.name for row in found.rows] == ["Fell", "Fell a little", "Grew"]
    assert [row.changes["spend"].share for row in found.rows] == pytest.approx([1.0, 140 / 630, -140 / 630])
    assert found.rows[0].changes["roi"].share is None


def test_a_new_campaign_changed_from_nothing(connection: sa.Connection) -> None:
    add_campaigns(connection, days=14, campaign_id="Old")
    add_campaigns(connection, days=7, first=FIRST_DAY + timedelta(days=7), campaign_id="New")
    publish(connection)

    new = _by_name(breakdown(connection, BreakdownQuestion("campaign", FORTNIGHT)))["New"]

    assert (new.changes["spend"].change, new.changes["roi"].change) == (35, None)


def test_rows_without_a_campaign_have_a_row_of_their_own(connection: sa.Connection) -> None:
    add_campaigns(connection, "Telegram", days=14)
    add_campaigns(connection, "Telegram", days=14, campaign_id="Spring", source="other", cost=1)
    publish(connection)

    found = breakdown(connection, BreakdownQuestion("campaign", FORTNIGHT))

    assert [row.name for row in found.rows] == ["Spring"]
    assert (_cost(found.unnamed), found.others) == (35, None)


def test_a_page_has_its_rows_and_all_others_together(connection: sa.Connection) -> None:
    for number in range(5):
        add_campaigns(connection, days=7, campaign_id=f"c{number}", cost=number)
    publish(connection)

    pages = [
        breakdown(connection, BreakdownQuestion("campaign", last_days(None), limit=2, offset=offset))
        for offset in (0, 2, 4, 6)
    ]

    assert [[row.key for row in page.rows] for page in pages] == [["c4", "c3"], ["c2", "c1"], ["c0"], []]
    assert [page.others and page.others.parts for page in pages] == [3, 3, 4, 5]
    assert {page.count for page in pages} == {5}
    assert {page.total.totals.cost for page in pages} == {70}


@pytest.mark.parametrize("search", ["весна", "ВЕСНА 2", "сна"])
def test_names_are_found_in_any_case(connection: sa.Connection, search: str) -> None:
    for name in ("Весна 2026", "Лето"):
        add_campaigns(connection, days=7, campaign_id=str(len(name)), attributes={"campaign_name": name})
    publish(connection)

    found = breakdown(connection, BreakdownQuestion("campaign", last_days(None), search=search))

    assert [(row.key, row.name) for row in found.rows] == [("10", "Весна 2026")]
    assert (found.count, found.others and found.others.parts) == (1, 1)


def test_every_figure_orders_the_rows(connection: sa.Connection) -> None:
    add_campaigns(connection, days=7, campaign_id="Dear", cost=10, revenue=11, clicks=1)
    add_campaigns(connection, days=7, campaign_id="Good", cost=5, revenue=50, clicks=9)
    add_campaigns(connection, days=7, campaign_id="Unknown", cost=1, revenue=None, clicks=0)
    publish(connection)

    first = {
        figure: [
            row.key
            for row in breakdown(connection, BreakdownQuestion("campaign", FORTNIGHT, sort=figure)).rows
        ]
        for figure in ("spend", "revenue", "roi", "clicks", "conversion", "acquisition_cost")
    }

    assert first == {
        "spend": ["Dear", "Good", "Unknown"],
        "revenue": ["Good", "Dear", "Unknown"],
        "roi": ["Good", "Dear", "Unknown"],
        "clicks": ["Good", "Dear", "Unknown"],
        "conversion": ["Dear", "Good", "Unknown"],
        "acquisition_cost": ["Dear", "Good", "Unknown"],
    }


def test_values_of_several_channels_are_one_row(connection: sa.Connection) -> None:
    for channel in ("A", "B"):
        add_campaigns(connection, channel, days=7, attributes=[{"device": d} for d in "aabbbbb"])
    publish(connection)

    found = breakdown(connection, BreakdownQuestion("device", FORTNIGHT))

    assert [(row.key, row.channel, _cost(row)) for row in found.rows] == [
        ("b", None, 50),
        ("a", None, 20),
    ]


def test_days_with_too_many_values_are_kept_together(connection: sa.Connection) -> None:
    add_campaigns(connection, days=7, attributes={"ad": "one"})
    for number in range(31):
        add_campaigns(connection, campaign_id=str(number), attributes={"ad": str(number)})
    publish(connection)

    found = breakdown(connection, BreakdownQuestion("ad", FORTNIGHT))

    assert [(row.key, _cost(row)) for row in found.rows] == [("one", 30)]
    assert (_cost(found.together), found.unnamed) == (32 * 5, None)
    assert dimensions(connection)[-1] == Dimension("ad", 1, has_more=True)


def test_dimensions_are_those_of_the_run(connection: sa.Connection) -> None:
    add_campaigns(
        connection, "A", days=3, first=date(2025, 12, 30), attributes=[{"device": d} for d in "xyz"]
    )
    add_campaigns(connection, "B", campaign_id="Spring", attributes={"device": "x"})
    add_campaigns(connection, "A", campaign_id="Spring")
    first = publish(connection)
    connection.execute(sa.text("DELETE FROM campaigns WHERE channel = 'A'"))
    second = publish(connection)

    def values(run: int) -> dict[str, int]:
        return {one.name: one.values for one in dimensions(connection, run)}

    assert values(first) == {"channel": 2, "campaign": 2, "device": 3}
    assert values(second) == {"channel": 1, "campaign": 1, "device": 1}


def test_a_campaign_or_value_is_divided_by_channel(connection: sa.Connection) -> None:
    for channel, cost in (("A", 2), ("B", 3)):
        add_campaigns(connection, channel, days=7, campaign_id="Spring", cost=cost)
        add_campaigns(connection, channel, days=7, campaign_id="x", cost=50, attributes={"device": "tv"})
    publish(connection)

    def costs(question: BreakdownQuestion) -> list[tuple[Any, ...]]:
        return [(row.key, row.channel, row.totals.cost) for row in breakdown(connection, question).rows]

    assert costs(BreakdownQuestion("channel", FORTNIGHT, campaign="Spring")) == [
        ("B", "B", 21),
        ("A", "A", 14),
    ]
    assert costs(BreakdownQuestion("campaign", FORTNIGHT, campaign="Spring")) == [
        ("Spring", "B", 21),
        ("Spring", "A", 14),
    ]
    assert costs(BreakdownQuestion("channel", FORTNIGHT, dimension="device", value="tv")) == [
        ("A", "A", 350),
        ("B", "B", 350),
    ]
    assert costs(BreakdownQuestion("device", FORTNIGHT, dimension="device", value="tv")) == [
        ("tv", None, 700)
    ]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (BreakdownQuestion("planet"), UnansweredError),
        (BreakdownQuestion("channel", dimension="planet", value="x"), UnansweredError),
        (BreakdownQuestion("device", campaign="Spring"), CombinationError),
        (BreakdownQuestion("campaign", dimension="device", value="tv"), CombinationError),
        (
            BreakdownQuestion("channel", campaign="Spring", dimension="device", value="tv"),
            CombinationError,
        ),
        (BreakdownQuestion("channel", campaign="No such"), UnknownValueError),
        (BreakdownQuestion("channel", dimension="device", value="no such"), UnknownValueError),
    ],
)
def test_what_is_not_kept_is_refused(
    connection: sa.Connection, asked: BreakdownQuestion, error: type[Exception]
) -> None:
    add_campaigns(connection, days=7, campaign_id="Spring", attributes={"device": "tv"})
    publish(connection)

    with pytest.raises(error):
        breakdown(connection, asked)


def test_a_run_from_before_sums_were_kept_says_so(connection: sa.Connection) -> None:
    add_campaigns(connection, days=7, campaign_id="Spring")
    run = publish(connection)
    connection.execute(snapshot_part_days.delete())

    with pytest.raises(UnansweredError):
        breakdown(connection, BreakdownQuestion("campaign"), run)
    assert [one.name for one in dimensions(connection, run)] == ["channel"]


@pytest.mark.parametrize("by", ["campaign", "channel", "device"])
def test_a_trend_has_the_figure_of_each_step(connection: sa.Connection, by: str) -> None:
    cost, revenue = [n + 1 for n in range(140)], [2 * n + 5 for n in range(140)]
    tv = {"device": "tv"}
    add_campaigns(connection, days=140, campaign_id="c", attributes=tv, cost=cost, revenue=revenue)
    publish(connection)

    daily = breakdown(connection, BreakdownQuestion(by, Selection(LastDays(10)), sort="roi"))
    weekly = breakdown(connection, BreakdownQuestion(by, last_days(None)))

    assert daily.rows[0].trend == pytest.approx(
        [(r - c) / c for c, r in zip(cost[-10:], revenue[-10:], strict=True)]
    )
    assert weekly.step_days == 7
    assert weekly.rows[0].trend == pytest.approx([sum(cost[n : n + 7]) for n in range(0, 140, 7)])
    assert weekly.steps[0] == FIRST_DAY


def test_a_campaign_has_the_return_of_its_channel_where_that_has_a_margin(connection: sa.Connection) -> None:
    add_campaigns(connection, "A", days=14, campaign_id="c", cost=5, revenue=20)
    add_campaigns(connection, "B", days=14, campaign_id="d", cost=5, conversions=3)
    run = publish(connection)
    worth = {"kind": "value", "margins": {"A": 0.4}, "conversion_values": {"B": 2.5}}
    connection.execute(
        sync_runs.update()
        .where(sync_runs.c.id == run)
        .values(scores={"worth": {**worth, "has_break_even": True}})
    )

    found = breakdown(connection, BreakdownQuestion("campaign", FORTNIGHT, sort="roi"))
    channels = {row.channel: row.totals.roi for row in overview(connection, FORTNIGHT).channels}

    assert {row.channel: row.totals.roi for row in found.rows} == pytest.approx(channels)
    assert [row.totals.roi for row in found.rows] == pytest.approx([0.6, 0.5])
    assert found.rows[0].trend == pytest.approx([0.6] * 7)


def test_a_period_goes_over_the_end_of_a_year(connection: sa.Connection) -> None:
    add_campaigns(connection, first=date(2024, 12, 1), days=800, campaign_id="c", cost=list(range(800)))
    publish(connection)
    selection = Selection(Dates(date(2024, 12, 15), date(2026, 1, 10)), "none")

    found = breakdown(connection, BreakdownQuestion("campaign", selection))

    assert found.rows[0].totals.cost == sum(range(14, 406))
    assert sum(found.rows[0].trend) == sum(range(14, 406))  # type: ignore[arg-type]


@pytest.mark.parametrize("by_change", [True, False])
def test_without_a_comparison_the_order_by_a_change_is_that_by_the_figure(
    connection: sa.Connection, by_change: bool
) -> None:
    for campaign, cost in (("Spring", 5), ("Summer", 7)):
        add_campaigns(connection, days=3, campaign_id=campaign, cost=cost)
    publish(connection)
    alone = Selection(LastDays(2), comparison="none")

    found = breakdown(connection, BreakdownQuestion("campaign", alone, by_change=by_change))

    assert [(row.key, row.previous, dict(row.changes)) for row in found.rows] == [
        ("Summer", None, {}),
        ("Spring", None, {}),
    ]


@pytest.mark.parametrize("by", ["campaign", "channel", "device"])
def test_a_period_without_rows_has_no_activity(connection: sa.Connection, by: str) -> None:
    device = {"device": "tv"}
    add_campaigns(connection, campaign_id="Spring", attributes=device)
    add_campaigns(connection, campaign_id="Summer", attributes=device, first=FIRST_DAY + timedelta(days=60))
    publish(connection)
    gap = Dates(FIRST_DAY + timedelta(days=20), FIRST_DAY + timedelta(days=29))

    found = breakdown(connection, BreakdownQuestion(by, Selection(gap)))

    assert not found.rows
    assert found.others is None
    assert found.total.totals.cost == 0


def test_campaigns_are_added_up_over_three_years_and_what_each_row_records(connection: sa.Connection) -> None:
    days = 800
    add_campaigns(connection, days=days, first=date(2023, 12, 1), campaign_id="Spring", cost=2)
    add_campaigns(connection, days=1, first=date(2024, 6, 1), campaign_id="Summer", cost=None, source="a")
    add_campaigns(connection, days=1, first=date(2025, 1, 1), campaign_id="Summer", revenue=None, source="a")
    publish(connection)
    period = Dates(date(2023, 12, 31), date(2025, 1, 2))

    found = breakdown(connection, BreakdownQuestion("campaign", Selection(period, "none")))

    rows = _by_name(found)
    assert [rows["Spring"].totals.cost, rows["Spring"].totals.revenue] == [369 * 2, 369 * 8]
    assert [rows["Summer"].totals.cost, rows["Summer"].totals.revenue] == [5, 8]
    assert found.total.totals == overview(connection, Selection(period, "none")).totals


def _insert(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    insert = sa.text(
        "INSERT INTO campaigns (source, campaign_id, channel, date, impressions, clicks, conversions, cost,"
        " revenue, attributes) VALUES (:source, :campaign_id, :channel, :date, :impressions, :clicks,"
        " :conversions, :cost, :revenue, CAST(:json AS jsonb))"
    )
    for number, row in enumerate(rows):
        connection.execute(insert, {**row, "source": str(number), "json": json.dumps(row["attributes"])})


def _added(found: Breakdown) -> dict[str, Decimal | int]:
    """Return the sums of all rows, 0 where none of them records a figure."""
    listed = [*found.rows, *filter(None, (found.others, found.unnamed, found.together))]
    return {name: sum(getattr(row.totals, name) or 0 for row in listed) for name in SUMS}


def _by_name(found: Breakdown) -> dict[str | None, BreakdownRow]:
    return {row.name: row for row in found.rows}


def _cost(row: BreakdownRow | None) -> Any:
    return row and row.totals.cost
