from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from layouts import ids, kpis
from layouts.reader import Reader
from layouts.sparkline import EMPTY
from services.text import NOTHING, both
from services.views import Advice, Kpi, KpiName, Recommendation
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT, kpi, overview, words

ALL: tuple[KpiName, ...] = ("spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr")


def drawn(
    name: KpiName,
    value: float | None,
    previous: float | None,
    reader: Reader = ENGLISH,
    noise: float | None = 0.0,
) -> dict[str, Any]:
    return drawn_of({name: kpi(name, value, previous, noise)}, reader, warned=frozenset(ALL))


def drawn_of(
    changed: Mapping[KpiName, Kpi], reader: Reader = ENGLISH, warned: frozenset[KpiName] = frozenset()
) -> dict[str, Any]:
    """Return the cards with some figures changed; the others did not change at all."""
    flat = {name: kpi(name, 1.0, 1.0) for name in ALL}
    return kpis.draw(overview(kpis=tuple((flat | dict(changed)).values())), reader, warned)


def part(values: dict[str, Any], name: KpiName, what: str) -> Any:
    return values[ids.kpi(name, what)]


def test_cards_are_named_in_the_readers_language() -> None:
    assert "Acquisition cost" in words(kpis.skeleton("en"))
    assert "Выручка" in words(kpis.skeleton("ru"))


def test_every_part_of_every_card_is_drawn() -> None:
    assert set(kpis.draw(overview(), ENGLISH)) == set(kpis.LEAVES)


@pytest.mark.parametrize(
    ("name", "value", "en", "ru"),
    [
        ("spend", 48210.4, "48,210", "48\u202f210"),
        ("acquisition_cost", 15.05, "15.05", "15,05"),
        ("roi", 2.15, "215\u00a0%", "215\u00a0%"),
        ("ctr", 0.0192, "1.92\u00a0%", "1,92\u00a0%"),
        ("conversions", 1_234_567.0, "1.2\u00a0m", "1,2\u00a0млн"),
        ("roi", None, NOTHING, NOTHING),
    ],
)
def test_values_are_written_as_the_reader_writes(
    name: KpiName, value: float | None, en: str, ru: str
) -> None:
    assert part(drawn(name, value, None), name, "value.children") == en
    assert part(drawn(name, value, None, RUSSIAN), name, "value.children") == ru


def test_money_has_its_currency_beside_it_and_nothing_has_none() -> None:
    assert part(drawn("spend", 1.0, 1.0), "spend", "unit.children") == "EUR"
    assert part(drawn("spend", None, 1.0), "spend", "unit.children") == ""
    assert part(drawn("roi", 1.0, 1.0), "roi", "unit.children") == ""


@pytest.mark.parametrize(
    ("name", "value", "previous", "mood"),
    [
        ("roi", 2.0, 1.0, "good"),
        ("roi", 1.0, 2.0, "bad"),
        ("acquisition_cost", 1.0, 2.0, "good"),
        ("acquisition_cost", 2.0, 1.0, "bad"),
        ("spend", 2.0, 1.0, "even"),
        ("spend", 1.0, 2.0, "even"),
        ("revenue", 100.0001, 100.0, "even"),
        ("roi", 1.0, None, "unknown"),
    ],
)
def test_good_and_bad_are_not_the_same_as_up_and_down(
    name: KpiName, value: float, previous: float | None, mood: str
) -> None:
    assert part(drawn(name, value, previous), name, "change.className") == f"change is-{mood}"


@pytest.mark.parametrize(
    ("sum_of", "judge", "returns"),
    [("revenue", "roi", (1.0, 1.3)), ("conversions", "acquisition_cost", (13.0, 10.0))],
)
def test_a_sum_that_follows_the_spend_is_neither_good_nor_bad(
    sum_of: KpiName, judge: KpiName, returns: tuple[float, float]
) -> None:
    """Conversions -2.9 % beside spend -2.7 % are what less money buys."""
    worse, better = returns

    def mood(change: tuple[float, float], of_returns: tuple[float, float]) -> str:
        changed: dict[KpiName, Kpi] = {sum_of: kpi(sum_of, *change), judge: kpi(judge, *of_returns)}
        return str(part(drawn_of(changed, warned=frozenset(ALL)), sum_of, "change.className"))

    assert mood((97.1, 100.0), (better, better)) == "change is-even"
    assert mood((97.1, 100.0), (better, worse)) == "change is-even"
    assert mood((97.1, 100.0), (worse, better)) == "change is-bad"
    assert mood((103.0, 100.0), (worse, better)) == "change is-even"
    assert mood((103.0, 100.0), (better, worse)) == "change is-good"


def test_only_what_a_recommendation_is_about_is_red() -> None:
    fallen: dict[KpiName, Kpi] = {"roi": kpi("roi", 1.0, 2.0), "ctr": kpi("ctr", 0.01, 0.02)}

    silent, told = drawn_of(fallen), drawn_of(fallen, warned=frozenset({"roi"}))

    for name in ("roi", "ctr"):
        assert part(silent, name, "change.className") == "change is-even"
        assert part(silent, name, "change.title").startswith("Worse than before")
    assert part(told, "roi", "change.className") == "change is-bad"
    assert part(told, "ctr", "change.className") == "change is-even"


