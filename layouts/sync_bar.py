"""Freshness of the figures, the sync button, and the stages of a run."""

from __future__ import annotations

from datetime import date

from dash import html
from dash.development.base_component import Component

from layouts import ages, deliveries, ids, numbers
from layouts.elements import aria, data, icon
from layouts.reader import Drawn, Reader, Visitor
from services.text import Lang, Text, number
from services.views import STAGES, Run, Snapshot, Stage, SyncStatus, counted_files, news_of

SYNC_NOW = Text(en="Sync now", ru="Обновить")
ASKED = Text(en="Starting", ru="Начинаем")
QUEUED = Text(en="Waiting to start", ru="В очереди")
NO_WORKER_YET = Text(en="Waiting for the worker", ru="Ждём обработчик")
STAGE_NAMES: dict[Stage, Text] = {
    "fetch": Text(en="Fetching data", ru="Получаем данные"),
    "collect": Text(en="Collecting campaigns", ru="Собираем кампании"),
    "predict": Text(en="Forecasting", ru="Строим прогноз"),
    "plan": Text(en="Planning the budget", ru="Планируем бюджет"),
    "draw": Text(en="Drawing charts", ru="Рисуем графики"),
    "save": Text(en="Saving", ru="Сохраняем"),
}
FETCHING = Text(
    en="Fetching: {done} of {sources}, {files}", ru="Получаем: {done} из {sources}, файлов {files}"
)
PROGRESS = Text(en="Stages of the sync", ru="Этапы обновления")
NO_NEW_DATA = Text(en="No new data", ru="Новых данных нет")
UPDATED = Text(en="Updated in {seconds}", ru="Обновлено за {seconds}")
ROLES = {
    True: Text(en="You may start a sync.", ru="Вы можете запускать обновление."),
    False: Text(
        en="You may look, but not start a sync. That takes the role of an operator.",
        ru="Вы можете смотреть, но не запускать обновление: для этого нужна роль оператора.",
    ),
}
SIGNED_IN = Text(en="Signed in as {name}. {right}", ru="Вы вошли как {name}. {right}")
FAILED = Text(en="Sync failed", ru="Не обновилось")
WITH_NEWS = Text(en="{outcome}: {news}", ru="{outcome}: {news}")
RESULT_SECONDS = 5

FRESH = Text(en="Fresh", ru="Свежие данные")
STALE = Text(en="Out of date", ru="Данные устарели")
OLD = Text(en="Data {days} days old", ru="Данным {days} дн.")
LATE = Text(en="Data late", ru="Данные отстают")
STUCK = Text(en="A source fails", ru="Источник не читается")
FAILING = Text(en="Last sync failed", ru="Обновить не удалось")
EMPTY = Text(en="No figures yet", ru="Данных пока нет")
DOWN = Text(en="No database", ru="Нет базы данных")
CHARTS = Text(en="charts {time} ({age})", ru="графики {time} ({age})")
CHECKED = Text(en="checked {time} ({age}), charts {charts}", ru="проверено {time} ({age}), графики {charts}")
PRINTED = Text(en="Demetra · run {run_id}, {time}", ru="Demetra · запуск {run_id}, {time}")
DATA_TO = Text(en="data to {day}", ru="данные по {day}")
NEXT = Text(en="next {time}", ru="следующее в {time}")

LEAVES = (
    f"{ids.FRESHNESS}.className",
    f"{ids.FRESH_WORD}.children",
    f"{ids.FRESH_CHARTS}.children",
    f"{ids.FRESH_CHARTS}.title",
    f"{ids.FRESH_DATA}.children",
    f"{ids.FRESH_DATA}.title",
    f"{ids.FRESH_NEXT}.children",
    f"{ids.FRESH_NEXT}.title",
    f"{ids.PRINT_FOOT}.children",
    f"{ids.SYNC_BAR}.className",
    f"{ids.SYNC}.aria-disabled",
    f"{ids.SYNC}.title",
    f"{ids.SYNC_STAGE}.children",
    f"{ids.SYNC_SECONDS}.children",
    f"{ids.SYNC_PROGRESS}.aria-valuenow",
    f"{ids.SYNC_PROGRESS}.aria-valuetext",
    f"{ids.SYNC_RESULT}.children",
    f"{ids.ANNOUNCEMENT}.children",
)


def freshness(lang: Lang) -> Component:
    """Return the freshness line, empty."""
    return html.Div(
        [
            html.Span(className="fresh-dot", **aria(hidden="true")),
            html.Span(
                [
                    html.Strong(EMPTY[lang], id=ids.FRESH_WORD),
                    html.Span(id=ids.FRESH_CHARTS, className="fresh-part"),
                ],
                className="fresh-line",
            ),
            html.Span(
                [
                    html.Span(id=ids.FRESH_DATA, className="fresh-part"),
                    html.Span(id=ids.FRESH_NEXT, className="fresh-part"),
                ],
                className="fresh-line",
            ),
        ],
        id=ids.FRESHNESS,
        className="freshness is-loading",
    )


