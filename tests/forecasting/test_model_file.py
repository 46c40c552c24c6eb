"""The model file: whole or not at all, and nothing runs that should not."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from services.errors import DemetraError
from services.forecasting import Model, load, ready_model, save, train
from services.forecasting.model_failures import (
    DamagedModelError,
    ModelFileError,
    ModelFileUnavailableError,
    ModelVersionError,
    SwappedModelError,
    UntrustedModelError,
    UntrustedPickleError,
)
from services.forecasting.model_file import manifest_path
from tests.forecasting.accounts import account


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return account(days=90)


@pytest.fixture(scope="module")
def model(days: pd.DataFrame) -> Model:
    return train(days, 14)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models" / "model.skops"


class Canary:
    """Touches a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.file),)


def team_model() -> LinearRegression:
    frame = pd.DataFrame({"Clicks": [1.0, 2.0, 3.0], "Impressions": [10.0, 25.0, 30.0]})
    return LinearRegression().fit(frame, [0.1, 0.2, 0.3])


def test_a_saved_model_comes_back_as_it_was(model: Model, days: pd.DataFrame, path: Path) -> None:
    save(model, path)

    loaded = load(path)

    assert isinstance(loaded, Model)
    assert loaded.version == model.version
    assert loaded.scores == model.scores
    pd.testing.assert_frame_equal(loaded.predict(days), model.predict(days))


def test_the_manifest_says_what_the_file_is(model: Model, path: Path) -> None:
    save(model, path)

    manifest = json.loads(manifest_path(path).read_text())

    assert manifest["window"] == {"from": "2026-01-01", "to": "2026-03-31"}
    assert manifest["model_version"] == model.version
    assert manifest["scores"] == model.scores
    assert sorted(file.name for file in path.parent.iterdir()) == ["model.skops", "model.skops.manifest.json"]


def test_a_crash_between_manifest_and_model_leaves_the_old_model(
    model: Model, days: pd.DataFrame, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(model, path)
    newer = train(days.assign(cost=days["cost"] * 2), 14)
    replace = Path.replace

    def crash_at_the_model(self: Path, target: Path) -> Path:
        if Path(target) == path:
            raise OSError(28, "No space left on device")
        return Path(replace(self, target))

    monkeypatch.setattr(Path, "replace", crash_at_the_model)
    with pytest.raises(ModelFileUnavailableError, match="No space left"):
        save(newer, path)

    assert load(path).version == model.version
    assert len(list(path.parent.iterdir())) == 2


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_file_that_was_tampered_with_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("m") / "model.skops"
    content = bytearray(skops.io.dumps(team_model()))
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content = content[:at]
    else:
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)

    failure = _failure_of(path)

    assert failure is None or str(path) in failure.text.en  # None: the change hit a byte that says nothing
    assert failure is None or str(path) in failure.text.ru


def _failure_of(path: Path) -> DemetraError | None:
    try:
        load(path)
    except DemetraError as failure:
        return failure
    return None


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04", b"\x80\x04K\x01."])
def test_a_file_that_is_no_archive_is_called_damaged(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(DamagedModelError, match="demetra train"):
        load(path)


def test_a_swapped_file_is_refused(model: Model, path: Path) -> None:
    save(model, path)
    path.write_bytes(skops.io.dumps(team_model()))

    with pytest.raises(SwappedModelError, match=r"model\.skops\.manifest\.json"):
        load(path)


def test_a_model_without_its_manifest_is_refused(model: Model, path: Path) -> None:
    save(model, path)
    manifest_path(path).unlink()

    with pytest.raises(DamagedModelError, match="manifest is missing"):
        load(path)


def test_a_model_without_its_parts_is_refused(days: pd.DataFrame, path: Path) -> None:
    hollow = train(days, 14)
    hollow.learned_["counts"]["growth"] = hollow.learned_["counts"]["growth"][:1]
    save(hollow, path)

    with pytest.raises(DamagedModelError, match="do not agree"):
        load(path)


def test_a_model_of_another_format_is_refused_by_load_and_retrained_by_a_sync(
    days: pd.DataFrame, path: Path
) -> None:
    old = train(days, 14)
    old.format_ = 0
    save(old, path)

    with pytest.raises(ModelVersionError, match="format 0"):
        load(path)
    assert ready_model(days, path, 14, False).version == train(days, 14).version


def test_a_pickle_is_never_opened_without_permission(tmp_path: Path) -> None:
    canary = tmp_path / "opened"
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Canary(canary)))

    with pytest.raises(UntrustedPickleError, match="ML_MODEL_TRUST_PICKLE"):
        load(path)
    assert not canary.exists()


