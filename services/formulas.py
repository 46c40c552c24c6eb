"""Protection of CSV files against formula injection.

Excel, LibreOffice and Google Sheets run a cell that begins like a formula, and names come from imported
files. Such a cell gets an apostrophe in front, as OWASP advises ("CSV Injection"). A program that splits
lines at another separator than the file starts a cell inside a quoted text, after that separator. So an
apostrophe is put there too.
"""

from __future__ import annotations

import re

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
"""First characters of a formula; programs for East Asia accept the wide and small forms as well."""

_SEPARATORS = r"[;,|\t\r\n\v\f\x85\u2028\u2029]"
_LINE_STARTS = r"[\t\r\n]"
# Spaces, control and invisible characters (Default_Ignorable_Code_Point) and quotation marks, which
# programs skip. No separator is among them, so the expression scans a long run only once.
_UNSEEN = (
    r"[ \"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U000e0000-\U000e0fff]*"
)
_SIGN = re.escape(SIGNS)
_FORMULA = re.compile(rf"\A(?={_LINE_STARTS})|(?:\A|(?<={_SEPARATORS}))(?={_UNSEEN}[{_SIGN}])")
_FORMULA_OR_MARK = re.compile(rf"\A(?={_LINE_STARTS})|(?:\A|(?<={_SEPARATORS}))(?={_UNSEEN}[{_SIGN}'])")
_MARK = re.compile(rf"\A'(?={_LINE_STARTS})|(?:\A|(?<={_SEPARATORS}))'(?={_UNSEEN}[{_SIGN}'])")
_NUMBER = re.compile(r"\s*[+-]?[0-9][0-9.,]*\s*")


def disarmed(text: str) -> str:
    """Return a text with an apostrophe before each part that a spreadsheet program could run."""
    return _FORMULA.sub("'", text)


def disarmed_for_now(text: str) -> str:
    """Return a text as `disarmed` does, but reversibly by `rearmed`; numbers stay unchanged."""
    return text if _NUMBER.fullmatch(text) else _FORMULA_OR_MARK.sub("'", text)


def rearmed(text: str) -> str:
    """Return the original text of a result of `disarmed_for_now`."""
    return _MARK.sub("", text)
