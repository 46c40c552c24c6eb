from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from demetra_dash.reporting.delivery import (
    FolderFailedError,
    MailFailedError,
    MailServer,
    NoMailServerError,
    Parcel,
    deliver,
)
from services.reports.declaring import ScheduledReport
from tests.reports.smtp_server import mail_server
from tests.sources.servers import Authority

FROM = "demetra@example.com"
PASSWORD = "s3cret-word"
MOMENT = datetime(2026, 11, 30, 8, tzinfo=UTC)


def parcel(to: str = "mailto:a@x.org,b@x.org") -> Parcel:
    return Parcel(ScheduledReport("Совет", "mon 08:00", to), b"%PDF", 7, MOMENT, "ru")


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_mail_goes_over_tls_with_the_report(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.made(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with mail_server(authority.context("127.0.0.1"), at_once=scheme == "smtps") as box:
        server = MailServer(f"{scheme}://anna:{PASSWORD}@127.0.0.1:{box.port}", FROM)
        assert deliver(parcel(), server, tmp_path) is None
        deliver(parcel(), server, tmp_path)

    mail, again = box.mails
    (attached,) = mail.iter_attachments()
    assert (mail["From"], mail["To"]) == (FROM, "a@x.org, b@x.org")
    assert mail["Subject"] == "Совет: отчёт за 2026-11-30"
    assert attached.get_filename() == "Совет 2026-11-30 0800.pdf"
    assert (attached.get_content_type(), attached.get_content()) == ("application/pdf", b"%PDF")
    assert box.logins[0] == f"\0anna\0{PASSWORD}".encode()
    assert mail["Message-ID"] == again["Message-ID"]


def test_without_trusted_tls_neither_password_nor_report_is_sent(tmp_path: Path) -> None:
    with mail_server() as plain, mail_server(Authority.made(tmp_path).context("127.0.0.1")) as untrusted:
        for box in (plain, untrusted):
            server = MailServer(f"smtp://anna:{PASSWORD}@127.0.0.1:{box.port}", FROM)
            with pytest.raises(MailFailedError):
                deliver(parcel(), server, tmp_path)
            assert (box.logins, box.mails) == ([], [])


def test_the_password_is_in_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority.made(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with mail_server(authority.context("127.0.0.1")) as box:
        server = MailServer(f"smtp://anna:{PASSWORD}@127.0.0.1:{box.port}", FROM)
        box.login_answer = f"535 not {PASSWORD}"
        with pytest.raises(MailFailedError) as refused:
            deliver(parcel(), server, tmp_path)
        box.login_answer, box.answers = "235 ok", [f"451 later, {PASSWORD}"]
        with pytest.raises(MailFailedError) as later:
            deliver(parcel(), server, tmp_path)

    assert "535" in str(refused.value)
    assert "451 later" in str(later.value)
    for told in (refused.value, later.value):
        assert PASSWORD not in repr((told, told.text, told.values, told.__cause__))


def test_a_refused_recipient_is_a_remark(tmp_path: Path) -> None:
    with mail_server() as box:
        box.refused = {"b@x.org"}
        remark = deliver(parcel(), MailServer(f"smtp-plain://127.0.0.1:{box.port}", FROM), tmp_path)

    assert remark is not None
    assert "b@x.org" in remark.en
    assert len(box.mails) == 1


def test_a_folder_holds_one_file_for_each_slot(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for _ in range(2):
        deliver(parcel("out"), None, tmp_path)

    (file,) = (tmp_path / "out").iterdir()
    assert (file.name, file.read_bytes()) == ("Совет 2026-11-30 0800.pdf", b"%PDF")


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderFailedError, match="Create the folder"):
        deliver(parcel("gone"), None, tmp_path)
    with pytest.raises(NoMailServerError, match="DEMETRA_SMTP_URL"):
        deliver(parcel(), None, tmp_path)
