"""Queries of sources: one SELECT, checked as text, with `:since` as its only parameter."""

from __future__ import annotations

import re

# What a statement may hold that is not its own words: strings, quoted names, comments.
_QUOTED = re.compile(
    r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|(\$\w*\$).*?\1|--[^\n]*|/\*(?!!).*?\*/", re.DOTALL
)
_BEGIN = re.compile(r"[\s(]*(?:select|with|values|table|from)\b", re.IGNORECASE)
_CHANGES = re.compile(r"\b(insert|update|delete|merge|into|truncate|drop|alter|create)\b", re.IGNORECASE)
_SINCE = re.compile(r"(?<![:\w\\]):since\b")
_OTHER_PARAMETERS = re.compile(r"(?<![:\w\\]):(?!since\b)(\w+)")


def check_query(query: str) -> str | None:
    """Return what a query must be where it is unusable, otherwise None.

    The database is told to refuse changes too, where it can be; the rights of its user are what counts.
    """
    bare = bare_statement(query).strip().rstrip(";")
    if not _BEGIN.match(bare):
        return "a query that begins with SELECT or WITH"
    if ";" in bare:
        return "one query, without a second one after a semicolon"
    found = _CHANGES.search(bare)
    return f"a query that only reads, without {found[1].upper()}" if found else None


def bare_statement(query: str) -> str:
    """Return a statement without its strings, quoted names and comments."""
    return _QUOTED.sub(lambda found: "" if found[0].startswith(("--", "/*")) else "x", query)


def is_incremental(query: str) -> bool:
    """Tell whether a query has the parameter `:since`."""
    return _SINCE.search(bare_statement(query)) is not None


def as_text_clause(query: str) -> str:
    """Return a query for SQLAlchemy, in which only `:since` is a parameter."""
    return _OTHER_PARAMETERS.sub(r"\\:\1", query.strip().rstrip(";"))
