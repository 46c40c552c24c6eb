from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from layouts import advice, ids, overview, report_links, view_bar
from layouts.tables import POSITION
from services.periods import COMPARISON_WORDS, PERIOD_WORDS, Selection, period_of
from services.text import Text
from services.views import Advice, ChannelPerformance, Overview, Recommendation, Totals, TrendPoint
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT, TOTALS, channel, words
from tests.layouts.values import overview as four_weeks

COLOURS = {n: f"#00000{n}" for n in range(10)}


def recommendation(rank: int, caveat: str = "") -> Recommendation:
    return Recommendation(
        rank=rank,
        rule_id="rule",
        channel=None,
        severity="info",
        sentence=Text(en=f"Do {rank}.", ru=f"Сделайте {rank}."),
        evidence=Text(en="60 days.", ru="60 дней."),
        caveat=Text(en=caveat, ru=caveat),
        item={},
    )


def advised(count: int, **values: str) -> dict[str, Any]:
    items = tuple(recommendation(n + 1, **values) for n in range(count))
    return advice.draw(Advice(SNAPSHOT, {}, items), "en")


def visible(drawn: dict[str, Any]) -> list[int]:
    return [n for n in range(advice.PLACES) if "is-hidden" not in drawn[ids.advice(n, "item.className")]]


def test_everything_that_is_drawn_is_a_leaf() -> None:
    drawn = set(overview.draw_figures(four_weeks(), ENGLISH))
    assert drawn | set(report_links.LEAVES) == set(overview.FIGURE_LEAVES)
    assert set(overview.draw_charts(four_weeks(), COLOURS, ENGLISH)) == set(overview.CHART_LEAVES)
    assert set(overview.draw_table(four_weeks(), COLOURS, ENGLISH)) == set(overview.TABLE_LEAVES)
    assert set(advised(1)) == set(advice.LEAVES)


def test_the_tab_speaks_the_readers_language() -> None:
    assert "ROI by channel" in words(overview.skeleton("en"))
    assert "Показатели каналов" in words(overview.skeleton("ru"))


def test_the_period_says_what_it_is_compared_with() -> None:
    compared = overview.draw_figures(four_weeks(), ENGLISH)[f"{ids.VIEW_SPAN}.children"]
    alone = overview.draw_figures(four_weeks(previous_from=None), RUSSIAN)[f"{ids.VIEW_SPAN}.children"]

    assert compared.replace("\u00a0", " ") == "26 Oct – 22 Nov 2026, against 28 Sep – 25 Oct 2026"
    assert "1 янв – 22 ноя 2026" in alone.replace("\u00a0", " ")


def test_periods_of_different_lengths_say_so() -> None:
    longer = four_weeks(previous_from=date(2026, 9, 25))

    assert "28" in view_bar.span(longer, "en")
    assert "31" in view_bar.span(longer, "ru")
    assert "days" not in view_bar.span(four_weeks(), "en")


def test_what_the_address_selects_in_vain_is_said_in_place_of_figures() -> None:
    drawn = overview.draw_problem(Text(en="No such days.", ru="Таких дней нет."), "ru")

    assert drawn[f"{ids.VIEW_SPAN}.children"] == "Таких дней нет."
    assert drawn[f"{ids.OVERVIEW}.className"] == "overview has-problem"
    assert set(drawn) <= set(overview.FIGURE_LEAVES)


def test_one_channel_is_a_view_of_its_own() -> None:
    drawn = overview.draw_figures(four_weeks(selection=Selection(channel="Telegram")), ENGLISH)

    assert drawn[f"{ids.OVERVIEW}.className"] == "overview is-channel"
    assert drawn[f"{ids.CHANNEL_TITLE}.children"] == "Telegram"


def test_every_word_of_an_address_can_be_chosen() -> None:
    chosen = {value for value, _ in view_bar.PERIODS}
    compared = {value for value, _ in view_bar.COMPARISONS}

    assert chosen >= set(PERIOD_WORDS)
    assert compared >= set(COMPARISON_WORDS)
    assert all(period_of(value) for value in chosen - {view_bar.CHOSEN_DATES})


def test_panels_that_do_not_follow_the_period_say_what_they_are_of() -> None:
    drawn = advised(1)

    assert "22 Nov 2026" in drawn[f"{ids.ADVICE_OF}.children"].replace("\u00a0", " ")


def test_the_trend_has_dotted_lines_of_what_it_is_compared_with() -> None:
    then = tuple(TrendPoint(date(2026, 10, day), TOTALS) for day in range(1, 25))
    compared = overview.draw_charts(four_weeks(trend_before=then), COLOURS, ENGLISH)[f"{ids.TREND}.figure"]
    alone = overview.draw_charts(four_weeks(), COLOURS, ENGLISH)[f"{ids.TREND}.figure"]

    dotted = [line for line in compared["data"] if line.get("line", {}).get("dash") == "dot"]
    assert len(dotted) == 2
    assert len(compared["data"]) == len(alone["data"]) + 2
    assert dotted[0]["x"] == alone["data"][0]["x"]
    assert dotted[0]["customdata"][0].startswith("1\u00a0Oct")


def test_the_trend_says_the_length_of_its_steps() -> None:
    daily = overview.draw_charts(four_weeks(), COLOURS, ENGLISH)
    weekly = overview.draw_charts(four_weeks(trend_step_days=7), COLOURS, ENGLISH)

    assert daily[f"{ids.TREND_STEP}.children"].startswith("EUR per day; dotted: 28")
    assert weekly[f"{ids.TREND_STEP}.children"].startswith("EUR per week")


