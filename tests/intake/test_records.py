from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.records import Lines, read_blocks

cells = st.text(alphabet='ab1 ",;\n\r', max_size=8)


def read(
    text: str, width: int = 3, undecodable: str | None = None
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    lines = io.StringIO(text, newline="")
    blocks = list(read_blocks(Lines(lines), ",", width, undecodable))
    good = [(line, list(row)) for block in blocks for line, row in zip(block.lines, block.rows, strict=True)]
    bad = [(rejected.line, rejected.reason.en) for block in blocks for rejected in block.rejected]
    return good, bad


@given(
    st.lists(st.lists(cells, min_size=3, max_size=3).filter(any), max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_the_csv_module_writes_is_read_back_with_its_line_numbers(
    rows: list[list[str]], end: str
) -> None:
    out = io.StringIO(newline="")
    starts = []
    for row in rows:
        starts.append(1 + len(io.StringIO(out.getvalue(), newline="").readlines()))
        csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(row)

    good, bad = read(out.getvalue())

    assert good == list(zip(starts, rows, strict=True))
    assert bad == []


def test_blank_lines_are_no_rows_but_count_as_lines() -> None:
    good, bad = read("a,b,c\n\n,,\n \nd,e,f\n")

    assert [line for line, _ in good] == [1, 5]
    assert bad == []


def test_quoted_line_breaks_move_the_lines_below() -> None:
    good, _ = read('a,"x\ny",c\nd,e,f\n"g\r\nh",i,"j\nk"\nl,m,n\n')

    assert [line for line, _ in good] == [1, 3, 4, 7]


def test_rows_of_the_wrong_width_are_told() -> None:
    good, bad = read("a,b,c\na,b\na,b,c,d\na,b,c,,\n")

    assert good == [(1, ["a", "b", "c"]), (4, ["a", "b", "c"])]
    assert bad == [
        (2, "the row has 2 fields, the header has 3"),
        (3, "the row has 4 fields, the header only 3"),
    ]


@pytest.mark.parametrize("stray", ['"a,b,c', 'a,"b,c', 'a,b,"c'])
def test_a_stray_quotation_mark_costs_one_row_only(stray: str) -> None:
    good, bad = read(f'1,2,3\n{stray}\n4,5,6\n"7","8","9"\n')

    assert [line for line, _ in good] == [1, 3, 4]
    assert [line for line, _ in bad] == [2]


def test_a_stray_mark_at_the_end_of_the_file_costs_one_row_only() -> None:
    good, bad = read('1,2,3\n4,5,"6')

    assert good == [(1, ["1", "2", "3"])]
    assert [line for line, _ in bad] == [2]


def test_marks_inside_of_a_field_are_letters() -> None:
    good, _ = read('a,5" pipe,c\nb,He said "no",d\nc,"quoted ""twice""",e\nx,"open" more,y\n')

    assert [row[1] for _, row in good] == ['5" pipe', 'He said "no"', 'quoted "twice"', "open more"]


def test_a_field_that_never_ends_costs_one_row_only() -> None:
    good, bad = read('1,2,3\n"' + "x" * 200_000 + ",2,3\n4,5,6\n")

    assert [line for line, _ in good] == [1, 3]
    assert [line for line, _ in bad] == [2]


def test_a_nul_character_costs_its_row() -> None:
    good, bad = read("a,b,c\nd,\0,f\n")

    assert [line for line, _ in good] == [1]
    assert bad == [(2, "the row contains a NUL character")]


def test_rows_with_undecodable_bytes_are_told_when_the_file_has_any() -> None:
    good, bad = read("a,b,c\nd,\ufffd,f\n", undecodable="utf-8")

    assert [line for line, _ in good] == [1]
    assert bad == [(2, "the row contains bytes that are not utf-8 text")]


def test_a_replacement_character_of_a_sound_file_is_a_letter() -> None:
    good, bad = read("d,\ufffd,f\n")

    assert good == [(1, ["d", "\ufffd", "f"])]
    assert bad == []


def test_line_numbers_go_on_over_many_blocks() -> None:
    text = "".join(f'{n},"x\ny",z\n' for n in range(5_000))

    good, _ = read(text)

    assert [(line, row[0]) for line, row in good] == [(2 * n + 1, str(n)) for n in range(5_000)]
