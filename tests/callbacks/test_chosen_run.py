"""A page whose address names a run stays with it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from callbacks import syncs
from callbacks.wiring import complete
from layouts import ids
from layouts.reader import PageSetup
from services.analytics import Analytics
from tests.api.filling import publish_first, publish_next

WORDS, BANNER = f"{ids.RUN_WORDS}.children", f"{ids.RUN_BANNER}.className"


@pytest.fixture
def runs(engine: sa.Engine) -> tuple[int, int]:
    with engine.begin() as connection:
        return publish_first(connection), publish_next(connection)


def follow(analytics: Analytics, setup: PageSetup, asked: str, shown: int | None = None) -> dict[str, Any]:
    drawn = syncs.follow(analytics, setup, shown_run=shown, page_version="1", asked_run=asked)
    assert complete(syncs.LEAVES, drawn)
    return drawn


def test_an_older_run_is_shown_and_named(empty: Analytics, setup: PageSetup, runs: tuple[int, int]) -> None:
    older, _ = runs

    shown = follow(empty, setup, str(older))

    assert shown[syncs.SNAPSHOT_LEAF] == older
    assert f"run {older}" in shown[WORDS]
    assert "is-hidden" not in shown[BANNER]


def test_a_page_of_a_pinned_run_says_its_name_and_does_not_move(
    engine: sa.Engine, empty: Analytics, setup: PageSetup, runs: tuple[int, int]
) -> None:
    older, _ = runs
    empty.pin(older, "Board, 24 Nov")
    with engine.begin() as connection:
        publish_next(connection)

    shown = follow(empty, setup, "board, 24 nov", shown=older)

    assert syncs.SNAPSHOT_LEAF not in shown
    assert "“Board, 24 Nov”" in shown[WORDS]


def test_the_newest_run_needs_no_line(empty: Analytics, setup: PageSetup, runs: tuple[int, int]) -> None:
    shown = follow(empty, setup, str(runs[1]))

    assert (shown[syncs.SNAPSHOT_LEAF], shown[BANNER]) == (runs[1], "notice is-hidden")


@pytest.mark.parametrize("asked", ["99", "no such name", "9" * 30, "0"])
def test_for_a_run_that_does_not_exist_the_newest_is_shown_with_the_reason(
    empty: Analytics, setup: PageSetup, runs: tuple[int, int], asked: str
) -> None:
    shown = follow(empty, setup, asked)

    assert shown[syncs.SNAPSHOT_LEAF] == runs[1]
    assert asked[:20] in shown[WORDS]
    assert "is-hidden" not in shown[BANNER]


def test_in_an_outage_a_page_stays_with_its_run(
    without_database: Analytics, setup: PageSetup, run_id: int
) -> None:
    shown = follow(without_database, setup, "Board", shown=run_id)

    assert syncs.SNAPSHOT_LEAF not in shown
    assert BANNER not in shown
