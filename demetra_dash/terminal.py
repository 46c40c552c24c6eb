"""Output of the commands: text in which no name can move the cursor, write the clipboard or forge a line.

Names come from campaign files and from SQL. A terminal executes the control characters in them, and rich
interprets words in brackets. All output of the commands goes through this module.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from textwrap import indent
from typing import TYPE_CHECKING

import click

from services.text import escape_controls

if TYPE_CHECKING:
    from rich.progress import Progress

_CONTINUED = "    "


def tell(line: str, *, err: bool = False) -> None:
    """Print a line; control characters in it, line breaks included, are escaped."""
    click.echo(escape_controls(line), err=err)


def tell_lines(text: str, *, err: bool = False) -> None:
    """Print a text that keeps its line breaks, such as a JSON document or a driver's message."""
    click.echo(escape_controls(text, keep="\n"), err=err)


def tell_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows as a table. Cells are text, never markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(escape_controls(cell)) for cell in row))
    Console().print(table)


def progress_bar() -> Progress:
    """Return a progress bar on stderr, visible on a terminal only. Descriptions are text, never markup."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        *(BarColumn(), TaskProgressColumn(), TimeRemainingColumn()),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


class LogFormat(logging.Formatter):
    """Formats a record on one line. Lines of a traceback begin with spaces, so none looks like a record."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the first line."""
        return escape_controls(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802
        """Return the traceback, indented."""
        return indent(escape_controls(super().formatException(ei), keep="\n"), _CONTINUED)  # type: ignore[arg-type]

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        """Return the stack, indented."""
        return indent(escape_controls(stack_info, keep="\n"), _CONTINUED)
