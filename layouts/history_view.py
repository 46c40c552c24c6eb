"""The History view: its button in the header, and its texts for the scripts in assets/runs, which build it.

The scripts are loaded when the view is opened. They get runs, pins and comparisons from the API as JSON.
"""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.elements import data
from layouts.reader import Drawn, Visitor
from services.text import Lang, Text

HISTORY = Text(en="History", ru="История")

WORDS: dict[str, Text] = {
    "runs": HISTORY,
    "runsClose": Text(en="Close", ru="Закрыть"),
    "runsLoading": Text(en="Loading the runs…", ru="Загружаем запуски…"),
    "runsFailed": Text(en="The runs could not be loaded.", ru="Не удалось загрузить запуски."),
    "runsAgain": Text(en="Try again", ru="Повторить"),
    "runsNone": Text(en="There has been no run yet.", ru="Запусков ещё не было."),
    "runsList": Text(en="Runs", ru="Запуски"),
    "runsHidden": Text(
        en="Runs without new data are hidden: {count}.", ru="Скрыты запуски без новых данных: {count}."
    ),
    "runsShowAll": Text(en="Show them too", ru="Показать и их"),
    "runsOfRetention": Text(
        en="Older runs can be opened while their rows are kept; a pinned one stays until it is unpinned.",
        ru="Старые запуски открываются, пока хранятся их строки; закреплённый — пока его не открепят.",
    ),
    "run": Text(en="Run {id}", ru="Запуск {id}"),
    "runShown": Text(en="shown here", ru="показан сейчас"),
    "runNewest": Text(en="newest", ru="последний"),
    "runOpen": Text(en="Open", ru="Открыть"),
    "runOpenOf": Text(en="Open run {id}", ru="Открыть запуск {id}"),
    "runGone": Text(en="no longer kept", ru="уже не хранится"),
    "runChoose": Text(en="Compare run {id}", ru="Сравнить запуск {id}"),
    "runSeconds": Text(en="{seconds} s", ru="{seconds} с"),
    "trigger_button": Text(en="Sync button", ru="кнопка «Обновить»"),
    "trigger_page": Text(en="open page", ru="открытая страница"),
    "trigger_schedule": Text(en="schedule", ru="расписание"),
    "trigger_api": Text(en="API", ru="API"),
    "trigger_command": Text(en="command line", ru="командная строка"),
    "trigger_start": Text(en="start of Demetra", ru="запуск Demetra"),
    "trigger_fetch": Text(en="fetch of a source", ru="чтение источника"),
    "trigger_pictures": Text(en="pictures for another page", ru="картинки для другой страницы"),
    "trigger_retry": Text(en="repeated after a failure", ru="повтор после сбоя"),
    "triggerBy": Text(en="{trigger}, {name}", ru="{trigger}, {name}"),
    "state_new": Text(en="New figures", ru="Новые данные"),
    "state_same": Text(en="No new data", ru="Новых данных нет"),
    "state_failed": Text(en="Failed", ru="Не удалось"),
    "state_interrupted": Text(en="Interrupted", ru="Прерван"),
    "state_queued": Text(en="Waiting to start", ru="В очереди"),
    "state_running": Text(en="Under way", ru="Выполняется"),
    "rowsBrought": Text(en="new rows: {new}", ru="новых строк: {new}"),
    "rowsBroughtAndCorrected": Text(
        en="new rows: {new}, corrected: {corrected}", ru="новых строк: {new}, исправлено: {corrected}"
    ),
    "rowsRead": Text(en="rows in all: {count}", ru="всего строк: {count}"),
    "dataUntil": Text(en="data to {day}", ru="данные по {day}"),
    "pinned": Text(en="Pinned", ru="Закреплённые"),
    "pinnedNone": Text(
        en="No run is pinned. Pin the one that you show in a meeting: it then opens later as it was.",
        ru="Закреплённых запусков нет. Закрепите тот, что показываете на встрече: он откроется таким же.",
    ),
    "pin": Text(en="Pin", ru="Закрепить"),
    "pinOf": Text(en="Pin run {id}", ru="Закрепить запуск {id}"),
    "pinName": Text(en="Name of run {id}", ru="Имя запуска {id}"),
    "pinExample": Text(en="Board, 24 Nov", ru="Совет директоров, 24 ноября"),
    "pinSave": Text(en="Pin", ru="Закрепить"),
    "pinCancel": Text(en="Cancel", ru="Не надо"),
    "pinSaid": Text(en="Run {id} is pinned as “{name}”.", ru="Запуск {id} закреплён: «{name}»."),
    "unpin": Text(en="Unpin", ru="Открепить"),
    "unpinOf": Text(en="Unpin “{name}”", ru="Открепить «{name}»"),
    "unpinAsk": Text(
        en="Unpin “{name}”? If its rows are no longer kept, it cannot be opened any more.",
        ru="Открепить «{name}»? Если его строки уже не хранятся, открыть его будет нельзя.",
    ),
    "unpinYes": Text(en="Unpin it", ru="Открепить"),
    "unpinNo": Text(en="Keep it", ru="Оставить"),
    "unpinSaid": Text(en="“{name}” is unpinned.", ru="«{name}» откреплён."),
    "compare": Text(en="Compare", ru="Сравнить"),
    "compareHint": Text(en="Choose two runs to compare them.", ru="Выберите два запуска для сравнения."),
    "compareChosen": Text(en="Chosen: {ids}", ru="Выбраны: {ids}"),
    "compareBack": Text(en="Back to the runs", ru="Назад к запускам"),
    "compareTitle": Text(en="Run {earlier} and run {later}", ru="Запуск {earlier} и запуск {later}"),
    "compareLoading": Text(en="Comparing…", ru="Сравниваем…"),
    "compareFailed": Text(en="The runs could not be compared.", ru="Не удалось сравнить запуски."),
    "since": Text(en="Since {when}:", ru="С {when}:"),
    "figures": Text(en="Key figures of the last {days} days", ru="Показатели за последние {days} дн."),
    "figure": Text(en="Figure", ru="Показатель"),
    "channelTitle": Text(en="Channel", ru="Канал"),
    "changeTitle": Text(en="Change", ru="Изменение"),
    "plan": Text(en="Recommended budget by channel", ru="Рекомендованный бюджет по каналам"),
    "noRealChange": Text(en="no real change", ru="без изменений"),
    "insideRange": Text(en="inside its range", ru="в своём диапазоне"),
    "asBefore": Text(en="as before", ru="как раньше"),
    "newRecommendations": Text(en="New recommendations", ru="Новые рекомендации"),
    "goneRecommendations": Text(en="Recommendations that are gone", ru="Рекомендации, которых больше нет"),
    "none": Text(en="None.", ru="Нет."),
    "why": Text(en="Why", ru="Почему"),
    "whyNone": Text(
        en="Nothing that Demetra records differs between the two runs.",
        ru="Ничто из того, что записывает Demetra, между запусками не изменилось.",
    ),
    "points": Text(en="pp", ru="п.п."),
}

LEAVES = (f"{ids.HISTORY_WORDS}.data-pins",)


def button(lang: Lang) -> Component:
    """Return the button of the view."""
    return html.Button(HISTORY[lang], id=ids.HISTORY, type="button", className="data-button history-button")


def words() -> Component:
    """Return a hidden element for the scripts; its texts come when a view is opened."""
    return html.Div(id=ids.HISTORY_WORDS, hidden=True, **data(words="", pins=""))


def draw_words(lang: Lang) -> Drawn:
    """Return the texts for the scripts."""
    texts = {name: text[lang] for name, text in WORDS.items()}
    return {f"{ids.HISTORY_WORDS}.data-words": json.dumps(texts, ensure_ascii=False)}


def draw(visitor: Visitor) -> Drawn:
    """Tell the scripts whether the user may pin runs."""
    return {f"{ids.HISTORY_WORDS}.data-pins": "1" if visitor.may_sync else ""}
