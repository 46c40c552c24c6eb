"""Whether a sync could find anything new: its data, its settings, its model and its code.

A trigger records each transaction that writes to `campaigns` as a change marker. A run deletes the markers in
the transaction that reads the campaigns, so a rollback restores them. Settings, model and code are compared
by a fingerprint, which is stored with the run.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from services.atomic_files import open_whole
from services.database.tables import campaign_changes

_SOURCES = Path(__file__).parents[1]  # the package `services`
_LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "matplotlib", "seaborn", "pillow")


def has_changes(connection: sa.Connection) -> bool:
    """Tell whether campaigns were written to since the last snapshot."""
    return bool(connection.scalar(sa.select(sa.exists().select_from(campaign_changes))))


def clear_change_markers(connection: sa.Connection) -> None:
    """Delete the change markers. Call it before reading campaigns, so that no later change is lost."""
    connection.execute(campaign_changes.delete())


def fingerprint(settings: object, model_file: Path) -> str:
    """Return a digest of the settings, the content of the model file, and the code."""
    parts = (repr(settings), _content(model_file), code())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _content(file: Path) -> str:
    try:
        with open_whole(file) as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:  # the run itself reports what is wrong with the file
        return ""


@cache
def code() -> str:
    """Return a digest of the code and libraries that compute and draw, as of the start of this process."""
    digest = hashlib.sha256(repr([(name, version(name)) for name in _LIBRARIES]).encode())
    for file in sorted(_SOURCES.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
