"""Errors for a model file that is refused; each names the file and what to do."""

from __future__ import annotations

from services.errors import InvalidInputError, UnavailableError
from services.text import Text


class ModelFileError(InvalidInputError):
    """The model file cannot be used; `reason` says why and what to do about it."""

    code = "model_file_unusable"
    words = Text(
        en="The model file {file} is not used: {reason}.",
        ru="Файл модели {file} не используется: {reason}.",
    )


class DamagedModelError(ModelFileError):
    """The file is truncated, changed or no model."""

    code = "model_file_damaged"
    words = Text(
        en="The model file {file} is damaged ({reason}). Delete it and run “demetra train”, "
        "or put your own model there again.",
        ru="Файл модели {file} повреждён ({reason}). Удалите его и выполните «demetra train» "
        "или положите туда свою модель заново.",
    )


class SwappedModelError(ModelFileError):
    """The checksum of the file is not the one in its manifest."""

    code = "model_file_swapped"
    words = Text(
        en="The model file {file} is not the one that {manifest} describes (SHA-256 differs). "
        "If you put your own model there, delete the manifest; otherwise run “demetra train”.",
        ru="Файл модели {file} — не тот, что описан в {manifest} (SHA-256 не совпадает). "
        "Если это ваша модель, удалите манифест; иначе выполните «demetra train».",
    )


class ModelVersionError(ModelFileError):
    """The file was written by another version of scikit-learn or in another model format."""

    code = "model_file_other_version"
    words = Text(
        en="The model file {file} was saved by {found}, this is {needed}. "
        "Run “demetra train”, or save your own model with this version.",
        ru="Файл модели {file} сохранён версией {found}, а здесь {needed}. "
        "Выполните «demetra train» или сохраните свою модель этой версией.",
    )


class UntrustedModelError(ModelFileError):
    """The file contains types that are not on the list of trusted types."""

    code = "model_file_untrusted"
    words = Text(
        en="The model file {file} is refused: it contains {types}, which could run any code. "
        "Save a model made of scikit-learn's own parts with skops.",
        ru="Файл модели {file} отклонён: в нём есть {types}, а это может выполнить любой код. "
        "Сохраните через skops модель из частей самого scikit-learn.",
    )


class UntrustedPickleError(ModelFileError):
    """The file is a pickle, and ML_MODEL_TRUST_PICKLE is not set."""

    code = "model_file_pickle"
    words = Text(
        en="The model file {file} is a pickle and was not opened: opening a pickle can run any code. "
        "Save it with skops, or set ML_MODEL_TRUST_PICKLE=1 if you know where it comes from.",
        ru="Файл модели {file} — pickle, и он не открывался: при открытии pickle может выполнить любой код. "
        "Сохраните модель через skops или задайте ML_MODEL_TRUST_PICKLE=1, если знаете, откуда файл.",
    )


class ModelFileUnavailableError(UnavailableError):
    """The model file cannot be read or written."""

    code = "model_file_unavailable"
    words = Text(
        en="The model file {file} cannot be {action} ({reason}). Check ML_MODEL_PATH and its permissions.",
        ru="Файл модели {file} недоступен ({reason}). Проверьте ML_MODEL_PATH и права доступа.",
    )