def skeleton(lang: Lang) -> Component:
    """Return the button, and the progress by stages that replaces it during a run."""
    button = html.Button(
        [icon("sync"), html.Span(SYNC_NOW[lang], id=ids.SYNC_LABEL)],
        id=ids.SYNC,
        n_clicks=0,
        type="button",
        className="btn btn-primary sync-button",
        **data(asked=ASKED[lang]),
    )
    result = html.Span(id=ids.SYNC_RESULT, className="sync-result")
    announcement = html.Span(id=ids.ANNOUNCEMENT, className="visually-hidden", role="status")
    foot = html.Span(id=ids.PRINT_FOOT, hidden=True)  # see assets/print.js
    return html.Div(
        [button, _running(lang), result, announcement, foot], id=ids.SYNC_BAR, className="sync-bar is-idle"
    )


def draw(status: SyncStatus, reader: Reader) -> Drawn:
    """Show the sync status: freshness, and the active run, if any."""
    return _freshness(status, reader) | _progress(status, reader)


def draw_right(visitor: Visitor, lang: Lang) -> Drawn:
    """Enable the button for operators, and say who the user is and what the user may do.

    A button that is disabled for assistive technology only can be focused, and a click on it says why.
    """
    right = ROLES[visitor.may_sync]
    who = right if visitor.name is None else SIGNED_IN.format(name=visitor.name, right=right)
    return {
        f"{ids.SYNC}.aria-disabled": "false" if visitor.may_sync else "true",
        f"{ids.SYNC}.title": "" if visitor == Visitor() else who[lang],
    }


def draw_down(reader: Reader) -> Drawn:
    """Show that the status is unknown. The last figures stay, with their time."""
    return {
        f"{ids.FRESHNESS}.className": "freshness is-down",
        f"{ids.FRESH_WORD}.children": DOWN[reader.lang],
        **_bar("is-idle", "", "", place=0),
        **_said("", DOWN[reader.lang]),
    }


def _running(lang: Lang) -> Component:
    stage = [html.Span(id=ids.SYNC_STAGE), html.Span(id=ids.SYNC_SECONDS, className="tabular")]
    steps = html.Div(
        [html.Span(className="sync-step") for _ in STAGES],
        id=ids.SYNC_PROGRESS,
        className="sync-steps",
        role="progressbar",
        **aria(label=PROGRESS[lang], valuemin="0", valuemax=str(len(STAGES)), valuenow="0"),
    )
    return html.Div([html.Div(stage, className="sync-words"), steps], className="sync-running")


def _freshness(status: SyncStatus, reader: Reader) -> Drawn:
    lang, snapshot = reader.lang, status.snapshot
    word, mood = _word(status, reader)
    charts, title, data, foot = "", "", "", ""
    if snapshot is not None:
        foot = _print_foot(snapshot, reader)
        charts = _charts(snapshot, status, reader)
        title = numbers.in_full(snapshot.created_at, reader)
        data = _data_to(snapshot.data_to, status, reader) if snapshot.data_to else ""
    # Which source is late says more than when the next sync is, and there is room for one of them.
    is_quiet = status.is_unattended or status.unreachable_since is not None or deliveries.troubled(status)
    has_next = not is_quiet
    return {
        f"{ids.FRESHNESS}.className": f"freshness is-{mood}",
        f"{ids.FRESH_WORD}.children": word[lang],
        f"{ids.FRESH_CHARTS}.children": charts,
        f"{ids.FRESH_CHARTS}.title": title,
        f"{ids.FRESH_DATA}.children": data,
        f"{ids.FRESH_DATA}.title": deliveries.in_full(status, reader),
        f"{ids.FRESH_NEXT}.children": _next(status, reader) if has_next else "",
        f"{ids.FRESH_NEXT}.title": numbers.in_full(status.next_run_at, reader) if has_next else "",
        f"{ids.PRINT_FOOT}.children": foot,
    }


def _print_foot(snapshot: Snapshot, reader: Reader) -> str:
    """Return what stands in the foot of each printed sheet: the run, its time and its newest data."""
    run = PRINTED.format(run_id=snapshot.run_id, time=numbers.in_full(snapshot.created_at, reader))[
        reader.lang
    ]
    newest = snapshot.data_to
    if newest is None:
        return run
    data_to = DATA_TO.format(day=numbers.span(newest, newest, reader.lang))
    return f"{run} · {data_to[reader.lang]}"


