"""Why two runs differ: new days, imports, undone imports, model, settings, rules, rates, version.

What a run was computed from is recorded with it (`services.sync.inputs`); runs of earlier versions have no
such record, and then it is said that a reason cannot be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from services.database.tables import imports, sync_runs
from services.errors import UnknownRunError
from services.text import Text, number_text, span
from services.views import Snapshot

MOST_FILES = 5

CauseKind = Literal[
    "new_days", "fewer_days", "corrections", "imports", "undone", "model", "settings", "rules", "rates",
    "version", "data_kind", "outside",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason: what kind it is, and a sentence."""

    kind: CauseKind
    sentence: Text


@dataclass(frozen=True, slots=True)
class Causes:
    """All reasons that were found; `new_days` as words for the summary, `unknown` what cannot be told."""

    found: tuple[Cause, ...]
    new_days: Text | None
    unknown: Text | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is recorded of a run's making; `inputs` is None for a run of an earlier version."""

    run_id: int
    read_at: datetime
    model_version: str | None
    inputs: Mapping[str, Any] | None

    def has_import(self, import_id: int, imported_at: datetime) -> bool:
        """Tell whether an import is in the data of the run: by its number, or by its time."""
        if self.inputs is None:
            return imported_at <= self.read_at
        return import_id <= (self.inputs["newest_import"] or 0)


@dataclass(frozen=True, slots=True)
class FileImport:
    """An import between two runs."""

    file: str
    rows_new: int
    rows_corrected: int


_R = sync_runs.c
_RECORDS = sa.select(_R.id, _R.started_at, _R.requested_at, _R.stage_seconds, _R.model_version, _R.inputs)

_ONE_DAY = Text(en="1 new day", ru="новых дней: 1")
_NEW_DAYS = Text(en="{count} new days", ru="новых дней: {count}")
_DAYS = Text(en="New days: {count} ({span}).", ru="Новых дней: {count} ({span}).")
_FEWER = Text(
    en="The data end {count} days earlier: newer days were removed.",
    ru="Данные кончаются на {count} дн. раньше: более новые дни удалены.",
)
_CORRECTED = Text(
    en="Figures of days that both runs have were changed: corrections, or conversions that came in late.",
    ru="Изменились цифры дней, которые есть в обоих запусках: исправления или поздние конверсии.",
)
_IMPORTS = Text(
    en="Files taken in between: {files}; new rows: {new}, corrected: {corrected} ({names}).",
    ru="Файлов загружено между запусками: {files}; новых строк: {new}, исправлено: {corrected} ({names}).",
)
_AND_MORE = Text(en="{names} and {count} more", ru="{names} и ещё {count}")
_UNDONE = Text(en="Imports undone in between: {count}.", ru="Загрузок отменено между запусками: {count}.")
_MODEL = Text(
    en="The forecast model was trained again (it was “{before}”, it is “{after}”).",
    ru="Модель прогноза обучена заново (была «{before}», стала «{after}»).",
)
_SETTING = Text(en="Setting {name}: {before} → {after}.", ru="Настройка {name}: {before} → {after}.")
_RULES = Text(
    en="The rules that rename, merge or split channels have changed.",
    ru="Изменились правила переименования, объединения или разделения каналов.",
)
_RATES = Text(en="Exchange rates have changed.", ru="Изменились курсы валют.")
_VERSION = Text(
    en="Demetra was updated: another version computed the later run.",
    ru="Demetra обновлена: второй запуск посчитан другой версией.",
)
_SAMPLE = Text(
    en="One of the runs has sample data, the other your own.",
    ru="Один из запусков — на примерных данных, другой — на ваших.",
)
_CURRENCY = Text(
    en="The amounts are in different currencies ({before}, {after}) and cannot be compared.",
    ru="Суммы в разных валютах ({before}, {after}), сравнивать их нельзя.",
)
_OUTSIDE = Text(
    en="Nothing that Demetra records explains the changed figures of earlier days: rows were written "
    "directly to the database.",
    ru="Ни одна запись Demetra не объясняет изменённые цифры прошлых дней: строки записаны прямо в базу.",
)
_UNKNOWN = Text(
    en="Run {runs} was made before Demetra recorded settings, rules and rates: whether these changed cannot "
    "be told.",
    ru="Запуск {runs} сделан до того, как Demetra стала записывать настройки, правила и курсы: менялись ли "
    "они, сказать нельзя.",
)


_SETTINGS: Mapping[str, Text] = {
    "lang": Text(en="language of the charts", ru="язык графиков"),
    "currency": Text(en="currency", ru="валюта"),
    "horizon_days": Text(en="days of the forecast", ru="дней прогноза"),
    "budget_total": Text(en="total budget", ru="общий бюджет"),
    "budget_change_limit": Text(en="most change of a channel's budget", ru="предел изменения бюджета канала"),
    "country": Text(en="country of the holidays", ru="страна праздников"),
    "brand_names": Text(en="brand names", ru="названия брендов"),
    "brand_channels": Text(en="brand channels", ru="брендовые каналы"),
    "attribution_days": Text(en="days of attribution", ru="дней атрибуции"),
    "margin": Text(en="margin", ru="маржа"),
    "conversion_value": Text(en="value of a conversion", ru="ценность конверсии"),
    "conversion_cost_ceiling": Text(en="most that a conversion may cost", ru="предельная цена конверсии"),
}


def record_of(connection: sa.Connection, run_id: int) -> RunRecord:
    """Return the record of a run's making; raises `UnknownRunError`."""
    row = connection.execute(_RECORDS.where(_R.id == run_id)).one_or_none()
    if row is None:
        raise UnknownRunError(run_id=run_id)
    return _record(row)


