"""Reasons for the rejection of a single row, shown in the rejects file and in the report."""

from __future__ import annotations

from services.text import Text, tidy

_LONGEST = 40
_LONGEST_RAW = 10_000  # only the beginning of a cell is processed, which may have megabytes

DATE_EMPTY = Text(en="the date is empty", ru="дата не указана")
DATE_UNREADABLE = Text(en="“{value}” is not a date", ru="«{value}» — не дата")
DATE_IMPOSSIBLE = Text(en="there is no such day as “{value}”", ru="дня «{value}» не бывает")
DATE_OUT_OF_RANGE = Text(
    en="the date “{value}” is outside of {earliest} to {latest}",
    ru="дата «{value}» вне промежутка с {earliest} по {latest}",
)
DATE_OTHER_ORDER = Text(
    en="the date “{value}” is written in another order than the rest of the file ({order})",
    ru="дата «{value}» записана не в том порядке, что остальные в файле ({order})",
)
DATE_WITHOUT_YEAR = Text(en="the date “{value}” has no year", ru="в дате «{value}» нет года")
DATE_QUARTER = Text(
    en="“{value}” is a quarter of a year; export by day, week or month",
    ru="«{value}» — квартал; выгрузите данные по дням, неделям или месяцам",
)
DATE_REVERSED = Text(
    en="the period “{value}” ends before it begins", ru="период «{value}» кончается раньше, чем начинается"
)
PERIOD_TOO_LONG = Text(
    en="the row from “{value}” on is for {days} days; export by day, week or month",
    ru="строка с «{value}» — за период дней: {days}; выгрузите данные по дням, неделям или месяцам",
)
CHANNEL_EMPTY = Text(en="the channel is empty", ru="канал не указан")
NAME_TOO_LONG = Text(en="{column} is longer than {limit} characters", ru="{column}: длиннее {limit} символов")
NUMBER_MISSING = Text(en="{column}: “{value}” is no value", ru="{column}: «{value}» — нет значения")
NUMBER_UNREADABLE = Text(en="{column}: “{value}” is not a number", ru="{column}: «{value}» — не число")
NUMBER_NOT_FINITE = Text(
    en="{column}: “{value}” is not a finite number", ru="{column}: «{value}» — не конечное число"
)
NUMBER_NEGATIVE = Text(en="{column}: “{value}” is below zero", ru="{column}: «{value}» меньше нуля")
NUMBER_TOO_LARGE = Text(
    en="{column}: “{value}” is larger than can be stored", ru="{column}: «{value}» — слишком большое число"
)
DERIVED_NEGATIVE = Text(
    en="{target} comes out below zero ({how})", ru="{target}: получается меньше нуля ({how})"
)
DERIVED_TOO_LARGE = Text(
    en="{target} comes out larger than can be stored ({how})",
    ru="{target}: получается слишком большое число ({how})",
)
FIELDS_MISSING = Text(
    en="the row has {found} fields, the header has {expected}",
    ru="полей в строке: {found}, в заголовке: {expected}",
)
FIELDS_EXTRA = Text(
    en="the row has {found} fields, the header only {expected}",
    ru="полей в строке: {found}, а в заголовке только {expected}",
)
QUOTES_UNBALANCED = Text(
    en="a quotation mark is opened and not closed, or a field is too long",
    ru="кавычка открыта и не закрыта либо поле слишком длинное",
)
NUL_CHARACTER = Text(en="the row contains a NUL character", ru="в строке есть символ NUL")
NOT_DECODABLE = Text(
    en="the row contains bytes that are not {encoding} text",
    ru="в строке есть байты, которые не читаются в кодировке {encoding}",
)


def quoted(value: str) -> str:
    """Return a cell short enough to be quoted in a sentence."""
    words = tidy(value[:_LONGEST_RAW])
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
