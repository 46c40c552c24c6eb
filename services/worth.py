"""What channels are judged by: revenue, gross margin, the value of conversions, or conversions themselves.

The settings are a `Pricing`. What follows from them for an account is its `Worth`: it travels with the
results of a run, and is stored with the snapshot, so that its figures and words always agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, SupportsFloat, TypeVar

from services.text import Lang, Text, money, number

Item = TypeVar("Item")
Kind = Literal["revenue", "margin", "value", "conversions"]
Reading = Literal["as stored", "conversions", "cost per conversion", "conversions per thousand"]
"""What is shown of a stored amount or ROI in the kind "conversions"."""

_ENDINGS = ("а", "и", "е", "у", "ой")
# The word for what a channel brings, in place of "revenue" and of the cases of «выручка».
_NAMES: Mapping[Kind, tuple[str, tuple[str, ...]]] = {
    "margin": (
        "gross margin",
        ("валовая прибыль", "валовой прибыли", "валовой прибыли", "валовую прибыль", "валовой прибылью"),
    ),
    "value": (
        "conversion value",
        (
            "ценность конверсий",
            *("ценности конверсий", "ценности конверсий"),
            *("ценность конверсий", "ценностью конверсий"),
        ),
    ),
    "conversions": ("conversions", ("конверсии", "конверсий", "конверсиям", "конверсии", "конверсиями")),
}
_FEW_CONVERSIONS = 10
THOUSAND = 1000
_REVENUE = re.compile(r"(?<!\{)\b[Rr]evenue\b")
_REVENUE_RU = re.compile(rf"\b[Вв]ыручк({'|'.join(_ENDINGS)})\b")


@dataclass(frozen=True, slots=True)
class PerChannel:
    """A number for all channels (`usual`), and others for channels by name; case does not matter."""

    usual: float | None = None
    own: tuple[tuple[str, float], ...] = ()

    def of(self, channel: str) -> float | None:
        """Return the number of a channel, None where there is none."""
        own = {name.casefold(): number for name, number in self.own}
        return own.get(channel.casefold(), self.usual)

    def __str__(self) -> str:
        """Return the number and the channels as the setting is written."""
        usual = [] if self.usual is None else [f"{self.usual:g}"]
        return "; ".join([*usual, *(f"{name}={number:g}" for name, number in self.own)])


@dataclass(frozen=True, slots=True)
class Pricing:
    """The settings of what revenue and conversions are worth.

    `margin` is the part of revenue that remains after the cost of the goods, before that of advertising.
    `conversion_value` is money that a conversion is worth, `conversion_cost_ceiling` the most that it may
    cost.
    """

    margin: PerChannel = PerChannel(1.0)
    conversion_value: PerChannel = PerChannel()
    conversion_cost_ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A text with two wordings: of revenue and ROI, and of conversions and what one costs."""

    money: Text
    conversions: Text


@dataclass(frozen=True, slots=True)
class Worth:
    """What the channels of an account are judged by.

    `margins` has the channels whose margin is not 1. `conversion_values` has the channels that are judged by
    their conversions, with the money that each of these counts for. In the kind "conversions" that is the
    ceiling of the cost per conversion or, without `has_break_even`, the account's own mean cost: a ROI above
    0 then means that a conversion costs less than that.
    """

    kind: Kind = "revenue"
    margins: Mapping[str, float] = field(default_factory=dict)
    conversion_values: Mapping[str, float] = field(default_factory=dict)
    has_break_even: bool = True

    def word(self, template: Text) -> Text:
        """Return a template, before it is filled in, with the word for what channels bring."""
        if self.kind == "revenue":
            return template
        english, russian = _NAMES[self.kind]
        cases = dict(zip(_ENDINGS, russian, strict=True))
        return Text(
            en=_REVENUE.sub(lambda found: _as(found[0], english), template.en),
            ru=_REVENUE_RU.sub(lambda found: _as(found[0], cases[found[1]]), template.ru),
        )

    def choose(self, told: Told) -> Text:
        """Return the template for what channels are judged by, before it is filled in."""
        return told.conversions if self.in_conversions else self.word(told.money)

    @property
    def in_conversions(self) -> bool:
        """True when channels are told by their cost per conversion: what they bring in money is unknown."""
        return self.kind == "conversions"

    @property
    def reference(self) -> float:
        """The cost per conversion at which ROI is 0, in the kind "conversions"; else 1."""
        return next(iter(self.conversion_values.values())) if self.in_conversions else 1.0

    def cost_per_conversion(self, roi: float | None) -> float | None:
        """Return the cost per conversion that a ROI stands for in the kind "conversions"."""
        return None if roi is None or roi <= -1 else self.reference / (1 + roi)

    def read(self, value: SupportsFloat | None, reading: Reading) -> float | None:
        """Return what is shown of a stored amount (conversions) or a stored ROI (the other readings)."""
        if value is None or reading == "as stored":
            return None if value is None else float(value)
        if reading == "conversions":
            return float(value) / self.reference
        if reading == "cost per conversion":
            return self.cost_per_conversion(float(value))
        return THOUSAND * (1 + float(value)) / self.reference

    def written_cost(self, roi: float | None, currency: str, lang: Lang) -> str:
        """Format the cost per conversion that a ROI stands for; a dash where nothing comes back."""
        return money(self.cost_per_conversion(roi), currency, lang)

    def written_conversions(self, value: float, lang: Lang) -> str:
        """Format what channels bring (money in the kind "conversions") as a number of conversions."""
        conversions = value / self.reference
        return number(conversions, lang, decimals=0 if abs(conversions) >= _FEW_CONVERSIONS else 1)

    def record(self) -> dict[str, Any]:
        """Return the worth as JSON values."""
        return {
            "kind": self.kind,
            "margins": dict(self.margins),
            "conversion_values": dict(self.conversion_values),
            "has_break_even": self.has_break_even,
        }


REVENUE = Worth()
"""Channels judged by their revenue, as recorded."""


def best_and_worst(ranked: Sequence[Item], most: int) -> Sequence[Item]:
    """Return at most `most` items: all, or the first and the last of the ranked ones, half of each."""
    return ranked if len(ranked) <= most else [*ranked[: most - most // 2], *ranked[-(most // 2) :]]


def worth_in(record: Mapping[str, Any] | None) -> Worth:
    """Return the worth of a record; revenue for snapshots without one."""
    return REVENUE if record is None else Worth(**record)


def _as(found: str, word: str) -> str:
    """Return `word` with a capital letter where the word that was found has one."""
    return word[0].upper() + word[1:] if found[0].isupper() else word
