"""Checks of the declared sources: each is read as far as its first new file, and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from demetra_dash.checkup.check_result import CheckResult, failed, ok, same, warning
from demetra_dash.settings import Settings
from demetra_dash.source_declarations import declared_sources
from services.errors import DemetraError
from services.sources.failures import SourceError, SourcesFileError
from services.sources.kind import Source
from services.sources.trial import first_new_file
from services.text import Text

SUBJECT = "source"
_NONE = Text(en="none declared in {file}", ru="в {file} ни одного")
_NEW = Text(en="{name}: can be read, new: {file}", ru="{name}: читается, новое: {file}")
_NOTHING_NEW = Text(en="{name}: can be read, nothing new", ru="{name}: читается, ничего нового")
_FAILED = Text(en="{name}: {reason}", ru="{name}: {reason}")
_ADVICE = Text(
    en="Then try it again: demetra sources test “{name}”", ru="Затем проверьте: demetra sources test «{name}»"
)
_CORRECT = Text(
    en="Correct this line; until then, the sources stay as they were.",
    ru="Исправьте эту строку; до тех пор источники остаются прежними.",
)


def look_at_sources(settings: Settings, engine: sa.Engine) -> Iterator[CheckResult]:
    """Yield a check result for each declared source, or one for a file that has none or a mistake."""
    try:
        declared = declared_sources(settings).read()
    except SourcesFileError as error:
        yield failed("sources", error.text, _CORRECT)
        return
    if not declared:
        yield ok("sources", _NONE.format(file=settings.sources_file))
    for source in declared:
        yield _looked_at(source, engine)


def _looked_at(source: Source, engine: sa.Engine) -> CheckResult:
    try:
        file = first_new_file(engine, source)
    except SourceError as error:
        advice = _ADVICE.format(name=source.name)
        return failed(SUBJECT, _FAILED.format(name=source.name, reason=error.text), advice)
    except DemetraError as error:  # the database; its own check says what to do
        return warning(SUBJECT, _FAILED.format(name=source.name, reason=error.text), same("demetra doctor"))
    if file is None:
        return ok(SUBJECT, _NOTHING_NEW.format(name=source.name))
    return ok(SUBJECT, _NEW.format(name=source.name, file=file))
