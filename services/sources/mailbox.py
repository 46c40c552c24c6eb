"""Mailboxes over IMAP and TLS: messages of a folder by number, and marks on them."""

from __future__ import annotations

import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes
from email.message import Message
from typing import Any, Self

from services.sources.connections import Connector, trusted_context
from services.sources.failures import (
    SourceAnswerError,
    SourceDeniedError,
    SourceError,
    SourceMissingError,
    SourceOptionError,
    SourceServerError,
)
from services.sources.http_failures import failure_of
from services.text import Text

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADERS = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM SUBJECT)]"
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_SPARE_BYTES = 1_000_000  # of commands and headers, beside a message


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a message before it is read. `size` in bytes, as it is sent."""

    uid: int
    size: int
    headers: Message = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """Where a mailbox is, and who reads it: with a password, or with an access token by OAuth."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str
    token: str = field(default="", repr=False)


class _Client(imaplib.IMAP4_SSL):
    """A connection to a checked address, which reads at most `most_bytes` at once."""

    def __init__(self, account: Account, connector: Connector, most_bytes: int) -> None:
        self._connector = connector
        self._most_bytes = most_bytes
        super().__init__(account.host, account.port, ssl_context=trusted_context(account.host))

    def _create_socket(self, _timeout: float | None) -> ssl.SSLSocket:
        made = self._connector.connect(self.host, self.port)
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(made, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        """Return `size` bytes of an answer; raise `SourceAnswerError` for more than a message can have."""
        if size > self._most_bytes:  # though it was said to be smaller
            raise SourceAnswerError(host=self.host, reason=_NO_IMAP)
        return super().read(size)


class Mailbox:
    """A folder of a mailbox, open for reading. Its password is in no error."""

    def __init__(self, account: Account, connector: Connector, most_bytes: int) -> None:
        self._account = account
        self._connector = connector
        self._most_bytes = most_bytes
        self._is_writable = False
        self.validity = ""

    def __enter__(self) -> Self:
        with self._told():
            self._client = _Client(self._account, self._connector, self._most_bytes + _SPARE_BYTES)
            try:
                self._sign_in()
                self._open(is_writable=False)
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:  # after an error, the server may not answer
            with suppress(imaplib.IMAP4.error, OSError, SourceError), self._connector.until_deadline():
                self._client.logout()
        self._close()

    def search(self, since: date, *, sender: str, subject: str) -> list[int]:
        """Return the numbers of the messages since a day, in order; the texts are searched for if ASCII."""
        criteria = ["SINCE", f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year}"]
        for name, text in (("FROM", sender), ("SUBJECT", subject)):
            if text and text.isascii():
                criteria += [name, _quoted(text)]
        with self._told():
            found = self._answered(*self._client.uid("SEARCH", *criteria))
        return sorted({int(number) for line in found if isinstance(line, bytes) for number in line.split()})

    def envelopes(self, uids: list[int]) -> Iterator[Envelope]:
        """Yield size and headers of messages."""
        for at in range(0, len(uids), 200):
            numbers = ",".join(map(str, uids[at : at + 200]))
            with self._told():
                found = self._answered(*self._client.uid("FETCH", numbers, f"(UID RFC822.SIZE {_HEADERS})"))
            yield from (one for one in map(_envelope, found, [*found[1:], b""]) if one is not None)

    def content(self, uid: int) -> bytes:
        """Return a message; it stays unread."""
        with self._told():
            found = self._answered(*self._client.uid("FETCH", str(uid), "(UID BODY.PEEK[])"))
        for part in found:
            if isinstance(part, tuple):
                return bytes(part[1])
        raise SourceMissingError(place=self._account.host, reason=_GONE)

    def mark(self, uid: int, validity: str, *, flag: str, move_to: str | None) -> None:
        """Give a message a flag, and move it to another folder if one is named.

        A message whose number means another one by now (`validity`) is left alone.
        """
        with self._told():
            if not self._is_writable:
                self._open(is_writable=True)
            if self.validity != validity:
                raise SourceAnswerError(host=self._account.host, reason=_RENUMBERED)
            self._answered(*self._client.uid("STORE", str(uid), "+FLAGS.SILENT", f"({flag})"))
            if move_to is not None:
                self._move(str(uid), _folder(move_to))

    def _move(self, uid: str, folder: str) -> None:
        if "MOVE" in self._client.capabilities:
            self._answered(*self._client.uid("MOVE", uid, folder))
            return
        self._answered(*self._client.uid("COPY", uid, folder))
        self._answered(*self._client.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"))
        if "UIDPLUS" in self._client.capabilities:  # without it, EXPUNGE removes what others have deleted
            self._answered(*self._client.uid("EXPUNGE", uid))

    def _sign_in(self) -> None:
        user, password = self._account.username, self._account.password
        if any(mark in user + password for mark in "\r\n\0"):
            raise SourceOptionError(option="password", reason=_TWO_LINES)
        token = self._account.token
        try:
            if token:
                self._client.authenticate("XOAUTH2", lambda said: b"" if said else _by_token(user, token))
            elif "AUTH=PLAIN" in self._client.capabilities:
                self._client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            else:
                self._client.login(_quoted(user), password)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnicodeEncodeError):
            # The message of the server may repeat the command, with the password.
            reason = _BY_TOKEN if token else _SIGN_IN
            raise SourceDeniedError(host=self._account.host, reason=reason) from None

    def _open(self, *, is_writable: bool) -> None:
        try:
            status, _ = self._client.select(_folder(self._account.folder), readonly=not is_writable)
        except imaplib.IMAP4.readonly:
            raise SourceDeniedError(host=self._account.host, reason=_READ_ONLY) from None
        if status != "OK":
            reason = Text(en=f"no folder {self._account.folder}", ru=f"нет папки {self._account.folder}")
            raise SourceMissingError(place=self._account.host, reason=reason)
        self._is_writable = is_writable
        _, found = self._client.response("UIDVALIDITY")
        self.validity = found[-1].decode() if found and isinstance(found[-1], bytes) else ""

    def _answered(self, status: str, found: list[Any]) -> list[Any]:
        if status != "OK":
            raise SourceAnswerError(host=self._account.host, reason=f"IMAP {status}")
        return found

    def _close(self) -> None:
        with suppress(OSError):  # closed by the other side
            self._client.shutdown()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell errors in terms of sources, without the words of the server, which may repeat a password."""
        with self._connector.until_deadline():
            try:
                yield
            except imaplib.IMAP4.abort:
                raise self._failure(SourceServerError(host=self._account.host, reason=_BROKEN_OFF)) from None
            except imaplib.IMAP4.error:
                raise self._failure(SourceAnswerError(host=self._account.host, reason=_NO_IMAP)) from None
            except (OSError, ValueError) as error:
                raise self._failure(failure_of(error, self._account.host)) from None

    def _failure(self, error: SourceError) -> SourceError:
        return self._connector.overdue() if self._connector.is_overdue() else error


def _envelope(part: Any, after: Any) -> Envelope | None:
    """Return the envelope in a part of an answer; servers put UID and size before or after the headers."""
    if not isinstance(part, tuple):
        return None
    around = part[0] + b" " + (after if isinstance(after, bytes) else b"")
    uid, size = _UID.search(around), _SIZE.search(around)
    if uid is None:
        return None
    return Envelope(int(uid[1]), int(size[1]) if size else 0, message_from_bytes(part[1]))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _folder(name: str) -> str:
    """Return the name of a folder as IMAP writes it: quoted, with other letters in its own form of UTF-7."""
    parts = re.sub(r"[^\x20-\x7e]+|&", _in_utf7, name)
    return _quoted(parts)


def _in_utf7(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    packed = b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
    return f"&{packed}-"


def _by_token(user: str, token: str) -> bytes:
    """Return the answer of a client that signs in with an access token (SASL mechanism XOAUTH2).

    Where the server does not accept it, it says why, and waits for an empty answer.
    """
    return f"user={user}\1auth=Bearer {token}\1\1".encode()


_BY_TOKEN = Text(
    en="sign-in over IMAP by OAuth; the token must allow IMAP for this mailbox",
    ru="вход по IMAP через OAuth; токен должен разрешать IMAP для этого ящика",
)
_SIGN_IN = Text(
    en="sign-in over IMAP; many providers want a password made for this application",
    ru="вход по IMAP; многие провайдеры требуют отдельный пароль приложения",
)
_TWO_LINES = Text(en="it has more than one line", ru="в нём больше одной строки")
_READ_ONLY = Text(en="its folder may only be read", ru="папка доступна только для чтения")
_GONE = Text(en="a message is gone", ru="письмо исчезло")
_RENUMBERED = Text(en="its messages have new numbers", ru="у писем новые номера")
_BROKEN_OFF = Text(en="it broke the connection off", ru="соединение оборвано")
_NO_IMAP = Text(en="no IMAP", ru="это не IMAP")
