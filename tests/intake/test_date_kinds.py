"""Dates as platforms and people write them, in many languages, and what the whole file says about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import import_file
from services.intake.date_texts import Order, Span, read_day, read_span
from services.intake.dates import DateEvidence, Dating, date_stems
from services.intake.failures import AllRowsRejectedError, MixedDatesError
from services.text import Text
from tests.intake.files import rows, sums, write

FIFTH_OF_MONTHS = """
en January February March April May June July August September October November December
en Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec
de Januar Februar März April Mai Juni Juli August September Oktober November Dezember
de Jan. Feb. Mär. Apr. Mai Jun. Jul. Aug. Sept. Okt. Nov. Dez.
fr janvier février mars avril mai juin juillet août septembre octobre novembre décembre
fr janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.
es enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
es ene feb mar abr may jun jul ago sept oct nov dic
pt janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
pt jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.
it gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
it gen feb mar apr mag giu lug ago set ott nov dic
pl stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
pl sty lut mar kwi maj cze lip sie wrz paź lis gru
ru января февраля марта апреля мая июня июля августа сентября октября ноября декабря
ru янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек.
tr Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık
tr Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara
nl januari februari maart april mei juni juli augustus september oktober november december
nl jan feb mrt apr mei jun jul aug sep okt nov dec
sv januari februari mars april maj juni juli augusti september oktober november december
sv jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec.
hu január február március április május június július augusztus szeptember október november december
hu jan. febr. márc. ápr. máj. jún. júl. aug. szept. okt. nov. dec.
ro ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
ro ian. feb. mar. apr. mai iun. iul. aug. sept. oct. nov. dec.
cs ledna února března dubna května června července srpna září října listopadu prosince
uk січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
uk січ. лют. бер. квіт. трав. черв. лип. серп. вер. жовт. лист. груд.
da januar februar marts april maj juni juli august september oktober november december
nb januar februar mars april mai juni juli august september oktober november desember
fi tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu
ja 1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月
"""
SHAPES = ("5 {} 2026", "5. {} 2026", "{} 5, 2026", "5-{}-26", "5 de {} de 2026", "2026 {} 5", "5 {} 2026 г.")


@pytest.mark.parametrize("line", FIFTH_OF_MONTHS.strip().splitlines())
def test_months_are_known_by_name_in_many_languages(line: str) -> None:
    language, *names = line.split()
    shapes = ("2026年{}5日",) if language == "ja" else SHAPES

    for number, name in enumerate(names, start=1):
        for shape in shapes:
            for written in (name, name.upper(), name.casefold()):
                assert read_day(shape.format(written), "day") == date(2026, number, 5), (shape, written)


@pytest.mark.parametrize(
    "text",
    [
        *("Thu, 5 Feb 2026", "Do., 5. Feb. 2026", "Thursday, February 5, 2026", "jeudi 5 février 2026"),
        *("jue, 5 feb 2026", "czw., 5 lut 2026", "чт, 5 февр. 2026 г.", "5 Şub 2026 Per", "tors 5 feb. 2026"),
        *("2026年2月5日(木)", "2026年2月5日木曜日", "do 5 feb 2026", "quinta-feira, 5 de fevereiro de 2026"),
        *("giovedì 5 febbraio 2026", "5.2.2026 (Do)", "Donnerstag, 05.02.2026", "Thu Feb 05 2026"),
        *("5 Feb 2026 14:30", "Thu Feb 05 2026 00:00:00 GMT+0100 (CET)", "5 févr. 2026 à 14:30"),
    ],
)
def test_weekdays_and_times_around_a_date_do_not_matter(text: str) -> None:
    assert read_day(date_stems([text])[0], "day") == date(2026, 2, 5)


@pytest.mark.parametrize(
    ("text", "day"), [("mar. 3 févr. 2026", (2026, 2, 3)), ("mar 3, 2026", (2026, 3, 3))]
)
def test_march_and_tuesday_share_a_short_name(text: str, day: tuple[int, int, int]) -> None:
    assert read_day(text, "day") == date(*day)


WEEK = Span(date(2026, 2, 2), date(2026, 2, 8))
FEBRUARY = Span(date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("text", "order", "span"),
    [
        *((text, "day", WEEK) for text in ("2 Feb 2026 - 8 Feb 2026", "02.02.2026 – 08.02.2026", "2026-W06")),
        *((text, "month", WEEK) for text in ("02/02/2026 - 02/08/2026", "2/2/2026-2/8/2026", "W06 2026")),
        *((text, "year", WEEK) for text in ("2026-02-02/2026-02-08", "2026-02-02 to 2026-02-08", "2026W6")),
        *((text, "year", WEEK) for text in ("20260202-20260208", "2026-02-02~2026-02-08", "KW 6 2026")),
        *((text, "day", FEBRUARY) for text in ("2026-02", "2026/02", "02/2026", "Feb 2026", "February 2026")),
        *((text, "day", FEBRUARY) for text in ("202602", "février 2026", "luty 2026", "Февраль 2026")),
        *((text, "day", FEBRUARY) for text in ("2026年2月", "febrero de 2026", "Şubat 2026", "2026 Feb")),
    ],
)
def test_weeks_and_months_are_spans(text: str, order: Order, span: Span) -> None:
    assert read_span(text, order) == span


@pytest.mark.parametrize("text", ["5 Feb", "Feb 5", "05.02.", "5/2", "5 февраля"])
def test_a_date_without_a_year_is_refused(text: str) -> None:
    found = read_day(text, "day")

    assert isinstance(found, Text)
    assert "has no year" in found.en


def dating_of(*texts: str, above: tuple[str, ...] = ()) -> Dating:
    found = DateEvidence()
    found.add(date_stems(texts), range(2, 2 + len(texts)), texts)
    return found.dating("file.csv", above)


FIRSTS = [f"9/{day}/2024" for day in range(1, 13)]


@pytest.mark.parametrize(
    ("above", "order"),
    [
        ("September 1, 2024 - September 12, 2024", "month"),
        ("Report Time: 9/1/2024 - 9/30/2024", "month"),
        ("1.9.2024 - 30.9.2024", "day"),
        ("Zeitraum: 2024-09-01 bis 2024-09-12", "month"),
        ("1er septembre 2024 - 30 septembre 2024", "month"),
    ],
)
def test_the_lines_above_the_header_decide(above: str, order: Order) -> None:
    texts = [f"9/{day}/2024" for day in (1, 2, 5, 7, 12)]

    assert dating_of(*texts, above=("Report", above)).order == order
    assert dating_of(*texts, above=("Report", above)).why == "preamble"


def test_weekdays_decide() -> None:
    assert dating_of("Thu, 05/02/2026", "Sun, 08/02/2026").order == "day"
    assert dating_of("Sat 05/02/2026", "Sun 08/02/2026").order == "month"


def test_no_day_is_in_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.dates._tomorrow", lambda: date(2026, 6, 1))

    assert dating_of("01/12/2026", "02/03/2026") == Dating("month", "future")
    assert dating_of("12/01/2026", "03/02/2026") == Dating("day", "future")
    assert dating_of("12/11/2026", "03/02/2026").why == "assumed"


def test_days_in_a_row_decide() -> None:
    assert dating_of(*FIRSTS) == Dating("month", "distances")
    assert dating_of(*(f"{day:02}.03.2024" for day in range(1, 9))) == Dating("day", "distances")
    assert dating_of("01/02/2024", "05/03/2024", "07/09/2024").why == "assumed"


def test_mixed_orders_stay_a_refusal() -> None:
    with pytest.raises(MixedDatesError):
        dating_of("13/01/2025", "01/13/2025", above=("January 1, 2025 - January 31, 2025",))


def utc(day: date, zone: str) -> str:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return midnight.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(
    "zone",
    [
        *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata"),
        *("Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo", "Europe/Moscow"),
    ],
)
@pytest.mark.parametrize("first", [date(2025, 10, 20), date(2025, 3, 1), date(2025, 6, 1)])
def test_midnights_written_in_utc_are_days_of_their_zone(
    connection: sa.Connection, tmp_path: Path, zone: str, first: date
) -> None:
    days = [first + timedelta(days=n) for n in range(40 if zone == "Pacific/Auckland" else 14)]
    if zone == "Pacific/Auckland" and first.month == 6:
        pytest.skip("noon in UTC all along says nothing")
    lines = [f"{utc(day, zone)},{n},1.5" for n, day in enumerate(days)]

    report = import_file(connection, write(tmp_path, *lines, header="date,clicks,cost"))

    assert rows(connection, "date") == days
    is_moved = not all(utc(day, zone).endswith("T00:00:00.000Z") for day in days)
    assert any(one.code == "utc_midnights" for one in report.remarks) == is_moved


def test_hours_in_utc_stay_on_the_day_as_written(connection: sa.Connection, tmp_path: Path) -> None:
    lines = [f"2026-03-01T{hour:02}:00:00Z,1,1" for hour in range(24)]

    report = import_file(connection, write(tmp_path, *lines, header="date,clicks,cost"))

    assert set(rows(connection, "date")) == {date(2026, 3, 1)}
    assert any(one.code == "utc_times" for one in report.remarks)


@pytest.mark.parametrize(
    "text", ["2026-03-01T23:30:00+02:00", "2026-03-01 00:00:00-05:00", "2026-03-01T00:00:00Z"]
)
def test_local_times_and_midnights_of_utc_stay_without_a_word(
    connection: sa.Connection, tmp_path: Path, text: str
) -> None:
    report = import_file(connection, write(tmp_path, f"{text},1,1", header="date,clicks,cost"))

    assert rows(connection, "date") == [date(2026, 3, 1)]
    assert not any(one.code.startswith("utc") for one in report.remarks)


@pytest.mark.parametrize(
    ("hours", "is_told"),
    [
        (["22:00:00"], True),
        (["22:00", "23:00"], True),
        (["18:30:00"], True),
        (["15:00:00.000"], True),
        (["21:00", "23:00"], False),
        (["09:00:00"], False),
        (["22:15:00"], False),
        (["00:00:00"], False),
        (["20:00", "21:00", "22:00"], False),
    ],
)
def test_evening_times_without_an_offset_are_told(
    connection: sa.Connection, tmp_path: Path, hours: list[str], is_told: bool
) -> None:
    lines = [f"2026-09-{day:02} {hours[day % len(hours)]},Search,1,1,1" for day in range(1, 13)]

    report = import_file(connection, write(tmp_path, *lines, header="date,channel,impressions,clicks,cost"))

    assert ("evening_times" in {one.code for one in report.remarks}) == is_told
    assert report.date_from == date(2026, 9, 1)


@pytest.mark.parametrize(
    "shape", ["{0:%Y. %m. %d.}", "{0.year}. {0.month}. {0.day}.", "{0.day}. {0.month}. {0.year}"]
)
def test_dates_have_spaces_behind_their_dots(connection: sa.Connection, tmp_path: Path, shape: str) -> None:
    days = [date(2026, 9, 1) + timedelta(days=at) for at in range(20)]
    lines = [f"{shape.format(day)};Search;1;1;1" for day in days]

    import_file(connection, write(tmp_path, *lines, header="date;channel;impressions;clicks;cost"))

    assert rows(connection, "date") == days


def test_numbers_of_a_spreadsheet_are_days(connection: sa.Connection, tmp_path: Path) -> None:
    lines = ["46081,1,2", "46082.5,1,2", "46083,1,2"]

    report = import_file(connection, write(tmp_path, *lines, header="date,clicks,cost"))

    assert rows(connection, "date") == [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)]
    assert any(one.code == "date_serials" for one in report.remarks)


def test_one_number_among_dates_is_no_day(connection: sa.Connection, tmp_path: Path) -> None:
    lines = ["2026-03-01,1,2", "46082,1,2", "2026-03-03,1,2"]

    report = import_file(connection, write(tmp_path, *lines, header="date,clicks,cost"))

    assert report.rows_rejected == 1


def test_dates_without_a_year_are_refused_with_a_sentence(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(AllRowsRejectedError, match="has no year"):
        import_file(connection, write(tmp_path, "5 Feb,1,2", "6 Feb,1,2", header="date,clicks,cost"))


WAYS: dict[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "german": lambda day: f"{day:%d.%m.%Y}",
    "us": lambda day: f"{day.month}/{day.day}/{day.year}",
    "named": lambda day: f"{day:%a}, {day.day} {day:%b} {day.year}",
    "long": lambda day: f"{day:%B} {day.day}, {day.year}",
    "japanese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "serial": lambda day: str((day - date(1899, 12, 30)).days),
    "midnights": lambda day: utc(day, "Europe/Berlin"),
    "compact": lambda day: f"{day:%Y%m%d}",
}


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.dates(date(2022, 1, 1), date(2025, 6, 1)),
    st.integers(14, 60),
    st.sampled_from(sorted(WAYS)),
)
def test_days_and_sums_do_not_depend_on_how_dates_are_written(
    connection: sa.Connection, tmp_path_factory: pytest.TempPathFactory, first: date, number: int, way: str
) -> None:
    days = [first + timedelta(days=n) for n in range(number)]
    lines = [f'"{WAYS[way](day)}",{n},{n}.25' for n, day in enumerate(days)]

    with connection.begin_nested() as savepoint:
        import_file(connection, write(tmp_path_factory.mktemp("law"), *lines, header="date,clicks,cost"))
        assert rows(connection, "date") == days
        assert sums(connection).clicks == sum(range(number))
        savepoint.rollback()
