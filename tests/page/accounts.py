"""Accounts as people have them: generated campaign files, with what is odd about each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from services.intake import import_file

COLUMNS = ("impressions", "clicks", "conversions", "cost", "revenue")
_WEEKDAYS = (1.0, 1.05, 1.08, 1.04, 0.98, 0.8, 0.85)


def rows(
    channels: Sequence[str],
    last: date,
    days: int,
    *,
    seed: int = 5,
    spend: float = 400.0,
    returns: Sequence[float] = (3.2, 1.4, 2.2, 1.9),
) -> Iterator[list[str]]:
    """Yield date, channel and the five counts of each day: noise and weekdays, but nothing that changes."""
    random = np.random.default_rng(seed)
    for place, channel in enumerate(channels):
        size = spend / (1 + 0.3 * place)
        for back in reversed(range(days)):
            day = last - timedelta(days=back)
            cost = size * _WEEKDAYS[day.weekday()] * random.uniform(0.8, 1.2)
            clicks = cost / 0.8 * random.uniform(0.9, 1.1)
            orders = random.poisson(clicks * 0.03)
            revenue = cost**0.8 * size**0.2 * returns[place % len(returns)] * random.uniform(0.85, 1.15)
            yield [
                day.isoformat(),
                channel,
                f"{clicks * 70:.0f}",
                f"{clicks:.0f}",
                f"{orders}",
                f"{cost:.2f}",
                f"{revenue:.2f}",
            ]


def write(path: Path, lines: Iterator[list[str]], without: Sequence[str] = ()) -> Path:
    """Write lines of `rows` as a file, leaving some columns out."""
    names = ("date", "channel", *COLUMNS)
    kept = [place for place, name in enumerate(names) if name not in without]
    written = [",".join(line[place] for place in kept) for line in ([*names], *lines)]
    path.write_text("\n".join([*written, ""]), encoding="utf-8")
    return path


def _steady(folder: Path, last: date) -> list[Path]:
    return [write(folder / "steady.csv", rows(("Google Ads", "Facebook", "TikTok"), last, 200))]


def _one_channel(folder: Path, last: date) -> list[Path]:
    return [write(folder / "one.csv", rows(("Google Ads",), last, 200))]


def _forty_channels(folder: Path, last: date) -> list[Path]:
    names = [f"Channel {n:02} of a long name" for n in range(40)]
    return [write(folder / "forty.csv", rows(names, last, 120))]


def _five_days(folder: Path, last: date) -> list[Path]:
    return [write(folder / "five.csv", rows(("Google Ads", "Facebook"), last, 5))]


def _no_revenue(folder: Path, last: date) -> list[Path]:
    lines = rows(("Google Ads", "Facebook"), last, 120)
    return [write(folder / "leads.csv", lines, without=("revenue",))]


def _no_conversions(folder: Path, last: date) -> list[Path]:
    lines = rows(("Google Ads", "Facebook"), last, 120)
    return [write(folder / "shop.csv", lines, without=("conversions",))]


def _weekly(folder: Path, last: date) -> list[Path]:
    monday = last - timedelta(days=last.weekday() + 7)
    weeks = (
        line
        for line in rows(("Google Ads", "Facebook", "TikTok"), monday, 400, spend=2800)
        if date.fromisoformat(line[0]).weekday() == 0
    )
    return [write(folder / "weekly.csv", weeks)]


def _year_old(folder: Path, last: date) -> list[Path]:
    return _steady(folder, last - timedelta(days=373))


def _free_channel(folder: Path, last: date) -> list[Path]:
    paid = rows(("Google Ads", "Facebook"), last, 120)
    free = ([*line[:5], "0", line[6]] for line in rows(("Newsletter",), last, 120, seed=8, spend=900))
    return [write(folder / "paid.csv", paid), write(folder / "free.csv", free)]


ACCOUNTS: dict[str, Callable[[Path, date], list[Path]]] = {
    "steady": _steady,
    "one channel": _one_channel,
    "40 channels": _forty_channels,
    "five days": _five_days,
    "no revenue": _no_revenue,
    "no conversions": _no_conversions,
    "weekly": _weekly,
    "a year old": _year_old,
    "free channel": _free_channel,
}


def fill(connection: sa.Connection, name: str, folder: Path, last: date) -> None:
    """Import the files of an account whose newest day is `last` (but for one that is old)."""
    for file in ACCOUNTS[name](folder, last):
        import_file(connection, file)
