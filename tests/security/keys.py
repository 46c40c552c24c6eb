"""Keys and tokens of a single sign-on that exists only in these tests."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

ISSUER = "https://sso.example"
AUDIENCE = "demetra"
MAKERS = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@cache
def private_key(algorithm: str, place: int = 0) -> Any:
    """Return a key for an algorithm; another one for each `place`."""
    return MAKERS[algorithm]()


def public_pem(key: Any) -> bytes:
    """Return the public half of a key as a PEM file."""
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def private_pem(key: Any) -> bytes:
    """Return a private key as a PEM file."""
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def jwk(key: Any, algorithm: str, **more: object) -> dict[str, Any]:
    """Return the public half of a key as an entry of a JWKS file."""
    kinds: dict[str, Any] = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm}
    kind = kinds.get(algorithm, jwt.algorithms.OKPAlgorithm)
    return {**json.loads(kind.to_jwk(key.public_key())), "use": "sig", **more}


def claims(**changes: object) -> dict[str, object]:
    """Return the claims of a good token, with changes; None leaves a claim out."""
    now = int(time.time())
    good = {
        "sub": "42",
        "email": "anna@example.com",
        "groups": ["Marketing"],
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 300,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(algorithm: str = "RS256", *, key: Any = None, headers: Any = None, **changes: object) -> str:
    """Return a signed token; a good one unless `changes` or `key` say otherwise."""
    return jwt.encode(claims(**changes), key or private_key(algorithm), algorithm=algorithm, headers=headers)


def handmade(header: dict[str, object], body: dict[str, object], signature: bytes) -> str:
    """Return a token put together by hand, as a forger would."""
    parts = (json.dumps(header).encode(), json.dumps(body).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
