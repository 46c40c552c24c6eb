"""How long a breakdown takes at 20,000 campaigns: python -m tests.benchmarks.breakdowns

Questions of `GET /api/breakdown` over HTTP without a network: other periods, comparisons, orders and
channels each time, and each once more at once: a page asks for the same in several requests. The account is
that of `breakdown_account`.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from threading import Event
from time import perf_counter
from urllib.parse import urlencode

import sqlalchemy as sa
from flask.testing import FlaskClient

from services.analytics import Analytics
from services.database import embedded
from services.database.engine import make_engine
from services.database.schema import migrate
from tests.api.clients import INTERVAL_SECONDS, client_of
from tests.benchmarks import breakdown_account as account
from tests.benchmarks.table import Line, at_most, show

MOST_MS = 150
QUESTIONS = 200
_PERIODS = (
    *({"period": word} for word in ("7", "28", "90", "365", "last-month", "quarter", "year", "all")),
    {"from": "2025-02-03", "to": "2025-04-20"},
)
_FIGURES = ("spend", "revenue", "conversions", "roi", "ctr", "acquisition_cost", "clicks")


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="breakdowns-") as folder:
        server = embedded.start(Path(folder))
        try:
            show("breakdowns", lines(server.url))
        finally:
            server.stop()


def lines(url: str) -> Iterator[Line]:
    """Measure, and give the lines when they are there."""
    engine = make_engine(url, name="demetra benchmark")
    migrate(engine)
    yield from measured(engine, account.fill(engine))
    engine.dispose()


def measured(engine: sa.Engine, rows: int) -> Iterator[Line]:
    """Ask each question twice on a filled database; `rows` are those that the sums stand for."""
    analytics = Analytics(engine, INTERVAL_SECONDS)
    is_loaded = Event()
    analytics.start(prepare=lambda _: is_loaded.set())
    client = client_of(analytics)
    questions = [_question(random.Random(n)) for n in range(QUESTIONS)]
    assert is_loaded.wait(60)
    client.get("/api/breakdown?limit=1")
    campaigns = len(account.CHANNELS) * account.CAMPAIGNS
    of = f"{campaigns:,} campaigns, sums of {rows:,} rows over {account.DAYS} days"
    found = [(_ms(client, one), _ms(client, one)) for one in questions]
    for times, of_times in zip(("first", "again"), zip(*found, strict=True), strict=True):
        yield _line(f"breakdown asked {times}, {of}, p95, ms", of_times)
    analytics.close()


def _question(choice: random.Random) -> str:
    """Return a question: mostly the 200 first campaigns of all channels, with trends."""
    asked: dict[str, str | int] = {
        "by": choice.choice(("campaign",) * 6 + ("channel", "device")),
        **choice.choice(_PERIODS),
        "compare": choice.choice(("before", "year", "none")),
        "sort": choice.choice(_FIGURES),
        "limit": choice.choice((50, 200)),
    }
    if choice.random() < 0.5:
        asked["sort"] = f"{asked['sort']}_change"
    if choice.random() < 0.4:
        asked["channel"] = choice.choice(account.CHANNELS)
    if asked["by"] == "campaign" and choice.random() < 0.2:
        asked["search"] = f"c0{choice.randint(10, 99)}"
    if asked["by"] == "campaign" and choice.random() < 0.2:
        asked["offset"] = 200
    return f"/api/breakdown?{urlencode(asked)}"


def _ms(client: FlaskClient, question: str) -> float:
    start = perf_counter()
    answer = client.get(question)
    seconds = perf_counter() - start
    assert answer.status_code == 200, (question, answer.get_data(as_text=True))
    return 1000 * seconds


def _line(what: str, found: Sequence[float]) -> Line:
    p95 = quantiles(found, n=20)[-1]
    line = at_most(what, p95, MOST_MS, "{:.0f}")
    return Line(
        line.what,
        line.target,
        f"{line.figure} (p50 {median(found):.0f}, worst {max(found):.0f})",
        line.is_reached,
    )


if __name__ == "__main__":
    main()
