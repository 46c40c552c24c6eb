"""Readers who look all the time, and note whatever they are refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics
from tests.faults.oracle import INTERVAL_SECONDS, TABLES

PAUSE_SECONDS = 0.2


@dataclass
class Seen:
    """What a reader has seen."""

    answers: int = 0
    refusals: list[str] = field(default_factory=list)


@contextmanager
def reader(engine: sa.Engine) -> Iterator[Seen]:
    """Read the status, the cards and the charts over and over."""
    client = build(Analytics(engine, INTERVAL_SECONDS), Settings()).server.test_client()
    paths = ["/api/sync/status", "/readyz"]
    paths += [f"/api/ml-dashboard/{slug}/{part}" for slug in TABLES for part in ("data", "chart")]
    seen, done = Seen(), threading.Event()

    def read() -> None:
        while not done.is_set():
            for path in paths:
                answer = client.get(path)
                seen.answers += 1
                if answer.status_code != 200:
                    seen.refusals.append(f"{path}: {answer.status_code} {answer.text}")
            done.wait(PAUSE_SECONDS)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
