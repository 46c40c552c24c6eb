"""The child process of an import as the web process sees it: start, deadline, outcome.

The child is started before the body of the request arrives, so its start costs no time. It ends with its
parent: the end of its standard input is the signal. PostgreSQL then rolls its transaction back.
"""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from demetra_dash.security.limits import TooManyRequestsError
from demetra_dash.uploads.jobs import JobError, Outcome, Task
from services.errors import UnavailableError
from services.text import Text

log = logging.getLogger(__name__)

MOST_AT_ONCE = 2  # of each web process: an import uses one processor core, and uploads fill the disk
RETRY_SECONDS = 5
DEADLINE_SECONDS = 600


class TooManyUploadsError(TooManyRequestsError):
    """As many uploads as this process takes are under way."""

    code = "too_many_uploads"
    words = Text(
        en="Other files are being read at this moment. Send this one again in {seconds} s.",
        ru="Сейчас читаются другие файлы. Отправьте этот снова через {seconds} с.",
    )


class ImportEndedError(UnavailableError):
    """The child process ended without an outcome: it was killed, or it has crashed."""

    code = "import_ended"
    words = Text(
        en="The file was not read to its end, because the process that read it was stopped ({reason}). "
        "Nothing was stored unless the list of imports names it. Try again; if this happens again, split "
        "the file by months.",
        ru="Файл не дочитан: процесс, который его читал, был остановлен ({reason}). Если файла нет в списке "
        "загрузок, ничего не сохранено. Повторите; если не поможет, разделите файл по месяцам.",
    )


_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


class Importer:
    """A started child process that waits for its task."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "demetra_dash.uploads.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, task: Task) -> Outcome:
        """Do the task; raise `ImportEndedError`, or the `JobError` that ended it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        overdue = threading.Timer(DEADLINE_SECONDS, self._process.kill)
        overdue.start()
        try:
            pickle.dump(task, self._process.stdin)
            self._process.stdin.flush()
            outcome: Outcome = pickle.load(self._process.stdout)  # noqa: S301 - our own
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise ImportEndedError(reason=self._reason(is_overdue=not overdue.is_alive())) from error
        finally:
            overdue.cancel()
        if outcome.failure is not None:
            raise JobError(outcome.failure)
        return outcome

    def close(self) -> None:
        """End the child process."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with _broken_pipe_ignored():
                    pipe.close()
        self._process.wait()

    def _reason(self, *, is_overdue: bool) -> Text:
        if is_overdue:
            return Text(
                en=f"it took more than {DEADLINE_SECONDS} s", ru=f"прошло больше {DEADLINE_SECONDS} с"
            )
        code = self._process.wait()
        log.error("The process of an import has ended with code %d.", code)
        return Text(en=f"exit code {code}", ru=f"код {code}")


@contextmanager
def started() -> Iterator[Importer]:
    """Yield a child process, which is ended at the end; raise `TooManyUploadsError`."""
    if not _slots.acquire(blocking=False):
        raise TooManyUploadsError(seconds=RETRY_SECONDS)
    try:
        importer = Importer()
        try:
            yield importer
        finally:
            importer.close()
    finally:
        _slots.release()


@contextmanager
def _broken_pipe_ignored() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        return
