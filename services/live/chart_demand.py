"""Which variants of charts the pages of this process show, told to the database now and then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

from services.errors import DemetraError
from services.views import Variant

log = logging.getLogger("demetra.charts")

MISSING_SECONDS = 60.0  # between two requests for a variant that is missing
KEPT_SECONDS = 86_400.0  # between two records of one that is there


class ChartDemand:
    """Passes on each variant that is shown, with a pause in between: most requests cost nothing."""

    def __init__(self, ask: Callable[[Variant, bool], None]) -> None:
        """Call `ask` with a variant, and whether it is missing; what it raises of ours is logged."""
        self._ask = ask
        self._next: dict[tuple[Variant, bool], float] = {}

    def note(self, variant: Variant, *, is_missing: bool) -> None:
        """Note that a page shows a variant. A failure costs no page its picture: another one is there."""
        key, now = (variant, is_missing), monotonic()
        if now < self._next.get(key, 0.0):
            return
        self._next[key] = now + (MISSING_SECONDS if is_missing else KEPT_SECONDS)
        try:
            self._ask(variant, is_missing)
        except DemetraError as error:
            log.warning("charts in %s, %s, are not requested: %s", variant.lang, variant.theme, error)
            self._next[key] = now + MISSING_SECONDS
