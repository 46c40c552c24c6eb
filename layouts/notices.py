"""The notice line, hidden while there is no notice."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts import ages, deliveries, ids, numbers, run_banner
from layouts.reader import Drawn, Reader
from services.text import Lang, Text
from services.views import Run, SyncStatus

SAMPLE = Text(
    en="Sample data: these campaigns are made up. Bring your own under “Data” or with "
    "“demetra import FILE”; the sample then goes away.",
    ru="Это примерные данные: кампании вымышлены. Загрузите свои в разделе «Данные» или командой "
    "«demetra import ФАЙЛ» — примерные исчезнут.",
)
OLD = Text(
    en="The newest campaign day is {day}, {age}: forecasts begin there, not today. Import newer campaigns.",
    ru="Последний день кампаний — {day}, {age}: прогнозы начинаются оттуда, а не с сегодняшнего дня. "
    "Загрузите более новые данные.",
)
OLD_BY_SOURCE = Text(
    en="The newest campaign day is {day}, {age}: forecasts begin there, not today. {missing}",
    ru="Последний день кампаний — {day}, {age}: прогнозы начинаются оттуда, а не с сегодняшнего дня. "
    "{missing}",
)
FUTURE = Text(
    en="The newest campaign day is {day}, which is in the future: a date in the data may be wrong. "
    "Figures and forecasts go by that day.",
    ru="Последний день кампаний — {day}, он ещё не наступил: возможно, в данных неверная дата. "
    "Показатели и прогнозы считаются от этого дня.",
)
FAILED = Text(
    en="The last sync failed at {when}: {why} The figures below are from {since}.",
    ru="Последнее обновление не удалось ({when}): {why} Ниже — данные от {since}.",
)
FAILED_FIRST = Text(
    en="The last sync failed at {when}: {why}",
    ru="Последнее обновление не удалось ({when}): {why}",
)
FAILING_ON = Text(
    en="Failed syncs in a row: {count}; this will not pass by itself. The last one at {when}: {why}",
    ru="Неудачных обновлений подряд: {count}, само это уже не пройдёт. Последнее ({when}): {why}",
)
NO_REASON = Text(
    en="Something unexpected happened; the log of the worker says more.",
    ru="Произошло непредвиденное; подробности в журнале обработчика.",
)
NO_WORKER = Text(
    en="No worker is running, so nothing is renewed. Start one with “demetra worker” or “demetra run”.",
    ru="Обработчик не запущен, поэтому ничего не обновляется. Запустите «demetra worker» или «demetra run».",
)
RESTARTING = Text(
    en="The worker has ended (times in a row: {ended}) and is started again at {time}. The log says why.",
    ru="Обработчик завершился (раз подряд: {ended}) и будет снова запущен в {time}. Причина — в журнале.",
)
STARTING_AGAIN = Text(
    en="The worker has ended (times in a row: {ended}) and is starting again. The log says why.",
    ru="Обработчик завершился (раз подряд: {ended}) и запускается снова. Причина — в журнале.",
)
SYNC_WAITS = Text(
    en="{notice} The sync is queued and begins when the worker is back.",
    ru="{notice} Обновление в очереди и начнётся, когда обработчик вернётся.",
)
SLOW = Text(
    en="This sync takes longer than usual (about {usual}). Until it is done, the figures of {since} stay.",
    ru="Обновление идёт дольше обычного (около {usual}). До его конца остаются данные от {since}.",
)
NEW_VERSION = Text(
    en="Demetra has been updated. Reload the page.", ru="Demetra обновлена. Перезагрузите страницу."
)
OFFLINE = Text(
    en="The server cannot be reached. The figures stay as they are; trying again…",
    ru="Нет связи с сервером. Данные на экране остаются прежними, пробуем снова…",
)
EXPIRED = Text(
    en="Your sign-in has expired. Reload the page to sign in again.",
    ru="Срок входа истёк. Перезагрузите страницу, чтобы войти снова.",
)
AWAY = Text(
    en="The database has not answered since {when}. The figures below are from {since} and stay on the page; "
    "newer ones come by themselves once it is back.",
    ru="База данных не отвечает с {when}. Ниже — данные от {since}, они остаются на экране; "
    "новые появятся сами, когда она снова ответит.",
)
AWAY_FIRST = Text(
    en="The database has not answered since {when}. The page goes on by itself once it is back.",
    ru="База данных не отвечает с {when}. Страница оживёт сама, когда она снова ответит.",
)
CUT = Text(
    en="Answers of the server arrive incomplete. The figures stay as they are; trying again…",
    ru="Ответы сервера приходят не полностью. Данные на экране остаются прежними, пробуем снова…",
)
BROKEN = Text(
    en="The server could not answer the page. If this stays, reload the page.",
    ru="Сервер не смог ответить странице. Если это не проходит, перезагрузите её.",
)
UNEXPECTED = Text(
    en="Something unexpected happened. It has been logged; the figures on the page are still right.",
    ru="Произошла непредвиденная ошибка. Она записана в журнал; данные на странице верны.",
)
SHOWN_MS = 12_000
ZONES_DAYS = 1  # in a time zone further east it may be tomorrow already

# Notices of assets/connection.js about missing answers of the server, by the names that it uses.
OF_THE_CONNECTION = {
    "offline": (ids.NOTICE_OFFLINE, OFFLINE),
    "expired": (ids.NOTICE_EXPIRED, EXPIRED),
    "cut": (ids.NOTICE_CUT, CUT),
    "broken": (ids.NOTICE_BROKEN, BROKEN),
}

# The same before the page is built, when it shows no figures that could stay.
BEFORE_THE_PAGE = {name: text for name, (_, text) in OF_THE_CONNECTION.items()} | {
    "offline": Text(
        en="The server cannot be reached; trying again…", ru="Нет связи с сервером, пробуем снова…"
    ),
    "cut": Text(
        en="Answers of the server arrive incomplete; trying again…",
        ru="Ответы сервера приходят не полностью, пробуем снова…",
    ),
}

FROM_STATUS = (
    ids.NOTICE_SAMPLE,
    ids.NOTICE_OLD,
    ids.NOTICE_FAILED,
    ids.NOTICE_DOWN,
    ids.NOTICE_WORKER,
    ids.NOTICE_SLOW,
    ids.NOTICE_VERSION,
)
LEAVES = tuple(f"{id_}.{part}" for id_ in FROM_STATUS for part in ("children", "className"))


def skeleton(lang: Lang) -> Component:
    """Return the notice line with all notices, hidden."""
    return html.Div(
        [
            run_banner.skeleton(lang),
            *(html.P(id=id_, className="notice is-hidden") for id_ in FROM_STATUS),
            *(
                html.P(text[lang], id=id_, className="notice is-warn is-hidden")
                for id_, text in OF_THE_CONNECTION.values()
            ),
            dbc.Alert(
                html.Span(id=ids.NOTICE_ERROR_TEXT),
                id=ids.NOTICE_ERROR,
                is_open=False,
                dismissable=True,
                duration=SHOWN_MS,
                fade=False,
                class_name="notice is-bad",
            ),
        ],
        className="notices",
        role="status",
    )


def draw(status: SyncStatus, reader: Reader, *, is_outdated: bool) -> Drawn:
    """Show the notices that the status requires, and hide the others."""
    lang = reader.lang
    is_sample = status.snapshot is not None and status.snapshot.is_sample
    failure = status.last_failure if status.is_failing else None
    mood = "bad" if status.is_alarming else "warn"
    return {
        **_notice(ids.NOTICE_SAMPLE, SAMPLE[lang] if is_sample else "", "quiet"),
        **_notice(ids.NOTICE_OLD, _old(status, reader), "warn"),
        **_notice(ids.NOTICE_FAILED, _failed(failure, status, reader) if failure else "", mood),
        **_notice(ids.NOTICE_WORKER, _no_worker(status, reader), "warn"),
        **_notice(ids.NOTICE_SLOW, _slow(status, reader), "quiet"),
        **_notice(ids.NOTICE_VERSION, NEW_VERSION[lang] if is_outdated else "", "quiet"),
        **_notice(ids.NOTICE_DOWN, _away(status, reader), "warn"),
    }


def draw_down(text: Text, reader: Reader) -> Drawn:
    """Show that the status cannot be read, and why; other notices stay."""
    return _notice(ids.NOTICE_DOWN, text[reader.lang], "bad")


def hide_about_newest() -> Drawn:
    """Hide the notices on the newest figures, on a page that shows an older run."""
    return {**_notice(ids.NOTICE_OLD, "", "warn"), **_notice(ids.NOTICE_FAILED, "", "warn")}


def _notice(id_: str, words: str, mood: str) -> Drawn:
    return {
        f"{id_}.children": words,
        f"{id_}.className": f"notice is-{mood}" + ("" if words else " is-hidden"),
    }


def _old(status: SyncStatus, reader: Reader) -> str:
    """Return the notice that campaign data end long before today or after it, or that a source lacks days."""
    newest = status.snapshot.data_to if status.snapshot is not None else None
    if newest is None:
        return deliveries.missing(status, reader)
    days = ages.age_days(status, reader) or 0
    day = numbers.span(newest, newest, reader.lang)
    if days < -ZONES_DAYS:
        return FUTURE.format(day=day)[reader.lang]
    missing = deliveries.missing(status, reader)
    if not ages.is_old(status, reader) or ages.is_past(status, reader):
        return missing  # that the data are old, the sentences in place of what is over say
    words = OLD_BY_SOURCE if missing else OLD
    return words.format(day=day, age=numbers.age(days * 86_400, reader.lang), missing=missing)[reader.lang]


def _no_worker(status: SyncStatus, reader: Reader) -> str:
    """Return the notice that no worker is running, with the time of its restart by `demetra run`, if any."""
    lang, restarts = reader.lang, status.worker_restarts
    if status.unreachable_since is not None:
        return ""
    if restarts is None or not status.is_restarting:
        return NO_WORKER[lang] if status.is_unattended else ""
    words = RESTARTING if restarts.back_at > status.server_now else STARTING_AGAIN
    time = numbers.clock(restarts.back_at, reader, now=status.server_now, with_seconds=True)
    notice = words.format(ended=restarts.ended, time=time)
    return (SYNC_WAITS.format(notice=notice) if status.state == "queued" else notice)[lang]


def _slow(status: SyncStatus, reader: Reader) -> str:
    """Return the notice on a run that takes longer than usual, where no other notice says why."""
    is_explained = status.unreachable_since is not None or bool(_no_worker(status, reader))
    if not status.is_slow or is_explained or status.snapshot is None or status.usual_seconds is None:
        return ""
    usual = numbers.duration(status.usual_seconds, reader.lang)
    since = numbers.clock(status.snapshot.created_at, reader, now=status.server_now)
    return SLOW.format(usual=usual, since=since)[reader.lang]


def _away(status: SyncStatus, reader: Reader) -> str:
    lang, now = reader.lang, status.server_now
    if status.unreachable_since is None:
        return ""
    when = numbers.clock(status.unreachable_since, reader, now=now)
    if status.snapshot is None:
        return AWAY_FIRST.format(when=when)[lang]
    since = numbers.clock(status.snapshot.created_at, reader, now=now)
    return AWAY.format(when=when, since=since)[lang]


def _failed(failure: Run, status: SyncStatus, reader: Reader) -> str:
    lang, now = reader.lang, status.server_now
    when = numbers.clock(failure.finished_at or failure.requested_at, reader, now=now)
    why = (failure.error_text or {}).get(lang) or NO_REASON[lang]
    if status.is_alarming:
        return FAILING_ON.format(count=status.failures_in_a_row, when=when, why=why)[lang]
    if status.snapshot is None:
        return FAILED_FIRST.format(when=when, why=why)[lang]
    since = numbers.clock(status.snapshot.created_at, reader, now=now)
    return FAILED.format(when=when, why=why, since=since)[lang]
