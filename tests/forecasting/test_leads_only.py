"""Accounts with conversions and without revenue: forecasts, plan, ranking and words go by conversions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import matplotlib.text
import numpy as np
import pandas as pd
import pytest

from services.budgeting import plan
from services.dashboards import DASHBOARDS
from services.dashboards.outlooks import outlooks_of
from services.dashboards.results import Results
from services.dashboards.spec import RenderContext
from services.forecasting import Account, predict
from services.forecasting.campaign_days import clean_days
from services.forecasting.valuing import priced, valued
from services.insights import advise
from services.worth import PerChannel, Pricing, Worth
from tests.budgeting.accounts import account

CEILING = 8.0
FORBIDDEN = re.compile(r"\bROI\b|\brevenue\b|\byield\b|value|выручк|доход|ценност|КПД", re.IGNORECASE)
NAMED = "Revenue ROI"  # a channel of this name keeps it


def days_of(seed: int, **changed: float) -> pd.DataFrame:
    """Return clean days with whole conversions in the place of revenue, and some columns changed."""
    made = account("rich", seed).days
    channel = made["channel"].replace({"channel 1": NAMED})
    conversions = np.round(made["revenue"] / 40)
    clicks = np.round(made["cost"] * 2) + conversions
    counts = {"impressions": 50 * clicks, "clicks": clicks, "conversions": conversions}
    return clean_days(made.assign(channel=channel, **counts).assign(**{"revenue": np.nan, **changed}))


def results_of(seed: int, pricing: Pricing) -> tuple[Results, list[dict[str, Any]]]:
    """Return what a run computes from an account, and its recommendations."""
    known = priced(days_of(seed), Account(), pricing)
    days, known = valued(days_of(seed), known)
    results = Results(days, predict(days, 28, account=known), plan(days, None, account=known), known)
    advice = advise(days, results.prediction, results.plan, currency="EUR", account=known)
    return results, advice


def sentences(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if set(value) == {"en", "ru"}:
            yield from value.values()
        else:
            for one in value.values():
                yield from sentences(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from sentences(one)


def written(results: Results, context: RenderContext) -> Iterator[str]:
    """Yield the texts of all dashboards: titles, headlines, and what stands in the pictures."""
    context = replace(context, outlooks=outlooks_of(results), plan=results.plan)
    for dashboard in DASHBOARDS:
        rows = dashboard.rows(results)
        yield dashboard.named(context.worth)[0][context.lang]
        yield dashboard.headline(rows, context)
        for part in dashboard.draw(rows, context).findobj(matplotlib.text.Text):
            assert isinstance(part, matplotlib.text.Text)
            yield part.get_text()


@pytest.mark.parametrize("missing", [0.0, np.nan])
def test_without_a_setting_a_conversion_counts_for_what_one_costs(missing: float) -> None:
    days = days_of(1).assign(revenue=missing)
    newest = days[days["date"] > days["date"].max() - pd.Timedelta(days=90)]

    found = priced(days, Account(), Pricing())

    cost = newest["cost"].sum() / newest["conversions"].sum()
    assert found.conversions is not None
    assert set(found.conversions.values) == set(days["channel"])
    assert found.conversions.values[NAMED] == pytest.approx(cost)
    assert (found.worth.kind, found.worth.has_break_even) == ("conversions", False)


def test_the_ceiling_of_its_cost_is_what_a_conversion_counts_for() -> None:
    found = priced(days_of(1), Account(), Pricing(conversion_cost_ceiling=CEILING))

    assert found.conversions is not None
    assert set(found.conversions.values.values()) == {CEILING}
    assert (found.worth.kind, found.worth.has_break_even) == ("conversions", True)


def test_a_value_goes_before_a_ceiling_and_revenue_before_both() -> None:
    days, pricing = days_of(1), Pricing(conversion_value=PerChannel(30.0), conversion_cost_ceiling=CEILING)
    sold = days.assign(revenue=np.where(days["channel"] == NAMED, 100.0, np.nan))

    assert priced(days, Account(), pricing).worth.kind == "value"
    assert priced(sold, Account(), Pricing(conversion_cost_ceiling=CEILING)) == Account()


def test_an_account_without_conversions_or_cost_stays_as_it_is() -> None:
    for name in ("conversions", "cost"):
        assert priced(days_of(1, **{name: 0.0}), Account(), Pricing()).conversions is None


@pytest.mark.parametrize("seed", [1, 3])
def test_the_plan_is_the_one_for_the_most_conversions(seed: int) -> None:
    """It is that of the same account with a fixed revenue per conversion, whatever this is."""
    days = days_of(seed)[["channel", "date", "conversions", "cost"]]
    sold = plan(days.assign(revenue=40 * days["conversions"]), None)
    results, _ = results_of(seed, Pricing())

    assert results.plan.verdict == sold.verdict == "move"
    for share, other in zip(results.plan.shares, sold.shares, strict=True):
        assert float(share.recommended) == pytest.approx(float(other.recommended), rel=1e-3)


def test_a_forecast_of_yield_is_that_of_the_cost_per_conversion() -> None:
    results, _ = results_of(3, Pricing(conversion_cost_ceiling=CEILING))

    channels = results.prediction.channels
    cost = [results.account.worth.cost_per_conversion(roi) for roi in channels["roi"]]
    assert cost == pytest.approx((CEILING / (1 + channels["roi"])).tolist())
    assert cost == pytest.approx(channels["acquisition_cost"].tolist(), rel=0.1)


@pytest.mark.parametrize("pricing", [Pricing(), Pricing(conversion_cost_ceiling=CEILING)])
@pytest.mark.parametrize("seed", [1, 3, 7])
def test_no_sentence_speaks_of_roi_or_revenue(pricing: Pricing, seed: int) -> None:
    results, advice = results_of(seed, pricing)
    context = RenderContext("en", "EUR", {}, worth=results.account.worth)
    worth = results.account.worth
    heads = [column.title for one in DASHBOARDS for column in one.named(worth)[1]]

    said = [*sentences(advice), *written(results, context), *written(results, replace(context, lang="ru"))]
    said += [part for text in heads for part in (text.en, text.ru)]

    assert len(said) > 60
    assert [one for one in said if FORBIDDEN.search(one.replace(NAMED, ""))] == []
    assert seed != 1 or any(NAMED in one for one in said)
    assert not any("{" in one for one in said)


def test_without_a_ceiling_nothing_is_said_of_what_pays() -> None:
    for seed in (1, 3, 7):
        rules = {record["rule_id"] for record in results_of(seed, Pricing())[1]}
        assert not rules & {"unprofitable", "saturated", "headroom"}


def test_a_channel_whose_conversions_cost_more_than_the_ceiling_is_told() -> None:
    results, advice = results_of(1, Pricing(conversion_cost_ceiling=CEILING))
    sums = results.days.groupby("channel")[["cost", "conversions"]].sum()

    dear = {record["channel"] for record in advice if record["rule_id"] == "unprofitable"}

    assert dear
    assert (sums["cost"] / sums["conversions"]).loc[sorted(dear)].gt(CEILING).all()
    said = list(sentences(advice))
    for one in dear:
        assert any(f"a conversion of {one} cost more than 8\u00a0EUR: " in text for text in said)


def test_what_is_shown_of_a_stored_figure_is_conversions_and_their_cost() -> None:
    worth = Worth("conversions", conversion_values={"Search": 40.0})

    assert worth.read(Decimal(120), "conversions") == 3
    assert worth.read(0.25, "cost per conversion") == pytest.approx(32)
    assert worth.read(-1.0, "cost per conversion") is None
    assert worth.read(-1.0, "conversions per thousand") == 0
    assert worth.read(0.25, "conversions per thousand") == pytest.approx(1000 / 32)


def test_the_expected_impact_is_told_in_money_and_in_conversions() -> None:
    results, advice = results_of(1, Pricing())

    shift = next(record for record in advice if record["rule_id"] == "budget_shift")

    impact = shift["expected_impact"]
    assert impact["conversions"]["p50"] == pytest.approx(
        impact["p50"] / results.account.worth.reference, abs=0.01
    )
    assert f"{impact['conversions']['p50']:+,.0f}." in shift["sentence"]["en"]
