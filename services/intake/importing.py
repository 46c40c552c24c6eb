"""Import of one campaign file in one transaction.

The file is read twice. The first pass decides the formats of dates and numbers for all rows together. The
second pass streams the rows to the database, so that memory grows by at most eight bytes per row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.atomic_files import PRIVATE, mode_of
from services.intake import history, remarks
from services.intake.channel_rules import RuleBook, on_rules, rules_of
from services.intake.columns import MEASURES, Measure
from services.intake.containers import open_table
from services.intake.conversion import MoneyConverter
from services.intake.deciding import decided
from services.intake.failures import (
    AllRowsRejectedError,
    CampaignFileError,
    ChannelNameError,
    ColumnUnreadableError,
    OnlyTotalsError,
    PeriodsTooManyError,
    SourceNameError,
)
from services.intake.grain import Grain
from services.intake.layout import Layout, find_layout
from services.intake.layouts import source_of
from services.intake.mapping import Mappings, checked, remembered
from services.intake.money import plan_money, rates_for, remember_currency, stored_currency
from services.intake.money_remarks import on_the_money
from services.intake.names import NAME_LIMIT, is_name
from services.intake.naming import channel_for
from services.intake.opening import TextFile
from services.intake.preview import FIRST_ROWS, preview_of
from services.intake.reasons import quoted
from services.intake.rejects import Rejects
from services.intake.report import ImportReport, Preview, Progress, Remark, Stage
from services.intake.rows import RowReader, Tally
from services.intake.spelling import Spellings, on_spellings, stored_campaigns, stored_channels
from services.intake.spread_channels import has_daily_rows
from services.intake.store import Write, known_channels
from services.intake.survey import Survey, Watch, blocks, lines_above, survey
from services.intake.total_remarks import on_the_totals
from services.intake.transfer import RESERVED, Mode, Stored, Transfer
from services.text import LANGS, Lang, Text, tidy

OnProgress = Callable[[Progress], None]

_SEE_REJECTS = Text(en="All rows with their reasons: {path}.", ru="Все строки с причинами: {path}.")
_NO_REJECTS = Text(en="Mend the rows and import again.", ru="Исправьте строки и загрузите файл снова.")
_SHOWN = 3
_MOST_WRITTEN = 20_000_000  # campaign days from rows of weeks and months


@dataclass(frozen=True, slots=True)
class _Choices:
    """What the user has said about a file: its name, channel, source, mapping, and what to replace."""

    name: str
    channel: str | None
    source: str | None
    mode: Mode
    mapping: Mapping[str, str] | None
    grain: Grain | None
    imported_by: str | None
    archive_days: int
    currency: str | None
    on_page: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """A file after the first pass."""

    file: TextFile
    layout: Layout
    survey: Survey
    choices: _Choices
    money: MoneyConverter
    channel: str | None
    """The channel of rows without one: the given one, or the file's name without a channel column."""
    spellings: Mapping[str, Mapping[str, str]]
    """The spelling to use by tidy name, for channels and campaigns that stand in another one."""
    rules: RuleBook
    """The rules on the channels of the file."""
    is_channel_of_platform: bool = False
    """Whether `channel` is the name of the platform, since the file's name says nothing."""

    @property
    def layout_id(self) -> str:
        """The id of the platform's layout."""
        return self.layout.columns.layout_id

    @property
    def source(self) -> str:
        """The source of rows without an account."""
        return self.choices.source or self.layout_id

    @property
    def account(self) -> int | None:
        """The column of the account, unless the source is given."""
        return None if self.choices.source else self.layout.columns.account


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The reader of a file's rows with its tally, and the result of storing them."""

    reader: RowReader
    stored: Stored
    first_lines: tuple[str, ...]
    """The first lines for COPY."""


