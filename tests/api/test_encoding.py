"""JSON that every parser reads, with nothing made up."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demetra_dash.api.encoding import json_text, plain
from services.text import Text

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=True, allow_infinity=True).filter(lambda d: not d.is_snan())
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.dates()
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


def refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@given(values)
def test_any_plain_value_becomes_strict_json(value: Any) -> None:
    read = json.loads(json_text(value), parse_constant=refuse)

    assert read == plain(value)


# JSON numbers are doubles to those who read them: from 2**46 on, the next one is more than a cent away.
@given(st.integers(0, 2**46 * 100).map(lambda cents: Decimal(cents) / 100))
def test_amounts_are_exact_to_the_cent(amount: Decimal) -> None:
    read = json.loads(json_text(amount))

    assert round(Decimal(read), 2) == amount


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf, Decimal("NaN"), None])
def test_what_json_does_not_have_becomes_null(nothing: float | Decimal | None) -> None:
    assert json_text([nothing]) == "[null]"


def test_times_carry_their_offset() -> None:
    time = datetime(2026, 11, 23, 15, 30, tzinfo=timezone(timedelta(hours=1)))

    assert json_text([time, date(2026, 11, 23)]) == '["2026-11-23T15:30:00+01:00","2026-11-23"]'


def test_a_time_without_an_offset_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="no offset"):
        json_text(datetime(2026, 11, 23))  # noqa: DTZ001 - that is the mistake


def test_dataclasses_become_objects_in_both_languages() -> None:
    @dataclass(frozen=True, slots=True)
    class Named:
        name: Text
        price: Decimal

    text = json_text(Named(Text(en="reach", ru="охват"), Decimal("1.5")))

    assert text == '{"name":{"en":"reach","ru":"охват"},"price":1.5}'


def test_a_type_without_an_agreed_form_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        json_text({"channels": {1, 2}})
