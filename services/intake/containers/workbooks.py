"""XLSX and XLS workbooks: a process of its own writes each sheet as text (`sheets`)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from services.intake.containers import sheets
from services.intake.containers.pieces import Origin, Piece, path_of
from services.intake.failures import EncryptedError, WorkbookDamagedError, WorkbookTooLargeError
from services.intake.spool import Extent, Spool

MEMORY_BYTES = 330_000_000
"""The most memory of the process that reads a workbook."""

SECONDS = 60
"""The most processor time of that process."""

SECONDS_BY_ROWS = 180
"""The same for a large sheet that is read row by row."""

_PIECE_BYTES = 1 << 20
_CRASHED = 1
_OUT_OF_MEMORY = {
    sheets.TOO_LARGE,
    _CRASHED,
    -signal.SIGABRT,
    -signal.SIGKILL,
    -signal.SIGXCPU,
    -signal.SIGXFSZ,
}


def read_workbook(origin: Origin, *, can_stream: bool = False) -> list[Piece]:
    """Return the sheets that are not empty.

    With `can_stream`, as for XLSX, a sheet that is too large for the memory as a whole is read row by row.

    Raises `EncryptedError`, `WorkbookTooLargeError` and `WorkbookDamagedError`.
    """
    spool = Spool()
    done = _run(origin, spool, "whole", SECONDS)
    if can_stream and done.returncode in _OUT_OF_MEMORY:
        spool = Spool()
        done = _run(origin, spool, "rows", SECONDS_BY_ROWS)
    if done.returncode == sheets.ENCRYPTED:
        raise EncryptedError(file=origin.name)
    if done.returncode in _OUT_OF_MEMORY:
        raise WorkbookTooLargeError(file=origin.name)
    if done.returncode != 0:
        raise WorkbookDamagedError(file=origin.name)
    return [
        Piece(one["name"], Extent(spool, one["start"], one["end"]), is_shown=one["visible"])
        for one in json.loads(done.stdout)
        if one["end"] > one["start"]
    ]


def _copied(origin: Origin) -> Spool:
    """Return the bytes as a temporary file of their own, which the process can open."""
    spool = Spool()
    with origin.open() as stream:
        while content := stream.read(_PIECE_BYTES):
            spool.write(content)
    spool.flush()
    return spool


def _run(origin: Origin, spool: Spool, way: str, seconds: int) -> subprocess.CompletedProcess[bytes]:
    copy = None if origin.content is None else _copied(origin)
    source = str(origin.path) if copy is None else path_of(copy.descriptor)
    inherited = [spool.descriptor] if copy is None else [spool.descriptor, copy.descriptor]
    program = [sys.executable, "-I", str(Path(sheets.__file__))]
    try:
        return subprocess.run(
            [*program, source, str(spool.descriptor), str(MEMORY_BYTES), str(seconds), way],
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=3 * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookTooLargeError(file=origin.name) from error
