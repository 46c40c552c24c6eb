from __future__ import annotations

from typing import Any, cast

import pytest

from services.intake.columns import ALIASES, Field, is_in_percent, recognise
from services.intake.deriving import steps_for

SEEN_IN_THE_WILD = {
    "date": "date | day | date_day | start_date | dates",
    "channel": "channel | channel_used | platform | source | publisher",
    "campaign_id": "campaign_id | campaign | campaign_name",
    "impressions": "impressions | impression | impr. | # of impressions | paid impressions",
    "clicks": "clicks | link clicks",
    "conversions": "conversions | purchases | # of purchases | 7 day total orders (#) | leads | Лиды",
    "cost": "cost | spend | amount spent (usd) | acquisition_cost | cost_usd",
    "revenue": "revenue | attributed_revenue | conversions_value | conv. value | purchase value",
    "conversion_rate": "conversion_rate | conv. rate",
    "roi": "roi",
    "roas": "roas",
    "ctr": "ctr",
    "cpa": "cpa",
}
PAIRS = [(field, name.strip()) for field, names in SEEN_IN_THE_WILD.items() for name in names.split("|")]


@pytest.mark.parametrize(("field", "name"), PAIRS)
def test_names_seen_in_the_wild_are_known(field: str, name: str) -> None:
    for spelling in (name, name.upper(), name.title(), name.replace("_", " "), f"  {name} "):
        assert recognise([spelling]).fields == {field: 0}


def test_no_name_means_two_fields() -> None:
    names = [alias for aliases in ALIASES.values() for alias in aliases]

    assert len(names) == len(set(names))


CURRENCIES = {
    "Cost (EUR)": "EUR",
    "cost, €": "EUR",
    "Cost in USD": "USD",
    "Расход, руб.": "RUB",
    "Расходы (₽)": "RUB",
    "Amount spent (AUD)": "AUD",
    "Amount Spent (aud)": "AUD",
    "Kosten (EUR)": "EUR",
    "Cost [CHF]": "CHF",
    "Spend US$": "USD",
    "spend_sek": "SEK",
    "ZAR cost": "ZAR",
    "Wydana kwota (zł)": "PLN",
    "Costo (ALL)": "ALL",
    "Total Spend $": "$",
    "消化金額 (JPY)": "JPY",
}


@pytest.mark.parametrize("name", CURRENCIES)
def test_a_currency_in_a_heading_is_left_out_of_the_name_and_handed_on(name: str) -> None:
    columns = recognise([name])

    assert columns.fields == {"cost": 0}
    assert columns.currencies == {"cost": CURRENCIES[name]}


@pytest.mark.parametrize("name", ["Clicks (all)", "Conversions", "Conv."])
def test_a_word_that_is_a_code_elsewhere_is_no_currency(name: str) -> None:
    assert recognise([name]).currencies == {}


def test_only_money_has_a_currency() -> None:
    assert recognise(["Clicks (EUR)"]).fields == {}


def test_of_several_attribution_windows_one_is_chosen_for_conversions_and_revenue() -> None:
    columns = recognise(
        ["1 Day Total Sales", "14 Day Total Sales", "30 Day Total Sales", "14 Day Total Orders (#)"]
    )

    assert columns.fields == {"revenue": 1, "conversions": 3}
    assert columns.windows == {"revenue": ("1 Day Total Sales", "30 Day Total Sales")}


def test_seven_days_come_before_fourteen() -> None:
    assert recognise(["14 Day Total Sales", "7 Day Total Sales"]).fields == {"revenue": 1}


def test_results_are_no_conversions_by_their_name() -> None:
    columns = recognise(["Results", "Result type", "Purchases"])

    assert columns.fields == {"conversions": 2}
    assert columns.roles == {"result": 0, "result_type": 1}


@pytest.mark.parametrize(
    "name",
    ["Расход (с НДС), руб.", "Расход, ₽ с НДС", "Расход без НДС", "Расход всего (руб.)", "Cost incl. VAT"],
)
def test_the_word_on_vat_does_not_matter(name: str) -> None:
    assert recognise([name]).fields == {"cost": 0}


