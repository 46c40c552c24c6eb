"""Interface of the callbacks to the user's identity and rights."""

from __future__ import annotations

from typing import Protocol

from layouts.reader import Visitor


class Gate(Protocol):
    """Knows the user of the current request, and writes the audit log."""

    def visitor(self) -> Visitor:
        """Return the user of the request."""

    def note(self, action: str, *, outcome: str, run_id: int | None = None) -> None:
        """Write to the audit log what the user did."""


class OpenGate:
    """A gate without sign-in and without an audit log."""

    def visitor(self) -> Visitor:
        """Return a user without a name who may do everything."""
        return Visitor()

    def note(self, action: str, *, outcome: str, run_id: int | None = None) -> None:
        """Do nothing."""


OPEN: Gate = OpenGate()