def import_file(
    connection: sa.Connection,
    path: Path,
    *,
    channel: str | None = None,
    source: str | None = None,
    mode: Mode = "ask",
    mapping: Mapping[str, str] | None = None,
    grain: Grain | None = None,
    dry_run: bool = False,
    imported_by: str | None = None,
    file_name: str | None = None,
    archive_days: int = history.ARCHIVE_DAYS,
    currency: str | None = None,
    lang: Lang = "en",
    on_page: bool = False,
    on_progress: OnProgress | None = None,
    rejects_path: Path | None = None,
) -> ImportReport:
    """Import a campaign file in the caller's transaction and return the report.

    `channel` is the channel of rows without one. Otherwise a file without a channel column is one channel
    with the name of the file, or with `file_name` for a file that has another name here. `source` separates
    rows of another account. The rows there that the file covers are replaced; `mode` says whether in doubt
    too (`replace`), or whether they stay (`append`). `mapping` gives fields the columns of the file by name.
    `grain` says whether a row is a day, a week or a month, where the file does not tell. What is replaced is
    kept for `archive_days`, for `undo`. `currency` is the reporting currency, if it is set; otherwise it is
    that of the amounts already stored, or of the file. `on_page` says that the sentences of the report are
    read on the page, which has no options.

    Rejected rows are written to `rejects_path`, with reasons in `lang`; unset, that is `<file>.rejects.csv`
    in the same folder, and none in a dry run. A dry run does not change the database, and reports doubts.
    `on_progress` is called after each block.

    Raises `CampaignFileError` (or a subclass) when the file cannot be imported, and its subclass
    `ReplacementInDoubtError` when the rows there may not be earlier figures of the same campaigns.
    """
    name = file_name or path.name
    given = None if source is None else source_of(source)
    choices = _Choices(
        name, channel, given, mode, mapping, grain, imported_by, archive_days, currency, on_page
    )
    found = _look(connection, path, choices, on_progress)
    known = known_channels(connection) if dry_run else frozenset()
    beside = None if dry_run else path.with_name(f"{path.name}.rejects.csv")
    rejects_path = rejects_path or beside
    # The rejects file contains rows of the campaign file, so it gets the same readers.
    rejects = Rejects(
        rejects_path, found.layout.columns.header, lang, mode=mode_of(found.file.path.resolve(), PRIVATE)
    )
    try:
        with connection.begin_nested() as savepoint:
            outcome = _Import(connection, found, rejects, on_progress, dry_run).run()
            if dry_run:
                savepoint.rollback()
        rejects.publish()
    finally:
        rejects.discard()
    report = _report(found, outcome, rejects, known, is_dry_run=dry_run)
    if not dry_run:
        remember_currency(connection, found.money.plan)
        history.finish_import(connection, outcome.stored.import_id, _results(found, outcome, report))
    return report


def _look(
    connection: sa.Connection, path: Path, choices: _Choices, on_progress: OnProgress | None
) -> _Source:
    if choices.channel is not None and not is_name(choices.channel):
        raise ChannelNameError(name=quoted(choices.channel), limit=NAME_LIMIT)
    if choices.source is not None and (not is_name(choices.source) or choices.source in RESERVED):
        raise SourceNameError(name=quoted(choices.source), limit=NAME_LIMIT, reserved=", ".join(RESERVED))
    mappings = Mappings(checked(choices.mapping), remembered(connection))
    find = partial(find_layout, mappings=mappings)
    file = open_table(path, find)
    watch = _watch("look", file, on_progress)
    layout = decided(file, find(file), watch)
    channel, is_of_platform = choices.channel, False
    if channel is None and "channel" not in layout.columns.fields:
        above, known = lines_above(file, layout), known_channels(connection)
        channel, is_of_platform = channel_for(layout, above, choices.name, known)
    found = survey(file, layout, watch, choices.grain)
    if found.spreading is not None and found.spreading.is_by_steps and _has_days(connection, found, channel):
        found = replace(survey(file, layout, watch, "day"), is_daily_as_stored=True)
    spellings = _spellings(connection, found, channel)
    if channel is not None:
        channel = spellings["channel"].get(tidy(channel), channel)
    names = [*found.spellings.get("channel", Spellings()).names, *([] if channel is None else [channel])]
    rules = RuleBook(rules_of(connection)).of_file(names)
    plan = plan_money(choices.name, layout, found.money, choices.currency, stored_currency(connection))
    money = MoneyConverter(choices.name, layout, plan, rates_for(connection, plan, found.period))
    return _Source(file, layout, found, choices, money, channel, spellings, rules, is_of_platform)


def _has_days(connection: sa.Connection, found: Survey, channel: str | None) -> bool:
    """Return whether the channels of a file have rows of single days in the database."""
    names = {*found.spellings.get("channel", Spellings()).names, *([] if channel is None else [channel])}
    return has_daily_rows(connection, names)