def _charts(snapshot: Snapshot, status: SyncStatus, reader: Reader) -> str:
    """Return when the charts were drawn, and when a run last found them unchanged."""
    now, checked = status.server_now, status.checked_at or snapshot.created_at
    charts = numbers.clock(snapshot.created_at, reader, now=now)
    time = f"{numbers.clock(checked, reader, now=now)} {numbers.zone(checked, reader)}"
    words = CHARTS if checked == snapshot.created_at else CHECKED
    age = numbers.age(status.age_seconds or 0.0, reader.lang)
    return words.format(time=time, age=age, charts=charts)[reader.lang]


def _data_to(newest: date, status: SyncStatus, reader: Reader) -> str:
    today = numbers.today(reader, now=status.server_now)
    data = DATA_TO.format(day=numbers.day_near(newest, today, reader.lang))
    return data[reader.lang] + deliveries.behind(status)[reader.lang]


def _word(status: SyncStatus, reader: Reader) -> tuple[Text, str]:
    """Return the state and its class: the older of the figures and of the data that they rest on.

    Below that, the state of the declared sources: one that is late or that cannot be read.
    """
    if status.unreachable_since is not None:
        return DOWN, "down"
    if status.is_failing:
        return FAILING, "failing"
    if status.snapshot is None:
        return EMPTY, "empty"
    if ages.is_old(status, reader):
        return OLD.format(days=number(ages.age_days(status, reader), reader.lang)), "old"
    if status.is_stale:
        return STALE, "stale"
    if any(one.is_late for one in status.sources):
        return LATE, "old"
    return (STUCK, "old") if any(one.is_stuck for one in status.sources) else (FRESH, "fresh")


def _next(status: SyncStatus, reader: Reader) -> str:
    time = numbers.clock(status.next_run_at, reader, now=status.server_now)
    return NEXT.format(time=time)[reader.lang]


def _progress(status: SyncStatus, reader: Reader) -> Drawn:
    lang, run = reader.lang, status.active
    if run is None:
        state, sentence = _outcome(status, lang)
        return _bar(f"is-idle {state}", "", "", place=0) | _said(sentence, sentence)
    waiting = QUEUED if status.workers else NO_WORKER_YET
    name = _stage_name(run, run.stage) if run.state == "running" and run.stage else waiting
    place = STAGES.index(run.stage) + 1 if run.state == "running" and run.stage else 0
    since = run.started_at or run.requested_at
    # Whole seconds: the browser passes an answer on to Dash only if it differs from the last one.
    written = numbers.whole_seconds(max(0.0, (status.server_now - since).total_seconds()), lang)
    return _bar(f"is-running stage-{place}", name[lang], written, place=place) | _said("", name[lang])


def _stage_name(run: Run, stage: Stage) -> Text:
    """Return the name of the stage; while sources are fetched, with what they brought so far."""
    if stage != "fetch" or run.fetched is None:
        return STAGE_NAMES[stage]
    done, sources, files = (run.fetched[name] for name in ("done", "sources", "files"))
    return FETCHING.format(done=done, sources=sources, files=counted_files(files))


def _bar(state: str, stage: str, seconds: str, *, place: int) -> Drawn:
    return {
        f"{ids.SYNC_BAR}.className": f"sync-bar {state}".strip(),
        f"{ids.SYNC_STAGE}.children": stage,
        f"{ids.SYNC_SECONDS}.children": seconds,
        f"{ids.SYNC_PROGRESS}.aria-valuenow": str(place),
        f"{ids.SYNC_PROGRESS}.aria-valuetext": stage,
    }


def _said(result: str, announcement: str) -> Drawn:
    return {f"{ids.SYNC_RESULT}.children": result, f"{ids.ANNOUNCEMENT}.children": announcement}


def _outcome(status: SyncStatus, lang: Lang) -> tuple[str, str]:
    """Return class and sentence of a run that ended a few seconds ago, the same for all users."""
    run = status.last_failure if status.is_failing else status.last_success
    if run is None or not _is_recent(run, status):
        return "", ""
    if status.is_failing:
        return _with_news("has-failed", FAILED, run, lang)
    if run.no_new_data:
        return _with_news("has-result", NO_NEW_DATA, run, lang)
    seconds = ((run.finished_at or run.requested_at) - run.requested_at).total_seconds()
    updated = UPDATED.format(seconds=numbers.duration(seconds, lang))
    return _with_news("has-result", updated, run, lang)


def _with_news(state: str, outcome: Text, run: Run, lang: Lang) -> tuple[str, str]:
    """Return class and sentence of an outcome with what the run has fetched, which takes a second line."""
    news = news_of(run)
    if news is None:
        return state, outcome[lang]
    return f"{state} has-news", WITH_NEWS.format(outcome=outcome, news=news)[lang]


def _is_recent(run: Run, status: SyncStatus) -> bool:
    if run.finished_at is None:
        return False
    return (status.server_now - run.finished_at).total_seconds() <= RESULT_SECONDS
