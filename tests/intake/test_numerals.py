from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.numerals import (
    Handwriting,
    Mark,
    Votes,
    decimal_mark,
    is_not_finite,
    read_numeral,
    shapes,
    votes,
)

amounts = st.decimals(min_value=0, max_value=10**9, places=2)
STYLES: dict[str, tuple[Mark, str, str]] = {
    "plain": (".", "", "{}"),
    "english": (".", ",", "{}"),
    "dollars": (".", ",", "${}"),
    "german": (",", ".", "{} €"),
    "russian": (",", "\u00a0", "{} ₽"),
    "narrow": (",", "\u202f", "{} руб."),
    "swiss": (".", "’", "CHF {}"),
    "plain comma": (",", "", "{}"),
}


def written(amount: Decimal, style: str) -> str:
    mark, group, frame = STYLES[style]
    text = f"{amount:,.2f}".replace(",", "_").replace(".", mark).replace("_", group)
    return frame.format(text)


@given(amounts, st.sampled_from(sorted(STYLES)))
def test_an_amount_written_in_any_style_reads_as_itself(amount: Decimal, style: str) -> None:
    numeral = read_numeral(written(amount, style), STYLES[style][0])

    assert numeral is not None
    assert numeral.value == amount


@given(st.lists(amounts, min_size=1), st.sampled_from(sorted(STYLES)))
def test_amounts_with_cents_vote_for_the_mark_that_they_are_written_with(
    many: list[Decimal], style: str
) -> None:
    counted = Counter(shapes([written(amount, style) for amount in many]))

    assert votes(counted).winner == STYLES[style][0]


@given(amounts, st.sampled_from(sorted(STYLES)))
def test_an_amount_with_cents_is_no_number_under_the_other_mark(amount: Decimal, style: str) -> None:
    other: Mark = "," if STYLES[style][0] == "." else "."

    assert read_numeral(written(amount, style), other) is None


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("0", ".", "0"),
        ("007", ".", "7"),
        (" 12 ", ".", "12"),
        (".5", ".", "0.5"),
        ("-3.5", ".", "-3.5"),
        ("−3.5", ".", "-3.5"),
        ("(1,234.50)", ".", "-1234.50"),
        ("-$5", ".", "-5"),
        ("$-5", ".", "-5"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
        ("1.234.567", ",", "1234567"),
        ("1'234.5", ".", "1234.5"),
        ("1.5E+06", ".", "1500000"),
        ("2e-3", ".", "0.002"),
        ("US$ 10", ".", "10"),
        ("1 234,50 €", ",", "1234.50"),
        ("1,00,000.50", ".", "100000.50"),
        ("₹1,06,300.81", ".", "106300.81"),
        ("Rs. 12,34,56,789", ".", "123456789"),
        ("INR 1,00,000", ".", "100000"),
        ("1'234.50", ".", "1234.50"),
        ("CHF 1’234.50", ".", "1234.50"),
        ("1’234.–", ".", "1234"),
        ("Fr. 12.50", ".", "12.50"),
        ("1\u202f234,50\u00a0kr", ",", "1234.50"),
        ("1 234,50 kr.", ",", "1234.50"),
        ("kr 8,40", ",", "8.40"),
        ("8,40 zł", ",", "8.40"),
        ("1 234,50 zł", ",", "1234.50"),
        ("1 234,50 Kč", ",", "1234.50"),
        ("₺1.234,50", ",", "1234.50"),
        ("1.234,50 TL", ",", "1234.50"),
        ("R$ 1.234,50", ",", "1234.50"),
        ("¥1,234", ".", "1234"),
        ("1,234円", ".", "1234"),
        ("￥１，２３４", ".", "1234"),
        ("A$12.50", ".", "12.50"),
        ("12.50 AUD", ".", "12.50"),
        ("-12,50 EUR", ",", "-12.50"),
        ("EUR -12,50", ",", "-12.50"),
        ("1.234,-", ",", "1234"),
        ("1.234,- €", ",", "1234"),
        ("12.50-", ".", "-12.50"),
        ("(12.50)", ".", "-12.50"),
        ("$(12.50)", ".", "-12.50"),
        ("−12,50 €", ",", "-12.50"),
        ("1,5E+06", ",", "1500000"),
    ],
)
def test_numerals_are_read_as_people_mean_them(text: str, mark: Mark, value: str) -> None:
    numeral = read_numeral(text, mark)

    assert numeral is not None
    assert numeral.value == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "12 kg",
        "1,2,3",
        "12,34.5",
        "1.2.3",
        "0,123",
        "--5",
        "$-+5",
        "1_000",
        "٣",
        "9" * 60,
        "5 5",
        "1,2k",
        "1.2M",
        "3 тыс.",
        "1,00,00",
        "1,000,00",
        "0,06,300",
        "ABC 5",
        "5 pcs",
        "(5",
        "5)",
        "(-5)",
        "-5-",
        "1.234,-",
        "12²",
    ],
)
def test_other_texts_are_no_numbers(text: str) -> None:
    assert read_numeral(text, ".") is None