def _spellings(connection: sa.Connection, found: Survey, channel: str | None) -> dict[str, dict[str, str]]:
    channels = found.spellings.get("channel", Spellings())
    campaigns = found.spellings.get("campaign_id", Spellings())
    known = stored_campaigns(connection, found.period, campaigns.names)
    return {
        "channel": channels.variants(stored_channels(connection), () if channel is None else (channel,)),
        "campaign_id": campaigns.variants(known),
    }


@dataclass(frozen=True, slots=True)
class _Import:
    """The second pass over a file: reads its rows and stores them."""

    connection: sa.Connection
    source: _Source
    rejects: Rejects
    on_progress: OnProgress | None
    is_dry_run: bool

    def run(self) -> _Outcome:
        """Store the rows and return the result."""
        source, choices = self.source, self.source.choices
        history.prune(self.connection, choices.archive_days)
        readers: list[RowReader] = []
        first_lines: list[str] = []

        def send(write: Write, last: str | None) -> int:
            first_lines.clear()
            readers.append(self._send(write, last, first_lines))
            return readers[-1].tally.written

        transfer = Transfer(
            connection=self.connection,
            file=choices.name,
            source=source.source,
            is_source_given=choices.source is not None,
            has_accounts=source.account is not None or bool(source.rules),
            mode=choices.mode,
            known=source.layout.known,
            adds_only=source.layout.columns.is_of_rejects,
            is_dry_run=self.is_dry_run,
            header=frozenset(name for name in source.layout.columns.header if name),
            started=_started(source),
            send=send,
            restart=self.rejects.restart,
        )
        stored = transfer.run(source.survey.period, is_distinct=source.survey.is_distinct)
        return _Outcome(readers[-1], stored, tuple(first_lines))

    def _send(self, write: Write, last: str | None, first_lines: list[str]) -> RowReader:
        """Write the usable rows to the database and the rejected ones to the rejects file."""
        source, file = self.source, self.source.file
        source.money.converted.clear()
        reader = RowReader(
            source.layout,
            source.survey,
            source.channel,
            source=source.source,
            account=source.account,
            money=source.money,
            last=last,
            spellings=source.spellings,
            move=source.rules.apply if source.rules else None,
        )
        for block in blocks(file, source.layout, _watch("read", file, self.on_progress)):
            batch = reader.read(block)
            write(batch.lines)
            first_lines += batch.lines[: FIRST_ROWS - len(first_lines)]
            self.rejects.add(batch.rejected)
            if reader.tally.written > _MOST_WRITTEN and reader.tally.spread:
                raise PeriodsTooManyError(file=file.name, limit=_MOST_WRITTEN)
        if reader.tally.accepted == 0:
            raise self._without_rows(reader.tally)
        _refuse_damaged_column(file, reader.tally)
        _watch("store", file, self.on_progress)(file.size, reader.tally.accepted)
        return reader

    def _without_rows(self, tally: Tally) -> CampaignFileError:
        """Return the error of a file without a usable row; its rejected rows are published."""
        file, rejects = self.source.file, self.rejects
        if not rejects.count:
            return OnlyTotalsError(rows=tally.left_out, file=file.name)
        rejects.publish()
        first = rejects.first[0]
        where = _NO_REJECTS if rejects.file is None else _SEE_REJECTS.format(path=rejects.file)
        return AllRowsRejectedError(
            rows=rejects.count, file=file.name, line=first.line, reason=first.reason, where=where
        )


def _started(source: _Source) -> dict[str, Any]:
    """Return the values of an import that are known before its rows are stored."""
    choices = source.choices
    with source.file.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "file_name": choices.name.encode("utf-8", "replace").decode(),
        "file_hash": digest,
        "layout": source.layout_id,
        "source": source.source,
        "mapping": dict(source.layout.mapping) if source.layout.mapping or choices.mapping else None,
        "imported_by": choices.imported_by,
    }


def _results(source: _Source, outcome: _Outcome, report: ImportReport) -> dict[str, Any]:
    """Return the values of an import that its report gives."""
    header = sorted({name for name in source.layout.columns.header if name})
    counts = ("read", "imported", "updated", "unchanged", "combined", "rejected", "removed")
    money = ("cost_before", "cost_after", "revenue_before", "revenue_after")
    return {
        **{f"rows_{name}": getattr(report, f"rows_{name}") for name in counts},
        **{name: getattr(report, name) for name in ("source", "date_from", "date_to", *money)},
        "channels": list(report.channels),
        "covers": [one.to_json() for one in outcome.stored.covers],
        "report": {"header": header, **{lang: report.to_json(lang) for lang in LANGS}},
    }


