"""A sample export in the layout of each platform, with its preamble, totals, language and number style."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake import import_file
from services.intake.columns import MEASURES
from services.intake.layouts import PLATFORMS, shared_roles
from services.intake.layouts.platform import ROLES
from services.intake.mapping import FIELDS
from tests.intake.files import rows, sums

FOLDER = Path(__file__).parent / "exports"
EXPECTED: dict[str, tuple[str, dict[str, str]]] = json.loads(
    (FOLDER / "sums.json").read_text(encoding="utf-8")
)
"""Layout and sums by file, computed when the files were made, independent of Demetra."""


@pytest.mark.parametrize("name", EXPECTED)
def test_the_export_of_a_platform_is_read_to_the_cent(connection: sa.Connection, name: str) -> None:
    layout, expected = EXPECTED[name]
    report = import_file(connection, FOLDER / name)

    assert report.layout == layout
    assert {one: Decimal(getattr(sums(connection), one)) for one in expected} == {
        one: Decimal(value) for one, value in expected.items()
    }
    assert set(report.columns) & set(MEASURES) == set(expected)
    assert report.derived == {}
    assert (report.date_from, report.date_to) == (date(2026, 9, 1), date(2026, 9, 14))
    assert report.rows_imported == 28
    assert set(rows(connection, "campaign_id")) != set()


def test_every_platform_has_a_sample() -> None:
    assert {layout for layout, _ in EXPECTED.values()} == {platform.id for platform in PLATFORMS}


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.id)
def test_a_heading_has_one_meaning_in_its_layout(platform: object) -> None:
    by_role = platform.by_role  # type: ignore[attr-defined]
    keys = [key for keys in by_role.values() for key in dict.fromkeys(keys)]

    assert len(keys) == len(set(keys))
    assert "" not in keys


def test_a_heading_is_shared_with_other_files_only_if_the_platforms_agree() -> None:
    keys = [key for keys in shared_roles().values() for key in keys]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.id)
def test_a_layout_says_day_campaign_cost_and_a_result(platform: object) -> None:
    roles = set(platform.by_role)  # type: ignore[attr-defined]

    assert {"date", "campaign_id", "cost", "impressions", "clicks"} <= roles
    assert all(role in FIELDS or role in ROLES or role.isidentifier() for role in roles)


def test_ids_and_names_of_layouts_are_unique() -> None:
    for names in ([one.id for one in PLATFORMS], [one.name for one in PLATFORMS]):
        assert len(names) == len(set(names))
