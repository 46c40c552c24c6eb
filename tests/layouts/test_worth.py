"""The Overview says what revenue and ROI are, and by what channels without revenue are judged."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from layouts import incomplete, worth
from services.worth import Worth
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT, TOTALS, overview


def test_revenue_is_what_platforms_attribute_and_roi_is_that_of_the_margin() -> None:
    judged = Worth("margin", {"Google Ads": 0.5, "Telegram": 0.2})
    seen = overview(snapshot=replace(SNAPSHOT, scores={"worth": judged.record()}))

    assert worth.sentence(overview(), "en") == "Revenue is what the ad platforms attribute to their ads."
    told = worth.sentence(seen, "en").replace("\u00a0", " ")
    assert told.endswith("ROI is that of gross margin: 50 % (Telegram 20 %) of revenue.")
    assert "валовой прибыли" in worth.sentence(seen, "ru")


def test_with_a_value_of_conversions_the_overview_says_so_and_has_a_roi() -> None:
    judged = Worth("value", {}, {"Google Ads": 50.0})
    totals = replace(
        TOTALS,
        revenue=None,
        unrecorded=frozenset({"revenue"}),
        worth=(Decimal(96420), Decimal(48210)),
    )
    seen = overview(snapshot=replace(SNAPSHOT, scores={"worth": judged.record()}), totals=totals)

    assert totals.roi == 1.0
    assert "conversions times what each is worth" in incomplete.sentence(seen, ENGLISH)
    assert "умноженному на их ценность" in incomplete.sentence(seen, RUSSIAN)
    assert worth.sentence(seen, "en") == ""


def test_without_revenue_the_overview_says_what_a_conversion_counts_for() -> None:
    for has_break_even, meaning in (
        (True, "One may cost 50.00 EUR at most."),
        (False, "no channel is called too dear; the mean of the newest 90 days is 50.00 EUR."),
    ):
        judged = Worth("conversions", {}, {"Google Ads": 50.0}, has_break_even)
        totals = replace(TOTALS, revenue=None, unrecorded=frozenset({"revenue"}))
        seen = overview(snapshot=replace(SNAPSHOT, scores={"worth": judged.record()}), totals=totals)

        told = incomplete.sentence(seen, ENGLISH).replace("\u00a0", " ")

        assert told.endswith(meaning)
        assert "по стоимости конверсии" in incomplete.sentence(seen, RUSSIAN)
        assert worth.sentence(seen, "en") == ""
