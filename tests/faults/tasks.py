"""What can happen to a chart or a forecast; in a module, so that other processes can do it too."""

from __future__ import annotations

import os
import re
import signal
from time import sleep
from typing import Any

import numpy as np

from services.errors import ChartError
from services.text import Text


def crash(*_args: object, **_named: object) -> Any:
    """Die of a segmentation fault."""
    os.kill(os.getpid(), signal.SIGSEGV)


def loop(*_args: object, **_named: object) -> Any:
    """Never come back."""
    while True:
        pass


def loop_in_compiled_code(*_args: object, **_named: object) -> Any:
    """Never come back, and let no other thread run."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def leave(*_args: object, **_named: object) -> Any:
    """End the process as if all were well."""
    os._exit(0)


def fail(*_args: object, **_named: object) -> Any:
    """Raise one of our own errors."""
    raise ChartError(reason=Text(en="it is green", ru="он зелёный"))


class AwkwardError(Exception):
    """An exception that can be pickled but not unpickled."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)
        self.why = why


def fail_awkwardly() -> None:
    """Raise what does not survive the way to another process."""
    raise AwkwardError(why="just so")


def return_a_function() -> Any:
    """Return what cannot be pickled."""
    return lambda: None


class Unreturnable:
    """A result that can be pickled but not unpickled."""

    def __reduce__(self) -> Any:
        return _refuse, ()


def _refuse() -> None:
    raise ValueError("never again")


def double(number: int) -> int:
    """Do honest work."""
    return 2 * number


def double_slowly(number: int, seconds: float = 0.2) -> int:
    """Do honest work that takes its time."""
    sleep(seconds)
    return 2 * number


def grow(megabytes: int) -> int:
    """Keep so much memory for good; return the id of this process."""
    _KEPT.append(np.ones(megabytes * 2**17))
    return os.getpid()


def pid() -> int:
    """Return the id of this process."""
    return os.getpid()


_KEPT: list[Any] = []
