"""Errors that a user, an operator or a client can act on.

Each class has its own sentence in both languages: what happened, what to do. Its base class decides the
HTTP status, the exit code and the notice on the page. Any other exception is a bug and goes to the log with
its traceback.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from services.text import Text


class DemetraError(Exception):
    """A failure with a stable `code` and a sentence for people."""

    code: ClassVar[str] = "error"
    words: ClassVar[Text] = Text(en="Something went wrong.", ru="Что-то пошло не так.")

    def __init__(self, **values: object) -> None:
        self.values = values
        self.text = self.words.format(**values)
        super().__init__(self.text.en)

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickling calls the constructor with the values, for errors that cross a process boundary.
        return partial(type(self), **self.values), (), {"__notes__": getattr(self, "__notes__", [])}


class NotFoundError(DemetraError):
    """The requested object does not exist."""


class InvalidInputError(DemetraError):
    """The input cannot be used as it is."""


class InvalidFieldError(InvalidInputError):
    """A field of a JSON body has a value that is not allowed."""

    code = "invalid_field"
    words = Text(
        en="The field “{parameter}” is “{value}”, but must be {allowed}.",
        ru="Поле «{parameter}» равно «{value}», а должно быть: {allowed}.",
    )


class ConflictError(DemetraError):
    """The request contradicts what is stored: the user has to decide, or to look again."""


class NotReadyError(DemetraError):
    """The requested object does not exist yet."""


class UnavailableError(DemetraError):
    """A resource that Demetra depends on, such as the database, is unavailable."""


class NotAllowedError(DemetraError):
    """The user is known, but lacks the role for this request."""

    code = "not_allowed"
    words = Text(
        en="You may look, but not start a sync or change anything. That takes the role of an operator.",
        ru="Вы можете смотреть, но не запускать обновление и не менять что-либо: "
        "для этого нужна роль оператора.",
    )


class UnknownDashboardError(NotFoundError):
    code = "unknown_dashboard"
    words = Text(
        en="There is no dashboard “{slug}”. Dashboards: {known}.",
        ru="Дашборда «{slug}» нет. Есть: {known}.",
    )


class UnknownRunError(NotFoundError):
    code = "unknown_run"
    words = Text(
        en="There is no finished run {run_id} any more. Ask without a run for the newest one.",
        ru="Завершённого запуска {run_id} нет (или уже нет). Без номера придёт последний.",
    )


class UnknownChannelError(NotFoundError):
    code = "unknown_channel"
    words = Text(
        en="There is no channel “{value}” in the data. Channels: {known}.",
        ru="Канала «{value}» в данных нет. Есть: {known}.",
    )


class UnansweredError(DemetraError):
    """No sums are kept that could answer; the figures of a snapshot cannot be divided in this way."""

    code = "unknown_dimension"
    words = Text(
        en="The figures of this run cannot be divided by “{value}”. They can be by: {known}.",
        ru="По «{value}» цифры этого запуска не разложить. Можно по: {known}.",
    )


class CombinationError(UnansweredError):
    """Sums by two dimensions at once are not kept."""

    code = "combination_not_kept"
    words = Text(
        en="Sums are kept by {names} each, not by their combination. Leave one of them out; a channel can be "
        "combined with each.",
        ru="Суммы хранятся отдельно по {names}, но не по их сочетанию. Уберите одно из них; канал "
        "сочетается с любым.",
    )


class UnknownValueError(NotFoundError):
    code = "unknown_value"
    words = Text(
        en="The data have no “{value}” there. /api/breakdown lists the names, and “search” finds them.",
        ru="Значения «{value}» в данных нет. Имена перечисляет /api/breakdown, а находит их параметр search.",
    )


class OutsideDataError(InvalidInputError):
    code = "outside_data"
    words = Text(
        en="There are no data of {days}: there are data of {data}. Choose days among these.",
        ru="За {days} данных нет, есть за {data}. Выберите дни из этого промежутка.",
    )


class NoSnapshotError(NotReadyError):
    code = "no_snapshot"
    words = Text(
        en="Nothing has been computed yet. Import campaigns or create sample ones, then sync.",
        ru="Пока ничего не посчитано. Загрузите кампании или создайте пример, затем обновите.",
    )


class NoCampaignsError(NotReadyError):
    code = "no_campaigns"
    words = Text(
        en="There are no campaign rows yet. Run “demetra import FILE” or “demetra demo”.",
        ru="Строк кампаний пока нет. Выполните «demetra import ФАЙЛ» или «demetra demo».",
    )


class NothingFetchedError(NotReadyError):
    code = "nothing_fetched"
    words = Text(
        en="The sources have brought no campaign rows yet. The Data view and “demetra sources” say how each "
        "of them went.",
        ru="Источники пока не принесли ни одной строки кампаний. Как прошло чтение каждого, показывают "
        "раздел «Данные» и «demetra sources».",
    )


class DatabaseUnavailableError(UnavailableError):
    code = "database_unavailable"
    words = Text(
        en="The database does not answer ({reason}). Check that PostgreSQL runs and DATABASE_URL is right.",
        ru="База данных не отвечает ({reason}). Проверьте, работает ли PostgreSQL и верен ли DATABASE_URL.",
    )


class DatabaseReadOnlyError(UnavailableError):
    code = "database_read_only"
    words = Text(
        en="The database accepts no writing (it is read-only). Point DATABASE_URL at the primary server.",
        ru="База данных не принимает запись (только чтение). Укажите в DATABASE_URL основной сервер.",
    )


class DatabaseFullError(UnavailableError):
    code = "database_full"
    words = Text(
        en="The database has run out of room ({reason}). Make room on its disk; nothing else is needed.",
        ru="В базе данных кончилось место ({reason}). Освободите его на диске базы — больше ничего не нужно.",
    )


class DatabaseDeniedError(UnavailableError):
    code = "database_denied"
    words = Text(
        en="The database does not let Demetra do this ({reason}). Grant the user of DATABASE_URL its rights "
        "on all of Demetra's tables; nothing else is needed.",
        ru="База данных не разрешает это Demetra ({reason}). Дайте пользователю из DATABASE_URL права на все "
        "таблицы Demetra — больше ничего не нужно.",
    )


class DatabaseBusyError(UnavailableError):
    code = "database_busy"
    words = Text(
        en="The database gave a statement up ({reason}). Try again; if this happens often, see what else "
        "works in the database, and raise its statement_timeout or lock_timeout if one is set.",
        ru="База данных прервала запрос ({reason}). Повторите; если это случается часто, посмотрите, что ещё "
        "работает в базе, и увеличьте её statement_timeout или lock_timeout, если они заданы.",
    )


class SyncLockError(UnavailableError):
    code = "sync_lock"
    words = Text(
        en="The run was stopped because its database transaction does not hold the sync lock; nothing of it "
        "was published. Point DATABASE_URL at PostgreSQL itself or at a pooler that keeps a transaction on "
        "one connection, then sync again.",
        ru="Запуск остановлен: его транзакция в базе не удерживает блокировку обновления; ничего из него не "
        "опубликовано. Укажите в DATABASE_URL сам PostgreSQL или пулер, который не разрывает транзакции, и "
        "обновите снова.",
    )


class RunLostError(UnavailableError):
    code = "run_lost"
    words = Text(
        en="This process stood still beyond its deadline, so its work was taken from it and nothing of it "
        "was kept. The next run does it again. If this happens often, the machine is overloaded.",
        ru="Процесс простоял дольше срока: работу у него забрали, ничего из неё не сохранено. "
        "Её сделает следующий запуск. Если это случается часто, машина перегружена.",
    )


class DatabaseOutdatedError(NotReadyError):
    code = "database_outdated"
    words = Text(
        en="The database is at schema {found}, this Demetra needs {needed}. Run “demetra migrate”.",
        ru="Схема базы — {found}, а нужна {needed}. Выполните «demetra migrate».",
    )


class DatabaseNewerError(UnavailableError):
    code = "database_newer"
    words = Text(
        en="The database is at schema {found}, which this Demetra is too old for. Install a newer one.",
        ru="Схема базы — {found}, эта версия Demetra её не знает. Установите более новую Demetra.",
    )


class RowsRefusedError(DemetraError):
    code = "rows_refused"
    words = Text(
        en="The database stays as it was: rows in it do not fit the new schema ({reason}). A campaign row "
        "needs a date from 1990 to 2099 and no NaN. Correct or delete such rows, then run “demetra migrate”.",
        ru="База осталась прежней: строки в ней не подходят новой схеме ({reason}). У строки кампании "
        "дата от 1990 до 2099 и нет NaN. Исправьте или удалите такие строки и выполните «demetra migrate».",
    )


class ChartError(DemetraError):
    code = "chart_unusable"
    words = Text(
        en="A chart cannot be published: {reason}. The last good ones stay; sync again or look into the log.",
        ru="График нельзя опубликовать: {reason}. Прежние остаются; обновите снова или откройте журнал.",
    )
