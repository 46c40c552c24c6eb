"""`demetra run`, `web` and `worker`: all processes of Demetra on this machine, or one of them."""

from __future__ import annotations

import os

import click

from demetra_dash.commands.context import database_url
from demetra_dash.settings import read_settings

port_option = click.option("--port", type=click.IntRange(1, 65535), help="Port to serve on (DEMETRA_PORT).")
host_option = click.option("--host", help="Address to serve on (DEMETRA_HOST).")


@click.command()
@port_option
@host_option
@click.option("--no-demo", is_flag=True, help="Do not create sample campaigns in an empty database.")
def run(port: int | None, host: str | None, no_demo: bool) -> None:
    """Everything on this machine: database, worker and page. Ctrl-C ends all of it."""
    from demetra_dash.supervisor import run_all

    run_all(read_settings(port=port, host=host), with_demo=not no_demo)


@click.command()
@port_option
@host_option
def web(port: int | None, host: str | None) -> None:
    """Serve the page and the API."""
    from demetra_dash import parent_watchdog, server

    parent_watchdog.exit_with_parent()
    settings = read_settings(port=port, host=host)
    with database_url(settings) as url:
        # The server's processes read their settings from the environment.
        os.environ |= {"DATABASE_URL": url, "DEMETRA_HOST": settings.host, "DEMETRA_PORT": str(settings.port)}
        server.serve(settings)


@click.command()
def worker() -> None:
    """Do the sync runs: those of the schedule, and those that are asked for."""
    from demetra_dash import parent_watchdog
    from demetra_dash.source_declarations import declared_sources
    from demetra_dash.worker import serve

    has_parent = parent_watchdog.exit_with_parent()
    settings = read_settings()
    if not has_parent:  # else a mistake made later would end each restarted worker process
        declared_sources(settings).read()
    with database_url(settings) as url:
        serve(url, settings)
