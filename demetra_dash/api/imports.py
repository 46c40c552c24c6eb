"""Routes of imports: preview and take in files, list and undo imports, follow an upload."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.datastructures import MultiDict

from demetra_dash.api.failures import lang_of
from demetra_dash.api.parameters import (
    CHANNEL,
    DRY_RUN,
    FETCHED_FROM,
    GRAIN,
    IMPORT_ID,
    IMPORTS_LIMIT,
    MAPPING,
    MODE,
    SHA256,
    SOURCE,
    UPLOAD,
    UPLOAD_ID,
    read,
)
from demetra_dash.api.responses import (
    ImportAnswer,
    ImportedFiles,
    ImportsAnswer,
    UndoneAnswer,
    UploadProgress,
)
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.security.gate import current, may_see_names, note
from demetra_dash.uploads.folder import FOLDER, NAME, PROGRESS, upload_folder
from demetra_dash.uploads.importer import started
from demetra_dash.uploads.jobs import ImportJob, Task, UndoJob
from demetra_dash.uploads.receiving import Received, receive
from services.errors import ConflictError, NotFoundError
from services.text import Text

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api
    from demetra_dash.settings import Settings
    from services.intake.history import Import

FORM = (CHANNEL, SOURCE, MODE, MAPPING, GRAIN, DRY_RUN, SHA256)


class FileChangedError(ConflictError):
    """The file is not the one of the preview."""

    code = "file_changed"
    words = Text(
        en="“{file}” has changed since its preview. Nothing was stored. Look at it again, then take it in.",
        ru="«{file}» изменился после предпросмотра. Ничего не сохранено. Просмотрите его ещё раз.",
    )


class UnknownUploadError(NotFoundError):
    """No upload of this name is being read by this web process's host."""

    code = "unknown_upload"
    words = Text(
        en="No upload of this name is being read here.", ru="Загрузки с таким именем здесь сейчас нет."
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of an upload."""

    channel: str | None
    source: str | None
    mode: str | None
    mapping: dict[str, str]
    grain: str | None
    dry_run: bool
    sha256: str | None

    def options(self, settings: Settings) -> dict[str, Any]:
        """Return the arguments of `import_file` that were given, here or as settings."""
        given = {
            "channel": self.channel,
            "source": self.source,
            "mode": self.mode,
            "mapping": self.mapping,
            "grain": self.grain,
            "archive_days": settings.undo_days,
            "currency": settings.chosen_currency,
        }
        return {name: value for name, value in given.items() if value not in (None, {})}


def post_imports(api: Api, upload: str | None) -> Response:
    """Take files in, all of them or none; with `dry_run`, report what that would do."""
    home = api.settings.home.expanduser()
    with started() as importer, upload_folder(home, upload) as folder:
        received = receive(request.environ, folder)
        sent = _Fields(**read(FORM, MultiDict([*received.fields.items(multi=True), *_in_address()])))
        _check_unchanged(received, sent.sha256)
        job = ImportJob(tuple(file.path for file in received.files), sent.options(api.settings), sent.dry_run)
        task = Task(
            job,
            api.analytics.database_url,
            lang_of(api.settings.locale),
            current().name,
            folder / PROGRESS,
        )
        reports = importer.run(task).values
    for file, report in zip(received.files, reports, strict=True):
        report["sha256"] = file.sha256
        outcome = "previewed" if sent.dry_run else "stored"
        note("import", outcome=outcome, file=file.name, sha256=file.sha256, import_id=report.get("import_id"))
    return json_answer(ImportedFiles(files=tuple(reports)))


def list_imports(api: Api, limit: int, fetched_from: str | None) -> Response:
    """Return the newest imports; with `fetched_from`, those of a declared source."""
    found = tuple(map(_told, api.analytics.imports(limit, fetched_from)))
    return json_answer(ImportsAnswer(count=len(found), imports=found))


def get_import(api: Api, import_id: str) -> Response:
    """Return one import with its report."""
    one = api.analytics.import_of(_id(import_id))
    report = one.report.get(lang_of(api.settings.locale)) or {}
    shown = {name: value for name, value in report.items() if name != "rejects_file"}
    return json_answer(replace(_told(one), report=shown | {"file": one.file_name}))


def undo_import(api: Api, import_id: str) -> Response:
    """Restore exactly what an import has replaced."""
    number = _id(import_id)
    lang = lang_of(api.settings.locale)
    with started() as importer:
        task = Task(UndoJob(number), api.analytics.database_url, lang, current().name)
        undone = UndoneAnswer(**importer.run(task).values)
    note("undo", outcome="undone", file=undone.file_name, import_id=number)
    return json_answer(undone)


def upload_progress(api: Api, upload: str) -> Response:
    """Return how far the reading of an upload is."""
    name = UPLOAD_ID.parse(upload)
    folder = api.settings.home.expanduser() / FOLDER / (name or "")
    if name is None or not NAME.fullmatch(name) or not folder.is_dir():
        raise UnknownUploadError
    try:
        told = json.loads((folder / PROGRESS).read_text())
    except OSError:  # the body is still arriving
        return json_answer(UploadProgress("receive", 0, 0, 0))
    return json_answer(UploadProgress(**told))


def _id(text: str) -> int:
    """Return the number of an import; raise `InvalidParameterError`."""
    return IMPORT_ID.number(text)


def _told(one: Import) -> ImportAnswer:
    """Return an import as this client may see it: names are removed unless allowed."""
    return ImportAnswer(one if may_see_names() else replace(one, imported_by=None, undone_by=None))


def _in_address() -> list[tuple[str, str]]:
    """Return the parameters of the address that are fields of the form."""
    names = {field.name for field in FORM}
    return [(name, value) for name, value in request.args.items(multi=True) if name in names]


def _check_unchanged(received: Received, sha256: str | None) -> None:
    """Raise `FileChangedError` unless the only file has this hash; None is not compared."""
    if sha256 is None:
        return
    for file in received.files:
        if file.sha256 != sha256.lower():
            raise FileChangedError(file=file.name)


ROUTES = (
    Route(
        "POST",
        "/api/imports",
        post_imports,
        summary="Take campaign files in, all of them or none; with `dry_run`, only say what that would do.",
        answers=(Answer("A report for each file.", ImportedFiles),),
        parameters=(UPLOAD,),
        form=FORM,
        problems=(400, 409, 503),
        access="operator",
    ),
    Route(
        "GET",
        "/api/imports",
        list_imports,
        summary="The files that were taken in, newest first.",
        answers=(Answer("The imports.", ImportsAnswer),),
        parameters=(IMPORTS_LIMIT, FETCHED_FROM),
        problems=(400, 503),
    ),
    Route(
        "GET",
        "/api/imports/<import_id>",
        get_import,
        summary="One import with its report.",
        answers=(Answer("The import.", ImportAnswer),),
        problems=(400, 404, 503),
    ),
    Route(
        "POST",
        "/api/imports/<import_id>/undo",
        undo_import,
        summary="Undo an import: its rows are removed, and those that it replaced come back.",
        answers=(Answer("What was done.", UndoneAnswer),),
        problems=(400, 404, 409, 503),
        access="operator",
    ),
    Route(
        "GET",
        "/api/uploads/<upload>",
        upload_progress,
        summary="How far the reading of an upload is.",
        answers=(Answer("The progress.", UploadProgress),),
        problems=(400, 404),
        access="operator",
    ),
)