def _watch(stage: Stage, file: TextFile, on_progress: OnProgress | None) -> Watch:
    def tell(done: int, rows: int) -> None:
        if on_progress is not None:
            on_progress(Progress(stage, done, file.size, rows))

    return tell


def _refuse_damaged_column(file: TextFile, tally: Tally) -> None:
    damaged = tally.damaged_column()
    if damaged is not None:
        column, cells = damaged
        raise ColumnUnreadableError(
            column=column,
            file=file.name,
            cells=cells.damaged,
            rows=tally.accepted,
            line=cells.lines[0],
            reason=cells.first,
        )


def _file_totals(stated: Mapping[Measure, float] | None) -> dict[Measure, Decimal] | None:
    if stated is None:
        return None
    return {name: Decimal(f"{value:.4f}").normalize() for name, value in stated.items()}


def _report(
    source: _Source, outcome: _Outcome, rejects: Rejects, known: frozenset[str], *, is_dry_run: bool
) -> ImportReport:
    layout, stored = source.layout, outcome.stored
    return ImportReport(
        file=str(source.file.path),
        is_dry_run=is_dry_run,
        import_id=None if is_dry_run else stored.import_id,
        layout=source.layout_id,
        source=", ".join(stored.sources[:_SHOWN]) + (", …" if len(stored.sources) > _SHOWN else ""),
        rows_read=outcome.reader.tally.accepted + rejects.count,
        rows_imported=stored.added,
        rows_updated=stored.replaced,
        rows_unchanged=stored.unchanged,
        rows_combined=stored.combined,
        rows_rejected=rejects.count,
        rows_left_out=outcome.reader.tally.left_out,
        rows_removed=stored.removed,
        channels=stored.sums.channels,
        date_from=stored.sums.date_from,
        date_to=stored.sums.date_to,
        totals=dict(zip(MEASURES, stored.sums.totals, strict=True)),
        file_totals=_file_totals(source.survey.totals.stated),
        cost_before=stored.before.cost,
        cost_after=stored.after.cost,
        revenue_before=stored.before.revenue,
        revenue_after=stored.after.revenue,
        rejects_file=None if rejects.file is None else str(rejects.file),
        first_rejected=tuple(rejects.first),
        sample_rows_removed=stored.samples_removed,
        encoding=source.file.encoding,
        delimiter=layout.delimiter,
        columns={name: layout.columns.name(name) for name in layout.columns.fields if name in layout.used},
        attributes={name: layout.columns.header[at] for name, at in layout.columns.attributes.items()},
        ignored=layout.ignored,
        derived={step.target: layout.explained(step) for step in layout.steps},
        details={name: layout.columns.header[at] for name, at in layout.columns.details.items()},
        remarks=(
            *_remarks_on_source(source),
            *remarks.on_the_rows(outcome.reader.tally, stored, rejects),
            *remarks.on_the_replacement(stored, is_dry_run=is_dry_run),
        ),
        doubts=stored.doubts,
        currency=source.money.plan.reporting,
        grain=next((one for one, _ in outcome.reader.tally.spread.most_common(1)), "day"),
        on_page=source.choices.on_page,
        preview=_preview(source, outcome, known) if is_dry_run else None,
    )


def _remarks_on_source(source: _Source) -> Iterator[Remark]:
    """Yield what there is to say of the file, its columns and its money, whatever its rows are."""
    layout = source.layout
    yield from layout.remarks
    yield from on_rules(source.rules)
    for table in source.spellings.values():
        yield from on_spellings(table)
    yield from on_the_totals(source.survey.totals)
    yield from on_the_money(source.money.plan, source.money.converted)
    yield from remarks.on_the_file(source.file, layout, source.survey)
    yield from remarks.on_the_channel(
        layout, source.choices.channel, source.channel, is_of_platform=source.is_channel_of_platform
    )


def _preview(source: _Source, outcome: _Outcome, known: frozenset[str]) -> Preview:
    header = source.layout.columns.header
    return preview_of(header, outcome.first_lines, outcome.stored.sums.channels, known, source.layout_id)
