"""A team's own pipeline, as it is, on campaign rows in a real database."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
import sqlalchemy as sa
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from services.database.tables import campaigns
from services.forecasting import CustomForecast, load, predict, ready_model
from services.forecasting.custom_model import CustomModel
from services.forecasting.model import Model
from services.forecasting.model_failures import ModelFileError
from services.intake.features import channel_features
from services.sync.options import ModelUse
from services.sync.steps import FeaturesWanted, predict_days, predict_with_features
from tests.forecasting.accounts import account

NUMERIC = [
    *("Impressions", "Clicks", "Engagement_Score", "Acquisition_Cost", "Conversion_Rate", "Duration_days"),
]
CATEGORICAL = ["Channel_Used", "Target_Audience", "Customer_Segment", "Location", "Language"]


def add_row(connection: sa.Connection, channel: str, day: int = 0, **values: object) -> None:
    usual = {"impressions": 1000, "clicks": 40, "conversions": 4, "cost": 50, "revenue": 200}
    row: dict[str, Any] = {**usual, **values, "date": date(2026, 1, 1) + timedelta(days=day)}
    connection.execute(campaigns.insert().values(source="test", campaign_id=str(day), channel=channel, **row))


def training_rows(count: int = 200) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({name: random.integers(1, 1000, count).astype(float) for name in NUMERIC})
    words = {
        "Channel_Used": ["Instagram", "Telegram"],
        "Target_Audience": ["Men 35-44", "Women 45-60"],
        "Customer_Segment": ["Health", "Home"],
        "Location": ["Miami", "Austin"],
        "Language": ["English", "Spanish"],
    }
    for name, choice in words.items():
        frame[name] = random.choice(choice, count)
    roi = np.where(frame["Channel_Used"] == "Instagram", 3.0, 1.0) + frame["Clicks"] / 1000
    return frame, roi.to_numpy()


def notebook_pipeline(encoder: object, regressor: object) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    columns = ColumnTransformer([("numbers", numbers, NUMERIC), ("words", encoder, CATEGORICAL)])
    return Pipeline([("columns", columns), ("model", regressor)])


def test_figures_are_medians_and_words_the_most_frequent(connection: sa.Connection) -> None:
    for day, (clicks, region) in enumerate([(10, "Miami"), (20, "Austin"), (90, "Austin")]):
        add_row(
            connection, "Telegram", day, clicks=clicks, attributes={"region": region, "engagement_score": day}
        )
    add_row(connection, "VK", attributes={"region": "Berlin"})

    features = channel_features(connection, ["Clicks", "location", "ENGAGEMENT SCORE", "Channel_Used"])

    assert list(features.loc["Telegram"]) == [20.0, "Austin", 1.0, "Telegram"]
    assert list(features.loc["VK", ["Clicks", "location", "Channel_Used"]]) == [40.0, "Berlin", "VK"]
    assert np.isnan(features["ENGAGEMENT SCORE"]["VK"])


def test_ratios_are_medians_of_the_rows_and_leave_out_those_without_denominator(
    connection: sa.Connection,
) -> None:
    add_row(connection, "VK", 0, clicks=100, conversions=10, cost=50, revenue=100)
    add_row(connection, "VK", 1, clicks=100, conversions=30, cost=50, revenue=200)
    add_row(connection, "VK", 2, clicks=0, conversions=0, cost=0, revenue=0)

    row = channel_features(connection, ["Conversion_Rate", "ROI", "CTR", "Acquisition_Cost", "cpa"]).loc["VK"]

    assert list(row) == pytest.approx([0.2, 2.0, 0.1, 50.0, np.mean([5.0, 50 / 30])])


def test_an_attribute_of_numbers_and_words_is_words(connection: sa.Connection) -> None:
    for day, duration in enumerate(["15 Days", 30, 30]):
        add_row(connection, "VK", day, attributes={"duration": duration})

    assert channel_features(connection, ["Duration"]).loc["VK", "Duration"] == "30"


def test_an_unknown_feature_is_empty(connection: sa.Connection) -> None:
    add_row(connection, "VK")

    assert channel_features(connection, ["Horoscope"])["Horoscope"].isna().all()


def test_strange_names_are_only_names(connection: sa.Connection) -> None:
    name = "x'); DROP TABLE campaigns; --\"%s :y"
    add_row(connection, name, attributes={name: "да"})

    features = channel_features(connection, [name, "channel"])

    assert list(features.loc[name]) == ["да", name]


def test_without_rows_there_are_no_features(connection: sa.Connection) -> None:
    assert channel_features(connection, ["Clicks"]).empty


@pytest.mark.parametrize(
    ("encoder", "regressor"),
    [
        (
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            HistGradientBoostingRegressor(max_iter=15),
        ),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            HistGradientBoostingRegressor(max_iter=15),
        ),
        (OneHotEncoder(handle_unknown="ignore"), RandomForestRegressor(5, random_state=0)),
        (OneHotEncoder(handle_unknown="ignore"), Ridge()),
    ],
)
def test_the_notebooks_pipeline_works_as_it_is(
    connection: sa.Connection,
    tmp_path: Path,
    encoder: OrdinalEncoder | OneHotEncoder,
    regressor: HistGradientBoostingRegressor | RandomForestRegressor | Ridge,
) -> None:
    frame, roi = training_rows()
    pipeline = notebook_pipeline(encoder, regressor).fit(frame, roi)
    path = tmp_path / "ours.skops"
    skops.io.dump(pipeline, path)
    words = {"audience": "Men 35-44", "segment": "Health", "region": "Miami", "language": "English"}
    for channel in ("Instagram", "Telegram"):
        add_row(connection, channel, attributes={**words, "engagement_score": 5, "duration_days": 15})

    told = _asked(ready_model(account(), path, 28, False), connection)

    row: dict[str, Any] = {"Impressions": 1000, "Clicks": 40, "Engagement_Score": 5, "Acquisition_Cost": 50}
    row |= {"Conversion_Rate": 0.1, "Duration_days": 15, "Target_Audience": "Men 35-44"}
    row |= {"Customer_Segment": "Health", "Location": "Miami", "Language": "English"}
    by_hand = {
        channel: pipeline.predict(pd.DataFrame([{**row, "Channel_Used": channel}])[list(frame.columns)])[0]
        for channel in ("Instagram", "Telegram")
    }
    assert isinstance(told, CustomForecast)
    assert told.roi == pytest.approx(by_hand)
    assert told.roi["Instagram"] > told.roi["Telegram"] + 1
    assert told.version.startswith("ours.skops · ")
    assert told.notes == ()


def test_a_feature_that_the_rows_lack_is_left_empty_and_said(
    connection: sa.Connection, tmp_path: Path
) -> None:
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    path = _saved(tmp_path, encoder, HistGradientBoostingRegressor(max_iter=5))
    add_row(connection, "Instagram")

    told = _asked(load(path), connection)
    days = account(channels=1).assign(channel="Instagram")
    prediction = predict(days, 28, told)

    assert any("Engagement_Score" in note.en for note in told.notes)
    assert any("Language" in note.ru for note in told.notes)
    assert prediction.channels.loc[0, "roi"] == pytest.approx(told.roi["Instagram"])
    assert prediction.scores["model_notes"][0]["en"] == told.notes[0].en
    assert prediction.model_version == told.version


def test_a_model_that_refuses_the_features_fails_in_words(connection: sa.Connection, tmp_path: Path) -> None:
    path = _saved(tmp_path, OneHotEncoder(handle_unknown="error"), Ridge())
    add_row(connection, "A channel that it has never seen")

    with pytest.raises(ModelFileError, match="could not predict") as failure:
        _asked(load(path), connection)

    assert str(path) in failure.value.text.ru


def test_one_run_predicts_with_one_version_of_the_file(connection: sa.Connection, tmp_path: Path) -> None:
    path = _saved(tmp_path, OneHotEncoder(handle_unknown="ignore"), Ridge())
    add_row(connection, "Instagram")
    days, use = account(channels=1).assign(channel="Instagram"), ModelUse(path, 28, trust_pickle=False)
    before = load(path)

    wanted = predict_days(days, use)
    _saved(tmp_path, OneHotEncoder(handle_unknown="ignore"), Ridge(alpha=1e6))
    assert isinstance(wanted, FeaturesWanted)
    prediction = predict_with_features(days, use, wanted, channel_features(connection, wanted.names))

    assert prediction.model_version == before.version != load(path).version
    assert prediction.channels.loc[0, "roi"] == pytest.approx(_asked(before, connection).roi["Instagram"])


def _saved(folder: Path, encoder: OneHotEncoder, regressor: HistGradientBoostingRegressor | Ridge) -> Path:
    """Save a fitted pipeline as ours.skops in the folder; return the path."""
    path = folder / "ours.skops"
    skops.io.dump(notebook_pipeline(encoder, regressor).fit(*training_rows()), path)
    return path


def _asked(model: Model | CustomModel, connection: sa.Connection) -> Any:
    return model.forecast(channel_features(connection, model.features))
