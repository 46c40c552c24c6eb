"""The cache of answers follows the snapshots in the order in which they became known, never backwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from callbacks.wiring import RUN_HEADER
from demetra_dash import response_cache
from demetra_dash.api.snapshots import SNAPSHOT as SNAPSHOT_KEY
from demetra_dash.response_cache import ResponseCache
from services.analytics import Analytics
from services.views import Snapshot
from tests.layouts.values import SNAPSHOT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOWER = replace(SNAPSHOT, run_id=7, created_at=SNAPSHOT.created_at + timedelta(hours=1))
HIGHER = replace(LOWER, run_id=SNAPSHOT.run_id + 1)
PAGE = "/_dash-update-component"
PATHS = ["/api/overview?days=7", "/api/overview?days=28", "/api/recommendations"]
STEP_SECONDS = 0.2  # for a thread that may have to wait for the lock


class Server:
    """Stands for Flask, and for the analytics: it counts what it makes, and tells its run."""

    def __init__(self) -> None:
        self.known_snapshot: Snapshot | None = SNAPSHOT
        self.made: list[tuple[Any, ...]] = []
        self.unreachable_since = None
        self.padding = b""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        run_id = environ[SNAPSHOT_KEY].run_id
        path = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}".rstrip("?")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.made.append((run_id, body or path))
        start_response("200 OK", [(RUN_HEADER, str(run_id)), ("Content-Type", "text/plain")])
        return [f"{run_id} {path} {body.decode()}".encode(), self.padding]


class Switching(Server):
    """At the `nth` time that the thread `late` asks for the newest snapshot, `switch` comes in between."""

    def __init__(self, nth: int, switch: Callable[[], None]) -> None:
        self._known: Snapshot | None = SNAPSHOT
        self._left = nth
        self._switch = switch
        super().__init__()

    @property
    def known_snapshot(self) -> Snapshot | None:
        found = self._known
        if threading.current_thread().name == "late":
            self._left -= 1
            if self._left == 0:
                self._switch()
        return found

    @known_snapshot.setter
    def known_snapshot(self, snapshot: Snapshot | None) -> None:
        self._known = snapshot


def ask(lane: ResponseCache, path: str, **more: Any) -> tuple[int, bytes]:
    body, _, headers = run_wsgi_app(lane, EnvironBuilder(path, **more).get_environ(), buffered=True)
    return int(headers[RUN_HEADER]), b"".join(body)


def become(server: Switching | Server, lane: ResponseCache, snapshot: Snapshot) -> None:
    """Do what the watcher does with a new snapshot."""
    lane.prefetch(snapshot)
    server.known_snapshot = snapshot


@pytest.mark.parametrize("nth", range(1, 4))
@pytest.mark.parametrize("new", [LOWER, HIGHER], ids=["restored", "usual"])
@pytest.mark.parametrize("late_path", [PATHS[0], "/api/overview?days=90"], ids=["kept", "not kept"])
def test_a_reader_who_took_the_snapshot_before_the_switch_does_not_turn_the_cache_back(
    nth: int, new: Snapshot, late_path: str
) -> None:
    others = []

    def others_switch() -> None:
        become(server, lane, new)
        ask(lane, PATHS[0])

    def switch() -> None:
        other = threading.Thread(target=others_switch, daemon=True)
        other.start()
        other.join(STEP_SECONDS)
        others.append(other)

    server = Switching(nth, switch)
    lane = ResponseCache(server, cast("Analytics", server))
    for path in PATHS:
        ask(lane, path)

    late = threading.Thread(target=ask, args=(lane, late_path), name="late", daemon=True)
    late.start()
    late.join(10)
    assert not late.is_alive()
    if not others:
        switch()  # it asks less often than that: the switch comes after it
    others[0].join()
    made = len(server.made)
    answers = [ask(lane, path) for path in PATHS]

    assert [run_id for run_id, _ in answers] == [new.run_id] * len(PATHS)
    assert server.made[made:] == []


def test_what_is_foreseen_too_late_does_not_turn_the_cache_back() -> None:
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    ask(lane, PATHS[0])
    ask(lane, PAGE, method="POST", data=page_question(SNAPSHOT))
    become(server, lane, HIGHER)
    ask(lane, PATHS[0])
    newest = replace(HIGHER, run_id=HIGHER.run_id + 1)
    become(server, lane, newest)  # a reader looked, while the watcher has still to tell of the one before
    ask(lane, PATHS[0])
    made = len(server.made)

    lane.prefetch(HIGHER)

    assert ask(lane, PATHS[0])[0] == newest.run_id
    assert server.made[made:] == []


def test_what_was_prepared_is_kept_when_another_snapshot_comes_in_between() -> None:
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    ask(lane, PATHS[0])
    lane.prefetch(HIGHER)

    server.known_snapshot = LOWER
    ask(lane, PATHS[1])
    server.known_snapshot = HIGHER
    made = len(server.made)

    assert ask(lane, PATHS[0])[0] == HIGHER.run_id
    assert server.made[made:] == []


@pytest.mark.parametrize("asked_before_prefetch", [[], PATHS[:1], PATHS])
def test_a_snapshot_that_is_current_before_its_prefetch_is_prefetched_and_so_is_the_next_one(
    asked_before_prefetch: list[str],
) -> None:
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    newest = replace(HIGHER, run_id=HIGHER.run_id + 1)
    for path in PATHS:
        ask(lane, path)

    server.known_snapshot = HIGHER  # a client knew of its run
    for path in asked_before_prefetch:
        ask(lane, path)
    lane.prefetch(HIGHER)
    made = len(server.made)
    assert {ask(lane, path)[0] for path in PATHS} == {HIGHER.run_id}
    assert len(server.made) == made == 2 * len(PATHS)

    become(server, lane, newest)
    made = len(server.made)
    assert {ask(lane, path)[0] for path in PATHS} == {newest.run_id}
    assert len(server.made) == made == 3 * len(PATHS)


def test_an_answer_that_clients_requested_before_its_prefetch_counts_as_used() -> None:
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    server.known_snapshot = HIGHER
    ask(lane, PATHS[0])
    lane.prefetch(HIGHER)

    become(server, lane, replace(HIGHER, run_id=HIGHER.run_id + 1))

    assert [run_id for run_id, _ in server.made] == [HIGHER.run_id, HIGHER.run_id + 1]


def test_a_prefetch_does_not_wait_for_a_slow_answer() -> None:
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    for path in PATHS:
        ask(lane, path)
    slow = threading.Lock()
    lane._making = 64 * (slow,)
    prefetch = threading.Thread(target=lane.prefetch, args=(HIGHER,), daemon=True)

    with slow:
        prefetch.start()
        prefetch.join(10)

        assert not prefetch.is_alive()
    assert lane._unused_prefetches == set()


def test_open_pages_are_foreseen_after_a_restore_too() -> None:
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    ask(lane, PAGE, method="POST", data=page_question(SNAPSHOT))
    become(server, lane, LOWER)
    made = len(server.made)

    assert ask(lane, PAGE, method="POST", data=page_question(LOWER))[0] == LOWER.run_id
    assert server.made[made:] == []


def test_a_request_of_a_page_is_known_again_however_its_json_is_written() -> None:
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    question = json.loads(page_question(SNAPSHOT))
    ways = [
        json.dumps(question),
        json.dumps(question, indent=2),
        json.dumps(dict(reversed(question.items()))),
    ]

    answers = {ask(lane, PAGE, method="POST", data=way) for way in ways}
    become(server, lane, HIGHER)
    ask(lane, PAGE, method="POST", data=page_question(HIGHER))

    assert len(answers) == 1
    assert [run_id for run_id, _ in server.made] == [SNAPSHOT.run_id, HIGHER.run_id]


@pytest.mark.parametrize("value", [True, 1.0, "41", None, [41]])
def test_a_request_that_names_no_run_is_passed_on_each_time(value: object) -> None:
    server = Server()
    lane = ResponseCache(
        lambda environ, start: server(environ | {SNAPSHOT_KEY: SNAPSHOT}, start), cast("Analytics", server)
    )
    question = json.dumps({"inputs": [{"id": "cards", "property": "data", "value": value}]})

    for _ in range(2):
        ask(lane, PAGE, method="POST", data=question)

    assert len(server.made) == 2


def test_odd_questions_and_large_answers_take_no_more_bytes_than_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(response_cache, "MAX_BYTES", 400_000)
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    for n in range(40):
        ask(lane, PATHS[0], headers={"If-None-Match": f"{n}" * 10_000})
        ask(lane, PAGE, method="POST", data=page_question(SNAPSHOT, padding=f"{n}" * 10_000))

    assert 200_000 < lane._answers.size <= 400_000
    counted = sum(len(question.has) + len(question.body) for question in lane._answers.by_use())
    assert counted > lane._answers.size / 2


def test_what_is_prepared_takes_no_more_bytes_than_it_may_although_answers_have_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(response_cache, "MAX_BYTES", 400_000)
    server = Server()
    lane = ResponseCache(server, cast("Analytics", server))
    for n in range(40):
        ask(lane, f"/api/overview?days={n}")
    server.padding = b"x" * 50_000

    become(server, lane, HIGHER)

    assert 200_000 < lane._answers.size <= 400_000
    assert lane._answers.by_use()[-1].run_id == HIGHER.run_id


@pytest.mark.parametrize("told", ["True", "1.0", "x", "", "²", "-1", "+1", "1_0", " 1", "9" * 5000])
def test_an_answer_whose_run_is_no_plain_number_is_passed_on(told: str) -> None:
    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [(RUN_HEADER, told)])
        return [b"answer"]

    lane = ResponseCache(application, cast("Analytics", Server()))

    body, status, _ = run_wsgi_app(lane, EnvironBuilder(PATHS[0]).get_environ(), buffered=True)
    assert (b"".join(body), status) == (b"answer", "200 OK")


def page_question(snapshot: Snapshot, padding: str = "") -> str:
    inputs = [{"id": "cards", "property": "data", "value": snapshot.run_id}]
    return json.dumps({"inputs": inputs, "padding": padding})
