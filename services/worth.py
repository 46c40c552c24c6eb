"""What channels are judged by: revenue, gross margin, the value of conversions, or conversions themselves.

The settings are a `Pricing`. What follows from them for an account is its `Worth`: it travels with the
results of a run, and is stored with the snapshot, so that its figures and words always agree.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from services.text import Text

Kind = Literal["revenue", "margin", "value", "conversions"]

_FIRST_MARK = 0xF0000  # characters for private use
_ENDINGS = ("а", "и", "е", "у", "ой")
# The word for what a channel brings, in place of "revenue" and of the cases of «выручка».
_VALUE = (
    "conversion value",
    (
        "ценность конверсий",
        *("ценности конверсий", "ценности конверсий"),
        *("ценность конверсий", "ценностью конверсий"),
    ),
)
_NAMES: Mapping[Kind, tuple[str, tuple[str, ...]]] = {
    "margin": (
        "gross margin",
        ("валовая прибыль", "валовой прибыли", "валовой прибыли", "валовую прибыль", "валовой прибылью"),
    ),
    "value": _VALUE,
    "conversions": _VALUE,
}
# Without revenue there is no return on it: what channels bring for their money is their yield.
_YIELD, _YIELD_RU = "yield", "КПД"
_ROI = re.compile(r"(?P<start>^|[.!?] )?\bROI\b")
_INCOME_RU = re.compile(r"\b[Дд]оход(а|у|ом|е|)\b")
_INCOME_CASES = {"а": 1, "у": 2, "": 3, "ом": 4, "е": 1}
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
        words = Text(
            en=_REVENUE.sub(lambda found: _as(found[0], english), template.en),
            ru=_REVENUE_RU.sub(lambda found: _as(found[0], cases[found[1]]), template.ru),
        )
        if not self.in_conversions:
            return words
        return Text(
            en=_ROI.sub(_yield, words.en),
            ru=_INCOME_RU.sub(
                lambda found: _as(found[0], russian[_INCOME_CASES[found[1]]]),
                re.sub(r"\bROI\b", _YIELD_RU, words.ru),
            ),
        )

    def said(self, sentence: Text, names: Collection[str] = ()) -> Text:
        """Return a finished sentence without the words ROI and revenue in the kind "conversions".

        names: names of channels and the like, which stay as they are.
        """
        if not self.in_conversions:
            return sentence
        marks = {name: chr(_FIRST_MARK + at) for at, name in enumerate(sorted(names, key=len, reverse=True))}
        hidden = Text(*(_replaced(part, marks) for part in (sentence.en, sentence.ru)))
        worded, back = self.word(hidden), {mark: name for name, mark in marks.items()}
        return Text(*(_replaced(part, back) for part in (worded.en, worded.ru)))

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


def worth_in(record: Mapping[str, Any] | None) -> Worth:
    """Return the worth of a record; revenue for snapshots without one."""
    return REVENUE if record is None else Worth(**record)


def _yield(found: re.Match[str]) -> str:
    """Return the word for ROI, with a capital letter at the start of a sentence."""
    start = found["start"]
    return _YIELD if start is None else start + _YIELD.capitalize()


def _replaced(text: str, by: Mapping[str, str]) -> str:
    for old, new in by.items():
        text = text.replace(old, new)
    return text


def _as(found: str, word: str) -> str:
    """Return `word` with a capital letter where the word that was found has one."""
    return word[0].upper() + word[1:] if found[0].isupper() else word
