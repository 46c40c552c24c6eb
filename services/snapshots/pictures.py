"""Charts of a run in further languages and themes, drawn for the pages that show them.

A run always draws the charts in the language of the installation and in light colours. Of the further
variants it draws those that a page has shown in the last `DEMAND_DAYS` days. A page that shows another one
records that, and asks for a run if the newest snapshot lacks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.database.tables import chart_demand, chart_variants
from services.snapshots import store
from services.views import Chart, Variant

DEMAND_DAYS = 30

_V, _D = chart_variants.c, chart_demand.c
_WANTED = _D.asked_at > sa.func.clock_timestamp() - timedelta(days=DEMAND_DAYS)


def want(connection: sa.Connection, variant: Variant) -> None:
    """Record that a page shows charts of this variant."""
    asked = insert(chart_demand).values(
        lang=variant.lang, theme=variant.theme, asked_at=sa.func.clock_timestamp()
    )
    again = {"asked_at": asked.excluded.asked_at}
    connection.execute(asked.on_conflict_do_update(index_elements=[_D.lang, _D.theme], set_=again))


def wanted(connection: sa.Connection) -> frozenset[Variant]:
    """Return the variants that pages have shown in the last `DEMAND_DAYS` days."""
    return _variants(connection, sa.select(_D.lang, _D.theme).where(_WANTED))


def lacks(connection: sa.Connection, run_id: int, usual: Variant) -> bool:
    """Tell whether pages show variants that a snapshot does not have; `usual` is that of its `ml_charts`."""
    drawn = _variants(connection, sa.select(_V.lang, _V.theme).where(_V.run_id == run_id).distinct())
    return bool(wanted(connection) - drawn - {usual})


def variants(connection: sa.Connection, slug: str, run_id: int | None = None) -> tuple[Chart, ...]:
    """Return one chart of a snapshot in all variants, the usual one first; raises as `store.chart` does."""
    usual = store.chart(connection, slug, run_id)
    further = sa.select(chart_variants).where(_V.run_id == usual.run_id, _V.slug == slug)
    return (usual, *(_chart(row, usual) for row in connection.execute(further.order_by(_V.lang, _V.theme))))


def nearest(charts: Iterable[Chart], variant: Variant) -> Chart:
    """Return the chart of this variant, else one in this language, else the first one.

    `charts` are variants of one chart, the usual one first, and at least one.
    """
    return max(charts, key=lambda one: (one.variant.lang == variant.lang, one.variant.theme == variant.theme))


def publish(connection: sa.Connection, charts: Sequence[Chart]) -> None:
    """Insert the charts of a run in further variants."""
    rows = [
        {c.name: getattr(chart, c.name) for c in chart_variants.c if c.name != "lang"}
        | {"lang": chart.variant.lang}
        for chart in charts
    ]
    if rows:
        connection.execute(chart_variants.insert(), rows)


def _chart(row: sa.Row[Any], usual: Chart) -> Chart:
    values = {name: value for name, value in row._mapping.items() if name != "lang"}
    return Chart(**values, alt=usual.headline[row.lang], headline=usual.headline)


def _variants(connection: sa.Connection, query: sa.Select[Any]) -> frozenset[Variant]:
    return frozenset(Variant(row.lang, row.theme) for row in connection.execute(query))