def newest_records(connection: sa.Connection, limit: int) -> tuple[RunRecord, ...]:
    """Return the records of the newest runs that published a snapshot, newest first."""
    published = _RECORDS.where(_R.state == "succeeded", ~_R.no_new_data)
    return tuple(map(_record, connection.execute(published.order_by(_R.id.desc()).limit(limit))))


def _record(row: Any) -> RunRecord:
    fetching = timedelta(seconds=(row.stage_seconds or {}).get("fetch", 0.0))
    return RunRecord(row.id, (row.started_at or row.requested_at) + fetching, row.model_version, row.inputs)


def imports_between(
    connection: sa.Connection, earlier: RunRecord, later: RunRecord
) -> tuple[FileImport, ...]:
    """Return the imports that are in the data of the later run and not in those of the earlier one."""
    i = imports.c
    columns = i.id, i.imported_at, i.file_name, i.rows_imported, i.rows_updated
    rows = connection.execute(sa.select(*columns).order_by(i.id))
    return tuple(
        FileImport(row.file_name, row.rows_imported, row.rows_updated)
        for row in rows
        if later.has_import(row.id, row.imported_at) and not earlier.has_import(row.id, row.imported_at)
    )


def find(
    snapshots: tuple[Snapshot, Snapshot],
    records: tuple[RunRecord, RunRecord],
    between: Sequence[FileImport],
    *,
    has_corrections: bool,
) -> Causes:
    """Return why two runs differ, the earlier one first in each pair."""
    inputs = tuple(record.inputs for record in records)
    found = [*_of_days(*snapshots, has_corrections=has_corrections), *_of_imports(between)]
    is_explained = bool(between)
    if inputs[0] is not None and inputs[1] is not None:
        changed = _of_inputs(inputs[0], inputs[1])
        is_explained = is_explained or any(cause.kind in {"undone", "rules", "rates"} for cause in changed)
        found += changed
        if has_corrections and not is_explained and snapshots[0].is_sample == snapshots[1].is_sample:
            found.append(Cause("outside", _OUTSIDE))
    found += _of_model(*records)
    lacking = ", ".join(str(record.run_id) for record in records if record.inputs is None)
    return Causes(
        found=tuple(found),
        new_days=_new_days(*snapshots),
        unknown=_UNKNOWN.format(runs=lacking) if lacking else None,
    )


def _added(earlier: Snapshot, later: Snapshot) -> int:
    if earlier.data_to is None or later.data_to is None:
        return 0
    return (later.data_to - earlier.data_to).days


def _new_days(earlier: Snapshot, later: Snapshot) -> Text | None:
    count = _added(earlier, later)
    return None if count < 1 else _ONE_DAY if count == 1 else _NEW_DAYS.format(count=number_text(count))


def _of_days(earlier: Snapshot, later: Snapshot, *, has_corrections: bool) -> list[Cause]:
    found, added = [], _added(earlier, later)
    if added > 0 and earlier.data_to is not None and later.data_to is not None:
        first, last = earlier.data_to + timedelta(days=1), later.data_to
        days = Text(en=span(first, last, "en"), ru=span(first, last, "ru"))
        found.append(Cause("new_days", _DAYS.format(count=number_text(added), span=days)))
    if added < 0:
        found.append(Cause("fewer_days", _FEWER.format(count=number_text(-added))))
    if has_corrections:
        found.append(Cause("corrections", _CORRECTED))
    if earlier.is_sample != later.is_sample:
        found.append(Cause("data_kind", _SAMPLE))
    if earlier.currency != later.currency:
        currencies = {"before": earlier.currency or "?", "after": later.currency or "?"}
        found.append(Cause("data_kind", _CURRENCY.format(**currencies)))
    return found


def _of_imports(between: Sequence[FileImport]) -> list[Cause]:
    if not between:
        return []
    shown = ", ".join(one.file for one in between[:MOST_FILES])
    names = Text(en=shown, ru=shown)
    if len(between) > MOST_FILES:
        names = _AND_MORE.format(names=names, count=number_text(len(between) - MOST_FILES))
    sentence = _IMPORTS.format(
        files=number_text(len(between)),
        new=number_text(sum(one.rows_new for one in between)),
        corrected=number_text(sum(one.rows_corrected for one in between)),
        names=names,
    )
    return [Cause("imports", sentence)]


def _of_inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Cause]:
    found = []
    if after["undone"] > before["undone"]:
        count = number_text(after["undone"] - before["undone"])
        found.append(Cause("undone", _UNDONE.format(count=count)))
    if after["rules"] != before["rules"]:
        found.append(Cause("rules", _RULES))
    if after["rates"] != before["rates"]:
        found.append(Cause("rates", _RATES))
    if after["code"] != before["code"]:
        found.append(Cause("version", _VERSION))
    values = before["settings"], after["settings"]
    for name in dict.fromkeys((*values[0], *values[1])):
        old, new = (settings.get(name, "?") for settings in values)
        if old != new:
            words = _SETTINGS.get(name, Text(en=name, ru=name))
            found.append(Cause("settings", _SETTING.format(name=words, before=old, after=new)))
    return found


def _of_model(earlier: RunRecord, later: RunRecord) -> list[Cause]:
    if earlier.model_version == later.model_version:
        return []
    versions = {"before": earlier.model_version or "?", "after": later.model_version or "?"}
    return [Cause("model", _MODEL.format(**versions))]
