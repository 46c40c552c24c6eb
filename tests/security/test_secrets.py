"""A password in DATABASE_URL is in nothing that Demetra writes, and TLS to PostgreSQL is checked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.engine import make_engine
from tests.processes import warm

PASSWORD = "hunter2-Tr0ub4dor"
URLS = [
    f"postgresql://demetra:{PASSWORD}@127.0.0.1:1/none",
    f"postgresql://127.0.0.1:1/none?user=demetra&password={PASSWORD}",
    f"postgresql://demetra:{PASSWORD}@127.0.0.1:1/none?sslmode=verify-full&sslrootcert=/no/file",
    f"postgresql://demetra:{PASSWORD}@127.0.0.1:port/none",
    f"mysql://demetra:{PASSWORD}@127.0.0.1/none",
    f"postgresql:/demetra:{PASSWORD}",
]
COMMANDS = [["settings", "--json"], ["migrate"]]


@pytest.mark.parametrize("url", URLS)
def test_no_command_writes_the_password(url: str, tmp_path: Path) -> None:
    environment = os.environ | {
        "DATABASE_URL": url,
        "CACHE_REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:1/0",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }

    done = [warm.run(command, environment, tmp_path) for command in COMMANDS]
    written = [command.stdout + command.stderr for command in done]

    assert all(written)
    assert [PASSWORD in text for text in written] == [False] * len(COMMANDS)


@pytest.mark.parametrize("path", ["/readyz", "/api/sync/status", "/api/overview", "/metrics", "/"])
@pytest.mark.parametrize("url", URLS[:2])
def test_no_answer_and_no_log_line_holds_the_password(
    url: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    analytics = Analytics(make_engine(url, name="demetra tests"), 1800.0)
    client = build(analytics, Settings(database_url=url)).server.test_client()

    answer = client.get(path)

    assert PASSWORD not in answer.text + str(answer.headers)
    assert PASSWORD not in caplog.text + repr(Settings(database_url=url))
