"""Odd, broken and missing files of public keys: named at the start, and survived afterwards (F14)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demetra_dash.security.combinations import check_start
from demetra_dash.security.tokens import (
    KEPT_SECONDS,
    LARGEST_KEY_FILE,
    WARNING_SECONDS,
    KeyFileError,
    TokenError,
    Verifier,
    _keys,
)
from demetra_dash.settings import Settings
from tests.security.keys import jwk, private_key, public_pem, token
from tests.security.test_tokens import settings_for

KEY = private_key("ES256")
GOOD = jwk(KEY, "ES256", kid="good")
ODD = {
    "a text in the list": '{"keys":["x"]}',
    "null in the list": "[null]",
    "null among the keys": '{"keys":[null]}',
    "a number": "5",
    "a text": '"keys"',
    "a list": "[]",
    "another object": '{"a":1}',
    "keys that are no list": '{"keys":{"kty":"EC"}}',
    "keys that are null": '{"keys":null}',
    "a number as keys": '{"keys":7}',
    "a list as kty": '{"keys":[{"kty":["EC"]}]}',
    "an object as kty": '{"keys":[{"kty":{}}]}',
    "a list as use": json.dumps({"keys": [GOOD | {"use": ["sig"]}]}),
    "a number as kid": json.dumps({"keys": [GOOD | {"kid": 7}]}),
    "a list as kid": json.dumps({"keys": [GOOD | {"kid": ["good"]}]}),
    "a number as x": json.dumps({"keys": [GOOD | {"x": 5}]}),
    "null as y": json.dumps({"keys": [GOOD | {"y": None}]}),
    "a list as alg": json.dumps({"keys": [GOOD | {"alg": ["ES256"]}]}),
    "an unknown curve": json.dumps({"keys": [GOOD | {"crv": "P-0"}]}),
    "a private key": json.dumps({"keys": [GOOD | {"d": GOOD["x"]}]}),
    "no members": '{"keys":[{"kty":"RSA"},{"kty":"OKP"},{"kty":"EC"}]}',
    "nested deeply": "[" * 100_000,
    "nested deeply within": '{"keys":' + "[" * 100_000,
    "no JSON": "{keys}",
    "no text": "{\xff\xfe",
    "too large": '{"keys":[]}' + " " * LARGEST_KEY_FILE,
    "empty": "",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [GOOD]}))
    return path


def token_of(key: Any) -> str:
    return token("ES256", key=key)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def replace(path: Path, content: str | bytes) -> None:
    """Write a file that takes the other's place, as a rotation does."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content if isinstance(content, bytes) else content.encode("latin1"))
    fresh.replace(path)


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_an_odd_file_is_refused_with_a_sentence_at_the_start(path: Path, content: str) -> None:
    replace(path, content)

    with pytest.raises(KeyFileError) as error:
        check_start(Settings(**settings_for(path)))

    assert str(path) in error.value.text.en
    assert str(path) in error.value.text.ru


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_an_odd_new_file_leaves_the_old_keys_in_force_and_is_named_once(
    path: Path, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    verifier = Verifier(Settings(**settings_for(path)))
    replace(path, content)

    names = {verifier.identity(token_of(KEY)).name for _ in range(5)}

    warnings = [r.getMessage() for r in caplog.records if "stay in force" in r.getMessage()]
    assert len(names) == 1
    assert len(warnings) == 1
    assert str(path) in warnings[0]


def test_each_odd_new_file_is_named(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    verifier = Verifier(Settings(**settings_for(path)))

    for content in ("5", '{"a":1}', "[null]"):
        replace(path, content)
        verifier.identity(token_of(KEY))

    assert sum("stay in force" in record.getMessage() for record in caplog.records) == 3


def test_one_odd_key_of_a_set_does_not_spoil_the_others(path: Path) -> None:
    replace(path, json.dumps({"keys": ["x", None, {"kty": []}, GOOD | {"x": 5}, GOOD]}))

    assert Verifier(Settings(**settings_for(path))).identity(token_of(KEY)).name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "keys", "n", "e"]), inner)
    ),
    max_leaves=8,
)


@given(JSON | st.fixed_dictionaries({"keys": st.lists(st.dictionaries(st.sampled_from([*GOOD, "n"]), JSON))}))
def test_whatever_a_file_holds_it_is_keys_or_no_keys(document: dict[str, Any]) -> None:
    try:
        keys = _keys(json.dumps(document).encode())
    except ValueError:
        return
    assert keys


@given(st.sampled_from([*GOOD]), JSON)
def test_a_key_with_one_odd_member_is_a_key_or_none(member: str, value: Any) -> None:
    try:
        _keys(json.dumps({"keys": [GOOD | {member: value}]}).encode())
    except ValueError:
        return


def test_the_keys_of_a_missing_file_hold_for_an_hour_and_then_no_longer(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    verifier = Verifier(Settings(**settings_for(path)), clock)
    signed = token_of(KEY)
    path.unlink()

    for _ in range(50):
        verifier.identity(signed)
    assert _warnings(caplog) == 1
    clock.now += WARNING_SECONDS + 1
    verifier.identity(signed)
    assert _warnings(caplog) == 2
    clock.now += KEPT_SECONDS
    with pytest.raises(TokenError):
        verifier.identity(signed)

    replace(path, json.dumps({"keys": [GOOD]}))
    assert verifier.identity(signed).name


def _warnings(caplog: pytest.LogCaptureFixture) -> int:
    return sum("stay in force" in record.getMessage() for record in caplog.records)


def test_a_folder_in_place_of_the_file_is_a_missing_file(path: Path) -> None:
    clock = Clock()
    verifier = Verifier(Settings(**settings_for(path)), clock)
    path.unlink()
    path.mkdir()

    assert verifier.identity(token_of(KEY)).name
    clock.now += KEPT_SECONDS + 1
    with pytest.raises(TokenError):
        verifier.identity(token_of(KEY))


def test_a_pipe_in_place_of_the_file_is_not_waited_for(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(KeyFileError):
        Verifier(Settings(**settings_for(path)))


def test_a_rotation_of_the_same_size_and_second_is_seen(path: Path) -> None:
    other = private_key("ES256", 1)
    verifier = Verifier(Settings(**settings_for(path)))
    before = path.stat()

    replace(path, public_pem(other).ljust(before.st_size, b"\n"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert verifier.identity(token_of(other)).name
