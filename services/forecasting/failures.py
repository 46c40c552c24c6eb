"""What forecasting refuses, in words."""

from __future__ import annotations

from services.errors import InvalidInputError
from services.text import Text


class CampaignDaysError(InvalidInputError):
    """The frame of campaign days cannot be read as one."""

    code = "campaign_days_invalid"
    words = Text(
        en="The campaign days cannot be used: {reason}.",
        ru="Данные кампаний по дням использовать нельзя: {reason}.",
    )


class ForecastRequestError(InvalidInputError):
    """A horizon, season or series that no forecast can be made for."""

    code = "forecast_request_invalid"
    words = Text(
        en="This forecast cannot be made: {reason}.",
        ru="Такой прогноз построить нельзя: {reason}.",
    )
