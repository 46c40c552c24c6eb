"""What an import leaves in the table, and what its report says."""

import csv
import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.campaigns import import_file
from services.campaigns.failures import AllRowsRejectedError, ChannelNameError, SumTooLargeError
from services.database.tables import campaign_days
from tests.campaigns.files import HEADER, ROW, added, load, rows, sums, write

quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
counts = st.integers(0, 10**7)
money = st.decimals(0, 10**6, places=2)
figures = st.tuples(counts, counts, st.decimals(0, 10**5, places=4), money, money)
keys = st.tuples(
    st.dates(date(2024, 1, 1), date(2025, 12, 31)).map(date.isoformat),
    st.sampled_from(["Instagram", "Google Ads", 'Say "hi"', "Дзен", "🎯, ads", "back\\slash", "<script>"]),
    st.sampled_from(["C1", "C2", ""]),
    st.sampled_from(["18-24", "", "7", "007"]),
)
tables = st.lists(st.tuples(keys, figures), min_size=1, max_size=30)
TABLE_HEADER = ["date", "channel", "campaign_id", "audience", *HEADER.split(",")[2:]]


def save(path, table, delimiter=","):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(TABLE_HEADER)
        writer.writerows([*key, *values] for key, values in table)
    return path


@pytest.fixture
def afresh(connection):
    """Undo what one example has done, so that the next starts on an empty table."""

    class Afresh:
        def __enter__(self):
            self.savepoint = connection.begin_nested()
            return connection

        def __exit__(self, *_):
            self.savepoint.rollback()

    return Afresh()


@quick
@given(tables, st.sampled_from([",", ";", "\t", "|"]))
def test_the_table_adds_up_to_the_file(afresh, tmp_path_factory, table, delimiter):
    path = save(tmp_path_factory.mktemp("in") / "file.csv", table, delimiter)

    with afresh as connection:
        report = import_file(connection, path)

        assert sums(connection) == added(values for _, values in table)
        assert tuple(report.totals.values()) == sums(connection)
        assert report.rows_read == len(table)
        assert report.rows_imported + report.rows_combined == len(table)


@quick
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(afresh, tmp_path_factory, table, random):
    folder = tmp_path_factory.mktemp("in")
    shuffled = random.sample(table, len(table))

    with afresh as connection:
        import_file(connection, save(folder / "one.csv", table))
        report = import_file(connection, save(folder / "two.csv", shuffled))

    assert (report.rows_imported, report.rows_updated) == (0, 0)


@quick
@given(tables, st.integers(1, 5))
def test_parts_of_a_file_add_up_to_the_whole(afresh, tmp_path_factory, table, parts):
    folder = tmp_path_factory.mktemp("in")
    ordered = sorted(table, key=lambda row: (row[0], str(row[1])))
    by_key = [[row for row in ordered if hash(row[0]) % parts == part] for part in range(parts)]

    with afresh as connection:
        for number, part in enumerate(part for part in by_key if part):
            import_file(connection, save(folder / f"{number}.csv", part))

        assert sums(connection) == added(values for _, values in table)


def test_the_same_file_twice_changes_nothing(connection, tmp_path):
    first = load(connection, tmp_path, ROW, ROW.replace("Instagram", "TikTok"))
    before = rows(connection, "id", "imported_at", "cost")
    second = load(connection, tmp_path, ROW, ROW.replace("Instagram", "TikTok"))

    assert (first.rows_imported, first.rows_updated, first.rows_unchanged) == (2, 0, 0)
    assert (second.rows_imported, second.rows_updated, second.rows_unchanged) == (0, 0, 2)
    assert rows(connection, "id", "imported_at", "cost") == before


def test_a_renamed_copy_changes_nothing(connection, tmp_path):
    import_file(connection, write(tmp_path, ROW, name="may.csv"))
    report = import_file(connection, write(tmp_path, ROW, name="copy of may.csv"))

    assert report.rows_unchanged == 1
    assert rows(connection, "source") == ["import"]


def test_a_corrected_file_corrects(connection, tmp_path):
    load(connection, tmp_path, ROW, ROW.replace("-01,", "-02,"))
    report = load(connection, tmp_path, ROW.replace("20.50", "21.75"), ROW.replace("-01,", "-02,"))

    assert (report.rows_imported, report.rows_updated, report.rows_unchanged) == (0, 1, 1)
    assert rows(connection, "cost") == [Decimal("21.75"), Decimal("20.50")]


