"""The computations of a sync run as plain functions of values, so that any process can do them.

They use neither the database nor the run's transaction. Executors call them, see `services.executors.base`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import matplotlib.text
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from services.budgeting import plan
from services.charts.png import to_png
from services.dashboards import DASHBOARDS, by_slug, waiting
from services.dashboards.outlooks import outlooks_of
from services.dashboards.results import Results
from services.dashboards.spec import RenderContext, RowValues
from services.executors.base import INLINE, Executor
from services.forecasting import (
    NOTHING_KNOWN,
    Account,
    CustomModel,
    Prediction,
    load_custom,
    model_file,
    predict,
    ready_model,
)
from services.forecasting.valuing import custom_in_worth
from services.insights import advise
from services.sync.options import ModelUse
from services.text import Text, both
from services.views import Chart

_WARM_DAYS = 120


@dataclass(frozen=True, slots=True)
class FeaturesWanted:
    """The features that a team's own model needs, and the content of its file, which is read once per run."""

    names: tuple[str, ...]
    model: bytes


@dataclass(frozen=True, slots=True)
class RenderedDashboard:
    """One dashboard, ready to be saved: the rows of its table and its chart."""

    rows: list[RowValues]
    chart: Chart


def predict_days(
    days: pd.DataFrame,
    use: ModelUse,
    account: Account = NOTHING_KNOWN,
    executor: Executor = INLINE,
) -> Prediction | FeaturesWanted:
    """Return the prediction of clean campaign days by the model in use.

    A team's own model needs features of the channels first: then the result names them, and
    `predict_with_features` continues with them. Raises as `ready_model` and `predict` do.
    """
    model = ready_model(days, use.file, use.horizon_days, use.trust_pickle, executor, account=account)
    if isinstance(model, CustomModel):
        return FeaturesWanted(model.features, model.content)
    return predict(days, use.horizon_days, model, executor, account=account)


def predict_with_features(
    days: pd.DataFrame,
    use: ModelUse,
    wanted: FeaturesWanted,
    features: pd.DataFrame,
    account: Account = NOTHING_KNOWN,
    executor: Executor = INLINE,
) -> Prediction:
    """Return the prediction by a team's own model; `features` has a row per channel and the wanted columns.

    Raises `ModelFileError` when the model refuses them.
    """
    forecast = custom_in_worth(load_custom(use.file, wanted.model).forecast(features), account.worth)
    return predict(days, use.horizon_days, forecast, executor, account=account)


def render_dashboard(
    slug: str, results: Results, context: RenderContext, run_id: int, dpi: int
) -> RenderedDashboard:
    """Return the rows and the chart of one dashboard; `dpi`: resolution of the PNG."""
    dashboard = by_slug(slug)
    rows = dashboard.rows(results)
    context = replace(context, outlooks=outlooks_of(results), plan=results.plan)
    waits = waiting.waiting(results) if dashboard.is_forecast else None
    if waits is not None:
        figure, headline = waiting.draw(dashboard.title, waits, context.lang), waits
    else:
        figure = dashboard.draw(rows, context)
        said = Text(
            en=dashboard.headline(rows, replace(context, lang="en")),
            ru=dashboard.headline(rows, replace(context, lang="ru")),
        )
        names = {row["channel"] for row in rows}
        headline = context.worth.said(said, names)
        _in_words_of(context, figure, names)
    picture = to_png(figure, dpi)
    chart = Chart(
        slug=slug,
        run_id=run_id,
        png=picture.png,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        alt=headline[context.lang],
        headline=headline,
        preview=picture.preview,
    )
    return RenderedDashboard(rows, chart)


def _in_words_of(context: RenderContext, figure: Figure, names: Collection[str]) -> None:
    """Change the texts of a figure to the words of what channels are judged by."""
    if not context.worth.in_conversions:
        return
    for one in figure.findobj(match=lambda artist: isinstance(artist, matplotlib.text.Text)):
        if isinstance(one, matplotlib.text.Text) and one.get_text():
            one.set_text(context.worth.said(both(one.get_text()), names)[context.lang])


def warm_up() -> None:
    """Run all steps once on made-up days, so that modules and fonts are loaded before the first run."""
    model_file.warm_up()
    days = _made_up_days()
    prediction = predict(days, 7)
    budget = plan(days, None, 0.3)
    advise(days, prediction, budget, currency="EUR")
    results = Results(days=days, prediction=prediction, plan=budget)
    context = RenderContext(lang="en", currency="EUR", positions={})
    for dashboard in DASHBOARDS:
        render_dashboard(dashboard.slug, results, context, run_id=0, dpi=50)


def _made_up_days() -> pd.DataFrame:
    dates = pd.date_range(date(2026, 1, 1), periods=_WARM_DAYS)
    wave = 1 + 0.2 * np.sin(np.arange(_WARM_DAYS))
    sums = {"impressions": 9000.0, "clicks": 200.0, "conversions": 9.0, "cost": 70.0, "revenue": 150.0}
    frames = [
        pd.DataFrame({"channel": name, "date": dates, **{key: size * wave for key, size in sums.items()}})
        for name in ("A", "B")
    ]
    return pd.concat(frames, ignore_index=True)
