"""Sources of type `sftp`: only a server whose key is known gets a password."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.sources.failures import (
    SourceAddressError,
    SourceDeniedError,
    SourceError,
    SourceHostKeyError,
    SourceMissingError,
    SourceOptionError,
    SourceOverdueError,
    SourceTooLargeError,
    SourceUnreachableError,
)
from services.sources.kind import NewFile, Secret
from services.sources.kinds import kind_of
from services.sources.sftp import fingerprint, is_key
from tests.sources.servers import fetch

paramiko = pytest.importorskip("paramiko")
if TYPE_CHECKING:
    from tests.sources.sftp_server import SftpServer

KIND = kind_of("sftp")
CSV = b"date,channel,cost\n2025-11-01,Search,12.50\n"
PASSWORD = "s3cr3t-p4ss"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    from tests.sources.sftp_server import sftp_server

    (tmp_path / "root" / "out").mkdir(parents=True)
    with sftp_server(tmp_path / "root") as running:
        yield running


def put(server: SftpServer, path: str, content: bytes = CSV, day: int = 1) -> None:
    place = server.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    os.utime(place, (1_760_000_000 + 86_400 * day,) * 2)


def options(server: SftpServer, **given: Any) -> dict[str, Any]:
    fixed = {"host": "127.0.0.1", "port": server.port, "username": "ann", "password": Secret(PASSWORD)}
    key = fingerprint(server.key.asbytes())
    return {option.name: option.default for option in KIND.options} | fixed | {"host_key": key} | given


def read(
    server: SftpServer,
    place: Path,
    path: str = "out/*.csv",
    seen: dict[str, str] | None = None,
    *,
    seconds: float = 20,
    max_bytes: int = 1_000_000,
    **given: Any,
) -> list[tuple[NewFile, bytes]]:
    one = fetch(
        place, options=options(server, path=path, **given), seen=seen, seconds=seconds, max_bytes=max_bytes
    )
    found = [(file, file.path.read_bytes()) for file in KIND.read(one)]
    assert list(place.iterdir()) == []
    return found


class TestReading:
    def test_new_and_changed_files_come_oldest_first(self, server: SftpServer, tmp_path: Path) -> None:
        put(server, "out/b.csv", day=1)
        put(server, "out/a.csv", CSV * 40_000, day=2)
        put(server, "out/.hidden.csv")
        (server.root / "out" / "link.csv").symlink_to("/etc/passwd")
        first = read(server, tmp_path / "fetch", max_bytes=9_000_000)
        seen = {file.key: file.version for file, _ in first}
        put(server, "out/b.csv", CSV * 2, day=3)
        second = read(server, tmp_path / "fetch", seen=seen)

        assert [(file.name, content) for file, content in first] == [("b.csv", CSV), ("a.csv", CSV * 40_000)]
        assert [(file.name, content) for file, content in second] == [("b.csv", CSV * 2)]

    @pytest.mark.parametrize(
        ("path", "names"),
        [
            ("out/**/*.csv", ["1.csv", "2.csv", "3.csv"]),
            ("/out/{account}/*.csv", ["2.csv"]),
            ("out/*", ["1.csv"]),
            ("out/1.csv", ["1.csv"]),
            ("o?t/sh[ao]p/**", ["2.csv", "3.csv"]),
            ("**/3.csv", ["3.csv"]),
        ],
    )
    def test_files_are_chosen_by_a_pattern(
        self, path: str, names: list[str], server: SftpServer, tmp_path: Path
    ) -> None:
        for at, one in enumerate(("out/1.csv", "out/shop/2.csv", "out/shop/new/3.csv"), 1):
            put(server, one, day=at)

        found = read(server, tmp_path / "fetch", path)
        assert [file.name for file, _ in found] == names
        assert all(file.account == "shop" for file, _ in found) or "{account}" not in path

    def test_a_key_signs_in(self, server: SftpServer, tmp_path: Path) -> None:
        put(server, "out/a.csv")
        server.user_key = paramiko.ECDSAKey.generate()
        server.user_key.write_private_key_file(str(tmp_path / "key"), password="open")
        given: dict[str, Any] = {"key_file": str(tmp_path / "key")}

        assert len(read(server, tmp_path / "fetch", password=Secret("open"), **given)) == 1
        with pytest.raises(SourceOptionError, match="key_file"):
            read(server, tmp_path / "fetch", password=Secret("wrong"), **given)
        with pytest.raises(SourceOptionError, match="key_file"):
            read(server, tmp_path / "fetch", key_file=str(tmp_path / "none"))


class TestHostKeys:
    def test_a_server_that_is_not_known_gets_no_password(
        self, server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        shown = fingerprint(server.key.asbytes())
        for given in (None, "SHA256:" + "A" * 43):
            with pytest.raises(SourceHostKeyError) as caught:
                read(server, tmp_path / "fetch", host_key=given)

            assert shown in caught.value.text.en

    def test_a_server_in_known_hosts_is_known(
        self, server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".ssh").mkdir()
        line = f"[127.0.0.1]:{server.port} {server.key.get_name()} {server.key.get_base64()}\n"
        (tmp_path / ".ssh" / "known_hosts").write_text(line)
        put(server, "out/a.csv")

        assert len(read(server, tmp_path / "fetch", host_key=None)) == 1

    def test_a_key_may_be_written_as_openssh_does(self, server: SftpServer) -> None:
        key, name, written = server.key.asbytes(), server.key.get_name(), server.key.get_base64()

        assert is_key(f"{name} {written} comment", name, key)
        assert is_key(fingerprint(key) + "=", name, key)
        for other in ("", name, f"ssh-rsa {written}", f"{name} AAAA", f"{name} ?", "SHA256:x"):
            assert not is_key(other, name, key)

    def test_its_form_is_checked_where_it_is_declared(self) -> None:
        checks = {option.name: option.check for option in KIND.options if option.check is not None}

        assert checks["host_key"]("SHA256:" + "A" * 43) is checks["host_key"]("ssh-ed25519 AAAA") is None
        assert checks["host_key"]("none")
        assert checks["port"](22) is None
        assert checks["port"](0)


class TestFailures:
    def failure(self, server: SftpServer, place: Path, **given: Any) -> SourceError:
        with pytest.raises(SourceError) as caught:
            read(server, place, **given)
        assert list(place.iterdir()) == []
        assert PASSWORD not in str(caught.value) + repr(caught.value)
        return caught.value

    def test_a_wrong_password_is_told(self, server: SftpServer, tmp_path: Path) -> None:
        assert isinstance(
            self.failure(server, tmp_path / "fetch", password=Secret("wr0ng")), SourceDeniedError
        )

    @pytest.mark.parametrize("path", ["none/*.csv", "out/none.csv"])
    def test_a_missing_folder_or_file_is_told(self, path: str, server: SftpServer, tmp_path: Path) -> None:
        assert isinstance(self.failure(server, tmp_path / "fetch", path=path), SourceMissingError)

    def test_a_file_that_is_too_large_is_not_read(self, server: SftpServer, tmp_path: Path) -> None:
        put(server, "out/a.csv", CSV * 50)

        assert isinstance(self.failure(server, tmp_path / "fetch", max_bytes=100), SourceTooLargeError)
        assert server.opened == []

    @pytest.mark.parametrize("operation", ["list", "open", "stat"])
    def test_a_server_that_hangs_is_given_up(
        self, operation: str, server: SftpServer, tmp_path: Path
    ) -> None:
        put(server, "out/a.csv")
        server.hangs_at = operation

        assert isinstance(self.failure(server, tmp_path / "fetch", seconds=1.5), SourceOverdueError)

    def test_a_server_without_ssh_is_given_up(self, server: SftpServer, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            found = self.failure(server, tmp_path / "fetch", seconds=0.5, port=port)

        assert isinstance(found, SourceOverdueError)

    def test_a_closed_port_is_told(self, server: SftpServer, tmp_path: Path) -> None:
        from tests.sources.sftp_server import closed_port

        found = self.failure(server, tmp_path / "fetch", port=closed_port())
        assert isinstance(found, SourceUnreachableError)

    def test_a_private_server_must_be_allowed(self, server: SftpServer, tmp_path: Path) -> None:
        one = fetch(tmp_path / "fetch", options=options(server, path="out/*.csv"), internal=False)
        with pytest.raises(SourceAddressError):
            list(KIND.read(one))
