"""Local servers that behave as sources do, also badly, and an authority for their certificates."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.executors.base import Deadline
from services.sources.kind import Fetch, Source

NOW = datetime(2025, 11, 28, 9, 0, tzinfo=UTC)


def fetch(
    folder: Path, *, seconds: float = 20, seen: Mapping[str, str] | None = None, **values: Any
) -> Fetch:
    """Return a fetch of a source; `values` are those of the source."""
    folder.mkdir(exist_ok=True)
    settings: dict[str, Any] = {"name": "test", "type": "https", "line": 1, "options": {}, "account": "test"}
    source = Source(**{**settings, "internal": True, **values})
    return Fetch(source, seen or {}, folder, Deadline.after(seconds), NOW)


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = bytes | Callable[[socket.socket], None]


@dataclass
class LocalServer:
    """A server on a free port; `replies` are whole answers, or functions that send what they like, by path.

    The query is not part of the path. A list of replies gives one after the other, the last one again.
    """

    replies: dict[str, Reply | list[Reply]]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def reply(self, path: str) -> Reply:
        found = self.replies.get(path.partition("?")[0], answer("404 Not Found", b"none"))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


def answer(status: str = "200 OK", body: bytes = b"", /, **headers: str) -> bytes:
    """Return an HTTP answer; `content_type="text/csv"` becomes the header `Content-Type`."""
    lines = {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode() + body


@contextmanager
def serving(
    replies: Mapping[str, Reply | list[Reply]], *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[LocalServer]:
    """Run a server that answers by path until the block ends."""
    local = LocalServer(dict(replies))

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # a client that has left, or does not like our certificate
                if tls is not None:
                    self.request.settimeout(10)
                    self.request = tls.wrap_socket(self.request, server_side=True)
                _answer(local, self.request)
                self.request.close()

    with running(Handler, host) as local.port:
        try:
            yield local
        finally:
            local.stopped.set()


@contextmanager
def running(handler: type[StreamRequestHandler], host: str = "127.0.0.1") -> Iterator[int]:
    """Run a TCP server on a free port, which is returned, until the block ends."""

    class Server(ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server((host, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)


def _answer(local: LocalServer, connection: socket.socket) -> None:
    with connection.makefile("rb") as stream:
        line = stream.readline().decode("latin-1").split()
        if len(line) < 2:
            return
        headers = {}
        while header := stream.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
    local.asked.append(Asked(line[0], line[1], headers, body))
    reply = local.reply(line[1])
    if callable(reply):
        reply(connection)
    else:
        connection.sendall(reply)


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder; `file` is what REQUESTS_CA_BUNDLE is to name."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, folder: Path) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(
            "Test authority", key.public_key(), "Test authority", key, is_authority=True
        )
        (folder / "authority.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(folder, key, certificate)

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def context(self, *hosts: str, days: int = 10) -> ssl.SSLContext:
        """Return the context of a server with a certificate for names or addresses, valid for `days`."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(hosts[0], key.public_key(), "Test authority", self.key, hosts=hosts, days=days)
        file = self.folder / f"{abs(hash((hosts, days)))}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    issuer: str,
    signing: ec.EllipticCurvePrivateKey,
    *,
    hosts: tuple[str, ...] = (),
    is_authority: bool = False,
    days: int = 10,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if hosts:
        names = [_general_name(host) for host in hosts]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signing, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    is_address = host.replace(".", "").isdigit()
    return x509.IPAddress(ip_address(host)) if is_address else x509.DNSName(host)
