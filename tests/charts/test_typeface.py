from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import font_manager

from services.charts import style
from services.charts.png import to_png
from services.charts.typeface import ELLIPSIS, FAMILIES, STAND_IN, drawable, shortened, width
from services.text import MINUS, NOTHING, THIN_SPACE

names = st.text(max_size=60)


@given(names)
@settings(max_examples=60, deadline=None)
def test_whatever_is_made_drawable_stays_so(name):
    once = drawable(name)

    assert drawable(once) == once


@given(names, st.floats(0.3, 3))
@settings(max_examples=60, deadline=None)
def test_shortened_names_keep_to_their_room(name, room):
    short = shortened(name, room, 16)

    assert width(short, 16) <= room or short == ELLIPSIS
    assert short == drawable(name) or short.endswith(ELLIPSIS)


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
def test_names_are_drawn_as_far_as_there_are_letters(name, shown):
    assert drawable(name) == shown


def test_the_faces_have_all_that_numbers_and_sentences_need():
    needed = f"0123456789%{MINUS}{NOTHING}{THIN_SPACE}–…→«»“”’№€₽£¥₴₸$ \u00a0abcxyzABCXYZàéüßабвэюяёїҚІ"

    for face in FAMILIES.values():
        file = font_manager.findfont(face[0], fallback_to_default=False)
        letters = font_manager.get_font(file).get_charmap()
        assert [letter for letter in needed if ord(letter) not in letters] == []


@given(names)
@settings(max_examples=15, deadline=None)
def test_drawing_any_name_warns_of_nothing(name):
    figure = style.canvas("A title")
    style.write(figure, 1, 1, shortened(name, 5, 16), weight="semibold")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_png(figure, 30)
