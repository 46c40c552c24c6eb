from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from demetra_dash.checkup import look_at_reports
from demetra_dash.cli import demetra
from demetra_dash.reporting.scheduled import ReportSender
from demetra_dash.settings import Settings
from services.database.engine import brief
from services.database.tables import report_deliveries as rows
from services.reports import claims
from tests.api.filling import publish_first
from tests.reports.smtp_server import Mailbox, mail_server

BOARD = '[[report]]\nname = "Board"\nschedule = "daily 08:00"\nto = "mailto:a@x.org"\nformat = "xlsx"\n'


def settings(home: Path, box: Mailbox | None = None) -> Settings:
    (home / "reports.toml").write_text(BOARD, encoding="utf-8")
    url = f"smtp-plain://127.0.0.1:{box.port}" if box else None
    return Settings(home=home, smtp_url=url, mail_from="demetra@example.com")


Start = Callable[[Settings], ReportSender]


@pytest.fixture
def sender(database_url: str) -> Iterator[Start]:
    """Return a sender whose thread does not run; its connections are closed after the test."""
    with ExitStack() as open_ones:

        def start(of: Settings) -> ReportSender:
            started = ReportSender(database_url, of)
            open_ones.callback(started.close)
            return started

        yield start


def make_due(engine: sa.Engine) -> None:
    """Let the first slot that was seen be a day older, and every pause be over."""
    with brief(engine) as connection:
        begun = rows.c.state == "begun"
        day = sa.func.make_interval(0, 0, 0, 1)
        connection.execute(rows.update().where(begun).values(slot=rows.c.slot - day))
        connection.execute(rows.update().values(leased_until=sa.func.now(), next_at=sa.func.now()))


def last(engine: sa.Engine) -> claims.Delivery:
    with brief(engine) as connection:
        return claims.newest(connection)["Board"]


@pytest.fixture
def run_id(engine: sa.Engine) -> int:
    with engine.begin() as connection:
        return publish_first(connection)


def test_two_workers_send_a_slot_once(engine: sa.Engine, sender: Start, run_id: int, tmp_path: Path) -> None:
    with mail_server() as box:
        workers = [sender(settings(tmp_path, box)) for _ in range(2)]
        assert [worker.send_due() for worker in workers] == [0, 0]
        make_due(engine)
        with ThreadPoolExecutor(2) as pool:
            tried = sum(pool.map(ReportSender.send_due, workers))

    assert (tried, len(box.mails)) == (1, 1)
    assert (last(engine).state, last(engine).run_id) == ("sent", run_id)
    (result,) = look_at_reports(settings(tmp_path, box), engine)
    assert (result.subject, result.state) == ("report", "ok")


def test_a_failure_of_the_mail_server_is_tried_again(
    engine: sa.Engine, sender: Start, run_id: int, tmp_path: Path
) -> None:
    with mail_server() as box:
        box.answers = ["451 later"]
        worker = sender(settings(tmp_path, box))
        worker.send_due()
        make_due(engine)
        assert worker.send_due() == 1
        (result,) = look_at_reports(settings(tmp_path, box), engine)
        assert result.state == "warning"
        assert result.advice is not None
        assert "451 later" in result.advice.en
        assert worker.send_due() == 0  # the pause
        make_due(engine)
        assert worker.send_due() == 1

    assert len(box.mails) == 1
    assert (last(engine).state, last(engine).attempts) == ("sent", 2)


def test_the_slot_of_a_killed_worker_is_sent_by_another(
    engine: sa.Engine, sender: Start, run_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with mail_server() as box:
        worker = sender(settings(tmp_path, box))
        worker.send_due()
        make_due(engine)
        with monkeypatch.context() as patched:
            patched.setattr("demetra_dash.reporting.scheduled.deliver", killed)
            with pytest.raises(KeyboardInterrupt):
                worker.send_due()
        other = sender(settings(tmp_path, box))
        assert (other.send_due(), last(engine).state) == (0, "sending")  # the lease
        make_due(engine)
        assert other.send_due() == 1

    assert len(box.mails) == 1


def test_doctor_says_that_mail_has_no_server(engine: sa.Engine, tmp_path: Path) -> None:
    first, second = look_at_reports(settings(tmp_path), engine)

    assert (first.state, second.state) == ("failed", "ok")
    assert "DEMETRA_SMTP_URL" in first.what.en


def test_the_command_adds_lists_and_sends(
    engine: sa.Engine, database_url: str, run_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DEMETRA_HOME", str(tmp_path))

    def report(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(demetra, ["report", *words])
        return done.exit_code, done.output

    entry = ("--schedule", "mon 08:00", "--to", str(tmp_path), "--name", "Board", "--format", "xlsx")
    assert report(*entry)[0] == 0
    assert report(*entry)[0] != 0  # the name is taken
    assert report("--schedule", "mon 08:00")[0] == 2
    assert report("--scheduled", "--send", "Board")[0] == 2
    assert report()[0] == 2
    code, listed = report("--scheduled")
    assert (code, listed.count("Board · mon 08:00")) == (0, 1), listed
    assert report("--send", "Else")[0] != 0
    assert report("--send", "Board")[0] == 0
    assert len(list(tmp_path.glob("Board *.xlsx"))) == 1
