"""The dashboards: each is one file with its table, its rows, its drawing and its texts.

The cards, the routes, the rows that a sync writes and the common tests are derived from `DASHBOARDS`. The web
process imports this package, so pandas and matplotlib may be imported only inside functions that draw.
"""

from __future__ import annotations

from services.dashboards import budget, reach_ctr, roi_forecast, roi_timeseries
from services.dashboards.spec import Dashboard, RenderContext, RowValues
from services.errors import UnknownDashboardError

__all__ = ["DASHBOARDS", "Dashboard", "RenderContext", "RowValues", "by_slug"]

DASHBOARDS: tuple[Dashboard, ...] = (
    roi_forecast.DASHBOARD,
    roi_timeseries.DASHBOARD,
    reach_ctr.DASHBOARD,
    budget.DASHBOARD,
)


def by_slug(slug: str) -> Dashboard:
    """Return the dashboard with this slug; raise `UnknownDashboardError` if there is none."""
    for dashboard in DASHBOARDS:
        if dashboard.slug == slug:
            return dashboard
    raise UnknownDashboardError(slug=slug, known=", ".join(dashboard.slug for dashboard in DASHBOARDS))
