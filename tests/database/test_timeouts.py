"""A wait for a silent server ends with its condition, and no new wait begins after that."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from services.database.timeouts import InterruptibleConnection, WaitAbortedError, give_up_when


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def connect(server: socket.socket) -> None:
    InterruptibleConnection.connect(host="127.0.0.1", port=server.getsockname()[1], dbname="any", user="any")


def has_caller(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_a_connection_that_is_of_no_use_is_not_begun(silent: socket.socket) -> None:
    with give_up_when(lambda: True), pytest.raises(WaitAbortedError):
        connect(silent)

    assert not has_caller(silent)


def test_a_connection_is_given_up_when_it_becomes_of_no_use(silent: socket.socket) -> None:
    doubts = iter([False, False, True])

    with give_up_when(lambda: next(doubts)), pytest.raises(WaitAbortedError):
        connect(silent)

    assert has_caller(silent)
    assert list(doubts) == []