@pytest.mark.parametrize(
    ("rule", "metric", "severity", "channel", "warned"),
    [
        ("anomaly", "roi", "warning", "Google Ads", {"revenue", "roi", "conversions", "acquisition_cost"}),
        (
            "funnel",
            "ctr",
            "warning",
            "Telegram",
            {"ctr", "revenue", "roi", "conversions", "acquisition_cost"},
        ),
        ("anomaly", "roi", "opportunity", "Google Ads", set()),
        ("anomaly", "roi", "warning", "another one", set()),
        ("segment", "roi", "warning", "Google Ads", set()),
        ("data_quality", "gap_days", "warning", None, set()),
    ],
)
def test_a_warning_stands_behind_what_moves_with_its_rate(
    rule: str, metric: str, severity: str, channel: str | None, warned: set[str]
) -> None:
    text = both("")
    item = Recommendation(1, rule, channel, severity, text, text, text, {"metric": metric})

    assert kpis.warned_of(Advice(SNAPSHOT, {}, (item,)), overview()) == warned


def test_good_and_bad_are_said_in_words_too() -> None:
    assert part(drawn("acquisition_cost", 2.0, 1.0), "acquisition_cost", "change.title") == (
        "Worse than before: 1.00\u00a0EUR"
    )
    assert part(drawn("roi", 1.5, 1.4), "roi", "change.children") == "↑ +10\u00a0pp"


@pytest.mark.parametrize("noise", [0.2, 0.1, None])
@pytest.mark.parametrize(("value", "previous"), [(1.1, 1.0), (1.0, 1.1)])
@pytest.mark.parametrize("name", ["revenue", "roi", "conversions", "acquisition_cost", "ctr"])
def test_a_change_inside_the_noise_is_called_none_in_grey(
    name: KpiName, value: float, previous: float, noise: float | None
) -> None:
    english, russian = (
        drawn(name, value, previous, reader, noise=noise and noise + 1e-9) for reader in (ENGLISH, RUSSIAN)
    )

    assert part(english, name, "change.className") == "change is-even"
    assert part(english, name, "change.children") == "no real change"
    assert part(russian, name, "change.children") == "без изменений"
    assert "by chance" in part(english, name, "change.title")


def test_a_change_beyond_the_noise_has_a_colour() -> None:
    assert part(drawn("roi", 1.3, 1.0, noise=0.2), "roi", "change.className") == "change is-good"


def test_spend_is_decided_and_never_chance() -> None:
    spent = drawn("spend", 90.0, 100.0, noise=50.0)

    assert part(spent, "spend", "change.children").endswith("−10.0\u00a0%")
    assert part(spent, "spend", "change.className") == "change is-even"


@pytest.mark.parametrize(
    ("name", "value", "lacks", "said", "russian"),
    [
        ("revenue", None, ("revenue",), "not in the data", "нет в данных"),
        ("revenue", 0.0, ("revenue",), "0 in all rows", "везде 0"),
        ("conversions", None, ("conversions",), "not in the data", "нет в данных"),
        ("roi", None, ("revenue",), "needs revenue", "нет данных: выручка"),
        ("acquisition_cost", None, ("conversions",), "needs conversions", "нет данных: конверсии"),
        ("ctr", None, ("impressions",), "needs impressions", "нет данных: показы"),
    ],
)
def test_what_the_data_do_not_have_is_no_number(
    name: KpiName, value: float | None, lacks: tuple[str, ...], said: str, russian: str
) -> None:
    missing = tuple(
        k if k.name != name else replace(kpi(name, value, None), lacks=lacks) for k in overview().kpis
    )

    english = kpis.draw(overview(kpis=missing), ENGLISH)

    assert part(english, name, "value.children") == said
    assert part(kpis.draw(overview(kpis=missing), RUSSIAN), name, "value.children") == russian
    assert part(english, name, "unit.children") == ""
    assert part(english, name, "line.src") == EMPTY
    assert part(english, name, "change.className") == "is-hidden"


def test_without_a_period_before_nothing_is_compared() -> None:
    change = drawn("revenue", 1.0, None)

    assert part(change, "revenue", "change.children") == NOTHING
    assert "do not cover" in part(change, "revenue", "change.title")


def test_sums_of_periods_of_other_lengths_are_neither_good_nor_bad() -> None:
    longer = kpis.draw(overview(previous_from=date(2026, 8, 1)), ENGLISH)  # 86 days before 28
    a_month = kpis.draw(overview(previous_from=date(2026, 9, 25)), ENGLISH)  # 31 days before 28

    assert part(longer, "revenue", "change.className") == "change is-even"
    assert part(longer, "roi", "change.className") == "change is-good"
    assert part(a_month, "revenue", "change.className") == "change is-good"
