"""The computations of a sync run as plain functions of values, so that any process can do them.

They use neither the database nor the run's transaction. Executors call them, see `services.executors.base`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from services.budgeting import plan
from services.charts.png import Picture, to_png
from services.charts.theme import darken
from services.dashboards import DASHBOARDS, by_slug, waiting
from services.dashboards.outlooks import outlooks_of
from services.dashboards.results import Results
from services.dashboards.spec import Dashboard, RenderContext, RowValues
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
from services.text import LANGS, Text
from services.views import THEMES, Chart, Theme, Variant

_WARM_DAYS = 120


@dataclass(frozen=True, slots=True)
class FeaturesWanted:
    """The features that a team's own model needs, and the content of its file, which is read once per run."""

    names: tuple[str, ...]
    model: bytes


@dataclass(frozen=True, slots=True)
class RenderedDashboard:
    """One dashboard, ready to be saved: the rows of its table, and its chart, also in further variants."""

    rows: list[RowValues]
    chart: Chart
    variants: tuple[Chart, ...] = ()


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
    slug: str,
    results: Results,
    context: RenderContext,
    run_id: int,
    dpi: int,
    wanted: Collection[Variant] = (),
) -> RenderedDashboard:
    """Return the rows and the chart of one dashboard; `dpi`: resolution of the PNG.

    The chart is drawn in light colours in the language of `context`, and in the further variants `wanted`.
    """
    dashboard = by_slug(slug)
    rows = dashboard.rows(results)
    context = replace(context, outlooks=outlooks_of(results), plan=results.plan)
    waits = waiting.waiting(results) if dashboard.is_forecast else None
    headline = _headline(dashboard, rows, context) if waits is None else waits
    usual = Variant(context.lang)
    every, charts = {usual, *wanted}, []
    for lang in LANGS:
        themes = [theme for theme in THEMES if Variant(lang, theme) in every]
        if not themes:
            continue
        figure = _figure(dashboard, rows, replace(context, lang=lang), waits)
        for theme in themes:
            picture = to_png(_in_theme(figure, theme), dpi)
            charts.append(_chart(slug, run_id, picture, headline, Variant(lang, theme)))
    chart, *variants = sorted(charts, key=lambda one: one.variant != usual)
    return RenderedDashboard(rows, chart, tuple(variants))


def _headline(dashboard: Dashboard, rows: Sequence[RowValues], context: RenderContext) -> Text:
    return Text(**{lang: dashboard.headline(rows, replace(context, lang=lang)) for lang in LANGS})


def _figure(
    dashboard: Dashboard, rows: Sequence[RowValues], context: RenderContext, waits: Text | None
) -> Figure:
    """Return the chart of `rows` in light colours; `waits` is a sentence in its place."""
    if waits is not None:
        return waiting.draw(dashboard.named(context.worth)[0], waits, context.lang)
    return dashboard.draw(rows, context)


def _in_theme(figure: Figure, theme: Theme) -> Figure:
    """Return the figure in the colours of a theme; one that was darkened stays dark."""
    if theme == "dark":
        darken(figure)
    return figure


def _chart(slug: str, run_id: int, picture: Picture, headline: Text, variant: Variant) -> Chart:
    return Chart(
        slug=slug,
        run_id=run_id,
        png=picture.png,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        alt=headline[variant.lang],
        headline=headline,
        preview=picture.preview,
        theme=variant.theme,
    )


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
