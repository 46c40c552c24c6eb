"""Platforms in the fetch of a run: imported, unchanged, and failing beside each other."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.sources.fetching import fetch_due
from services.sources.importing import ImportOptions
from tests.sources.platform_accounts import generated
from tests.sources.platform_servers import Reply, serving
from tests.sources.platform_sources import CHANNELS, SERVERS, TYPES, Reader


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.sources.platforms.session.PAUSE_SECONDS", 0.01)


def test_a_platform_that_fails_does_not_stop_the_others_and_keeps_its_rows(
    engine: sa.Engine, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        readers = {}
        for number, kind in enumerate(TYPES):
            account = generated(number, "EUR")
            running = stack.enter_context(serving(SERVERS[kind](account)))
            readers[kind] = Reader(kind, account, tmp_path / kind, running)
        declared = [reader.fetch().source for reader in readers.values()]
        first = fetch_due(engine, declared, ImportOptions())
        before = _rows(engine)
        readers["meta"].running.first = [lambda request: Reply(500, "<html>")]

        second = fetch_due(engine, declared, ImportOptions())

    assert (first.files, first.refused, first.failed) == (4, 0, ())
    assert set(before) == set(CHANNELS.values())
    assert (second.files, second.rows_corrected, second.failed) == (0, 0, (declared[1].name,))
    assert _rows(engine) == before


def _rows(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT channel, count(*) FROM campaigns GROUP BY 1"))
        return {str(channel): int(number) for channel, number in rows}
