from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from matplotlib.patches import Wedge

from services.dashboards.budget import draw, headline, rows
from services.text import Lang
from tests.dashboards.made_up import context, results, words


def row(
    channel: str, today: str, recommended: str, action: str = "hold", total: str = "1000"
) -> dict[str, Any]:
    return {
        "channel": channel,
        "current_budget": Decimal(today),
        "recommended_budget": Decimal(recommended),
        "total_budget": Decimal(total),
        "action": action,
        "roi_now": 1.0,
        "roi_then": 0.9,
        "marginal_roi_after": 0.2,
        "effect_p10": Decimal(-10),
        "effect_p90": Decimal(20),
        "plan_effect_p10": Decimal(100),
        "plan_effect_p50": Decimal(300),
        "plan_effect_p90": Decimal(500),
        "period_days": 28,
        "data_days": 200,
    }


def test_rows_join_the_plan_with_the_forecast_the_largest_budget_first() -> None:
    given = results(channels=3)

    first = rows(given)[0]

    assert first["channel"] == "Google Ads"
    assert first["recommended_budget"] == Decimal("32760.0000")
    assert first["current_budget"] == Decimal("25200.0000")
    assert first["total_budget"] == given.plan.total
    assert first["acquisition_cost"] == Decimal("15.0500")
    assert (first["roi_pred"], first["conversion_pred"]) == (2.4, 0.031)
    assert (first["effect_p10"], first["effect_p90"]) == (Decimal("-120.5000"), Decimal("2400.0000"))
    assert first["action"] == "increase"


def test_a_channel_of_the_plan_without_a_forecast_keeps_its_row() -> None:
    given = results(channels=2)
    channels = given.prediction.channels.iloc[:1]

    values = rows(replace(given, prediction=replace(given.prediction, channels=channels)))

    assert [(v["channel"], v["roi_pred"], v["acquisition_cost"]) for v in values[1:]] == [
        ("Instagram", None, None)
    ]


def test_a_channel_without_recorded_revenue_has_no_effect_and_is_named() -> None:
    given = results(channels=3)
    silent = replace(given.plan.shares[1], basis="no_revenue", action="hold")
    plan = replace(given.plan, shares=(given.plan.shares[0], silent, given.plan.shares[2]))

    values = rows(replace(given, plan=plan))
    told = headline(values, replace(context(), plan=plan))

    kept = next(value for value in values if value["channel"] == silent.channel)
    assert {kept[name] for name in ("effect_p10", "effect_p50", "effect_p90", "p_increase")} == {None}
    assert f"kept, because the data have no revenue of it: {silent.channel}." in told
    assert draw(values, context())


def test_a_channel_without_recorded_spend_has_no_row() -> None:
    given = results(channels=2)
    silent = replace(given.plan.shares[1], basis="no_cost")

    values = rows(replace(given, plan=replace(given.plan, shares=(given.plan.shares[0], silent))))

    assert [value["channel"] for value in values] == [given.plan.shares[0].channel]


def test_the_pie_is_the_whole_total_with_the_others_and_the_unspent() -> None:
    figure = draw(rows(results(channels=12, unspent=20_000)), context())

    pie = figure.axes[0]
    assert len(pie.patches) == 8 + 2
    assert sum(
        wedge.theta2 - wedge.theta1 for wedge in pie.patches if isinstance(wedge, Wedge)
    ) == pytest.approx(360)
    assert any("20,000\u00a0EUR unspent. Channels: the 8 largest of 12" in word for word in words(figure))


def test_amounts_share_one_unit_which_the_picture_names() -> None:
    figure = draw(
        [row("VK", "25000", "32500", total="40000"), row("OK", "15000", "7500", total="40000")], context()
    )

    written = words(figure)
    assert "Total 40,000\u00a0EUR for 28 days, in k\u00a0EUR" in written
    assert {"32.5", "7.5", "+30\u00a0%", "−50\u00a0%", "100 → 90\u00a0%"} <= set(written)


