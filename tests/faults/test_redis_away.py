"""Redis gone, flushed, full of garbage or hanging: slower, right, and nothing is unpickled."""

from __future__ import annotations

import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import RedisError

from tests.api.clients import client_on
from tests.api.filling import publish_first
from tests.faults.test_database_away import KEPT

pytestmark = pytest.mark.fault(
    "Redis gone, flushed, hanging, full of garbage",
    must="slower, right, nothing unpickled",
)
REDIS_URL = "redis://127.0.0.1:6379/9"
QUICK_SECONDS = 3.0  # two attempts of half a second, then the store is left alone


class Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path, int, bool], None], tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.fixture
def redis() -> Iterator[Redis]:
    client = Redis.from_url(REDIS_URL)
    try:
        client.ping()
    except RedisError as error:
        pytest.skip(f"no Redis at {REDIS_URL}: {error}")
    _forget(client)
    yield client
    _forget(client)
    client.close()


@pytest.fixture
def right(engine: sa.Engine) -> dict[str, Any]:
    """What the API answers without Redis, by path."""
    with engine.begin() as connection:
        publish_first(connection)
    client = client_on(engine)
    return {path: client.get(path).data for path in KEPT}


def read(client: FlaskClient) -> dict[str, Any]:
    return {path: client.get(path).data for path in KEPT}


def _forget(client: Redis) -> None:
    keys = list(client.scan_iter("demetra:answer:*"))
    if keys:
        client.delete(*keys)


@contextmanager
def hanging_server() -> Iterator[str]:
    """Give the address of a server that takes every question and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[Any] = []
        thread = threading.Thread(target=_take, args=(server, taken), daemon=True)
        thread.start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in taken:
            connection.close()


def _take(server: Any, taken: list[Any]) -> None:
    try:
        while True:
            taken.append(server.accept()[0])
    except OSError:
        return


def test_a_redis_that_hangs_costs_a_moment_once(engine: sa.Engine, right: dict[str, Any]) -> None:
    with hanging_server() as url:
        start = monotonic()
        answers = read(client_on(engine, cache_redis_url=url))

    assert answers == right
    assert monotonic() - start < QUICK_SECONDS


def test_a_redis_that_is_gone_costs_nothing_but_time(engine: sa.Engine, right: dict[str, Any]) -> None:
    assert read(client_on(engine, cache_redis_url="redis://127.0.0.1:1/0")) == right


def test_a_redis_that_was_flushed_is_filled_again(
    engine: sa.Engine, right: dict[str, Any], redis: Redis
) -> None:
    client = client_on(engine, cache_redis_url=REDIS_URL)
    read(client)
    _forget(redis)

    assert read(client) == right
    assert list(redis.scan_iter("demetra:answer:*"))


@pytest.mark.parametrize("kind", ["pickle", "text", "list", "half"])
def test_garbage_in_redis_is_not_believed_and_nothing_is_unpickled(
    engine: sa.Engine, right: dict[str, Any], redis: Redis, kind: str, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    read(client_on(engine, cache_redis_url=REDIS_URL))
    for key in redis.scan_iter("demetra:answer:*"):
        stored: Any = redis.get(key)
        redis.delete(key)
        if kind == "list":
            redis.rpush(key, stored)
        else:
            garbage = {"pickle": pickle.dumps(Canary(canary)), "text": b"!", "half": stored[:-1]}[kind]
            redis.set(key, garbage)

    assert read(client_on(engine, cache_redis_url=REDIS_URL)) == right
    assert not canary.exists()
