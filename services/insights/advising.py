"""All rules, and the ranking of their recommendations by expected gain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from services.budgeting.budget_plan import BudgetPlan
from services.forecasting.account import Account
from services.forecasting.campaign_days import clean_days
from services.forecasting.grain import spread_rows
from services.forecasting.prediction import Prediction
from services.forecasting.valuing import VALUED, in_worth, valued
from services.insights import (
    accuracy,
    anomalies,
    budgets,
    comparison,
    funnel,
    gaps,
    overruns,
    quality,
    segments,
    spending,
    summary,
    trends,
)
from services.insights.facts import Facts
from services.insights.history import read_history
from services.insights.recommendation import SEVERITIES, Recommendation, stake, to_record, worth


def advise(
    days: pd.DataFrame,
    prediction: Prediction,
    plan: BudgetPlan,
    *,
    currency: str,
    segments: pd.DataFrame | None = None,
    quality: pd.DataFrame | None = None,
    account: Account | None = None,
) -> list[dict[str, Any]]:
    """Return the summary, then the recommendations, most valuable first, as JSON values.

    days: the columns channel, date and the five counts; without rows the summary says so.
    segments: the columns channel, attribute, value, clicks, conversions, cost and revenue (sums of the last
    90 days).
    quality: the columns channel, rows, clicks_over_impressions and conversions_over_clicks (numbers of rows),
    and optionally grain (day, week or month).
    Without it, impossible counts are searched in the daily sums.
    account: what else is known of the channels; without it, brand channels are recognised by their names.

    Raises `CampaignDaysError` when `days` lacks columns, dates or channel names.
    """
    if days.empty:
        return [summary.no_data()]
    is_valued = VALUED in days.columns
    days, account = valued(days, account)
    if segments is not None and not is_valued:
        segments = in_worth(segments, account)
    days, grain = spread_rows(clean_days(days), account.grain)
    history = read_history(days, grain)
    if history is None:
        return [summary.no_data()]
    facts = Facts(
        history.settled(),
        prediction,
        plan,
        currency,
        segments,
        quality,
        account,
        newest=history,
        last_year=read_history(days, grain, years_back=1),
    )
    recommendations = sorted(_recommendations(facts), key=_rank)
    records = [
        summary.summarise(facts, recommendations),
        *(to_record(recommendation) for recommendation in recommendations),
    ]
    return [_with_conversions(facts, record) for record in records]


def _with_conversions(facts: Facts, record: dict[str, Any]) -> dict[str, Any]:
    """Return a recommendation with its expected impact as conversions, too, where these are judged by."""
    impact = record.get("expected_impact")
    if impact is None or not facts.worth.in_conversions:
        return record
    conversions = {
        part: None if impact[part] is None else round(impact[part] / facts.worth.reference, 2)
        for part in ("p10", "p50", "p90")
    }
    return record | {"expected_impact": impact | {"conversions": conversions}}


def _recommendations(facts: Facts) -> list[Recommendation]:
    slow, compared = trends.find(facts), comparison.find(facts)
    at_a_loss = _channels(
        recommendation for recommendation in compared if recommendation.rule_id == "unprofitable"
    )
    alarms = anomalies.find(facts, steady=_channels(slow))
    fallen = _channels(alarm for alarm in alarms if alarm.severity != "opportunity")
    return [
        *alarms,
        *funnel.find(facts, told=fallen),
        *overruns.find(facts),
        *slow,
        *compared,
        *budgets.find(facts),
        *spending.find(facts, at_a_loss=at_a_loss),
        *segments.find(facts),
        *accuracy.find(facts),
        *quality.find(facts),
        *gaps.find(facts),
    ]


def _channels(recommendations: Iterable[Recommendation]) -> frozenset[str]:
    return frozenset(
        recommendation.channel for recommendation in recommendations if recommendation.channel is not None
    )


def _rank(recommendation: Recommendation) -> tuple[float, int, float, str, str]:
    """Return the sort key: expected gain, largest first; severity; money at stake; then rule and channel."""
    return (
        -worth(recommendation),
        SEVERITIES.index(recommendation.severity),
        -stake(recommendation),
        recommendation.rule_id,
        recommendation.channel or "",
    )
