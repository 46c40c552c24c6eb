"""The `.env` of a folder that another user has made runs no code and is not trusted."""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from demetra_dash import settings as module
from demetra_dash.checkup import look_inside
from demetra_dash.env_file import read_env_file
from demetra_dash.settings import Settings, declared, read_settings
from tests.processes import warm

ROOT = Path(__file__).parent.parent
ANOTHER_USER = 65534
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")


@pytest.fixture(autouse=True)
def _say_again() -> None:
    module._warn.cache_clear()


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    file = tmp_path / ".env"
    file.write_text("DEMETRA_CURRENCY=RUB\nML_MODEL_PATH=m.pkl\n")
    file.chmod(0o644)
    return file


class Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path, int, bool], None], tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """Return a folder as it comes by e-mail: a `.env`, and a pickle beside it that touches a file."""
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (folder / "m.pkl").write_bytes(pickle.dumps(Canary(tmp_path / "pwned")))
    (folder / ".env").write_text("ML_MODEL_TRUST_PICKLE=1\nML_MODEL_PATH=m.pkl\nDEMETRA_CURRENCY=RUB\n")
    (folder / ".env").chmod(0o644)
    return folder


@pytest.mark.parametrize("command", [["doctor"], ["doctor", "--json"], ["sync"], ["train"], ["settings"]])
@pytest.mark.parametrize("trusted", [{}, {"ML_MODEL_TRUST_PICKLE": "1"}])
def test_no_command_runs_a_pickle_that_the_file_names(
    database_url: str, unpacked: Path, tmp_path: Path, command: list[str], trusted: dict[str, str]
) -> None:
    own = {"DATABASE_URL": database_url, "DEMETRA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    done = warm.run(command, os.environ | own | trusted, unpacked)

    assert not (tmp_path / "pwned").exists()
    assert done.stderr.count("is ignored") == 1
    assert ("ML_MODEL_PATH" if trusted else "ML_MODEL_TRUST_PICKLE") in done.stderr


def test_settings_show_what_was_ignored_and_why(database_url: str, unpacked: Path, tmp_path: Path) -> None:
    own = {"DATABASE_URL": database_url, "DEMETRA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    done = warm.run(["settings", "--json"], os.environ | own, unpacked)
    document = json.loads(done.stdout)

    by_name = {row["variable"]: row for row in document["settings"]}
    assert by_name["ML_MODEL_TRUST_PICKLE"]["value"] == "False"
    assert by_name["DEMETRA_CURRENCY"]["source"] == ".env"
    assert [one["what"] for one in document["ignored"]] == ["ML_MODEL_TRUST_PICKLE"]
    assert "environment only" in document["ignored"][0]["reason"]


@pytest.mark.parametrize("path", ["m.pkl", "m.joblib", "m.pickle"])
def test_the_doctor_opens_no_pickle_even_if_it_is_trusted(
    engine: sa.Engine, unpacked: Path, tmp_path: Path, path: str
) -> None:
    file = unpacked / path
    file.write_bytes((unpacked / "m.pkl").read_bytes())
    settings = Settings(home=tmp_path / "home", model_path=file, trust_pickle=True)
    found = {finding.subject: finding for finding in look_inside(settings, engine)}

    assert not (tmp_path / "pwned").exists()
    assert found["model"].state == "ok"
    assert "not opened" in found["model"].what.en


def test_a_pickle_that_is_not_trusted_is_still_named_by_the_doctor(
    engine: sa.Engine, unpacked: Path, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", model_path=unpacked / "m.pkl")
    found = {finding.subject: finding for finding in look_inside(settings, engine)}

    assert found["model"].state == "failed"
    assert "ML_MODEL_TRUST_PICKLE" in found["model"].what.en


def test_what_runs_code_is_taken_from_the_environment_only(tmp_path: Path) -> None:
    runs_code = {item.metadata["variable"] for item in declared() if item.metadata["runs_code"]}
    file = tmp_path / ".env"
    file.write_text("ML_MODEL_TRUST_PICKLE=1\nDEMETRA_DASK_SCHEDULER=tcp://evil:8786\n")
    file.chmod(0o600)
    settings = read_settings({}, file)

    assert runs_code == {"ML_MODEL_TRUST_PICKLE", "DEMETRA_DASK_SCHEDULER"}
    assert (settings.trust_pickle, settings.dask_scheduler) == (False, None)
    assert {one.what for one in settings.ignored} == runs_code
    assert read_settings({"ML_MODEL_TRUST_PICKLE": "1"}, file).trust_pickle


def test_a_path_from_the_file_is_taken_unless_pickles_are_trusted(env_file: Path) -> None:
    assert read_settings({}, env_file).model_path == Path("m.pkl")

    trusting = read_settings({"ML_MODEL_TRUST_PICKLE": "1"}, env_file)
    assert trusting.model_path is None
    assert [one.what for one in trusting.ignored] == ["ML_MODEL_PATH"]
    both = read_settings({"ML_MODEL_TRUST_PICKLE": "1", "ML_MODEL_PATH": "n.pkl"}, env_file)
    assert both.model_path == Path("n.pkl")


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o400, 0o640])
def test_a_file_that_only_its_owner_may_write_is_taken(env_file: Path, mode: int) -> None:
    env_file.chmod(mode)

    assert read_settings({}, env_file).currency == "RUB"
    assert read_settings({}, env_file).ignored == ()


@pytest.mark.parametrize("mode", [0o666, 0o646, 0o602])
def test_a_file_that_others_may_write_is_ignored_with_a_sentence(
    env_file: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    env_file.chmod(mode)
    with caplog.at_level(logging.WARNING):
        settings = read_settings({}, env_file)
        read_settings({}, env_file)

    assert settings.currency == "EUR"
    assert settings.sources == {}
    assert "others may write" in settings.ignored[0].reason.en
    assert caplog.text.count("is ignored") == 1


def test_a_file_that_a_group_may_write_is_taken_only_if_the_group_is_the_owners(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.chmod(0o664)
    monkeypatch.setattr("demetra_dash.env_file._is_own_group", lambda _: True)
    assert read_settings({}, env_file).currency == "RUB"

    monkeypatch.setattr("demetra_dash.env_file._is_own_group", lambda _: False)
    assert read_settings({}, env_file).currency == "EUR"


@only_root
def test_a_group_with_others_in_it_is_not_the_owners_own(env_file: Path) -> None:
    env_file.chmod(0o664)
    os.chown(env_file, 0, 1)  # daemon

    ignored = read_env_file(env_file).ignored
    assert ignored is not None
    assert "others may write" in ignored.en


@only_root
@pytest.mark.parametrize("is_link", [False, True])
def test_a_file_or_link_of_another_user_is_ignored(tmp_path: Path, env_file: Path, is_link: bool) -> None:
    path = env_file
    if is_link:
        path = tmp_path / "link.env"
        path.symlink_to(env_file)
    os.chown(path, ANOTHER_USER, ANOTHER_USER, follow_symlinks=False)

    settings = read_settings({}, path)
    assert settings.currency == "EUR"
    assert "another user" in settings.ignored[0].reason.en


@only_root
def test_a_file_of_root_is_taken_by_another_user() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / ".env"
        path.write_text("DEMETRA_CURRENCY=RUB\n")
        path.chmod(0o644)
        path.parent.chmod(0o755)
        os.seteuid(ANOTHER_USER)
        try:
            assert read_settings({}, path).currency == "RUB"
            path.stat()
        finally:
            os.seteuid(0)


def test_a_link_of_ones_own_is_followed(tmp_path: Path, env_file: Path) -> None:
    (tmp_path / "link.env").symlink_to(env_file)

    assert read_settings({}, tmp_path / "link.env").currency == "RUB"


def test_what_is_no_file_is_ignored_and_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(b"DEMETRA_CURRENCY=\xff\xfe\n")
    (tmp_path / "bytes").chmod(0o600)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")

    for name in ("pipe", "folder", "bytes", "dangling"):
        settings = read_settings({}, tmp_path / name)
        assert settings.currency == "EUR"
        assert len(settings.ignored) == 1
        assert settings.ignored[0].reason.ru
    assert read_settings({}, tmp_path / "missing").ignored == ()


@only_root
def test_a_file_that_cannot_be_read_is_ignored() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / ".env").write_text("DEMETRA_CURRENCY=RUB\n")
    (folder / ".env").chmod(0o600)
    os.seteuid(ANOTHER_USER)
    try:
        settings = read_settings({}, folder / ".env")
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)

    assert "cannot be read" in settings.ignored[0].reason.en
