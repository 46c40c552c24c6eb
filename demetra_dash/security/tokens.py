"""Verification of signed tokens (JWT) from a single sign-on: signature, issuer, audience, expiry.

Each key is used with one algorithm only, so a client cannot have a public key used as a shared secret. `none`
is refused as an algorithm. Audience, issuer and expiry are required. The key file is read again when it
changes, so keys can be rotated while the server runs. If a new file is unusable, the old keys stay valid. If
the file is missing or unreadable, they stay valid for an hour; then every token is refused.
"""

from __future__ import annotations

import json
import logging
import stat
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from demetra_dash.security.identity import Identity, SignInError, is_name, role_of
from demetra_dash.security.setting_values import group_names
from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from demetra_dash.settings import Settings

LEEWAY_SECONDS = 10
LONGEST_TOKEN = 16_384
SMALLEST_RSA_BITS = 2048
SMALLEST_SECRET_BYTES = 32
LARGEST_KEY_FILE = 1_000_000
KEPT_SECONDS = 3600.0  # that keys stay valid while their file is missing or unreadable
WARNING_SECONDS = 60.0  # between two warnings about the same fault
_MEMBERS = frozenset({"kty", "kid", "alg", "n", "e", "crv", "x", "y", "d"})  # of a key that we can use
NAME_CLAIMS = ("email", "preferred_username", "sub")

log = logging.getLogger(__name__)


class TokenError(SignInError):
    """The signed token is not valid."""

    code = "token"
    words = Text(
        en="The sign-in is not valid ({reason}). Reload the page to sign in again.",
        ru="Вход недействителен ({reason}). Перезагрузите страницу, чтобы войти снова.",
    )


class KeyFileError(InvalidInputError):
    """The key file of the single sign-on cannot be used."""

    code = "jwt_key_file"
    words = Text(
        en="The key file {path} cannot be used: {reason}. It must hold a public key or certificate (PEM) "
        "or keys (JWKS) for RS256 (2048 bits or more), ES256 or EdDSA; "
        "DEMETRA_JWT_SECRET_FILE 32 bytes or more.",
        ru="Файл ключей {path} не подходит: {reason}. В нём должны быть открытый ключ или сертификат (PEM) "
        "либо ключи (JWKS) для RS256 (от 2048 бит), ES256 или EdDSA; в DEMETRA_JWT_SECRET_FILE — от 32 байт.",
    )


@dataclass(frozen=True, slots=True)
class Key:
    """A key and its only algorithm; `id` is None if the file gives no id."""

    id: str | None
    algorithm: str
    value: Any


