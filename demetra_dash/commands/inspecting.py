"""`demetra status`, `migrate`, `settings` and `openapi`: the state of an installation."""

from __future__ import annotations

import click

from demetra_dash.commands.context import as_json, open_analytics, open_engine, print_json
from demetra_dash.settings import declared, read_settings, shown
from demetra_dash.terminal import tell, tell_table
from services.database.schema import REVISION
from services.text import Text

_IGNORED = Text(en=".env: {what} is ignored: {reason}.", ru=".env: не учтено ({what}): {reason}.")


@click.command()
@as_json
def status(as_json: bool) -> None:
    """What runs, how fresh the figures are, and when the next sync comes."""
    from demetra_dash.api.encoding import plain

    with open_analytics(read_settings()) as analytics:
        answer = plain(analytics.status())
    if as_json:
        print_json(answer)
        return
    for name, value in answer.items():
        if not isinstance(value, dict):
            tell(f"{name:<17} {'-' if value is None else value}")
        elif name.startswith("last_"):
            tell(f"{name:<17} run {value['run_id']}, {value['finished_at']}")
        elif name == "worker_restarts":
            tell(f"{name:<17} ended {value['ended']}, back at {value['back_at']}")


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this Demetra."""
    with open_engine(read_settings()):
        tell(f"The database is at schema {REVISION}.")


@click.command()
@as_json
def settings(as_json: bool) -> None:
    """Every setting with its value, where that comes from, and what it does."""
    in_force = read_settings()
    lang = in_force.locale
    rows = [
        {
            "variable": item.metadata["variable"],
            "value": shown(item, getattr(in_force, item.name)),
            "source": in_force.sources.get(item.name, "default"),
            "help": item.metadata["help"],
        }
        for item in declared()
    ]
    if as_json:
        ignored = [{"what": one.what, "reason": one.reason[lang]} for one in in_force.ignored]
        print_json({"settings": rows, "ignored": ignored})
        return
    tell_table(("Variable", "Value", "From", "What it does"), (list(row.values()) for row in rows))
    for one in in_force.ignored:
        tell(_IGNORED.format(what=one.what, reason=one.reason)[lang])


@click.command()
def openapi() -> None:
    """Print the description of the API (OpenAPI 3.1)."""
    from demetra_dash.api import ROUTES
    from demetra_dash.api.openapi import document

    print_json(document(ROUTES, read_settings().path_prefix))
