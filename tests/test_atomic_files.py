"""Files are written whole, and never through a link that another user has made."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from demetra_dash.security import audit
from services.atomic_files import PRIVATE, create_unfinished, mode_of, write_whole
from services.forecasting import model_file
from services.forecasting.model import Model
from services.forecasting.model_failures import ModelFileUnavailableError
from services.intake.records import Rejected
from services.intake.rejects import Rejects
from services.snapshots.chart_files import ChartCopyError, write_charts
from services.text import both
from services.views import Chart

SECRET = "the only copy"
ANOTHER_USER = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that others may write to."""
    shared = tmp_path / "shared"
    shared.mkdir()
    return shared


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Return a file of Demetra's user that no other user may read."""
    file = tmp_path / "victim"
    file.write_text(SECRET)
    file.chmod(0o600)
    return file


@pytest.fixture(scope="module")
def dead_pid() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


def is_unharmed(victim: Path) -> bool:
    return victim.read_text() == SECRET and mode(victim) == 0o600


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def old_name(path: Path, pid: int | str) -> Path:
    return path.with_name(f".{path.name}.{socket.gethostname()}.{pid}.unfinished")


class AModel:
    version = "1"
    horizon = 28
    channels_: tuple[str, ...] = ()
    scores: dict[str, Any] = {}

    @property
    def window(self) -> tuple[date, date]:
        return date(2025, 1, 1), date(2025, 2, 1)


def write_chart(path: Path) -> None:
    write_charts([Chart(path.stem, 1, b"new", "", 1, 1, "", both(""))], path.parent)


def write_rejects(path: Path) -> None:
    rejects = Rejects(path, ["date"], "en")
    rejects.add([Rejected(2, both("why"), ("x",))])
    rejects.publish()


def write_model(path: Path) -> None:
    model_file.save(cast("Model", AModel()), path)


WRITERS = [
    (write_chart, "roi-forecast.png"),
    (write_model, "model.skops"),
    (write_rejects, "campaigns.csv.rejects.csv"),
]
every_writer = pytest.mark.parametrize(("write", "name"), WRITERS)


@pytest.fixture(autouse=True)
def _small_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skops.io.dumps", lambda *_, **__: b"new")


@every_writer
@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_link_at_the_unfinished_name_of_earlier_versions_is_not_followed(
    folder: Path,
    victim: Path,
    write: Callable[[Path], None],
    name: str,
    link: Callable[[Path, Path], None],
) -> None:
    path = folder / name
    for one in (path, model_file.manifest_path(path)):
        link(old_name(one, os.getpid()), victim)
    write(path)

    assert is_unharmed(victim)
    assert path.is_file()
    assert not path.is_symlink()


@every_writer
def test_a_link_that_takes_the_random_name_first_is_not_followed(
    folder: Path, victim: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], name: str
) -> None:
    """The attacker knows what is drawn next and is faster."""
    drawn = iter(["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee", "ffffffff"])
    monkeypatch.setattr(tempfile, "_get_candidate_names", lambda: drawn)
    for one in (folder / name, model_file.manifest_path(folder / name)):
        for taken in ("aaaaaaaa", "cccccccc"):
            own = one.with_name(f".{one.name}.{socket.gethostname()}.{os.getpid()}.{taken}.unfinished")
            own.symlink_to(victim)
    write(folder / name)

    assert is_unharmed(victim)
    assert (folder / name).is_file()


@every_writer
def test_a_link_that_replaces_the_unfinished_file_is_not_followed(
    folder: Path, victim: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], name: str
) -> None:
    """The attacker watches the folder, and puts a link in place of each file while it is written."""
    real = os.fdopen

    def attacked(descriptor: int, *args: Any, **kwargs: Any) -> Any:
        for hidden in folder.glob(".*unfinished"):
            hidden.unlink()
            hidden.symlink_to(victim)
        return real(descriptor, *args, **kwargs)

    monkeypatch.setattr(os, "fdopen", attacked)
    write(folder / name)

    assert is_unharmed(victim)


@every_writer
@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_link_at_the_final_path_is_replaced(
    folder: Path,
    victim: Path,
    write: Callable[[Path], None],
    name: str,
    link: Callable[[Path, Path], None],
) -> None:
    link(folder / name, victim)
    write(folder / name)

    assert is_unharmed(victim)
    assert not (folder / name).is_symlink()
    assert (folder / name).read_bytes() != SECRET.encode()


@every_writer
def test_a_link_to_nowhere_at_the_final_path_creates_nothing_elsewhere(
    folder: Path, tmp_path: Path, write: Callable[[Path], None], name: str
) -> None:
    (folder / name).symlink_to(tmp_path / "nowhere")
    write(folder / name)

    assert (folder / name).is_file()
    assert not (tmp_path / "nowhere").exists()


@every_writer
def test_a_folder_that_is_a_link_is_followed(
    folder: Path, tmp_path: Path, write: Callable[[Path], None], name: str
) -> None:
    (tmp_path / "linked").symlink_to(folder)
    write(tmp_path / "linked" / name)

    assert (folder / name).is_file()
    assert leftovers(folder) == []


@pytest.mark.parametrize("suffix", ["", ".0a1b2c3d"])
def test_what_a_dead_writer_left_is_removed_and_a_link_with_its_name_alone(
    folder: Path, victim: Path, dead_pid: int, suffix: str
) -> None:
    path = folder / "roi.png"
    old_name(path, f"{dead_pid}{suffix}").write_bytes(b"half")
    old_name(path, f"{dead_pid}.zzzzzzzz").symlink_to(victim)
    write_whole(path, b"new")

    assert leftovers(folder) == []
    assert is_unharmed(victim)


