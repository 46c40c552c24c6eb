"""Forecasts of campaign days per channel, with intervals and scores. Reads frames, needs no database.

panel                                 campaign days -> series; gaps, duplicates, impossible numbers
beginning                             leading zeros and tiny values are cut
backtest                              rolling origins: the days known at each of them
season, theta, ridge, last_year       the methods, all origins at once
counts, ratios, forecast_types        forecasts of counts and of ratios
events, event_effects                 public holidays and planned events; their effects
grain, steps                          rows of weeks and months; forecasts in a channel's own step
calibration                           conformal intervals from past errors
metrics, chunks                       all metrics of a panel, in chunks that an executor computes
horizon, scores                       ROI over the horizon; scores of the backtest
forecasts, predicting, evaluation     the public functions
model, custom_model, model_file       trained model, a team's own model, the model file
account                               what is known of an account beside its campaign days
"""

from services.forecasting.account import NOTHING_KNOWN, Account
from services.forecasting.custom_model import CustomForecast, CustomModel
from services.forecasting.evaluation import evaluate, score_rows
from services.forecasting.events import Event
from services.forecasting.forecasts import forecast, forecast_series
from services.forecasting.model import Model, fits, train
from services.forecasting.model_file import load, load_custom, ready_model, save
from services.forecasting.predicting import predict
from services.forecasting.prediction import Prediction

__all__ = [
    "NOTHING_KNOWN",
    "Account",
    "CustomForecast",
    "CustomModel",
    "Event",
    "Model",
    "Prediction",
    "evaluate",
    "fits",
    "forecast",
    "forecast_series",
    "load",
    "load_custom",
    "predict",
    "ready_model",
    "save",
    "score_rows",
    "train",
]
