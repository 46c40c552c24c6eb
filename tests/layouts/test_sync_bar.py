from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from layouts import ids, sync_bar
from layouts.reader import Reader, Visitor
from services.views import STAGES, Run, Snapshot, Stage
from tests.layouts.values import ENGLISH, NOW, RUSSIAN, SNAPSHOT, run, status


def drawn(reader: Reader = ENGLISH, **values: Run | int | datetime | Snapshot) -> dict[str, Any]:
    return sync_bar.draw(status(**values), reader)


def line(values: dict[str, Any]) -> str:
    parts = (ids.FRESH_WORD, ids.FRESH_CHARTS, ids.FRESH_DATA, ids.FRESH_NEXT)
    return " - ".join(values[f"{part}.children"] for part in parts).replace("\u00a0", " ")


def running(stage: str = "draw", seconds: float = 1.4) -> Run:
    return run(42, "running", stage=stage, started_at=NOW - timedelta(seconds=seconds), finished_at=None)


def test_everything_that_is_drawn_is_a_leaf_of_the_bar() -> None:
    right = sync_bar.draw_right(Visitor(), "en")

    assert set(drawn()) == set(drawn(active=running()))
    assert set(drawn()) | set(right) == set(sync_bar.LEAVES)
    assert set(sync_bar.draw_down(ENGLISH)) < set(sync_bar.LEAVES)


def test_the_freshness_line_says_when_from_what_and_when_next() -> None:
    assert line(drawn()) == "Fresh - charts 14:30 CET (3 min ago) - data to 22 Nov - next 15:00"
    assert line(drawn(RUSSIAN)) == (
        "Свежие данные - графики 14:30 CET (3 мин назад) - данные по 22 ноя - следующее в 15:00"
    )


@pytest.mark.parametrize(
    ("visitor", "disabled", "title"),
    [
        (Visitor(), "false", ""),
        (Visitor("Olga"), "false", "Signed in as Olga. You may start a sync."),
        (
            Visitor("Victor", may_sync=False),
            "true",
            "Signed in as Victor. You may look, but not start a sync. That takes the role of an operator.",
        ),
        (
            Visitor(may_sync=False),
            "true",
            "You may look, but not start a sync. That takes the role of an operator.",
        ),
    ],
)
def test_the_button_says_who_the_user_is_and_what_the_user_may_do(
    visitor: Visitor, disabled: str, title: str
) -> None:
    right = sync_bar.draw_right(visitor, "en")

    assert right == {f"{ids.SYNC}.aria-disabled": disabled, f"{ids.SYNC}.title": title}


@pytest.mark.parametrize(("days", "word", "mood"), [(14, "Fresh", "fresh"), (15, "Data 15 days old", "old")])
def test_the_state_is_the_older_of_figures_and_data(days: int, word: str, mood: str) -> None:
    old = replace(SNAPSHOT, data_to=NOW.date() - timedelta(days=days))

    assert drawn(snapshot=old)[f"{ids.FRESH_WORD}.children"] == word
    assert drawn(snapshot=old)[f"{ids.FRESHNESS}.className"] == f"freshness is-{mood}"


def test_data_of_last_year_are_dated_with_the_year() -> None:
    old = drawn(RUSSIAN, snapshot=replace(SNAPSHOT, data_to=NOW.date() - timedelta(days=373)))

    assert line(old).startswith("Данным 373 дн. - ")
    assert "данные по 14 ноя 2025" in line(old)


@pytest.mark.parametrize(
    ("values", "mood"),
    [({"last_failure": run(42, "failed")}, "failing"), ({"unreachable_since": NOW}, "down")],
)
def test_a_fault_comes_before_the_age_of_the_data(values: dict[str, Any], mood: str) -> None:
    old = replace(SNAPSHOT, data_to=NOW.date() - timedelta(days=373))

    assert drawn(snapshot=old, **values)[f"{ids.FRESHNESS}.className"] == f"freshness is-{mood}"


