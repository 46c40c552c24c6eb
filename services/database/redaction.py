"""Server addresses that can be shown: without passwords, however the address was typed.

Only parts that cannot be a secret are shown. A part of unexpected form may be a mistyped password, so it is
hidden.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_plus

HIDDEN = "***"

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_WITH_USERS = frozenset({"postgresql", "postgres"})  # elsewhere, a name without a colon may be a password
_USER = re.compile(r"[A-Za-z0-9_.%+-]{1,63}")
_HOST = r"(?:[A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*")
_PATH = re.compile(r"(?:/[A-Za-z0-9_.%-]*)*")
_NUMBER_PATH = re.compile(r"/?[0-9]{0,5}")  # of Redis
_OPTION = re.compile(r"(?:host|port|sslmode|sslrootcert|target_session_attrs|db)=[A-Za-z0-9_./,:-]*")
_SHORTEST_SECRET = 3
_WORDS = frozenset({"password", "username", "user", "sslpassword", "host", "port"})


def without_secrets(address: str) -> str:
    """Return an address without password and unknown options; "(set)" for one without a scheme."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return "(set)"
    scheme, rest = found.groups()
    users, _, place = rest.rpartition("@")
    if re.search(r"[@/?#\s]", users):  # the bounds of a password with such characters are unknown
        return f"{scheme}://{HIDDEN}"
    place, _, query = place.partition("?")
    hosts, slash, path = place.partition("/")
    shown_users = _shown_users(users, scheme) + "@" if users else ""
    is_redis = scheme in {"redis", "rediss"}
    shown_path = _shown(slash + path, _NUMBER_PATH if is_redis else _PATH)
    return f"{scheme}://{shown_users}{_shown(hosts, _HOSTS)}{shown_path}{_options(query)}"


def redacted(text: str, address: str) -> str:
    """Return a text, such as an error message, without the parts of an address that may be secret."""
    shown = without_secrets(address)
    text = text.replace(address, shown)
    for part in sorted(_parts(address), key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET and part not in shown and part not in _WORDS:
            text = text.replace(part, HIDDEN)
    return text


def _shown_users(users: str, scheme: str) -> str:
    name, colon, password = users.partition(":")
    is_name = bool(password) or (not colon and scheme.partition("+")[0] in _WITH_USERS)
    shown = name if not name or (is_name and _USER.fullmatch(name)) else HIDDEN
    return f"{shown}:{HIDDEN}" if password else shown


def _shown(part: str, pattern: re.Pattern[str]) -> str:
    return part if pattern.fullmatch(part) else HIDDEN


def _options(query: str) -> str:
    shown = [option for option in query.split("&") if _OPTION.fullmatch(option)]
    return "?" + "&".join(shown) if shown else ""


def _parts(address: str) -> set[str]:
    """Return all parts into which an address may be split, raw and percent-decoded."""
    after = address.partition("://")[2] or address
    pieces = {after, after.rpartition("@")[0], after.rpartition("@")[0].partition(":")[2]}
    pieces |= {piece for marks in (r"[@/?&#]", r"[:@/?&#=]", r"[&?]\w+=") for piece in re.split(marks, after)}
    return pieces | {unquote(piece) for piece in pieces} | {unquote_plus(piece) for piece in pieces}
