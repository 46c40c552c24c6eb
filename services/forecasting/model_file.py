"""The model file: written atomically, loaded only after checks of checksum, types and version.

A `.skops` file holds either Demetra's own `Model`, with a manifest beside it (`<file>.manifest.json`:
SHA-256, training window, scores, versions), or a team's own scikit-learn model. The types that a file may
contain are a fixed list here: skops' defaults (scikit-learn and numpy) and a few types that their estimators
store. No other type that a file names is trusted, and a pickle is opened only if the operator trusts it.

skops imports all of scikit-learn: a second and 40 MB. So it is imported where a model is written or read, and
a worker process, whose pool processes do both, never imports it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from services.atomic_files import PRIVATE, mode_of, open_whole, write_whole
from services.executors.base import INLINE, Executor
from services.forecasting.account import NOTHING_KNOWN, Account
from services.forecasting.custom_model import CustomModel, custom_model
from services.forecasting.model import FORMAT, Model, fits, is_whole, train
from services.forecasting.model_failures import (
    DamagedModelError,
    ModelFileError,
    ModelFileUnavailableError,
    ModelVersionError,
    SwappedModelError,
    UntrustedModelError,
    UntrustedPickleError,
)
from services.text import Text

OWN_TYPE = "services.forecasting.model.Model"
TRUSTED_TYPES = (
    OWN_TYPE,
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
)
LARGEST_BYTES = 1 << 30
PICKLES = frozenset({".pkl", ".pickle", ".joblib"})
KIND = Text(
    en="its name must end in .skops (or .pkl, when trusted)",
    ru="имя должно оканчиваться на .skops (или .pkl, если ему доверяют)",
)
TOO_LARGE = Text(en="it unpacks to more than 1 GiB", ru="распакованный он больше 1 ГиБ")
NO_ARCHIVE = Text(en="it is no skops archive", ru="это не архив skops")
PARTS_MISSING = Text(en="parts of it are missing or do not agree", ru="части отсутствуют или не сходятся")
NO_MANIFEST = Text(en="its manifest is missing", ru="нет манифеста")
BAD_MANIFEST = Text(en="its manifest cannot be read", ru="манифест не читается")


def warm_up() -> None:
    """Import what writes and reads models, before the first run needs it."""
    import skops.io  # noqa: F401


def save(model: Model, path: Path) -> None:
    """Write the model to `path` and its manifest beside it, each atomically.

    The manifest is written first and also contains the checksum of the file before, so that a crash between
    the two steps leaves a valid pair. Only the owner may read a new file; a replaced one keeps its readers. A
    symbolic link at `path` is replaced by the file. Raises `ModelFileError` for a name that does not end in
    `.skops` and `ModelFileUnavailableError` when the folder cannot be written.
    """
    import skops.io

    if path.suffix != ".skops":
        raise ModelFileError(file=path, reason=KIND)
    content = skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED)
    with _telling(path, "written"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        previous = _sha256_of(path) if path.exists() else None
        manifest = _manifest(model, _sha256(content), previous)
        mode = mode_of(path, PRIVATE)
        write_whole(manifest_path(path), json.dumps(manifest, ensure_ascii=False, indent=1).encode(), mode)
        write_whole(path, content, mode)


def load(path: Path, trust_pickle: bool = False) -> Model | CustomModel:
    """Return the model in the file: Demetra's own or a team's.

    Raises `ModelFileError` (or a subclass) for a file that is damaged, swapped, of another version, untrusted
    or no model, and `ModelFileUnavailableError` when the file cannot be read.
    """
    if path.suffix in PICKLES and not trust_pickle:
        raise UntrustedPickleError(file=path)
    if path.suffix not in {".skops", *PICKLES}:
        raise ModelFileError(file=path, reason=KIND)
    with _telling(path, "read"):
        content = _read(path)
        manifest = _read_manifest(path)
    sha256 = _sha256(content)
    if manifest is not None and sha256 not in {manifest.get("sha256"), manifest.get("previous_sha256")}:
        raise SwappedModelError(file=path, manifest=manifest_path(path).name)
    loaded = _loaded(path, content)
    if not isinstance(loaded, Model):
        return custom_model(loaded, path, content)
    return _checked(loaded, path, manifest is not None)


def load_custom(path: Path, content: bytes) -> CustomModel:
    """Return the team's own model from the content that `load` has read and checked."""
    return custom_model(_loaded(path, content), path, content)