def test_the_exact_time_is_there_on_hover() -> None:
    assert drawn()[f"{ids.FRESH_CHARTS}.title"].replace("\u00a0", " ") == "22 Nov 2026, 14:30:00 CET"


@pytest.mark.parametrize(
    ("values", "word", "mood"),
    [
        ({}, "Fresh", "fresh"),
        ({"interval_seconds": 60.0}, "Out of date", "stale"),
        ({"last_failure": run(42, "failed")}, "Last sync failed", "failing"),
        ({"snapshot": None, "last_success": None}, "No figures yet", "empty"),
    ],
)
def test_freshness_is_a_word_and_a_shape(
    values: dict[str, float] | dict[str, Run] | dict[str, None], word: str, mood: str
) -> None:
    assert drawn(**values)[f"{ids.FRESH_WORD}.children"] == word
    assert drawn(**values)[f"{ids.FRESHNESS}.className"] == f"freshness is-{mood}"


def test_without_a_worker_no_next_run_is_promised() -> None:
    missing = NOW - timedelta(minutes=1)

    assert drawn(workers=0, unattended_since=missing)[f"{ids.FRESH_NEXT}.children"] == ""


@pytest.mark.parametrize(("place", "stage"), enumerate(STAGES, start=1))
def test_a_run_shows_its_stage_and_seconds(place: int, stage: Stage) -> None:
    bar = drawn(active=running(stage))

    assert bar[f"{ids.SYNC_BAR}.className"] == f"sync-bar is-running stage-{place}"
    assert bar[f"{ids.SYNC_STAGE}.children"] == sync_bar.STAGE_NAMES[stage]["en"]
    assert bar[f"{ids.SYNC_SECONDS}.children"] == "1\u00a0s"
    assert bar[f"{ids.SYNC_PROGRESS}.aria-valuenow"] == str(place)


def test_a_run_that_waits_says_so() -> None:
    bar = drawn(RUSSIAN, active=run(42, "queued", started_at=None, finished_at=None))

    assert bar[f"{ids.SYNC_STAGE}.children"] == "В очереди"
    assert bar[f"{ids.SYNC_BAR}.className"] == "sync-bar is-running stage-0"


def test_seconds_are_not_read_aloud_but_stages_are() -> None:
    early, late = (drawn(active=running(seconds=s)) for s in (1.0, 1.4))

    assert early[f"{ids.ANNOUNCEMENT}.children"] == late[f"{ids.ANNOUNCEMENT}.children"] == "Drawing charts"


@pytest.mark.parametrize(("ago", "words"), [(4, "Updated in 1.2\u00a0s"), (6, "")])
def test_a_success_is_told_for_five_seconds(ago: int, words: str) -> None:
    end = NOW - timedelta(seconds=ago)
    ended = run(requested_at=end - timedelta(seconds=1.2), finished_at=end)

    assert drawn(last_success=ended)[f"{ids.SYNC_RESULT}.children"] == words


def test_a_failure_is_not_told_as_a_success() -> None:
    failed = run(42, "failed", finished_at=NOW)

    bar = drawn(last_failure=failed, last_success=run(finished_at=NOW))

    assert bar[f"{ids.SYNC_RESULT}.children"] == "Sync failed"
    assert "has-failed" in bar[f"{ids.SYNC_BAR}.className"]


def test_a_clock_that_runs_behind_shows_no_negative_seconds() -> None:
    bar = drawn(active=running(seconds=-3), snapshot=SNAPSHOT)

    assert bar[f"{ids.SYNC_SECONDS}.children"] == "0\u00a0s"


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (ENGLISH, "Fresh - checked 14:32 CET (1 min ago), charts 14:30"),
        (RUSSIAN, "Свежие данные - проверено 14:32 CET (1 мин назад), графики 14:30"),
    ],
)
def test_charts_that_hold_still_keep_their_time_beside_that_of_the_check(reader: Reader, words: str) -> None:
    check = run(43, no_new_data=True, finished_at=NOW - timedelta(minutes=1))

    assert line(drawn(reader, last_success=check)).startswith(words)


