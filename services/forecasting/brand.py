"""Channels of brand search, recognised by their names: spend there is a consequence of demand.

People who search for the brand mostly come anyway; a click-billed campaign for them spends what demand gives
it. Sources: Blake, Nosko and Tadelis (2015), "Consumer heterogeneity and paid search effectiveness",
Econometrica 83 (brand ads without measurable short-term benefit); Chen et al. (2018), "Bias correction for
paid search in media mix modeling", arXiv 1807.03292.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_BRAND = re.compile(
    r"brand(?:s|ed|search|kw|keywords?)?|бренд(?:а|у|ы|ов|ов(?:ый|ая|ое|ые|ого|ой|ых|ому|ым))?"
)
_NEGATIONS = frozenset(
    {"non", "no", "not", "without", "ex", "excl", "excluding", "minus", "не", "без", "кроме", "вне"}
)
_OTHERS = re.compile(r"competitors?|rivals?|competition|конкурент\w*|чуж\w*")
_UPPER_FUNNEL = re.compile(
    r"awareness|lift|building|reach|video|display|youtube|tv|ctv|radio|ooh|audio|podcast|ambassadors?|influencers?"
    r"|safety|image|consideration|узнаваем\w*|знани\w*|имидж\w*|охват\w*|меди\w*|видео|тв|радио|блогер\w*|амбассадор\w*"
)
_WORD = re.compile(r"[^\W_]+")


def brand_channels(
    channels: Collection[str], own_names: Collection[str] = (), rules: Mapping[str, bool] | None = None
) -> frozenset[str]:
    """Return the channels of brand search.

    A channel is one if its name has the word "brand" or "бренд" (not "non-brand", "brand awareness" or
    "competitor brands"), or one of `own_names`, unless all channels have it. `rules` (channel -> whether it
    is one; case is ignored) decide before any name.
    """
    words = {channel: _words(channel) for channel in channels}
    named = {channel for channel, its in words.items() if _is_brand(its)}
    for name in own_names:
        with_it = {channel for channel, its in words.items() if _has(its, _words(name))}
        if len(with_it) < len(words) or len(words) == 1:
            named |= {channel for channel in with_it if not _is_excluded(words[channel])}
    decided = {" ".join(_words(channel)): is_brand for channel, is_brand in (rules or {}).items()}
    return frozenset(c for c, its in words.items() if decided.get(" ".join(its), c in named))


def _is_brand(words: list[str]) -> bool:
    places = [at for at, word in enumerate(words) if _BRAND.fullmatch(word)]
    affirmed = [at for at in places if at == 0 or words[at - 1] not in _NEGATIONS]
    return bool(affirmed) and not _is_excluded(words)


def _is_excluded(words: list[str]) -> bool:
    return any(_OTHERS.fullmatch(word) or _UPPER_FUNNEL.fullmatch(word) for word in words)


def _has(words: list[str], name: list[str]) -> bool:
    """Return whether the words of a name stand in `words` next to each other."""
    n = len(name)
    return n > 0 and any(words[at : at + n] == name for at in range(len(words) - n + 1))


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case; "BrandSearch" and "brand_search" are two words each."""
    apart = re.sub(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])", " ", name)
    return [word.casefold() for word in _WORD.findall(apart)]
