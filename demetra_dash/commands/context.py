"""Context managers and options of the commands: a migrated database, and JSON output."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from demetra_dash.settings import Settings
from demetra_dash.terminal import tell_lines

# Imported where it is opened: `demetra web` only passes the database's address on.
if TYPE_CHECKING:
    import sqlalchemy as sa

    from services.analytics import Analytics

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """Yield the address of the configured server, or of the embedded one, which is started if necessary."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    from services.database import embedded

    server = embedded.start(settings.home.expanduser())
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def open_engine(settings: Settings, name: str = "demetra command") -> Iterator[sa.Engine]:
    """Yield an engine on the migrated database."""
    from services.database.engine import make_engine
    from services.database.schema import migrate

    with database_url(settings) as url:
        engine = make_engine(url, name=name, pool_size=2)
        try:
            migrate(engine)
            yield engine
        finally:
            engine.dispose()


@contextmanager
def open_analytics(settings: Settings) -> Iterator[Analytics]:
    """Yield the analytics facade on the migrated database."""
    from services.analytics import Analytics

    with open_engine(settings) as engine:
        yield Analytics(engine, settings.interval_seconds)


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on stdout, and nothing else."""
    tell_lines(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))
