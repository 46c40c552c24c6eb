"""A team's own scikit-learn model: it predicts the ROI of a channel from typical campaign features."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from services.forecasting.model_failures import ModelFileError
from services.text import Text

MISSING = Text(
    en="The model asks for “{feature}”, which the campaign rows do not have; it was left empty.",
    ru="Модели нужен признак «{feature}», которого нет в строках кампаний; он оставлен пустым.",
)
NO_NAMES = Text(
    en="it does not name its features (feature_names_in_). Train it on a DataFrame",
    ru="в ней нет имён признаков (feature_names_in_). Обучите её на DataFrame",
)
NO_PREDICT = Text(
    en="it is a {kind}, which has no predict. Save a fitted scikit-learn regressor",
    ru="это {kind} без метода predict. Сохраните обученный регрессор scikit-learn",
)
FAILED = Text(
    en="it could not predict from the channels' features ({reason}). Check what it expects",
    ru="она не смогла посчитать прогноз по признакам каналов ({reason}). Проверьте, что ей нужно",
)
FOREIGN = Text(
    en="its answer is not one number per channel. It must predict the ROI",
    ru="её ответ — не одно число на канал. Она должна предсказывать ROI",
)


@dataclass(frozen=True, slots=True)
class CustomForecast:
    """The ROI per channel (a fraction) that a team's own model predicts, and notes on missing features."""

    roi: Mapping[str, float]
    version: str
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomModel:
    """A team's fitted estimator and the names of the features that it was trained on.

    `content` is the file as it was read: a process that needs the model later gets these bytes, so that one
    run never sees two versions of the file.
    """

    estimator: Any
    features: tuple[str, ...]
    file: Path
    version: str
    content: bytes

    def forecast(self, features: pd.DataFrame) -> CustomForecast:
        """Return the ROI per channel, a fraction.

        features: one row per channel (the index), with at least the columns in `self.features`; a column
        without any value is noted. Raises `ModelFileError` when the estimator cannot predict from them.
        """
        predicted = self._predicted(features[list(self.features)])
        missing = [name for name in self.features if features[name].isna().all()]
        return CustomForecast(
            roi={str(name): float(value) for name, value in zip(features.index, predicted, strict=True)},
            version=self.version,
            notes=tuple(MISSING.format(feature=name) for name in missing),
        )

    def _predicted(self, features: pd.DataFrame) -> np.ndarray:
        try:
            predicted = np.asarray(self.estimator.predict(features), dtype=np.float64)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise ModelFileError(file=self.file, reason=FAILED.format(reason=error)) from error
        if predicted.shape not in {(len(features),), (len(features), 1)}:
            raise ModelFileError(file=self.file, reason=FOREIGN)
        return predicted.reshape(-1)


def custom_model(estimator: Any, file: Path, content: bytes) -> CustomModel:
    """Return the estimator as a model; raises `ModelFileError` unless it can predict from features."""
    if not callable(getattr(estimator, "predict", None)):
        raise ModelFileError(file=file, reason=NO_PREDICT.format(kind=type(estimator).__name__))
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        raise ModelFileError(file=file, reason=NO_NAMES)
    return CustomModel(
        estimator=estimator,
        features=tuple(str(name) for name in names),
        file=file,
        version=f"{file.name} · {hashlib.sha256(content).hexdigest()[:12]}",
        content=content,
    )
