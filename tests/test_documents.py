"""The documents agree with the code: generated parts, routes, commands, files, links, words."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from demetra_dash.api import ROUTES
from demetra_dash.api.openapi import document, template
from demetra_dash.cli import _COMMANDS, demetra
from demetra_dash.settings import declared
from docs import generate
from tests.test_words import FORBIDDEN

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
ARCHITECTURE = (DOCS / "architecture.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
# Paths from the root, and names of modules beside one.
PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+)?)`")
NAME = re.compile(r"`([\w-]+\.(?:py|js|css|md|yaml|conf|sql|sh))`")
FOLDERS = ("demetra_dash", "callbacks", "layouts", "services", "assets", "docs", "deploy", "tests")

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def committed() -> list[str]:
    """Return the files of the repository, those that are not committed yet included."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def rows(text: str, first: str) -> list[list[str]]:
    """Return the cells of the table whose first column has this title."""
    lines = text[text.index(f"| {first} |") :].splitlines()[2:]
    table = lines[: next((place for place, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]


def test_the_settings_are_documented_as_they_are_declared() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == generate.configuration()


def test_every_group_of_settings_begins_with_a_setting() -> None:
    variables = [item.metadata["variable"] for item in declared()]

    assert [variable for variable in generate.SECTIONS if variable not in variables] == []
    assert variables[0] in generate.SECTIONS


def test_the_options_of_sources_are_documented_as_they_are_declared() -> None:
    text = generate.SOURCES.read_text(encoding="utf-8")

    assert generate.with_options(text) == text


def test_the_map_has_every_module_of_today() -> None:
    assert generate.with_map(ARCHITECTURE) == ARCHITECTURE


def test_the_views_are_documented_as_dbt_has_them() -> None:
    document = generate.WAREHOUSE.read_text(encoding="utf-8")

    assert generate.with_views(document) == document
    assert "| `cost` | numeric | currency |" in document


def test_a_module_that_is_added_or_reworded_changes_the_map() -> None:
    line = next(line for line in generate.folder_map().splitlines() if line.startswith("| `cli.py` |"))

    assert generate.with_map(ARCHITECTURE.replace(line, "")) == ARCHITECTURE
    assert line in ARCHITECTURE


def test_every_folder_of_the_repository_is_in_the_architecture() -> None:
    parents = {
        "/".join(Path(name).parts[:depth]) + "/" for name in committed() for depth in (1, 2) if "/" in name
    }
    folders = {name for name in parents if (ROOT / name).is_dir()}
    named = set(re.findall(r"`((?:[\w.-]+/)+)`", ARCHITECTURE)) | {
        f"assets/{name}/" for name in ("fonts", "head", "vendor")
    }

    assert sorted(folders - named) == []


def test_every_file_directly_in_services_is_in_the_architecture() -> None:
    names = [path.name for path in (ROOT / "services").glob("*.py") if path.name != "__init__.py"]

    assert names
    assert [name for name in names if f"| `{name}` |" not in ARCHITECTURE] == []


def test_the_order_of_the_packages_is_that_of_the_import_contract() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["services"]]
    chain = re.search(r"^    \w+ -> .*?\n\n", ARCHITECTURE, re.DOTALL | re.MULTILINE)

    assert chain is not None
    told = [set(re.findall(r"\w+", part)) for part in chain[0].split("->")]
    assert told == [set(layer.split(" | ")) for layer in layers]


def test_every_library_has_its_reason() -> None:
    required = [re.match(r"[\w-]+", line) for line in PROJECT["project"]["dependencies"]]
    told = re.findall(r"[\w-]+", " ".join(row[0] for row in rows(ARCHITECTURE, "package")))
    other_names = {"cryptography"}  # required through the extra of pyjwt

    names = {found[0] for found in required if found is not None}
    assert sorted(names - set(told)) == []
    extras = PROJECT["project"]["optional-dependencies"]
    optional = {
        re.split(r"[<>=\[]", line)[0] for name, lines in extras.items() if name != "test" for line in lines
    }
    assert set(told) - names - other_names == optional


@every_document
def test_files_that_a_document_names_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = {Path(name).name for name in committed()} | {"NNNN_name.py"}
    places = [ROOT, *(ROOT / folder for folder in FOLDERS)]

    paths = [name for name in PATH.findall(text) if name.split("/")[0] in FOLDERS]
    missing = [name for name in paths if not any((place / name).exists() for place in places)]

    assert missing == []
    assert [name for name in NAME.findall(text) if name not in known] == []


def test_files_of_the_table_of_changes_are_in_the_folder_named_before_them() -> None:
    lost = []
    for change, files in rows(ARCHITECTURE, "change"):
        folder = Path()
        for name in re.findall(r"`([\w/.-]+\.(?:py|js|css)|(?:[\w.-]+/)+)`", files):
            path = ROOT / name if "/" in name else folder / name
            folder = path.parent if path.suffix else path
            if not path.exists():
                lost.append(f"{change}: {name}")

    assert lost == []


@every_document
def test_links_lead_to_files(path: Path) -> None:
    links = LINK.findall(path.read_text(encoding="utf-8"))
    local = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]

    assert [link for link in local if not (path.parent / link).exists()] == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        path = ahead.pop()
        if path not in reached and path.suffix == ".md":
            reached.add(path)
            links = LINK.findall(path.read_text(encoding="utf-8"))
            targets = [
                (path.parent / link.partition("#")[0]).resolve() for link in links if "://" not in link
            ]
            ahead += [file for target in targets for file in ([target, *target.glob("*.md")])]

    assert [str(path.relative_to(ROOT)) for path in DOCUMENTS if path not in reached] == []


