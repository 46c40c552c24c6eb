"""The Data view: its button in the header, and its texts for the scripts in assets/data, which build it.

The scripts are loaded when the view is opened. They get preview and history from the API as JSON, in the
language of the page.
"""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from layouts import ids, numbers
from layouts.elements import data
from layouts.reader import Drawn, PageSetup, Visitor
from layouts.words import CHANNEL, CLICKS, CONVERSIONS, IMPRESSIONS, REVENUE, SPEND
from services.text import Lang, Text

DATA = Text(en="Data", ru="Данные")

WORDS: dict[str, Text] = {
    "title": DATA,
    "close": Text(en="Close", ru="Закрыть"),
    "dropTitle": Text(
        en="Drop campaign files here, or choose them", ru="Перетащите файлы кампаний или выберите их"
    ),
    "dropHint": Text(
        en="Exports of any ad platform: CSV, Excel and others, up to {largest} each. "
        "You see what was understood before anything is stored.",
        ru="Выгрузки из любого рекламного кабинета: CSV, Excel и другие, до {largest} каждая. "
        "Сначала вы увидите, что понято, и только потом решите, сохранять ли.",
    ),
    "dropHere": Text(en="Drop the files here", ru="Отпустите файлы здесь"),
    "queued": Text(en="Waiting for its turn", ru="Ждёт своей очереди"),
    "busy": Text(
        en="The server reads other files; trying again…", ru="Сервер читает другие файлы, пробуем снова…"
    ),
    "sending": Text(en="Sending", ru="Отправка"),
    "reading": Text(en="Reading", ru="Чтение"),
    "readingRows": Text(en="Reading: rows so far {rows}", ru="Чтение: строк прочитано {rows}"),
    "storing": Text(en="Comparing with what is stored", ru="Сравнение с сохранённым"),
    "taking": Text(en="Taking in", ru="Сохранение"),
    "previewOf": Text(
        en="{file}: understood. Nothing is stored yet.", ru="{file}: прочитан. Пока ничего не сохранено."
    ),
    "layout": Text(en="Recognised as", ru="Распознано как"),
    "layoutUnknown": Text(en="a table, by its column names", ru="таблица, по названиям столбцов"),
    "source": Text(en="Source", ru="Источник"),
    "period": Text(en="Days", ru="Дни"),
    "grain": Text(en="A row is", ru="Строка — это"),
    "grainFound": Text(en="{grain}, as it seems", ru="похоже, {grain}"),
    "grainAuto": Text(en="as its dates say", ru="как видно по датам"),
    "grain_day": Text(en="a day", ru="день"),
    "grain_week": Text(en="a week", ru="неделя"),
    "grain_month": Text(en="a month", ru="месяц"),
    "currency": Text(en="Currency", ru="Валюта"),
    "channels": Text(en="Channels", ru="Каналы"),
    "isNew": Text(en="new", ru="новый"),
    "rows": Text(en="Rows", ru="Строки"),
    "rowsNew": Text(en="new {count}", ru="новых {count}"),
    "rowsCorrected": Text(en="corrected {count}", ru="исправлено {count}"),
    "rowsUnchanged": Text(en="unchanged {count}", ru="без изменений {count}"),
    "rowsRemoved": Text(en="removed {count}", ru="удалено {count}"),
    "rowsRefused": Text(en="refused {count}", ru="отклонено {count}"),
    "sums": Text(en="Sums, amounts in {currency}", ru="Итоги, деньги в {currency}"),
    "cost": SPEND,
    "revenue": REVENUE,
    "impressions": IMPRESSIONS,
    "clicks": CLICKS,
    "conversions": CONVERSIONS,
    "date": Text(en="Date", ru="Дата"),
    "channel": CHANNEL,
    "campaign_id": Text(en="Campaign", ru="Кампания"),
    "inFile": Text(en="In this file", ru="В файле"),
    "fileTotal": Text(en="Its own totals row", ru="Строка итогов файла"),
    "before": Text(en="These days until now", ru="За эти дни сейчас"),
    "after": Text(en="These days afterwards", ru="За эти дни станет"),
    "notInFile": Text(en="not in this file", ru="нет в файле"),
    "computed": Text(en="computed: {how}", ru="вычислено: {how}"),
    "columns": Text(en="Figures and their columns", ru="Показатели и столбцы"),
    "columnsHint": Text(
        en="Choose another column where one was misunderstood; the file is then read again.",
        ru="Если столбец понят неверно, выберите другой: файл будет прочитан снова.",
    ),
    "attributes": Text(en="Also kept", ru="Также сохраняется"),
    "ignored": Text(en="Not stored", ru="Не сохраняется"),
    "sample": Text(en="First rows as read", ru="Первые строки, как они поняты"),
    "refusedRows": Text(en="Refused rows ({count})", ru="Отклонённые строки ({count})"),
    "line": Text(en="Line {line}", ru="Строка {line}"),
    "remarks": Text(en="Remarks", ru="Замечания"),
    "doubt": Text(en="Please decide before this is taken in", ru="Решите, прежде чем сохранять"),
    "doubtReplace": Text(
        en="Replace: the file corrects the rows that are stored for these days",
        ru="Заменить: файл исправляет строки, сохранённые за эти дни",
    ),
    "doubtAppend": Text(
        en="Add: both count, the rows of the file and those that are stored",
        ru="Добавить: учитываются и строки файла, и сохранённые",
    ),
    "doubtSource": Text(
        en="It is another account; call its source", ru="Это другой аккаунт; название источника:"
    ),
    "channelName": Text(en="Name of the channel", ru="Название канала"),
    "sourceName": Text(en="Name of the source", ru="Название источника"),
    "takeIn": Text(en="Take in", ru="Сохранить"),
    "takeInAll": Text(en="Take in all ({count})", ru="Сохранить все ({count})"),
    "remove": Text(en="Leave out", ru="Убрать"),
    "again": Text(en="Try again", ru="Повторить"),
    "decideFirst": Text(
        en="Choose one of the answers above first.", ru="Сначала выберите один из ответов выше."
    ),
    "nothingChanges": Text(
        en="All rows of the file are stored already; taking it in changes no figure.",
        ru="Все строки файла уже сохранены; от повторной загрузки цифры не изменятся.",
    ),
    "taken": Text(
        en="Taken in: {rows}.",
        ru="Сохранено: {rows}.",
    ),
    "syncDone": Text(en="The figures are up to date.", ru="Показатели обновлены."),
    "syncFailed": Text(
        en="The figures could not be renewed; the page says why.",
        ru="Показатели не обновились; причина — на странице.",
    ),
    "showFigures": Text(en="Show the figures", ru="К показателям"),
    "sources": Text(en="Sources", ru="Источники"),
    "sourcesNone": Text(
        en="Files can also come by themselves. An administrator lists the sources on the server, in the file "
        "sources.toml: folders, web addresses, databases, mailboxes, advertising platforms. Each sync then "
        "fetches what is new. For example:",
        ru="Файлы могут приходить и сами. Администратор перечисляет источники на сервере, в файле "
        "sources.toml: папки, веб-адреса, базы данных, почтовые ящики, рекламные платформы. Тогда каждое "
        "обновление забирает новое. Например:",
    ),
    "sourcesMore": Text(
        en="All types and their options: docs/sources.md.", ru="Все типы и их настройки — в docs/sources.md."
    ),
    "sourcesFailed": Text(
        en="The list of sources could not be loaded.", ru="Не удалось загрузить список источников."
    ),
    "sourcesOk": Text(en="up to date: {count}", ru="в порядке: {count}"),
    "sourcesOkSummary": Text(en="Up to date ({count})", ru="В порядке ({count})"),
    "sourcesTroubled": Text(en="need attention: {count}", ru="требуют внимания: {count}"),
    "state_never": Text(en="Not fetched yet", ru="Ещё не читался"),
    "state_ok": Text(en="Up to date", ru="В порядке"),
    "state_late_one": Text(en="{count} day late", ru="Отстаёт на {count} день"),
    "state_late_few": Text(en="{count} days late", ru="Отстаёт на {count} дня"),
    "state_late_many": Text(en="{count} days late", ru="Отстаёт на {count} дней"),
    "state_late_other": Text(en="{count} days late", ru="Отстаёт на {count} дня"),
    "state_loading": Text(en="Still loading", ru="Ещё загружается"),
    "state_refused": Text(en="File refused", ru="Файл отклонён"),
    "state_failing": Text(en="Cannot be read", ru="Не читается"),
    "type_folder": Text(en="Folder", ru="Папка"),
    "type_https": Text(en="Web address", ru="Веб-адрес"),
    "type_sql": Text(en="Database query", ru="Запрос к базе данных"),
    "type_mail": Text(en="Mailbox", ru="Почтовый ящик"),
    "type_s3": Text(en="Amazon S3", ru="Amazon S3"),
    "type_gcs": Text(en="Google Cloud Storage", ru="Google Cloud Storage"),
    "type_azure": Text(en="Azure storage", ru="Хранилище Azure"),
    "type_sftp": Text(en="SFTP server", ru="Сервер SFTP"),
    "type_google_ads": Text(en="Google Ads", ru="Google Ads"),
    "type_meta": Text(en="Meta Ads", ru="Meta Ads"),
    "type_tiktok": Text(en="TikTok Ads", ru="TikTok Ads"),
    "type_yandex_direct": Text(en="Yandex Direct", ru="Яндекс Директ"),
    "beta": Text(en="beta", ru="бета"),
    "betaMeans": Text(
        en="Beta: not yet confirmed with a live account. Compare its figures with those of the platform.",
        ru="Бета: пока не проверено на живом аккаунте этой платформы. Сверяйте цифры с её кабинетом.",
    ),
    "dataTo": Text(en="data to {day}", ru="данные по {day}"),
    "noData": Text(en="no data yet", ru="данных пока нет"),
    "lastFetch": Text(en="last read {when}", ru="прочитан {when}"),
    "nextFetch": Text(en="next read after {when}", ru="следующее чтение после {when}"),
    "loaded": Text(
        en="Loaded so far: {days}. Goes on at {when}.", ru="Пока загружено: {days}. Продолжение в {when}."
    ),
    "lastChange": Text(en="last new data {when}: {what}", ru="новые данные {when}: {what}"),
    "files_one": Text(en="{count} file", ru="{count} файл"),
    "files_few": Text(en="{count} files", ru="{count} файла"),
    "files_many": Text(en="{count} files", ru="{count} файлов"),
    "files_other": Text(en="{count} files", ru="{count} файла"),
    "newRows_one": Text(en="{count} new row", ru="{count} новая строка"),
    "newRows_few": Text(en="{count} new rows", ru="{count} новые строки"),
    "newRows_many": Text(en="{count} new rows", ru="{count} новых строк"),
    "newRows_other": Text(en="{count} new rows", ru="{count} новой строки"),
    "corrected_one": Text(en="{count} corrected", ru="{count} исправлена"),
    "corrected_few": Text(en="{count} corrected", ru="{count} исправлены"),
    "corrected_many": Text(en="{count} corrected", ru="{count} исправлено"),
    "corrected_other": Text(en="{count} corrected", ru="{count} исправлено"),
    "keptRows": Text(en="Its last figures stay.", ru="Прежние цифры сохраняются."),
    "attempts_one": Text(
        en="{count} attempt has failed since {when}.", ru="{count} неудачная попытка с {when}."
    ),
    "attempts_few": Text(
        en="{count} attempts have failed since {when}.", ru="{count} неудачные попытки с {when}."
    ),
    "attempts_many": Text(
        en="{count} attempts have failed since {when}.", ru="{count} неудачных попыток с {when}."
    ),
    "attempts_other": Text(
        en="{count} attempts have failed since {when}.", ru="{count} неудачной попытки с {when}."
    ),
    "nextTry": Text(
        en="Next attempt at {when}, or with “Fetch now”.",
        ru="Следующая — в {when} или по кнопке «Забрать сейчас».",
    ),
    "nextTrySync": Text(en="The next sync tries again.", ru="Следующее обновление попробует снова."),
    "refusedMore": Text(en="Refused files in all: {count}", ru="Всего отклонено файлов: {count}"),
    "lateHint": Text(
        en="Newer days should be there by now. See whether the platform still delivers to this source.",
        ru="Здесь уже должны быть более новые дни. Проверьте, приходят ли в этот источник данные.",
    ),
    "fetchNow": Text(en="Fetch now", ru="Забрать сейчас"),
    "fetchAsked": Text(en="Fetching {name}", ru="Забираем: {name}"),
    "fetching": Text(en="Fetching…", ru="Забираем…"),
    "fetchedNew": Text(en="{name}: {what}.", ru="{name}: {what}."),
    "fetchedNothing": Text(en="{name}: nothing new.", ru="{name}: ничего нового."),
    "fetchedFailed": Text(en="{name} cannot be read. {reason}", ru="{name} не читается. {reason}"),
    "importsOf": Text(en="Imports ({count})", ru="Загрузки ({count})"),
    "onlyFrom": Text(en="Only from the source “{name}”.", ru="Только из источника «{name}»."),
    "showAll": Text(en="Show all", ru="Показать все"),
    "historyEmptyOf": Text(
        en="Nothing has been imported from this source yet.",
        ru="Из этого источника пока ничего не загружено.",
    ),
    "fromSource": Text(en="source {name}", ru="источник {name}"),
    "history": Text(en="Files taken in", ru="Загруженные файлы"),
    "historyEmpty": Text(en="No file has been taken in yet.", ru="Пока не загружено ни одного файла."),
    "historyLoading": Text(en="Loading the list…", ru="Загружаем список…"),
    "historyFailed": Text(en="The list could not be loaded.", ru="Не удалось загрузить список."),
    "file": Text(en="File", ru="Файл"),
    "when": Text(en="When", ru="Когда"),
    "who": Text(en="By", ru="Кто"),
    "undo": Text(en="Undo", ru="Отменить"),
    "undoOf": Text(en="Undo the import of {file}", ru="Отменить загрузку {file}"),
    "undoAsk": Text(
        en="Undo this import? Its rows are removed, and those that it replaced come back.",
        ru="Отменить эту загрузку? Её строки будут удалены, а заменённые — возвращены.",
    ),
    "undoYes": Text(en="Undo it", ru="Отменить загрузку"),
    "undoNo": Text(en="Keep it", ru="Оставить"),
    "undone": Text(en="undone", ru="отменена"),
    "undoneSaid": Text(en="The import of {file} was undone.", ru="Загрузка {file} отменена."),
    "offline": Text(
        en="The connection broke while this file was sent. Nothing was stored.",
        ru="Связь прервалась во время отправки. Ничего не сохранено.",
    ),
    "notReached": Text(
        en="The server cannot be reached; trying again later may help.",
        ru="Нет связи с сервером; попробуйте ещё раз позже.",
    ),
    "expired": Text(
        en="Your sign-in has expired or does not allow this. Reload the page.",
        ru="Срок входа истёк, или у вас нет на это прав. Перезагрузите страницу.",
    ),
    "tooLarge": Text(
        en="This file is larger than {largest}. Split it by months, or pack it (gzip, zip).",
        ru="Файл больше {largest}. Разделите его по месяцам или сожмите (gzip, zip).",
    ),
    "proxyTooLarge": Text(
        en="A proxy in front of Demetra refuses files of this size. Its administrator raises the limit for "
        "api/imports (nginx: client_max_body_size 200m). A smaller or packed file may pass.",
        ru="Прокси перед Demetra не пропускает файлы такого размера. Администратор может поднять предел для "
        "api/imports (nginx: client_max_body_size 200m). Файл поменьше или сжатый может пройти.",
    ),
    "proxyTimeout": Text(
        en="A proxy in front of Demetra gave up waiting. The list below says whether the file was taken in.",
        ru="Прокси перед Demetra не дождался ответа. Сохранён ли файл, видно в списке ниже.",
    ),
    "noFile": Text(
        en="This is a folder, or it can no longer be read.", ru="Это папка, или файл больше не читается."
    ),
    "broken": Text(en="The server could not answer ({status}).", ru="Сервер не смог ответить ({status})."),
    "megabytes": Text(en="MB", ru="МБ"),
    "kilobytes": Text(en="kB", ru="кБ"),
}

LEAVES = (f"{ids.DATA}.className",)


def button(lang: Lang) -> Component:
    """Return the button; it takes its space at once, and appears when the user is known as an operator."""
    return html.Button(DATA[lang], id=ids.DATA, type="button", className="data-button is-unknown")


def words(setup: PageSetup) -> Component:
    """Return a hidden element with the formats for the scripts; its texts come when a view is opened."""
    reader = setup.reader
    return html.Div(
        id=ids.DATA_WORDS,
        hidden=True,
        **data(
            words="",
            currency=reader.currency,
            zone=reader.time_zone,
            months=" ".join(numbers.MONTHS[reader.lang]),
        ),
    )


def draw(visitor: Visitor) -> Drawn:
    """Show the button to operators."""
    return {f"{ids.DATA}.className": "data-button" if visitor.may_sync else "data-button is-hidden"}


def draw_words(lang: Lang) -> Drawn:
    """Return the texts for the scripts."""
    texts = {name: text[lang] for name, text in WORDS.items()}
    return {f"{ids.DATA_WORDS}.data-words": json.dumps(texts, ensure_ascii=False)}
