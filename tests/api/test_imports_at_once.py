"""Uploads, undoings and syncs at the same moment, and hostile archives over HTTP."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.database.tables import campaigns, imports
from services.sync import pipeline
from services.sync.run import run_now
from tests.api.clients import client_on
from tests.api.test_import_history import other_account, sums, take_in
from tests.api.test_imports import CSV, HEADER, PATH, client, home, left_over, send, stored
from tests.options import sync_options

__all__ = ["client", "home"]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all of these in threads that begin together, and return their results in order."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def do(at: int, work: Callable[[], Any]) -> None:
        start.wait()
        results[at] = work()

    threads = [threading.Thread(target=do, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def post_at_once(engine: sa.Engine, home: Path, contents: Sequence[bytes]) -> list[int]:
    clients = [client_on(engine, home=home) for _ in contents]
    works = [
        lambda client=one, content=content: send(client, content).status_code
        for one, content in zip(clients, contents, strict=True)
    ]
    return at_once(*works)


def test_the_same_file_twice_at_once_counts_once(engine: sa.Engine, home: Path) -> None:
    assert post_at_once(engine, home, [CSV, CSV]) == [200, 200]

    assert sums(engine)[0] == 2
    with engine.connect() as connection:
        unchanged = sorted(connection.execute(sa.select(imports.c.rows_unchanged)).scalars())
    assert unchanged == [0, 2]
    assert left_over(home) == []


def test_a_file_and_its_correction_at_once_are_one_of_both(engine: sa.Engine, home: Path) -> None:
    corrected = CSV.replace(b"12.50", b"13.50").replace(b",90\n", b",95\n")

    assert post_at_once(engine, home, [CSV, corrected]) == [200, 200]

    rows, cost = sums(engine)
    assert rows == 2
    assert float(cost) in {25.75, 26.75}


def test_of_two_accounts_at_once_the_later_one_is_in_doubt(engine: sa.Engine, home: Path) -> None:
    statuses = post_at_once(engine, home, [CSV, other_account()])

    assert sorted(statuses) == [200, 409]
    assert sums(engine)[0] == 2


def test_an_import_is_undone_once(client: FlaskClient, engine: sa.Engine, home: Path) -> None:
    take_in(client, CSV)
    before = sums(engine)
    second = take_in(client, CSV.replace(b"12.50", b"13.50"))[0]["import_id"]
    clients = [client_on(engine, home=home) for _ in range(2)]

    answers = at_once(*[lambda one=one: one.post(f"{PATH}/{second}/undo") for one in clients])

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {answer.get_json().get("code") for answer in answers} == {None, "undone_already"}
    assert sums(engine) == before


@pytest.mark.parametrize("stage", ["_collect", "_save"])
def test_a_file_is_taken_in_during_a_sync(
    client: FlaskClient, engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    days = "".join(f"2026-09-{day:02},Brand,1000,30,3,{day}.50,90\n" for day in range(1, 31))
    take_in(client, (HEADER + days).encode())
    work, statuses = getattr(pipeline, stage), list[int]()
    upload = threading.Thread(target=lambda: statuses.append(send(client, CSV).status_code))

    def import_meanwhile(*arguments: Any, **values: Any) -> Any:
        if upload.ident is None:
            upload.start()
            upload.join(3)  # it may wait for the end of the sync
        return work(*arguments, **values)

    monkeypatch.setattr(pipeline, stage, import_meanwhile)
    options = sync_options(tmp_path)
    first = run_now(engine, options, trigger="test", requested_by=None)
    upload.join()
    second = run_now(engine, options, trigger="test", requested_by=None)

    assert first is not None
    assert second is not None
    assert statuses == [200]
    assert first.state == "succeeded"
    assert second.rows_read == 32
    assert str(second.data_to) == "2026-10-02"
    assert first.rows_read == 32 or not second.no_new_data  # rows seen before their mark are read again


def packed(name: str, content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        if name.endswith(".xml"):
            made.writestr("[Content_Types].xml", b"<x")
        made.writestr(name, content)
    return archive.getvalue()


BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zip": ("a.zip", lambda: packed("a.csv", CSV + b"0" * 60_000_000), "unpacks_too_large"),
    "workbook": ("a.xlsx", lambda: packed("xl/workbook.xml", b" " * 60_000_000), "unpacks_too_large"),
    "zip in a zip": ("a.zip", lambda: packed("b.zip", packed("a.csv", CSV)), "archive_nested"),
    "entities": (
        "a.xls",
        lambda: b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><table><tr><td>&a;</table>',
        "markup_entities",
    ),
    "path in a zip": ("a.zip", lambda: packed("../../../etc/passwd", b"no table"), "columns_missing"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_hostile_file_is_refused_and_leaves_nothing(
    client: FlaskClient,
    engine: sa.Engine,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    name, content, code = BOMBS[kind]

    for fields in ({"dry_run": "1"}, {}):
        answer = send(client, content(), name=name, **fields)

        assert (answer.status_code, answer.get_json()["code"]) == (400, code)
        assert "passwd" not in answer.get_json()["detail"]
    assert stored(engine) == 0
    assert left_over(home) == []
    assert list(temporary.iterdir()) == []
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(imports)).scalar_one() == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(campaigns)).scalar_one() == 0
