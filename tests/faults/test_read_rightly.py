"""Good files, renamed, reordered, reformatted, doubled and damaged: no sum changes without a word."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from services.errors import DemetraError
from services.intake import ImportReport, import_file
from services.intake.columns import Measure

FAULT = pytest.mark.fault("good files in every form, and damaged ones", must="no sum changes without a word")
# Every commit is judged by the same files; `make faults` looks at new ones.
quick = settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
slow = settings(quick, max_examples=10_000, derandomize=False)

SUMS: tuple[Measure, ...] = ("impressions", "clicks", "conversions", "cost", "revenue")
COLUMNS = ("date", "channel", "campaign", *SUMS)
HEADINGS: dict[str, tuple[str, ...]] = {
    "date": ("date", "Day", "Дата", "DATE"),
    "channel": ("channel", "Platform", "Канал"),
    "campaign": ("campaign", "Campaign name", "Кампания", "campaign_name"),
    "impressions": ("impressions", "Impr.", "Показы", "IMPRESSIONS"),
    "clicks": ("clicks", "Link clicks", "Клики"),
    "conversions": ("conversions", "Purchases", "Конверсии"),
    "cost": ("cost", "Spend", "Amount spent", "Расход", "total_cost"),
    "revenue": ("revenue", "Conv. value", "Доход", "Purchases conversion value"),
}


@dataclass(frozen=True)
class Money:
    """A way to write amounts: decimal mark, grouping mark, and what stands around them."""

    mark: str
    group: str
    frame: str = "{}"
    is_lakh: bool = False

    def amount(self, cents: int, *, whole: bool = False) -> str:
        sign, cents = ("-" if cents < 0 else ""), abs(cents)
        digits = self.count(cents // 100) + ("" if whole else f"{self.mark}{cents % 100:02}")
        return self.frame.format(sign + digits)

    def count(self, value: int) -> str:
        if self.is_lakh and value >= 100_000:
            head, tail = divmod(value, 1_000)
            return self._pairs(head) + f",{tail:03}"
        return f"{value:,}".replace(",", self.group)

    @staticmethod
    def _pairs(value: int) -> str:
        return str(value) if value < 100 else f"{Money._pairs(value // 100)},{value % 100:02}"


MONEY = {
    "plain": Money(".", ""),
    "english": Money(".", ","),
    "dollars": Money(".", ",", "${}"),
    "code": Money(".", "", "EUR {}"),
    "german": Money(",", "."),
    "euros": Money(",", ".", "{} €"),
    "comma": Money(",", ""),
    "french": Money(",", "\u202f", "{}\u00a0€"),
    "russian": Money(",", "\u00a0", "{} ₽"),
    "swiss": Money(".", "’", "CHF {}"),
    "lakh": Money(".", ",", "₹{}", is_lakh=True),
    "kronor": Money(",", " ", "{} kr"),
    "zloty": Money(",", " ", "{} zł"),
    "reais": Money(",", ".", "R$ {}"),
}
DATES: dict[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "slashes": lambda day: f"{day:%Y/%m/%d}",
    "german": lambda day: f"{day:%d.%m.%Y}",
    "american": lambda day: f"{day.month}/{day.day}/{day.year}",
    "named": lambda day: f"{day.day} {day:%b} {day.year}",
    "time": lambda day: f"{day} 00:00:00",
}
DAMAGES = ("NULL", "#N/A", "--", "abc", "1.2k", "12 kg", "n/a", "…", "1.2.3", "5 6", "0x10", "", "  ")
TOTALS = ("none", "none", "last", "first", "daily", "unknown")
SPEAKING = {
    *("cells_not_recorded", "figures_not_derived", "empty", "decimal_mark_assumed", "date_order_assumed"),
    *("percent_assumed", "fraction_assumed", "combined", "totals_kept", "total_differs", "totals_left_out"),
    *("measure_missing", "converted", "price_improbable", "micros", "rounded"),
}


@dataclass(frozen=True)
class File:
    """A file to be read: its rows, and how they are written."""

    rows: list[tuple[date, str, str, int, int, int, int, int]]
    headings: tuple[int, ...]
    order: list[int]
    money: str
    dates: str
    is_whole: bool
    is_grouped: bool
    delimiter: str
    encoding: str
    preamble: list[str]
    total: str
    is_doubled: bool
    damage: tuple[str, int, int, str]


names = st.lists(
    st.sampled_from(["Harbour", "Meadow", "Total Wine", "All audiences", "Кампания 7", "sale, 2026", "7"]),
    min_size=1,
    max_size=3,
    unique=True,
)


@st.composite
def files(draw: st.DrawFn) -> File:
    """Draw a file of known figures."""
    first = draw(st.dates(date(2024, 1, 1), date(2026, 10, 1)))
    days = draw(st.integers(2, 9))
    channels = draw(st.sampled_from([("Search",), ("Search", "Social")]))
    chance = draw(st.randoms(use_true_random=False))
    is_whole = draw(st.sampled_from([False, False, False, True]))
    rows: list[tuple[date, str, str, int, int, int, int, int]] = []
    for day in range(days):
        for channel in channels:
            for campaign in draw(names) if day == 0 and channel == channels[0] else names_of(rows, channels):
                clicks = chance.randrange(1, 9_000)
                cost, revenue = (chance.randrange(1, 90_000_000 // 100) * 100 for _ in range(2))
                if not is_whole:
                    cost, revenue = cost + chance.randrange(100), revenue + chance.randrange(100)
                impressions = clicks * chance.randrange(20, 400) + chance.randrange(20)
                conversions = chance.randrange(0, clicks // 10 + 1)
                rows.append(
                    (
                        first + timedelta(day),
                        channel,
                        campaign,
                        impressions,
                        clicks,
                        conversions,
                        cost,
                        revenue,
                    )
                )
    order = list(range(len(COLUMNS)))
    chance.shuffle(order)
    if draw(st.booleans()):
        chance.shuffle(rows)
    return File(
        rows=rows,
        headings=tuple(draw(st.integers(0, 9)) for _ in COLUMNS),
        order=order,
        money=draw(st.sampled_from(sorted(MONEY))),
        dates=draw(st.sampled_from(sorted(DATES))),
        is_whole=is_whole,
        is_grouped=draw(st.booleans()),
        delimiter=draw(st.sampled_from([",", ";", "\t"])),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
        preamble=draw(st.sampled_from([[], ["Campaign report"], ["Report", "All time", ""]])),
        total=draw(st.sampled_from(TOTALS)),
        is_doubled=draw(st.sampled_from([False, False, False, True])),
        damage=draw(
            st.tuples(
                st.sampled_from(
                    ["none", "none", "none", "cell", "negative", "cut", "date", "mark", "column"]
                ),
                st.integers(0, 10**6),
                st.integers(0, 4),
                st.sampled_from(DAMAGES),
            )
        ),
    )


def names_of(rows: Sequence[tuple[object, ...]], channels: Sequence[str]) -> list[str]:
    """Return the campaigns of the first channel, which all channels have."""
    return list(dict.fromkeys(str(row[2]) for row in rows if row[1] == channels[0]))


@FAULT
@pytest.mark.timeout(1_800)
@quick
@given(files())
def test_no_sum_of_a_file_changes_without_a_word(
    engine: sa.Engine, tmp_path_factory: pytest.TempPathFactory, file: File
) -> None:
    _judge(engine, tmp_path_factory.getbasetemp(), file)


@FAULT
@pytest.mark.slow
@pytest.mark.timeout(14_400)
@slow
@given(files())
def test_no_sum_of_ten_thousand_files_changes_without_a_word(
    engine: sa.Engine, tmp_path_factory: pytest.TempPathFactory, file: File
) -> None:
    _judge(engine, tmp_path_factory.getbasetemp(), file)


def _judge(engine: sa.Engine, folder: Path, file: File) -> None:
    table, truth = _table(file)
    path = folder / "read.csv"
    path.write_bytes(_text(file, table).encode(file.encoding))
    with engine.connect() as connection:
        try:
            report = import_file(connection, path)
        except DemetraError as refusal:
            event(f"refused: {refusal.code}")
            if _is_clear(file):
                raise
            return
        stored = _stored(connection)
    wrong = [name for name in SUMS if stored[name] != truth[name]]
    said = {remark.code for remark in report.remarks} & SPEAKING
    event("right" if not wrong else "wrong, and said")
    assert not wrong or said or report.rows_rejected, _account(report, stored, truth)
    if _is_clear(file):
        assert not wrong, _account(report, stored, truth)


def _is_clear(file: File) -> bool:
    """Return whether a file can be read in one way only, so that it must be read, and rightly."""
    is_ambiguous = file.is_whole and MONEY[file.money].group in {".", ","}
    has_order = file.dates != "american" or any(row[0].day > 12 for row in file.rows)
    return file.damage[0] in {"none", "negative"} and not file.is_doubled and not is_ambiguous and has_order


def _table(file: File) -> tuple[list[list[str]], dict[str, Decimal]]:
    """Return the cells of the rows in the order of `COLUMNS`, and the true sums."""
    rows = [list(row) for row in file.rows]
    kind, at, measure, text = file.damage
    if kind == "negative":
        rows[at % len(rows)][6 + measure % 2] = -1_250
    elif kind == "mark":
        rows[at % len(rows)][6 + measure % 2] = 1_234_567
    truth: dict[str, Decimal] = {
        name: Decimal(sum(int(str(row[3 + n])) for row in rows)) for n, name in enumerate(SUMS)
    }
    for name in ("cost", "revenue"):
        truth[name] /= 100
    table = [_written(file, row) for row in rows]
    if file.is_doubled:
        table += [list(row) for row in table]
    if kind == "cell":
        table[at % len(table)][3 + measure] = text
    elif kind == "date":
        table[at % len(table)][0] = "never"
    elif kind == "mark":
        other = MONEY["english" if MONEY[file.money].mark == "," else "german"]
        table[at % len(table)][6 + measure % 2] = other.amount(1_234_567)
    table = _with_totals(file, rows, table)
    return table, truth


def _written(file: File, row: Sequence[object]) -> list[str]:
    money, day = MONEY[file.money], row[0]
    assert isinstance(day, date)
    counts = [int(str(value)) for value in row[3:6]]
    amounts = [int(str(value)) for value in row[6:]]
    return [
        DATES[file.dates](day),
        *map(str, row[1:3]),
        *(money.count(value) if file.is_grouped else str(value) for value in counts),
        *(money.amount(cents, whole=file.is_whole and cents % 100 == 0) for cents in amounts),
    ]


def _with_totals(file: File, rows: list[list[object]], table: list[list[str]]) -> list[list[str]]:
    """Add rows of totals; they are right only if nothing is damaged, as in a file that was edited."""
    if file.total == "none" or file.is_doubled or len(rows) < 2:
        return table
    days = sorted({row[0] for row in rows if isinstance(row[0], date)})
    if file.total in {"last", "first"}:
        total = _total(file, rows, "", "", "Total")
        return [total, *table] if file.total == "first" else [*table, total]
    found: list[list[str]] = []
    for day in days:
        places = [at for at, row in enumerate(rows) if row[0] == day]
        found += [table[at] for at in places]
        if len(places) > 1:
            word = "Итого" if file.total == "daily" else "Kwete"
            found.append(_total(file, [rows[at] for at in places], DATES[file.dates](day), word, word))
    return found


def _total(file: File, rows: list[list[object]], day: str, channel: str, campaign: str) -> list[str]:
    sums = [sum(int(str(row[at])) for row in rows) for at in range(3, 8)]
    return [day, channel, campaign, *_written(file, [date(2026, 1, 1), "", "", *sums])[3:]]


def _text(file: File, table: list[list[str]]) -> str:
    kind, at, measure, _ = file.damage
    order = [column for column in file.order if kind != "column" or column != 3 + measure]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=file.delimiter, lineterminator="\n")
    headings = [
        HEADINGS[name][choice % len(HEADINGS[name])]
        for name, choice in zip(COLUMNS, file.headings, strict=True)
    ]
    writer.writerows([line] for line in file.preamble)
    writer.writerow([headings[column] for column in order])
    for number, row in enumerate(table):
        cells = [row[column] for column in order]
        writer.writerow(cells[:-2] if kind == "cut" and number == at % len(table) else cells)
    return text.getvalue()


def _stored(connection: sa.Connection) -> dict[str, Decimal]:
    query = f"SELECT {', '.join(f'coalesce(sum({name}), 0) AS {name}' for name in SUMS)} FROM campaigns"
    return dict(connection.execute(sa.text(query)).mappings().one())


def _account(report: ImportReport, stored: dict[str, Decimal], truth: dict[str, Decimal]) -> str:
    return f"stored {stored}, true {truth}, said {[remark.text.en for remark in report.remarks]}"
