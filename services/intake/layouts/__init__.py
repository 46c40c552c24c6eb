"""Layouts of the exports of advertising platforms, one file and one line of `PLATFORMS` for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from services.intake.headings import key
from services.intake.layouts import (
    amazon,
    apple_search_ads,
    campaign_manager_360,
    criteo,
    ga4,
    google_ads,
    linkedin,
    meta,
    microsoft,
    pinterest,
    reddit,
    snapchat,
    spotify,
    telegram,
    tiktok,
    vk,
    x_ads,
    yandex_direct,
)
from services.intake.layouts.platform import Platform, Role

PLATFORMS: tuple[Platform, ...] = (
    google_ads.PLATFORM,
    microsoft.PLATFORM,
    meta.PLATFORM,
    tiktok.PLATFORM,
    linkedin.PLATFORM,
    pinterest.PLATFORM,
    snapchat.PLATFORM,
    reddit.PLATFORM,
    x_ads.PLATFORM,
    amazon.PLATFORM,
    criteo.PLATFORM,
    campaign_manager_360.PLATFORM,
    ga4.PLATFORM,
    yandex_direct.PLATFORM,
    vk.PLATFORM,
    telegram.PLATFORM,
    apple_search_ads.PLATFORM,
    spotify.PLATFORM,
)

PLAIN = frozenset(
    map(
        key,
        """
        date | day | дата | день | channel | канал | platform | source | campaign | campaign name |
        campaign id | кампания | название кампании | impressions | impression | показы | reach | охват |
        clicks | click | клики | link clicks | conversions | конверсии | purchases | покупки | leads |
        results | orders | sales | cost | costs | spend | total cost | amount spent | расход | расходы |
        revenue | доход | total revenue | conversion value | purchase value | ctr | cpc | cpm | cpa |
        roas | roi | conversion rate | currency | валюта | account name | account id | account | ad
        group | ad group name | ad set name | ad name | device | устройство | age | возраст | gender |
        пол | region | регион | placement | objective | status | budget | frequency | reach | start date
        | end date | views | audience | keyword | creative | sessions | comments | shares | likes |
        follows | saves | network | language | impressionen | klicks | kosten | kampagne | datum |
        umsatz | conversion | total conversions | total sales | total spend | total spent
        """.split("|"),  # noqa: SIM905,
    )
)
"""Headings that are too common to tell a platform."""

_ENOUGH = 0.7
_FAR = 1.15
_SURE = 1.5
"""The least score of a platform that gives its name to a channel: one heading may be that of any file."""


def platform_of(keys: Collection[str], above: Iterable[str] = ()) -> Platform | None:
    """Return the platform whose own headings a header has; None if none is clearly ahead.

    `keys` are the keys of the headings, `above` the lines above the header. A heading counts the more, the
    fewer platforms use it; common words such as “Clicks” do not count.
    """
    present = set(keys)
    lines = [line.strip(' "\ufeff').casefold() for line in above]
    scores = [(_score(one, present, lines), -at, one) for at, one in enumerate(PLATFORMS)]
    scores.sort(key=lambda score: score[:2], reverse=True)
    (best, _, platform), (second, _, _) = scores[:2]
    return platform if best >= _ENOUGH and best > _FAR * second else None


def is_surely(platform: Platform, keys: Collection[str], above: Iterable[str] = ()) -> bool:
    """Return whether a header and the lines above it are those of a platform beyond a single heading."""
    lines = [line.strip(' "\ufeff').casefold() for line in above]
    return _score(platform, set(keys), lines) >= _SURE


def _score(platform: Platform, present: Collection[str], lines: list[str]) -> float:
    own = (platform.keys & set(present)) - PLAIN
    marks = sum(any(line.startswith(mark) for line in lines) for mark in platform.marks)
    return sum(1 / _uses()[one] ** 2 for one in own) + marks


@cache
def _uses() -> Mapping[str, int]:
    return Counter(one for platform in PLATFORMS for one in platform.keys)


def platform_by_id(layout: str) -> Platform | None:
    """Return the platform of a layout's id; None for files of unknown origin."""
    return next((one for one in PLATFORMS if one.id == layout), None)


def source_name(source: str) -> str:
    """Return what a source is called: the name of its platform, else its own name."""
    platform = platform_by_id(source)
    return source if platform is None else platform.name


def source_of(name: str) -> str:
    """Return the source of a name: the id of the platform with this name, else the name itself."""
    wanted = name.strip().casefold()
    return next((one.id for one in PLATFORMS if one.name.casefold() == wanted), name)


@cache
def shared_roles() -> Mapping[Role, tuple[str, ...]]:
    """Return the keys by role on which all platforms that use them agree, for files of unknown origin."""
    meanings: dict[str, set[Role]] = {}
    for platform in PLATFORMS:
        for role, keys in platform.shared.items():
            for one in keys:
                meanings.setdefault(one, set()).add(role)
    agreed: dict[Role, list[str]] = {}
    for one, roles in meanings.items():
        if len(roles) == 1:
            agreed.setdefault(next(iter(roles)), []).append(one)
    return {role: tuple(keys) for role, keys in agreed.items()}
