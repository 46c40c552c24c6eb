from __future__ import annotations

from urllib.parse import unquote
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.sparkline import EMPTY, HEIGHT, WIDTH, sparkline

PREFIX = "data:image/svg+xml,"
values = st.lists(st.none() | st.floats(-1e9, 1e9), max_size=100)


def svg_of(address: str) -> ElementTree.Element:
    return ElementTree.fromstring(unquote(address.removeprefix(PREFIX)))


def path_of(address: str) -> str:
    return svg_of(address)[0].attrib["d"]


@settings(deadline=None)
@given(values)
def test_every_course_is_a_picture_and_stays_inside_it(course: list[float | None]) -> None:
    address = sparkline(course)

    for element in svg_of(address):
        numbers = [float(n) for n in element.attrib.get("d", "").replace("M", " ").replace("L", " ").split()]
        assert all(0 <= x <= WIDTH for x in numbers[::2])
        assert all(0 <= y <= HEIGHT for y in numbers[1::2])


def test_higher_values_are_drawn_higher() -> None:
    assert path_of(sparkline([1, 2, 0])) == "M3.0 16.0L60.0 3.0L117.0 29.0"


def test_a_missing_value_is_a_gap() -> None:
    assert path_of(sparkline([1, 2, None, 2, 1])).count("M") == 2


def test_fewer_than_two_values_are_no_line() -> None:
    assert sparkline([]) == sparkline([None, 3.0]) == EMPTY
