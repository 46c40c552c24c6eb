"""Rows that are sums of others are left out and named, whatever their language; all other rows count."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake.failures import AllRowsRejectedError, OnlyTotalsError
from services.intake.report import ImportReport
from tests.intake.files import Sums, added, load, rows, sums

Values = tuple[int, int, Decimal, Decimal, Decimal]
Line = tuple[str, str, str, Values]
HEADER = "date,channel,campaign,impressions,clicks,conversions,cost,revenue"
CHANNELS = {"Search": ("Harbour", "Meadow", "Total Wine"), "Social": ("Harbour", "All audiences")}


def made(days: int = 8, channels: dict[str, tuple[str, ...]] | None = None, seed: int = 3) -> list[Line]:
    chance = random.Random(seed)
    return [
        (
            f"2026-09-{day:02}",
            channel,
            campaign,
            (
                chance.randrange(2_000, 9_000),
                chance.randrange(20, 200),
                Decimal(chance.randrange(0, 9)),
                Decimal(chance.randrange(500, 9_000)) / 100,
                Decimal(chance.randrange(0, 20_000)) / 100,
            ),
        )
        for day in range(1, days + 1)
        for channel, campaigns in (CHANNELS if channels is None else channels).items()
        for campaign in campaigns
    ]


def total(lines: Iterable[Line], day: str = "", channel: str = "", campaign: str = "") -> Line:
    values = added(line[3] for line in lines)
    return day, channel, campaign, (values[0], values[1], values[2], values[3], values[4])


def written(lines: Iterable[Line]) -> list[str]:
    return [",".join([*line[:3], *map(str, line[3])]) for line in lines]


def truth(lines: Iterable[Line]) -> Sums:
    return added(line[3] for line in lines)


def days_of(lines: Sequence[Line]) -> list[list[Line]]:
    return [[line for line in lines if line[0] == day] for day in sorted({line[0] for line in lines})]


def codes(report: ImportReport) -> set[str]:
    return {remark.code for remark in report.remarks}


def check(
    connection: sa.Connection, folder: Path, lines: Sequence[Line], more: Sequence[Line]
) -> ImportReport:
    report = load(connection, folder, *written(more), header=HEADER)

    assert sums(connection) == truth(lines)
    assert report.rows_left_out == len(more) - len(lines)
    assert report.rows_read == len(lines)
    assert report.rows_rejected == 0
    assert "totals_left_out" in codes(report)
    return report


WORDS = (
    *("Total", "TOTAL", "Grand total", "Итого", "Всего", "Summe", "Gesamt", "Totale", "Razem", "Toplam"),
    *("合計", "Total général", "Totaal", "Suma", "Celkem", "Kokku", "Kwete", "", "--", "総計", "Yhteensä"),
)


@pytest.mark.parametrize("word", WORDS)
def test_a_total_below_each_day_is_left_out(connection: sa.Connection, tmp_path: Path, word: str) -> None:
    lines = made(channels={"Social": ("Harbour", "Meadow", "Total Wine")})
    more = [line for day in days_of(lines) for line in [*day, total(day, day[0][0], "Social", word)]]

    check(connection, tmp_path, lines, more)


@pytest.mark.parametrize("word", WORDS)
def test_a_total_of_all_channels_above_each_day_is_left_out(
    connection: sa.Connection, tmp_path: Path, word: str
) -> None:
    lines = made()
    more = [line for day in days_of(lines) for line in [total(day, day[0][0], word, word), *day]]
    report = load(connection, tmp_path, *written(more), header=HEADER, channel="Other")

    assert sums(connection) == truth(lines)
    assert report.rows_left_out == 8


@pytest.mark.parametrize("day", ["2026-09-01", "2026-09-08", "", "Total", "--", "2026-09-01 - 2026-09-08"])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("channel", "campaign"), [("Search", ""), ("Search", "Total"), ("Search", "Kwete")])
def test_a_summary_of_the_whole_file_is_left_out(
    connection: sa.Connection, tmp_path: Path, day: str, is_first: bool, channel: str, campaign: str
) -> None:
    lines = made(channels={"Search": ("Harbour", "Meadow")})
    whole = total(lines, day, channel, campaign)
    report = check(connection, tmp_path, lines, [whole, *lines] if is_first else [*lines, whole])

    assert report.file_totals is not None
    assert report.file_totals["cost"] == truth(lines).cost
    assert "total_differs" not in codes(report)


def test_subtotals_of_campaigns_and_a_grand_total_are_left_out(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = sorted(made(), key=lambda line: line[1:3])
    more: list[Line] = []
    for channel, campaign in dict.fromkeys(line[1:3] for line in lines):
        own = [line for line in lines if line[1:3] == (channel, campaign)]
        more += [*own, total(own, "", channel, f"{campaign} Total")]
    check(connection, tmp_path, lines, [*more, total(lines, "", "", "Grand Total")])


def test_nested_totals_of_channels_days_and_the_file_are_left_out(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = made()
    more: list[Line] = []
    for day in days_of(lines):
        for channel in CHANNELS:
            own = [line for line in day if line[1] == channel]
            more += [*own, total(own, own[0][0], channel, "Subtotal")]
        more.append(total(day, day[0][0], "All channels", "Total"))
    check(connection, tmp_path, lines, [*more, total(lines, "", "", "Total")])


@pytest.mark.parametrize(
    "words", [("Total: Campaigns", "Total: Account"), ("Всего: кампании", "Всего: аккаунт")], ids=["en", "ru"]
)
def test_the_totals_of_a_google_report_are_left_out(
    connection: sa.Connection, tmp_path: Path, words: tuple[str, str]
) -> None:
    """The total of the account also has what the report does not list."""
    lines = made()
    campaigns = total(lines, words[0], "--", "--")
    values = added([truth(lines), (900, 30, Decimal(1), Decimal("12.50"), Decimal(0))])
    more = [
        *lines,
        campaigns,
        (words[1], "--", "--", (values[0], values[1], values[2], values[3], values[4])),
    ]
    report = load(connection, tmp_path, *written(more), header=HEADER)

    assert sums(connection) == truth(lines)
    assert (report.rows_left_out, report.rows_rejected) == (2, 0)
    assert report.file_totals is not None
    assert report.file_totals["cost"] == truth(lines).cost


def test_weekly_totals_between_days_are_left_out(connection: sa.Connection, tmp_path: Path) -> None:
    lines = made(14, {"Search": ("Harbour", "Meadow")})
    more = [
        *lines[:14], total(lines[:14], "Week 36", "Search", ""),
        *lines[14:], total(lines[14:], "Week 37", "Search", ""),
    ]  # fmt: skip
    check(connection, tmp_path, lines, more)


def test_money_of_totals_is_rounded_once(connection: sa.Connection, tmp_path: Path) -> None:
    lines = made()
    day, channel, campaign, values = total(lines, "Total")
    off = (*values[:3], values[3] + Decimal("0.03"), values[4] - Decimal("0.02"))
    report = check(connection, tmp_path, lines, [*lines, (day, channel, campaign, off)])

    assert "total_differs" not in codes(report)


@pytest.mark.parametrize("change", [Decimal("-20"), Decimal("35.5")])
def test_a_total_that_differs_from_its_rows_is_told_with_both_sums(
    connection: sa.Connection, tmp_path: Path, change: Decimal
) -> None:
    lines = made()
    values = total(lines)[3]
    stated = (*values[:3], values[3] + change, values[4])
    report = load(connection, tmp_path, *written([*lines, ("Total", "", "", stated)]), header=HEADER)

    assert sums(connection) == truth(lines)
    told = next(remark for remark in report.remarks if remark.code == "total_differs")
    assert f"cost {values[3] + change:,.2f}" in told.text.en
    assert f"have {values[3]:,.2f}" in told.text.en
    assert report.file_totals is not None
    assert report.file_totals["cost"] == values[3] + change


CAMPAIGNS: list[tuple[str, ...]] = [
    ("Total Wine", "Harbour"),
    ("All audiences", "All devices", "Total Wine"),
    ("Summer sale", "Summe 7", "Alle Jahre"),
    ("Total", "Harbour", "Meadow"),
    ("All", "Harbour"),
    ("Harbour", ""),
    ("Harbour", "", "Meadow"),
    ("Total Wine",),
    ("",),
]


@pytest.mark.parametrize("names", CAMPAIGNS, ids=" ".join)
@pytest.mark.parametrize("seed", [1, 2])
def test_campaigns_with_names_like_totals_count(
    connection: sa.Connection, tmp_path: Path, names: tuple[str, ...], seed: int
) -> None:
    lines = made(channels={"Search": names}, seed=seed)
    report = load(connection, tmp_path, *written(lines), header=HEADER)

    assert sums(connection) == truth(lines)
    assert report.rows_left_out == 0


def test_rows_called_total_that_are_no_sums_are_told(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection, tmp_path, *written(made(channels={"Search": ("Total", "Harbour")})), header=HEADER
    )

    assert "totals_kept" in codes(report)


@pytest.mark.parametrize("name", ["Harbour", "Meadow", "", "--"])
def test_an_equal_row_is_a_duplicate_and_no_total(
    connection: sa.Connection, tmp_path: Path, name: str
) -> None:
    lines = made(channels={"Search": ("Harbour",)})
    more = [line for one in lines for line in (one, (*one[:2], name, one[3]))]
    report = load(connection, tmp_path, *written(more), header=HEADER)

    assert report.rows_left_out == 0
    assert sums(connection) == truth(more)


def test_one_day_that_happens_to_add_up_is_no_total(connection: sa.Connection, tmp_path: Path) -> None:
    lines = made(channels={"Search": ("Harbour", "Meadow")})
    impressions = lines[0][3][0] + lines[1][3][0]
    odd: Line = ("2026-09-01", "Search", "Third", (impressions, 17, Decimal(3), Decimal("7.5"), Decimal(1)))
    report = load(connection, tmp_path, *written([*lines, odd]), header=HEADER)

    assert report.rows_left_out == 0
    assert sums(connection) == truth([*lines, odd])


def test_rows_with_a_bad_date_stay_rejected(connection: sa.Connection, tmp_path: Path) -> None:
    lines = made()
    bad: Line = ("never", "Search", "Harbour", lines[0][3])
    report = load(connection, tmp_path, *written([*lines, bad]), header=HEADER)

    assert (report.rows_rejected, report.rows_left_out) == (1, 0)


def test_a_total_of_devices_below_each_campaign_is_left_out(
    connection: sa.Connection, tmp_path: Path
) -> None:
    header = f"{HEADER},device"
    lines: list[str] = []
    true: list[Line] = []
    for line in made():
        other = made(1, {"Search": ("x",)}, seed=len(true))[0][3]
        parts = [(*line[:3], line[3]), (*line[:3], other)]
        true += parts
        text = [f"{row},{device}" for row, device in zip(written(parts), ("phone", "desktop"), strict=True)]
        lines += [*text, f"{written([total(parts, *line[:3])])[0]},"]
    report = load(connection, tmp_path, *lines, header=header)

    assert sums(connection) == truth(true)
    assert report.rows_left_out == len(true) // 2
    assert len(rows(connection, "id")) == len(true)


def test_totals_in_an_unknown_language_are_found_in_a_long_file(
    connection: sa.Connection, tmp_path: Path
) -> None:
    names = tuple(f"Campaign {at}" for at in range(1_000))
    lines = made(28, {"Search": names})
    more = [line for day in days_of(lines) for line in [*day, total(day, day[0][0], "Search", "Kwete")]]

    check(connection, tmp_path, lines, more)


def test_numbers_beyond_all_measure_are_no_totals(connection: sa.Connection, tmp_path: Path) -> None:
    lines = ["2026-09-01,A,B," + ",".join([text] * 5) for text in ("1e308", "9" * 60, "9" * 5_000, "inf")]
    report = load(connection, tmp_path, *lines, *written(made(2)), header=HEADER)

    assert report.rows_left_out == 0


@pytest.mark.parametrize("date", ["NaN", "-", "null", "n/a", "—", ""])
def test_a_row_without_a_date_that_sums_nothing_is_rejected_with_its_line(
    connection: sa.Connection, tmp_path: Path, date: str
) -> None:
    lines = written(made(days=3))

    report = load(
        connection, tmp_path, *lines[:4], f"{date},Search,Harbour,77,7,1,3.50,9.99", *lines[4:], header=HEADER
    )

    assert (report.rows_rejected, report.first_rejected[0].line) == (1, 6)
    assert sums(connection) == truth(made(days=3))


@pytest.mark.parametrize("date", ["NaN", "-", "null"])
def test_a_file_with_nothing_but_a_row_without_a_date_is_refused(
    connection: sa.Connection, tmp_path: Path, date: str
) -> None:
    with pytest.raises(AllRowsRejectedError, match="Line 2"):
        load(connection, tmp_path, f"{date},Search,Harbour,0,0,0,0,0", header=HEADER)


@pytest.mark.parametrize("names", ["Total,,", "Итого,,", "Total,Total,", "Summe,Search,"])
def test_a_file_with_nothing_but_totals_is_refused_with_what_to_do(
    connection: sa.Connection, tmp_path: Path, names: str
) -> None:
    with pytest.raises(OnlyTotalsError, match="a row for each day and channel"):
        load(connection, tmp_path, f"{names},77,7,1,3.50,9.99", header=HEADER)
    assert not rows(connection, "id")
