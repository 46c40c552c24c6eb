"""Tables of targets in files, and the fields of targets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from services.errors import InvalidFieldError
from services.intake.failures import CampaignFileError
from services.pacing.files import read_targets
from services.pacing.targets import targets_of
from services.views import Target

NOVEMBER = date(2026, 11, 1)
WHOLE = Target(NOVEMBER, "", "spend", Decimal("130000.00"))
TIKTOK = Target(NOVEMBER, "TikTok", "revenue", Decimal("1234.50"))


@pytest.mark.parametrize(
    "text",
    [
        "month,channel,measure,amount\n2026-11,,spend,130000\n2026-11,TikTok,revenue,1234.5\n",
        "Месяц;Канал;Показатель;Сумма\n11.2026;;бюджет;130 000,00\n2026-11-01;TikTok;выручка;1.234,50\n",
        "month\tchannel\tbudget\trevenue\nNov 2026\t\t130000\t\nNovember 2026\tTikTok\t\t1234.50\n\n",
    ],
)
def test_long_and_wide_tables_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(text, encoding="utf-8")

    assert read_targets(path) == (WHOLE, TIKTOK)


def test_a_workbook_is_read(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("month", "channel", "measure", "amount"), (NOVEMBER, None, "spend", 130000)):
        sheet.append(row)
    book.save(tmp_path / "targets.xlsx")

    assert read_targets(tmp_path / "targets.xlsx") == (WHOLE,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "it needs the columns"),
        ("month,amount\n2026-13,5\n", "line 2: The field “month” is “2026-13”"),
        ("month,amount\n2026-11,5\n2026-12,-5\n", "line 3: The field “amount” is “-5”"),
        ("month,amount,measure\n2026-11,5,clicks\n", "line 2: The field “measure” is “clicks”"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "targets.csv"
    path.write_text(text)

    with pytest.raises(CampaignFileError) as caught:
        read_targets(path)

    assert says in caught.value.text.en


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"month": "2026-11"}, "amount"),
        ({"month": 202611, "amount": 1}, "month"),
        ({"month": "2026-11", "amount": float("nan")}, "amount"),
        ({"month": "2026-11", "amount": True}, "amount"),
        ({"month": "2026-11", "amount": 1e15}, "amount"),
        ({"month": "2026-11", "amount": -1}, "amount"),
        ({"month": "2026-11", "amount": 1, "channel": "a\nb"}, "channel"),
        ({"month": "2026-11", "amount": 1, "measure": ["spend"]}, "measure"),
        ({"month": "2026-11", "amount": 1, "color": 1}, "color"),
        ({"targets": []}, "targets"),
        ({"targets": [{"month": "2026-11", "amount": 1}, {"month": "", "amount": 1}]}, "targets[1].month"),
    ],
)
def test_a_bad_field_is_named(body: Any, field: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        targets_of(body)

    assert caught.value.values["parameter"] == field
