"""Requests to a platform in one fetch, repeated within its deadline while the platform is busy or faulty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from time import sleep
from typing import Any

from services.sources.calls import Values
from services.sources.failures import SourceBusyError, SourceError, SourceServerError
from services.sources.kind import Fetch, revealed
from services.sources.platforms.failures import error_of
from services.sources.platforms.spec import Platform, Refusal
from services.sources.web import Answer, Web

PAUSE_SECONDS = 1.0
"""The pause before the first repetition; each further one is twice as long."""

_MOST_REPETITIONS = 3
_MOST_WISHED_REPETITIONS = 50  # when the platform says how long to wait


@dataclass(frozen=True, slots=True)
class Session:
    """One fetch of an account on a platform."""

    fetch: Fetch
    platform: Platform
    web: Web = field(repr=False)
    headers: Values = field(default_factory=dict, repr=False)

    def option(self, name: str) -> str:
        """Return an option as a text, revealed if it is a secret; empty if it is not declared."""
        value = self.fetch.source.options.get(name)
        return "" if value is None else revealed(value)

    def address(self, path: str) -> str:
        """Return the address of a path below the base address."""
        return f"{self.option('base_url').rstrip('/')}/{path}"

    def ask(self, method: str, url: str, **parts: Any) -> Answer:
        """Return a good answer to a request, see `Web.ask`; repeat it while the platform is busy or faulty.

        It is sent with the headers of the session.
        Raise the `SourceError` of the platform, at once if waiting would exceed the deadline.
        """
        parts["headers"] = {**self.headers, **parts.get("headers", {})}
        for repetition in count():
            try:
                return self._ask_once(method, url, parts)
            except (SourceBusyError, SourceServerError) as error:
                pause = self._pause(error, repetition)
                if pause is None:
                    raise
                sleep(pause)
        raise AssertionError  # `count` has no end

    def refused(self, refusal: Refusal) -> SourceError:
        """Return the error that a refusal is."""
        return error_of(refusal, self.platform, self.option(self.platform.account_option))

    def _ask_once(self, method: str, url: str, parts: dict[str, Any]) -> Answer:
        most = self.fetch.source.max_bytes
        answer = self.web.ask(method, url, explain=self._explained, max_bytes=most, **parts)
        error = self._explained(answer)
        if error is not None:
            raise error
        return answer

    def _explained(self, answer: Answer) -> SourceError | None:
        refusal = self.platform.refusal_of(answer)
        return None if refusal is None else self.refused(refusal)

    def _pause(self, error: SourceError, repetition: int) -> float | None:
        """Return the seconds to wait before the request is repeated, None if it is not."""
        wished = error.retry_after
        most = _MOST_REPETITIONS if wished is None else _MOST_WISHED_REPETITIONS
        pause = PAUSE_SECONDS * 2.0**repetition if wished is None else max(wished, PAUSE_SECONDS)
        return pause if repetition < most and pause < self.fetch.deadline.left() else None


@contextmanager
def open_session(fetch: Fetch, platform: Platform) -> Iterator[Session]:
    """Give the session of a fetch and close its connections at the end."""
    with Web(fetch) as web:
        session = Session(fetch, platform, web)
        yield replace(session, headers=platform.headers(session))
