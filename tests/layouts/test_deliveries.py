"""What the header and the notice line say of declared sources: how many, which is late, in right Russian."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from layouts import ids, notices, sync_bar
from layouts.reader import Reader
from services.text import Noun
from services.views import SourceState, SourceView
from tests.layouts.values import ENGLISH, NOW, RUSSIAN, SNAPSHOT, run, status

DAYS = Noun(en=("day", "days"), ru=("день", "дня", "дней"))


def source(
    name: str = "Google", state: SourceState = "ok", late_days: float = 0, **values: Any
) -> SourceView:
    """Return a source that has brought yesterday, or `values`."""
    usual: dict[str, Any] = {
        "type": "folder",
        "account": name,
        "data_to": date(2026, 11, 21),
        "late_by": timedelta(days=late_days) if late_days else None,
    }
    return SourceView(name=name, state=state, **(usual | values))


def stuck(name: str, **values: Any) -> SourceView:
    since = NOW - timedelta(days=3)
    usual: dict[str, Any] = {"failures": 3, "failing_since": since}
    return source(name, "failing", **(usual | values))


def header(*sources: SourceView, reader: Reader = ENGLISH, **values: Any) -> tuple[str, str, str]:
    """Return the word, the part on data, and the classes of the freshness line."""
    drawn = sync_bar.draw(status(sources=sources, **values), reader)
    return (
        drawn[f"{ids.FRESH_WORD}.children"],
        drawn[f"{ids.FRESH_DATA}.children"].replace("\u00a0", " "),
        drawn[f"{ids.FRESHNESS}.className"],
    )


def notice(*sources: SourceView, reader: Reader = ENGLISH, **values: Any) -> str:
    drawn = notices.draw(status(sources=sources, **values), reader, is_outdated=False)
    text: str = drawn[f"{ids.NOTICE_OLD}.children"]
    return text.replace("\u00a0", " ")


def test_without_sources_the_line_is_as_ever() -> None:
    assert header() == ("Fresh", "data to 22 Nov", "freshness is-fresh")
    assert notice() == ""


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [
        (1, "data to 22 Nov from 1 source", "данные по 22 ноя от 1 источника"),
        (3, "data to 22 Nov from 3 sources", "данные по 22 ноя от 3 источников"),
        (11, "data to 22 Nov from 11 sources", "данные по 22 ноя от 11 источников"),
        (21, "data to 22 Nov from 21 sources", "данные по 22 ноя от 21 источника"),
    ],
)
def test_the_number_of_sources_is_told(number: int, english: str, russian: str) -> None:
    sources = [source(f"S{place}") for place in range(number)]

    assert header(*sources) == ("Fresh", english, "freshness is-fresh")
    assert header(*sources, reader=RUSSIAN)[1] == russian


@pytest.mark.parametrize(
    ("late_days", "english", "russian"),
    [
        (0.1, "Meta 1 day late", "Meta отстаёт на 1 день"),
        (1.5, "Meta 2 days late", "Meta отстаёт на 2 дня"),
        (5, "Meta 5 days late", "Meta отстаёт на 5 дней"),
        (21, "Meta 21 days late", "Meta отстаёт на 21 день"),
    ],
)
def test_a_late_source_is_named_and_turns_the_line_amber(
    late_days: float, english: str, russian: str
) -> None:
    sources = source(), source("Meta", "late", late_days)

    word, data, classes = header(*sources)

    assert (word, data) == ("Data late", f"data to 22 Nov from 2 sources, {english}")
    assert classes == "freshness is-old"
    assert header(*sources, reader=RUSSIAN)[1] == f"данные по 22 ноя от 2 источников, {russian}"
    assert "Meta (data to 21 Nov, " in notice(*sources)
    assert sync_bar.draw(status(sources=sources), ENGLISH)[f"{ids.FRESH_NEXT}.children"] == ""


def test_the_latest_source_is_named_and_the_others_counted() -> None:
    sources = source("A", "late", 2), source("B", "late", 5), stuck("C"), source("D")

    assert header(*sources)[1] == "data to 22 Nov from 4 sources, B 5 days late and 2 more"
    assert header(*sources, reader=RUSSIAN)[1].endswith("B отстаёт на 5 дней и ещё 2")
    told = notice(*sources)
    assert told.index("B (data to") < told.index("A (data to") < told.index("C (not readable since 19 Nov)")
    assert "D" not in told.replace("Data", "").replace("Days", "")


def test_a_source_that_fails_once_is_not_yet_a_state_of_the_page() -> None:
    once = stuck("CRM", failures=1)

    assert header(once)[0] == "Fresh"
    assert header(stuck("CRM"))[:2] == ("A source fails", "data to 22 Nov from 1 source, CRM not updating")
    assert notice(once) == ""


def test_sources_that_have_brought_nothing_are_not_counted_as_origin() -> None:
    sources = source(), source("New", "never", data_to=None)

    assert header(*sources)[1] == "data to 22 Nov from 1 source"
    assert header(*sources, reader=RUSSIAN)[1] == "данные по 22 ноя от 1 источника"


def test_missing_runs_and_failures_come_before_late_sources() -> None:
    late = source("Meta", "late", 2)
    longer_ago = replace(SNAPSHOT, created_at=NOW - timedelta(hours=2))

    assert header(late, snapshot=longer_ago, last_success=None)[0] == "Out of date"
    assert header(late, last_failure=run(42, "failed"))[0] == "Last sync failed"
    assert header(late, unreachable_since=NOW)[0] == "No database"


def test_data_that_all_sources_declare_to_be_in_time_are_not_called_old() -> None:
    old = replace(SNAPSHOT, data_to=date(2026, 11, 2))
    monthly = source("Books", max_age=timedelta(days=40), data_to=date(2026, 11, 2))
    undeclared = source("Meta", data_to=date(2026, 11, 2))

    assert header(monthly, snapshot=old)[0] == "Fresh"
    assert notice(monthly, snapshot=old) == ""
    assert header(monthly, undeclared, snapshot=old)[0] == "Data 20 days old"
    assert header(snapshot=old)[0] == "Data 20 days old"


def test_old_data_and_a_late_source_are_one_sentence() -> None:
    old = replace(SNAPSHOT, data_to=date(2026, 11, 2))
    late = source("Meta", "late", 18, data_to=date(2026, 11, 2))

    told = notice(late, snapshot=old)

    assert header(late, snapshot=old)[0] == "Data 20 days old"
    assert "forecasts begin there" in told
    assert "Meta (data to 2 Nov, 18 days late)" in told
    assert "Import newer campaigns" not in told


def test_a_long_name_is_cut_in_the_header_and_whole_in_its_title() -> None:
    name = "An export of the agency for all brands in the south"
    drawn = sync_bar.draw(status(sources=(source(name, "late", 2),)), ENGLISH)

    assert name not in drawn[f"{ids.FRESH_DATA}.children"]
    assert name in drawn[f"{ids.FRESH_DATA}.title"]


@pytest.mark.parametrize(
    ("number", "english", "russian"),
    [
        (0, "0 days", "0 дней"),
        (1, "1 day", "1 день"),
        (2, "2 days", "2 дня"),
        (5, "5 days", "5 дней"),
        (11, "11 days", "11 дней"),
        (12, "12 days", "12 дней"),
        (22, "22 days", "22 дня"),
        (101, "101 days", "101 день"),
        (111, "111 days", "111 дней"),
    ],
)
def test_a_noun_has_the_form_that_its_number_needs(number: int, english: str, russian: str) -> None:
    counted = DAYS.counted(number)

    assert (counted.en, counted.ru) == (english.replace(" ", "\u00a0"), russian.replace(" ", "\u00a0"))
