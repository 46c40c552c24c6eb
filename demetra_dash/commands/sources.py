"""`demetra sources`: list the declared sources, try one out, or fetch one now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from demetra_dash.commands.campaigns import report_lines
from demetra_dash.commands.context import as_json, open_engine, print_json
from demetra_dash.settings import Settings, read_settings
from demetra_dash.source_declarations import declared_sources
from demetra_dash.terminal import tell, tell_table
from demetra_dash.worker import import_options
from services.database.engine import brief
from services.errors import DemetraError
from services.intake.report import ImportReport
from services.sources import state
from services.sources.failures import SourceError, UnknownSourceError
from services.sources.fetching import fetch_due
from services.sources.importing import ImportOptions
from services.sources.kind import NewFile, Source
from services.sources.trial import try_source
from services.text import NOTHING, Lang, Text, number
from services.views import Refusal, SourceState, SourceView, news_of_fetch

Trial = Callable[[sa.Engine, Source, ImportOptions], Iterator[tuple[NewFile, ImportReport | Text]]]

_NONE = Text(en="No sources are declared in {file}.", ru="В {file} источники не объявлены.")
_STATES: Mapping[SourceState, Text] = {
    "never": Text(en="not read yet", ru="ещё не читался"),
    "ok": Text(en="ok", ru="в порядке"),
    "loading": Text(en="loading", ru="загружается"),
    "late": Text(en="late", ru="опаздывает"),
    "refused": Text(en="file refused", ru="файл не подошёл"),
    "failing": Text(en="failing", ru="не читается"),
}
_COLUMNS = Text(
    en="Source|Type|State|Data to|Fetched|New rows|Next",
    ru="Источник|Тип|Состояние|Данные по|Прочитан|Новых строк|Следующий раз",
)
_NEXT = Text(en="next sync", ru="со следующим обновлением")
_AFTER = Text(en="after {time}", ru="после {time}")
_BETA = Text(en="{type} (beta: not yet confirmed)", ru="{type} (бета: пока не подтверждён)")
_WHY = Text(en="{name}: {reason}", ru="{name}: {reason}")
_REFUSED = Text(en="{name}: “{file}” was refused. {reason}", ru="{name}: «{file}» не подошёл. {reason}")
_NOTHING_NEW = Text(
    en="Nothing new: the next sync would import no file.", ru="Ничего нового: загружать было бы нечего."
)
_WOULD_REFUSE = Text(en="“{file}” would be refused. {reason}", ru="«{file}» не подошёл бы. {reason}")
_BUSY = Text(
    en="“{name}” is being fetched by another process. Look at “demetra sources” in a moment.",
    ru="«{name}» сейчас читает другой процесс. Загляните чуть позже: «demetra sources».",
)
_DONE = Text(en="{name}: {news}.", ru="{name}: {news}.")
_NO_NEWS = Text(en="no new files", ru="новых файлов нет")


@click.command()
@click.argument("action", required=False, type=click.Choice(["test", "run"]))
@click.argument("name", required=False)
@click.option("--all", "is_anew", is_flag=True, help="test: also files that were imported before")
@click.option(
    "--rejects",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="test: write all rejected rows there, a file for each file of the source",
)
@as_json
def sources(action: str | None, name: str | None, is_anew: bool, rejects: Path | None, as_json: bool) -> None:
    """The declared sources: state, newest day, last fetch, next one.

    "test NAME" reads a source, shows what would be imported, and stores nothing. "run NAME" fetches
    a source now, also during a pause, and with it the files that were refused.
    Exit codes: 0 done, 1 a source or a file failed, 2 wrong use or a mistake in the file.
    """
    if (action is None) != (name is None):
        raise click.UsageError("“test” and “run” need the name of a source")
    if action != "test" and (is_anew or rejects is not None):
        raise click.UsageError("“--all” and “--rejects” belong to “test”")
    settings = read_settings()
    declarations = declared_sources(settings)
    declared = declarations.read()
    source = None if name is None else _named(declared, name, settings.locale)
    with open_engine(settings) as engine:
        with brief(engine) as connection:
            declarations.publish(connection)
        if source is None:
            is_done = _list(engine, settings, as_json=as_json)
        elif action == "test":
            _make_folder(rejects)
            trial = partial(try_source, is_anew=is_anew, rejects=rejects)
            is_done = _test(engine, source, settings, trial, as_json=as_json)
        else:
            is_done = _run(engine, source, settings, as_json=as_json)
    sys.exit(0 if is_done else 1)


def _named(declared: Sequence[Source], name: str, lang: Lang) -> Source:
    found = next((one for one in declared if one.name.casefold() == name.casefold()), None)
    if found is None:
        known = ", ".join(one.name for one in declared) or NOTHING
        tell(UnknownSourceError(name=name, known=known).text[lang], err=True)
        sys.exit(2)
    return found


def _list(engine: sa.Engine, settings: Settings, *, as_json: bool) -> bool:
    lang = settings.locale
    with engine.connect() as connection:
        found = state.list_sources(connection)
    if as_json:
        print_json({"sources": [_plain(one, lang) for one in found.items]})
        return True
    if not found.items:
        tell(_NONE.format(file=settings.sources_file)[lang])
        return True
    tell_table(_COLUMNS[lang].split("|"), [_row(one, lang) for one in found.items])
    for one in found.items:
        if one.state == "failing" and one.reason is not None:
            tell(_WHY.format(name=one.name, reason=one.reason)[lang])
        for refusal in one.refusals:
            tell(_REFUSED.format(name=one.name, file=refusal.file, reason=refusal.reason)[lang])
    return True


def _row(one: SourceView, lang: Lang) -> list[str]:
    pause = None if one.next_at is None else _AFTER.format(time=_time(one.next_at))
    return [
        one.name,
        (_BETA.format(type=one.type) if one.is_beta else Text(en=one.type, ru=one.type))[lang],
        _STATES[one.state][lang],
        NOTHING if one.data_to is None else one.data_to.isoformat(),
        NOTHING if one.tried_at is None else _time(one.tried_at),
        NOTHING if one.changed_at is None else number(one.rows_new, lang),
        (pause or _NEXT)[lang],
    ]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _test(engine: sa.Engine, source: Source, settings: Settings, trial: Trial, *, as_json: bool) -> bool:
    lang, entries, is_good = settings.locale, [], True
    try:
        for file, found in trial(engine, source, import_options(settings)):
            if isinstance(found, ImportReport):
                is_good = is_good and not found.doubts
                entries.append({**found.to_json(lang), "file": file.name})
                lines = [file.name, *list(report_lines(found, lang))[1:]]
                lines += [f"  {doubt.text[lang]}" for doubt in found.doubts]
            else:
                is_good = False
                entries.append({"file": file.name, "error": {"text": found[lang]}})
                lines = [_WOULD_REFUSE.format(file=file.name, reason=found)[lang]]
            for line in () if as_json else lines:
                tell(line)
    except SourceError as error:
        return _failed(source, error, entries, lang, as_json=as_json)
    if as_json:
        print_json({"source": source.name, "files": entries, "error": None})
    elif not entries:
        tell(_NOTHING_NEW[lang])
    return is_good


def _make_folder(folder: Path | None) -> None:
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}") from None


def _failed(
    source: Source, error: DemetraError, entries: Sequence[Mapping[str, Any]], lang: Lang, *, as_json: bool
) -> bool:
    if as_json:
        reason = {"code": error.code, "text": error.text[lang]}
        print_json({"source": source.name, "files": list(entries), "error": reason})
    else:
        tell(_WHY.format(name=source.name, reason=error.text)[lang], err=True)
    return False


def _run(engine: sa.Engine, source: Source, settings: Settings, *, as_json: bool) -> bool:
    lang = settings.locale
    fetched = fetch_due(engine, [source], import_options(settings), only=[source.name])
    with engine.connect() as connection:
        view = next(one for one in state.list_sources(connection).items if one.name == source.name)
    is_done = bool(fetched.sources) and not fetched.failed and not fetched.refused
    if as_json:
        print_json({"source": _plain(view, lang), "fetched": fetched.to_json()})
        return is_done
    if not fetched.sources:
        tell(_BUSY.format(name=source.name)[lang], err=True)
    elif fetched.failed and view.reason is not None:
        tell(_WHY.format(name=source.name, reason=view.reason)[lang], err=True)
    else:
        news = news_of_fetch(fetched.to_json()) or _NO_NEWS
        tell(_DONE.format(name=source.name, news=news)[lang])
    for refusal in view.refusals if fetched.refused else ():
        tell(_REFUSED.format(name=source.name, file=refusal.file, reason=refusal.reason)[lang], err=True)
    return is_done


def _plain(one: SourceView, lang: Lang) -> dict[str, Any]:
    values = {item.name: getattr(one, item.name) for item in fields(one)}
    values["refusals"] = [_refusal(refusal, lang) for refusal in one.refusals]
    return {name: _json_value(value, lang) for name, value in values.items()}


def _refusal(one: Refusal, lang: Lang) -> dict[str, Any]:
    return {
        "file": one.file,
        "code": one.code,
        "reason": one.reason[lang],
        "refused_at": _json_value(one.refused_at, lang),
    }


def _json_value(value: object, lang: Lang) -> object:
    if isinstance(value, Text):
        return value[lang]
    if isinstance(value, date):  # or a time
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value