class Verifier:
    """Verifies tokens with the keys in a file; the constructor raises `KeyFileError` if it is unusable."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        path = settings.jwt_key_file or settings.jwt_secret_file
        assert path is not None  # see `combinations.validate_combination`
        self._settings = settings
        self._path: Path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: tuple[int, ...] | None = None
        self._keys: tuple[Key, ...] = ()
        self._lost_at: float | None = None
        self._warned_at: float | None = None
        self._renew()

    def identity(self, token: str) -> Identity:
        """Return the user that the token names; raise `TokenError`, or `NoGroupError`."""
        claims = self._claims(token)
        name = next((str(claims[claim]) for claim in NAME_CLAIMS if claims.get(claim)), "")
        if not is_name(name):
            raise TokenError(reason=f"no name in {', '.join(NAME_CLAIMS)}")
        return Identity(name=name, role=role_of(self._groups(claims), self._settings), way="jwt")

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise TokenError(reason="token too long")
        self._renew_if_changed()
        try:
            key = self._key_for(jwt.get_unverified_header(token))
            claims: dict[str, Any] = jwt.decode(
                token,
                key.value,
                algorithms=[key.algorithm],
                audience=self._settings.jwt_audience,
                issuer=self._settings.jwt_issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise TokenError(reason=type(error).__name__.removesuffix("Error")) from error
        return claims

    def _key_for(self, header: Mapping[str, Any]) -> Key:
        """Return the key that the token's header names, if it is for the token's algorithm."""
        fitting = [key for key in self._keys if key.algorithm == header.get("alg")]
        named = [key for key in fitting if key.id is None or key.id == header.get("kid")]
        if "kid" not in header and len(fitting) == 1:
            named = fitting
        if not named:
            raise jwt.InvalidKeyError
        return named[0]

    def _groups(self, claims: Mapping[str, Any]) -> frozenset[str]:
        given = claims.get(self._settings.jwt_groups_claim)
        if isinstance(given, str):
            return group_names(given)
        listed = given if isinstance(given, list) else []
        return frozenset(group for group in listed if isinstance(group, str))

    def _renew_if_changed(self) -> None:
        """Read the keys again if their file has changed.

        If the new file is unusable, the old keys stay valid, with one warning. If the file cannot be read at
        all, they stay valid for `KEPT_SECONDS`, with a warning per minute; then `TokenError` is raised.
        """
        with self._lock:
            try:
                self._renew()
            except KeyFileError as error:
                self._warn(error)
            is_over = self._lost_at is not None and self._clock() - self._lost_at > KEPT_SECONDS
        if is_over:
            raise TokenError(reason="key file missing")

    def _warn(self, error: KeyFileError) -> None:
        now = self._clock()
        is_lost = self._lost_at is not None
        if is_lost and self._warned_at is not None and now - self._warned_at < WARNING_SECONDS:
            return
        self._warned_at = now if is_lost else None
        until = f" for {KEPT_SECONDS / 60:.0f} minutes" if is_lost else ""
        log.warning("%s The keys read before stay in force%s.", error, until)

    def _renew(self) -> None:
        """Read the file unless this version was read; raise `KeyFileError` once per unusable version."""
        try:
            version, text = _read_if_changed(self._path, self._read_at)
        except OSError as error:
            if self._lost_at is None:
                self._lost_at = self._clock()
            raise KeyFileError(path=self._path, reason=error.strerror or type(error).__name__) from error
        self._lost_at = self._warned_at = None
        if text is None:
            return
        self._read_at = version
        try:
            self._keys = _keys(text) if self._settings.jwt_key_file else (_secret(text),)
        except (ValueError, UnsupportedAlgorithm, jwt.PyJWTError) as error:
            raise KeyFileError(path=self._path, reason=str(error) or type(error).__name__) from error


def _read_if_changed(path: Path, known: tuple[int, ...] | None) -> tuple[tuple[int, ...], bytes | None]:
    """Return the version of the file, and its text unless the version is `known`; raise `OSError`."""
    found = path.stat()
    version = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
    if version == known:
        return version, None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "it is no regular file")
    with path.open("rb") as file:
        return version, file.read(LARGEST_KEY_FILE + 1)


def _keys(text: bytes) -> tuple[Key, ...]:
    """Return the public keys in a PEM file or a JWKS file; raise `ValueError` if there are none."""
    if len(text) > LARGEST_KEY_FILE:
        raise ValueError("it is too large")
    if text.lstrip()[:1] in (b"{", b"["):
        found = tuple(key for one in _listed(text) if (key := _from_jwks(one)))
        if not found:
            raise ValueError("it holds no public key for signatures")
        return found
    if b"BEGIN CERTIFICATE" in text:
        return (_key(load_pem_x509_certificate(text).public_key(), None),)
    if b"PRIVATE KEY" in text:
        raise ValueError("it holds a private key, which does not belong here")
    return (_key(load_pem_public_key(text), None),)


def _listed(text: bytes) -> list[object]:
    """Return the list under `keys` in a JWKS file; raise `ValueError` if it is no JWKS file."""
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it is no key set, which is an object with a list of “keys”")  # noqa: TRY004
    return listed


def _from_jwks(jwk: object) -> Key | None:
    """Return a key of a JWKS; None for an entry that is unusable or not for signatures."""
    if not isinstance(jwk, dict):
        log.warning("An entry of the key set is left out: it is no object")
        return None
    # A shared secret ("oct") is not accepted in a file of public keys.
    if jwk.get("use", "sig") != "sig" or jwk.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    members = {name: value for name, value in jwk.items() if name in _MEMBERS}
    if not all(isinstance(value, str) for value in members.values()):
        log.warning("A key of the set is left out: a member is no text")
        return None
    try:
        key = _key(jwt.PyJWK.from_dict(members).key, members.get("kid"))
    except (ValueError, UnsupportedAlgorithm, jwt.PyJWTError) as error:
        log.warning("A key of the set (%s) is left out: %s", str(members.get("kid"))[:80], error)
        return None
    return key if members.get("alg", key.algorithm) == key.algorithm else None


def _key(value: object, key_id: str | None) -> Key:
    match value:
        case RSAPublicKey() if value.key_size >= SMALLEST_RSA_BITS:
            return Key(key_id, "RS256", value)
        case EllipticCurvePublicKey() if isinstance(value.curve, SECP256R1):
            return Key(key_id, "ES256", value)
        case Ed25519PublicKey():
            return Key(key_id, "EdDSA", value)
    raise ValueError("it holds a key that is too short or of another kind")


def _secret(text: bytes) -> Key:
    secret = text.strip()
    if len(secret) < SMALLEST_SECRET_BYTES or b"-----BEGIN" in secret:
        raise ValueError("it is too short, or no shared secret")
    return Key(None, "HS256", secret)
