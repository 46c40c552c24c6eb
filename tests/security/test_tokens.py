"""Signed tokens: the right ones open, and every forged one is refused.

The database of these clients is down, so a request that is let in ends as a 503.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from demetra_dash.security.tokens import KeyFileError, Verifier
from demetra_dash.settings import Settings
from tests.api.clients import client_of, down
from tests.security.keys import (
    AUDIENCE,
    ISSUER,
    MAKERS,
    claims,
    handmade,
    jwk,
    private_key,
    private_pem,
    public_pem,
    token,
)

PATH = "/api/sync/status"
LET_IN, REFUSED = 503, 401
LONG_AGO = int(time.time()) - 3600


def settings_for(path: Path | None, **more: str | Path | None) -> dict[str, Any]:
    return {
        "auth": "jwt",
        "jwt_issuer": ISSUER,
        "jwt_audience": AUDIENCE,
        "jwt_key_file": path,
        "operator_groups": frozenset({"Marketing"}),
    } | more


def ask(client: FlaskClient, text: str, **headers: str) -> TestResponse:
    return client.get(PATH, headers={"Authorization": f"Bearer {text}", **headers})


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "sso.pem"
    path.write_bytes(public_pem(private_key("RS256")))
    return path


@pytest.fixture(scope="module")
def client(key_file: Path) -> FlaskClient:
    return client_of(down(), **settings_for(key_file))


def test_a_good_token_opens(client: FlaskClient) -> None:
    assert ask(client, token()).status_code == LET_IN


@pytest.mark.parametrize("algorithm", MAKERS)
@pytest.mark.parametrize("as_set", [False, True])
def test_each_algorithm_works_from_a_pem_file_and_from_a_key_set(
    tmp_path: Path, algorithm: str, as_set: bool
) -> None:
    path = tmp_path / "keys"
    key = private_key(algorithm)
    entry = jwk(key, algorithm, kid="one")
    path.write_bytes(json.dumps({"keys": [entry]}).encode() if as_set else public_pem(key))

    identity = Verifier(Settings(**settings_for(path))).identity(token(algorithm, headers={"kid": "one"}))

    assert (identity.name, identity.role, identity.way) == ("anna@example.com", "operator", "jwt")


FORGED = {
    "expired": {"exp": LONG_AGO, "iat": LONG_AGO - 300},
    "expired for longer than the leeway": {"exp": int(time.time()) - 30},
    "without expiry": {"exp": None},
    "for another audience": {"aud": "payroll"},
    "for no audience": {"aud": None},
    "of another issuer": {"iss": "https://evil.example"},
    "of no issuer": {"iss": None},
    "of an issuer that begins like ours": {"iss": f"{ISSUER}.evil.example"},
    "not yet valid": {"nbf": int(time.time()) + 3600},
    "issued in the future": {"iat": int(time.time()) + 3600},
    "with an expiry that is no number": {"exp": "tomorrow"},
    "without a name": {"sub": None, "email": None},
    "with a name that breaks the line": {"email": "anna\n{\"who\": \"root\"}"},
    "with a name without end": {"email": "a" * 10_000},
}  # fmt: skip


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_a_token_with_wrong_claims_is_refused(
    client: FlaskClient, changes: dict[str, int] | dict[str, None] | dict[str, str]
) -> None:
    answer = ask(client, token(**changes))

    assert (answer.status_code, answer.get_json()["code"]) == (REFUSED, "token")


def test_a_token_that_was_good_is_refused_once_its_time_is_over(client: FlaskClient) -> None:
    text = token(exp=int(time.time()) - 5)  # within the leeway of ten seconds
    first = ask(client, text).status_code
    time.sleep(6)

    assert (first, ask(client, text).status_code) == (LET_IN, REFUSED)


def signed_with_the_public_key() -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=")
    secret = public_pem(private_key("RS256"))
    signature = hmac.new(secret, head + b"." + body, hashlib.sha256).digest()
    return b".".join((head, body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(client: FlaskClient) -> None:
    assert ask(client, signed_with_the_public_key()).status_code == REFUSED


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "HS256", "RS512", "PS256", None, 7])
@pytest.mark.parametrize("signature", [b"", b"x"])
def test_no_algorithm_and_strange_ones_are_refused(
    client: FlaskClient, name: str | int | None, signature: bytes
) -> None:
    assert ask(client, handmade({"alg": name, "typ": "JWT"}, claims(), signature)).status_code == REFUSED


def test_a_token_of_another_key_is_refused(client: FlaskClient) -> None:
    assert ask(client, token(key=private_key("RS256", 1))).status_code == REFUSED


def test_a_key_that_the_token_brings_along_is_not_used(client: FlaskClient) -> None:
    stranger = private_key("RS256", 1)
    headers = {"jwk": jwk(stranger, "RS256"), "jku": "https://evil.example/keys", "kid": "../../etc/passwd"}

    assert ask(client, token(key=stranger, headers=headers)).status_code == REFUSED


def test_a_token_with_a_condition_that_nobody_knows_is_refused(client: FlaskClient) -> None:
    assert ask(client, token(headers={"crit": ["exp"], "b64": True})).status_code == REFUSED


@pytest.mark.parametrize("cut", [1, 10, 100, 342, 400])
def test_a_truncated_token_is_refused(client: FlaskClient, cut: int) -> None:
    assert ask(client, token()[:-cut]).status_code == REFUSED


def test_a_token_whose_claims_were_changed_is_refused(client: FlaskClient) -> None:
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(groups=["root"])).encode()).rstrip(b"=").decode()

    assert ask(client, f"{head}.{body}.{signature}").status_code == REFUSED


@pytest.mark.parametrize("text", ["", "x", "..", "a.b.c", "é.é.é", "{}", "null", "A" * 20_000])
def test_what_is_no_token_is_refused(client: FlaskClient, text: str) -> None:
    assert ask(client, text).status_code == REFUSED


def test_without_a_token_nobody_is_signed_in(client: FlaskClient) -> None:
    answer = client.get(PATH)

    assert (answer.status_code, answer.get_json()["code"]) == (REFUSED, "sign_in")


def test_the_header_of_another_way_to_sign_in_means_nothing(client: FlaskClient) -> None:
    headers = {"X-Remote-User": "anna", "X-Remote-Groups": "Marketing"}

    assert client.get(PATH, headers=headers).status_code == REFUSED


def test_the_token_may_stand_in_a_header_of_its_own(key_file: Path) -> None:
    client = client_of(down(), **settings_for(key_file, jwt_header="Cf-Access-Jwt-Assertion"))

    answers = [
        client.get(PATH, headers={"Cf-Access-Jwt-Assertion": token()}),
        client.get(PATH, headers={"Authorization": f"Bearer {token()}"}),
    ]

    assert [answer.status_code for answer in answers] == [LET_IN, REFUSED]


def test_a_shared_secret_works_only_where_one_is_set(tmp_path: Path) -> None:
    secret = "0123456789abcdef0123456789abcdef"
    path = tmp_path / "secret"
    path.write_text(secret)
    client = client_of(down(), **settings_for(None, jwt_key_file=None, jwt_secret_file=path))

    answers = [ask(client, token("HS256", key=secret)), ask(client, token())]

    assert [answer.status_code for answer in answers] == [LET_IN, REFUSED]


def test_keys_may_be_exchanged_under_a_running_server(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    old, new = private_key("ES256"), private_key("ES256", 1)
    path.write_text(json.dumps({"keys": [jwk(old, "ES256", kid="old")]}))
    verifier = Verifier(Settings(**settings_for(path)))
    path.write_text(json.dumps({"keys": [jwk(new, "ES256", kid="new"), jwk(old, "ES256", kid="old")]}))

    identity = verifier.identity(token("ES256", key=new, headers={"kid": "new"}))

    assert identity.name == "anna@example.com"


def test_a_broken_new_key_file_leaves_the_old_keys_in_force(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    path.write_bytes(public_pem(private_key("RS256")))
    verifier = Verifier(Settings(**settings_for(path)))
    path.write_text("half a fi")

    assert verifier.identity(token()).name == "anna@example.com"


def too_short() -> bytes:
    return public_pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))


UNUSABLE = {
    "no key": lambda: b"hello",
    "nothing": lambda: b"",
    "a private key": lambda: private_pem(private_key("RS256")),
    "a short key": too_short,
    "a shared secret in a set": lambda: (
        b'{"keys": [{"kty": "oct", "k": "' + b"A" * 43 + b'", "use": "sig"}]}'
    ),
    "an empty set": lambda: b'{"keys": []}',
    "a key for encryption": lambda: json.dumps(
        {"keys": [jwk(private_key("RS256"), "RS256") | {"use": "enc"}]}
    ).encode(),
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_file_that_protects_nothing_is_refused_at_the_start(
    tmp_path: Path, content: Callable[[], bytes]
) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content())

    with pytest.raises(KeyFileError):
        Verifier(Settings(**settings_for(path)))


@pytest.mark.parametrize("content", [b"short", b"x" * 31, public_pem(private_key("ES256"))])
def test_a_shared_secret_that_is_short_or_public_is_refused_at_the_start(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)

    with pytest.raises(KeyFileError):
        Verifier(Settings(**settings_for(None, jwt_key_file=None, jwt_secret_file=path)))


def test_a_key_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"no-such-file"):
        Verifier(Settings(**settings_for(tmp_path / "no-such-file")))


def test_the_library_refuses_what_we_rely_on_it_to_refuse() -> None:
    with pytest.raises(jwt.InvalidAlgorithmError):
        jwt.decode(handmade({"alg": "none"}, claims(), b""), "", algorithms=["RS256"])


def test_the_name_of_whoever_comes_with_a_token_is_in_the_audit_log(key_file: Path, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    client = client_of(down(), **settings_for(key_file, audit_log=log))
    client.post("/api/sync/run-now", headers={"Authorization": f"Bearer {token()}"})

    line = json.loads(log.read_text())

    assert (line["who"], line["way"], line["outcome"]) == ("anna@example.com", "jwt", 503)
    assert log.stat().st_mode & 0o007 == 0
