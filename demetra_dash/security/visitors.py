"""The gate as the page's reactions see it: who is asking, and the note of what they did."""

from __future__ import annotations

from demetra_dash.security.gate import current, note
from layouts.reader import Visitor


class PageGate:
    """Answers for the request at hand; see `callbacks.gate`."""

    def visitor(self) -> Visitor:
        """Return who is asking."""
        who = current()
        return Visitor(name=who.name, may_sync=who.is_operator)

    def note(self, action: str, *, outcome: str, run_id: int | None = None) -> None:
        """Write into the audit log what the visitor did."""
        note(action, outcome=outcome, run_id=run_id)


GATE = PageGate()
