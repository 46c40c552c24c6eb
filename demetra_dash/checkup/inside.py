"""Checks that need no web server: database, worker, disk, model and cache."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from demetra_dash.checkup.check_result import CheckResult, failed, ok, same, warning
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.redaction import redacted, without_secrets
from services.database.schema import REVISION, check_schema
from services.errors import DemetraError
from services.text import Text

OLDEST_SERVER = 140_000  # as server_version_num counts
SLOW_CLOCK_SECONDS, WRONG_CLOCK_SECONDS = 2.0, 60.0
LITTLE_SPACE, NO_SPACE = 1_000_000_000, 100_000_000
WEAK_PASSWORDS = frozenset({"", "postgres", "password", "secret", "demetra", "admin", "changeme", "123456"})

_START_DATABASE = Text(
    en="Start PostgreSQL, or correct DATABASE_URL.", ru="Запустите PostgreSQL или исправьте DATABASE_URL."
)
_MIGRATE = Text(en="Run “demetra migrate”.", ru="Выполните «demetra migrate».")


def look_inside(settings: Settings, engine: sa.Engine) -> Iterator[CheckResult]:
    """Yield the results of all checks that need no web server, one after the other."""
    try:
        with engine.connect() as connection:
            yield _database(connection)
            yield _clock(connection)
            yield _schema(connection)
    except DemetraError as error:
        yield failed("database", error.text, _START_DATABASE)
    else:
        yield from _runs(engine, settings)
    yield _password(settings)
    yield from _disk(settings)
    yield _model(settings)
    if settings.cache_redis_url is not None:
        yield _cache(settings.cache_redis_url)


def _database(connection: sa.Connection) -> CheckResult:
    number, version = connection.execute(
        sa.text("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
    ).one()
    what = same(f"PostgreSQL {version}")
    if number >= OLDEST_SERVER:
        return ok("database", what)
    advice = Text(en="Demetra needs PostgreSQL 14 or newer.", ru="Нужен PostgreSQL 14 или новее.")
    return failed("database", what, advice)


def _clock(connection: sa.Connection) -> CheckResult:
    there = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    seconds = abs((datetime.now(UTC) - there).total_seconds())
    what = Text(
        en="{seconds} s apart from the database", ru="расхождение с базой данных — {seconds} с"
    ).format(seconds=f"{seconds:.1f}")
    advice = Text(
        en="Let NTP set the clocks of both machines: ages and the schedule go by them.",
        ru="Синхронизируйте часы обеих машин по NTP: от них зависят возраст данных и расписание.",
    )
    if seconds >= WRONG_CLOCK_SECONDS:
        return failed("clock", what, advice)
    return warning("clock", what, advice) if seconds >= SLOW_CLOCK_SECONDS else ok("clock", what)


def _schema(connection: sa.Connection) -> CheckResult:
    try:
        check_schema(connection)
    except DemetraError as error:
        return failed("schema", error.text, _MIGRATE)
    return ok("schema", same(REVISION))


def _runs(engine: sa.Engine, settings: Settings) -> Iterator[CheckResult]:
    try:
        status = Analytics(engine, settings.interval_seconds).status()
    except (DemetraError, sa.exc.DBAPIError) as error:  # missing tables: the check of the schema reports them
        yield failed("worker", same(str(error).partition("\n")[0]), _MIGRATE)
        return
    yield _worker(status.workers)
    if status.snapshot is None:
        yield warning(
            "snapshot",
            Text(en="none yet", ru="пока нет"),
            Text(
                en="Import campaigns, then run “demetra sync”.",
                ru="Загрузите кампании и выполните «demetra sync».",
            ),
        )
        return
    what = Text(
        en="run {run}, {minutes} min old, data to {day}",
        ru="запуск {run}, {minutes} мин назад, данные по {day}",
    ).format(
        run=status.snapshot.run_id,
        minutes=f"{(status.age_seconds or 0) / 60:.0f}",
        day=status.snapshot.data_to,
    )
    why = (status.last_failure.error_text or {}) if status.last_failure and status.is_failing else {}
    if why:
        yield warning("snapshot", what, Text(en=why["en"], ru=why["ru"]))
    elif status.is_stale:
        yield warning(
            "snapshot",
            what,
            Text(
                en="It should have been renewed by now: see whether the worker runs, and its log.",
                ru="Его уже пора было обновить: проверьте, работает ли обработчик, и его журнал.",
            ),
        )
    else:
        yield ok("snapshot", what)


def _worker(number: int) -> CheckResult:
    what = Text(en="connected: {number}", ru="подключено: {number}").format(number=number)
    if number:
        return ok("worker", what)
    return warning(
        "worker",
        what,
        Text(
            en="Start “demetra worker” (or “demetra run”), or nothing is ever renewed.",
            ru="Запустите «demetra worker» (или «demetra run»), иначе ничего не обновится.",
        ),
    )


def _password(settings: Settings) -> CheckResult:
    url = sa.make_url(settings.database_url) if settings.database_url else None
    if url is None or url.password is None:
        return ok("password", Text(en="none in DATABASE_URL", ru="в DATABASE_URL его нет"))
    if str(url.password).lower() not in WEAK_PASSWORDS | {str(url.username).lower()}:
        return ok("password", Text(en="not a well-known one", ru="не из общеизвестных"))
    return warning(
        "password",
        Text(
            en="the password in DATABASE_URL is one that everybody tries",
            ru="пароль в DATABASE_URL из тех, что пробуют первыми",
        ),
        Text(en="Give the database user a long random password.", ru="Задайте длинный случайный пароль."),
    )


def _disk(settings: Settings) -> Iterator[CheckResult]:
    yield _folder("home", settings.home.expanduser(), "DEMETRA_HOME")
    if settings.chart_dir is not None:
        yield _folder("charts", settings.chart_dir.expanduser(), "ML_DASHBOARD_DIR")


def _folder(subject: str, folder: Path, variable: str) -> CheckResult:
    advice = Text(
        en="Give the user of Demetra a folder it can write to ({variable}).",
        ru="Укажите папку, в которую Demetra может писать ({variable}).",
    ).format(variable=variable)
    try:
        folder.mkdir(mode=0o777 if subject == "charts" else 0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"demetra")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return failed(subject, same(f"{folder}: {error.strerror or error}"), advice)
    what = Text(en="{folder}, {free} GB free", ru="{folder}, свободно {free} ГБ").format(
        folder=folder, free=f"{free / 1e9:.1f}"
    )
    make_room = Text(en="Make room on this disk.", ru="Освободите место на диске.")
    if free < NO_SPACE:
        return failed(subject, what, make_room)
    return warning(subject, what, make_room) if free < LITTLE_SPACE else ok(subject, what)


def _model(settings: Settings) -> CheckResult:
    from services.forecasting.model_file import PICKLES, load  # loads scikit-learn

    file = settings.model_file.expanduser()
    if not file.exists():
        what = Text(en="{file}: trained by the next sync", ru="{file}: обучит следующее обновление")
        return ok("model", what.format(file=file))
    if file.suffix in PICKLES and settings.trust_pickle:
        what = Text(
            en="{file}: a pickle, not opened here, since opening it runs its code",
            ru="{file}: файл pickle; здесь не открыт, потому что при открытии выполняется его код",
        )
        return ok("model", what.format(file=file))
    try:
        load(file)
    except DemetraError as error:
        return failed("model", error.text, same(f"ML_MODEL_PATH={file}"))
    return ok("model", same(str(file)))


def _cache(url: str) -> CheckResult:
    import redis

    advice = Text(
        en="Start Redis, or correct or clear CACHE_REDIS_URL; until then each answer is computed again.",
        ru="Запустите Redis, исправьте или уберите CACHE_REDIS_URL; до тех пор ответы готовятся заново.",
    )
    where = without_secrets(url)
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as server:
            server.ping()
    except (redis.RedisError, OSError, ValueError, TypeError) as error:  # the last: an unknown option
        return warning("cache", same(f"{where}: {redacted(str(error), url)}"), advice)
    return ok("cache", same(where))
