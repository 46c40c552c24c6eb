"""Object stores as sources: new and changed files, the oldest first; errors without addresses."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from socket import AF_INET, SOCK_STREAM
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from services.sources.failures import (
    SourceAddressError,
    SourceDeniedError,
    SourceError,
    SourceExtraError,
    SourceMissingError,
    SourceOverdueError,
    SourceServerError,
    SourceTlsError,
    SourceTooLargeError,
    SourceUnreachableError,
)
from services.sources.kind import NewFile, Secret
from services.sources.kinds import kind_of
from services.sources.object_stores import object_store
from services.sources.remote import Pattern, check_path, read_files
from services.sources.resolving import checked_resolver
from tests.sources.servers import fetch

fsspec = pytest.importorskip("fsspec")
CSV = b"date,channel,cost\n2025-11-01,Search,12.50\n"
TOKEN = "s3cr3t-t0ken"


@pytest.fixture
def store() -> Iterator[Any]:
    """An empty store in memory."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()


def put(store: Any, path: str, content: bytes, day: int = 1) -> None:
    store.pipe(path, content)
    store.store[f"/{path}"].created = datetime(2025, 11, day, tzinfo=UTC)


def read(
    folder: Path, path: str, seen: dict[str, str] | None = None, **values: Any
) -> list[tuple[NewFile, bytes]]:
    one = fetch(folder, options={"path": path}, seen=seen, **values)
    found = [
        (file, file.path.read_bytes()) for file in read_files(one, lambda: object_store(one, "memory", {}))
    ]
    assert list(folder.iterdir()) == []
    return found


def names(found: list[tuple[NewFile, bytes]]) -> list[str]:
    return [file.name for file, _ in found]


