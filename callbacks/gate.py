"""What reactions ask before they change anything: who is it, and may they?"""

from __future__ import annotations

from typing import Protocol

from layouts.reader import Visitor


class Gate(Protocol):
    """Knows who asks, and keeps the audit log."""

    def visitor(self) -> Visitor:
        """Return who is asking."""

    def note(self, action: str, *, outcome: str, run_id: int | None = None) -> None:
        """Write into the audit log what the visitor did."""


class OpenGate:
    """Where nobody signs in and nothing is noted."""

    def visitor(self) -> Visitor:
        """Return somebody without a name who may do everything."""
        return Visitor()

    def note(self, action: str, *, outcome: str, run_id: int | None = None) -> None:
        """Note nothing."""


OPEN: Gate = OpenGate()