def test_hours_of_one_day_are_one_row(connection, tmp_path):
    hours = [f"2025-03-01 {hour:02}:00:00,Instagram,10,2,1,0.10,0.30" for hour in range(24)]
    report = load(connection, tmp_path, *hours)

    assert (report.rows_read, report.rows_imported, report.rows_combined) == (24, 1, 23)
    assert rows(connection, "date", "impressions", "cost", "revenue") == [
        (date(2025, 3, 1), 240, Decimal("2.4"), Decimal("7.2"))
    ]
    assert "Rows added to another one" in report.warnings[-1].en


def test_rows_with_other_attributes_are_other_rows(connection, tmp_path):
    report = load(connection, tmp_path, f"{ROW},Women", f"{ROW},Men", header=f"{HEADER},Audience")

    assert report.rows_imported == 2
    assert rows(connection, "attributes") == [{"audience": "Women"}, {"audience": "Men"}]


def test_a_file_that_repeats_days_with_other_attributes_says_so(connection, tmp_path):
    # Rows are told from earlier ones by the time of their transaction; so date the earlier ones back.
    load(connection, tmp_path, f"{ROW},7", header=f"{HEADER},Score")
    connection.execute(sa.text("UPDATE campaigns SET imported_at = now() - interval '1 day'"))
    report = load(connection, tmp_path, f"{ROW},8", header=f"{HEADER},Score")

    assert report.rows_imported == 1
    assert any("imported before with other attributes: 1" in text.en for text in report.warnings)


def test_attributes_are_numbers_or_words_whatever_the_rest_of_their_column_is(connection, tmp_path):
    header = f"{HEADER},Score,Zip,Note,Duration"
    load(connection, tmp_path, f"{ROW},7.50,007,,15 Days", f'{ROW},n/a,10,"a  ""b"" \\n",15.0', header=header)

    assert rows(connection, "attributes") == [
        {"score": 7.5, "zip": "007", "duration": "15 Days"},
        {"score": "n/a", "zip": 10, "note": 'a "b" \\n', "duration": 15},
    ]


def test_names_survive_as_they_are(connection, tmp_path):
    names = ['Say "hi"', "Дзен", "🎯", "back\\slash\\n", "<script>alert(1)</script>", "a,b;c|d", "O'Brien"]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    report = load(connection, tmp_path, *(ROW.replace("Instagram", name) for name in quoted))

    assert set(rows(connection, "channel")) == set(names)
    assert set(report.channels) == set(names)


def test_spaces_around_and_within_names_are_tidied(connection, tmp_path):
    load(connection, tmp_path, ROW.replace("Instagram", "  Google \t Ads "))

    assert rows(connection, "channel") == ["Google Ads"]


def test_without_a_campaign_column_a_channel_is_one_campaign(connection, tmp_path):
    load(connection, tmp_path, ROW, ROW.replace("Instagram", "TikTok"))

    assert rows(connection, "campaign_id") == ["Instagram", "TikTok"]


def test_without_a_channel_column_the_file_name_is_the_channel(connection, tmp_path):
    path = write(tmp_path, "2025-03-01,5,1", header="date,cost,clicks", name="Telegram.csv")
    report = import_file(connection, path)

    assert rows(connection, "channel") == ["Telegram"]
    assert "“Telegram”, after its name" in report.warnings[-1].en


def test_a_given_channel_is_used_where_the_file_names_none(connection, tmp_path):
    report = load(connection, tmp_path, ROW, ROW.replace("Instagram", ""), channel="Other ads")

    assert rows(connection, "channel") == ["Instagram", "Other ads"]
    assert "only where its cells are empty" in report.warnings[-1].en


def test_a_given_channel_names_a_file_without_a_channel_column(connection, tmp_path):
    report = load(connection, tmp_path, "2025-03-01,5,1", header="date,cost,clicks", channel="VK")

    assert report.channels == ("VK",)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\0b"])
def test_an_impossible_channel_is_refused(connection, tmp_path, name):
    with pytest.raises(ChannelNameError):
        load(connection, tmp_path, ROW, channel=name)


def test_figures_that_no_column_tells_are_zero_and_said(connection, tmp_path):
    report = load(connection, tmp_path, "2025-03-01,TikTok,5.00,10", header="date,channel,cost,clicks")

    assert rows(connection, "impressions", "conversions", "revenue") == [(0, 0, 0)]
    assert [text.en.split(":")[0] for text in report.warnings] == [
        f"No column tells the {name}" for name in ("impressions", "conversions", "revenue")
    ]


