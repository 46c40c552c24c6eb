"""A mail server of the tests: takes mails, with STARTTLS, TLS and a login if wanted, or refuses them."""

from __future__ import annotations

import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler

from tests.sources.servers import running


@dataclass
class Mailbox:
    """What the server took. `answers`: its answers to the next mails, "250 ok" when there are none left."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    login_answer: str = "235 ok"


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> Iterator[Mailbox]:
    """Run a mail server until the block ends. `tls`: its STARTTLS, or TLS from the first byte (`at_once`)."""
    of_box = Mailbox()

    class Handler(_Session):
        box = of_box
        context = tls
        is_tls_first = at_once

    with running(Handler) as port:
        of_box.port = port
        yield of_box


class _Session(StreamRequestHandler):
    """One connection: a command is answered by the method of its name, any other one by "250 ok"."""

    box: Mailbox
    context: ssl.SSLContext | None
    is_tls_first: bool

    def handle(self) -> None:
        try:
            if self.is_tls_first:
                self.encrypt()
            self.say("220 test")
            while line := self.rfile.readline().strip():
                command = line.split(b" ")[0].decode().lower()
                getattr(self, f"on_{command}", self.on_other)(line)
        except OSError:  # a client that does not trust the certificate
            return

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.request.close()

    def on_ehlo(self, _line: bytes) -> None:
        offers_tls = self.context is not None and not self.is_tls_first
        self.say("250-test\r\n" + "250-STARTTLS\r\n" * offers_tls + "250 AUTH PLAIN")

    def on_starttls(self, _line: bytes) -> None:
        self.say("220 go")
        self.encrypt()

    def on_auth(self, line: bytes) -> None:
        self.box.logins.append(b64decode(line.split(b" ")[2]))
        self.say(self.box.login_answer)

    def on_rcpt(self, line: bytes) -> None:
        address = line.decode().partition("<")[2].partition(">")[0]
        self.say("550 unknown" if address in self.box.refused else "250 ok")

    def on_data(self, _line: bytes) -> None:
        self.say("354 go")
        content = b"".join(iter(self.rfile.readline, b".\r\n"))
        answer = self.box.answers.pop(0) if self.box.answers else "250 ok"
        if answer.startswith("250"):
            self.box.mails.append(message_from_bytes(content, policy=policy.default))
        self.say(answer)

    def on_quit(self, _line: bytes) -> None:
        self.say("221 bye")

    def on_other(self, _line: bytes) -> None:
        self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def encrypt(self) -> None:
        assert self.context is not None
        self.rfile.close()
        self.request = self.context.wrap_socket(self.request, server_side=True)
        self.setup()
