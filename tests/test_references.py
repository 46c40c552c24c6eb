"""What docstrings and comments name exists: modules, functions, classes, parameters, files, commands."""

from __future__ import annotations

import ast
import builtins
import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from demetra_dash.cli import _COMMANDS
from demetra_dash.settings import declared
from tests.prose import prose_of_python

ROOT = Path(__file__).parents[1]
PACKAGES = ("demetra_dash", "callbacks", "layouts", "services")
FILES = sorted(file for folder in (*PACKAGES, "docs", "tests") for file in (ROOT / folder).rglob("*.py"))
SHEETS = [
    file
    for file in (ROOT / "assets").rglob("*.*s")
    if "min" not in file.name and file.suffix in {".js", ".css"}
]
# Stand for any name of that form.
FORMS = {"id.property", "name_actual", "sources.toml", "reports.toml"}
# Names that others give: PostgreSQL, its client library, Dash, campaign files, time zones.
FOREIGN = {
    *(
        "bigint",
        "pg_stat_activity",
        "idle_in_transaction_session_timeout",
        "connect_timeout",
        "count_inserted",
    ),
    *("style_data_conditional", "CPA", "Acquisition_Cost", "NaN", "CET", "X_Remote_User"),
    "FIRST",  # a part of a signed link
}
_NAME = re.compile(r"[A-Za-z_]\w*")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+(\(\))?")
_FILE = re.compile(r"(?<![\w./*<>-])(?:[\w-]+/)*[\w.-]*\w\.(?:py|js|css|md|sql|yaml|conf|svg)\b(?!\()")
_LISTED = re.compile(r"^ {0,4}(\w+(?:, \w+)*),? {2,}\S", re.MULTILINE)


def stale(file: Path, text: str) -> list[str]:
    """Return the references in a module's docstrings and comments that lead nowhere, each with its line."""
    words, prose = code_words(text), list(prose_of_python(text))
    quoted = [(line, found) for line, part in prose for found in re.findall(r"`([^`\n]+)`", part)]
    named = [(line, found) for line, part in prose for found in _FILE.findall(part)]
    return [
        *(f"{line}: `{found}`" for line, found in quoted if not is_there(file, found, words)),
        *(f"{line}: {found}" for line, found in named if not is_file(file, found)),
    ]


@cache
def code_words(text: str) -> frozenset[str]:
    """Return all words of the code itself, those in its texts included."""
    tree = ast.parse(text)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            found |= set(re.findall(r"\w+", node.value))
        for attribute in ("id", "attr", "arg", "name", "module", "asname"):
            found |= set(str(getattr(node, attribute, "")).split("."))
    return frozenset(found)


@cache
def product_words() -> frozenset[str]:
    """Return what the product's modules are called, and define."""
    files = [file for file in FILES if file.relative_to(ROOT).parts[0] in PACKAGES]
    defined = {
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in [getattr(node, "name", None) or (node.id if isinstance(node, ast.Name) else "")]
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }
    return frozenset(
        defined | {part for file in FILES for part in file.with_suffix("").relative_to(ROOT).parts}
    )


def is_there(file: Path, found: str, words: frozenset[str]) -> bool:
    """Tell whether what stands between backticks exists; a text that is no name is an example."""
    if found in FORMS or _FILE.fullmatch(found):
        return found in FORMS or is_file(file, found)
    if found.startswith("demetra "):
        command = found.split()[1]
        return command.startswith("-") or command in _COMMANDS
    if _DOTTED.fullmatch(found):
        return resolves(file, found.removesuffix("()"), words)
    if not _NAME.fullmatch(found) or found in FOREIGN:
        return True
    if found.startswith("_") and any(word == found[1:] or word.endswith(found) for word in words):
        return True  # the end of a name that is put together
    return found in words or found in product_words() or hasattr(builtins, found) or found in settings()


@cache
def settings() -> frozenset[str]:
    """Return the names of all settings."""
    return frozenset(item.metadata["variable"] for item in declared())


def resolves(file: Path, dotted: str, words: frozenset[str]) -> bool:
    """Tell whether a dotted name leads to something: from a package of ours, from here, or from elsewhere."""
    own = ".".join(file.relative_to(ROOT).parent.parts)
    starts = ("", *(f"{package}." for package in (*PACKAGES, own)))
    if any(leads_somewhere(f"{start}{dotted}") for start in starts):
        return True
    first, *rest = dotted.split(".")
    is_module_of_ours = any(find(f"{package}.{first}") for package in (*PACKAGES, own))
    is_class = first[0].isupper() and first in product_words()
    if is_class and len(rest) == 1:
        return attribute_of_class(first, rest[0])
    # An attribute of a parameter, or of an import.
    is_other = not is_module_of_ours or first in parameters(file)
    return is_other and first in words and set(rest) <= words | product_words()