def test_what_a_living_writer_or_another_machine_writes_is_left_alone(folder: Path, dead_pid: int) -> None:
    path = folder / "roi.png"
    names = {
        old_name(path, os.getpid()).name,
        old_name(path, f"{os.getpid()}.0a1b2c3d").name,
        f".roi.png.elsewhere.{dead_pid}.unfinished",
        old_name(path.with_name("roi.png.x"), dead_pid).name,
    }
    for name in names:
        (folder / name).touch()
    write_whole(path, b"new")

    assert set(leftovers(folder)) == names


@pytest.mark.parametrize("pid", ["9" * 9, "9" * 30, "٣", "-1", "1.2.3"])
def test_no_name_of_a_leftover_holds_a_writer_up(folder: Path, pid: str) -> None:
    old_name(folder / "roi.png", pid).touch()
    write_whole(folder / "roi.png", b"new")

    assert (folder / "roi.png").read_bytes() == b"new"


def test_a_folder_in_place_of_a_leftover_holds_no_writer_up(folder: Path, dead_pid: int) -> None:
    old_name(folder / "roi.png", dead_pid).mkdir()
    write_whole(folder / "roi.png", b"new")

    assert (folder / "roi.png").read_bytes() == b"new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")
def test_a_leftover_of_another_user_in_a_sticky_folder_holds_no_writer_up(dead_pid: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "roi.png"
        foreign = old_name(path, dead_pid)
        foreign.touch()
        path.parent.chmod(0o1777)
        os.seteuid(ANOTHER_USER)
        try:
            write_whole(path, b"new")
        finally:
            os.seteuid(0)

        assert path.read_bytes() == b"new"
        assert foreign.exists()


def test_a_failed_writer_leaves_nothing_behind(folder: Path) -> None:
    (folder / "roi.png").mkdir()
    with pytest.raises(ChartCopyError):
        write_chart(folder / "roi.png")

    assert leftovers(folder) == []


def test_an_unfinished_file_is_for_its_writer_alone_until_it_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = os.fchmod

    def noted(fd: int, mode_: int) -> None:
        seen.append(os.fstat(fd).st_mode & 0o777)
        real(fd, mode_)

    monkeypatch.setattr(os, "fchmod", noted)
    os.close(create_unfinished(folder / "roi.png", 0o644)[0])

    assert seen == [0o600]


@pytest.mark.parametrize("name", ["x" * 240, "я" * 60, "🎯" * 60])
def test_a_long_name_leaves_room_for_the_unfinished_one(folder: Path, name: str) -> None:
    write_whole(folder / name, b"new")

    assert (folder / name).read_bytes() == b"new"


def test_charts_are_for_everyone_and_a_new_model_for_its_owner(folder: Path) -> None:
    write_chart(folder / "roi.png")
    write_model(folder / "model.skops")

    assert mode(folder / "roi.png") == 0o644
    assert mode(folder / "model.skops") == 0o600
    assert mode(folder / "model.skops.manifest.json") == 0o600


@pytest.mark.parametrize(
    ("before", "after"), [(0o640, 0o640), (0o644, 0o644), (0o666, 0o644), (0o000, 0o600)]
)
def test_a_model_that_is_replaced_keeps_its_readers_and_gets_no_other_writer(
    folder: Path, before: int, after: int
) -> None:
    (folder / "model.skops").write_bytes(b"old")
    (folder / "model.skops").chmod(before)

    assert mode_of(folder / "model.skops", PRIVATE) == after
    write_model(folder / "model.skops")
    assert mode(folder / "model.skops") == mode(folder / "model.skops.manifest.json") == after


def test_a_link_at_the_path_of_the_model_says_nothing_about_its_readers(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "open").write_text("")
    (tmp_path / "open").chmod(0o644)
    (folder / "model.skops").symlink_to(tmp_path / "open")
    write_model(folder / "model.skops")

    assert mode(folder / "model.skops") == 0o600


def test_a_pipe_in_place_of_the_model_holds_nothing_up(folder: Path) -> None:
    os.mkfifo(folder / "model.skops")

    with pytest.raises(ModelFileUnavailableError):
        write_model(folder / "model.skops")


@pytest.fixture
def _closed_log() -> Iterator[None]:
    yield
    audit.open_log(None)


@pytest.mark.usefixtures("_closed_log")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make links of another user")
def test_the_audit_log_is_not_written_through_a_link_of_another_user(folder: Path, victim: Path) -> None:
    log = folder / "audit.jsonl"
    log.symlink_to(victim)
    os.chown(log, ANOTHER_USER, ANOTHER_USER, follow_symlinks=False)

    with pytest.raises(OSError, match="a link of another user"):
        audit.open_log(log)
    assert is_unharmed(victim)


@pytest.mark.usefixtures("_closed_log")
def test_the_audit_log_follows_a_link_of_its_own_user(folder: Path, tmp_path: Path) -> None:
    log = folder / "audit.jsonl"
    log.symlink_to(tmp_path / "elsewhere")
    audit.open_log(log)
    audit.note(who="anna")

    assert "anna" in (tmp_path / "elsewhere").read_text()


@pytest.mark.usefixtures("_closed_log")
def test_the_audit_log_is_for_owner_and_group_also_after_logrotate(folder: Path) -> None:
    log = folder / "audit.jsonl"
    audit.open_log(log)
    audit.note(who="anna")
    log.rename(folder / "audit.jsonl.1")
    audit.note(who="boris")

    assert mode(log) & 0o007 == 0
    assert mode(folder / "audit.jsonl.1") & 0o007 == 0
