"""The line of each table and key of a TOML document is found, however it is written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from services.sources.toml_lines import lines_of

DOCUMENT = '''\
# [[source]] in a comment
title = "has [[source]] and = in it"

[[source]]  # the first
name = "a"
query = """
name = "not a key"
[[source]]
\\""" still inside
"""  # the end
"quoted key" = 'x # no comment'
headers = { "X-One" = "1", two = [1, 2] }

[[source]]
name = "b"
literal = \'\'\'
"""
name = 1\'\'\'
list = [
  "x",  # ] }
  { deep = 1 },

  "y",
]
a.b."c d" = 1979-05-27 07:32:00
map.cost = "Kosten"
[source.extra]
key = 1
[[source.items]]
n = 1
[[source.items]]
n = 2
'''


def test_each_key_has_the_line_on_which_it_stands() -> None:
    lines = lines_of(DOCUMENT)

    assert lines["title",] == 2
    assert lines["source", 0] == 4
    assert lines["source", 0, "name"] == 5
    assert lines["source", 0, "query"] == 6
    assert lines["source", 0, "quoted key"] == 11
    assert lines["source", 0, "headers", "X-One"] == 12
    assert lines["source", 0, "headers", "two", 1] == 12
    assert lines["source", 1] == 14
    assert lines["source", 1, "literal"] == 16
    assert lines["source", 1, "list"] == 19
    assert lines["source", 1, "list", 1, "deep"] == 21
    assert lines["source", 1, "list", 2] == 23
    assert lines["source", 1, "a", "b", "c d"] == 25
    assert lines["source", 1, "map", "cost"] == 26
    assert lines["source", 1, "extra", "key"] == 28
    assert lines["source", 1, "items", 1, "n"] == 32


def test_every_key_of_the_document_has_a_line() -> None:
    assert set(paths(tomllib.loads(DOCUMENT))) - set(lines_of(DOCUMENT)) == set()


@pytest.mark.parametrize(
    "value",
    [
        '""',
        "''",
        '""""""',
        "''''''",
        '"""a"""""',
        "'''a'''''",
        r'"\\"',
        r'"a\"b"',
        "true",
        "[]",
        "{}",
        "[[], [1]]",
    ],
)
def test_the_key_after_a_value_is_found(value: str) -> None:
    text = f"first = {value}\nsecond = 2\n"

    assert set(tomllib.loads(text)) == {"first", "second"}
    assert lines_of(text)["second",] == 2


def test_a_key_with_an_escape_is_named_as_it_reads() -> None:
    assert lines_of('"caf\\u00e9 \\"x\\"" = 1\n') == {('café "x"',): 1}


def paths(value: Any, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all keys and items."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in inside for path in ((*before, key), *paths(one, (*before, key)))]
