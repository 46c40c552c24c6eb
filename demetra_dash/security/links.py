"""Signed links: a portal without single sign-on shows the page to users that it has signed in itself.

The portal requests a link (`POST /api/embed/links` with the API token) or signs one itself, and adds it to
the page's address (`?link=...`). The page sends the link with every request and renews it while it is open.
There is no cookie. A link gives the role of a viewer.

    FIRST.FROM.UNTIL.SIGNATURE    seconds since 1970, and in hexadecimal the HMAC-SHA256 of
                                  "demetra-link.FIRST.FROM.UNTIL" with the secret

`FIRST` is the time when the portal made the link. All renewals keep it, so a leaked link cannot be renewed
without end.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from demetra_dash.security.identity import Identity, SignInError
from services.errors import NotFoundError
from services.text import Text

LONGEST_SECONDS = 600
LONGEST_CHAIN_SECONDS = 12 * 3600
CLOCK_SECONDS = 30  # that a portal's clock may be ahead of ours

PARAMETER = "link"
HEADER = "Demetra-Link"

_FORM = re.compile(r"(\d{1,12})\.(\d{1,12})\.(\d{1,12})\.([0-9a-f]{64})", re.ASCII)


class LinkError(SignInError):
    """The link is not signed with our secret, or has expired."""

    code = "link"
    words = Text(
        en="This link is no longer valid. Open the page from the portal again.",
        ru="Эта ссылка больше не действует. Откройте страницу из портала ещё раз.",
    )


class NoLinksError(NotFoundError):
    """No link secret is set, so signed links are off."""

    code = "no_links"
    words = Text(
        en="Signed links are off. Set DEMETRA_LINK_SECRET to switch them on.",
        ru="Подписанные ссылки выключены. Чтобы включить, задайте DEMETRA_LINK_SECRET.",
    )


@dataclass(frozen=True, slots=True)
class Link:
    """The right to view the page, from `start` to `end`; seconds since 1970."""

    first: int
    start: int
    end: int

    def sign(self, secret: str) -> str:
        """Return the link as it is written in an address."""
        text = f"{self.first}.{self.start}.{self.end}"
        return f"{text}.{_signature(text, secret)}"

    @property
    def identity(self) -> Identity:
        """The holder of the link: a viewer without a name."""
        return Identity(name=None, role="viewer", way="link")


def new_link(now: float, seconds: int) -> Link:
    """Return a link that is valid for so many seconds from now, at most `LONGEST_SECONDS`."""
    return Link(int(now), int(now), int(now) + min(seconds, LONGEST_SECONDS))


def read_link(text: str, secret: str | None, now: float) -> Link:
    """Return the link in `text`; raise `LinkError` unless its signature and its times are valid."""
    form = _FORM.fullmatch(text)
    if secret is None or form is None:
        raise LinkError
    first, start, end = (int(number) for number in form.groups()[:3])
    if not hmac.compare_digest(_signature(f"{first}.{start}.{end}", secret), form[4]):
        raise LinkError
    if not start - CLOCK_SECONDS <= now < end or end - start > LONGEST_SECONDS:
        raise LinkError
    if not first <= start <= first + LONGEST_CHAIN_SECONDS:
        raise LinkError
    return Link(first, start, end)


def renew(link: Link, now: float) -> Link:
    """Return a link valid from now for as long as `link` was; raise `LinkError` if its chain is too long."""
    if now > link.first + LONGEST_CHAIN_SECONDS:
        raise LinkError
    start = max(int(now), link.first)
    return Link(link.first, start, start + link.end - link.start)


def _signature(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"demetra-link.{text}".encode(), hashlib.sha256).hexdigest()
