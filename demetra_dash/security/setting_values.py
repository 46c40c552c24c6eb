"""How the settings of this package are read: each reader refuses what would not protect.

A reader's docstring is what the message says the value must be.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, cast, get_args

Network = IPv4Network | IPv6Network
Auth = Literal["none", "header", "jwt"]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,80}")
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_ANCESTOR = re.compile(r"'self'|'none'|https?:|(https?://)?(\*\.)?[A-Za-z0-9.-]+(:(\d{1,5}|\*))?|\*")
_OFTEN_GUESSED = ("changeme", "change-me", "change_me", "secret", "password", "example", "demetra", "default")
_FEWEST_CHARACTERS = 32
_FEWEST_DIFFERENT = 8


def auth(text: str) -> Auth:
    """one of: none, header, jwt"""
    if text not in get_args(Auth):
        raise ValueError
    return cast("Auth", text)


def networks(text: str) -> tuple[Network, ...]:
    """addresses or networks such as 10.0.0.7, 10.1.0.0/16 or fd00::/8, separated by commas or spaces"""
    return tuple(ip_network(part) for part in parts(text))


def hosts(text: str) -> tuple[str, ...]:
    """host names without port such as roi.example.com or *.example.com, separated by commas or spaces"""
    found = tuple(part.lower() for part in parts(text))
    if not all(_HOST.fullmatch(host) for host in found):
        raise ValueError
    return found


def groups(text: str) -> frozenset[str]:
    """names of groups, separated by commas"""
    return group_names(text)


def header_name(text: str) -> str:
    """the name of a header such as X-Remote-User"""
    if not _HEADER_NAME.fullmatch(text):
        raise ValueError
    return text


def line(text: str) -> str:
    """one line of text without spaces at its ends"""
    if not text.isprintable():
        raise ValueError
    return text


def frame_ancestors(text: str) -> str:
    """'self', 'none', or sites such as https://intranet.example.com, separated by spaces"""
    sources = text.split(" ")
    if not all(_ANCESTOR.fullmatch(source) for source in sources):
        raise ValueError
    if len(sources) > 1 and "'none'" in sources:
        raise ValueError
    return text


def secret(text: str) -> str:
    """a secret of at least 32 characters that nobody guesses; make one with: openssl rand -hex 32"""
    if len(text) < _FEWEST_CHARACTERS or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError
    if len(set(text)) < _FEWEST_DIFFERENT or _repeats(text) or _is_often_guessed(text):
        raise ValueError
    return text


def group_names(text: str) -> frozenset[str]:
    """Return the names in a list with commas or semicolons; names may contain spaces."""
    return frozenset(name for part in re.split(r"[,;]", text) if (name := part.strip()))


def parts(text: str) -> list[str]:
    """Return the parts of a list with commas or spaces; raise `ValueError` when there are none."""
    found = [part for part in re.split(r"[,\s]+", text) if part]
    if not found:
        raise ValueError
    return found


def _repeats(text: str) -> bool:
    """Tell whether the text is a shorter one written again and again."""
    return text in (text + text)[1:-1]


def _is_often_guessed(text: str) -> bool:
    """Tell whether half of the text or more is made of the words that examples are made of."""
    rest = text.lower()
    for word in _OFTEN_GUESSED:
        rest = rest.replace(word, "")
    return len(rest) < _FEWEST_CHARACTERS // 2 or len(set(rest)) < _FEWEST_DIFFERENT
