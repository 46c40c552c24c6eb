"""Names that differ only in case, spaces, invisible characters or composition are one."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake.spelling import folded
from tests.intake.files import load, rows

HEADER = "date,channel,campaign,impressions,cost"
SPELLINGS = {
    "Social Ads": ["social ads", "SOCIAL ADS", "Social\u200b Ads", "Social  Ads", "Social\u00a0Ads"],
    "Caf\u00e9": ["Cafe\u0301", "CAF\u00c9", "caf\u00e9\ufeff"],
    "Straße": ["STRASSE", "strasse"],
    "検索 Ads": ["検索 ＡＤＳ", "検索\u3000Ads"],
    "Поиск": ["ПОИСК", "поиск\u00ad"],
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_of_one_channel_are_one_channel(
    connection: sa.Connection, tmp_path: Path, name: str
) -> None:
    names = [name, name, *SPELLINGS[name]]
    lines = [f"2026-09-{at + 1:02},{one},Harbour,100,1.00" for at, one in enumerate(names)]
    report = load(connection, tmp_path, *lines, header=HEADER)

    assert report.channels == (name,)
    assert any(remark.code == "spellings" for remark in report.remarks)


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_channel_joins_the_spelling_of_the_database(
    connection: sa.Connection, tmp_path: Path, name: str
) -> None:
    load(connection, tmp_path, f"2026-09-01,{name},Harbour,100,1.00", header=HEADER)
    report = load(connection, tmp_path, f"2026-10-01,{SPELLINGS[name][0]},Harbour,100,1.00", header=HEADER)

    assert report.channels == (name,)


def test_a_given_channel_joins_the_spelling_of_the_database(
    connection: sa.Connection, tmp_path: Path
) -> None:
    header = "date,impressions,cost"
    load(connection, tmp_path, "2026-09-01,100,1.00", header=header, channel="Social Ads")
    report = load(connection, tmp_path, "2026-10-01,100,1.00", header=header, channel="social  ads")

    assert report.channels == ("Social Ads",)


def test_campaigns_join_too(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, "2026-09-01,A,Spring Sale,100,1.00", header=HEADER)
    load(
        connection,
        tmp_path,
        *("2026-09-02,A,spring sale,100,1.00", "2026-09-02,A,SPRING SALE,100,2.00"),
        header=HEADER,
    )

    assert rows(connection, "campaign_id") == ["Spring Sale", "Spring Sale"]


@pytest.mark.parametrize("other", ["Social-Ads", "SocialAds", "Social Ads 2", "Social Adś"])
def test_other_names_stay_apart(connection: sa.Connection, tmp_path: Path, other: str) -> None:
    lines = ["2026-09-01,Social Ads,A,100,1.00", f"2026-09-01,{other},A,100,1.00"]
    report = load(connection, tmp_path, *lines, header=HEADER)

    assert set(report.channels) == {"Social Ads", other}


def test_folding_twice_changes_nothing() -> None:
    names = [one for name, others in SPELLINGS.items() for one in (name, *others)]

    assert [folded(folded(name)) for name in names] == [folded(name) for name in names]
