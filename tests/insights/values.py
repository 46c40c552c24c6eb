"""Plans and predictions made by hand, and advice from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from services.budgeting.budget_plan import BudgetPlan, Effect, Share
from services.forecasting.prediction import Prediction
from services.insights import advise
from services.text import Text

NOTHING = Effect(0.0, 0.0, 0.0)


def share(channel: str, **values: Any) -> Share:
    """A share of a plan that keeps the channel's 1000."""
    usual: dict[str, Any] = {
        "current": Decimal(1000),
        "recommended": Decimal(1000),
        "lower": Decimal(700),
        "upper": Decimal(1300),
        "elasticity": 0.5,
        "marginal_roi_before": 0.5,
        "marginal_roi_after": 0.5,
        "marginal_roi_low": 0.2,
        "marginal_roi_high": 0.8,
        "p_pays": 0.95,
        "effect": NOTHING,
        "p_increase": 0.5,
        "action": "hold",
        "evidence": Text(en="Estimated.", ru="Оценка."),
    }
    return Share(channel=channel, **{**usual, **values})


def plan_of(*shares: Share, effect: Effect = NOTHING, p_improves: float = 0.0) -> BudgetPlan:
    """A plan of 28 days with these shares."""
    return BudgetPlan(
        total=sum((s.recommended for s in shares), Decimal(0)),
        period_days=28,
        shares=shares,
        unspent=Decimal(0),
        effect=effect,
        p_improves=p_improves,
        verdict="move" if any(s.action in {"increase", "decrease"} for s in shares) else "keep",
        potential=effect,
    )


def prediction(days: pd.DataFrame, **scores: Any) -> Prediction:
    """A prediction of ROI 1 for every channel, with good scores or these."""
    names = sorted(days["channel"].unique())
    overall = {"skill": 0.2, "coverage80": 0.8, "forecasts": 1000, "mase": 0.8, **scores}
    return Prediction(
        daily=pd.DataFrame(),
        channels=pd.DataFrame({"channel": names, "roi": 1.0, "roi_low": 0.8, "roi_high": 1.2}),
        data_to=days["date"].max().date() if len(days) else date(2026, 1, 1),
        horizon=28,
        scores={"overall": overall, "origins": 26},
        model_version="test",
    )


def advised(
    days: pd.DataFrame,
    plan: BudgetPlan | None = None,
    *,
    segments: pd.DataFrame | None = None,
    quality: pd.DataFrame | None = None,
    **scores: Any,
) -> list[dict[str, Any]]:
    """The advice on campaign days; without a plan, one that changes nothing."""
    return advise(
        days,
        prediction(days, **scores),
        plan or plan_of(),
        currency="EUR",
        segments=segments,
        quality=quality,
    )


def of_rule(records: Iterable[Mapping[str, Any]], rule_id: str) -> list[Mapping[str, Any]]:
    """The records of one rule."""
    return [record for record in records if record["rule_id"] == rule_id]


def texts(value: Any) -> Iterator[Mapping[str, str]]:
    """Every {"en", "ru"} within JSON values."""
    if isinstance(value, Mapping):
        if set(value) == {"en", "ru"}:
            yield value
        else:
            for part in value.values():
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