def test_channels_that_a_chart_leaves_out_are_counted() -> None:
    many = four_weeks(*(channel(f"C{n}", n) for n in range(9)))

    assert overview.draw_charts(many, COLOURS, ENGLISH)[f"{ids.ROI_NOTE}.children"] == (
        "Shown: the best 4 and the worst 4 of 9 channels"
    )


def test_the_table_has_a_row_for_each_channel_with_its_place() -> None:
    spent = channel("Telegram", 4, Totals(1000, 20, Decimal(2), Decimal(10), Decimal(30)))

    drawn = overview.draw_table(four_weeks(spent), COLOURS, ENGLISH)

    assert drawn[f"{ids.PERFORMANCE}.data"] == [
        {
            "channel": "Telegram",
            "spend": 10.0,
            "revenue": 30.0,
            "roi": 200.0,
            "conversions": 2.0,
            "acquisition_cost": 5.0,
            "ctr": 2.0,
            POSITION: 4,
        }
    ]


def test_a_channel_without_spend_has_no_ratios() -> None:
    drawn = overview.draw_table(four_weeks(channel("Free", 0, Totals())), COLOURS, ENGLISH)

    row = drawn[f"{ids.PERFORMANCE}.data"][0]
    assert (row["roi"], row["acquisition_cost"], row["ctr"]) == (None, None, None)


def test_recommendations_come_with_their_evidence() -> None:
    drawn = advised(2, caveat="Careful.")

    assert visible(drawn) == [0, 1]
    assert drawn[ids.advice(1, "severity.children")] == "For information"
    assert drawn[ids.advice(1, "sentence.children")] == "Do 2."
    assert drawn[ids.advice(1, "evidence.children")] == "60 days."
    assert drawn[ids.advice(1, "caveat.children")] == "Careful."
    assert advised(1)[ids.advice(0, "caveat-line.className")] == "is-hidden"


def test_no_recommendation_is_said_in_words() -> None:
    assert visible(advised(0)) == []
    assert advised(0)[f"{ids.ADVICE_MORE}.children"] == advice.NONE["en"]


def test_recommendations_without_a_place_are_counted() -> None:
    drawn = advised(advice.PLACES + 3)

    assert len(visible(drawn)) == advice.PLACES
    assert f"of {advice.PLACES + 3}" in drawn[f"{ids.ADVICE_MORE}.children"]


def test_one_day_of_data_is_enough() -> None:
    one = four_weeks(date_from=date(2026, 11, 22), trend=four_weeks().trend[-1:])

    assert overview.draw_charts(one, COLOURS, ENGLISH)[f"{ids.TREND}.figure"]["data"][0]["mode"] == "markers"


def silent(name: str, position: int, **values: Any) -> ChannelPerformance:
    missing = {"conversions": None, "revenue": None, **values}
    totals = replace(TOTALS, partly=frozenset({"conversions", "revenue"}), **missing)
    return replace(channel(name, position, totals), roi_low=None, roi_high=None)


def lacking(channels: list[ChannelPerformance], names: tuple[str, ...]) -> Overview:
    figures_without = ("revenue", "conversions", "roi", "conversion", "acquisition_cost")
    return four_weeks(*channels, incomplete=dict.fromkeys(figures_without, names))


def test_figures_that_a_channel_does_not_record_are_named_below_the_key_figures() -> None:
    seen = lacking([channel("Search", 0), silent("Outdoor", 1)], ("Outdoor",))

    english, russian = (overview.draw_figures(seen, reader) for reader in (ENGLISH, RUSSIAN))

    assert english[f"{ids.INCOMPLETE}.children"] == (
        "Not recorded, so not in these sums: revenue of Outdoor; conversions of Outdoor. "
        "Ratios count only what records both of their figures."
    )
    assert "выручка (Outdoor); конверсии (Outdoor)" in russian[f"{ids.INCOMPLETE}.children"]
    assert english[f"{ids.INCOMPLETE}.className"] == "incomplete quiet"


def test_where_everything_is_recorded_there_is_no_sentence() -> None:
    drawn = overview.draw_figures(four_weeks(), ENGLISH)

    assert drawn[f"{ids.INCOMPLETE}.children"] == ""
    assert drawn[f"{ids.INCOMPLETE}.className"] == "is-hidden"


def test_many_channels_are_counted_and_all_are_called_all() -> None:
    some = [silent(name, n) for n, name in enumerate("ABCDE")]

    many = overview.draw_figures(lacking([channel("Z", 9), *some], tuple("ABCDE")), ENGLISH)
    every = overview.draw_figures(lacking(some, tuple("ABCDE")), ENGLISH)

    assert "revenue of A, B, C and others (2);" in many[f"{ids.INCOMPLETE}.children"]
    assert "revenue of all channels;" in every[f"{ids.INCOMPLETE}.children"]


def test_a_channel_that_records_a_figure_on_some_days_is_in_part() -> None:
    seen = lacking([channel("Search", 0), silent("Video", 1, revenue=Decimal(5))], ("Video",))

    drawn = overview.draw_figures(seen, ENGLISH)

    assert "revenue of Video in part; conversions of Video." in drawn[f"{ids.INCOMPLETE}.children"]


def test_cells_of_the_table_are_empty_where_nothing_is_recorded() -> None:
    drawn = overview.draw_table(lacking([silent("Outdoor", 1)], ("Outdoor",)), COLOURS, ENGLISH)

    (row,) = drawn[f"{ids.PERFORMANCE}.data"]
    assert {row[name] for name in ("revenue", "roi", "conversions", "acquisition_cost")} == {None}
    assert row["spend"] == 48210