def test_oddities_are_kept_and_reported(connection, tmp_path):
    report = load(
        connection,
        tmp_path,
        "2025-03-01,A,10,20,30,1,1",
        "2025-03-02,A,10,2,3,1,1",
        "2025-03-03,A,10.6,2,1,,—",
    )

    assert report.rows_imported == 3
    assert [text.en for text in report.warnings] == [
        "Rows with more clicks than impressions, kept as they are: 1.",
        "Rows with more conversions than clicks, kept as they are: 2.",
        "“cost”: empty cells read as 0: 1.",
        "“revenue”: empty cells read as 0: 1.",
        "“impressions”: fractions rounded to whole numbers: 1.",
    ]


def test_several_currencies_are_reported(connection, tmp_path):
    report = load(connection, tmp_path, "2025-03-01,A,1,1,1,$5.00,7.00 €")

    assert "more than one currency ($, €)" in report.warnings[-1].en


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("date,clicks,conversion_rate,cost,roi", "2025-03-01,500,0.15,500.0,5.79", (500, 75, 500, 3395)),
        ("date,clicks,conversion_rate,cost,roas", "2025-03-01,500,15 %,500,2", (500, 75, 500, 1000)),
        ("date,impressions,ctr,cost,roi", "2025-03-01,1000,2.5%,10,-35%", (25, 0, 10, Decimal("6.5"))),
        ("date,clicks,conv. rate (%),cost", "2025-03-01,500,0.5,10", (500, Decimal("2.5"), 10, 0)),
        ("date,clicks,conversions,cpa,roi", "2025-03-01,500,20,2.5,1", (500, 20, 50, 100)),
        ("date,clicks,conversion_rate,cpa,roi", "2025-03-01,500,0.1,300,1", (500, 50, 300, 600)),
    ],
)
def test_ratios_become_counts(connection, tmp_path, header, row, expected):
    load(connection, tmp_path, row, header=header)

    assert rows(connection, "clicks", "conversions", "cost", "revenue") == [expected]


def test_a_ratio_column_is_in_percent_if_some_of_it_is_above_one(connection, tmp_path):
    lines = [f"2025-03-01,C{n},1000,{rate},1" for n, rate in enumerate([0.5, 0.9, 16.86])]
    report = load(connection, tmp_path, *lines, header="date,campaign,impressions,ctr,cost")

    assert rows(connection, "clicks") == [5, 9, 169]
    assert any("“ctr” was read as percent" in text.en for text in report.warnings)


def test_one_rate_above_one_in_hundreds_does_not_make_percents(connection, tmp_path):
    lines = [f"2025-03-01,C{n},100,{1.2 if n == 7 else 0.12},1" for n in range(200)]
    load(connection, tmp_path, *lines, header="date,campaign,clicks,conversion_rate,cost")

    assert sums(connection).conversions == 199 * 12 + 120


@pytest.mark.parametrize(
    ("lines", "cost", "impressions"),
    [
        (["01.03.2025;A;1.234;1 234,50 €", "13.03.2025;A;12;0,5"], Decimal("1235"), 1246),
        (["03/13/2025;A;1,234;$1,234.50", "03/02/2025;A;12;.5"], Decimal("1235"), 1246),
        (["2025-03-01;A;1 234;1'234.5", "2025-03-02;A;1e1;0"], Decimal("1234.5"), 1244),
        (["2025-03-01;A;1,234;2,500", "2025-03-02;A;1;1,25"], Decimal("3.75"), 1235),
    ],
)
def test_numbers_are_read_in_the_style_of_their_column(connection, tmp_path, lines, cost, impressions):
    load(connection, tmp_path, *lines, header="Date;Channel;Impressions;Cost")

    assert (sums(connection).cost, sums(connection).impressions) == (cost, impressions)


def test_the_date_order_comes_from_a_row_far_below(connection, tmp_path):
    lines = [f"0{n % 9 + 1}/02/2025,C{n},1,1" for n in range(3_000)]
    report = load(connection, tmp_path, *lines, "13/02/2025,C,1,1", header="date,campaign,cost,clicks")

    assert (report.date_from, report.date_to) == (date(2025, 2, 1), date(2025, 2, 13))
    assert not any("tells day and month apart" in text.en for text in report.warnings)


