from __future__ import annotations

from pathlib import Path

import pytest

from services.reports.declaring import (
    ReportsFileError,
    ScheduledReport,
    entry_of,
    parse_reports,
    read_reports,
)

FILE = Path("reports.toml")
BOARD = '[[report]]\nname = "Board"\nschedule = "mon 08:00"\nto = "mailto:a@x.org, b@x.org"\n'


def test_an_entry_is_read_with_its_defaults() -> None:
    (report,) = parse_reports(FILE, BOARD.encode())

    assert report == ScheduledReport("Board", "mon 08:00", "mailto:a@x.org, b@x.org")
    assert report.recipients == ("a@x.org", "b@x.org")
    assert (report.format, report.period, report.theme) == ("pdf", "28", "light")


def test_what_is_written_is_what_is_read() -> None:
    report = ScheduledReport("Совет 1", "month 1 08:00", 'out/"q"', "pptx", "ru", "month", "dark")

    assert parse_reports(FILE, entry_of(report).encode()) == (report,)


def test_without_a_file_there_are_no_reports(tmp_path: Path) -> None:
    assert read_reports(tmp_path / "reports.toml") == ()


@pytest.mark.parametrize(
    ("toml", "line", "said"),
    [
        (BOARD + 'format = "docx"\n', 5, "“format” must be one of"),
        (BOARD + 'fromat = "pdf"\n', 5, "“fromat” is unknown"),
        (BOARD + BOARD.replace("Board", "board"), 6, "already"),
        (BOARD.replace("mon", "someday"), 3, "“schedule” must be"),
        (BOARD.replace("b@x.org", "b"), 4, "“to” must be"),
        (BOARD.replace("b@x.org", "b@x.org>"), 4, "“to” must be"),
        (BOARD.replace("mailto:a@x.org, b@x.org", "https://x.org"), 4, "“to” must be"),
        (BOARD.replace('"Board"', '"../Board"'), 2, "“name” must be"),
        (BOARD.replace('"Board"', "7"), 2, "“name” must be"),
        (BOARD.replace("[[report]]", "[report]"), 1, "[[report]]"),
        ('[[report]]\nname = "Board"\n', 1, "“schedule” must be"),
        ("[[report]]\nname =\n", 2, "no valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line(toml: str, line: int, said: str) -> None:
    with pytest.raises(ReportsFileError) as told:
        parse_reports(FILE, toml.encode())

    assert f"reports.toml, line {line}: " in str(told.value)
    assert said in str(told.value)
