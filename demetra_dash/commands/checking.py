"""`demetra doctor`: check a deployment, and say what to change."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import click

from demetra_dash.checkup import (
    CheckResult,
    look_at_access,
    look_at_address,
    look_at_reports,
    look_at_sources,
    look_inside,
)
from demetra_dash.commands.context import as_json, database_url, print_json
from demetra_dash.settings import Settings, read_settings
from demetra_dash.terminal import tell
from services.database.engine import make_engine
from services.text import Lang

_MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


def _page_address(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Return the value of --url; raise `BadParameter`, which never repeats a password."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, an IPv6 address without its end
        parts, is_address = urlsplit(""), False
    if "@" in value.partition("?")[0]:
        raise click.BadParameter(
            "leave out the name and password before the @: other users of this machine can read a command"
        )
    if not is_address or parts.query or parts.fragment or not value.isprintable() or " " in value:
        raise click.BadParameter("an address such as https://intranet.example.com/roi/ is needed")
    return value


@click.command()
@click.option(
    "--url",
    callback=_page_address,
    help="Address that people open, through the proxy: https://intranet.example.com/roi/",
)
@as_json
def doctor(url: str | None, as_json: bool) -> None:
    """What is right and wrong with this deployment, and what to change. Exit code 1: something failed."""
    settings = read_settings()
    results = _all(settings, url or settings.own_address)
    if as_json:
        found = list(results)
        print_json({"findings": [_plain(check_result, settings.locale) for check_result in found]})
    else:
        found = list(_told(results, settings.locale))
    sys.exit(any(check_result.state == "failed" for check_result in found))


def _all(settings: Settings, url: str) -> Iterator[CheckResult]:
    yield from look_at_access(settings)
    with database_url(settings) as address:
        engine = make_engine(address, name="demetra doctor", pool_size=1)
        try:
            yield from look_inside(settings, engine)
            yield from look_at_sources(settings, engine)
            yield from look_at_reports(settings, engine)
        finally:
            engine.dispose()
    yield from look_at_address(settings, url)


def _told(results: Iterable[CheckResult], lang: Lang) -> Iterator[CheckResult]:
    """Print each check result as soon as it is there, and yield it."""
    for check_result in results:
        tell(f"{_MARKS[check_result.state]} {check_result.subject:<12} {check_result.what[lang]}")
        if check_result.advice is not None:
            tell(f"  {'':<12} → {check_result.advice[lang]}")
        yield check_result


def _plain(check_result: CheckResult, lang: Lang) -> dict[str, str | None]:
    return {
        "subject": check_result.subject,
        "state": check_result.state,
        "what": check_result.what[lang],
        "advice": check_result.advice[lang] if check_result.advice else None,
    }
