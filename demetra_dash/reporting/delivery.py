"""A report on its way out: a mail over TLS, or a file in a folder."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from services.atomic_files import write_whole
from services.database.redaction import redacted
from services.errors import InvalidInputError, UnavailableError
from services.reports.declaring import ScheduledReport
from services.reports.making import MEDIA_TYPES, FileKind
from services.text import Lang, Text

STEP_SECONDS = 15  # each command of SMTP; all of them together take less than a lease
_PORTS = {"smtp": 587, "smtps": 465, "smtp-plain": 25}
_MOST_REASON = 300

_SUBJECT = Text(en="{name}: report of {day}", ru="{name}: отчёт за {day}")
_BODY = Text(
    en="The report “{name}” is attached. It shows run {run_id} of Demetra.",
    ru="Отчёт «{name}» во вложении. Он показывает запуск {run_id} Demetra.",
)
_REFUSED = Text(en="refused by the mail server: {addresses}", ru="почтовый сервер отказал: {addresses}")


class NoMailServerError(InvalidInputError):
    """A report goes to a mail address, and no mail server is set."""

    code = "no_mail_server"
    words = Text(
        en="Mail needs a server and a sender. Set DEMETRA_SMTP_URL and DEMETRA_MAIL_FROM.",
        ru="Для почты нужны сервер и отправитель. Задайте DEMETRA_SMTP_URL и DEMETRA_MAIL_FROM.",
    )


class MailFailedError(UnavailableError):
    """The mail server did not take the mail."""

    code = "mail_failed"
    words = Text(
        en="The mail was not sent ({reason}). Check DEMETRA_SMTP_URL, DEMETRA_MAIL_FROM and the mail server.",
        ru="Письмо не отправлено ({reason}). Проверьте DEMETRA_SMTP_URL, DEMETRA_MAIL_FROM и сервер почты.",
    )


class FolderFailedError(UnavailableError):
    """The file of a report cannot be written."""

    code = "report_folder"
    words = Text(
        en="The report cannot be written to {folder} ({reason}). Create the folder or correct its rights.",
        ru="Отчёт не записать в {folder} ({reason}). Создайте папку или исправьте права.",
    )


@dataclass(frozen=True, slots=True)
class MailServer:
    """The address of the mail server, which has its password, and the sender of mails."""

    url: str
    sender: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """The file of a report of a run. `moment`: its slot, in the installation's time zone."""

    report: ScheduledReport
    content: bytes
    run_id: int
    moment: datetime
    lang: Lang

    @property
    def file_name(self) -> str:
        """The same for each attempt at a slot, so that a repeated one replaces the file."""
        return f"{self.report.name} {self.moment:%Y-%m-%d %H%M}.{self.report.format}"


def deliver(parcel: Parcel, server: MailServer | None, base: Path) -> Text | None:
    """Send the report; return a remark if some of the recipients were refused.

    Relative folders begin at `base`. Raises `NoMailServerError`, `MailFailedError`, `FolderFailedError`.
    """
    if not parcel.report.recipients:
        _write(parcel, base / Path(parcel.report.to).expanduser())
        return None
    if server is None:
        raise NoMailServerError
    return _mail(parcel, server)


def _write(parcel: Parcel, folder: Path) -> None:
    try:
        write_whole(folder / parcel.file_name, parcel.content)
    except OSError as error:
        raise FolderFailedError(folder=folder, reason=error.strerror) from error


def _mail(parcel: Parcel, server: MailServer) -> Text | None:
    try:
        with _session(server) as session:
            refused = session.send_message(_message(parcel, server.sender))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        # Without its cause: a server may repeat what it was sent.
        raise MailFailedError(reason=_reason(error, server)) from None
    return _REFUSED.format(addresses=", ".join(sorted(refused))) if refused else None


@contextmanager
def _session(server: MailServer) -> Iterator[smtplib.SMTP]:
    address = urlsplit(server.url)
    with _connected(address) as session:
        if address.scheme == "smtp":
            session.starttls(context=ssl.create_default_context())  # raises if the server has no TLS
        if address.username:
            session.login(unquote(address.username), unquote(address.password or ""))
        yield session


def _connected(address: SplitResult) -> smtplib.SMTP:
    host, port = address.hostname or "", address.port or _PORTS[address.scheme]
    if address.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=STEP_SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=STEP_SECONDS)


def _message(parcel: Parcel, sender: str) -> EmailMessage:
    report = parcel.report
    message = EmailMessage()
    message["Subject"] = _SUBJECT.format(name=report.name, day=f"{parcel.moment:%Y-%m-%d}")[parcel.lang]
    message["From"] = sender
    message["To"] = ", ".join(report.recipients)
    message["Date"] = format_datetime(parcel.moment)
    # The same for each attempt at a slot: mail servers and programs drop a second copy.
    mark = sha256(f"{report.name}\n{report.to}\n{parcel.moment.isoformat()}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{mark}@{sender.rpartition('@')[2]}>"
    message.set_content(_BODY.format(name=report.name, run_id=parcel.run_id)[parcel.lang])
    kind: FileKind = report.format  # type: ignore[assignment]  # checked when it was read
    main, _, sub = MEDIA_TYPES[kind].partition("/")
    message.add_attachment(parcel.content, maintype=main, subtype=sub, filename=parcel.file_name)
    return message


def _reason(error: Exception, server: MailServer) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):  # its text may repeat what was sent
        return f"{error.smtp_code}, the server refuses the name or the password"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    else:
        text = str(error) or type(error).__name__
    return redacted(text, server.url)[:_MOST_REASON]
