"""Write the parts of the documents that are generated: `make docs`.

configuration.md   the settings, from their declarations
sources.md         the options of each type of source, from their declarations
architecture.md    the folder map, from the beginning of each module, script and style sheet
warehouse.md       the views for a warehouse, from dbt/sources.yml

tests/test_documents.py compares the files with what this module would write.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from demetra_dash.settings import declared, shown
from services.sources.declaring import COMMON
from services.sources.kind import Option
from services.sources.kinds import KINDS, kind_of
from services.sources.values import EXPECTED

DOCS = Path(__file__).parent
ROOT = DOCS.parent
CONFIGURATION = DOCS / "configuration.md"
ARCHITECTURE = DOCS / "architecture.md"
WAREHOUSE = DOCS / "warehouse.md"
DBT_SOURCES = DOCS / "dbt" / "sources.yml"
VIEWS_START = "<!-- The views: written by `make docs` from dbt/sources.yml, do not edit. -->"
VIEWS_END = "<!-- End of the views. -->"
SOURCES = DOCS / "sources.md"
OPTIONS_START = "<!-- The options: written by `make docs`, do not edit. -->"
OPTIONS_END = "<!-- End of the options. -->"
MAP_START = "<!-- The map: written by `make docs`, do not edit. -->"
MAP_END = "<!-- End of the map. -->"
SHORT = 150  # characters

LAYERS = ("demetra_dash", "callbacks", "layouts", "services")
# Packages of `services` in the order of their imports; a package that is missing here comes last.
SERVICES_ORDER = (
    *(
        "live",
        "sync",
        "snapshots",
        "dashboards",
        "insights",
        "reports",
        "budgeting",
        "forecasting",
        "sources",
    ),
    *("budgeting", "forecasting", "sources", "intake", "charts", "executors", "database"),
)

# Heading of each group of settings, by the first variable of the group in the order of declaration.
SECTIONS = {
    "DATABASE_URL": "Database, folder and address",
    "DEMETRA_LOCALE": "Language, currency and time zone",
    "SYNC_INTERVAL_MINUTES": "Syncs, model and charts",
    "FORECAST_HORIZON_DAYS": "Forecasts and budget",
    "CACHE_REDIS_URL": "Shared cache",
    "DEMETRA_AUTH": "Sign-in",
    "DEMETRA_DASK_SCHEDULER": "Computing on a cluster",
    "DEMETRA_API_TOKEN": "Scripts, portals, proxies and limits",
}
_INTRODUCTION = """\
# Configuration

Written by `make docs` from `demetra_dash/settings.py`; do not edit.

Settings come from the environment, then from the file `.env` in the working folder, then from the defaults
below. `demetra settings` shows the value in force of each one, and where that comes from. A value that
cannot be used is refused at the start, with what it must be.

Settings that can run code are taken from the environment only: `ML_MODEL_TRUST_PICKLE`,
`DEMETRA_DASK_SCHEDULER`, and `ML_MODEL_PATH` where pickles are trusted. A `.env` that belongs to another
user (root aside), or that others may write to, is ignored as a whole. The log and `demetra settings` report
both. Do not start Demetra in a folder that you do not trust: its `.env` may still name another database or
home.

Values marked as secret are never printed. Tokens and keys among them need 32 characters (`openssl rand -hex
32`).
"""
_TABLE = "| variable | default | must be | what it does |\n|---|---|---|---|"


def configuration() -> str:
    """Return the document of all settings."""
    parts = [_INTRODUCTION]
    for item in declared():
        variable = item.metadata["variable"]
        if variable in SECTIONS:
            parts.append(f"\n## {SECTIONS[variable]}\n\n{_TABLE}\n")
        parts.append(_setting_row(item))
    return "".join(parts)


def _setting_row(item: Any) -> str:
    about = item.metadata["help"]
    notes = [name for name in ("is_secret", "runs_code") if item.metadata[name]]
    words = {"is_secret": "secret", "runs_code": "environment only"}
    marks = f" ({', '.join(words[name] for name in notes)})" if notes else ""
    must_be = " ".join((item.metadata["read"].__doc__ or "").split())
    default = _default(item)
    cells = (f"`{item.metadata['variable']}`", f"`{default}`" if default else "", must_be, about + marks)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def _default(item: Any) -> str:
    if isinstance(item.default, bool):
        return str(int(item.default))
    return f"{item.default:g}" if isinstance(item.default, float) else shown(item, item.default)


def folder_map() -> str:
    """Return the map: a table of modules for each package of the four layers, and one for the assets."""
    parts = [_section(folder) for layer in LAYERS for folder in _packages(layer)]
    return "\n".join([*parts, _assets()])


def with_map(document: str) -> str:
    """Return the document with today's map between its two marks."""
    return _with_part(document, MAP_START, folder_map(), MAP_END)


def with_views(document: str) -> str:
    """Return the document with the views of `dbt/sources.yml` between its two marks."""
    (source,) = yaml.safe_load(DBT_SOURCES.read_text(encoding="utf-8"))["sources"]
    return _with_part(document, VIEWS_START, "\n".join(map(_view, source["tables"])), VIEWS_END)