def test_the_better_name_wins_and_the_other_is_kept_as_an_attribute() -> None:
    columns = recognise(["Campaign name", "Campaign ID", "Impressions"])

    assert columns.fields == {"campaign_id": 1, "impressions": 2}
    assert columns.attributes == {"campaign_name": 0}


@pytest.mark.parametrize("name", ["Reach", "Охват", "Unique reach", "Reichweite"])
def test_reach_is_never_impressions(name: str) -> None:
    columns = recognise([name, "Clicks"])

    assert columns.fields == {"clicks": 1}
    assert columns.roles == {"reach": 0}
    assert list(columns.details.values()) == [0]


@pytest.mark.parametrize(
    "name",
    [
        *("Campaign status", "Budget", "Daily budget", "Bid strategy", "Last updated", "Attribution setting"),
        *("Frequency", "Quality score", "Delivery", "Статус", "Бюджет", "Video views", "Sync time"),
    ],
)
def test_what_changes_with_the_days_is_a_detail_and_never_an_attribute(name: str) -> None:
    columns = recognise(["Date", name])

    assert columns.attributes == {}
    assert list(columns.details.values()) == [1]


@pytest.mark.parametrize(
    "name",
    [
        *("Ad group", "Device", "Age range", "Gender", "Region", "Placement", "Keyword", "Creative name"),
        *("Objective", "Anzeigengruppe", "Устройство", "Регион", "デバイス"),
    ],
)
def test_what_tells_rows_apart_is_an_attribute(name: str) -> None:
    columns = recognise(["Date", name])

    assert list(columns.attributes.values()) == [1]
    assert not columns.unsure


def test_what_no_word_tells_is_left_to_the_cells() -> None:
    columns = recognise(["Date", "Zustand", "Score"])

    assert columns.unsure == {"zustand", "score"}


def test_further_columns_become_attributes_with_tidy_names() -> None:
    columns = recognise(
        ["Target_Audience", "Customer_Segment", "Location", "Engagement Score", "isBrand", ""]
    )

    assert list(columns.attributes) == [
        "audience",
        "segment",
        "region",
        "engagement_score",
        "is_brand",
        "column_6",
    ]


def test_equal_names_stay_apart() -> None:
    columns = recognise(["Date", "date", "Note", "note", "Location", "Region"])

    assert columns.fields == {"date": 0}
    assert columns.attributes == {"note": 2, "note_2": 3, "location": 4, "region": 5}
    assert columns.details == {"date": 1}


def test_ratios_are_never_attributes() -> None:
    assert recognise(["CTR", "ROI", "Avg. CPC", "note"]).attributes == {"note": 3}


def test_the_columns_that_a_rejects_file_adds_are_left_out() -> None:
    columns = recognise(["line", "reason", "date", "reason"])

    assert columns.fields == {"date": 2}
    assert columns.attributes == {"reason": 3}


@pytest.mark.parametrize("name", ["CTR, %", "CTR (%)", "Conversion rate percent"])
def test_a_name_can_say_percent(name: str) -> None:
    assert is_in_percent(name)


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        ("clicks conversions cost revenue roi ctr cpa", []),
        ("clicks conversion_rate cost roi", ["conversions = clicks × r", "revenue = cost × (1 + r)"]),
        ("cost roas", ["revenue = cost × r"]),
        (
            "impressions ctr conversion_rate cost",
            ["clicks = impressions × r, rounded", "conversions = clicks × r"],
        ),
        ("conversions cpa", ["cost = conversions × r"]),
        ("clicks conversion_rate cpa", ["conversions = clicks × r", "cost = r, as the cost of the campaign"]),
        (
            "clicks conversion_rate cost_per_conversion",
            ["conversions = clicks × r", "cost = conversions × r"],
        ),
        ("cost cpa", ["conversions = cost / r"]),
        ("clicks cpc roi", ["cost = clicks × r", "revenue = cost × (1 + r)"]),
        ("impressions cpm", ["cost = impressions × r / 1000"]),
        ("clicks revenue", []),
    ],
)
def test_missing_figures_are_computed_from_ratios(given: str, steps: list[str]) -> None:
    ratios = dict.fromkeys(
        ("ctr", "conversion_rate", "roi", "roas", "cpa", "cost_per_conversion", "cpc", "cpm"), "r"
    )
    measures = {name: name for name in ("impressions", "clicks", "conversions", "cost")}

    found = [
        f"{rule.target} = {rule.words.format(**ratios, **measures).en}"
        for rule in steps_for(cast("list[Field]", given.split()))
    ]

    assert found == steps


