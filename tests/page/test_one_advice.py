"""One run gives one advice: page, API, tables, summary and reports, in accounts of many worlds."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from layouts import ids
from services.dashboards import budget
from tests.page.places import Places, contradictions, places_of
from tests.page.varied_accounts import MAKERS

SHORT = 200  # days of an account


def _newest(days: pd.DataFrame, number: int) -> pd.DataFrame:
    return pd.DataFrame(days[days["date"] > days["date"].max() - pd.Timedelta(days=number)])


@pytest.mark.parametrize("world", MAKERS)
def test_all_places_of_a_run_give_one_advice(world: str) -> None:
    for seed in range(700, 706 if world == "another total" else 702):
        days, options = MAKERS[world](seed)
        assert list(contradictions(places_of(_newest(days, SHORT), **options))) == []


def test_a_contradiction_would_be_found() -> None:
    days, options = MAKERS["rich"](700)
    run = places_of(days, **options)
    assert run.plan.verdict == "move"
    opposite = {"increase": "decrease", "decrease": "increase"}
    hold = "The data support no change of today's split."
    card = {**run.page["en"], ids.card(budget.DASHBOARD.slug, "headline.children"): hold}
    silent = tuple(item for item in run.advice.items if item.rule_id != "budget_shift")

    changed: dict[str, Places] = {
        "an action": replace(
            run,
            rows_of_api=[
                {**row, "action": opposite.get(row["action"], "increase")} for row in run.rows_of_api
            ],
        ),
        "an amount": replace(
            run, rows_of_csv=[{**row, "recommended_budget": "1"} for row in run.rows_of_csv]
        ),
        "a headline": replace(run, page={**run.page, "en": card}),
        "a report": replace(run, reports={**run.reports, "en": run.reports["ru"]}),
        "a recommendation": replace(run, advice=replace(run.advice, items=silent)),
    }

    for name, one in changed.items():
        assert list(contradictions(one)), name
