"""Results as the facade gives them, made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dash.development.base_component import Component

from layouts.reader import PageSetup, Reader
from services.periods import Selection
from services.text import Text
from services.views import ChannelPerformance, Kpi, Overview, Run, Snapshot, SyncStatus, Totals, TrendPoint

NOW = datetime(2026, 11, 22, 13, 33, tzinfo=UTC)
ENGLISH = Reader("en", "EUR", "Europe/Berlin")
RUSSIAN = Reader("ru", "EUR", "Europe/Berlin")
SETUP = PageSetup(ENGLISH, (("roi-forecast", Text(en="ROI forecast", ru="Прогноз ROI")),), version="1")
SNAPSHOT = Snapshot(
    run_id=41,
    created_at=NOW - timedelta(minutes=3),
    data_from=date(2026, 1, 1),
    data_to=date(2026, 11, 22),
    is_sample=False,
)
TOTALS = Totals(
    impressions=1_000_000,
    clicks=19_200,
    conversions=Decimal(3204),
    cost=Decimal(48210),
    revenue=Decimal(151900),
)


def run(run_id: int = 41, state: Any = "succeeded", **values: Any) -> Run:
    """Return a run that took 1.2 s and ended three minutes ago, or `values`."""
    usual = {
        "trigger": "button",
        "slot": None,
        "stage": None,
        "requested_at": NOW - timedelta(minutes=3, seconds=1.2),
        "requested_by": None,
        "started_at": NOW - timedelta(minutes=3, seconds=1),
        "finished_at": NOW - timedelta(minutes=3),
        "rows_read": 100,
        "data_from": None,
        "data_to": None,
        "model_version": None,
        "scores": None,
        "stage_seconds": None,
        "error_code": None,
        "error_text": None,
    }
    return Run(run_id=run_id, state=state, **(usual | values))


def status(**values: Any) -> SyncStatus:
    """Return how things stand when all is well, or `values`."""
    usual: dict[str, Any] = {
        "active": None,
        "snapshot": SNAPSHOT,
        "last_success": run(),
        "last_failure": None,
        "has_campaigns": True,
        "next_run_at": NOW.replace(hour=14, minute=0),
        "interval_seconds": 1800.0,
        "server_now": NOW,
        "workers": 1,
    }
    return SyncStatus(**(usual | values))


def kpi(name: Any, value: float | None, previous: float | None, noise: float | None = 0.0) -> Kpi:
    return Kpi(name, value, previous, (1.0, 2.0, 3.0), noise)


def overview(*channels: ChannelPerformance, **values: Any) -> Overview:
    """Return four weeks with all six key figures, or `values`."""
    usual: dict[str, Any] = {
        "snapshot": SNAPSHOT,
        "selection": Selection(),
        "date_from": date(2026, 10, 26),
        "date_to": date(2026, 11, 22),
        "previous_from": date(2026, 9, 28),
        "previous_to": date(2026, 10, 25),
        "totals": TOTALS,
        "previous": TOTALS,
        "kpis": (
            kpi("spend", 48210.0, 46310.0),
            kpi("revenue", 151900.0, 139400.0),
            kpi("roi", 2.15, 2.01),
            kpi("conversions", 3204.0, 3020.0),
            kpi("acquisition_cost", 15.05, 15.34),
            kpi("ctr", 0.0192, 0.0192),
        ),
        "trend_step_days": 1,
        "trend": tuple(TrendPoint(date(2026, 11, day), TOTALS) for day in range(1, 23)),
        "channels": channels or (channel("Google Ads", 0), channel("Telegram", 1)),
    }
    return Overview(**(usual | values))


def channel(name: str, position: int, totals: Totals = TOTALS) -> ChannelPerformance:
    """Return what a channel brought."""
    return ChannelPerformance(name, position, totals, None, 1.9, 2.4)


def components(root: Component) -> Iterator[Component]:
    """Yield a component and everything in it."""
    yield root
    yield from (item for item in root._traverse() if isinstance(item, Component))  # type: ignore[no-untyped-call]


def words(root: Component) -> str:
    """Return what is written in a component, its titles and labels included."""
    found: list[str] = []
    for item in components(root):
        children = getattr(item, "children", None)
        found += [c for c in (children if isinstance(children, list) else [children]) if isinstance(c, str)]
        found += [
            str(getattr(item, name)) for name in ("title", "label", "aria-label") if hasattr(item, name)
        ]
        found += [str(option["label"]) for option in getattr(item, "options", None) or ()]
    return " ".join(found)
