"""What the child process is asked to do, and its outcome; both cross the process boundary as pickles.

They are of plain types: the classes of the importer's errors would make the web process load the importer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services import errors
from services.errors import DemetraError
from services.text import Lang, Text

MOST_HEADINGS = 500
DECISIONS = ("mode=replace", "mode=append", "source")
"""The fields of an upload that decide what a file in doubt does with the rows that are there."""


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
class Failure:
    """An error that ended a job: its code and sentence, and the name of its family in `services.errors`."""

    code: str
    text: Text
    family: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the problem document."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The JSON values of the finished job, or the failure that ended it."""

    values: Any = None
    failure: Failure | None = None


class JobError(DemetraError):
    """An error of the child process, with its code and sentence; `family` decides the HTTP status."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(**failure.extra)
        self.code = failure.code  # type: ignore[misc] # of this one error
        self.text = failure.text
        self.family: type[DemetraError] = getattr(errors, failure.family)


def failure_of(error: DemetraError, lang: Lang) -> Failure:
    """Return the failure for an error, with what the user has to decide in `lang`."""
    family = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    extra: dict[str, Any]
    text: Text = getattr(error, "page_text", error.text)
    if doubts := [doubt.to_json(lang, on_page=True) for doubt in getattr(error, "doubts", ())]:
        extra = {"doubts": doubts, "decisions": DECISIONS}
        return Failure(error.code, text, errors.ConflictError.__name__, extra)
    if headings := getattr(error, "headings", ()):
        extra = {"headings": headings[:MOST_HEADINGS], "columns": dict(getattr(error, "columns", {}))}
        return Failure(error.code, text, family.__name__, extra)
    return Failure(error.code, text, family.__name__)
