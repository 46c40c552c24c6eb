from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from matplotlib.colors import to_rgb

from services.dashboards.roi_forecast import draw, headline, rows
from services.text import Lang
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

    assert "Channels: the best 8 of 12" in words(figure)
    assert len(figure.axes[0].patches) == 8


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
        ([row("VK", 2.4)], "en", "VK is expected to return 3.4 per unit spent (ROI 240\u00a0%)."),
        (
            [row("VK", 2.4, 1.9, 2.9), row("OK", 1.0, 0.8, 1.2)],
            "en",
            (
                "VK is expected to return 3.4 per unit spent (ROI 240\u00a0%; 80\u00a0%: 190–290\u00a0%), "
                "the best of 2 channels."
            ),
        ),
        (
            [row("VK", -0.2, -0.45, 0.05), row("OK", -0.3, -0.5, -0.1), row("X", None)],
            "en",
            (
                "VK is expected to return 0.8 per unit spent (ROI −20\u00a0%; 80\u00a0%: −45 … 5\u00a0%), "
                "the best of 2 channels, though its range overlaps with that of OK."
            ),
        ),
        (
            [row("VK", 2.4, 1.9, 2.9), row("OK", 1.0, 0.8, 1.2)],
            "ru",
            (
                "VK: на каждую вложенную единицу ожидается выручка 3,4 "
                "(ROI 240\u00a0%; 80\u00a0%: 190–290\u00a0%) — лучший прогноз, всего каналов: 2."
            ),
        ),
    ],
)
def test_the_finding_names_the_best_channel_and_how_sure_that_is(
    given: list[dict[str, Any]], lang: Lang, sentence: str
) -> None:
    assert headline(given, context(lang)) == sentence
