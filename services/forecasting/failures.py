"""Errors for input that forecasting cannot use."""

from __future__ import annotations

from services.errors import InvalidInputError
from services.text import Text


class CampaignDaysError(InvalidInputError):
    """The frame is no frame of campaign days: columns, dates or channel names are missing."""

    code = "campaign_days_invalid"
    words = Text(
        en="The campaign days cannot be used: {reason}.",
        ru="Данные кампаний по дням использовать нельзя: {reason}.",
    )


class ForecastRequestError(InvalidInputError):
    """The horizon, the season length or the series is invalid."""

    code = "forecast_request_invalid"
    words = Text(
        en="This forecast cannot be made: {reason}.",
        ru="Такой прогноз построить нельзя: {reason}.",
    )
