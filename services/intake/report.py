"""The result of an import, as values for commands and pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from services.intake.columns import Measure
from services.intake.doubts import Doubt
from services.intake.grain import Grain
from services.intake.records import Rejected
from services.text import Lang, Text

Stage = Literal["look", "read", "store"]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an import: bytes read of bytes in the file (stage `store` has none), and rows."""

    stage: Stage
    done: int
    total: int
    rows: int


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning of an import report: a stable `code`, a sentence, and where it applies.

    `count` is the number of rows or cells concerned, None for the whole file; `lines` are the first of them.
    `page` is the sentence for the page, where it offers other ways than the command.
    """

    code: str
    text: Text
    count: int | None = None
    lines: tuple[int, ...] = ()
    page: Text | None = None

    def words(self, *, on_page: bool) -> Text:
        """Return the sentence."""
        return self.page if on_page and self.page is not None else self.text

    def to_json(self, lang: Lang = "en", *, on_page: bool = False) -> dict[str, Any]:
        """Return the remark as JSON values."""
        text = self.words(on_page=on_page)[lang]
        return {"code": self.code, "text": text, "count": self.count, "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class Preview:
    """The headings of a file, its first rows by field or attribute, and channels that are not there yet."""

    headings: tuple[str, ...]
    rows: tuple[Mapping[str, str | None], ...]
    new_channels: tuple[str, ...]
    known_channels: tuple[str, ...]
    layout_name: str | None
    """The name of the platform whose layout the file has."""

    def to_json(self) -> dict[str, Any]:
        """Return the preview as JSON values."""
        return {
            "headings": list(self.headings),
            "rows": [dict(row) for row in self.rows],
            "new_channels": list(self.new_channels),
            "known_channels": list(self.known_channels),
            "layout_name": self.layout_name,
        }


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of the import of one file.

    rows_read = rows_rejected + rows_combined + rows_imported + rows_updated + rows_unchanged. The last three
    count facts: rows with the same campaign, channel, day and attributes are one fact. `rows_combined` is
    the number of rows that were added to another row of the file in this way. A row of a week or a month
    counts once in `rows_read`, and as a fact for each of its days.
    """

    file: str
    is_dry_run: bool
    import_id: int | None
    """None for a dry run."""
    layout: str
    source: str
    rows_read: int
    rows_imported: int
    rows_updated: int
    rows_unchanged: int
    rows_combined: int
    rows_rejected: int
    rows_left_out: int
    """Rows of totals; they are none of the rows read."""
    rows_removed: int
    """Rows of earlier imports without counterpart in the file."""
    channels: tuple[str, ...]
    date_from: date
    date_to: date
    totals: Mapping[Measure, Decimal | None]
    """The sums of the accepted rows; None where none of them records the figure."""
    file_totals: Mapping[Measure, Decimal] | None
    """The figures of the file's own row of totals; None without one."""
    cost_before: Decimal | None
    """Sums of the channels of the file from its first to its last day, before and after the import."""
    cost_after: Decimal | None
    revenue_before: Decimal | None
    revenue_after: Decimal | None
    rejects_file: str | None
    first_rejected: tuple[Rejected, ...]
    sample_rows_removed: int
    encoding: str
    delimiter: str
    columns: Mapping[str, str]
    """The names in the file of the used columns, by field."""
    attributes: Mapping[str, str]
    """The names in the file of the further columns, by name of the attribute."""
    ignored: tuple[str, ...]
    """Columns that were ignored because they follow from others, such as a CTR beside its counts."""
    derived: Mapping[str, Text]
    """The formulas of the derived measures, by measure."""
    remarks: tuple[Remark, ...]
    details: Mapping[str, str] = field(default_factory=dict)
    """The names in the file of the columns that change with the days, by name of the detail."""
    doubts: tuple[Doubt, ...] = ()
    """Why the import would be refused; empty but for a dry run."""
    preview: Preview | None = None
    """What a dry run shows of the file."""
    currency: str | None = None
    """The currency in which the amounts are stored; None where nothing tells it."""
    grain: Grain = "day"
    """What most rows of the file are."""
    on_page: bool = False
    """Whether sentences name what the page offers, instead of the command's options."""

    @property
    def warnings(self) -> tuple[Text, ...]:
        """The sentences of the remarks."""
        return tuple(remark.words(on_page=self.on_page) for remark in self.remarks)

    def to_json(self, lang: Lang = "en") -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "file": self.file,
            "import_id": self.import_id,
            "layout": self.layout,
            "source": self.source,
            "rows_read": self.rows_read,
            "rows_imported": self.rows_imported,
            "rows_updated": self.rows_updated,
            "rows_unchanged": self.rows_unchanged,
            "rows_combined": self.rows_combined,
            "rows_rejected": self.rows_rejected,
            "rows_left_out": self.rows_left_out,
            "rows_removed": self.rows_removed,
            "channels": list(self.channels),
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat(),
            "rejects_file": self.rejects_file,
            "rejected": [{"line": one.line, "reason": one.reason[lang]} for one in self.first_rejected],
            "sample_rows_removed": self.sample_rows_removed,
            "dry_run": self.is_dry_run,
            "totals": {name: None if total is None else str(total) for name, total in self.totals.items()},
            "file_totals": (
                None
                if self.file_totals is None
                else {name: str(total) for name, total in self.file_totals.items()}
            ),
            "before": _sums(self.cost_before, self.revenue_before),
            "after": _sums(self.cost_after, self.revenue_after),
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "columns": dict(self.columns),
            "attributes": dict(self.attributes),
            "details": dict(self.details),
            "ignored": list(self.ignored),
            "derived": {name: how[lang] for name, how in self.derived.items()},
            "warnings": [warning[lang] for warning in self.warnings],
            "remarks": [remark.to_json(lang, on_page=self.on_page) for remark in self.remarks],
            "doubts": [doubt.to_json(lang, on_page=self.on_page) for doubt in self.doubts],
            "currency": self.currency,
            "grain": self.grain,
            "preview": None if self.preview is None else self.preview.to_json(),
        }


def _sums(cost: Decimal | None, revenue: Decimal | None) -> dict[str, str | None]:
    return {
        "cost": None if cost is None else str(cost),
        "revenue": None if revenue is None else str(revenue),
    }
