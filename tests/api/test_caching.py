"""Finished answers are kept; a store that fails costs time, never an answer."""

from __future__ import annotations

import logging
import pickle
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import RedisError

from demetra_dash.caching import LARGEST_BYTES, PAUSE_SECONDS, AnswerCache, BytesOnly

REDIS_URL = "redis://127.0.0.1:6379/0"
NO_REDIS_URL = "redis://127.0.0.1:1/0"


class Canary:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path, int, bool], None], tuple[Path]]:
        return Path.touch, (self.path,)


class Maker:
    """Makes an answer, and counts how often."""

    def __init__(self, answer: bytes = b"answer") -> None:
        self.answer = answer
        self.made = 0

    def __call__(self) -> bytes:
        self.made += 1
        return self.answer


@pytest.fixture
def key() -> str:
    """A key of this test alone."""
    return f"test:{uuid.uuid4().hex}"


@pytest.fixture
def redis(key: str) -> Iterator[Redis]:
    """The Redis of this machine, without `key`; the test is skipped where there is none."""
    client = Redis.from_url(REDIS_URL)
    try:
        client.ping()
    except RedisError as error:
        pytest.skip(f"no Redis at {REDIS_URL}: {error}")
    yield client
    for stored in client.keys(f"*{key}"):
        client.delete(stored)
    client.close()


@pytest.fixture
def cache(redis: Redis) -> AnswerCache:
    """A cache in Redis."""
    return AnswerCache(Flask(__name__), REDIS_URL)


@given(st.binary())
def test_bytes_come_back_as_they_were(value: bytes) -> None:
    form = BytesOnly()

    assert form.loads(form.dumps(value)) == value


@given(st.binary(min_size=1), st.data())
def test_half_an_answer_counts_as_absent(value: bytes, data: st.DataObject) -> None:
    stored = BytesOnly().dumps(value)
    length = data.draw(st.integers(0, len(stored) - 1))

    assert BytesOnly().loads(stored[:length]) is None


@given(st.binary() | st.none())
def test_foreign_bytes_count_as_absent(value: bytes | None) -> None:
    assert BytesOnly().loads(value) is None


def test_an_answer_is_made_once(cache: AnswerCache, key: str) -> None:
    make = Maker(b"\x89PNG\x00")

    answers = [cache.answer(key, make) for _ in range(3)]

    assert (answers, make.made) == ([b"\x89PNG\x00"] * 3, 1)


def test_an_answer_that_is_too_large_is_not_sent_to_redis_either(redis: Redis, key: str) -> None:
    make = Maker(bytes(LARGEST_BYTES + 1))

    answers = [AnswerCache(Flask(__name__), REDIS_URL).answer(key, make) for _ in range(2)]

    assert (answers, make.made, redis.keys(f"*{key}")) == ([make.answer] * 2, 2, [])


def test_two_processes_share_the_answers_in_redis(redis: Redis, key: str) -> None:
    make = Maker()

    for _ in range(2):
        AnswerCache(Flask(__name__), REDIS_URL).answer(key, make)

    assert make.made == 1


@pytest.mark.parametrize("mark", [b"", b"!", b"demetra\x00", b"demetra\x00\x00\x00\x00\x00"])
def test_a_pickle_planted_in_redis_is_never_loaded(
    redis: Redis, key: str, tmp_path: Path, mark: bytes
) -> None:
    canary = tmp_path / "canary"
    cache = AnswerCache(Flask(__name__), REDIS_URL)
    cache.answer(key, Maker())
    (stored,) = redis.keys(f"*{key}")
    redis.set(stored, mark + pickle.dumps(Canary(canary)))

    answer = cache.answer(key, Maker(b"made anew"))

    assert (answer, canary.exists()) == (b"made anew", False)


def test_the_canary_would_sing(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))

    assert (tmp_path / "canary").exists()


def test_a_key_of_another_type_in_redis_costs_only_time(redis: Redis, key: str) -> None:
    AnswerCache(Flask(__name__), REDIS_URL).answer(key, Maker())
    (stored,) = redis.keys(f"*{key}")
    redis.delete(stored)
    redis.lpush(stored, "garbage")

    assert AnswerCache(Flask(__name__), REDIS_URL).answer(key, Maker(b"right")) == b"right"


def test_without_redis_answers_are_right_and_the_log_has_one_line_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    cache = AnswerCache(Flask(__name__), NO_REDIS_URL, clock=lambda: now)
    make = Maker()

    with caplog.at_level(logging.WARNING):
        answers = [cache.answer("key", make) for _ in range(3)]
        now += PAUSE_SECONDS
        answers.append(cache.answer("key", make))

    assert (answers, make.made) == ([b"answer"] * 4, 4)
    assert ["CACHE_REDIS_URL" in record.message for record in caplog.records] == [True, True]


def test_a_store_that_comes_back_is_used_again(
    redis: Redis, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    cache = AnswerCache(Flask(__name__), REDIS_URL, clock=lambda: now)
    make = Maker()
    cache.answer(key, make)
    (stored,) = redis.keys(f"*{key}")
    redis.delete(stored)
    redis.lpush(stored, "garbage")
    cache.answer(key, make)
    redis.delete(stored)

    now += PAUSE_SECONDS
    answers = [cache.answer(key, make) for _ in range(2)]

    assert (answers, make.made) == ([b"answer"] * 2, 3)