@every_document
def test_documents_name_the_actor_and_use_technical_terms(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name == "style.md":  # it quotes the words that it forbids
        text = re.sub(r"\*[^*\n]+\*", "", text)

    found = [(1 + text.count("\n", 0, word.start()), word[0]) for word in FORBIDDEN.finditer(text)]

    assert found == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 170


def test_the_glossary_is_short_and_in_order() -> None:
    terms = [term for term, _ in rows((DOCS / "glossary.md").read_text(encoding="utf-8"), "term")]

    assert 15 <= len(terms) <= 25
    assert len(set(terms)) == len(terms)


def test_the_table_of_routes_is_that_of_the_openapi_document() -> None:
    described = {
        f"{method.upper()} {path}": {
            parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"
        }
        for path, operations in document(ROUTES, "/")["paths"].items()
        for method, operation in operations.items()
    }
    table = rows((DOCS / "api.md").read_text(encoding="utf-8"), "route")

    assert {route.strip("`"): set(re.findall(r"`(\w+)`", names)) for route, names, *_ in table} == described
    assert len(table) == len(described)


def test_the_table_of_routes_names_the_access_of_each() -> None:
    access = {f"{route.method} {template(route.path)}": route.access for route in ROUTES}
    table = rows((DOCS / "api.md").read_text(encoding="utf-8"), "route")

    assert {route.strip("`"): right for route, _, right, _ in table} == access


def test_the_table_of_commands_has_every_command_with_its_options() -> None:
    table = rows((DOCS / "commands.md").read_text(encoding="utf-8"), "command")
    told = {row[0].strip("`").split()[1]: set(re.findall(r"--\w[\w-]*", row[0])) for row in table}

    assert told == {name: options(name) for name in _COMMANDS}


def options(name: str) -> set[str]:
    command = demetra.get_command(click.Context(demetra), name)
    assert command is not None
    given = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return {option for parameter in given for option in parameter.opts}


def test_the_wheel_of_the_readme_has_the_version_of_the_project() -> None:
    version = PROJECT["project"]["version"]

    assert f"demetra_dash-{version}-py3" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"\n## {version}, " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_commit_hooks_do_all_of_make_check_and_download_nothing() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    checks = re.search(r"^check: (.+)$", makefile, re.MULTILINE)

    assert checks is not None
    assert [repo["repo"] for repo in hooks] == ["local"]
    assert [hook["language"] for hook in hooks[0]["hooks"]] == ["system"] * len(hooks[0]["hooks"])
    assert [hook["entry"] for hook in hooks[0]["hooks"]] == [
        f"make --silent {one}" for one in checks[1].split()
    ]


def test_decision_records_are_numbered_and_short() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))

    assert len(records) >= 5
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    assert [path.name for path in records if len(path.read_text(encoding="utf-8").splitlines()) > 40] == []
