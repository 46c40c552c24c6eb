"""Sentences on what is unknown about a month, and why."""

from __future__ import annotations

from services.text import Text

TOO_SHORT = Text(
    en="There are {days} days of data; what a month will bring can be told from {needed} days on.",
    ru="Данных за {days} дн.; сказать, чем закончится месяц, можно начиная с {needed} дней.",
)
TOO_FAR = Text(
    en="This month ends more than {days} days after the newest data, too far ahead to tell how it will end.",
    ru="Месяц заканчивается более чем через {days} дн. после последних данных: предсказывать рано.",
)
NOT_RECORDED = Text(
    en="The data do not record this figure, so it has no pace.",
    ru="В данных этого показателя нет, поэтому темп неизвестен.",
)
NO_ROWS = Text(
    en="The data have no rows of this channel. If its name is right, its first days are still to come.",
    ru="В данных нет строк этого канала. Если имя верно, его первые дни ещё впереди.",
)
BEFORE_DATA = Text(
    en="The data begin after this month.",
    ru="Данные начинаются позже этого месяца.",
)
PART_OF_MONTH = Text(
    en="The data begin within this month, so its sum lacks the days before.",
    ru="Данные начинаются внутри этого месяца: в сумме нет более ранних дней.",
)
PAUSED = Text(
    en="Nothing in the last {days} days: expected as if it stayed so. If it starts again, the sum will be "
    "larger.",
    ru="За последние {days} дн. ничего не было, ожидание — как если так и останется. Если что-то начнётся "
    "снова, сумма будет больше.",
)
FEW_WINDOWS = Text(
    en="The history is too short to tell how far the month may differ from what is expected.",
    ru="История слишком коротка, чтобы сказать, насколько месяц может отличаться от ожидаемого.",
)
MONTHLY_ROWS = Text(
    en="The rows are of whole months, so how a month will end cannot be told while it runs.",
    ru="Строки — за целые месяцы, поэтому до конца месяца его итог неизвестен.",
)
SETTLING = Text(
    en="The month is over, but late conversions of its last days are still coming in.",
    ru="Месяц закончился, но поздние конверсии последних дней ещё поступают.",
)
