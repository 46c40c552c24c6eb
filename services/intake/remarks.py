"""Remarks of an import report: assumptions, and unusual values in accepted rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.intake.columns import MEASURE_NAMES, MEASURES
from services.intake.date_texts import ORDER_NAMES
from services.intake.dates import Dating, Why
from services.intake.encodings import Decision
from services.intake.grain import Grain
from services.intake.layout import Layout
from services.intake.number_remarks import on_the_cells, on_the_units
from services.intake.opening import TextFile
from services.intake.reasons import quoted
from services.intake.rejects import Rejects
from services.intake.report import Remark
from services.intake.rows import Tally
from services.intake.survey import Survey
from services.intake.transfer import Stored
from services.intake.ways import GRAIN, NOTHING_TO_UNDO, OTHER_CHANNEL, UNDO
from services.text import Text, number

_MEASURE_MISSING = Text(
    en="No column tells the {measure}: not recorded, so ratios that need it leave these rows out.",
    ru="Нет столбца «{measure}»: показатель не записан, и доли, которым он нужен, эти строки не учитывают.",
)
_ORDER_ASSUMED = Text(
    en=(
        "No date tells day and month apart; they were read {order}. "
        "If that is wrong, write them as 2025-01-31 and import the file again."
    ),
    ru=(
        "Ни по одной дате не видно, где день, а где месяц; принято: {order}. "
        "Если это не так, запишите даты как 2025-01-31 и загрузите файл снова."
    ),
)
_ORDER_INFERRED = Text(
    en="No date by itself tells day and month apart; they were read {order}, since {why}. "
    "If that is wrong, write them as 2025-01-31 and import the file again.",
    ru="По отдельным датам не видно, где день, а где месяц; принято: {order}, так как {why}. "
    "Если это не так, запишите даты как 2025-01-31 и загрузите файл снова.",
)
_INFERRED: Mapping[Why, Text] = {
    "future": Text(
        en="otherwise some days would be in the future", ru="иначе часть дней ещё не наступила бы"
    ),
    "distances": Text(
        en="the days then follow one another evenly", ru="тогда дни идут подряд через равные промежутки"
    ),
}
_UTC_MIDNIGHTS = Text(
    en="All times are midnights of one time zone ({zone}) written in UTC; the rows went to the days there.",
    ru="Все времена — полночи одного часового пояса ({zone}), записанные по UTC; строки отнесены к его дням.",
)
_EVENING_TIMES = Text(
    en="All rows have the time {hour}; they went to the days as written. If these are midnights written in "
    "UTC, each row belongs to the next day: export the dates without times, or write “Z” behind them.",
    ru="У всех строк время {hour}; они отнесены к дням, как записано. Если это полночи, записанные по UTC, "
    "то каждая строка относится к следующему дню: выгрузите даты без времени или допишите к ним «Z».",
)
_UTC_TIMES = Text(
    en="The dates have times of day in UTC; the rows went to the days of UTC, as written.",
    ru="У дат указано время по UTC; строки отнесены к дням по UTC, как записано.",
)
_SERIALS = Text(
    en="The dates are day numbers of a spreadsheet (such as 46000) and were read as such.",
    ru="Даты записаны номерами дней электронной таблицы (например, 46000) и прочитаны так.",
)
_MARK_ASSUMED = Text(
    en=(
        "Nothing tells whether a comma or a dot marks decimals in {columns}; "
        "money like “1,234” was read as 1234 and like “1.234” as 1.234, counts always as 1234."
    ),
    ru=(
        "Непонятно, запятая или точка отделяет дробную часть ({columns}); "
        "суммы вида «1,234» прочитаны как 1234, вида «1.234» — как 1,234, количества — всегда как 1234."
    ),
)
_ENCODING_ASSUMED = Text(
    en="The file does not tell its encoding: “{word}” was read as {page}, as {other_page} it would be "
    "“{other}”. If names are wrong, save the file as UTF-8 and import it again.",
    ru="В файле не указана кодировка: «{word}» прочитано как {page}, а как {other_page} было бы «{other}». "
    "Если названия неверны, сохраните файл в UTF-8 и загрузите снова.",
)
_NOT_DECODABLE = Text(
    en="Some bytes of the file are not {encoding} text; rows with such bytes were rejected.",
    ru="Часть файла не читается в кодировке {encoding}; такие строки отклонены.",
)
_EMPTY = Text(
    en="“{column}”: empty cells read as 0: {rows}.", ru="«{column}»: пустых ячеек, принятых за 0: {rows}."
)
_ROUNDED = Text(
    en="“{column}”: fractions rounded to whole numbers: {rows}.",
    ru="«{column}»: дробных значений, округлённых до целых: {rows}.",
)
_CLICKS = Text(
    en="Rows with more clicks than impressions, kept as they are: {rows}.",
    ru="Строк, где кликов больше, чем показов (оставлены как есть): {rows}.",
)
_CONVERSIONS = Text(
    en="Rows with more conversions than clicks, kept as they are: {rows}.",
    ru="Строк, где конверсий больше, чем кликов (оставлены как есть): {rows}.",
)
_COMBINED = Text(
    en="Rows added to another one of the same campaign, channel, day and attributes: {rows}.",
    ru="Строк, сложенных с другой строкой той же кампании, канала, дня и атрибутов: {rows}.",
)
_REPLACED = Text(
    en="Replaced, {first} to {last}: {updated} rows corrected, {removed} without counterpart removed. Cost "
    "of these channels and days {cost_before} before, {cost_after} now; revenue {revenue_before} before, "
    "{revenue_after} now. {way}",
    ru="Заменено, {first} — {last}: исправлено строк {updated}, удалено без соответствия {removed}. Расход "
    "этих каналов за эти дни был {cost_before}, стал {cost_after}; выручка была {revenue_before}, "
    "стала {revenue_after}. {way}",
)
_BESIDE = Text(
    en="Rows of the same names are there with other figures, so both count: these are source “{source}”.",
    ru="Строки с теми же именами уже есть с другими цифрами, учтены и те, и другие: это источник «{source}».",
)
_SPREAD: Mapping[Grain, Text] = {
    "week": Text(
        en="Rows of whole weeks, spread evenly over their days: {rows}. "
        "Daily figures are therefore estimates; export by day if you can.",
        ru="Строк за целую неделю, поровну разделённых на её дни: {rows}. "
        "Поэтому показатели по дням — приближение; если можно, выгружайте по дням.",
    ),
    "month": Text(
        en="Rows of whole months or longer periods, spread evenly over their days: {rows}. "
        "Daily figures are therefore estimates; export by day if you can.",
        ru="Строк за целый месяц или больший период, поровну разделённых на его дни: {rows}. "
        "Поэтому показатели по дням — приближение; если можно, выгружайте по дням.",
    ),
}
_BY_STEPS = Text(
    en="Only the distances of the dates tell that each row is a {period}. If each is a single day, {way}.",
    ru="О том, что каждая строка — {period}, говорят только промежутки между датами. Если это отдельные дни, "
    "{way}.",
)
_AS_STORED = Text(
    en="By the distances of the dates each row could be a week or a month. They were read as single days, as "
    "the rows of the channel that are there. If that is wrong, {way}.",
    ru="Судя по промежуткам между датами, строка могла бы быть неделей или месяцем. Строки прочитаны как "
    "отдельные дни, как и уже имеющиеся строки канала. Если это не так, {way}.",
)
_PERIODS = {
    "weeks": Text(en="week", ru="неделя"),
    "months": Text(en="month", ru="месяц"),
}
_FUTURE = Text(
    en="The newest day of the file, {day}, is in the future; figures and forecasts go by it. "
    "If a date is wrong, mend it, delete its row and import the file again.",
    ru="Последний день в файле, {day}, ещё не наступил, а показатели и прогнозы считаются от него. "
    "Если дата неверна, исправьте её, удалите эту строку из базы и загрузите файл снова.",
)
_TOTAL = Text(
    en="Channel “{channel}” looks like the sum of others, and counts on top of them. "
    "If it is one, delete its rows.",
    ru="Канал «{channel}» похож на сумму остальных, а учтён вместе с ними. "
    "Если это итог, удалите его строки.",
)
_TOTALS = frozenset(
    {"total", "totals", "grand total", "subtotal", "all", "all channels", "sum", "overall"}
    | {"итог", "итого", "всего", "общий итог", "все каналы", "сумма"}
)
_CHANNEL_FROM_NAME = Text(
    en="The file has no channel column; all of it is channel “{channel}”, after its name ({way}).",
    ru="В файле нет столбца с каналом; канал взят из имени файла: «{channel}» ({way}).",
)
_CHANNEL_OF_PLATFORM = Text(
    en="The file has no channel column, and its name tells none; all of it is channel “{channel}”, the "
    "platform with such columns ({way}).",
    ru="В файле нет столбца с каналом, и имя файла его не называет; канал — «{channel}», площадка с "
    "такими столбцами ({way}).",
)
_CHANNEL_IN_FILE = Text(
    en="The file has a channel column (“{column}”); “{channel}” was used only where its cells are empty.",
    ru="В файле есть столбец с каналом («{column}»); «{channel}» взят только для пустых ячеек.",
)
_REJECTS_UNWRITTEN = Text(
    en="The rejected rows could not be written to a file beside this one: {reason}.",
    ru="Не удалось записать отклонённые строки в файл рядом: {reason}.",
)


def on_the_file(file: TextFile, layout: Layout, survey: Survey) -> Iterator[Remark]:
    """Yield the remarks on assumptions about the whole file."""
    yield from (Remark("parts", note) for note in file.notes)
    for name in (name for name in MEASURES if name not in layout.known):
        yield Remark("measure_missing", _MEASURE_MISSING.format(measure=MEASURE_NAMES[name]))
    for step in layout.steps:
        if step.note is not None:
            words = step.note.format(**{name: layout.columns.name(name) for name in step.needs})
            yield Remark("derived", words)
    yield from _on_the_dates(survey.dating)
    if survey.spreading is not None and survey.spreading.is_by_steps:
        period = _PERIODS[survey.spreading.periods]
        yield GRAIN.remark("grain_by_steps", _BY_STEPS, period=period, grain="day")
    if survey.is_daily_as_stored:
        yield GRAIN.remark("grain_as_stored", _AS_STORED, grain="week")
    if survey.unclear_numbers:
        yield Remark("decimal_mark_assumed", _MARK_ASSUMED.format(columns=", ".join(survey.unclear_numbers)))
    if file.doubt is not None:
        yield Remark("encoding_assumed", _encoding_words(file.doubt))
    if not file.is_clean:
        yield Remark("not_decodable", _NOT_DECODABLE.format(encoding=file.encoding))
    yield from on_the_units(survey.findings)


def _encoding_words(doubt: Decision) -> Text:
    return _ENCODING_ASSUMED.format(
        page=doubt.page, word=quoted(doubt.word), other_page=doubt.other_page, other=quoted(doubt.other_word)
    )


def _on_the_dates(dating: Dating) -> Iterator[Remark]:
    order = ORDER_NAMES[dating.order]
    if dating.why == "assumed":
        yield Remark("date_order_assumed", _ORDER_ASSUMED.format(order=order))
    elif dating.why in _INFERRED:
        yield Remark("date_order_inferred", _ORDER_INFERRED.format(order=order, why=_INFERRED[dating.why]))
    if dating.zone is not None:
        yield Remark("utc_midnights", _UTC_MIDNIGHTS.format(zone=dating.zone))
    elif dating.is_in_utc:
        yield Remark("utc_times", _UTC_TIMES)
    elif dating.hour is not None:
        yield Remark("evening_times", _EVENING_TIMES.format(hour=dating.hour))
    if dating.is_serial:
        yield Remark("date_serials", _SERIALS)


def on_the_channel(
    layout: Layout, given: str | None, used: str | None, *, is_of_platform: bool
) -> Iterator[Remark]:
    """Yield a remark on the source of the channel, unless it is a column of the file alone."""
    if "channel" not in layout.columns.fields and given is None:
        words = _CHANNEL_OF_PLATFORM if is_of_platform else _CHANNEL_FROM_NAME
        yield OTHER_CHANNEL.remark("channel_from_name", words, channel=used)
    elif "channel" in layout.columns.fields and given is not None:
        words = _CHANNEL_IN_FILE.format(channel=given, column=layout.columns.name("channel"))
        yield Remark("channel_in_file", words)


def on_the_rows(tally: Tally, stored: Stored, rejects: Rejects) -> Iterator[Remark]:
    """Yield the remarks on unusual values in accepted rows."""
    counts = (
        ("clicks_above_impressions", _CLICKS, tally.clicks_above_impressions),
        ("conversions_above_clicks", _CONVERSIONS, tally.conversions_above_clicks),
        ("combined", _COMBINED, stored.combined),
    )
    yield from (Remark(code, words.format(rows=rows), rows) for code, words, rows in counts if rows)
    newest, tomorrow = stored.sums.date_to, datetime.now(UTC).date() + timedelta(days=1)
    if newest > tomorrow:  # tomorrow in UTC is today in eastern time zones
        yield Remark("future", _FUTURE.format(day=newest.isoformat()))
    for grain, rows in tally.spread.items():
        yield Remark(f"spread_{grain}s", _SPREAD[grain].format(rows=rows), rows)
    names = stored.sums.channels
    for channel in (one for one in names if len(names) > 1 and _is_total(one)):
        yield Remark("channel_of_totals", _TOTAL.format(channel=channel))
    for name, rows in tally.empty.items():
        if rows:
            yield Remark("empty", _EMPTY.format(column=name, rows=rows), rows)
    for name, rows in tally.rounded.items():
        if rows:
            yield Remark("rounded", _ROUNDED.format(column=name, rows=rows), rows)
    yield from on_the_cells(tally)
    if rejects.failure is not None:
        yield Remark("rejects_unwritten", _REJECTS_UNWRITTEN.format(reason=rejects.failure))


def on_the_replacement(stored: Stored, *, is_dry_run: bool) -> Iterator[Remark]:
    """Yield the remarks on rows that were there, with the sums before and after, and the doubts."""
    yield from (Remark("in_doubt", doubt.text, doubt.rows) for doubt in stored.doubts)
    yield from (Remark("put_beside", _BESIDE.format(source=source)) for source in stored.beside)
    if stored.replaced or stored.removed:
        ways = NOTHING_TO_UNDO if is_dry_run else UNDO
        yield ways.remark(
            "replaced",
            _REPLACED,
            stored.replaced + stored.removed,
            first=stored.sums.date_from,
            last=stored.sums.date_to,
            updated=stored.replaced,
            removed=stored.removed,
            cost_before=_amount(stored.before.cost),
            cost_after=_amount(stored.after.cost),
            revenue_before=_amount(stored.before.revenue),
            revenue_after=_amount(stored.after.revenue),
            id=stored.import_id,
        )


def _amount(value: Decimal | None) -> Text:
    return Text(en=number(value, "en", decimals=2), ru=number(value, "ru", decimals=2))


def _is_total(channel: str) -> bool:
    return " ".join(channel.casefold().replace(":", " ").split()) in _TOTALS
