"""Errors for campaign files that cannot be imported, with sentences for the user who exported them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from services.errors import InvalidInputError
from services.text import Text


class CampaignFileError(InvalidInputError):
    """The campaign file cannot be imported; no row of it was stored.

    `page_words` is the sentence for the page, where it offers other ways than the command.
    """

    code = "campaign_file"
    page_words: ClassVar[Text | None] = None

    @property
    def page_text(self) -> Text:
        """The sentence for the page."""
        return self.text if self.page_words is None else self.page_words.format(**self.values)


class FileMissingError(CampaignFileError):
    """The file does not exist."""

    code = "file_missing"
    words = Text(
        en="There is no file “{file}”. Check the name and the folder.",
        ru="Файла «{file}» нет. Проверьте имя и папку.",
    )


class NotAFileError(CampaignFileError):
    """The path is a directory, a pipe or a device."""

    code = "not_a_file"
    words = Text(
        en="“{file}” is a folder or a device, not a file. Name the CSV files themselves.",
        ru="«{file}» — папка или устройство, а не файл. Укажите сами CSV-файлы.",
    )


class FileUnreadableError(CampaignFileError):
    """The operating system refuses to read the file."""

    code = "file_unreadable"
    words = Text(
        en="“{file}” cannot be read: {reason}. Check its permissions, or import a copy of it.",
        ru="Не удаётся прочитать «{file}»: {reason}. Проверьте права доступа или скопируйте файл.",
    )


class FileDamagedError(CampaignFileError):
    """The packed content is truncated or invalid."""

    code = "file_damaged"
    words = Text(
        en="“{file}” is damaged and cannot be unpacked. Download it again, or unpack it and import the CSV.",
        ru="Файл «{file}» повреждён, распаковать его не удалось. "
        "Скачайте его снова или распакуйте и загрузите CSV.",
    )


class FileEmptyError(CampaignFileError):
    """The file contains only blank space."""

    code = "file_empty"
    words = Text(
        en="“{file}” is empty. Export it again with a header and at least one row.",
        ru="Файл «{file}» пуст. Выгрузите его ещё раз: нужны заголовок и хотя бы одна строка.",
    )


class SpreadsheetError(CampaignFileError):
    """The file is a workbook of another kind than XLSX and XLS."""

    code = "file_spreadsheet"
    words = Text(
        en="“{file}” is a spreadsheet workbook of another kind than XLSX and XLS. "
        "Open it, save the sheet as CSV or XLSX, then import that.",
        ru="«{file}» — книга электронной таблицы, но не XLSX и не XLS. "
        "Откройте её, сохраните лист как CSV или XLSX и загрузите его.",
    )


class WorkbookDamagedError(CampaignFileError):
    """The workbook cannot be read."""

    code = "workbook_damaged"
    words = Text(
        en="“{file}” is a damaged workbook. Download it again, "
        "or open it, save the sheet as CSV and import that.",
        ru="«{file}» — повреждённая книга. Скачайте её снова "
        "или откройте, сохраните лист как CSV и загрузите его.",
    )


class WorkbookTooLargeError(CampaignFileError):
    """The workbook needs more memory or time than is allowed."""

    code = "workbook_too_large"
    words = Text(
        en="The sheets of “{file}” are too large to be read as a workbook. "
        "Save the sheet as CSV and import that, which may have any size.",
        ru="Листы в «{file}» слишком велики, чтобы читать их как книгу. "
        "Сохраните лист как CSV и загрузите его: CSV может быть любого размера.",
    )


class EncryptedError(CampaignFileError):
    """The workbook or the archive has a password."""

    code = "file_encrypted"
    words = Text(
        en="“{file}” is protected by a password. Save it without one, and import that.",
        ru="Файл «{file}» защищён паролем. Сохраните его без пароля и загрузите снова.",
    )


class ArchiveNestedError(CampaignFileError):
    """The archive contains an archive."""

    code = "archive_nested"
    words = Text(
        en="“{file}” is a zip file with another zip file inside. Unpack it, and import the files in it.",
        ru="«{file}» — zip-файл, внутри которого ещё один. Распакуйте его и загрузите сами файлы.",
    )


class ArchiveCrowdedError(CampaignFileError):
    """The archive has too many files."""

    code = "archive_crowded"
    words = Text(
        en="“{file}” is a zip file of more than {limit} files. Unpack it, and import those that you need.",
        ru="«{file}» — zip-файл, в котором больше {limit} файлов. Распакуйте его и загрузите нужные.",
    )


class ArchiveMethodError(CampaignFileError):
    """The archive is packed by a method that is not supported."""

    code = "archive_method"
    words = Text(
        en="“{file}” is a zip file packed in an unusual way. Unpack it, and import the files in it.",
        ru="«{file}» — zip-файл с необычным способом сжатия. Распакуйте его и загрузите сами файлы.",
    )


class NoTableError(CampaignFileError):
    """The archive or the page contains no table."""

    code = "file_without_table"
    words = Text(
        en="“{file}” contains no table. Export it again as CSV, XLSX or JSON.",
        ru="В файле «{file}» нет таблицы. Выгрузите её снова как CSV, XLSX или JSON.",
    )


class MarkupEntitiesError(CampaignFileError):
    """The HTML or XML text declares entities, which no export of a table does."""

    code = "markup_entities"
    words = Text(
        en="“{file}” is HTML or XML that declares entities of its own, as no table does. Export it as CSV.",
        ru="«{file}» — HTML или XML с собственными сущностями (ENTITY), в таблицах таких нет. Выгрузите CSV.",
    )


class JsonUnreadableError(CampaignFileError):
    """The JSON text is invalid, truncated, or a row of it is too long."""

    code = "json_unreadable"
    words = Text(
        en="“{file}” is JSON that cannot be read from character {place} on. Export it again.",
        ru="«{file}» — JSON, который не читается начиная с символа {place}. Выгрузите файл снова.",
    )


class JsonShapeError(CampaignFileError):
    """The JSON text has no array of rows."""

    code = "json_without_rows"
    words = Text(
        en="“{file}” is JSON without a list of rows. Needed: an array of objects such as "
        '[{{"date": "2025-01-31", "cost": 5}}], alone or in an object, or one object on each line.',
        ru="«{file}» — JSON без списка строк. Нужен массив объектов, например "
        '[{{"date": "2025-01-31", "cost": 5}}], сам по себе или внутри объекта, либо по объекту на строке.',
    )


class ParquetError(CampaignFileError):
    """The file is Parquet, and pyarrow is not installed."""

    code = "file_parquet"
    words = Text(
        en="“{file}” is a Parquet file, and pyarrow is not installed here. "
        "Install it (pip install pyarrow), or save the table as CSV and import that.",
        ru="«{file}» — файл Parquet, а пакет pyarrow здесь не установлен. "
        "Установите его (pip install pyarrow) или сохраните таблицу как CSV и загрузите её.",
    )


class BinaryFileError(CampaignFileError):
    """The file is no text."""

    code = "file_binary"
    words = Text(
        en="“{file}” is not a table. Demetra reads CSV and TSV, also packed with gzip or zip, "
        "XLSX, XLS, JSON, HTML tables and Parquet.",
        ru="«{file}» — не таблица. Demetra читает CSV и TSV, в том числе сжатые gzip и zip, "
        "XLSX, XLS, JSON, таблицы HTML и Parquet.",
    )


class TooManyColumnsError(CampaignFileError):
    """The table has more columns than any export of campaigns."""

    code = "columns_too_many"
    words = Text(
        en="“{file}” has {columns} columns; Demetra reads at most {limit}. "
        "Export only the columns that you need, and import again.",
        ru="В файле «{file}» столбцов: {columns}, а Demetra читает не больше {limit}. "
        "Выгрузите только нужные столбцы и загрузите файл снова.",
    )


class LineTooLongError(CampaignFileError):
    """A line is too long for a row; it would have to be in memory as a whole."""

    code = "line_too_long"
    words = Text(
        en="Line {line} of “{file}” has more than {limit} characters, so it is no row of a table. "
        "Export the file again, with one row on each line.",
        ru="В строке {line} файла «{file}» больше {limit} символов, это не строка таблицы. "
        "Выгрузите файл снова: каждая строка таблицы — на своей строке.",
    )


class UnpacksTooLargeError(CampaignFileError):
    """The compression ratio of the file is too high for a table (decompression bomb)."""

    code = "unpacks_too_large"
    words = Text(
        en="“{file}” unpacks to more than {times} times its size, as no table of campaigns does. "
        "If it is one, unpack it and import the CSV.",
        ru="«{file}» при распаковке увеличивается более чем в {times} раз, таблицы так не сжимаются. "
        "Если это всё же таблица, распакуйте файл и загрузите CSV.",
    )


class MostlyBrokenError(CampaignFileError):
    """Most rows do not fit the header."""

    code = "rows_mostly_broken"
    words = Text(
        en="Most of the first {rows} rows of “{file}” do not fit its header. Line {line}: {reason}. "
        "Export the file again, or mend it there.",
        ru="Большинство из первых {rows} строк файла «{file}» не подходят к заголовку. "
        "Строка {line}: {reason}. Выгрузите файл снова или исправьте его в этом месте.",
    )


class NoRowsError(CampaignFileError):
    """The file has a header and no rows."""

    code = "file_without_rows"
    words = Text(
        en="“{file}” has a header but no rows. Choose a longer period and export it again.",
        ru="В файле «{file}» есть заголовок, но нет строк. Выберите больший период и выгрузите его ещё раз.",
    )


class NoColumnsError(CampaignFileError):
    """The header lacks columns that every campaign row needs.

    `headings` are those of the file, `columns` the recognised ones by field: a user can assign the rest.
    """

    code = "columns_missing"
    headings: tuple[str, ...] = ()
    columns: Mapping[str, str] = MappingProxyType({})
    words = Text(
        en=(
            "“{file}” lacks {missing}. Columns found: {found}. Needed: a date; a cost; and impressions, "
            "clicks, conversions or revenue, as counts or as ratios (CTR, conversion rate, ROI, ROAS). "
            "Say which column is which, for example --map cost=Kosten --map date=Tag, or rename them, for "
            "example to: date, channel, impressions, clicks, conversions, cost, revenue."
        ),
        ru=(
            "В файле «{file}» нет {missing}. Найдены столбцы: {found}. Нужны дата, расход и показы, "
            "клики, конверсии или выручка — числами или долями (CTR, conversion rate, ROI, ROAS). Укажите, "
            "какой столбец что значит, например --map cost=Kosten --map date=Tag, или переименуйте "
            "столбцы, например: date, channel, impressions, clicks, conversions, cost, revenue."
        ),
    )
    page_words = Text(
        en="“{file}” lacks {missing}. Needed: a date; a cost; and impressions, clicks, conversions or "
        "revenue, as counts or as ratios (CTR, conversion rate, ROI, ROAS). Say below which column is which.",
        ru="В файле «{file}» нет {missing}. Нужны дата, расход и показы, клики, конверсии или выручка — "
        "числами или долями (CTR, conversion rate, ROI, ROAS). Укажите ниже, какой столбец что значит.",
    )


class WideTableError(CampaignFileError):
    """The table has a column of costs for each channel."""

    code = "table_wide"
    words = Text(
        en=(
            "“{file}” has a column of costs for each channel ({columns}). Demetra reads one row for each "
            "day and channel, with the columns date, channel, cost and, for example, revenue. Turn the table "
            "(in a spreadsheet: unpivot; in pandas: melt) and import it again."
        ),
        ru=(
            "В файле «{file}» для каждого канала свой столбец расходов ({columns}). Demetra читает по строке "
            "на день и канал, со столбцами date, channel, cost и, например, revenue. Разверните таблицу (в "
            "электронной таблице: unpivot, «Отменить свёртывание»; в pandas: melt) и загрузите её снова."
        ),
    )


class MappingFieldError(CampaignFileError):
    """A mapping names no figure that Demetra knows."""

    code = "mapping_field"
    words = Text(
        en="“{field}” is nothing that a column can be. Known: {known}. For example: --map cost=Kosten.",
        ru="«{field}» — не показатель и не поле. Известны: {known}. Например: --map cost=Kosten.",
    )
    page_words = Text(
        en="“{field}” is nothing that a column can be. Known: {known}.",
        ru="«{field}» — не показатель и не поле. Известны: {known}.",
    )


class MappingHeadingError(CampaignFileError):
    """A mapping names a column that the file does not have."""

    code = "mapping_heading"
    words = Text(
        en="“{file}” has no column “{heading}” for {field}. Columns found: {found}.",
        ru="В файле «{file}» нет столбца «{heading}» для {field}. Найдены столбцы: {found}.",
    )


class MixedDatesError(CampaignFileError):
    """The dates have more than one order, so none of them is reliable."""

    code = "dates_mixed"
    words = Text(
        en=(
            "“{file}” writes its dates in more than one order: line {first_line} has “{first}” "
            "({first_order}), line {second_line} has “{second}” ({second_order}). "
            "Write all of them in one way, best as 2025-01-31, and import again."
        ),
        ru=(
            "В файле «{file}» даты записаны в разном порядке: в строке {first_line} — «{first}» "
            "({first_order}), в строке {second_line} — «{second}» ({second_order}). "
            "Запишите все даты одинаково, лучше всего как 2025-01-31, и загрузите файл снова."
        ),
    )


class AllRowsRejectedError(CampaignFileError):
    """All rows were rejected."""

    code = "rows_all_rejected"
    words = Text(
        en="None of the {rows} rows of “{file}” can be used. Line {line}: {reason}. {where}",
        ru="В файле «{file}» нет ни одной пригодной строки (всего: {rows}). Строка {line}: {reason}. {where}",
    )


class OnlyTotalsError(CampaignFileError):
    """All rows of the file are totals."""

    code = "file_only_totals"
    words = Text(
        en="“{file}” has only totals (rows: {rows}), without the rows that they sum. Export it by day, with "
        "a row for each day and channel.",
        ru="В файле «{file}» только итоги (строк: {rows}), без строк, из которых они складываются. Выгрузите "
        "отчёт по дням: по строке на каждый день и канал.",
    )


class ColumnUnreadableError(CampaignFileError):
    """Most cells of a column that is needed are no numbers."""

    code = "column_unreadable"
    words = Text(
        en="Most cells of “{column}” in “{file}” are no numbers ({cells} of {rows} rows). "
        "Line {line}: {reason}. Export the file again, or rename the column if it is another figure.",
        ru="Большинство ячеек столбца «{column}» в файле «{file}» — не числа (строк: {cells} из {rows}). "
        "Строка {line}: {reason}. "
        "Выгрузите файл снова или переименуйте столбец, если в нём другой показатель.",
    )


class PeriodsTooManyError(CampaignFileError):
    """Rows of weeks or months would become too many days."""

    code = "periods_too_many"
    words = Text(
        en="The rows of weeks or months in “{file}” would become more than {limit} campaign days. "
        "Export it by day, or with fewer attributes.",
        ru="Строки за недели или месяцы в файле «{file}» дали бы больше {limit} дней кампаний. "
        "Выгрузите его по дням или с меньшим числом атрибутов.",
    )


class ChannelNameError(CampaignFileError):
    """The channel given for a whole file is empty or too long."""

    code = "channel_name"
    words = Text(
        en="“{name}” cannot be the name of a channel: it must have 1 to {limit} characters.",
        ru="«{name}» не годится как название канала: в нём должно быть от 1 до {limit} символов.",
    )


class SourceNameError(CampaignFileError):
    """The source given for a file is empty, too long or reserved."""

    code = "source_name"
    words = Text(
        en="“{name}” cannot be the name of a source: it must have 1 to {limit} characters, and the names "
        "{reserved} have a meaning of their own.",
        ru="«{name}» не годится как название источника: в нём должно быть от 1 до {limit} символов, а имена "
        "{reserved} заняты.",
    )


class SumTooLargeError(CampaignFileError):
    """The sum of the rows of one campaign day exceeds the column type."""

    code = "sum_too_large"
    words = Text(
        en="Rows of one campaign and day in “{file}” add up to more than can be stored. Check its figures.",
        ru="Строки одной кампании за один день в файле «{file}» дают слишком большую сумму. Проверьте цифры.",
    )


class RealCampaignsError(InvalidInputError):
    """Sample campaigns were requested in a database with real ones."""

    code = "real_campaigns"
    words = Text(
        en="There are {rows} real campaign rows here, so no sample ones were made. Use an empty database.",
        ru="Здесь есть настоящие кампании (строк: {rows}), примерные не созданы. Нужна пустая база данных.",
    )
