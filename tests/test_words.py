"""Docstrings and comments name the actor and use technical terms: no vague persons, no retired metaphors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prose import prose_of, prose_of_asset, prose_of_python

ROOT = Path(__file__).parents[1]
FOLDERS = ("demetra_dash", "callbacks", "layouts", "services", "docs", "assets", "tests")

# They hide the actor: a thread, a process, a client, a user.
PERSONS = (
    *("somebody", "nobody", "whoever", "everybody", "anybody", "whom", "anew"),
    *("someone", "everyone", "no one", "anyone"),
)
# Each stood for the term beside it. Words with a technical or usual meaning as well (memory, room, shift,
# watch, floor, beat, standing) are left to the reader's judgement, so that no list of exceptions is needed.
METAPHORS = {
    "crew": "executor, process pool",
    "pulse": "health check, probe",
    "heartbeat": "health check, probe",
    "patience": "timeout, condition",
    "patient": "interruptible",
    "fast lane": "response cache",
    "lane": "response cache",
    "shelf": "cache entry",
    "shelves": "cache entries",
    "brush": "render context",
    "desk": "plan inputs",
    "front door": "facade",
    "cellar": "database package",
    "floors": "layers",
    "rooms": "packages, tabs",
    "of the house": "of Demetra",
    "deed": "task",
    "deeds": "tasks",
    "doomed": "crashing",
    "crowd": "clients, threads",
    "told of": "returned to a client, notified",
    "hear of": "is notified",
    "heard of": "was notified",
}


def alternation(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for whole words in any case; a line break or comment mark may part two words."""
    spaced = (re.escape(word).replace(r"\ ", r"[\s#*/]+") for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])({'|'.join(spaced)})(?![\w-])", re.IGNORECASE)


FORBIDDEN = alternation((*PERSONS, *METAPHORS))


def packages() -> dict[str, list[Path]]:
    """Return the source files by package: the folders at the top, and those in them."""
    found: dict[str, list[Path]] = {}
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.*")):
            if (
                file.suffix in {".py", ".js", ".css"}
                and ".min." not in file.name
                and "vendor" not in file.parts
            ):
                found.setdefault("/".join(file.relative_to(ROOT).parts[:-1][:2]), []).append(file)
    return found


PACKAGES = packages()


def forbidden(prose: Iterator[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the forbidden words of a text with their lines; two words that a line break parts are one."""
    return [
        (line + text.count("\n", 0, found.start()), " ".join(re.findall(r"\w+", found[0].lower())))
        for line, text in prose
        for found in FORBIDDEN.finditer(text)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_and_comments_name_the_actor_and_use_technical_terms(package: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {word}"
        for file in PACKAGES[package]
        for line, word in forbidden(prose_of(file))
    ]

    assert found == []


def test_every_package_of_the_product_is_looked_at() -> None:
    sources = {file for folder in FOLDERS[:4] for file in (ROOT / folder).rglob("*.py")}
    scripts = {file for file in (ROOT / "assets").glob("*.js") if ".min." not in file.name}

    assert sources | scripts <= {file for files in PACKAGES.values() for file in files}
    assert len(scripts) > 5


@pytest.mark.parametrize("word", [*PERSONS, *METAPHORS])
def test_a_forbidden_word_is_found_wherever_prose_stands(word: str) -> None:
    start = word.capitalize()
    module = f'''"""{start} waits."""
X = 1
"""A {word}."""
def f():
    """Ask {word}."""
    return 1  # {word}
'''
    script = f"/* {start} */\nconst x = 'a';\n// {word}\n"

    assert sorted(forbidden(prose_of_python(module))) == [(1, word), (3, word), (5, word), (6, word)]
    assert forbidden(prose_of_asset(script, ".js")) == [(1, word), (3, word)]
    assert forbidden(prose_of_asset(f"a {{}}\n/* {word} */\n", ".css")) == [(2, word)]


def test_two_words_are_found_across_a_line_break() -> None:
    assert forbidden(prose_of_python('"""It is the front\n    door."""\n')) == [(1, "front door")]
    assert forbidden(prose_of_asset("/* a fast\n * lane */", ".js")) == [(1, "fast lane")]


@pytest.mark.parametrize(
    "text",
    [
        'name = "somebody"\n',
        "x = ask(nobody)  # the database role `nobody-else`\n",
        '"""The crewless pulsed."""\n',
        'def nobody_waits():\n    """Wait."""\n',
    ],
)
def test_names_texts_and_parts_of_words_are_allowed(text: str) -> None:
    assert forbidden(prose_of_python(text)) == []


def test_a_string_of_a_script_is_no_comment() -> None:
    script = (
        "const address = 'https://nobody';\nconst other = \"/* crew */\";\nconst third = `// ${x} desk`;\n"
    )

    assert forbidden(prose_of_asset(script, ".js")) == []
