"""The user of a request, and their role.

    none      no sign-in: every client is an operator; accepted from this machine only, unless allowed
    header    a trusted proxy has signed the user in and sends their name in a header
    jwt       a signed token in a header names the user (see `tokens`)

Besides these there are the API token, for scripts, and signed links, for portals without single sign-on (see
`links`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from demetra_dash.security.setting_values import group_names
from services.errors import DemetraError, NotAllowedError
from services.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from demetra_dash.settings import Settings

Role = Literal["viewer", "operator"]
Way = Literal["none", "header", "jwt", "token", "link"]

LONGEST_NAME = 200


class SignInError(DemetraError):
    """The request has no valid sign-in."""

    code = "sign_in"
    words = Text(
        en="You are not signed in. Open Demetra by its usual address, which leads through the sign-in.",
        ru="Вы не вошли в систему. Откройте Demetra по её обычному адресу — он ведёт через вход.",
    )


class UnclearNameError(SignInError):
    """The user's name is missing, or more than one is given."""

    code = "unclear_name"
    words = Text(
        en="The sign-in in front of Demetra must give one name in the header {header}, without commas.",
        ru="Вход перед Demetra должен передать одно имя в заголовке {header}, без запятых.",
    )


class NoGroupError(NotAllowedError):
    """The user is known, but in no group that may view the page."""

    code = "no_group"
    words = Text(
        en="You are signed in, but in none of the groups that may look at Demetra (DEMETRA_VIEWER_GROUPS).",
        ru="Вы вошли, но не состоите ни в одной из групп, которым открыта Demetra (DEMETRA_VIEWER_GROUPS).",
    )


class UnprovenProxyError(SignInError):
    """A proxy secret is set, and the request carries another one."""

    code = "proxy_secret"
    words = Text(
        en="The proxy in front of Demetra sends a wrong secret. It must send the value of "
        "DEMETRA_PROXY_SECRET in the header X-Demetra-Proxy-Secret.",
        ru="Прокси перед Demetra передаёт неверный секрет. В заголовке X-Demetra-Proxy-Secret должно быть "
        "значение DEMETRA_PROXY_SECRET.",
    )


class StrangerError(NotAllowedError):
    """There is no sign-in, so clients on other machines are refused."""

    code = "stranger"
    words = Text(
        en="Without signing in, Demetra answers this machine only, and not through a proxy. Set DEMETRA_AUTH "
        "to header or jwt, or DEMETRA_ALLOW_ANONYMOUS=1 if everybody who reaches it may do everything.",
        ru="Без входа Demetra отвечает только этой машине, и не через прокси. Задайте DEMETRA_AUTH (header "
        "или jwt) или DEMETRA_ALLOW_ANONYMOUS=1, если каждому, кто до неё доберётся, можно всё.",
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A user or a script that sends requests; `name` is None without a sign-in."""

    name: str | None
    role: Role
    way: Way

    @property
    def is_operator(self) -> bool:
        """True if the user may start syncs and change settings."""
        return self.role == "operator"


ANONYMOUS = Identity(name=None, role="operator", way="none")
API_TOKEN = Identity(name="API token", role="operator", way="token")


def from_proxy(request: Request, settings: Settings, *, is_proxied: bool) -> Identity:
    """Return the user in the proxy's headers; raise `SignInError` if no trusted proxy sent them."""
    name = request.headers.get(settings.auth_header, "").strip()
    if not is_proxied or not name:
        raise SignInError
    # A header that is sent twice arrives joined with a comma: the proxy's value and the client's.
    if "," in name or not is_name(name):
        raise UnclearNameError(header=settings.auth_header)
    groups = group_names(request.headers.get(settings.auth_groups_header, ""))
    return Identity(name=name, role=role_of(groups, settings), way="header")


def role_of(groups: frozenset[str], settings: Settings) -> Role:
    """Return the role of a user in these groups; raise `NoGroupError` if they may not even view."""
    if groups & settings.operator_groups:
        return "operator"
    if settings.viewer_groups and not groups & settings.viewer_groups:
        raise NoGroupError
    return "viewer"


def is_name(text: str) -> bool:
    """Tell whether the text is valid as a name: not too long, and without line breaks."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable()
