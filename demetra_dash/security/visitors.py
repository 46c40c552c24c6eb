"""User and audit log of the current request, for the page's callbacks."""

from __future__ import annotations

from demetra_dash.security.gate import current, note
from layouts.reader import Visitor


class PageGate:
    """The gate of the current request; see `callbacks.gate`."""

    def visitor(self) -> Visitor:
        """Return the user of the request."""
        who = current()
        return Visitor(name=who.name, may_sync=who.is_operator)

    def note(self, action: str, *, outcome: str, run_id: int | None = None) -> None:
        """Write to the audit log what the user did."""
        note(action, outcome=outcome, run_id=run_id)


GATE = PageGate()
