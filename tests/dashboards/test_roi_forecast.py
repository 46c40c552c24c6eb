from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from services.dashboards.outlooks import Basis
from services.dashboards.roi_forecast import draw, headline, rows
from services.text import Lang, money
from tests.dashboards.made_up import context, results, words


def row(
    channel: str, roi: float | None, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {"channel": channel, "roi_forecast": roi, "roi_low": low, "roi_high": high}


def test_the_best_channel_comes_first_and_those_without_a_forecast_last() -> None:
    given = results(channels=3)
    channels = given.prediction.channels.assign(roi=[0.5, math.nan, 2.0])

    ordered = rows(replace(given, prediction=replace(given.prediction, channels=channels)))

    assert [(r["channel"], r["roi_forecast"]) for r in ordered] == [
        ("Facebook", 2.0),
        ("Google Ads", 0.5),
        ("Instagram", None),
    ]


def test_the_picture_says_how_many_channels_it_leaves_out() -> None:
    figure = draw(rows(results(channels=12)), context())

    assert "Channels: the best 4 and the worst 4 of 12" in words(figure)
    assert len(figure.axes[0].patches) == 8


def test_of_many_channels_the_best_and_the_worst_are_drawn() -> None:
    """A channel that loses money was in no picture of an account with many channels."""
    given = [row(f"C{n}", 3 - n / 5) for n in range(20)]

    bars = draw(given, context()).axes[0].patches
    values = [bar.get_width() for bar in bars if isinstance(bar, Rectangle)]

    assert values == pytest.approx([row["roi_forecast"] for row in given[:4] + given[-4:]])


def test_of_many_channels_those_with_little_data_are_left_out_first() -> None:
    """The headline names them apart, so the picture is of those that it ranks."""
    given = [row(f"C{n}", 3 - n / 5) for n in range(12)]
    thin = Basis(cost=100.0, part=0.5, orders=3.0, is_young=True)
    outlooks = replace(context().outlooks, basis={f"C{n}": thin for n in range(6)})

    figure = draw(given, replace(context(), outlooks=outlooks))

    assert "Channels: the 6 of 12 with enough data" in words(figure)
    assert len(figure.axes[0].patches) == 6


def test_channels_have_their_own_colours_whatever_their_order() -> None:
    given = [row("Instagram", 3.0), row("Google Ads", 1.0), row("A new one", 0.5)]

    colours = [to_rgb(patch.get_facecolor()) for patch in draw(given, context()).axes[0].patches]

    assert [f"#{''.join(f'{round(part * 255):02X}' for part in c)}" for c in colours] == [
        "#D55E00",
        "#0072B2",
        "#56B4E9",
    ]


@pytest.mark.parametrize(
    ("given", "lang", "sentence"),
    [
        ([], "en", "No channel has a ROI forecast: that takes spend and revenue in the data."),
        (
            [row("VK", None)],
            "ru",
            "Прогноза ROI нет ни по одному каналу: для него в данных нужны и расход, и выручка.",
        ),
        (
            [row("VK", 2.4)],
            "en",
            (
                "In the 28 days to 20\u00a0December, 1 EUR in VK is expected to bring back 3.40 EUR "
                "(ROI 240\u00a0%)."
            ),
        ),
        (
            [row("VK", 2.4, 1.9, 2.9), row("OK", 1.0, 0.8, 1.2)],
            "en",
            (
                "In the 28 days to 20\u00a0December, 1 EUR in VK is expected to bring back 3.40 EUR "
                "(ROI 240\u00a0%; 80\u00a0% range: 2.90–3.90 EUR), the most of 2 channels."
            ),
        ),
        (
            [row("VK", -0.2, -0.45, 0.05), row("OK", -0.3, -0.5, -0.1), row("X", None)],
            "en",
            (
                "In the 28 days to 20\u00a0December, 1 EUR in VK is expected to bring back 0.80 EUR "
                "(ROI −20\u00a0%; 80\u00a0% range: 0.55–1.05 EUR), the most of 2 channels; OK may be as good."
            ),
        ),
        (
            [row("VK", 2.4, 1.9, 2.9), row("OK", 1.0, 0.8, 1.2)],
            "ru",
            (
                "За 28 дн. до 20\u00a0декабря каждый 1 EUR в VK должен вернуть 3,40 EUR "
                "(ROI 240\u00a0%; диапазон 80\u00a0%: 2,90–3,90 EUR) — больше всех, каналов: 2."
            ),
        ),
    ],
)
def test_the_finding_names_the_best_channel_and_how_sure_that_is(
    given: list[dict[str, Any]], lang: Lang, sentence: str
) -> None:
    assert headline(given, context(lang)) == sentence


@pytest.mark.parametrize(
    "basis",
    [
        Basis(cost=271.0, part=0.004, orders=60.0, is_young=False),
        Basis(cost=2_710.0, part=0.2, orders=7.0, is_young=False),
        Basis(cost=2_710.0, part=0.2, orders=60.0, is_young=True),
    ],
)
def test_a_channel_with_little_data_is_not_ranked_and_carries_a_warning(basis: Basis) -> None:
    given = [row("TikTok", 17.8, 2.0, 60.0), row("VK", 2.4, 1.9, 2.9)]
    usual = replace(context(), outlooks=replace(context().outlooks, basis={"TikTok": basis}))

    sentence = headline(given, usual)

    assert "1 EUR in VK is expected" in sentence
    assert f"Too little data to rank: TikTok ({money(basis.cost, 'EUR', 'en')} of spend" in sentence
    assert "TikTok*" in words(draw(given, usual))


def test_channels_that_all_have_little_data_are_not_ranked() -> None:
    thin = Basis(cost=100.0, part=0.5, orders=3.0, is_young=True)
    young = replace(context(), outlooks=replace(context().outlooks, basis={"VK": thin, "OK": thin}))

    sentence = headline([row("VK", 2.4, 1.9, 2.9), row("OK", 1.0)], young)

    assert sentence.startswith("No channel has enough data yet to be ranked")
    assert "the most of" not in sentence


def test_a_channel_with_little_data_is_told_if_there_is_no_other() -> None:
    thin = {"VK": Basis(cost=100.0, part=1.0, orders=3.0, is_young=True)}
    only = replace(context(), outlooks=replace(context().outlooks, basis=thin))

    assert "1 EUR in VK is expected" in headline([row("VK", 2.4, 1.9, 2.9)], only)
    assert "Too little data" in headline([row("VK", 2.4, 1.9, 2.9)], only)
