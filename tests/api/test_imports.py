"""Campaign files over HTTP: previewed, taken in, refused; nothing of them stays on the server's disk."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from demetra_dash.security.limits import LARGEST_BODY, LARGEST_UPLOAD
from demetra_dash.uploads import folder, importer, receiving
from demetra_dash.uploads.folder import sweep, upload_folder
from services.database.tables import campaigns
from tests.api.clients import client_of, client_on, down
from tests.security.test_roles import ANNA, BORIS, SIGNED_IN, THROUGH

PATH = "/api/imports"
HEADER = "Date,Campaign,Impressions,Clicks,Conversions,Cost,Revenue\n"
ROWS = "2026-10-01,Brand,1000,30,3,12.50,90\n2026-10-02,Brand,1100,33,2,13.25,60\n"
CSV = (HEADER + ROWS).encode()
NAME = "0123456789abcdef" * 2
BOUNDARY = "a-boundary"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def client(engine: sa.Engine, home: Path) -> FlaskClient:
    return client_on(engine, home=home)


def send(client: FlaskClient, *files: bytes, name: str = "Meta.csv", **fields: str) -> TestResponse:
    parts = {"file": [(io.BytesIO(content), name) for content in files]}
    return client.post(PATH, data=parts | fields, content_type="multipart/form-data")


def stored(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(campaigns)).scalar_one()


def left_over(home: Path) -> list[Path]:
    return list((home / folder.FOLDER).iterdir())


def test_an_upload_is_in_the_currency_that_is_set(engine: sa.Engine, home: Path) -> None:
    of_dollars = b"Date,Clicks,Amount spent (AUD)\n2026-10-01,30,12.50\n2026-10-02,33,13.25\n"
    in_euros = client_on(engine, home=home, currency="EUR", sources={"currency": "environment"})

    refused = send(in_euros, of_dollars)

    assert refused.status_code == 400
    assert "AUD" in refused.get_json()["detail"]
    assert "EUR" in refused.get_json()["detail"]
    assert stored(engine) == 0
    assert send(client_on(engine, home=home), of_dollars).status_code == 200


def body(*parts: str | bytes, end: str = f"--{BOUNDARY}--\r\n") -> bytes:
    """Return a multipart body: each part is its headers and its content."""
    lines = [
        f"--{BOUNDARY}\r\n".encode() + (p.encode() if isinstance(p, str) else p) + b"\r\n" for p in parts
    ]
    return b"".join(lines) + end.encode()


def post_raw(client: FlaskClient, content: bytes, **more: Any) -> TestResponse:
    return client.post(PATH, data=content, content_type=f"multipart/form-data; boundary={BOUNDARY}", **more)


FILE_PART = 'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + HEADER + ROWS


def test_a_preview_says_what_would_happen_and_stores_nothing(
    client: FlaskClient, engine: sa.Engine, home: Path
) -> None:
    answer = send(client, CSV, dry_run="1")

    (report,) = answer.get_json()["files"]
    assert answer.status_code == 200
    assert (report["file"], report["rows_read"], report["dry_run"]) == ("Meta.csv", 2, True)
    assert report["channels"] == ["Meta"]
    assert report["sha256"] == sha256(CSV).hexdigest()
    assert stored(engine) == 0
    assert left_over(home) == []


def test_a_file_is_taken_in_when_it_is_the_one_of_the_preview(
    client: FlaskClient, engine: sa.Engine, home: Path
) -> None:
    seen = send(client, CSV, dry_run="1").get_json()["files"][0]["sha256"]

    changed = send(client, CSV + b"2026-10-03,Brand,1,1,1,1,1\n", sha256=seen)
    taken = send(client, CSV, sha256=seen)

    assert (changed.status_code, changed.get_json()["code"]) == (409, "file_changed")
    assert (taken.status_code, taken.get_json()["files"][0]["rows_imported"]) == (200, 2)
    assert stored(engine) == 2
    assert left_over(home) == []


def test_several_files_are_taken_in_together_or_not_at_all(client: FlaskClient, engine: sa.Engine) -> None:
    refused = send(client, CSV, b"no table")
    before = stored(engine)
    taken = send(client, CSV, CSV.replace(b"2026-10", b"2026-09"))

    assert (refused.status_code, before) == (400, 0)
    assert [report["rows_imported"] for report in taken.get_json()["files"]] == [2, 2]
    assert stored(engine) == 4


def test_fields_may_be_in_the_address_as_well(client: FlaskClient, engine: sa.Engine) -> None:
    answer = client.post(
        f"{PATH}?dry_run=1&channel=Search",
        data={"file": (io.BytesIO(CSV), "x.csv")},
        content_type="multipart/form-data",
    )

    assert answer.get_json()["files"][0]["channels"] == ["Search"]
    assert stored(engine) == 0


@pytest.mark.parametrize(
    ("fields", "parameter"),
    [
        ({"dry_run": "yes"}, "dry_run"),
        ({"mode": "destroy"}, "mode"),
        ({"mapping": "{"}, "mapping"),
        ({"mapping": '{"cost": 1}'}, "mapping"),
        ({"mapping": "[" * 100_000}, "mapping"),
        ({"channel": "a\nb"}, "channel"),
        ({"source": "x" * 201}, "source"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(
    client: FlaskClient, engine: sa.Engine, fields: dict[str, str], parameter: str
) -> None:
    answer = send(client, CSV, **fields)

    assert (answer.status_code, answer.get_json()["parameter"]) == (400, parameter)
    assert stored(engine) == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"%PDF-1.7\n\x00\x01\x02" * 99, "file_binary"), (b"a;b\n1;2\n", None)],
)
def test_a_file_that_cannot_be_used_is_refused_in_the_words_of_the_importer(
    client: FlaskClient, engine: sa.Engine, content: bytes, code: str | None
) -> None:
    parts = {"file": (io.BytesIO(content), "Отчёт.csv")}
    answer = client.post(
        PATH, data=parts, content_type="multipart/form-data", headers={"Accept-Language": "ru"}
    )

    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert "Отчёт.csv" in answer.get_json()["detail"]
    assert code in {None, answer.get_json()["code"]}
    assert stored(engine) == 0


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\Report.csv", "Report.csv"),
        ("/dev/null", "null"),
        ("..", "file.csv"),
        ("", "file.csv"),
        ("a\x00b\u202e.csv", "ab.csv"),
        (".bashrc", "bashrc"),
        ("я" * 300 + ".csv", None),
        ("Отчёт за май (1).csv", "Отчёт за май (1).csv"),
    ],
)
def test_a_file_name_is_never_a_path(given: str, used: str | None) -> None:
    name = receiving.safe_name(given)

    assert used in {None, name}
    assert Path(name).name == name
    assert 0 < len(name.encode()) <= receiving.LONGEST_NAME
    assert name.endswith(".csv") or used is not None


def test_a_path_in_a_file_name_writes_nowhere_else(client: FlaskClient, home: Path, tmp_path: Path) -> None:
    answer = send(client, CSV, name="../../../escaped.csv")

    assert answer.get_json()["files"][0]["channels"] == ["escaped"]
    assert [path.name for path in tmp_path.rglob("*")] == ["home", folder.FOLDER]


DAMAGED = {
    "cut in a file": body(FILE_PART, end="")[:-20],
    "cut after a file": body(FILE_PART, end=""),
    "cut in the headers": b"--a-boundary\r\nContent-Dispo",
    "no boundary at all": b"x" * 1000,
    "a part without a name": body("Content-Type: text/csv\r\n\r\nx"),
    "headers that are no text": body(b"Content-Disposition: form-data; name=\xff\xfe\r\n\r\nx"),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_an_upload_that_was_interrupted_leaves_nothing(
    client: FlaskClient, engine: sa.Engine, home: Path, content: bytes
) -> None:
    answer = post_raw(client, content)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "upload_cut")
    assert stored(engine) == 0
    assert left_over(home) == []


def test_a_connection_that_is_lost_leaves_nothing(client: FlaskClient, home: Path) -> None:
    class Lost:
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    environ = create_environ(PATH, method="POST", content_type=f"multipart/form-data; boundary={BOUNDARY}")
    environ |= {"REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": "500", "wsgi.input": Lost()}

    _, status, _ = run_wsgi_app(client.application, environ)

    assert status.startswith("400")
    assert left_over(home) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (CSV, "text/csv"),
        (b"{}", "application/json"),
        (CSV, "multipart/form-data"),
        (body('Content-Disposition: form-data; name="file"\r\n\r\nno name of a file'), None),
        (body('Content-Disposition: form-data; name="file"; filename=""\r\n\r\n'), None),
        (body('Content-Disposition: form-data; name="other"; filename="a.csv"\r\n\r\nx'), None),
    ],
)
def test_a_body_without_a_file_is_refused_with_an_example(
    client: FlaskClient, content: bytes, kind: str | None
) -> None:
    answer = client.post(PATH, data=content, content_type=kind or f"multipart/form-data; boundary={BOUNDARY}")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "no_upload")
    assert "curl -F file=@" in answer.get_json()["detail"]


def test_a_large_field_or_a_thousand_parts_are_refused(client: FlaskClient, home: Path) -> None:
    field = 'Content-Disposition: form-data; name="mapping"\r\n\r\n'

    large = post_raw(client, body(FILE_PART, field + "x" * 3_000_000))
    many = post_raw(client, body(FILE_PART, *([field] * 1000)))

    assert [answer.status_code for answer in (large, many)] == [413, 413]
    assert left_over(home) == []


@pytest.mark.parametrize(
    ("path", "method", "largest"),
    [(PATH, "POST", LARGEST_UPLOAD), (PATH, "PUT", LARGEST_BODY), (f"{PATH}/1/undo", "POST", LARGEST_BODY)],
)
def test_only_an_upload_may_be_large(client: FlaskClient, path: str, method: str, largest: int) -> None:
    statuses = [
        client.open(path, method=method, environ_overrides={"CONTENT_LENGTH": str(size)}).status_code
        for size in (largest, largest + 1)
    ]

    assert [status == 413 for status in statuses] == [False, True]


def test_a_body_of_unknown_length_ends_at_the_limit(
    client: FlaskClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless:
        read_bytes = 0
        first = body(FILE_PART, end="")[:-2]

        def read(self, size: int = -1) -> bytes:
            content, self.first = self.first or b"x" * size, b""
            self.read_bytes += len(content)
            return content

    monkeypatch.setattr(receiving, "LARGEST_UPLOAD", 3_000_000)
    endless = Endless()
    environ = create_environ(PATH, method="POST", content_type=f"multipart/form-data; boundary={BOUNDARY}")
    environ.pop("CONTENT_LENGTH", None)
    environ |= {"REMOTE_ADDR": "127.0.0.1", "wsgi.input": endless, "wsgi.input_terminated": True}

    _, status, _ = run_wsgi_app(client.application, environ)

    assert status.startswith("413")
    assert endless.read_bytes <= 3_000_000 + receiving.CHUNK_BYTES
    assert left_over(home) == []


def test_only_operators_send_files_and_only_from_our_own_page(engine: sa.Engine, home: Path) -> None:
    client = client_on(engine, home=home, **SIGNED_IN)

    answers = [
        client.post(PATH, data={"file": (io.BytesIO(CSV), "Meta.csv")}, headers=headers, environ_base=THROUGH)
        for headers in (
            {},
            BORIS,
            {**ANNA, "Origin": "https://evil.example"},
            {**ANNA, "Sec-Fetch-Site": "cross-site"},
            {**ANNA, "Origin": "http://localhost"},
        )
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 403, 403, 200]
    assert stored(engine) == 2


def test_who_took_which_file_in_is_in_the_audit_log(
    engine: sa.Engine, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_on(engine, home=home, **SIGNED_IN)
    caplog.set_level(logging.INFO, logger="demetra.audit")

    for dry_run in ("1", "0"):
        parts = {"file": (io.BytesIO(CSV), "../Meta\t.csv"), "dry_run": dry_run}
        client.post(PATH, data=parts, headers=ANNA, environ_base=THROUGH)

    lines = [json.loads(record.message) for record in caplog.records if record.name == "demetra.audit"]
    told = [(line["who"], line["action"], line["outcome"], line.get("file")) for line in lines]
    assert ("anna", "import", "previewed", "Meta.csv") in told
    assert ("anna", "import", "stored", "Meta.csv") in told
    assert lines[-1]["outcome"] == 200
    assert {line.get("sha256") for line in lines} == {sha256(CSV).hexdigest(), None}


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Take as many places for uploads as `count`."""
    for _ in range(count):
        importer._slots.acquire()
    try:
        yield
    finally:
        for _ in range(count):
            importer._slots.release()


