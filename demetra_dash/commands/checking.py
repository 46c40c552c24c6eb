"""`demetra doctor`: what is right and wrong with a deployment, and what to change."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from demetra_dash.checkup import Finding, look_at_access, look_at_address, look_inside
from demetra_dash.commands.context import as_json, database_url, print_json
from demetra_dash.settings import Settings, read_settings
from demetra_dash.terminal import tell
from services.database.engine import make_engine
from services.text import Lang

_MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


@click.command()
@click.option("--url", help="Address that people open, through the proxy: https://intranet.example.com/roi/")
@as_json
def doctor(url: str | None, as_json: bool) -> None:
    """What is right and wrong with this deployment, and what to change. Exit code 1: something failed."""
    settings = read_settings()
    findings = _all(settings, url or settings.own_address)
    if as_json:
        found = list(findings)
        print_json({"findings": [_plain(finding, settings.locale) for finding in found]})
    else:
        found = list(_told(findings, settings.locale))
    sys.exit(any(finding.state == "failed" for finding in found))


def _all(settings: Settings, url: str) -> Iterator[Finding]:
    yield from look_at_access(settings)
    with database_url(settings) as address:
        engine = make_engine(address, name="demetra doctor", pool_size=1)
        try:
            yield from look_inside(settings, engine)
        finally:
            engine.dispose()
    yield from look_at_address(settings, url)


def _told(findings: Iterable[Finding], lang: Lang) -> Iterator[Finding]:
    """Write each finding as soon as it is there."""
    for finding in findings:
        tell(f"{_MARKS[finding.state]} {finding.subject:<12} {finding.what[lang]}")
        if finding.advice is not None:
            tell(f"  {'':<12} → {finding.advice[lang]}")
        yield finding


def _plain(finding: Finding, lang: Lang) -> dict[str, str | None]:
    return {
        "subject": finding.subject,
        "state": finding.state,
        "what": finding.what[lang],
        "advice": finding.advice[lang] if finding.advice else None,
    }
