"""The settings of a sync run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from services.sync import fingerprint
from services.text import Lang
from services.worth import Pricing


@dataclass(frozen=True, slots=True)
class ModelUse:
    """Which model file predicts, for how many days, and whether unpickling it is allowed."""

    file: Path
    horizon_days: int
    trust_pickle: bool


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """The settings of a run; `demetra settings` explains each of them."""

    lang: Lang
    currency: str
    horizon_days: int
    budget_total: Decimal | None
    budget_change_limit: float
    chart_dpi: int
    chart_dir: Path | None
    retention_rows: int
    model_file: Path
    trust_pickle: bool
    country: str | None = None
    brand_names: tuple[str, ...] = ()
    brand_channels: tuple[tuple[str, bool], ...] = ()
    attribution_days: int = 7
    deadline_seconds: float = 300.0
    pricing: Pricing = Pricing()

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint: equal campaigns and an equal fingerprint give the same snapshot."""
        settings = replace(self, model_file=Path(), deadline_seconds=0.0)
        return fingerprint.fingerprint(settings, self.model_file)

    @property
    def model_use(self) -> ModelUse:
        """Return the options of the prediction."""
        return ModelUse(self.model_file, self.horizon_days, self.trust_pickle)
