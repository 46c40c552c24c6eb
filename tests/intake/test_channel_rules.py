"""Rules that rename, merge and split channels: on the rows there, on later imports, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.tables import campaigns, imports, replaced_campaigns
from services.intake import undo
from services.intake.channel_rules import (
    BadPatternError,
    ChannelRuleError,
    ChannelTakenError,
    LaterRuleError,
    SameChannelError,
    UnknownChannelError,
    UnknownRuleError,
    channels_of,
    merge,
    rename,
    rules_of,
    split,
    take_back,
)
from tests.intake.files import load, rows, sums

HEADER = "date,channel,campaign,impressions,cost"
LINES = [
    *("2026-09-01,Google,Brand,100,1.00", "2026-09-01,Google,Shoes,100,2.00"),
    *("2026-09-02,Google,Brand,100,3.00", "2026-09-01,Bing,Brand,100,4.00"),
]
Change = Callable[[sa.Connection], Any]
RULES: dict[str, Change] = {
    "rename": lambda connection: rename(connection, "Google", "Google Ads")[0],
    "merge": lambda connection: merge(connection, "Bing", "Google"),
    "split": lambda connection: split(connection, "Google", "^brand", "Google Brand"),
    "split into another": lambda connection: split(connection, "Google", "shoes", "Bing"),
}
EXPECTED = {
    "rename": {"Google Ads": 3, "Bing": 1},
    "merge": {"Google": 4},
    "split": {"Google": 1, "Google Brand": 2, "Bing": 1},
    "split into another": {"Google": 2, "Bing": 2},
}


def everything(connection: sa.Connection) -> list[Any]:
    """Return all rows of the tables that a rule changes."""
    hidden = {"imported_at", "import_id"}
    columns = [column for column in campaigns.c if column.name not in hidden]
    return [
        connection.execute(sa.select(*columns).order_by(campaigns.c.id)).all(),
        connection.execute(sa.select(replaced_campaigns).order_by(replaced_campaigns.c.id)).all(),
        connection.execute(sa.select(imports.c.id, imports.c.covers).order_by(imports.c.id)).all(),
        connection.execute(sa.text("SELECT * FROM campaign_days ORDER BY channel, date")).all(),
    ]


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_changes_the_rows_there_and_later_imports(
    connection: sa.Connection, tmp_path: Path, kind: str
) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    RULES[kind](connection)

    assert dict(channels_of(connection)) == EXPECTED[kind]

    later = [line.replace("2026-09", "2026-10") for line in LINES]
    report = load(connection, tmp_path, *later, header=HEADER)

    assert dict(channels_of(connection)) == {name: 2 * count for name, count in EXPECTED[kind].items()}
    assert any(remark.code == "channel_rule" for remark in report.remarks)


@pytest.mark.parametrize("kind", RULES)
def test_a_file_replaces_its_rows_under_a_rule(connection: sa.Connection, tmp_path: Path, kind: str) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    RULES[kind](connection)
    report = load(connection, tmp_path, *[f"{line}5" for line in LINES], header=HEADER)

    assert (report.rows_imported, report.rows_updated) == (0, 4)
    assert dict(channels_of(connection)) == EXPECTED[kind]
    assert float(sums(connection).cost) == pytest.approx(10.02)


def test_files_of_merged_channels_replace_their_own_rows_only(
    connection: sa.Connection, tmp_path: Path
) -> None:
    header = "date,campaign,impressions,cost"
    load(connection, tmp_path, "2026-09-01,Brand,100,1.00", header=header, channel="Search")
    load(connection, tmp_path, "2026-09-01,Brand,100,2.00", header=header, channel="Shopping")
    merge(connection, "Shopping", "Search")
    load(connection, tmp_path, "2026-09-01,Brand,100,2.05", header=header, channel="Shopping")
    load(connection, tmp_path, "2026-09-01,Brand,100,1.01", header=header, channel="Search")

    assert dict(channels_of(connection)) == {"Search": 2}
    assert sorted(map(float, rows(connection, "cost"))) == [1.01, 2.05]


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_is_taken_back_exactly(connection: sa.Connection, tmp_path: Path, kind: str) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    load(connection, tmp_path, *[f"{line}5" for line in LINES], header=HEADER)
    before = everything(connection)
    rule = RULES[kind](connection)
    take_back(connection, rule.id)

    assert everything(connection) == before
    assert rules_of(connection) == ()


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_is_taken_back_for_rows_imported_under_it(
    connection: sa.Connection, tmp_path: Path, kind: str
) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    rule = RULES[kind](connection)
    load(connection, tmp_path, *[line.replace("2026-09", "2026-10") for line in LINES], header=HEADER)
    take_back(connection, rule.id)

    assert dict(channels_of(connection)) == {"Google": 6, "Bing": 2}


@pytest.mark.parametrize("kind", RULES)
def test_an_import_is_undone_exactly_under_a_rule(
    connection: sa.Connection, tmp_path: Path, kind: str
) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    RULES[kind](connection)
    before = everything(connection)[0]
    report = load(connection, tmp_path, *[f"{line}5" for line in LINES], header=HEADER)
    assert report.import_id is not None
    undo(connection, report.import_id)

    assert everything(connection)[0] == before


def test_rows_of_earlier_versions_keep_their_source(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    connection.execute(campaigns.update().values(source="import", import_id=None))
    before = everything(connection)
    rule = split(connection, "Google", "shoes", "Google Shoes")
    changed = set(rows(connection, "source"))
    take_back(connection, rule.id)

    assert changed == {"import"}
    assert everything(connection)[0] == before[0]


def test_a_renaming_is_taken_back_by_its_reverse(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    rename(connection, "Google", "Google Ads")
    _, is_new = rename(connection, "google ads", "Google")

    assert not is_new
    assert rules_of(connection) == ()
    assert dict(channels_of(connection)) == {"Google": 3, "Bing": 1}


def test_a_split_sees_the_name_of_a_campaign_beside_its_id(connection: sa.Connection, tmp_path: Path) -> None:
    header = "date,channel,campaign id,campaign name,impressions,cost"
    lines = ["2026-09-01,Google,1,Brand,100,1.00", "2026-09-01,Google,2,Shoes,100,2.00"]
    load(connection, tmp_path, *lines, header=header)
    split(connection, "Google", "brand", "Google Brand")
    load(connection, tmp_path, *[line.replace("-09-", "-10-") for line in lines], header=header)

    assert dict(channels_of(connection)) == {"Google": 2, "Google Brand": 2}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda connection: rename(connection, "Yahoo", "X"), UnknownChannelError),
        (lambda connection: rename(connection, "Google", "Bing"), ChannelTakenError),
        (lambda connection: merge(connection, "Google", "google"), SameChannelError),
        (lambda connection: split(connection, "Google", "(", "X"), BadPatternError),
        (lambda connection: take_back(connection, 99), UnknownRuleError),
        (lambda connection: rename(connection, "Google", " "), ChannelRuleError),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    connection: sa.Connection, tmp_path: Path, change: Change, error: type[ChannelRuleError]
) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)

    with pytest.raises(error):
        change(connection)
    assert rules_of(connection) == ()


def test_a_rule_is_not_taken_back_under_a_later_one(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, *LINES, header=HEADER)
    first = merge(connection, "Bing", "Google")
    rename(connection, "Google", "Search")

    with pytest.raises(LaterRuleError):
        take_back(connection, first.id)
    report = load(connection, tmp_path, *[line.replace("-09-", "-10-") for line in LINES], header=HEADER)

    assert report.channels == ("Search",)
