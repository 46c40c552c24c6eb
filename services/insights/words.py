"""Numbers, dates and lists of names, formatted for the sentences of recommendations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from services.text import (
    LANGS,
    NO_BREAK_SPACE,
    Lang,
    Text,
    both,
    day_of_month,
    money,
    number,
    percent,
    signed,
)
from services.text import NOTHING as DASH

NOTHING = both(DASH)
_NAMES_SHOWN = 3
_CENTS_BELOW = 100
_MOST_SYNCS = 1000
_BY_CHANCE = Text(
    en="Where nothing happens, about one sync in {syncs} shows such a finding by chance.",
    ru="Когда ничего не происходит, случайно такое находит примерно одна синхронизация из {syncs}.",
)
_SELDOM = Text(
    en="Where nothing happens, fewer than one sync in {syncs} shows such a finding by chance.",
    ru="Когда ничего не происходит, случайно такое находит реже чем одна синхронизация из {syncs}.",
)
_AND_MORE = Text(en="{names} and others ({number})", ru="{names} и другие ({number})")


def in_each(write: Callable[[Lang], str]) -> Text:
    """Return the results of `write` for each language as one text."""
    return Text(**{lang: write(lang) for lang in LANGS})


def amount(value: float, currency: str) -> Text:
    """Format an amount of money; cents only below 100."""
    if abs(value) < _CENTS_BELOW and value != round(value):
        return in_each(lambda lang: money(value, currency, lang))
    return in_each(lambda lang: number(value, lang) + NO_BREAK_SPACE + currency)


def change(value: float, currency: str) -> Text:
    """Format a change of an amount, with its sign."""
    return in_each(lambda lang: signed(amount(value, currency)[lang]))


def share(value: float) -> Text:
    """Format a fraction as a percentage, below 1 % with two decimals."""
    decimals = 2 if 0 < abs(value) < 0.01 else None
    return in_each(lambda lang: percent(value, lang, decimals=decimals))


def signed_share(value: float) -> Text:
    """Format a change given as a fraction, as a percentage with its sign."""
    return in_each(lambda lang: signed(share(value)[lang]))


def chance(probability: float) -> Text:
    """Format a probability in whole percent, from "< 1 %" to "> 99 %"."""
    shown = min(max(probability, 0.01), 0.99)
    sign = "> " if probability > shown else "< " if probability < shown else ""
    return in_each(lambda lang: sign + percent(shown, lang, decimals=0))


def by_chance(probability: float) -> Text:
    """Return the sentence on how often chance alone shows such a finding, for a probability per sync."""
    syncs = int(1 / max(probability, 1 / (2 * _MOST_SYNCS)))
    return (_SELDOM if syncs > _MOST_SYNCS else _BY_CHANCE).format(syncs=count(min(syncs, _MOST_SYNCS)))


def count(value: float) -> Text:
    """Format a number without decimals."""
    return in_each(lambda lang: number(value, lang))


def day(value: date) -> Text:
    """Format a date as `3 November` / «3 ноября»."""
    return in_each(lambda lang: day_of_month(value, lang))


def span(first: date, last: date) -> Text:
    """Format the days from `first` to `last`, with the year."""
    return in_each(lambda lang: f"{_dated(first, lang)} – {_dated(last, lang)}")


def names(channels: Sequence[str]) -> Text:
    """Format a list of channels: the first three names, then the number of all others."""
    shown = ", ".join(channels[:_NAMES_SHOWN])
    more = len(channels) - _NAMES_SHOWN
    return Text(en=shown, ru=shown) if more <= 0 else _AND_MORE.format(names=shown, number=more)


def _dated(value: date, lang: Lang) -> str:
    return f"{day(value)[lang]} {value.year}"