def test_too_many_uploads_at_once_are_asked_to_wait(client: FlaskClient) -> None:
    with busy(importer.MOST_AT_ONCE):
        refused = send(client, CSV)
    with busy(importer.MOST_AT_ONCE - 1):
        taken = send(client, CSV)

    assert (refused.status_code, refused.get_json()["code"]) == (429, "too_many_uploads")
    assert int(refused.headers["Retry-After"]) == importer.RETRY_SECONDS
    assert taken.status_code == 200


def test_two_uploads_at_once_are_both_taken_in(engine: sa.Engine, home: Path) -> None:
    contents = (CSV, CSV.replace(b"2026-10", b"2026-09"))
    clients = [client_on(engine, home=home) for _ in contents]
    answers: list[int] = []

    def post(client: FlaskClient, content: bytes) -> None:
        answers.append(send(client, content).status_code)

    threads = [threading.Thread(target=post, args=one) for one in zip(clients, contents, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200, 200]
    assert stored(engine) == 4
    assert left_over(home) == []


def test_a_folder_of_a_process_that_was_killed_is_removed_and_one_in_use_is_not(home: Path) -> None:
    abandoned = home / folder.FOLDER / NAME
    (abandoned / "1").mkdir(parents=True)
    (abandoned / "1" / "a.csv").write_bytes(CSV)
    stranger = home / folder.FOLDER / "not ours"
    stranger.mkdir()

    with upload_folder(home) as used:
        sweep(home)
        assert used.is_dir()
        assert not abandoned.exists()

    assert left_over(home) == [stranger]


def test_uploads_are_readable_for_their_owner_only(home: Path) -> None:
    with upload_folder(home) as used:
        os.close(folder.create_private(used / "a.csv"))
        modes = [path.stat().st_mode & 0o777 for path in (used.parent, used, used / "a.csv")]

    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("name", ["../x", "x", NAME.upper(), NAME + "0"])
def test_a_name_of_an_upload_is_no_path(client: FlaskClient, name: str) -> None:
    answer = client.post(
        f"{PATH}?upload={name}", data={"file": (io.BytesIO(CSV), "a.csv")}, content_type="multipart/form-data"
    )

    assert answer.status_code == 400
    assert client.get(f"/api/uploads/{name}").status_code in {400, 404}


def test_the_progress_of_an_upload_is_told_by_its_name(client: FlaskClient, home: Path) -> None:
    with upload_folder(home, NAME) as used:
        arriving = client.get(f"/api/uploads/{NAME}")
        (used / folder.PROGRESS).write_text('{"stage": "read", "done": 5, "total": 10, "rows": 3}')
        reading = client.get(f"/api/uploads/{NAME}")
        taken = client.post(
            f"{PATH}?upload={NAME}",
            data={"file": (io.BytesIO(CSV), "a.csv")},
            content_type="multipart/form-data",
        )

    assert arriving.get_json() == {"stage": "receive", "done": 0, "total": 0, "rows": 0}
    assert reading.get_json() == {"stage": "read", "done": 5, "total": 10, "rows": 3}
    assert (taken.status_code, taken.get_json()["code"]) == (400, "upload_name")
    assert client.get(f"/api/uploads/{NAME}").status_code == 404


def test_a_full_disk_is_named(client: FlaskClient, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "SPARE_BYTES", 10**18)

    answer = send(client, CSV)

    assert (answer.status_code, answer.get_json()["code"]) == (503, "upload_no_room")
    assert left_over(home) == []


def test_a_folder_that_cannot_be_written_is_named(engine: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")

    answer = send(client_on(engine, home=tmp_path / "a file"), CSV)

    assert (answer.status_code, answer.get_json()["code"]) == (503, "upload_folder")


def test_without_a_database_a_file_is_not_taken_in(home: Path) -> None:
    answer = send(client_of(down(), home=home), CSV)

    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
    assert left_over(home) == []


@pytest.mark.parametrize("kill", [lambda one: one._process.kill(), lambda one: one._process.terminate()])
def test_a_process_that_dies_is_an_answer_and_the_next_one_works(
    client: FlaskClient,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    kill: Callable[[importer.Importer], None],
) -> None:
    with monkeypatch.context() as patched:
        begin = importer.Importer.run

        def killed(self: importer.Importer, task: Any) -> Any:
            kill(self)
            return begin(self, task)

        patched.setattr(importer.Importer, "run", killed)
        died = send(client, CSV)

    assert (died.status_code, died.get_json()["code"]) == (503, "import_ended")
    assert left_over(home) == []
    assert send(client, CSV).status_code == 200


def test_an_import_that_takes_too_long_is_ended(
    client: FlaskClient, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "DEADLINE_SECONDS", 2)
    with engine.begin() as connection:
        connection.execute(sa.text("LOCK TABLE campaigns IN EXCLUSIVE MODE"))
        answer = send(client, CSV)

    assert (answer.status_code, answer.get_json()["code"]) == (503, "import_ended")
    assert "2 s" in answer.get_json()["detail"]
    assert stored(engine) == 0


def test_a_cell_of_ten_megabytes_and_20000_columns_are_answered(
    client: FlaskClient, engine: sa.Engine, home: Path
) -> None:
    wide = ",".join(f"c{n}" for n in range(20_000)).encode() + b"\n" + b"1," * 19_999 + b"1\n"

    # Not by `send`: werkzeug's client leaves the temporary file of a large body open.
    cell = b"2026-10-03," + b"x" * 10_000_000 + b",1,1,1,1,1\n"
    huge = post_raw(client, body(FILE_PART.encode() + cell))
    columns = send(client, wide)

    assert huge.status_code in {200, 400}
    assert columns.status_code == 400
    assert stored(engine) in {0, 2}
    assert left_over(home) == []
