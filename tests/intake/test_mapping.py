"""Columns that the user assigns, and the memory of them; wide tables; suggestions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake.columns import recognise
from services.intake.failures import (
    CampaignFileError,
    MappingFieldError,
    MappingHeadingError,
    NoColumnsError,
    WideTableError,
)
from services.intake.mapping import checked, mapped
from services.intake.suggesting import suggestions
from tests.intake.files import load, rows, sums

HEADER = "Päivä,Kanava,Näytöt,Klikkaukset,Kulut"
LINES = ["2026-09-01,A,1000,10,7.50", "2026-09-02,A,2000,20,8.50"]
MAPPING = {
    "date": "Päivä",
    "channel": "Kanava",
    "impressions": "Näytöt",
    "clicks": "Klikkaukset",
    "cost": "Kulut",
}


def test_columns_in_an_unknown_language_are_read_by_a_mapping(
    connection: sa.Connection, tmp_path: Path
) -> None:
    report = load(connection, tmp_path, *LINES, header=HEADER, mapping=MAPPING)

    assert (sums(connection).cost, sums(connection).clicks) == (Decimal(16), 30)
    assert report.columns == MAPPING
    assert report.attributes == {}


def test_a_mapping_is_remembered_for_files_of_the_same_header(
    connection: sa.Connection, tmp_path: Path
) -> None:
    load(connection, tmp_path, *LINES, header=HEADER, mapping=MAPPING)
    report = load(connection, tmp_path, "2026-10-01,A,1000,10,4.00", header=HEADER)

    assert sums(connection).cost == Decimal(20)
    assert any(remark.code == "mapping_remembered" and "Kulut" in remark.text.en for remark in report.remarks)


def test_a_trial_is_not_remembered(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, *LINES, header=HEADER, mapping=MAPPING, dry_run=True)

    with pytest.raises(NoColumnsError):
        load(connection, tmp_path, *LINES, header=HEADER)


def test_an_empty_heading_forgets(connection: sa.Connection, tmp_path: Path) -> None:
    header = "date,channel,clicks,spend,media"
    load(connection, tmp_path, "2026-09-01,A,10,7.00,5.00", header=header, mapping={"cost": "media"})
    report = load(
        connection, tmp_path, "2026-09-01,A,10,7.00,5.00", header=header, mapping={"cost": ""}, mode="replace"
    )

    assert report.columns["cost"] == "spend"
    assert sums(connection).cost == Decimal(7)


def test_a_mapping_comes_before_the_names_of_the_columns(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection,
        tmp_path,
        "2026-09-01,A,10,7.00,5.00,3",
        header="date,channel,clicks,cost,net cost (EUR),results",
        mapping={"spend": "NET COST (eur)", "conversions": "results"},
    )

    assert (sums(connection).cost, sums(connection).conversions) == (Decimal(5), Decimal(3))
    assert report.details == {"cost": "cost"}
    assert not [remark for remark in report.remarks if remark.code.startswith("results")]


def test_the_currency_of_an_assigned_column_is_handed_on() -> None:
    columns = mapped(recognise(["date", "Outlay (CHF)"]), {"cost": "Outlay (CHF)"})

    assert columns is not None
    assert columns.currencies == {"cost": "CHF"}


@pytest.mark.parametrize(
    ("mapping", "error", "word"),
    [
        ({"kosten": "Kulut"}, MappingFieldError, "kosten"),
        ({"cost": "Kosten"}, MappingHeadingError, "Kosten"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    connection: sa.Connection,
    tmp_path: Path,
    mapping: dict[str, str],
    error: type[CampaignFileError],
    word: str,
) -> None:
    with pytest.raises(error) as refused:
        load(connection, tmp_path, *LINES, header=HEADER, mapping=mapping)

    assert f"“{word}”" in refused.value.text.en
    assert rows(connection, "id") == []


def test_names_of_fields_have_no_case_and_some_have_short_forms() -> None:
    assert checked({"Cost": "a", "campaign": "b"}) == {"cost": "a", "campaign_id": "b"}


def test_the_refusal_of_missing_columns_names_the_way_out(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(NoColumnsError) as refused:
        load(connection, tmp_path, *LINES, header=HEADER)

    assert "--map" in refused.value.text.en
    assert "--map" in refused.value.text.ru


@pytest.mark.parametrize(
    "header",
    [
        "DATE,revenue,tv_S,ooh_S,print_S,facebook_I",
        "date,revenue,TV Spend,Search spend,clicks",
        "week,sales,Facebook cost (EUR),Google cost (EUR)",
        "date,clicks,spend_tv,spend_radio",
    ],
)
def test_a_table_with_a_column_for_each_channel_is_refused_with_what_to_do(
    connection: sa.Connection, tmp_path: Path, header: str
) -> None:
    line = ",".join(["2026-09-01", *["1"] * header.count(",")])

    if header.startswith("week"):
        header = header.replace("week", "date")
    with pytest.raises(WideTableError) as refused:
        load(connection, tmp_path, line, header=header)

    assert "one row for each day and channel" in refused.value.text.en


def test_suggestions_say_what_each_column_may_be() -> None:
    found = suggestions(
        ["Date", "Kulut", "Impressions", "Status", "Gender", "Nimi", "Currency"],
        [["2026-09-01", "7,50", "100", "on", "f", "Harbour", "EUR"]],
    )

    kinds = {one.column: (one.kind, [choice.field for choice in one.choices]) for one in found}
    assert kinds == {
        "Date": ("field", ["date"]),
        "Kulut": ("attribute", ["clicks", "conversions", "cost", "revenue"]),
        "Impressions": ("field", ["impressions"]),
        "Status": ("detail", ["channel", "campaign_id"]),
        "Gender": ("attribute", ["channel", "campaign_id"]),
        "Nimi": ("attribute", ["channel", "campaign_id"]),
        "Currency": ("attribute", ["currency"]),
    }
