from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from layouts import ids, notices
from layouts.reader import Reader
from services.errors import DatabaseUnavailableError
from services.views import WorkerRestarts
from tests.layouts.values import ENGLISH, NOW, RUSSIAN, SNAPSHOT, components, run, status

FAILURE = run(
    42, "failed", finished_at=NOW, error_text={"en": "The disk is full.", "ru": "На диске нет места."}
)


def shown(reader: Reader = ENGLISH, is_outdated: bool = False, **values: Any) -> dict[str, Any]:
    drawn = notices.draw(status(**values), reader, is_outdated=is_outdated)
    assert set(drawn) == set(notices.LEAVES)
    return {
        id_: drawn[f"{id_}.children"].replace("\u00a0", " ")
        for id_ in notices.FROM_STATUS
        if "is-hidden" not in drawn[f"{id_}.className"]
    }


def test_when_all_is_well_nothing_is_said() -> None:
    assert shown() == {}


def test_sample_data_are_called_so() -> None:
    sample = replace(SNAPSHOT, is_sample=True)

    assert "made up" in shown(snapshot=sample)[ids.NOTICE_SAMPLE]
    assert "вымышлены" in shown(RUSSIAN, snapshot=sample)[ids.NOTICE_SAMPLE]


def test_data_that_end_long_ago_are_called_so() -> None:
    old = replace(SNAPSHOT, data_to=NOW.date() - timedelta(days=20))
    late = replace(SNAPSHOT, data_to=NOW.date() - timedelta(days=14))

    assert "20 d ago" in shown(snapshot=old)[ids.NOTICE_OLD]
    assert "20 дн. назад" in shown(RUSSIAN, snapshot=old)[ids.NOTICE_OLD]
    assert shown(snapshot=late) == {}


def test_data_of_long_ago_are_told_once() -> None:
    past = replace(SNAPSHOT, data_to=NOW.date() - timedelta(days=29))

    assert shown(snapshot=past) == {}  # the sentence in place of the recommendations says it


def test_data_that_end_in_the_future_are_called_so() -> None:
    ahead = replace(SNAPSHOT, data_to=NOW.date() + timedelta(days=2))
    tomorrow = replace(SNAPSHOT, data_to=NOW.date() + timedelta(days=1))

    assert "24 Nov 2026, which is in the future" in shown(snapshot=ahead)[ids.NOTICE_OLD]
    assert "ещё не наступил" in shown(RUSSIAN, snapshot=ahead)[ids.NOTICE_OLD]
    assert shown(snapshot=tomorrow) == {}


def test_a_failure_says_since_when_and_why() -> None:
    assert shown(last_failure=FAILURE)[ids.NOTICE_FAILED] == (
        "The last sync failed at 14:33: The disk is full. The figures below are from 14:30."
    )
    assert "На диске нет места." in shown(RUSSIAN, last_failure=FAILURE)[ids.NOTICE_FAILED]


def test_a_first_failure_speaks_of_no_older_figures() -> None:
    notice = shown(last_failure=FAILURE, snapshot=None, last_success=None)[ids.NOTICE_FAILED]

    assert notice == "The last sync failed at 14:33: The disk is full."


def test_three_failures_in_a_row_are_an_alarm() -> None:
    for reader, words in ((ENGLISH, "in a row: 3"), (RUSSIAN, "подряд: 3")):
        drawn = notices.draw(status(last_failure=FAILURE, failures_in_a_row=3), reader, is_outdated=False)
        assert words in drawn[f"{ids.NOTICE_FAILED}.children"]
        assert "is-bad" in drawn[f"{ids.NOTICE_FAILED}.className"]
    assert "in a row" not in shown(last_failure=FAILURE, failures_in_a_row=2)[ids.NOTICE_FAILED]


def test_a_failure_without_words_points_to_the_log() -> None:
    assert "log" in shown(last_failure=run(42, "failed"))[ids.NOTICE_FAILED]


def test_a_later_success_ends_the_notice() -> None:
    assert shown(last_failure=FAILURE, last_success=run(43)) == {}


def test_a_missing_worker_is_told_once_it_cannot_be_just_starting() -> None:
    starting, missing = NOW - timedelta(seconds=29), NOW - timedelta(seconds=30)

    assert shown(workers=0, unattended_since=starting) == {}
    assert "demetra worker" in shown(workers=0, unattended_since=missing)[ids.NOTICE_WORKER]


