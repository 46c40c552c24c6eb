from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import font_manager

from services.charts import style
from services.charts.png import to_png
from services.charts.typeface import ELLIPSIS, FAMILIES, STAND_IN, drawable, fitted, shortened, width
from services.text import MINUS, NOTHING, THIN_SPACE

names = st.text(max_size=60)


@given(names)
@settings(max_examples=60, deadline=None)
def test_whatever_is_made_drawable_stays_so(name: str) -> None:
    once = drawable(name)

    assert drawable(once) == once


@given(names, st.floats(0.3, 3))
@settings(max_examples=60, deadline=None)
def test_shortened_names_keep_to_their_room(name: str, room: float) -> None:
    short = shortened(name, room, 16)

    assert width(short, 16) <= room or short == ELLIPSIS
    assert short == drawable(name) or short.endswith(ELLIPSIS)


@given(st.lists(names, max_size=5), st.floats(0.3, 3))
@settings(max_examples=60, deadline=None)
def test_fitted_names_have_two_lines_at_most_and_keep_to_their_room(several: list[str], room: float) -> None:
    for name, shown in zip(several, fitted(several, room, 16, fold_to=13), strict=True):
        lines = shown.split("\n")
        assert len(lines) <= 2
        size = 16 if len(lines) == 1 else 13
        assert all(width(line, size) <= room or line in {ELLIPSIS, 2 * ELLIPSIS} for line in lines)
        assert shown == drawable(name) or len(lines) == 2 or ELLIPSIS in shown


@pytest.mark.parametrize("fold_to", [None, 13])
def test_names_that_begin_alike_stay_different(fold_to: int | None) -> None:
    alike = ["Facebook Remarketing Lookalike 1%", "Facebook Remarketing Lookalike 3%", "Bing"]

    shown = fitted(alike, 1.5, 16, fold_to=fold_to)

    assert len(set(shown)) == 3
    assert shown[0].endswith("1%")
    assert shown[1].endswith("3%")
    assert shown[2] == "Bing"


def test_a_long_name_is_folded_between_its_words() -> None:
    assert fitted(["YouTube Masthead", "cross-network"], 1.2, 16, fold_to=13) == [
        "YouTube\nMasthead",
        "cross-\nnetwork",
    ]


def test_a_long_word_is_folded_where_it_must_be() -> None:
    [one, other] = fitted(["GoogleAdsPerformanceMax", "ЯндексДиректМастерКампаний"], 1.6, 16, fold_to=13)

    assert one.replace("\n", "") == "GoogleAdsPerformanceMax"
    assert other.startswith("ЯндексДирект")
    assert one.count("\n") == other.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Google Ads", "Google Ads"),
        ("Яндекс Директ", "Яндекс Директ"),
        ("  two\n lines\t", "two lines"),
        ("微信", STAND_IN * 2),
        ("a\u200db\ufe0f", "ab"),
        ("\u200b", STAND_IN),
        ("", ""),
        ("Ελλάδα ẞ ₸", "Ελλάδα ẞ ₸"),
    ],
)
def test_names_are_drawn_as_far_as_there_are_letters(name: str, shown: str) -> None:
    assert drawable(name) == shown


def test_the_faces_have_all_that_numbers_and_sentences_need() -> None:
    needed = f"0123456789%{MINUS}{NOTHING}{THIN_SPACE}–…→«»“”’№€₽£¥₴₸$ \u00a0abcxyzABCXYZàéüßабвэюяёїҚІ"

    for face in FAMILIES.values():
        file = font_manager.findfont(face[0], fallback_to_default=False)
        letters = font_manager.get_font(file).get_charmap()
        assert [letter for letter in needed if ord(letter) not in letters] == []


@given(names)
@settings(max_examples=15, deadline=None)
def test_drawing_any_name_warns_of_nothing(name: str) -> None:
    figure = style.canvas("A title")
    style.write(figure, 1, 1, shortened(name, 5, 16), weight="semibold")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_png(figure, 30)
