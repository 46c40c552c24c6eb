"""A report as slides: native charts and tables that can be edited, in 16:9 or a company's own template."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Emu, Pt

from services.reports import wording
from services.reports.content import Report, Section, Table, written
from services.reports.series import ChartData, charts_of, trend_chart
from services.views import Kind

MOST_ROWS = 10
LONG_DAYS = 60
FINDINGS_PER_SLIDE = 4
WIDTH, HEIGHT = Emu(12_192_000), Emu(6_858_000)  # 16:9
GREEN, TEXT, QUIET, LINE = (RGBColor.from_string(hex_) for hex_ in ("1E6B4A", "17211C", "55635B", "DDE2DA"))
DECISIVE = {
    "budget-recommendations": (
        *("channel", "current_budget", "recommended_budget"),
        *("effect_p50", "effect_p10", "effect_p90"),
    )
}
_MARGIN = 0.045  # of the width
_NUMBER_FORMATS: dict[Kind, str] = {"money": "#,##0", "percent": "0%", "count": "#,##0", "number": "#,##0.0"}


def slides(report: Report, template: Path | None = None) -> bytes:
    """Return the report as PPTX, on the template of a company where there is one."""
    deck = _Deck(report, template)
    deck.add_title()
    deck.add_figures()
    for section in report.sections:
        deck.add_section(section)
    deck.add_channels()
    deck.add_findings()
    deck.add_texts(wording.METHOD[report.lang], (*report.method, report.subtitle, report.made))
    return deck.saved()


class _Deck:
    """The slides of a report as they grow."""

    def __init__(self, report: Report, template: Path | None) -> None:
        self.report = report
        self.deck: Any = Presentation(None if template is None else str(template))
        _remove_slides(self.deck)
        if template is None:
            self.deck.slide_width, self.deck.slide_height = WIDTH, HEIGHT
        self.deck.core_properties.title = report.title
        self.deck.core_properties.subject = report.subtitle
        self.deck.core_properties.language = report.lang

    def saved(self) -> bytes:
        """Return the file."""
        file = io.BytesIO()
        self.deck.save(file)
        return file.getvalue()

    def add_title(self) -> None:
        """Add the title, the run, and the decision."""
        slide = self._slide(self.report.title)
        first, *more = self.report.decision or (wording.NO_FINDINGS[self.report.lang],)
        self._write(slide, (first,), top=0.24, height=0.30, size=26)
        self._write(slide, more, top=0.54, height=0.26, size=16)
        self._write(slide, (self.report.subtitle, *self._sample()), top=0.86, height=0.1, size=12, quiet=True)

    def add_figures(self) -> None:
        """Add the key figures as a table, and the trend as a chart."""
        report = self.report
        slide = self._slide(wording.FIGURES[report.lang])
        self._write(slide, (report.period,), top=0.14, height=0.05, size=12, quiet=True)
        heads = tuple(text[report.lang] for text in (wording.FIGURE, wording.VALUE, wording.CHANGE))
        rows = [(one.title, one.written, one.change) for one in report.figures]
        self._table(slide, heads, rows, (False, True, True), top=0.21, width=0.40)
        chart = trend_chart(report)
        if chart is not None:
            self._chart(slide, chart, left=0.48, top=0.21, width=0.475, height=0.65)
        self._foot(slide)

    def add_section(self, section: Section) -> None:
        """Add a dashboard: its sentence, its chart, and the first rows of its table."""
        slide = self._slide(section.title)
        self._write(slide, (section.headline,), top=0.14, height=0.13, size=16)
        charts = charts_of(section, self.report)
        for place, chart in enumerate(charts):
            left = _MARGIN + place * 0.46
            self._chart(slide, chart, left=left, top=0.28, width=0.44, height=0.58)
        if any(not chart.is_bars for chart in charts):
            note = wording.CHART_ROWS[self.report.lang]
            self._write(slide, (note,), top=0.86, height=0.05, size=11, quiet=True)
        elif section.table.rows:
            self._table_of(slide, _decisive(section), left=0.5, width=0.455)
        self._foot(slide)

    def add_channels(self) -> None:
        """Add the table of the channels."""
        table = self.report.channels
        if table.rows:
            slide = self._slide(table.title)
            self._write(slide, (self.report.period,), top=0.14, height=0.05, size=12, quiet=True)
            self._table_of(slide, table, left=_MARGIN, width=0.91)
            self._foot(slide)

    def add_findings(self) -> None:
        """Add the recommendations with their evidence, a few to a slide."""
        report = self.report
        title = wording.FINDINGS[report.lang]
        if not report.findings:
            self.add_texts(title, (wording.NO_FINDINGS[report.lang],))
        for start in range(0, len(report.findings), FINDINGS_PER_SLIDE):
            slide = self._slide(title)
            box = self._box(slide, top=0.15, height=0.74)
            for place, finding in enumerate(report.findings[start : start + FINDINGS_PER_SLIDE]):
                number = start + place + 1
                self._paragraph(box, f"{number}. {finding.sentence}", size=16, is_first=place == 0)
                self._paragraph(box, finding.evidence, size=11, quiet=True)
            self._foot(slide)

    def add_texts(self, title: str, texts: Sequence[str]) -> None:
        """Add a slide of sentences."""
        slide = self._slide(title)
        self._write(slide, texts, top=0.16, height=0.7, size=16)

    def _sample(self) -> Iterator[str]:
        sample = wording.SAMPLE[self.report.lang]
        if sample in self.report.method:
            yield sample

    def _slide(self, title: str) -> Any:
        """Add a slide with a title; of a template, the layout "Title Only" where there is one."""
        layouts = list(self.deck.slide_layouts)
        layout = next((one for one in layouts if one.name == "Title Only"), layouts[min(5, len(layouts) - 1)])
        slide = self.deck.slides.add_slide(layout)
        head = slide.shapes.title
        if head is None:
            self._write(slide, (title,), top=0.05, height=0.09, size=28)
            return slide
        head.left, head.top = self._x(_MARGIN), self._y(0.045)
        head.width, head.height = self._x(0.91), self._y(0.09)
        head.text_frame.text = title
        head.text_frame.word_wrap = True
        head.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        paragraph = head.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.font.size, paragraph.font.bold, paragraph.font.color.rgb = Pt(28), True, GREEN
        return slide

    def _foot(self, slide: Any) -> None:
        self._write(slide, (self.report.subtitle,), top=0.925, height=0.05, size=10, quiet=True)

    def _write(
        self,
        slide: Any,
        texts: Sequence[str],
        *,
        top: float,
        height: float,
        size: int,
        quiet: bool = False,
    ) -> None:
        if texts:
            box = self._box(slide, top=top, height=height)
            for place, text in enumerate(texts):
                self._paragraph(box, text, size=size, quiet=quiet, is_first=place == 0)

    def _box(self, slide: Any, *, top: float, height: float) -> Any:
        box = slide.shapes.add_textbox(self._x(_MARGIN), self._y(top), self._x(0.91), self._y(height))
        box.text_frame.word_wrap = True
        return box.text_frame

    def _paragraph(
        self, frame: Any, text: str, *, size: int, quiet: bool = False, is_first: bool = False
    ) -> None:
        paragraph = frame.paragraphs[0] if is_first else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.color.rgb = Pt(size), QUIET if quiet else TEXT
        paragraph.space_after = Pt(6)

    def _table_of(self, slide: Any, table: Table, *, left: float, width: float) -> None:
        """Add the first rows of a table, and how many rows more there are."""
        report = self.report
        headings = table.headings
        rows = [
            tuple(
                written(value, heading.kind, "", report.lang).strip()
                for heading, value in zip(headings, row, strict=True)
            )
            for row in table.rows[:MOST_ROWS]
        ]
        heads = tuple(one.title + (f", {report.currency}" if one.kind == "money" else "") for one in headings)
        is_number = tuple(one.kind not in {"text", "date"} for one in headings)
        self._table(slide, heads, rows, is_number, top=0.28, left=left, width=width)
        if len(table.rows) > MOST_ROWS:
            more = wording.LEFT_OUT.format(rows=len(table.rows) - MOST_ROWS)[report.lang]
            self._write(slide, (more,), top=0.87, height=0.05, size=11, quiet=True)

    def _table(
        self,
        slide: Any,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        is_number: Sequence[bool],
        *,
        top: float,
        left: float = _MARGIN,
        width: float,
    ) -> None:
        height = self._y(0.05 * (len(rows) + 1))
        shape = slide.shapes.add_table(
            len(rows) + 1, len(heads), self._x(left), self._y(top), self._x(width), height
        )
        size = 12 if len(heads) <= 4 else 10
        for column, head in enumerate(heads):
            _fill(shape.table.cell(0, column), head, size=size, right=is_number[column], bold=True)
            for number, row in enumerate(rows, 1):
                _fill(shape.table.cell(number, column), row[column], size=size, right=is_number[column])

    def _chart(
        self, slide: Any, data: ChartData, *, left: float, top: float, width: float, height: float
    ) -> None:
        chart_data = CategoryChartData(number_format=_NUMBER_FORMATS.get(data.kind, "General"))
        chart_data.categories = data.categories
        for line in data.lines:
            chart_data.add_series(line.name, line.values)
        kind = XL_CHART_TYPE.BAR_CLUSTERED if data.is_bars else XL_CHART_TYPE.LINE
        place = (self._x(left), self._y(top), self._x(width), self._y(height))
        chart = slide.shapes.add_chart(kind, *place, chart_data).chart
        chart.font.size, chart.font.color.rgb = Pt(11), QUIET
        chart.has_title = not data.is_bars
        if chart.has_title:
            chart.chart_title.text_frame.text = data.title
            chart.chart_title.text_frame.paragraphs[0].font.size = Pt(14)
        chart.has_legend = len(data.lines) > 1
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
            _leave_out_of_legend(chart, data)
        _style_axes(chart, data)
        _style_lines(chart, data)

    def _x(self, share: float) -> Emu:
        return Emu(int(self.deck.slide_width * share))

    def _y(self, share: float) -> Emu:
        return Emu(int(self.deck.slide_height * share))


def _remove_slides(deck: Any) -> None:
    """Remove the slides of a template; python-pptx has no method for it."""
    ids = deck.slides._sldIdLst
    for slide in list(ids):
        deck.part.drop_rel(slide.rId)
        ids.remove(slide)


def _decisive(section: Section) -> Table:
    """Return the table of a dashboard with the columns that fit beside its chart."""
    names = DECISIVE.get(section.slug)
    if names is None:
        return section.table
    places = [place for place, one in enumerate(section.table.headings) if one.name in names]
    headings = tuple(section.table.headings[place] for place in places)
    rows = tuple(tuple(row[place] for place in places) for row in section.table.rows)
    return Table(section.table.title, headings, rows)


def _style_axes(chart: Any, data: ChartData) -> None:
    values, categories = chart.value_axis, chart.category_axis
    values.major_gridlines.format.line.color.rgb = LINE
    values.format.line.fill.background()
    values.tick_labels.number_format = _NUMBER_FORMATS.get(data.kind, "General")
    values.tick_labels.number_format_is_linked = False
    categories.format.line.color.rgb = LINE
    categories.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if data.is_bars:
        values.visible, values.has_major_gridlines = False, False  # the bars have their numbers
        categories.reverse_order = True  # the first row on top
        chart.plots[0].gap_width = 60
    elif isinstance(data.categories[0], date):
        categories.tick_labels.number_format = "d mmm"
        categories.tick_labels.number_format_is_linked = False
        _label_every(categories, 7 if len(data.categories) < LONG_DAYS else 28)


def _label_every(categories: Any, days: int) -> None:
    """Label a date axis every so many days; python-pptx has no property for it."""
    for tag, value in (("c:majorUnit", str(days)), ("c:majorTimeUnit", "days")):
        element = OxmlElement(tag)
        element.set("val", value)
        categories._element.append(element)


def _leave_out_of_legend(chart: Any, data: ChartData) -> None:
    """Take the dashed lines out of the legend: each has the colour of its channel."""
    position = chart.legend._element.find(qn("c:legendPos"))
    for number in reversed([place for place, line in enumerate(data.lines) if line.is_expected]):
        entry = OxmlElement("c:legendEntry")
        for tag, value in (("c:idx", str(number)), ("c:delete", "1")):
            part = OxmlElement(tag)
            part.set("val", value)
            entry.append(part)
        position.addnext(entry)


def _style_lines(chart: Any, data: ChartData) -> None:
    for line, series in zip(data.lines, chart.plots[0].series, strict=True):
        rgb = RGBColor.from_string(line.colour.lstrip("#"))
        if data.is_bars:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = rgb
            continue
        series.smooth = False
        series.format.line.width, series.format.line.color.rgb = Pt(2), rgb
        if line.is_expected:
            series.format.line.dash_style = MSO_LINE.DASH
    if data.is_bars:
        plot = chart.plots[0]
        plot.has_data_labels = True
        plot.data_labels.font.size = Pt(10)
        plot.data_labels.number_format = _NUMBER_FORMATS.get(data.kind, "General")
        plot.data_labels.number_format_is_linked = False


def _fill(cell: Any, text: str, *, size: int, right: bool, bold: bool = False) -> None:
    cell.text = text
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    paragraph.font.size, paragraph.font.bold = Pt(size), bold
    paragraph.font.color.rgb = RGBColor(255, 255, 255) if bold else TEXT
    cell.margin_left = cell.margin_right = Pt(4)
    cell.margin_top = cell.margin_bottom = Pt(2)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    if bold:
        cell.fill.solid()
        cell.fill.fore_color.rgb = GREEN