def test_an_assumed_date_order_is_said(connection, tmp_path):
    report = load(connection, tmp_path, ROW.replace("2025-03-01", "01/03/2025"))

    assert report.date_from == date(2025, 3, 1)
    assert report.warnings[0].en.startswith("No date tells day and month apart; they were read day first.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_every_encoding_reads_the_same(connection, tmp_path, encoding):
    header = "Дата;Канал;Показы;Клики;Конверсии;Расход;Доход"
    path = write(
        tmp_path, ROW.replace(",", ";").replace("Instagram", "Дзен"), header=header, encoding=encoding
    )
    import_file(connection, path)

    assert rows(connection, "channel", "clicks") == [("Дзен", 50)]


def test_one_bad_byte_does_not_spoil_a_utf_8_file(connection, tmp_path):
    path = write(tmp_path, *(ROW.replace("Instagram", f"Дзен {n}") for n in range(50)))
    path.write_bytes(path.read_bytes() + ROW.replace("Instagram", "D\xe9zen").encode("latin-1"))
    report = import_file(connection, path)

    assert (report.rows_imported, report.rows_rejected) == (50, 1)
    assert report.first_rejected[0].reason.en == "the row contains bytes that are not utf-8 text"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_reads_the_same(connection, tmp_path, end):
    path = tmp_path / "file.csv"
    path.write_bytes(end.join([HEADER, ROW, ROW.replace("Instagram", "TikTok")]).encode())

    assert import_file(connection, path).rows_imported == 2


def test_a_packed_file_is_unpacked(connection, tmp_path):
    path = tmp_path / "Telegram.csv.gz"
    path.write_bytes(gzip.compress(b"date,cost,clicks\n2025-03-01,5,1\n"))

    assert import_file(connection, path).channels == ("Telegram",)


def test_lines_above_the_header_are_passed_over(connection, tmp_path):
    path = write(tmp_path, "Campaign report", "All time", "", HEADER, ROW, "bad,row", header="sep=,")
    report = import_file(connection, path)

    assert (report.rows_read, report.rows_imported) == (2, 1)
    assert report.first_rejected[0].line == 7


BAD_ROWS = [
    ("2025-02-30,A,1,1,1,1,1", "there is no such day as “2025-02-30”"),
    (",A,1,1,1,1,1", "the date is empty"),
    ("2025-03-01,,1,1,1,1,1", "the channel is empty"),
    (f"2025-03-01,{'x' * 201},1,1,1,1,1", "channel is longer than 200 characters"),
    ("2025-03-01,A,-1,1,1,1,1", "impressions: “-1” is below zero"),
    ("2025-03-01,A,1,1,1,-0.01,1", "cost: “-0.01” is below zero"),
    ("2025-03-01,A,1,1,1,inf,1", "cost: “inf” is not a finite number"),
    ("2025-03-01,A,1,1,NaN,1,1", "conversions: “NaN” is not a finite number"),
    ("2025-03-01,A,1,1,1,1,12 %", "revenue: “12 %” is not a number"),
    ("2025-03-01,A,1,one,1,1,1", "clicks: “one” is not a number"),
    ("2025-03-01,A,1,1,1,1e14,1", "cost: “1e14” is larger than can be stored"),
    ("2025-03-01,A,1,1,1,1e999,1", "cost: “1e999” is larger than can be stored"),
    (
        "2025-03-01,A,9300000000000000000,1,1,1,1",
        "impressions: “9300000000000000000” is larger than can be stored",
    ),
    ("2025-03-01,A,1,1,1,1", "the row has 6 fields, the header has 7"),
    ("2025-03-01,A,1,1,1,1,1,1", "the row has 8 fields, the header only 7"),
    ("2025-03-01,A\0,1,1,1,1,1", "the row contains a NUL character"),
    ('2025-03-01,"A,1,1,1,1,1', "a quotation mark is opened and not closed, or a field is too long"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_ROWS)
def test_one_bad_row_is_rejected_with_its_line_and_reason(connection, tmp_path, bad, reason):
    report = load(connection, tmp_path, ROW, bad, ROW.replace("-01,", "-02,"))

    assert (report.rows_read, report.rows_imported, report.rows_rejected) == (3, 2, 1)
    assert [(one.line, one.reason.en) for one in report.first_rejected] == [(3, reason)]


def test_all_bad_rows_are_in_the_file_beside(connection, tmp_path):
    report = load(connection, tmp_path, *(bad for bad, _ in BAD_ROWS), ROW)

    assert report.rejects_file == str(tmp_path / "campaigns.csv.rejects.csv")
    with Path(report.rejects_file).open(encoding="utf-8", newline="") as stream:
        written = list(csv.reader(stream))
    assert written[0] == ["line", "reason", *HEADER.split(",")]
    assert [(int(row[0]), row[1]) for row in written[1:]] == [
        (line, reason) for line, (_, reason) in enumerate(BAD_ROWS, start=2)
    ]


def test_reasons_are_written_in_the_chosen_language(connection, tmp_path):
    load(connection, tmp_path, ROW, "вчера" + ROW[10:], lang="ru")

    assert "«вчера» — не дата" in (tmp_path / "campaigns.csv.rejects.csv").read_text(encoding="utf-8")


def test_a_mended_rejects_file_can_be_imported(connection, tmp_path):
    load(connection, tmp_path, ROW, ROW.replace("2025-03-01", "2025-02-30"))
    beside = tmp_path / "campaigns.csv.rejects.csv"
    beside.write_text(beside.read_text().replace("2025-02-30", "2025-02-28"))
    report = import_file(connection, beside)

    assert report.rows_imported == 1
    assert rows(connection, "attributes") == [{}, {}]


def test_rejects_of_an_earlier_import_do_not_stay(connection, tmp_path):
    load(connection, tmp_path, ROW, "bad")
    report = load(connection, tmp_path, ROW)

    assert report.rejects_file is None
    assert [path.name for path in tmp_path.iterdir()] == ["campaigns.csv"]


def test_rejects_that_cannot_be_written_are_reported_and_hold_nothing_up(connection, tmp_path):
    (tmp_path / "campaigns.csv.rejects.csv").mkdir()
    report = load(connection, tmp_path, ROW, "bad")

    assert (report.rows_imported, report.rows_rejected, report.rejects_file) == (1, 1, None)
    assert "could not be written to a file beside this one" in report.warnings[-1].en
    assert sorted(path.name for path in tmp_path.iterdir()) == ["campaigns.csv", "campaigns.csv.rejects.csv"]


def test_a_file_without_a_good_row_changes_nothing(connection, tmp_path):
    with pytest.raises(AllRowsRejectedError) as caught:
        load(connection, tmp_path, "bad", "2025-02-30" + ROW[10:])

    assert "None of the 2 rows" in caught.value.text.en
    assert "campaigns.csv.rejects.csv" in caught.value.text.en
    assert (tmp_path / "campaigns.csv.rejects.csv").exists()
    assert rows(connection, "id") == []


def test_sums_beyond_the_table_are_refused(connection, tmp_path):
    huge = ROW.replace("1000", "9" * 18)

    with pytest.raises(SumTooLargeError):
        load(connection, tmp_path, *[huge] * 10)
    assert rows(connection, "id") == []


def test_a_dry_run_reports_and_changes_nothing(connection, tmp_path):
    report = load(connection, tmp_path, ROW, "bad", dry_run=True)

    assert (report.rows_imported, report.rows_rejected, report.rejects_file) == (1, 1, None)
    assert rows(connection, "id") == []
    assert [path.name for path in tmp_path.iterdir()] == ["campaigns.csv"]


def test_the_daily_sums_follow(connection, tmp_path):
    load(connection, tmp_path, ROW, ROW)

    found = connection.execute(sa.select(campaign_days.c.channel, campaign_days.c.cost)).all()
    assert [tuple(row) for row in found] == [("Instagram", Decimal("41.0000"))]


def test_progress_goes_through_the_stages(connection, tmp_path):
    seen = []
    load(connection, tmp_path, *[ROW] * 5_000, on_progress=seen.append)

    assert list(dict.fromkeys(progress.stage for progress in seen)) == ["look", "read", "store"]
    assert all(0 < progress.done <= progress.total for progress in seen)
    assert seen[-1].rows == 5_000


def test_a_report_keeps_its_promised_names(connection, tmp_path):
    entry = load(connection, tmp_path, ROW).to_json()

    assert entry["file"] == str(tmp_path / "campaigns.csv")
    assert {"rows_read", "rows_imported", "rows_updated", "rows_rejected", "channels"} <= entry.keys()
    assert (entry["date_from"], entry["date_to"], entry["rejects_file"]) == ("2025-03-01", "2025-03-01", None)
