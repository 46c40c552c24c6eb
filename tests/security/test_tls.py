"""TLS on the way to PostgreSQL: certificates are checked; what is wrong is said without the password."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.database.engine import make_engine, open_connection
from services.errors import DatabaseUnavailableError
from tests.pooler import pooler

PASSWORD = "a-password-nobody-may-read"
WITH_TLS = """
client_tls_sslmode = require
client_tls_key_file = {folder}/server.key
client_tls_cert_file = {folder}/server.pem
"""


def certificate(host: str) -> tuple[bytes, bytes]:
    """Return a key and a certificate that vouches for itself, for one host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a database")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain), built.public_bytes(encoding)


@pytest.fixture
def secured(database_url: str, tmp_path: Path) -> Iterator[sa.URL]:
    """The address of a server that speaks TLS only; its certificate is in the test's folder."""
    key, pem = certificate("127.0.0.1")
    (tmp_path / "right.pem").write_bytes(pem)
    (tmp_path / "wrong.pem").write_bytes(certificate("127.0.0.1")[1])
    with pooler(database_url, WITH_TLS, {"server.key": key, "server.pem": pem}) as url:
        yield url.set(password=PASSWORD)


def engine_on(url: sa.URL, **options: str) -> sa.Engine:
    return make_engine(url.set(query=options).render_as_string(hide_password=False), name="demetra tests")


def test_a_server_whose_certificate_is_known_is_used_for_everything(secured: sa.URL, tmp_path: Path) -> None:
    engine = engine_on(secured, sslmode="verify-full", sslrootcert=str(tmp_path / "right.pem"))

    with engine.connect() as connection, open_connection(engine, "demetra tests") as listener:
        assert connection.scalar(sa.text("SELECT 1")) == 1
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.pgconn.ssl_in_use
        assert listener.pgconn.ssl_in_use
    engine.dispose()


@pytest.mark.parametrize(
    ("host", "options", "reason"),
    [
        ("127.0.0.1", {"sslmode": "verify-full", "sslrootcert": "wrong.pem"}, "certificate verify failed"),
        ("localhost", {"sslmode": "verify-full", "sslrootcert": "right.pem"}, "does not match host name"),
        ("127.0.0.1", {"sslmode": "verify-full", "sslrootcert": "none.pem"}, "does not exist"),
        ("127.0.0.1", {"sslmode": "disable"}, "SSL required"),
    ],
)
def test_anything_else_is_refused_with_the_reason_and_without_the_password(
    secured: sa.URL, tmp_path: Path, host: str, options: dict[str, str], reason: str
) -> None:
    if "sslrootcert" in options:
        options = options | {"sslrootcert": str(tmp_path / options["sslrootcert"])}
    engine = engine_on(secured.set(host=host), **options)

    with pytest.raises(DatabaseUnavailableError) as raised, engine.connect():
        pass

    assert reason in str(raised.value)
    assert PASSWORD not in str(raised.value)
    engine.dispose()
