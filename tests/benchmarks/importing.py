"""How fast files are imported: python -m tests.benchmarks.importing

Against PostgreSQL's own COPY of the same rows into the same table with its indexes and triggers, in
turns. COPY knows neither encodings nor repeated keys: of a file that repeats keys it gets a copy in
which the repeated rows are campaigns of their own.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

import sqlalchemy as sa

from services.database import embedded
from services.database.engine import make_engine
from services.database.schema import migrate
from services.intake import import_file
from services.intake.store import copy_into
from tests.benchmarks.table import Line, show

ROWS = 1_000_000
ROUNDS = 3
LEAST = 0.4
CHANNELS = ("Instagram", "Facebook", "Google Ads", "TikTok", "Telegram", "Yandex Direct", "Pinterest", "VK")
DAYS = 730
HEADER = "date,channel,campaign_id,impressions,clicks,conversions,cost,revenue,device,audience,region"
_TARGET = (
    "campaigns (date, channel, campaign_id,"
    " impressions, clicks, conversions, cost, revenue, attributes, source)"
)


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        server = embedded.start(Path(folder))
        try:
            engine = make_engine(server.url, name="importing")
            migrate(engine)
            show(f"import of {ROWS:,} rows of CSV, speed against COPY", lines(engine, Path(folder)))
            engine.dispose()
        finally:
            server.stop()


def lines(engine: sa.Engine, folder: Path, rows: int = ROWS) -> Iterator[Line]:
    """Measure, and give each line when it is there."""
    for what, repeats in (
        ("distinct rows", 1),
        ("every key four times", 4),
        ("one key in a hundred twice", 0),
    ):
        file = folder / f"{repeats}.csv"
        write(file, rows, repeats)
        shares, seconds = [], []
        for _ in range(ROUNDS):
            own = _copy_seconds(engine, file)
            seconds.append(_import_seconds(engine, file))
            shares.append(own / seconds[-1])
        share = median(shares)
        yield Line(f"{what} ({median(seconds):.1f} s)", f">= {LEAST:.2f} x", f"{share:.2f} x", share >= LEAST)


def write(file: Path, rows: int, repeats: int) -> None:
    """Write a file of campaign rows; `repeats` says how often each key occurs, 0 for a few of them twice."""
    random = Random(4)
    with file.open("w", encoding="utf-8") as stream:
        stream.write(HEADER + "\n")
        for n in range(rows):
            key = n // repeats if repeats else (n - 1 if n % 100 == 1 else n)
            day = date(2024, 11, 25) + timedelta(days=key % DAYS)
            campaign = f"{CHANNELS[key // DAYS % 8]},C{key // DAYS // 8}"
            clicks = random.randrange(1, 500)
            parts = f"{('phone', 'pc', 'tablet')[key % 3]},{('18-24', '25-34')[key % 2]},region {key % 7}"
            stream.write(
                f"{day},{campaign},{30 * clicks},{clicks},{clicks // 20},"
                f"{random.random() * 500:.2f},{random.random() * 900:.2f},{parts}\n"
            )


def _import_seconds(engine: sa.Engine, file: Path) -> float:
    _empty(engine)
    start = perf_counter()
    with engine.begin() as connection:
        import_file(connection, file)
    return perf_counter() - start


def _copy_seconds(engine: sa.Engine, file: Path) -> float:
    """Return how long COPY takes; the lines for it are made before."""
    _empty(engine)
    lines = list(_copy_lines(file))
    start = perf_counter()
    with engine.begin() as connection, copy_into(connection, _TARGET) as write:
        for at in range(0, len(lines), 2_000):
            write(lines[at : at + 2_000])
    return perf_counter() - start


def _copy_lines(file: Path) -> Iterator[str]:
    seen: set[tuple[str, ...]] = set()
    with file.open(encoding="utf-8") as stream:
        next(stream)
        for number, line in enumerate(stream):
            cells = line.rstrip("\n").split(",")
            if tuple(cells[:3]) in seen:
                cells[2] = f"R{number}"
            seen.add(tuple(cells[:3]))
            attributes = json.dumps(dict(zip(HEADER.split(",")[8:], cells[8:], strict=True)))
            yield "\t".join([*cells[:8], attributes, "import"])


def _empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE campaigns"))


if __name__ == "__main__":
    main()
