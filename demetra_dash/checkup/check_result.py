"""The result of one check of a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.text import Text

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check result: `what` was found about a `subject`, and what to change, if anything.

    `subject` is a fixed word for programs ("database", "clock" ...).
    """

    subject: str
    state: State
    what: Text
    advice: Text | None = None


def ok(subject: str, what: Text) -> CheckResult:
    """Return a result that needs no action."""
    return CheckResult(subject, "ok", what)


def warning(subject: str, what: Text, advice: Text) -> CheckResult:
    """Return a result that does not prevent Demetra from working."""
    return CheckResult(subject, "warning", what, advice)


def failed(subject: str, what: Text, advice: Text) -> CheckResult:
    """Return a result that prevents Demetra from working correctly."""
    return CheckResult(subject, "failed", what, advice)


def same(words: str) -> Text:
    """Return a text that is the same in every language: an address, a name, a server's message."""
    return Text(en=words, ru=words)
