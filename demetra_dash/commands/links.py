"""`demetra link`: create a signed link for a portal."""

from __future__ import annotations

import time

import click

from demetra_dash.security import links
from demetra_dash.settings import read_settings
from demetra_dash.terminal import tell
from services.text import LANGS


@click.command()
@click.option(
    "--minutes", type=click.IntRange(1, 10), default=10, show_default=True, help="How long it holds."
)
@click.option("--tab", type=click.Choice(["overview", "ml", "plan"]), help="What the page opens with.")
@click.option("--theme", type=click.Choice(["light", "dark"]), help="How the page looks.")
@click.option("--lang", type=click.Choice(LANGS), help="Which language the page speaks.")
def link(minutes: int, tab: str | None, theme: str | None, lang: str | None) -> None:
    """A link that shows the page for a few minutes without signing in (DEMETRA_LINK_SECRET)."""
    settings = read_settings()
    if settings.link_secret is None:
        raise links.NoLinksError
    view = {"embed": "1", "tab": tab, "theme": theme, "lang": lang}
    signed = links.new_link(time.time(), 60 * minutes).sign(settings.link_secret)
    parameters = [f"{name}={value}" for name, value in view.items() if value]
    tell(f"{settings.path_prefix}?{'&'.join(parameters)}&{links.PARAMETER}={signed}")
