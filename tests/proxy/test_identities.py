"""Two people and a stranger ask the same through nginx with its cache on; no client gets another's answer."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
import sqlalchemy as sa

from layouts import ids
from tests.growing.machines import program
from tests.proxy.filled import fill
from tests.proxy.load import Answer, Person, Question, ask_all
from tests.proxy.processes import HOST
from tests.proxy.routes import KINDS, Route, route

OPERATOR, VIEWER, STRANGER = "olga", "victor", "nobody"
LANGS = {OPERATOR: "ru", VIEWER: "en", STRANGER: "en"}
PEOPLE = [
    Person(name, {"Cookie": f"session={name}", "Accept-Language": lang, "Accept-Encoding": "gzip"})
    for name, lang in LANGS.items()
]
SETTINGS = {
    "DEMETRA_AUTH": "header",
    "DEMETRA_OPERATOR_GROUPS": "marketing",
    "DEMETRA_VIEWER_GROUPS": "everybody",
    "DEMETRA_WORKERS": "2",
}
# In place of single sign-on: the session's cookie identifies the user. The cache knows only addresses.
COMMON = f"""
    map $cookie_session $who {{ default ""; {OPERATOR} {OPERATOR}; {VIEWER} {VIEWER}; }}
    map $cookie_session $groups {{ default ""; {OPERATOR} marketing; {VIEWER} everybody; }}
    proxy_cache_path kept keys_zone=kept:10m;
"""
EXTRA = """
    proxy_set_header X-Remote-User $who;
    proxy_set_header X-Remote-Groups $groups;
    proxy_cache kept;
    proxy_cache_valid 200 302 401 403 404 10m;
    add_header X-Cache $upstream_cache_status always;
"""


@pytest.fixture(scope="module")
def guarded(
    module_url: str, module_engine: sa.Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Route, int]]:
    """A web process that signs people in by the proxy's header, behind an nginx that caches; and the run."""
    program("nginx")
    run = fill(module_engine)
    with route(KINDS[1], module_url, tmp_path_factory.mktemp("guarded")) as made:
        made.deploy(**SETTINGS)
        made.open(common=COMMON, extra=EXTRA)
        yield made, run


def for_those_who_may_look(run: int | None = None) -> Callable[[str, Answer], str | None]:
    """Expect 401 for the stranger; for the others 200, from the run if one is given."""

    def fault(name: str, answer: Answer) -> str | None:
        if answer.status != (401 if name == STRANGER else 200):
            return f"status {answer.status}"
        if run is not None and name != STRANGER and answer.headers.get("demetra-run") != str(run):
            return f"run {answer.headers.get('demetra-run')}"
        return None

    return fault


def in_own_language(name: str, answer: Answer) -> str | None:
    if answer.status != (401 if name == STRANGER else 404):
        return f"status {answer.status}"
    told = answer.headers.get("content-language")
    return None if told == LANGS[name] else f"language {told}"


def own_right(name: str, answer: Answer) -> str | None:
    """Expect that only the operator can press the sync button."""
    if name == STRANGER:
        return None if answer.status == 401 else f"status {answer.status}"
    body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
    is_disabled = json.loads(body)["response"][ids.SYNC]["aria-disabled"] == "true"
    return None if is_disabled == (name == VIEWER) else f"disabled: {is_disabled}"


def only_for_operators(name: str, answer: Answer) -> str | None:
    expected = {OPERATOR: 202, VIEWER: 403, STRANGER: 401}[name]
    return None if answer.status == expected else f"status {answer.status}"


def for_everybody(name: str, answer: Answer) -> str | None:
    return None if answer.status == 200 else f"status {answer.status}"


def status_question(port: int, prefix: str) -> bytes:
    """Return what the page asks to learn how things stand."""
    with closing(HTTPConnection(HOST, port)) as connection:
        connection.request("GET", f"{prefix}_dash-dependencies", headers={"Cookie": f"session={OPERATOR}"})
        callbacks = json.load(connection.getresponse())
    changed = f"{ids.TICK}.data"
    spec = next(c for c in callbacks if any(i["id"] == ids.TICK for i in c["inputs"]))
    leaves = spec["output"].strip(".").split("...")
    body = {
        "output": spec["output"],
        "outputs": [dict(zip(("id", "property"), leaf.rsplit(".", 1), strict=True)) for leaf in leaves],
        "inputs": [i | {"value": 1 if i["id"] == ids.TICK else 0} for i in spec["inputs"]],
        "state": [s | {"value": None} for s in spec["state"]],
        "changedPropIds": [changed],
    }
    return json.dumps(body).encode()


def questions_of(port: int, prefix: str, run: int) -> list[Question]:
    may_look, of_run = for_those_who_may_look(), for_those_who_may_look(run)
    dashboard = f"{prefix}api/ml-dashboard/roi-forecast"
    return [
        Question("GET", prefix, may_look),
        Question("GET", f"{dashboard}/data", of_run),
        Question("GET", f"{dashboard}/chart", of_run),
        Question("GET", f"{dashboard}/data?run={run}", of_run),
        Question("GET", f"{prefix}api/overview?days=28", of_run),
        Question("GET", f"{prefix}api/sync/status", may_look),
        Question("GET", f"{prefix}api/sync/runs/999999", in_own_language),
        Question("GET", f"{prefix}_dash-layout", may_look),
        Question("GET", f"{prefix}assets/connection.js", for_everybody),
        Question("POST", f"{prefix}_dash-update-component", own_right, status_question(port, prefix)),
        Question("POST", f"{prefix}api/sync/run-now", only_for_operators),
    ]


@pytest.mark.parametrize("total", [2000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_nobody_gets_an_answer_meant_for_somebody_else(guarded: tuple[Route, int], total: int) -> None:
    made, run = guarded

    tally = ask_all(made.port, PEOPLE, questions_of(made.port, made.kind.prefix, run), total)

    assert tally.faults[:10] == []
    assert min(tally.asked.values()) > 0.3 * total


def test_a_name_that_comes_from_anywhere_but_the_proxy_is_nobodys(guarded: tuple[Route, int]) -> None:
    made, run = guarded
    questions = [q for q in questions_of(made.port, made.kind.prefix, run) if q.fault is not for_everybody]
    made.deploy(**SETTINGS, DEMETRA_TRUSTED_PROXIES="192.0.2.1")
    forger = Person(STRANGER, {"X-Remote-User": OPERATOR, "X-Remote-Groups": "marketing"})

    tally = ask_all(made.web_port, [forger], questions, 10 * len(questions), lines=1)

    assert tally.faults == []