@pytest.mark.parametrize("name", ["model.skops", "model.PKL", "model", "model.txt"])
def test_a_pickle_under_another_name_is_not_opened_either(tmp_path: Path, name: str) -> None:
    canary = tmp_path / "opened"
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Canary(canary)))

    with pytest.raises(ModelFileError):
        load(path)
    assert not canary.exists()


def test_a_trusted_pickle_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(team_model()))

    loaded = load(path, trust_pickle=True)

    assert loaded.features == ("Clicks", "Impressions")


def test_an_archive_that_asks_for_other_code_is_refused(tmp_path: Path) -> None:
    canary = tmp_path / "opened"
    path = tmp_path / "model.skops"
    path.write_bytes(_with_type(skops.io.dumps(team_model()), "os", "mkdir", str(canary)))

    with pytest.raises(UntrustedModelError, match=r"os\.mkdir"):
        load(path)
    assert not canary.exists()


def test_a_function_of_the_team_inside_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    estimator = team_model()
    estimator.helper = TeamsOwn()
    path.write_bytes(skops.io.dumps(estimator))

    with pytest.raises(UntrustedModelError, match="TeamsOwn"):
        load(path)


class TeamsOwn:
    """A class that no list knows."""


def test_an_archive_that_unpacks_beyond_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(skops.io.dumps(team_model()))
    monkeypatch.setattr("services.forecasting.model_file.LARGEST_BYTES", 1000)

    with pytest.raises(DamagedModelError, match="1 GiB"):
        load(path)


def test_an_estimator_of_another_scikit_learn_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    content = skops.io.dumps(team_model())
    schema = json.dumps(_schema(content)).replace(sklearn.__version__, "0.24.2")
    path.write_bytes(_with_schema(content, json.loads(schema)))

    with pytest.raises(ModelVersionError, match=r"scikit-learn 0\.24\.2"):
        load(path)


@pytest.mark.parametrize("thing", [{"a": 1}, [1, 2], 5])
def test_what_cannot_predict_is_no_model(tmp_path: Path, thing: dict[str, int] | list[int] | int) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(skops.io.dumps(thing))

    with pytest.raises(ModelFileError, match="no predict"):
        load(path)


def test_a_model_that_does_not_name_its_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(skops.io.dumps(LinearRegression().fit(np.ones((3, 2)), [1, 2, 3])))

    with pytest.raises(ModelFileError, match="feature_names_in_"):
        load(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder.skops"
    folder.mkdir()

    for path in (tmp_path / "missing.skops", folder):
        with pytest.raises(ModelFileUnavailableError) as failure:
            load(path)
        assert str(path) in failure.value.text.en


def test_our_model_is_not_saved_under_a_name_that_could_not_be_read(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"\.skops"):
        save(model, tmp_path / "model.pkl")


def test_a_sync_trains_first_when_there_is_no_file(days: pd.DataFrame, path: Path) -> None:
    first = ready_model(days, path, 14, False)
    written = path.stat().st_mtime_ns

    again = ready_model(days, path, 14, False)

    assert again.version == first.version
    assert path.stat().st_mtime_ns == written


def test_a_sync_trains_again_when_the_model_no_longer_fits(days: pd.DataFrame, path: Path) -> None:
    first = ready_model(days, path, 14, False)

    renamed = ready_model(days.assign(channel="All"), path, 14, False)

    assert isinstance(renamed, Model)
    assert renamed.channels_ == ("All",)
    assert load(path).version == renamed.version != first.version


def _schema(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return dict(json.loads(archive.read("schema.json")))


def _with_schema(content: bytes, schema: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, json.dumps(schema) if name == "schema.json" else old.read(name))
    return out.getvalue()


def _with_type(content: bytes, module: str, name: str, argument: str) -> bytes:
    """An archive whose object asks to be made by calling something else."""
    schema = _schema(content)
    made = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "__id__": 1}
    made |= {"content": json.dumps(argument), "is_json": True}
    call = {"__class__": name, "__module__": module, "__loader__": "ObjectNode", "__id__": 2, "content": made}
    return _with_schema(
        content, {**call, "protocol": schema["protocol"], "_skops_version": schema["_skops_version"]}
    )
