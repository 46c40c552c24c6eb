"""Faults of servers that sources are fetched from: others go on, rows stay, the reason is told, it heals."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy as sa

from services.database.tables import campaigns
from services.sources import recording, state
from services.sources.fetching import Fetched, fetch_due
from services.sources.importing import ImportOptions
from services.sources.kind import Source
from services.views import SourceView
from tests.faults.conftest import Seen
from tests.sources.declared import parsed
from tests.sources.files import csv_text
from tests.sources.servers import Authority, LocalServer, Reply, answer, serving
from tests.sources.test_web import BROKEN, SLOW

TOKEN = "s3cr3t-t0ken"
MUST = "others imported; last rows kept; reason; back by itself"
# Of `BROKEN`, a row for each kind of fault; its limit is what a bomb and a flood exceed.
ROWS = {
    "cut off": [name for name in BROKEN if "breaks off" in name or "chunk" in name],
    "garbage, damaged compression": [
        "garbage",
        "nothing",
        "no gzip",
        "damaged gzip",
        "an unknown compression",
    ],
    "decompression bomb, flood": ["a bomb", "more than allowed", "more than allowed without a length"],
    "connection reset": ["a reset"],
    "redirect loop, redirect to another host": [name for name in BROKEN if "redirect" in name],
    "401, 403": ["401", "403"],
    "404, 410": ["404", "410"],
    "429": ["429"],
    "400, 500, 503": ["400", "500", "503"],
}


def _cases() -> Iterator[object]:
    for row, names in ROWS.items():
        for name in names:
            yield pytest.param(
                BROKEN[name][0], marks=pytest.mark.fault(f"source: server, {row}", must=MUST), id=name
            )
    for name, reply in SLOW.items():
        row = "hanging" if name == "hangs" else "slow drip"
        yield pytest.param(reply, marks=pytest.mark.fault(f"source: server, {row}", must=MUST), id=name)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def declared(good: str, faulty: str, **options: str) -> tuple[Source, ...]:
    lines = "".join(f"{name} = {value}\n" for name, value in options.items())
    fixed = 'type = "https"\ntoken = "${TOKEN}"\ninternal = true\n'
    text = "".join(
        f'[[source]]\nname = "{name}"\nurl = "{url}"\n{fixed}{lines}'
        for name, url in (("good", good), ("faulty", faulty))
    )
    return parsed(text, {"TOKEN": TOKEN})


def fetch(engine: sa.Engine, sources: tuple[Source, ...], *only: str) -> Fetched:
    """Fetch sources as a run does, or as *Fetch now* does if they are named."""
    with engine.begin() as connection:
        recording.declare(connection, sources)
    return fetch_due(engine, sources, ImportOptions(), only=only or None)


def view(engine: sa.Engine, name: str) -> SourceView:
    with engine.connect() as connection:
        return next(one for one in state.list_sources(connection).items if one.name == name)


def costs(engine: sa.Engine) -> dict[str, float]:
    statement = sa.select(campaigns.c.source, sa.func.sum(campaigns.c.cost)).group_by(campaigns.c.source)
    with engine.connect() as connection:
        return {name: float(cost) for name, cost in connection.execute(statement)}


def report(cost: int, channel: str) -> bytes:
    """Return an answer with a file; equal figures of two channels would be refused as one file."""
    return answer("200 OK", csv_text(cost=cost, channel=channel).encode())


GOOD, FAULTY = report(5, "Search"), report(30, "Meta")


def url_of(server: LocalServer, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{server.port}/report.csv"


@pytest.mark.parametrize("reply", _cases())
def test_a_server_at_fault_stops_no_other_and_is_read_again(
    reply: Reply, engine: sa.Engine, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving({"/report.csv": GOOD}) as good, serving({"/report.csv": FAULTY}) as faulty:
        sources = declared(url_of(good), url_of(faulty), deadline='"2 s"', max_size='"1 MB"')
        fetch(engine, sources)
        before = costs(engine)
        good.replies["/report.csv"], faulty.replies["/report.csv"] = report(6, "Search"), reply
        begin = monotonic()
        at_fault = fetch(engine, sources)
        seen("told after {} s at most", monotonic() - begin)
        during, told = costs(engine), view(engine, "faulty")
        faulty.replies["/report.csv"] = report(31, "Meta")
        fetch(engine, sources, "faulty")

    assert (at_fault.failed, at_fault.files) == (("faulty",), 1)
    assert during["faulty"] == before["faulty"]
    assert during["good"] > before["good"]
    assert told.state == "failing"
    assert told.reason is not None
    assert TOKEN not in told.reason.en + told.reason.ru + caplog.text
    assert view(engine, "faulty").state == "ok"
    assert costs(engine)["faulty"] > before["faulty"]


@pytest.mark.fault("source: server unreachable, refused", must=MUST)
@pytest.mark.parametrize("host", ["127.0.0.1:1", "reports.invalid"])
def test_a_server_that_is_away_stops_no_other(host: str, engine: sa.Engine) -> None:
    with serving({"/report.csv": GOOD}) as good:
        fetched = fetch(engine, declared(url_of(good), f"http://{host}/report.csv"))

    assert (fetched.failed, fetched.files) == (("faulty",), 1)
    assert view(engine, "faulty").error_code == "source_unreachable"


@pytest.mark.fault(
    "source: wrong TLS certificate", must="others imported; nothing sent; reason; back by itself"
)
def test_a_server_that_is_not_trusted_gets_no_credential(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.made(tmp_path)
    context = authority.context("127.0.0.1")
    with (
        serving({"/report.csv": GOOD}) as good,
        serving({"/report.csv": FAULTY}, tls=context) as faulty,
    ):
        sources = declared(url_of(good), url_of(faulty, "https"))
        at_fault = fetch(engine, sources)
        asked = list(faulty.asked)
        told = view(engine, "faulty")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
        mended = fetch(engine, sources, "faulty")

    assert (at_fault.failed, at_fault.files, mended.files) == (("faulty",), 1, 1)
    assert told.error_code == "source_tls"
    assert asked == []


@pytest.mark.fault("source: address in a private network", must="refused; others imported")
def test_a_private_address_is_refused_without_internal(engine: sa.Engine) -> None:
    with serving({"/report.csv": GOOD}) as good, serving({"/report.csv": FAULTY}) as private:
        trusted, _ = declared(url_of(good), url_of(private, "https"))
        (faulty,) = parsed(
            f'[[source]]\nname = "faulty"\ntype = "https"\nurl = "{url_of(private, "https")}"\n'
        )
        fetched = fetch(engine, (trusted, faulty))

    assert (fetched.failed, fetched.files, private.asked) == (("faulty",), 1, [])
    assert view(engine, "faulty").error_code == "source_address"
