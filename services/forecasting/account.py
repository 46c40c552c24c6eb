"""What is known of an account beside its campaign days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from services.forecasting.brand import brand_channels


@dataclass(frozen=True, slots=True)
class Account:
    """Facts about the channels of an account; by default nothing is known.

    `grain` has the channels whose rows were of weeks or months ("week", "month") and spread over their days,
    `brand` the channels whose spend follows demand, such as brand search.
    """

    grain: Mapping[str, str] = field(default_factory=dict)
    brand: frozenset[str] = frozenset()


NOTHING_KNOWN = Account()
"""The account of which nothing is known beside its campaign days."""


def by_names(channels: Collection[str]) -> Account:
    """Return what the names of the channels tell, for callers who know nothing else."""
    return Account(brand=brand_channels(channels))
