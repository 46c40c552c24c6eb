"""What the child process is asked to do, and its outcome; both cross the process boundary as pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.errors import DemetraError
from services.text import Lang


@dataclass(frozen=True, slots=True)
class ImportJob:
    """Import these files, all of them or none; a dry run stores nothing."""

    files: tuple[Path, ...]
    options: Mapping[str, Any]
    """Further arguments of `services.intake.import_file`."""
    dry_run: bool


@dataclass(frozen=True, slots=True)
class UndoJob:
    """Undo an import."""

    import_id: int


@dataclass(frozen=True, slots=True)
class Task:
    """A job, the database that it works on, and where its progress is written."""

    job: ImportJob | UndoJob
    database_url: str
    lang: Lang
    who: str | None
    """The user who asked for it."""
    progress: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The JSON values of the finished job, or the error that ended it."""

    values: Any = None
    error: DemetraError | None = None
