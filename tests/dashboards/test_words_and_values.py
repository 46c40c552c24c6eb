from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dashboards.values import count, money, ratio
from services.dashboards.words import amounts, from_to, per_unit, percent_range, short_percent, step
from services.text import Lang


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_ratios_are_finite_or_none(value: float) -> None:
    clean = ratio(np.float64(value))

    assert clean == value if math.isfinite(value) else clean is None
    assert clean is None or type(clean) is float


@given(st.floats(-1e13, 1e13))
def test_money_is_rounded_to_four_decimals(value: float) -> None:
    amount = money(value)

    assert amount is not None
    assert abs(amount - Decimal(repr(value))) <= Decimal("0.00005")
    assert amount.as_tuple().exponent == -4


@pytest.mark.parametrize(
    "value", [None, math.nan, math.inf, -math.inf, 1e14, -1e300, Decimal("NaN"), Decimal("1e40")]
)
def test_amounts_that_no_column_can_hold_are_none(value: float | Decimal | None) -> None:
    assert money(value) is None


def test_counts_are_whole() -> None:
    assert (count(12.6), count(None), count(math.nan)) == (13.0, None, None)


@pytest.mark.parametrize(
    ("value", "lang", "written"),
    [
        (0.512, "en", "51.2 %"),
        (2.4, "ru", "240 %"),
        (1234.0, "en", "123 k %"),
        (None, "en", "—"),
        (-0.2, "en", "−20 %"),
    ],
)
def test_percentages_stay_short(value: float | None, lang: Lang, written: str) -> None:
    assert short_percent(value, lang).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("low", "high", "lang", "written"),
    [
        (1.9, 2.9, "en", "190–290 %"),
        (0.125, 0.5, "ru", "12,5–50,0 %"),
        (-0.4, 1.2, "en", "−40 … 120 %"),
        (None, 1.0, "en", "—"),
        (1.0, 5000.0, "en", "100 % … 500 k %"),
        (110.0, 5000.0, "en", "11 … 500 k %"),
    ],
)
def test_ranges_are_told_by_their_bounds(low: float | None, high: float, lang: Lang, written: str) -> None:
    assert percent_range(low, high, lang).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        ("12\u00a0%", "14\u00a0%", "12 → 14\u00a0%"),
        ("900", "1\u00a0k", "900 → 1\u00a0k"),
        ("—", "14\u00a0%", "— → 14\u00a0%"),
        ("5", "6", "5 → 6"),
    ],
)
def test_a_common_unit_is_written_once(before: str, after: str, written: str) -> None:
    assert from_to(before, after) == written


@pytest.mark.parametrize(
    ("largest", "lang", "unit", "written"),
    [
        (9_999, "en", "EUR", "4,321"),
        (48_210, "ru", "тыс.\u00a0EUR", "4,3"),
        (2_606_167_599, "en", "bn\u00a0EUR", "0.00"),
        (Decimal(12_000_000), "en", "m\u00a0EUR", "0.0"),
    ],
)
def test_a_column_of_amounts_has_one_unit(
    largest: int | Decimal, lang: Lang, unit: str, written: str
) -> None:
    scale = amounts(largest, "EUR", lang)

    assert (scale.unit, scale.write(Decimal(4321))) == (unit, written)


def test_changes_carry_their_sign_unless_they_are_zero() -> None:
    scale = amounts(48_210, "EUR", "en")

    assert scale.change(Decimal(-300), Decimal(2400)) == "−0.3 … +2.4"
    assert scale.change(0, None) == "—"
    assert scale.change(Decimal(0), Decimal("0.5")) == "0.0"
    assert (step("0\u00a0%"), step("5\u00a0%"), step("−5\u00a0%")) == ("0\u00a0%", "+5\u00a0%", "−5\u00a0%")


@pytest.mark.parametrize(
    ("roi", "written"),
    [(2.4, "3.40"), (-1.0, "0.00"), (-0.2, "0.80"), (17.8, "18.8"), (12_345.0, "12.3\u00a0k")],
)
def test_roi_is_told_as_revenue_per_unit_spent(roi: float, written: str) -> None:
    assert per_unit(roi, "en") == written
