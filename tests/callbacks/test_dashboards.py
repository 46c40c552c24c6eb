from __future__ import annotations

import re
from dataclasses import replace

from callbacks import dashboards
from callbacks.wiring import complete
from layouts import dashboard, ids, track_record
from layouts.reader import PageSetup
from services.analytics import Analytics
from services.dashboards import DASHBOARDS


def test_all_cards_are_of_the_run_that_was_asked_for(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    shown = dashboards.show_cards(published, setup, run_id)

    assert complete([leaf for spec in DASHBOARDS for leaf in dashboard.leaves(spec.slug)], shown)
    for spec in DASHBOARDS:
        assert f"run={run_id}" in shown[ids.card(spec.slug, "png.href")]
        assert shown[ids.card(spec.slug, "picture.src")].startswith("data:image/png;base64,")
        assert shown[f"{ids.card(spec.slug, 'table')}.data"]


def test_cards_of_a_run_that_is_gone_keep_what_they_show_and_say_so(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    shown = dashboards.show_cards(published, setup, run_id + 1000)

    for spec in DASHBOARDS:
        assert str(run_id + 1000) in shown[ids.card(spec.slug, "problem.children")]
        assert ids.card(spec.slug, "picture.src") not in shown


def test_the_line_above_the_cards_is_of_the_same_run(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    shown = dashboards.show_track_record(published, setup, run_id)

    assert complete(track_record.LEAVES, shown)
    assert "too little history" in shown[f"{ids.FORECAST_SKILL}.children"]


def test_the_sentence_of_a_card_is_in_the_readers_language(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    russian = replace(setup, reader=replace(setup.reader, lang="ru"))
    for spec in DASHBOARDS:
        headline = ids.card(spec.slug, "headline.children")

        assert not re.search("[а-я]", dashboards.show_card(published, setup, spec.slug, run_id)[headline])
        assert re.search("[а-я]", dashboards.show_card(published, russian, spec.slug, run_id)[headline])