def _with_part(document: str, start: str, part: str, end: str) -> str:
    before, _, rest = document.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}\n\n{part}\n{end}{after}"


def _view(view: dict[str, Any]) -> str:
    rows = [_view_row(column) for column in view["columns"]]
    heads = ("| column | type | unit | what it is |", "|---|---|---|---|")
    return "\n".join([f"### `{view['name']}`", "", view["description"], "", *heads, *rows, ""])


def _view_row(column: dict[str, Any]) -> str:
    about, _, unit = column["description"].partition(" Unit: ")
    return f"| `{column['name']}` | {column['data_type']} | {unit.rstrip('.')} | {about} |"


def _packages(layer: str) -> list[Path]:
    """Return the folder of a layer, then its packages in their order, each before the packages in it."""
    top = ROOT / layer
    folders = [path.parent.relative_to(top) for path in top.rglob("*/__init__.py")]
    order = {name: place for place, name in enumerate(SERVICES_ORDER)}
    in_order = sorted(folders, key=lambda folder: (order.get(folder.parts[0], len(order)), folder.parts))
    return [top, *(top / folder for folder in in_order)]


def _section(folder: Path) -> str:
    name = folder.relative_to(ROOT).as_posix()
    modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
    modules += sorted((folder / "migrations").glob("*.py"))
    level = "####" if "/" in name else "###"
    rows = [f"| `{path.relative_to(folder).as_posix()}` | {_beginning(path)} |" for path in modules]
    return "\n".join([f"{level} `{name}/`", "", _beginning(folder / "__init__.py"), "", *_table(rows)])


def _assets() -> str:
    files = [
        *sorted((ROOT / "assets").glob("*.*s")),
        *sorted((ROOT / "assets" / "head").glob("*.js")),
        *sorted((ROOT / "assets" / "data").glob("*.*s")),
    ]
    own = [path for path in files if ".min." not in path.name]
    rows = [f"| `{path.relative_to(ROOT / 'assets').as_posix()}` | {_beginning(path)} |" for path in own]
    about = "Scripts and style sheets of the page; `.min.` files, `vendor/` and `fonts/` are libraries. "
    about += "Those in `assets/data/` are loaded when the Data view is opened."
    return "\n".join(["### `assets/`", "", about, "", *_table(rows)])


def _table(rows: list[str]) -> Iterator[str]:
    if rows:
        yield from ("| module | purpose |", "|---|---|", *rows, "")


def options_of_sources() -> str:
    """Return the tables of the options of all types, the common ones first."""
    parts = ["## Options of every source", "", *_options(COMMON)]
    for name in KINDS:
        kind = kind_of(name)
        beta = ", beta: not yet confirmed with a live account" if kind.is_beta else ""
        parts += [f"## Type `{name}`{beta}", "", *_options(kind.options)]
    return "\n".join(parts)


def with_options(document: str) -> str:
    """Return the document with today's options between its two marks."""
    before, _, rest = document.partition(OPTIONS_START)
    _, _, after = rest.partition(OPTIONS_END)
    return f"{before}{OPTIONS_START}\n\n{options_of_sources()}\n{OPTIONS_END}{after}"


def _options(options: Iterable[Option]) -> Iterator[str]:
    yield from ("| option | value | default | what it does |", "|---|---|---|---|")
    for option in options:
        default = "required" if option.is_required else _written_default(option.default)
        about = option.help.replace("|", "\\|")
        yield f"| `{option.name}` | {EXPECTED[option.kind].en} | {default} | {about} |"
    yield ""


def _written_default(value: Any) -> str:
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, timedelta):
        days = value / timedelta(days=1)
        return f"{days:g} days" if days >= 1 else f"{value.total_seconds():g} s"
    return f"`{value}`"


def _beginning(path: Path) -> str:
    """Return the first paragraph of a docstring or leading comment; of a long one, its first sentence."""
    text = path.read_text(encoding="utf-8")
    prose = (ast.get_docstring(ast.parse(text)) or "") if path.suffix == ".py" else _leading_comment(text)
    paragraph = " ".join(prose.partition("\n\n")[0].split())
    found = re.match(r".*?\.(?= [A-Z`]|$)", paragraph)
    text = paragraph if found is None or len(paragraph) <= SHORT else found[0]
    return text.replace("|", "\\|")


def _leading_comment(text: str) -> str:
    if text.startswith("/*"):
        return text[2:].partition("*/")[0].strip()
    lines = text.splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith("//")), len(lines))
    return "\n".join(line.removeprefix("//").strip() for line in lines[:end])


def main() -> None:
    """Write the generated documents."""
    CONFIGURATION.write_text(configuration(), encoding="utf-8")
    ARCHITECTURE.write_text(with_map(ARCHITECTURE.read_text(encoding="utf-8")), encoding="utf-8")
    SOURCES.write_text(with_options(SOURCES.read_text(encoding="utf-8")), encoding="utf-8")
    WAREHOUSE.write_text(with_views(WAREHOUSE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