@cache
def parameters(file: Path) -> frozenset[str]:
    """Return the names of all parameters of a file's functions."""
    if not file.exists():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))


@cache
def leads_somewhere(dotted: str) -> bool:
    """Tell whether a full dotted name is a module, or an attribute (of a class) in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if find(name):
            return has_attributes(import_module(name), parts[length:])
    return False


def has_attributes(value: object, names: list[str]) -> bool:
    for name in names:
        if name in getattr(value, "__annotations__", {}):
            return True
        if not hasattr(value, name):
            return False
        value = getattr(value, name)
    return True


def attribute_of_class(class_name: str, name: str) -> bool:
    """Tell whether a class of ours, wherever it is, has a method or attribute of this name."""
    return name in members_by_class().get(class_name, set())


@cache
def members_by_class() -> dict[str, set[str]]:
    """Return what each class has, by its name; classes of one name are taken together."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(members(node))
    return found


def members(one: ast.ClassDef) -> set[str]:
    names = {node.name for node in ast.walk(one) if isinstance(node, ast.FunctionDef)}
    names |= {
        node.id for node in ast.walk(one) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    stored = (node for node in ast.walk(one) if isinstance(node, ast.Attribute))
    return names | {node.attr for node in stored if isinstance(node.ctx, ast.Store)}


@cache
def find(name: str) -> bool:
    """Tell whether a module of this name can be found, without a warning of its parents."""
    if name.partition(".")[0] not in {*PACKAGES, "tests", "dash", "psycopg", "concurrent", "typing"}:
        return False
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def is_file(file: Path, name: str) -> bool:
    places = (
        ROOT,
        file.parent,
        *(ROOT / folder for folder in (*PACKAGES, "assets", "docs", "deploy", "tests")),
    )
    return any((place / name).exists() for place in places) or bool(list(ROOT.glob(f"deploy/*/{name}")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_a_docstring_or_a_comment_names_exists(file: Path) -> None:
    assert stale(file, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", SHEETS, ids=lambda file: file.name)
def test_files_that_a_script_or_a_style_sheet_names_exist(file: Path) -> None:
    comments = re.findall(r"/\*.*?\*/|^\s*//.*$", file.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    assert [name for text in comments for name in _FILE.findall(text) if not is_file(file, name)] == []


@pytest.mark.parametrize(
    "package", sorted({file.parent for file in FILES if file.name == "__init__.py"}), ids=str
)
def test_the_list_of_a_package_names_modules_of_it(package: Path) -> None:
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    listed = [name for names in _LISTED.findall(text) for name in names.split(", ")]

    assert [
        name for name in listed if not (package / name).is_dir() and not (package / f"{name}.py").exists()
    ] == []


STALE = {
    "a module that was renamed": '"""See `security.conflict`."""',
    "a function that is gone": '"""See `security.gate.admit`."""',
    "a function that never was": '"""See `security.check`."""',
    "a full name": '"""See `services.snapshots.store.find_newest`."""',
    "a class of another module": '"""See `services.live.snapshot_watcher.StatusCache`."""',
    "a method": "x = 1  # as `Analytics.dashboards` does",
    "a name": 'def f(value):\n    """Return `values`-th."""  # `vallue`',
    "a file": "x = 1  # see layouts/nothing.py",
    "a document": '"""See docs/nothing.md."""',
    "a command": '"""What `demetra nothing` does."""',
    "the docstring of a constant": 'X = 1\n"""As `demetra_dash.settings.SETINGS`."""',
    "a setting": "x = 1  # by `DEMETRA_NOTHING`",
}


@pytest.mark.parametrize("text", STALE.values(), ids=STALE)
def test_what_does_not_exist_is_found(text: str) -> None:
    assert len(stale(ROOT / "demetra_dash" / "example.py", text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"""See `security.gate`, `services.analytics.Analytics`, `Analytics.dashboard`, docs/method.md."""',
        'def f(value):\n    """Return `value` as `1 Nov`, or `ValueError`; `demetra doctor` and `--url`."""',
        "x = 1  # see `services.live.snapshot_watcher.SnapshotWatcher`, layouts/index.py, `DEMETRA_HOST`",
    ],
)
def test_what_exists_is_not_called_stale(text: str) -> None:
    assert stale(ROOT / "demetra_dash" / "example.py", text) == []
