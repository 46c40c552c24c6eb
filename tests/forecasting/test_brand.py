from __future__ import annotations

import pytest

from services.forecasting.account import by_names
from services.forecasting.brand import brand_channels


@pytest.mark.parametrize(
    "name",
    [
        "Brand search",
        "Google | Brand | Exact",
        "google_brand_de",
        "BrandSearch",
        "Search branded",
        "Поиск: бренд",
        "Брендовые запросы",
        "Яндекс Директ - Бренд",
        "Generic and brand",
    ],
)
def test_a_channel_with_the_word_in_its_name_is_brand_search(name: str) -> None:
    assert brand_channels([name, "Meta"]) == {name}


@pytest.mark.parametrize(
    "name",
    [
        "Non-brand",
        "Google non_brand",
        "nonbrand",
        "unbranded search",
        "Не бренд",
        "Поиск без бренда",
        "Brand awareness",
        "Brand video",
        "Бренд: охват",
        "Competitor brands",
        "Бренды конкурентов",
        "Brandenburg",
        "Generic",
    ],
)
def test_a_channel_whose_name_says_otherwise_is_none(name: str) -> None:
    assert brand_channels([name, "Meta"]) == frozenset()


def test_an_own_name_makes_brand_search_of_the_channels_that_have_it() -> None:
    channels = ["Acme Shoes search", "acme-shoes awareness", "Generic shoes", "Ботинки Акме"]

    assert brand_channels(channels, ["Acme Shoes", "АКМЕ"]) == {"Acme Shoes search", "Ботинки Акме"}


def test_an_own_name_that_all_channels_have_says_nothing() -> None:
    assert brand_channels(["Acme Google", "Acme Meta"], ["Acme"]) == frozenset()


def test_a_rule_decides_before_any_name() -> None:
    rules = {"google ads": True, "Brand search": False}

    assert brand_channels(["Google Ads", "Brand search", "Brand 2"], [], rules) == {"Google Ads", "Brand 2"}


def test_without_settings_the_names_tell() -> None:
    assert by_names(["Brand search", "Meta"]).brand == {"Brand search"}
