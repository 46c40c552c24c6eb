"""A model file that is not what it should be: the run says so, runs nothing, and the last good one stays."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import sklearn
import skops.io
import sqlalchemy as sa
from sklearn.linear_model import LinearRegression

from services.sync.options import SyncOptions
from services.sync.run import run_now
from tests.faults.conftest import Seen
from tests.faults.oracle import Oracle


class Canary:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def _swapped(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more", "of it")


def _without_manifest(path: Path) -> None:
    _manifest(path).unlink()


def _manifest_of_nests(path: Path) -> None:
    _manifest(path).write_text("[" * 100_000)


def _pickle(path: Path) -> None:
    _manifest(path).unlink()
    path.write_bytes(pickle.dumps(Canary(path.parent / "canary")))


def _pickle_in_archive(path: Path) -> None:
    _manifest(path).unlink()
    schema = '{"__class__": "mkdir", "__module__": "posix", "__loader__": "FunctionNode", "content": {}}'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", schema)
        archive.writestr("x.pkl", pickle.dumps(Canary(path.parent / "canary")))


def _of_another_version(path: Path) -> None:
    """Put a team's own model there that says that it comes from a scikit-learn of long ago."""
    _manifest(path).unlink()
    model = LinearRegression().fit(pd.DataFrame({"cost": [1.0, 2.0]}), [1.0, 2.0])
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as saved:
        parts = {name: saved.read(name) for name in saved.namelist()}
    parts["schema.json"] = parts["schema.json"].replace(sklearn.__version__.encode(), b"0.24.2")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


FAULTS: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "damaged": (_cut, {"model_file_swapped"}),
    "swapped": (_swapped, {"model_file_swapped"}),
    "without its manifest": (_without_manifest, {"model_file_damaged"}),
    "a manifest of 100,000 brackets": (_manifest_of_nests, {"model_file_damaged"}),
    "from another version": (_of_another_version, {"model_file_other_version"}),
    "a malicious pickle": (_pickle, {"model_file_damaged"}),
    "a malicious archive": (_pickle_in_archive, {"model_file_damaged", "model_file_untrusted"}),
    "a pipe that never ends": (_pipe, {"model_file_unavailable"}),
}


@pytest.mark.fault(
    "model file damaged, swapped, from another version, malicious",
    must="refused with the reason; no canary; last good stays",
)
@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_model_file_is_refused_and_the_last_good_run_stays(
    name: str, published: sa.Engine, options: SyncOptions, oracle: Oracle, seen: Seen
) -> None:
    before = oracle.assert_sound()
    path = options.model_file
    kept = {file: file.read_bytes() for file in (path, _manifest(path))}
    break_it, codes = FAULTS[name]
    break_it(path)

    run = run_now(published, options, trigger="test", requested_by=None)

    assert run is not None
    assert (run.state, run.error_code in codes) == ("failed", True), run.error_text
    assert not (path.parent / "canary").exists()
    path.unlink()
    for file, content in kept.items():
        file.write_bytes(content)
    assert oracle.assert_sound() == before
    again = run_now(published, options, trigger="test", requested_by=None)
    assert again is not None
    assert oracle.assert_sound() == again.run_id
    seen(f"{name}: {run.error_code}")


def _manifest(path: Path) -> Path:
    return path.with_name(path.name + ".manifest.json")