@pytest.mark.parametrize("text", ["NaN", "nan", "inf", "-Infinity", "∞"])
def test_numbers_that_are_not_finite_are_known_as_such(text: str) -> None:
    assert is_not_finite(text)


def test_a_percent_sign_is_noticed_and_changes_nothing() -> None:
    numeral = read_numeral("12,5 %", ",")

    assert numeral is not None
    assert (numeral.value, numeral.is_percent) == (Decimal("12.5"), True)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["12", "7"], Votes()),
        (["1.5", "2.25"], Votes(point=2)),
        (["1,5"], Votes(comma=1)),
        (["1.234"], Votes(dotted=1)),
        (["1,234"], Votes(commaed=1)),
        (["0.125"], Votes(point=1)),
        (["0,125"], Votes(comma=1)),
        (["$0,125"], Votes(comma=1)),
        (["1234,567"], Votes(comma=1)),
        (["1.234,5"], Votes(comma=1)),
        (["1 234"], Votes()),
        (["1,06,300"], Votes(point=1)),
        (["8,40 kr", "8,40 zł", "R$ 8,40"], Votes(comma=3)),
        (["1.234,-"], Votes(comma=1)),
        (["n/a", "", "2025-01-01"], Votes()),
    ],
)
def test_only_numerals_that_read_one_way_decide(texts: list[str], expected: Votes) -> None:
    assert votes(Counter(shapes(texts))) == expected


@pytest.mark.parametrize(
    ("own", "others", "is_count", "mark"),
    [
        (Votes(point=1, dotted=9), Votes(comma=99), False, "."),
        (Votes(point=3, comma=2), Votes(), False, "."),
        (Votes(dotted=5), Votes(comma=1), False, ","),
        (Votes(dotted=5), Votes(), False, "."),
        (Votes(dotted=5), Votes(), True, ","),
        (Votes(commaed=5), Votes(comma=9), True, "."),
        (Votes(point=1, dotted=5), Votes(), True, "."),
        (Votes(), Votes(), False, "."),
    ],
)
def test_a_column_decides_for_itself_then_the_file_then_the_dot(
    own: Votes, others: Votes, is_count: bool, mark: str
) -> None:
    assert decimal_mark(own, others, is_count=is_count) == mark


@given(st.lists(st.text(alphabet="0123456789.,- $€%", max_size=9)), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_the_votes(texts: list[str], random: random.Random) -> None:
    shuffled = random.sample(texts, len(texts))

    assert votes(Counter(shapes(shuffled))) == votes(Counter(shapes(texts)))


def handwriting(*texts: str) -> Handwriting:
    found = Handwriting()
    found.add(texts)
    return found


@given(st.lists(st.text(alphabet="0123456789.,- $€%", max_size=9), min_size=1))
def test_a_column_votes_as_its_numbers_do(texts: list[str]) -> None:
    clean = [
        text for text in texts if text.count(".") < 2 and not text.startswith(".") and not text.endswith(".")
    ]

    assert handwriting(*clean).votes == votes(Counter(shapes(clean)))


def test_currencies_are_found_wherever_they_stand() -> None:
    assert handwriting("$5", "7 €", "12 руб.", "USD 3", "8").currencies == {"$", "€", "руб.", "USD"}


def test_a_column_is_in_percent_when_most_of_its_values_say_so() -> None:
    assert handwriting("5 %", "1.9%", "3").is_in_percent
    assert not handwriting("5 %", "1", "3").is_in_percent
