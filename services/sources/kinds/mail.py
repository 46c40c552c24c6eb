"""The type `mail`: attachments of messages in an IMAP folder, such as scheduled reports of platforms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from services.executors.base import Deadline
from services.sources.attachments import attachments, header_text
from services.sources.bodies import size_text
from services.sources.calls import not_an_address
from services.sources.connections import Connector
from services.sources.failures import SourceError, SourceMissingError, SourceTooLargeError
from services.sources.kind import Fetch, NewFile, Option, SourceKind, revealed
from services.sources.mailbox import Account, Envelope, Mailbox
from services.sources.oauth import access_token
from services.text import Text

_MARK_SECONDS = 20.0
_FLAGS = {"seen": "\\Seen", "flagged": "\\Flagged"}
_KEYWORD = re.compile(r"[A-Za-z0-9_$.-]{1,60}")
# A message is sent in letters: base64 makes its attachments a third larger.
_SENT_SHARE = 1.4


def _read(fetch: Fetch) -> Iterator[NewFile]:
    connector = Connector(fetch.deadline, internal=fetch.source.internal)
    account = _account(fetch)
    try:
        with Mailbox(account, connector, int(fetch.source.max_bytes * _SENT_SHARE)) as mailbox:
            yield from _Reading(fetch, account, mailbox).files()
    finally:
        connector.close()


class _Reading:
    """The new messages of one fetch."""

    def __init__(self, fetch: Fetch, account: Account, mailbox: Mailbox) -> None:
        self._fetch = fetch
        self._options = fetch.source.options
        self._account = account
        self._mailbox = mailbox
        self._validity = mailbox.validity

    def files(self) -> Iterator[NewFile]:
        """Yield the attachments of new messages, oldest first; one that is too large is told at the end."""
        failure: SourceError | None = None
        for envelope in self._new_messages():
            try:
                yield from self._attachments(envelope)
            except SourceTooLargeError as error:
                failure = error
            except SourceMissingError:  # removed meanwhile
                continue
        if failure is not None:
            raise failure

    def _new_messages(self) -> list[Envelope]:
        sender, subject = (revealed(self._options[name] or "") for name in ("sender", "subject"))
        since = (self._fetch.now - self._options["not_before"]).date()
        uids = self._mailbox.search(since, sender=sender, subject=subject)
        return [
            envelope
            for envelope in self._mailbox.envelopes(uids)
            if _has(envelope, "From", sender)
            and _has(envelope, "Subject", subject)
            and not _is_done(self._key(envelope), self._fetch.seen)
        ]

    def _key(self, envelope: Envelope) -> str:
        """Return what identifies a message, also after a move, or new numbers, if it has an identifier."""
        identity = header_text(envelope.headers, "Message-ID").strip()
        return sha256((identity or f"{self._validity} {envelope.uid}").encode()).hexdigest()[:24]

    def _attachments(self, envelope: Envelope) -> Iterator[NewFile]:
        limit = self._fetch.source.max_bytes
        if envelope.size > limit * _SENT_SHARE:
            raise SourceTooLargeError(place=self._account.host, limit=size_text(limit))
        found = attachments(self._mailbox.content(envelope.uid), tuple(map(revealed, self._options["files"])))
        marking = _Marking(self, envelope.uid, waiting=set(range(len(found))))
        for at, attachment in enumerate(found):
            key = f"{self._key(envelope)} {at + 1}/{len(found)}"
            if key in self._fetch.seen:
                marking.waiting.discard(at)
                continue
            if len(attachment.content) > limit:
                raise SourceTooLargeError(place=self._account.host, limit=size_text(limit))
            path = self._fetch.folder / "attachment"
            path.write_bytes(attachment.content)
            version = sha256(attachment.content).hexdigest()
            yield NewFile(key, version, path, attachment.name, after_import=marking.done(at))
            path.unlink(missing_ok=True)

    def mark(self, uid: int) -> None:
        """Mark a message over a connection of its own: the import may have taken longer than servers wait."""
        connector = Connector(Deadline.after(_MARK_SECONDS), internal=self._fetch.source.internal)
        flag = _FLAGS.get(self._options["mark"], self._options["mark"])
        try:
            with Mailbox(self._account, connector, 0) as mailbox:
                mailbox.mark(uid, self._validity, flag=flag, move_to=self._options["move_to"])
        finally:
            connector.close()


@dataclass(slots=True)
class _Marking:
    """Marks a message once the last of its attachments is imported."""

    reading: _Reading
    uid: int
    waiting: set[int] = field(default_factory=set)

    def done(self, at: int) -> Callable[[], None]:
        """Return what is to be called after the import of an attachment."""

        def after_import() -> None:
            self.waiting.discard(at)
            if not self.waiting:
                self.reading.mark(self.uid)

        return after_import


def _account(fetch: Fetch) -> Account:
    """Return the account, with a new access token if it is read by OAuth; raise a `SourceError`."""
    options = fetch.source.options
    return Account(
        host=revealed(options["host"]).strip(),
        port=int(options["port"]),
        username=revealed(options["username"]).strip(),
        password=revealed(options["password"] or "").strip("\r\n"),
        folder=revealed(options["folder"]),
        token=revealed(access_token(fetch)) if options["token_url"] else "",
    )


def _check_sign_in(options: Mapping[str, Any]) -> tuple[str, Text] | None:
    """Return what is wrong with the options for signing in: a password, or all that OAuth needs."""
    if not options["token_url"]:
        return None if options["password"] else ("password", _NO_SIGN_IN)
    if options["password"]:
        return "password", _TWO_SIGN_INS
    if not options["client_id"]:
        return "token_url", _NO_CLIENT
    return None if options["refresh_token"] or options["client_secret"] else ("token_url", _NO_SECRET)


def _has(envelope: Envelope, header: str, text: str) -> bool:
    return text.casefold() in header_text(envelope.headers, header).casefold()


def _is_done(key: str, seen: Mapping[str, str]) -> bool:
    """Tell whether all attachments of a message were dealt with: their keys end in 1/2 and 2/2."""
    first = next((one for one in seen if one.startswith(f"{key} ")), None)
    if first is None:
        return False
    count = int(first.rpartition("/")[2])
    return all(f"{key} {at + 1}/{count}" in seen for at in range(count))


def _check_mark(mark: str) -> str | None:
    return None if _KEYWORD.fullmatch(mark) else "`seen`, `flagged`, or a keyword of letters and digits"


_NO_SIGN_IN = Text(
    en="this mailbox needs “password”, or for a sign-in by OAuth “token_url”",
    ru="для этого ящика нужен «password» или, для входа через OAuth, «token_url»",
)
_TWO_SIGN_INS = Text(
    en="“password” and “token_url” are two ways to sign in: leave one out",
    ru="«password» и «token_url» — два разных способа входа: уберите один",
)
_NO_CLIENT = Text(
    en="“token_url” needs “client_id”, the id of the OAuth client",
    ru="к «token_url» нужен «client_id» — идентификатор клиента OAuth",
)
_NO_SECRET = Text(
    en="“token_url” needs “refresh_token”, or “client_secret” if the client signs in itself",
    ru="к «token_url» нужен «refresh_token» или, если клиент входит сам, «client_secret»",
)

KIND = SourceKind(
    name="mail",
    options=(
        Option("host", "text", "the IMAP server, which must speak TLS", is_required=True),
        Option(
            "port",
            "number",
            "its port",
            default=993,
            check=lambda port: None if port in range(1, 65536) else "a port",
        ),
        Option("username", "text", "user of the mailbox", is_required=True),
        Option(
            "password",
            "text",
            "password of the user; many providers want one made for this application",
        ),
        Option(
            "token_url",
            "text",
            "in place of a password: address that gives access tokens by OAuth 2.0",
            check=not_an_address,
        ),
        Option("client_id", "text", "id of the OAuth client"),
        Option("client_secret", "text", "secret of the OAuth client"),
        Option("refresh_token", "text", "refresh token of the user; unset: the client signs in itself"),
        Option("scope", "text", "right that is asked for, where the token server wants it named"),
        Option("folder", "text", "folder of the mailbox", default="INBOX"),
        Option("sender", "text", "part of the sender: only messages from there are read"),
        Option("subject", "text", "part of the subject: only such messages are read"),
        Option(
            "files",
            "list",
            "patterns of the names of attachments that are read",
            default=("*.csv", "*.tsv", "*.txt", "*.xlsx", "*.xls", "*.zip", "*.gz"),
        ),
        Option("not_before", "duration", "how old messages may be", default=timedelta(days=30)),
        Option(
            "mark",
            "text",
            "what a message gets after the import of its attachments: `seen`, `flagged`, or a keyword",
            default="flagged",
            check=_check_mark,
        ),
        Option("move_to", "text", "folder to which a message is moved after the import; unset: it stays"),
    ),
    read=_read,
    check=_check_sign_in,
)