@pytest.mark.parametrize(("reader", "words"), [(ENGLISH, "No new data"), (RUSSIAN, "Новых данных нет")])
def test_a_sync_that_found_nothing_new_says_so(reader: Reader, words: str) -> None:
    check = run(43, no_new_data=True, finished_at=NOW - timedelta(seconds=2))

    assert drawn(reader, last_success=check)[f"{ids.SYNC_RESULT}.children"] == words


@pytest.mark.parametrize(
    ("workers", "reader", "words"),
    [
        (1, ENGLISH, "Waiting to start"),
        (0, ENGLISH, "Waiting for the worker"),
        (1, RUSSIAN, "В очереди"),
        (0, RUSSIAN, "Ждём обработчик"),
    ],
)
def test_a_queued_run_says_what_it_waits_for(workers: int, reader: Reader, words: str) -> None:
    queued = run(42, "queued", started_at=None, finished_at=None)

    assert drawn(reader, workers=workers, active=queued)[f"{ids.SYNC_STAGE}.children"] == words


FETCHED = {
    "sources": 3,
    "done": 3,
    "failed": [],
    "files": 3,
    "refused": 0,
    "rows_new": 1204,
    "rows_corrected": 12,
    "is_partial": False,
}


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (ENGLISH, "Updated in 1.2\u00a0s: 3 files, 1,204 new rows, 12 corrected"),
        (RUSSIAN, "Обновлено за 1,2\u00a0с: файлов: 3, новых строк: 1\u202f204, исправлено: 12"),
    ],
)
def test_a_sync_that_fetched_says_what(reader: Reader, words: str) -> None:
    ended = run(requested_at=NOW - timedelta(seconds=1.2), finished_at=NOW, fetched=FETCHED)

    bar = drawn(reader, last_success=ended)

    assert bar[f"{ids.SYNC_RESULT}.children"] == words
    assert bar[f"{ids.SYNC_BAR}.className"] == "sync-bar is-idle has-result has-news"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"failed": ["Meta", "shop"]},
            "No new data: 3 files, 1,204 new rows, 12 corrected; not read: Meta, shop",
        ),
        ({"files": 0, "failed": ["Meta"]}, "No new data: no new files; not read: Meta"),
        ({"files": 1, "refused": 2}, "No new data: 1 file, 1,204 new rows, 12 corrected; not usable: 2"),
        ({"files": 0}, "No new data"),
    ],
)
def test_sources_that_failed_and_files_that_were_refused_are_named(
    changes: dict[str, Any], words: str
) -> None:
    check = run(43, no_new_data=True, finished_at=NOW, fetched=FETCHED | changes)

    assert drawn(last_success=check)[f"{ids.SYNC_RESULT}.children"] == words


def test_a_sync_that_then_failed_says_what_it_fetched() -> None:
    failed = run(42, "failed", finished_at=NOW, fetched=FETCHED)

    words = drawn(last_failure=failed)[f"{ids.SYNC_RESULT}.children"]

    assert words == "Sync failed: 3 files, 1,204 new rows, 12 corrected"


@pytest.mark.parametrize(
    ("reader", "words"),
    [(ENGLISH, "Fetching: 1 of 3, 2 files"), (RUSSIAN, "Получаем: 1 из 3, файлов 2")],
)
def test_a_run_that_fetches_shows_how_far_it_is(reader: Reader, words: str) -> None:
    active = run(42, "running", stage="fetch", started_at=NOW, fetched=FETCHED | {"done": 1, "files": 2})

    assert drawn(reader, active=active)[f"{ids.SYNC_STAGE}.children"] == words
