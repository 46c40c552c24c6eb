"""The options of a sync run, as small and quick as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.sync.options import SyncOptions

# The next slot of this interval begins in 2096, hence none in the middle of a test.
NO_SLOT_SECONDS = 4e9


def sync_options(folder: Path, **changes: Any) -> SyncOptions:
    """Return options whose files lie in `folder`, with `changes`."""
    values: dict[str, Any] = {
        "lang": "en",
        "currency": "EUR",
        "horizon_days": 28,
        "budget_total": None,
        "budget_change_limit": 0.3,
        "chart_dpi": 60,
        "chart_dir": folder / "charts",
        "retention_rows": 1000,
        "model_file": folder / "model.skops",
        "trust_pickle": False,
    }
    return SyncOptions(**values | changes)
