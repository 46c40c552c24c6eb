"""What one look at a deployment has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.text import Text

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the report: `what` was found about a `subject`, and what to change, if anything.

    `subject` is a fixed word for programs ("database", "clock" ...).
    """

    subject: str
    state: State
    what: Text
    advice: Text | None = None


def ok(subject: str, what: Text) -> CheckResult:
    """Return a finding that asks for nothing."""
    return CheckResult(subject, "ok", what)


def warning(subject: str, what: Text, advice: Text) -> CheckResult:
    """Return a finding that Demetra works in spite of."""
    return CheckResult(subject, "warning", what, advice)


def failed(subject: str, what: Text, advice: Text) -> CheckResult:
    """Return a finding that keeps Demetra from working as it should."""
    return CheckResult(subject, "failed", what, advice)


def same(words: str) -> Text:
    """Return words that are the same in every language: addresses, names, what a server said."""
    return Text(en=words, ru=words)
