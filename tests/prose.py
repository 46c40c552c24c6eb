"""The prose of source files: docstrings and comments, each with its line."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

# Strings come first, so that `//` within an address is not taken for a comment. CSS has no `//`.
_SCRIPT = re.compile(
    r"""'(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" | `(?:\\.|[^`\\])*` | (/\*.*?\*/ | //[^\n]*)""",
    re.DOTALL | re.VERBOSE,
)
_SHEET = re.compile(r"(/\*.*?\*/)", re.DOTALL)


def prose_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the docstrings and comments of a Python module, a script or a style sheet."""
    text = file.read_text(encoding="utf-8")
    return prose_of_python(text) if file.suffix == ".py" else prose_of_asset(text, file.suffix)


def prose_of_python(text: str) -> Iterator[tuple[int, str]]:
    """Yield docstrings (of constants, too) and comments, each with its line."""
    for node in ast.walk(ast.parse(text)):
        constant = node.value if isinstance(node, ast.Expr) else None
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
            yield constant.lineno, constant.value
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def prose_of_asset(text: str, suffix: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a script (`.js`) or a style sheet (`.css`), each with its line."""
    for found in (_SCRIPT if suffix == ".js" else _SHEET).finditer(text):
        if found[1]:
            yield 1 + text.count("\n", 0, found.start()), found[1]
