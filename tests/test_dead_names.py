"""Nothing is left over: each id, each sentence and each class of our style sheets is used somewhere."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("demetra_dash", "callbacks", "layouts", "services")
ASSETS = ROOT / "assets"
SHEETS = [file for file in sorted(ASSETS.glob("*.css")) if "min" not in file.name]
SCRIPTS = [file for file in [*ASSETS.glob("*.js"), *(ASSETS / "head").glob("*.js")] if "min" not in file.name]
# Made by Bootstrap's, Dash's and plotly's own elements.
OF_OTHERS = re.compile(
    r"dash-|_dash-|column-header|previous-next|current-page|page-number|last-page|fa-sort|js-plotly|modal|nav-|btn"
    r"|tab-content|form-check|react-entry-point|bg$|errorbar|gridlayer|legend$|hover|spikeline|[xy]tick|zerolinelayer"
)
# Kept for commands that are still to come, and for other programs.
KEPT = {
    "suggestions",  # for the page on which columns are chosen
    *("frontier", "plan_to_marginal_roi"),
    "forecast_series",  # forecasts of one series, for other programs
    "pids",  # for monitoring
}
KEPT_PARAMETERS = {"layouts/dashboard.py _large(lang)"}  # the large view gets words


@cache
def modules() -> dict[str, ast.Module]:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return {
        str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8"))
        for file in files
        if "versions" not in file.parts
    }


@cache
def uses() -> Counter[str]:
    """Return how often each name is used in the product's code, in its texts, and in its commands."""
    found: Counter[str] = Counter()
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found[node.id] += 1
            elif isinstance(node, ast.Attribute):
                found[node.attr] += 1
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and ":" in node.value:
                found.update(re.findall(r"\w+", node.value.rpartition(":")[2]))
    return found


def defined(tree: ast.Module) -> list[str]:
    """Return the functions, classes, constants and words that a module defines for others, or itself."""
    names = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list
    ]
    targets = [
        target
        for node in tree.body
        for target in (node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)])
    ]
    return names + [one.id for one in targets if isinstance(one, ast.Name)]


@pytest.mark.parametrize("file", sorted(modules()))
def test_each_function_and_constant_is_used(file: str) -> None:
    dead = [name for name in defined(modules()[file]) if not uses()[name] and not name.startswith("__")]

    assert set(dead) - KEPT == set()


def test_each_parameter_of_a_private_function_is_used() -> None:
    dead = [
        f"{file} {node.name}({name})"
        for file, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_") and len(node.name) > 1
        for name in _unused(node)
    ]

    assert set(dead) - KEPT_PARAMETERS == set()


def _unused(function: ast.FunctionDef) -> list[str]:
    inside = {one.id for part in function.body for one in ast.walk(part) if isinstance(one, ast.Name)}
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [
        one.arg for one in given if one.arg not in {*inside, "self", "cls"} and not one.arg.startswith("_")
    ]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda file: file.name)
def test_each_class_and_id_of_a_style_sheet_is_set_somewhere(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", text)
    named = {name for one in selectors for name in re.findall(r"[.#](-?[a-zA-Z_][\w-]*)", one)}

    assert {name for name in named if not _is_set(name) and not OF_OTHERS.match(name)} == set()


@cache
def set_somewhere() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return the words in texts of code and scripts, and what is put together (`icon-{name}`)."""
    words: set[str] = set()
    patterns: set[str] = set()
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words |= set(re.findall(r"-?[a-zA-Z_][\w-]*", node.value))
            elif isinstance(node, ast.JoinedStr):
                patterns |= {
                    part for part in _pattern(node).split(" ") if len(part.replace("[\\w-]+", "")) > 2
                }
    for script in SCRIPTS:
        words |= set(re.findall(r"-?[a-zA-Z_][\w-]*", script.read_text(encoding="utf-8")))
    return frozenset(words), tuple(map(re.compile, sorted(patterns)))


def _pattern(node: ast.JoinedStr) -> str:
    parts = [
        re.escape(str(one.value)).replace("\\ ", " ") if isinstance(one, ast.Constant) else r"[\w-]+"
        for one in node.values
    ]
    return "".join(parts)


def _is_set(name: str) -> bool:
    words, patterns = set_somewhere()
    return name in words or any(pattern.fullmatch(name) for pattern in patterns)


def test_each_function_of_a_script_is_used() -> None:
    dead = [
        f"{script.name}: {name}"
        for script in SCRIPTS
        for text in [script.read_text(encoding="utf-8")]
        for name in re.findall(r"(?:function|var) (\w+)\b", text)
        if len(re.findall(rf"\b{name}\b", text)) < 2
    ]

    assert dead == []