class TestReading:
    def test_new_and_changed_files_come_oldest_first(self, store: Any, tmp_path: Path) -> None:
        put(store, "ads/b.csv", CSV, day=1)
        put(store, "ads/a.csv", CSV, day=2)
        put(store, "ads/notes.txt", b"x")
        first = read(tmp_path / "fetch", "ads/*.csv")
        seen = {file.key: file.version for file, _ in first}
        put(store, "ads/c.csv", CSV * 2, day=3)
        put(store, "ads/b.csv", CSV * 3, day=4)
        second = read(tmp_path / "fetch", "ads/*.csv", seen)

        assert names(first) == ["b.csv", "a.csv"]
        assert [(file.name, content) for file, content in second] == [("c.csv", CSV * 2), ("b.csv", CSV * 3)]
        assert (
            read(tmp_path / "fetch", "ads/*.csv", seen | {file.key: file.version for file, _ in second}) == []
        )

    def test_folders_name_account_and_channel(self, store: Any, tmp_path: Path) -> None:
        put(store, "ads/shop/Search/2025/x.csv", CSV)
        (found,) = read(tmp_path / "fetch", "memory://ads/{account}/{channel}/**/*.csv")

        assert (found[0].account, found[0].channel) == ("shop", "Search")

    def test_dates_are_inserted(self, store: Any, tmp_path: Path) -> None:
        put(store, "ads/2025-11-27.csv", CSV)
        put(store, "ads/2025-11-26.csv", CSV)

        assert names(read(tmp_path / "fetch", "ads/{yesterday}.csv")) == ["2025-11-27.csv"]

    def test_nothing_that_matches_is_no_news(self, store: Any, tmp_path: Path) -> None:
        put(store, "ads/a.txt", CSV)

        assert read(tmp_path / "fetch", "ads/*.csv") == []

    def test_a_bucket_must_be_there(self, store: Any, tmp_path: Path) -> None:
        with pytest.raises(SourceMissingError):
            read(tmp_path / "fetch", "none/*.csv")

    def test_a_file_that_is_named_must_be_there(self, store: Any, tmp_path: Path) -> None:
        with pytest.raises(SourceMissingError):
            read(tmp_path / "fetch", "ads/a.csv")

    def test_a_file_that_is_too_large_does_not_stop_the_others(self, store: Any, tmp_path: Path) -> None:
        put(store, "ads/a.csv", CSV * 900, day=1)
        put(store, "ads/b.csv", CSV, day=2)
        one = fetch(tmp_path / "fetch", options={"path": "ads/*.csv"}, max_bytes=1000)
        found: list[str] = []
        with pytest.raises(SourceTooLargeError, match=r"a\.csv"):
            found.extend(file.name for file in read_files(one, lambda: object_store(one, "memory", {})))

        assert list((tmp_path / "fetch").iterdir()) == []

    def test_files_on_a_disk_are_read_too(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.csv").write_bytes(CSV)
        one = fetch(tmp_path / "fetch", options={"path": f"{tmp_path}/in/*.csv"})

        found = [file.name for file in read_files(one, lambda: object_store(one, "file", {}))]
        assert found == ["a.csv"]


@pytest.mark.parametrize(
    ("pattern", "path", "parts"),
    [
        ("b/{account}/{channel}/*.csv", "b/shop/Search/x.csv", {"account": "shop", "channel": "Search"}),
        ("b/**/{channel}.csv", "b/2025/11/Search.csv", {"channel": "Search"}),
        ("{account}/**", "shop/2025/x.csv", {"account": "shop"}),
        ("b/{channel}_*.csv", "b/Search_2025.csv", {"channel": "Search"}),
        ("in/{channel}.csv", "/home/ann/in/Search.csv", {"channel": "Search"}),
        ("b/*.csv", "b/x.csv", {}),
    ],
)
def test_parts_are_read_from_paths(pattern: str, path: str, parts: dict[str, str]) -> None:
    assert Pattern(pattern).parts(path) == parts


def test_a_path_is_checked_where_it_is_declared() -> None:
    assert [check_path(path) for path in ("b/*.csv", "b/{account}/{yesterday}.csv", "s3://b/**")] == [
        None
    ] * 3
    assert check_path("b/{tomorrow}.csv")
    assert check_path(" / ")


class _Failing:
    """A file system whose calls fail."""

    def __init__(self, error: Exception | Event) -> None:
        self.error = error

    def glob(self, *_: Any, **__: Any) -> dict[str, Any]:
        if isinstance(self.error, Event):
            self.error.wait(30)
            return {}
        raise self.error


def _named(name: str, base: type[Exception] = Exception, **attributes: Any) -> Exception:
    error: Exception = type(name, (base,), {})(f"https://bucket.example/x?sig={TOKEN}")
    for attribute, value in attributes.items():
        setattr(error, attribute, value)
    return error


ERRORS: list[tuple[Exception, type[SourceError]]] = [
    (FileNotFoundError(TOKEN), SourceMissingError),
    (PermissionError(TOKEN), SourceDeniedError),
    (_named("NoCredentialsError"), SourceDeniedError),
    (_named("ClientAuthenticationError"), SourceDeniedError),
    (_named("HttpError", code="403"), SourceDeniedError),
    (_named("HttpResponseError", status_code=404), SourceMissingError),
    (_named("ClientError", response={"ResponseMetadata": {"HTTPStatusCode": 403}}), SourceDeniedError),
    (_named("EndpointConnectionError"), SourceUnreachableError),
    (ConnectionResetError(TOKEN), SourceUnreachableError),
    (_named("ClientConnectorCertificateError"), SourceTlsError),
    (_named("InternalError", status_code=500), SourceServerError),
    (OSError(TOKEN), SourceServerError),
]


class TestFailures:
    @pytest.mark.parametrize(("error", "expected"), ERRORS)
    def test_errors_of_libraries_are_told_without_their_text(
        self, error: Exception, expected: type[SourceError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fsspec, "filesystem", lambda *_, **__: _Failing(error))
        with pytest.raises(SourceError) as caught:
            read(tmp_path / "fetch", "ads/*.csv")

        assert type(caught.value) is expected
        assert TOKEN not in str(caught.value) + repr(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    def test_a_library_that_hangs_is_left_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        released = Event()
        monkeypatch.setattr(fsspec, "filesystem", lambda *_, **__: _Failing(released))
        with pytest.raises(SourceOverdueError):
            read(tmp_path / "fetch", "ads/*.csv", seconds=0.2)
        released.set()

    @pytest.mark.parametrize("kind", ["s3", "gcs", "azure"])
    def test_a_missing_library_is_named_with_its_extra(
        self, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("s3fs", "gcsfs", "adlfs"):
            monkeypatch.setitem(sys.modules, module, None)
        one = fetch(tmp_path / "fetch", type=kind, options=defaults(kind, path="b/*.csv"))
        with pytest.raises(SourceExtraError, match=rf"demetra-dash\[{kind}\]"):
            list(kind_of(kind).read(one))

    @pytest.mark.parametrize(
        ("kind", "given"),
        [
            ("s3", {"endpoint": "http://minio.example:9000"}),
            ("s3", {"endpoint": "https://169.254.169.254"}),
            ("s3", {"endpoint": "https://127.0.0.1:9000"}),
            ("s3", {"endpoint": "minio"}),
            ("s3", {"endpoint": "https://[::1"}),
            (
                "azure",
                {"connection_string": Secret("AccountName=a;AccountKey=k;BlobEndpoint=http://127.0.0.1/a")},
            ),
        ],
    )
    def test_an_endpoint_in_a_private_network_must_be_allowed(
        self, kind: str, given: dict[str, Any], tmp_path: Path
    ) -> None:
        one = fetch(
            tmp_path / "fetch", type=kind, internal=False, options=defaults(kind, path="b/*.csv", **given)
        )
        with pytest.raises(SourceAddressError):
            list(kind_of(kind).read(one))


class TestResolver:
    """The library resolves names itself; a name server may answer differently each time."""

    ENDPOINT = "https://store.example:9000"

    @pytest.fixture(autouse=True)
    def _aiohttp(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand in for the library, which is an extra: its abstract class of resolvers."""
        monkeypatch.setitem(sys.modules, "aiohttp", SimpleNamespace())
        monkeypatch.setitem(sys.modules, "aiohttp.abc", SimpleNamespace(AbstractResolver=object))
        for name in ("HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)

    def resolver(self, tmp_path: Path, *, internal: bool = False) -> Any:
        return checked_resolver(fetch(tmp_path / "fetch", internal=internal), self.ENDPOINT)

    def test_an_address_that_becomes_private_is_refused_at_the_connection(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = iter(["93.184.216.34", "127.0.0.1"])
        monkeypatch.setattr(
            "socket.getaddrinfo", lambda *_, **__: [(AF_INET, SOCK_STREAM, 6, "", (next(answers), 9000))]
        )
        resolver = self.resolver(tmp_path)
        (found,) = asyncio.run(resolver.resolve("store.example", 9000))

        assert (found["host"], found["hostname"], found["port"], found["family"]) == (
            *("93.184.216.34", "store.example", 9000),
            AF_INET,
        )
        with pytest.raises(SourceAddressError):
            asyncio.run(resolver.resolve("store.example", 9000))

    def test_a_refusal_within_the_library_is_told_as_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        error = _named("HTTPClientError")
        error.__context__ = SourceAddressError(host="store.example", reason="private")
        monkeypatch.setattr(fsspec, "filesystem", lambda *_, **__: _Failing(error))
        with pytest.raises(SourceAddressError, match="internal = true"):
            read(tmp_path / "fetch", "ads/*.csv")

    def test_it_is_given_to_the_library_with_an_endpoint(
        self, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[dict[str, Any]] = []

        def filesystem(_protocol: str, **options: Any) -> Any:
            asked.append(options)
            return store

        monkeypatch.setattr(fsspec, "filesystem", filesystem)
        monkeypatch.setattr("services.sources.object_stores._refuse_internal", lambda *_: None)
        put(store, "b/x.csv", CSV)
        for given in ({"endpoint": self.ENDPOINT}, {}):
            options = defaults("s3", path="b/*.csv", **given)
            list(kind_of("s3").read(fetch(tmp_path / "fetch", type="s3", internal=False, options=options)))

        assert asked[0]["config_kwargs"]["connector_args"]["resolver"] is not None
        assert "config_kwargs" not in asked[1]

    def test_there_is_none_in_a_network_of_ones_own_and_behind_a_proxy(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        internal = self.resolver(tmp_path, internal=True)
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

        assert (internal, self.resolver(tmp_path)) == (None, None)


def defaults(kind: str, **given: Any) -> dict[str, Any]:
    return {option.name: option.default for option in kind_of(kind).options} | given


@pytest.mark.parametrize(
    ("kind", "given", "protocol", "settings"),
    [
        (
            "s3",
            {"key_id": "k", "secret_key": Secret(TOKEN), "region": "eu"},
            "s3",
            {"key": "k", "secret": TOKEN},
        ),
        ("s3", {"anonymous": True}, "s3", {"anon": True}),
        ("gcs", {"key_file": "/key.json"}, "gcs", {"token": "/key.json"}),
        ("gcs", {"anonymous": True}, "gcs", {"token": "anon"}),
        ("azure", {"account_name": "a", "sas_token": Secret(TOKEN)}, "abfs", {"sas_token": TOKEN}),
    ],
)
def test_credentials_reach_the_library(
    kind: str,
    given: dict[str, Any],
    protocol: str,
    settings: dict[str, Any],
    store: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(store, "b/x.csv", CSV)
    asked: list[SimpleNamespace] = []

    def filesystem(name: str, **options: Any) -> Any:
        asked.append(SimpleNamespace(name=name, options=options))
        return store

    monkeypatch.setattr(fsspec, "filesystem", filesystem)
    one = fetch(tmp_path / "fetch", type=kind, options=defaults(kind, path="b/*.csv", **given))

    assert [file.name for file in kind_of(kind).read(one)] == ["x.csv"]
    assert asked[0].name == protocol
    assert settings.items() <= asked[0].options.items()
