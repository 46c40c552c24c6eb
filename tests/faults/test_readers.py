"""Fifty readers while one run after the other is published: no reader sees two runs mixed."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import sleep
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from layouts import ids
from tests.api.filling import publish_next
from tests.callbacks.test_page import post
from tests.faults.conftest import Seen
from tests.faults.oracle import TABLES
from tests.faults.own_server import own_web, until

READERS, RUNS = 50, 10
PAUSE_SECONDS = 0.5

Colour = tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """What a reader was shown of a run: the colours of its pictures."""

    what: str
    status: int
    run_id: int
    colours: frozenset[Colour]


@pytest.mark.fault("50 readers during publishing", must="no page or API answer mixes two runs")
def test_no_answer_mixes_two_runs(seen: Seen) -> None:
    done = threading.Event()
    with own_web() as web, ThreadPoolExecutor(READERS) as pool:
        first = web.analytics.snapshot()
        assert first is not None
        colours: dict[int, Any] = {first.run_id: _colour(web.client.get(_address("chart")).data)}
        readers = [pool.submit(_look, web.client.application.test_client(), done) for _ in range(READERS)]
        for shade in range(1, RUNS + 1):
            sleep(PAUSE_SECONDS)
            with web.engine.begin() as connection:
                run_id = publish_next(connection, f"#{shade:02x}0000")
            colours[run_id] = (shade, 0, 0)
        until(lambda: getattr(web.analytics.snapshot(), "run_id", None) == run_id)
        done.set()
        answers = [answer for reader in readers for answer in reader.result()]

    assert {answer for answer in answers if answer.status != 200} == set()
    assert {answer for answer in answers if answer.colours - {colours[answer.run_id]}} == set()
    assert len({answer.run_id for answer in answers if answer.what == "page"}) > 2
    seen(f"{len(answers)} answers of {len(colours)} runs")


def _look(client: FlaskClient, done: threading.Event) -> list[Answer]:
    answers = []
    while not done.is_set():
        answers += [*_api(client), _page(client)]
    return answers


def _api(client: FlaskClient) -> Iterator[Answer]:
    for part in ("data", "chart"):
        answer = client.get(_address(part))
        shown = {_colour(answer.data)} if part == "chart" else set()
        yield Answer(part, answer.status_code, int(answer.headers["Demetra-Run"]), frozenset(shown))


def _page(client: FlaskClient) -> Answer:
    """Do what an open page does: ask how things stand, then for the cards of that snapshot."""
    tick = f"{ids.TICK}.data"
    run_id = post(client, tick, {tick: 1}).get_json()["response"][ids.SNAPSHOT]["data"]
    answer = post(client, f"{ids.CARDS}.data", {f"{ids.CARDS}.data": run_id})
    pictures = [answer.get_json()["response"][ids.card(slug, "picture")]["src"] for slug in TABLES]
    colours = (_colour(base64.b64decode(picture.partition(",")[2])) for picture in pictures)
    return Answer("page", answer.status_code, run_id, frozenset(colours))


def _address(part: str) -> str:
    return f"/api/ml-dashboard/roi-forecast/{part}"


def _colour(png: bytes) -> Colour:
    return tuple(Image.open(io.BytesIO(png)).convert("RGB").tobytes()[:3])