def test_a_channel_without_spend_today_shows_no_relative_change() -> None:
    figure = draw([row("VK", "0", "500")], context())

    assert "—" in words(figure)


@pytest.mark.parametrize(
    ("given", "lang", "sentence"),
    [
        ([], "en", "There is no budget to split yet: no channel has any spend."),
        (
            [row("VK", "500", "650", "increase"), row("OK", "500", "350", "decrease")],
            "en",
            (
                "VK should get more (500.00 → 650.00\u00a0EUR); OK less (500.00 → 350.00\u00a0EUR); "
                "the total is 1,000\u00a0EUR."
            ),
        ),
        (
            [row("OK", "100", "130", "increase"), row("X", "900", "825", "decrease")],
            "ru",
            (
                "OK — больше (100,00 → 130,00\u00a0EUR); X — меньше (900,00 → 825,00\u00a0EUR); "
                "весь бюджет — 1\u202f000\u00a0EUR, из них не распределено 45,00\u00a0EUR."
            ),
        ),
        (
            [row("VK", "600", "480", "decrease"), row("OK", "400", "520")],
            "en",
            "VK should get less (600.00 → 480.00\u00a0EUR); the total is 1,000\u00a0EUR.",
        ),
        (
            [row("VK", "500", "500", "test"), row("OK", "500", "500")],
            "en",
            (
                "The data support no change of today's split; VK deserves a spend test; "
                "the total is 1,000\u00a0EUR."
            ),
        ),
        (
            [row("VK", "1000", "1000")],
            "ru",
            "Данные не дают оснований менять нынешнее деление; весь бюджет — 1\u202f000\u00a0EUR.",
        ),
    ],
)
def test_the_finding_names_the_largest_steps_and_the_total(
    given: list[dict[str, Any]], lang: Lang, sentence: str
) -> None:
    assert headline(given, context(lang)) == sentence


def test_another_total_than_todays_says_what_the_difference_brings() -> None:
    given = [row("VK", "500", "650", "increase"), row("OK", "300", "350", "increase")]

    english = headline(given, context()).replace("\u00a0", " ")
    russian = headline(given, context("ru")).replace("\u00a0", " ")

    assert english.endswith(
        "; the total of 1,000 EUR is 200.00 EUR more than today: revenue +300.00 EUR (80 % range: "
        "+100.00 EUR to +500.00 EUR), 1.50 for each EUR more."
    )
    assert "на 200,00 EUR больше, чем сейчас: выручка +300,00 EUR" in russian
    assert "1,50 на каждый дополнительный EUR" in russian


def test_a_smaller_total_than_todays_says_what_it_costs() -> None:
    given = [row("VK", "900", "600", "decrease"), row("OK", "500", "400", "decrease")]

    assert "is 400.00\u00a0EUR less than today: revenue" in headline(given, context())


def test_what_does_not_come_back_of_a_larger_total_is_better_left_unspent() -> None:
    losing = row("OK", "300", "350", "increase") | {"marginal_roi_after": -0.4}

    said = headline([row("VK", "500", "650", "increase"), losing], context())

    assert said.endswith("; the last of it does not come back in OK: better left unspent.")


def test_the_next_thousand_is_the_marginal_return() -> None:
    given = results(channels=2)
    shares = (replace(given.plan.shares[0], marginal_roi_before=0.773, marginal_roi_after=-0.2),)

    first = rows(replace(given, plan=replace(given.plan, shares=shares)))[0]

    assert (first["next_1000_now"], first["next_1000_then"]) == (Decimal(1773), Decimal(800))


def test_amounts_of_a_short_history_are_called_scaled() -> None:
    short = [row("VK", "1000", "1000") | {"data_days": 5}]

    assert headline(short, context()).endswith("(the spend of 5 days, scaled to 28).")
    assert "расход за 5 дн., пересчитанный на 28" in headline(short, context("ru"))
