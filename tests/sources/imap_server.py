"""A mail server that speaks as much IMAP as is needed to read reports and to mark them."""

from __future__ import annotations

import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from socketserver import StreamRequestHandler

from tests.sources.servers import running

PASSWORD = "päss w0rd"


@dataclass
class Mail:
    """A message in a folder."""

    uid: int
    content: bytes
    day: date = date(2025, 11, 20)
    flags: set[str] = field(default_factory=set)


@dataclass
class MailServer:
    """Folders by name, what clients have sent, and how to misbehave.

    `broken` maps the beginning of a command to the bytes that are sent in answer; the connection ends then.
    """

    folders: dict[str, list[Mail]]
    capabilities: str = "IMAP4rev1 AUTH=PLAIN MOVE UIDPLUS"
    validity: int = 1
    broken: dict[str, bytes] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    hangs_at: str = "never"
    token: str = ""
    port: int = 0

    def uids(self, folder: str = "INBOX") -> list[int]:
        return [mail.uid for mail in self.folders[folder]]


def message(
    *files: tuple[str, bytes],
    subject: str = "Your report",
    sender: str = "Reports <no-reply@ads.example>",
    key: str = "",
) -> bytes:
    """Return a message with attachments; `key` is its Message-ID."""
    made = EmailMessage()
    made["From"], made["Subject"], made["To"] = sender, subject, "me@shop.example"
    if key:
        made["Message-ID"] = f"<{key}@ads.example>"
    made.set_content("The report is attached.")
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


@contextmanager
def mail_server(tls: ssl.SSLContext, server: MailServer) -> Iterator[MailServer]:
    """Run a mail server on 127.0.0.1 until the block ends."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.settimeout(30)
                with tls.wrap_socket(self.request, server_side=True) as connection:
                    _Session(server, connection).run()

    with running(Handler) as server.port:
        yield server


class _Session:
    """One connection of a client."""

    def __init__(self, server: MailServer, connection: ssl.SSLSocket) -> None:
        self.server = server
        self.connection = connection
        self.stream = connection.makefile("rb")
        self.folder: list[Mail] = []

    def run(self) -> None:
        self.send("* OK ready")
        while line := self.stream.readline().decode():
            tag, _, command = line.strip().partition(" ")
            self.server.commands.append(command)
            broken = next(
                (sent for start, sent in self.server.broken.items() if command.startswith(start)), None
            )
            if broken is not None:
                self.connection.sendall(broken)
                return
            if command.startswith(self.server.hangs_at):
                self.stream.readline()
                return
            name = command.replace("UID ", "UID").partition(" ")[0].lower()
            answer = getattr(self, f"do_{name}", None)
            self.send(f"{tag} {'BAD unknown: ' + command if answer is None else answer(command)}")
            if name == "logout":
                return

    def send(self, text: str) -> None:
        self.connection.sendall(text.encode() + b"\r\n")

    def do_capability(self, command: str) -> str:
        self.send(f"* CAPABILITY {self.server.capabilities}")
        return "OK done"

    def do_authenticate(self, command: str) -> str:
        self.send("+ ")
        if command == "AUTHENTICATE XOAUTH2":
            return self.by_token()
        _, user, password = b64decode(self.stream.readline()).decode().split("\0")
        return "OK done" if (user, password) == ("ann", PASSWORD) else f"NO [AUTHENTICATIONFAILED] {password}"

    def by_token(self) -> str:
        given = b64decode(self.stream.readline()).decode()
        if given == f"user=ann\1auth=Bearer {self.server.token}\1\1":
            return "OK done"
        self.send("+ " + b64encode(b'{"status":"400","schemes":"bearer"}').decode())
        assert self.stream.readline().strip() == b""
        return f"NO AUTHENTICATE failed for {given}"

    def do_login(self, command: str) -> str:
        return "OK done" if command == f'LOGIN "ann" "{PASSWORD}"' else f"BAD what is {command}"

    def do_select(self, command: str) -> str:
        found = self.server.folders.get(command.partition(" ")[2].strip('"'))
        if found is None:
            return "NO no such folder"
        self.folder = found
        self.send(f"* {len(found)} EXISTS\r\n* OK [UIDVALIDITY {self.server.validity}] valid")
        return "OK [READ-WRITE]"

    do_examine = do_select

    def do_uidsearch(self, command: str) -> str:
        since = re.search(r"SINCE (\d\d)-(\w{3})-(\d{4})", command)
        assert since is not None
        months = [date(2025, month, 1).strftime("%b") for month in range(1, 13)]
        day = date(int(since[3]), months.index(since[2]) + 1, int(since[1]))
        sender = re.search(r'FROM "([^"]*)"', command)
        found = [
            str(mail.uid)
            for mail in self.folder
            if mail.day >= day and (sender is None or sender[1].encode() in mail.content)
        ]
        self.send("* SEARCH " + " ".join(found))
        return "OK done"

    def do_uidfetch(self, command: str) -> str:
        uids = {int(uid) for uid in command.split()[2].split(",")}
        for at, mail in enumerate(self.folder, 1):
            if mail.uid in uids:
                whole = mail.content
                part = whole if "BODY.PEEK[]" in command else whole.split(b"\n\n")[0] + b"\n\n"
                size = f"RFC822.SIZE {len(whole)}"
                self.send(f"* {at} FETCH (UID {mail.uid} BODY[] {{{len(part)}}}")
                self.connection.sendall(part + f" {size})\r\n".encode())
        return "OK done"

    def do_uidstore(self, command: str) -> str:
        _, _, uid, _, flags = command.split(" ", 4)
        for mail in self.folder:
            if mail.uid == int(uid):
                mail.flags.add(flags.strip("()"))
        return "OK done"

    def do_uidcopy(self, command: str) -> str:
        _, _, uid, folder = command.split(" ", 3)
        if folder.strip('"') not in self.server.folders:
            return "NO [TRYCREATE]"
        found = next(mail for mail in self.folder if mail.uid == int(uid))
        self.server.folders[folder.strip('"')].append(found)
        return "OK done"

    def do_uidmove(self, command: str) -> str:
        answer = self.do_uidcopy(command)
        if answer.startswith("OK"):
            self.remove(int(command.split()[2]))
        return answer

    def do_uidexpunge(self, command: str) -> str:
        self.remove(int(command.split()[2]))
        return "OK done"

    def do_logout(self, command: str) -> str:
        self.send("* BYE")
        return "OK done"

    def remove(self, uid: int) -> None:
        self.folder[:] = [mail for mail in self.folder if mail.uid != uid]
