"""The words and settings of what channels are judged by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from demetra_dash.settings import SettingError, Settings, read_settings
from demetra_dash.worker import sync_options
from services.text import Text
from services.worth import PerChannel, Worth, worth_in
from tests.options import sync_options as options

NO_FILE = Path("/nonexistent/.env")


def of(**variables: str) -> Settings:
    return read_settings(variables, NO_FILE)


@pytest.mark.parametrize(
    ("text", "channel", "margin"),
    [
        ("0.35", "Google Ads", 0.35),
        ("0.35; Google Ads=0.5; Telegram=0.2", "Google Ads", 0.5),
        ("0.35; Google Ads=0.5; Telegram=0.2", "telegram", 0.2),
        ("0.35; Google Ads=0.5; Telegram=0.2", "Meta", 0.35),
        ("Google Ads = 0.5", "Meta", 1.0),
        ("a=b=0.4; 1", "a=b", 0.4),
        (" 0.3 ;; Яндекс Директ = .25 ; ", "яндекс директ", 0.25),
    ],
)
def test_a_margin_is_a_number_and_others_by_channel(text: str, channel: str, margin: float) -> None:
    read = of(DEMETRA_MARGIN=text).margin

    assert read.of(channel) == margin
    assert of(DEMETRA_MARGIN=str(read)).margin == read


@pytest.mark.parametrize(
    "text", ["35", "0", "-0.2", "35 %", "nan", "0.3; 0.4", "A=0.3; a=0.4", "=;", "A=", ";"]
)
@pytest.mark.parametrize("variable", ["DEMETRA_MARGIN"])
def test_a_margin_that_is_none_is_refused_with_what_to_write(variable: str, text: str) -> None:
    with pytest.raises(SettingError, match=r"must be a margin above 0.*0\.35; Google Ads=0\.5"):
        of(**{variable: text})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("DEMETRA_CONVERSION_VALUE", "0"),
        ("DEMETRA_CONVERSION_VALUE", "A=-1"),
        ("DEMETRA_CONVERSION_VALUE", "many"),
        ("DEMETRA_CONVERSION_COST_CEILING", "0"),
        ("DEMETRA_CONVERSION_COST_CEILING", "20; A=30"),
    ],
)
def test_values_of_conversions_that_are_none_are_refused(variable: str, text: str) -> None:
    with pytest.raises(SettingError, match=f"{variable} is “{text}”"):
        of(**{variable: text})


@pytest.mark.parametrize(
    "variables",
    [
        {"DEMETRA_MARGIN": "0.35"},
        {"DEMETRA_MARGIN": "1; A=0.5"},
        {"DEMETRA_CONVERSION_VALUE": "A=20"},
        {"DEMETRA_CONVERSION_COST_CEILING": "20"},
    ],
)
def test_a_run_has_something_new_once_what_channels_are_worth_changes(
    variables: dict[str, str], tmp_path: Path
) -> None:
    now = sync_options(of(DEMETRA_HOME=str(tmp_path), **variables)).pricing

    assert options(tmp_path, pricing=now).fingerprint != options(tmp_path).fingerprint


def test_without_settings_a_sync_judges_by_revenue(tmp_path: Path) -> None:
    assert sync_options(of(DEMETRA_HOME=str(tmp_path))).pricing == options(tmp_path).pricing


@pytest.mark.parametrize(
    ("kind", "en", "ru"),
    [
        ("revenue", "Revenue change; more revenue", "Изменение выручки; выручка: {revenue}"),
        (
            "margin",
            "Gross margin change; more gross margin",
            "Изменение валовой прибыли; валовая прибыль: {revenue}",
        ),
        (
            "value",
            "Conversion value change; more conversion value",
            "Изменение ценности конверсий; ценность конверсий: {revenue}",
        ),
        (
            "conversions",
            "Conversions change; more conversions",
            "Изменение конверсий; конверсии: {revenue}",
        ),
    ],
)
def test_one_word_says_what_channels_bring_in_both_languages(kind: Any, en: str, ru: str) -> None:
    template = Text(en="Revenue change; more revenue", ru="Изменение выручки; выручка: {revenue}")

    assert Worth(kind).word(template) == Text(en=en, ru=ru)


def test_fields_and_parts_of_other_words_stay() -> None:
    template = Text(en="{revenue} of revenues", ru="{revenue} выручкам")

    assert Worth("margin").word(template) == template


def test_a_worth_survives_the_snapshot() -> None:
    worth = Worth("value", {"A": 0.5}, {"B": 12.5})

    assert worth_in(json.loads(json.dumps(worth.record()))) == worth
    assert worth_in(None) == Worth()


def test_a_cost_per_conversion_is_the_reference_over_the_return() -> None:
    worth = Worth("conversions", {}, {"A": 40.0, "B": 40.0})

    assert worth.cost_per_conversion(1.0) == 20.0
    assert worth.cost_per_conversion(-1.0) is None
    assert worth.cost_per_conversion(None) is None


def test_a_channel_without_a_number_of_its_own_has_the_usual_one() -> None:
    assert PerChannel().of("A") is None
    assert PerChannel(2.0, (("B", 3.0),)).of("A") == 2.0
