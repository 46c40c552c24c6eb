"""Campaign files for sources, and the declaration of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from time import time
from typing import Any

from services.sources.kind import Source
from tests.sources.declared import parsed

HEADER = "date,channel,campaign,impressions,clicks,conversions,cost,revenue"
LONG_AGO = 3600.0


def csv_text(
    days: Iterable[int] = range(28), *, channel: str = "Meta", cost: int = 5, campaigns: int = 2
) -> str:
    """Return a campaign file: a row for each campaign on each day since 1 May."""
    first = date(2026, 5, 1)
    rows = (
        f"{first + timedelta(days=day)},{channel},c{number},100,10,1,{cost + number + day % 7}.25,9.50"
        for day in days
        for number in range(campaigns)
    )
    return "\n".join((HEADER, *rows, ""))


def drop(folder: Path, name: str, text: str | bytes | None = None, *, age: float = LONG_AGO) -> Path:
    """Write a file that was last written to `age` seconds ago."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    content = csv_text() if text is None else text
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(file, (time() - age, time() - age))
    return file


def folder_source(path: Path | str, **options: Any) -> Source:
    """Return the declaration of a folder; its files are taken at once."""
    lines = {"settle": '"0.001 s"', "name": '"exports"', **options}
    written = "\n".join(f"{key} = {value}" for key, value in lines.items())
    (one,) = parsed(f'[[source]]\ntype = "folder"\npath = "{path}"\n{written}\n')
    return one
