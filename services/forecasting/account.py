"""What is known of an account beside its campaign days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.forecasting.brand import brand_channels
from services.forecasting.events import Event
from services.worth import Kind, Worth

Basis = Literal["value", "ceiling", "mean"]


@dataclass(frozen=True, slots=True)
class Conversions:
    """Channels that are judged by their conversions, with the money that each of these counts for.

    The money is a `value` that is set, the `ceiling` of the cost per conversion, or the account's own `mean`
    cost, with which channels can be compared but no break-even is known. `is_all`: no channel has revenue.
    """

    values: Mapping[str, float]
    basis: Basis
    is_all: bool


@dataclass(frozen=True, slots=True)
class Account:
    """Facts about the channels of an account; by default nothing is known.

    `grain` has the channels whose rows were of weeks or months ("week", "month") and spread over their days,
    `brand` the channels whose spend follows demand, such as brand search. `margins` has the part of a
    channel's revenue that is gross margin (1 for all others), `conversions` the channels without revenue that
    are judged by their conversions. `services.forecasting.valuing` applies both, at the entrance.
    `country` ("DE", or with a region "DE-BY") is that whose public holidays matter, `events` are planned.
    """

    grain: Mapping[str, str] = field(default_factory=dict)
    brand: frozenset[str] = frozenset()
    margins: Mapping[str, float] = field(default_factory=dict)
    conversions: Conversions | None = None
    country: str | None = None
    events: tuple[Event, ...] = ()

    @property
    def worth(self) -> Worth:
        """What the channels are judged by."""
        leads = self.conversions
        kind: Kind = "margin" if self.margins else "revenue"
        if leads is not None and leads.is_all:
            kind = "value" if leads.basis == "value" else "conversions"
        return Worth(
            kind=kind,
            margins=self.margins,
            conversion_values={} if leads is None else leads.values,
            has_break_even=leads is None or leads.basis != "mean",
        )


NOTHING_KNOWN = Account()
"""The account of which nothing is known beside its campaign days."""


def by_names(channels: Collection[str]) -> Account:
    """Return what the names of the channels tell, for callers who know nothing else."""
    return Account(brand=brand_channels(channels))