def ready_model(
    days: pd.DataFrame,
    path: Path,
    horizon: int,
    trust_pickle: bool,
    executor: Executor = INLINE,
    *,
    account: Account = NOTHING_KNOWN,
) -> Model | CustomModel:
    """Return what a sync predicts with: the model in the file, trained first where need be.

    A model is trained and saved when there is no file, when Demetra's own no longer fits the data
    or comes from another version of Demetra. Raises as `load` and `train` do.
    """
    if path.exists():
        model = _usable(path, trust_pickle)
        if isinstance(model, CustomModel) or (
            model is not None and fits(model, days, horizon, account=account)
        ):
            return model
    model = train(days, horizon, executor, account=account)
    save(model, path)
    return model


def manifest_path(path: Path) -> Path:
    """Return the path of the manifest of a model file."""
    return path.with_name(path.name + ".manifest.json")


def version_in(path: Path) -> str | None:
    """Return the model version in the manifest of a file; None without a readable manifest."""
    try:
        manifest = _read_manifest(path)
    except (OSError, DamagedModelError):
        return None
    return None if manifest is None else manifest.get("model_version")


def _usable(path: Path, trust_pickle: bool) -> Model | CustomModel | None:
    """Return the model in the file; None for a model that another version of Demetra trained."""
    try:
        return load(path, trust_pickle)
    except ModelVersionError:
        if manifest_path(path).exists():
            return None
        raise


def _checked(model: Model, path: Path, has_manifest: bool) -> Model:
    if getattr(model, "format_", None) != FORMAT:
        found = f"Demetra's model format {getattr(model, 'format_', '?')}"
        raise ModelVersionError(file=path, found=found, needed=f"format {FORMAT}")
    if not is_whole(model):
        raise DamagedModelError(file=path, reason=PARTS_MISSING)
    if not has_manifest:
        raise DamagedModelError(file=path, reason=NO_MANIFEST)
    return model


def _loaded(path: Path, content: bytes) -> Any:
    return _unpickled(path, content) if path.suffix in PICKLES else _unpacked(path, content)


def _unpacked(path: Path, content: bytes) -> Any:
    """Return the object in a skops archive that contains trusted types only."""
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise DamagedModelError(file=path, reason=NO_ARCHIVE)
    with _same_versions(path):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                size = sum(member.file_size for member in archive.infolist())
            if size <= LARGEST_BYTES:
                return skops.io.loads(content, trusted=list(TRUSTED_TYPES))
        except UntrustedTypesFoundException as error:
            raise UntrustedModelError(file=path, types=_unknown_types(content)) from error
        except _UNREADABLE as error:
            raise DamagedModelError(file=path, reason=_short(error)) from error
    raise DamagedModelError(file=path, reason=TOO_LARGE)


def _unpickled(path: Path, content: bytes) -> Any:
    """Return the object in a pickle that the operator trusts."""
    with _same_versions(path):
        try:
            return joblib.load(io.BytesIO(content))
        except _UNREADABLE as error:
            raise DamagedModelError(file=path, reason=_short(error)) from error


@contextmanager
def _same_versions(path: Path) -> Iterator[None]:
    """Refuse estimators of another scikit-learn version: they load, but may predict other values."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        try:
            yield
        except InconsistentVersionWarning as warning:
            found, needed = (
                f"scikit-learn {version}"
                for version in (warning.original_sklearn_version, sklearn.__version__)
            )
            raise ModelVersionError(file=path, found=found, needed=needed) from warning


@contextmanager
def _telling(path: Path, action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelFileUnavailableError(file=path, action=action, reason=reason) from error


def _read(path: Path) -> bytes:
    with open_whole(path) as file:
        if os.fstat(file.fileno()).st_size > LARGEST_BYTES:
            raise DamagedModelError(file=path, reason=TOO_LARGE)
        return file.read()


def _unknown_types(content: bytes) -> str:
    import skops.io

    names = set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES)
    return ", ".join(sorted(names)[:5])


def _read_manifest(path: Path) -> dict[str, Any] | None:
    try:
        content = _read(manifest_path(path))
    except FileNotFoundError:
        return None
    with suppress(ValueError, RecursionError):
        manifest = json.loads(content)
        if isinstance(manifest, dict):
            return manifest
    raise DamagedModelError(file=path, reason=BAD_MANIFEST)


def _manifest(model: Model, sha256: str, previous: str | None) -> dict[str, Any]:
    import skops

    since, until = model.window
    return {
        "sha256": sha256,
        "previous_sha256": previous,
        "model_version": model.version,
        "window": {"from": since.isoformat(), "to": until.isoformat()},
        "horizon": model.horizon,
        "channels": list(model.channels_),
        "scores": model.scores,
        "written_with": {"scikit-learn": sklearn.__version__, "skops": skops.__version__},
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sha256_of(path: Path) -> str:
    with open_whole(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


_UNREADABLE = (
    *(ValueError, TypeError, LookupError, AttributeError, EOFError, ImportError, OSError),
    *(ArithmeticError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error, struct.error),
    *(pickle.UnpicklingError, AssertionError),
)
