"""An import that is killed leaves nothing behind, and the next one brings everything."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.engine import make_engine
from services.intake import import_file
from tests.benchmarks.importing import write
from tests.conftest import fresh_database
from tests.faults.conftest import Seen
from tests.intake.files import ROW
from tests.intake.files import write as write_lines
from tests.processes.waiting import TIMEOUT_SECONDS, until

FAULT = pytest.mark.fault(
    "import killed, then repeated", must="counts as before; afterwards the same checksum"
)
CONTENT = """
SELECT (SELECT (count(*), md5(string_agg(line, ',' ORDER BY line))) FROM (
        SELECT md5((source, campaign_id, channel, date, impressions, clicks, conversions, cost, revenue,
                    attributes)::text) AS line FROM campaigns) AS rows),
       (SELECT (count(*), md5(string_agg(d::text, ',' ORDER BY d::text))) FROM campaign_days AS d),
       (SELECT (count(*), md5(string_agg(s::text, ',' ORDER BY s::text))) FROM segment_days AS s)
"""


@pytest.fixture(scope="module", params=[(50_000, 3), pytest.param((1_000_000, 10), marks=pytest.mark.slow)])
def account(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A file, how many times its import is killed, and how long it takes and what it leaves unbroken."""
    rows, points = request.param
    file = tmp_path_factory.mktemp("imports") / "file.csv"
    write(file, rows, 4)
    return file, points


@FAULT
def test_a_killed_import_leaves_what_was_there_and_repeated_brings_the_same(
    account: tuple[Path, Any], server_url: str, template: str, tmp_path: Path, seen: Seen
) -> None:
    file, points = account
    with fresh_database(server_url, template) as url:
        first = _imported(url, file)
        unbroken = _content(url)
    with fresh_database(server_url, template) as url:
        _import_earlier(url, tmp_path)
        before = _content(url)

        second, whole = _with_import(url, file, tmp_path)
        survived, seconds = 0, min(first, second)  # what else the machine does may make one of them slow
        for point in range(points):
            process = _importing(url, file)
            sleep(seconds * (point + 0.5) / points)
            survived += process.poll() is not None
            process.kill()
            process.communicate()
            until(partial(_is_alone, url))
            after = _content(url)
            assert after in {before, whole}  # whole: it was committed just before the kill
            if after == whole:
                _forget(url, tmp_path)
        _finished(_importing(url, file))

        _forget_earlier(url)
        assert _content(url) == unbroken
    assert survived < points / 2, "most imports were over before they could be killed"
    seen("{} kills in mid-import", points - survived)


def _importing(url: str, file: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.importer", url, str(file)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _finished(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=40 * TIMEOUT_SECONDS)
    assert process.returncode == 0, errors.decode()


def _import_earlier(url: str, folder: Path) -> None:
    """Import something else, of the same period, so that there is something to lose."""
    with _connected(url) as connection:
        earlier = write_lines(folder, ROW, ROW.replace("Instagram", "Earlier"))
        import_file(connection, earlier, source="earlier")


def _imported(url: str, file: Path) -> float:
    """Import the file; return the seconds that it took."""
    start = monotonic()
    _finished(_importing(url, file))
    return monotonic() - start


def _with_import(url: str, file: Path, folder: Path) -> tuple[float, tuple[object, ...]]:
    """Return the seconds of an import that is not killed and the content after it; restore what was there."""
    seconds = _imported(url, file)
    whole = _content(url)
    _forget(url, folder)
    return seconds, whole


def _forget(url: str, folder: Path) -> None:
    with _connected(url) as connection:
        connection.execute(sa.text("TRUNCATE campaigns"))
    _import_earlier(url, folder)


def _forget_earlier(url: str) -> None:
    with _connected(url) as connection:
        connection.execute(sa.text("DELETE FROM campaigns WHERE campaign_id IN ('Instagram', 'Earlier')"))


def _content(url: str) -> tuple[object, ...]:
    with _connected(url) as connection:
        return tuple(connection.execute(sa.text(CONTENT)).one())


def _is_alone(url: str) -> bool:
    return not _others(url)


def _others(url: str) -> int:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with _connected(url) as connection:
        return int(connection.execute(sa.text(query)).scalar_one())


def _connected(url: str) -> AbstractContextManager[sa.Connection]:
    """Return a transaction on a connection of its own, which is closed with it."""
    return sa.create_engine(make_engine(url, name="demetra tests").url, poolclass=sa.NullPool).begin()