def waiting(seconds: float, **values: Any) -> dict[str, Any]:
    """A run that was requested that many seconds ago; the one before took 1.2 s."""
    requested_at = NOW - timedelta(seconds=seconds)
    active = run(42, "queued", requested_at=requested_at, started_at=None, finished_at=None)
    return {"active": active, **values}


def test_a_sync_that_takes_much_longer_than_the_last_one_says_which_figures_stay() -> None:
    assert shown(**waiting(4.9)) == {}
    assert shown(**waiting(5))[ids.NOTICE_SLOW] == (
        "This sync takes longer than usual (about 1.2 s). Until it is done, the figures of 14:30 stay."
    )
    assert "дольше обычного" in shown(RUSSIAN, **waiting(60))[ids.NOTICE_SLOW]


def test_how_long_is_slow_depends_on_the_last_run_that_published() -> None:
    took_20 = run(requested_at=NOW - timedelta(minutes=3, seconds=20))

    assert shown(**waiting(59, last_success=took_20)) == {}
    assert "about 20 s" in shown(**waiting(60, last_success=took_20))[ids.NOTICE_SLOW]
    assert shown(**waiting(60, last_success=None)) == {}
    assert shown(**waiting(60, last_success=run(no_new_data=True))) == {}


def test_a_slow_sync_is_told_once() -> None:
    missing = waiting(60, workers=0, unattended_since=NOW - timedelta(hours=1))

    assert ids.NOTICE_SLOW not in shown(**missing)
    assert ids.NOTICE_SLOW not in shown(**waiting(60, unreachable_since=NOW))


def restarting(ended: int = 3, seconds: int = 5, **values: Any) -> dict[str, Any]:
    back_at = NOW + timedelta(seconds=seconds)
    return {"workers": 0, "worker_restarts": WorkerRestarts(ended, back_at), **values}


def test_a_worker_that_is_restarted_is_told_at_once_with_how_often_it_ended_and_when_it_is_back() -> None:
    assert shown(**restarting())[ids.NOTICE_WORKER] == (
        "The worker has ended (times in a row: 3) and is started again at 14:33:05. The log says why."
    )
    assert shown(RUSSIAN, **restarting(4, 6))[ids.NOTICE_WORKER] == (
        "Обработчик завершился (раз подряд: 4) и будет снова запущен в 14:33:06. Причина — в журнале."
    )


def test_a_worker_whose_time_has_come_is_starting() -> None:
    assert "is starting again" in shown(**restarting(seconds=-1))[ids.NOTICE_WORKER]
    assert "запускается снова" in shown(RUSSIAN, **restarting(seconds=0))[ids.NOTICE_WORKER]


@pytest.mark.parametrize("seconds", [5, -1])
def test_a_click_that_waits_for_the_worker_is_told_so(seconds: int) -> None:
    queued = run(42, "queued", started_at=None, finished_at=None)

    notice = shown(**restarting(seconds=seconds, active=queued))[ids.NOTICE_WORKER]

    assert notice.endswith("The sync is queued and begins when the worker is back.")
    assert "в очереди" in shown(RUSSIAN, **restarting(active=queued))[ids.NOTICE_WORKER]


def test_a_restart_is_told_longer_than_a_missing_worker_and_not_with_another_worker_or_no_database() -> None:
    long_ago = NOW - timedelta(hours=1)

    assert "is started again" in shown(**restarting(unattended_since=long_ago))[ids.NOTICE_WORKER]
    assert shown(**restarting(seconds=-1, workers=1)) == {}
    assert ids.NOTICE_WORKER not in shown(**restarting(unreachable_since=NOW))


def test_a_new_version_is_told() -> None:
    assert "Reload" in shown(is_outdated=True)[ids.NOTICE_VERSION]


def test_a_database_that_is_down_leaves_the_other_notices() -> None:
    drawn = notices.draw_down(DatabaseUnavailableError(reason="refused").text, ENGLISH)

    assert set(drawn) == {f"{ids.NOTICE_DOWN}.children", f"{ids.NOTICE_DOWN}.className"}
    assert "refused" in drawn[f"{ids.NOTICE_DOWN}.children"]


def test_notices_are_hidden_until_they_have_words() -> None:
    line = notices.skeleton("en")

    ours = [c for c in components(line) if "notice " in getattr(c, "className", "")]
    assert len(ours) == 12
    assert all("is-hidden" in getattr(c, "className", "") for c in ours)