@pytest.mark.parametrize(
    "rule", [rule for rule in steps_for(["cost", "cpa"]) if rule.target == "conversions"]
)
def test_a_free_conversion_has_no_count(rule: Any) -> None:
    assert rule.compute(10.0, 0.0) == 0.0


GUESSED = {
    "Datum,Kampagne X,Werbekosten gesamt (EUR),Anzahl Einblendungen gesamt,Klicks,Gesamtumsatz netto": (
        {"date": 0, "campaign_id": 1, "impressions": 3, "clicks": 4, "cost": 2, "revenue": 5}
    ),
    "Jour,Nom campagne,Dépenses totales (€),Impressions,Nb clics,Nombre d'achats,Chiffre d'affaires": (
        {
            "date": 0,
            "campaign_id": 1,
            "impressions": 3,
            "clicks": 4,
            "conversions": 5,
            "cost": 2,
            "revenue": 6,
        }
    ),
    "Fecha,Campaña publicitaria,Inversión publicitaria,Impresiones totales,Clics totales,Ingresos": (
        {"date": 0, "campaign_id": 1, "impressions": 3, "clicks": 4, "cost": 2, "revenue": 5}
    ),
    "Giorno,Campagna,Spesa totale EUR,Impression,Clic,Acquisti totali,Valore acquisti": (
        {
            "date": 0,
            "campaign_id": 1,
            "impressions": 3,
            "clicks": 4,
            "conversions": 5,
            "cost": 2,
            "revenue": 6,
        }
    ),
    "日付,キャンペーン,ご利用金額,インプレッション数,クリック数,購入数,購入金額": (
        {
            "date": 0,
            "campaign_id": 1,
            "impressions": 3,
            "clicks": 4,
            "conversions": 5,
            "cost": 2,
            "revenue": 6,
        }
    ),
}


@pytest.mark.parametrize("header", GUESSED)
def test_headings_of_no_layout_are_read_by_their_words(header: str) -> None:
    columns = recognise(header.split(","))

    assert columns.fields == GUESSED[header]
    assert columns.guessed


@pytest.mark.parametrize(
    "name",
    [
        *("Conversion action", "Cost of goods", "Kosten pro Bestellung", "Click type", "Budget spent rate"),
        *("Unique clicks", "Conversion name", "Cost currency", "Preis je Klick", "Purchase event"),
    ],
)
def test_a_heading_that_only_has_such_a_word_is_not_guessed(name: str) -> None:
    assert recognise(["Date", "Impressions", name]).fields == {"date": 0, "impressions": 1}


def test_of_two_columns_with_the_words_none_is_guessed() -> None:
    assert recognise(["Date", "Clicks", "Net spend", "Gross spend"]).fields == {"date": 0, "clicks": 1}


def test_lines_without_known_headings_are_not_guessed() -> None:
    assert recognise(["2026-09-01", "Brand campaign", "Link clicks sale"]).fields == {}


@pytest.mark.parametrize("name", ["Valeur conv.", "Valor total conv.", "Wert der Conv.", "Kaufwert gesamt"])
def test_the_value_of_conversions_is_revenue(name: str) -> None:
    assert recognise(["Date", "Clicks", "Conversions", name]).fields["revenue"] == 3


def test_columns_as_the_api_of_google_ads_names_them() -> None:
    header = [
        "segments.date",
        "campaign.name",
        "metrics.impressions",
        "metrics.clicks",
        "metrics.conversions",
    ]

    found = recognise(header).fields

    assert [
        header[found[name]] for name in ("date", "campaign_id", "impressions", "clicks", "conversions")
    ] == header
