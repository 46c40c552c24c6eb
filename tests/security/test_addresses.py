"""No password of any address is shown, however the address was typed."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from demetra_dash.caching import AnswerCache
from demetra_dash.checkup.inside import _cache
from demetra_dash.settings import SettingError, Settings, declared, read_settings, shown
from services.database.redaction import redacted, without_secrets
from services.executors.base import InlineExecutor
from services.executors.dask_cluster import ClusterUnavailableError, DaskExecutor
from tests.processes import warm

ROOT = Path(__file__).parents[2]
ADDRESSES = ["DATABASE_URL", "CACHE_REDIS_URL", "DEMETRA_DASK_SCHEDULER"]
NO_FILE = Path("no-such-file.env")
SECRET = "S3cretPw"
FORMS = [
    "{scheme}://user:{secret}@127.0.0.1:1/0",
    "{scheme}://:{secret}@127.0.0.1:1/0",
    "{scheme}://127.0.0.1:1/0?password={secret}",
    "{scheme}://127.0.0.1:1/0?user=x&password={secret}&sslmode=require",
    "{scheme}://127.0.0.1:1/0?username=x;password={secret}",
    "{scheme}://127.0.0.1:1/0?passwrd={secret}",
    "{scheme}://127.0.0.1:1/0?%70assword={secret}",
    "{scheme}://127.0.0.1:1/0?PASSWORD={secret}",
    "{scheme}://127.0.0.1:1/0?sslmode=require;password={secret}",
    "{scheme}://127.0.0.1:1/0?db=0?password={secret}",
    "{scheme}://127.0.0.1:1/0#{secret}",
    "{scheme}://user:{secret}@127.0.0.1:port/0",
    "{scheme}://user:{secret}@[::1]:1/0",
    "{scheme}://user:{secret}@[::1/0",
    "{scheme}://user:{secret}@/0?host=/run/x",
    "{scheme}://user:{secret}@h1:1,h2:2/0",
    "{scheme}://user:{secret}@x@127.0.0.1:1/0",
    "{scheme}://user:x@{secret}@127.0.0.1:1/0",
    "{scheme}://user:x/{secret}@127.0.0.1:1/0",
    "{scheme}://user:x?{secret}@127.0.0.1:1/0",
    "{scheme}://user:x#{secret}@127.0.0.1:1/0",
    "{scheme}://user:{secret}/y@127.0.0.1:1/0",
    "{scheme}://user:{secret} y@127.0.0.1:1/0",
    "{scheme}://user:{secret}%zz@127.0.0.1:1/0",
    "{scheme}://user:a:{secret}@127.0.0.1:1/0",
    "{scheme}://:{secret}127.0.0.1:1/0",
    "{scheme}://:{secret}/0",
    "{scheme}://user:{secret}:1/0",
    "{scheme}:/user:{secret}@127.0.0.1:1/0",
    "{scheme}:user:{secret}@127.0.0.1/0",
    " {scheme}://user:{secret}@127.0.0.1:1/0",
    "{scheme}://user:{secret}@127.0.0.1:1/0\n",
    "user:{secret}@127.0.0.1",
    "host=127.0.0.1 password={secret}",
    "{secret}",
]
LONE_NAMES = ["{scheme}://{secret}@127.0.0.1:1/0", "{scheme}://{secret}:@127.0.0.1:1/0"]
CASES = [
    *(
        (scheme, form)
        for scheme in ("postgresql", "redis", "rediss", "tcp", "tls", "mysql")
        for form in FORMS
    ),
    *((scheme, form) for scheme in ("redis", "rediss", "unix", "tcp") for form in LONE_NAMES),
    ("postgresql+psycopg", FORMS[0]),
    ("unix", "{scheme}:///run/redis.sock?db=1&password={secret}"),
    ("unix", "{scheme}://user:{secret}@/run/redis.sock"),
]
letters = st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=["Cc", "Cs"])
secrets = st.text(letters, min_size=6, max_size=16).filter(
    lambda text: text not in {"password", "username"} and not text.isdecimal()
)
forms = st.sampled_from([form for _, form in CASES])


def holds(text: str, secret: str) -> bool:
    return any(one in text for one in (secret, quote(secret, safe=""), quote(secret)))


@pytest.mark.parametrize(("scheme", "form"), CASES)
def test_no_odd_form_of_an_address_shows_its_secret(scheme: str, form: str) -> None:
    address = form.format(scheme=scheme, secret=SECRET)

    assert SECRET not in without_secrets(address)
    assert SECRET not in redacted(f"cannot open {address}", address)


@given(secrets, forms, st.sampled_from(["redis", "tcp", "rediss"]), st.booleans())
def test_no_secret_is_shown_whatever_is_in_it(secret: str, form: str, scheme: str, is_quoted: bool) -> None:
    address = form.format(scheme=scheme, secret=quote(secret, safe="") if is_quoted else secret)

    assert not holds(without_secrets(address), secret)
    assert not holds(redacted(f"Error 22 of {address}", address), secret)


@given(secrets, st.sampled_from([*FORMS[:5], *LONE_NAMES]))
def test_an_error_that_quotes_the_secret_alone_is_redacted(secret: str, form: str) -> None:
    address = form.format(scheme="redis", secret=quote(secret, safe=""))
    error = f"Error 22: {secret} or {quote(secret, safe='')}."

    assert not holds(redacted(error, address), secret)


@given(secrets, st.sampled_from(ADDRESSES), st.sampled_from(CASES))
def test_no_setting_shows_its_secret_whether_it_is_taken_or_refused(
    secret: str, variable: str, case: tuple[str, str]
) -> None:
    scheme, form = case
    address = form.format(scheme=scheme, secret=quote(secret, safe=""))
    try:
        settings = read_settings({variable: address}, NO_FILE)
    except SettingError as error:
        written = f"{error} {error.text.ru} {error.values}"
    else:
        shown_ = [shown(item, getattr(settings, item.name)) for item in declared()]
        written = f"{settings!r} {shown_}" if form not in LONE_NAMES else repr(settings)
    assert not holds(written, secret)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "postgresql://demetra:x@db.example.com:5432/demetra",
            "postgresql://demetra:***@db.example.com:5432/demetra",
        ),
        ("postgresql://demetra@db/demetra", "postgresql://demetra@db/demetra"),
        ("postgresql:///demetra?host=/run/postgresql", "postgresql:///demetra?host=/run/postgresql"),
        (
            "postgresql://u:p@[::1]:5432/d?sslmode=verify-full",
            "postgresql://u:***@[::1]:5432/d?sslmode=verify-full",
        ),
        ("redis://127.0.0.1:6379/9", "redis://127.0.0.1:6379/9"),
        ("redis://worker:x@cache:6379/0", "redis://worker:***@cache:6379/0"),
        ("redis://:x@cache:6379/0", "redis://:***@cache:6379/0"),
        ("redis://x@cache", "redis://***@cache"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ("tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("a bare secret", "(set)"),
    ],
)
def test_what_is_no_secret_is_shown(address: str, expected: str) -> None:
    assert without_secrets(address) == expected


def test_an_error_keeps_its_words() -> None:
    address = f"redis://user:{SECRET}@127.0.0.1:1/0"
    error = "Error 111 connecting to 127.0.0.1:1. Connection refused."

    assert redacted(error, address) == error


REDIS = [form.format(scheme="redis", secret=SECRET) for form in (*FORMS[:9], *FORMS[11:14], *LONE_NAMES)]


@pytest.mark.parametrize("address", REDIS)
def test_the_doctor_does_not_show_the_password_of_redis(address: str) -> None:
    finding = _cache(address)

    assert finding.state == "warning"
    assert SECRET not in finding.what.en + finding.what.ru


@pytest.mark.parametrize("address", REDIS[:6])
def test_the_log_does_not_show_the_password_of_redis(
    address: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    cache = AnswerCache(Flask("tests", root_path=str(tmp_path)), address)
    assert cache.answer("key", lambda: b"made") == b"made"

    assert "CACHE_REDIS_URL" in caplog.text
    assert SECRET not in caplog.text


def test_an_error_of_redis_that_names_the_password_is_redacted_in_the_log(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    from redis.exceptions import ConnectionError as Gone

    cache = AnswerCache(Flask("tests", root_path=str(tmp_path)), f"redis://:{SECRET}@127.0.0.1:1/0")
    cache._pause(Gone(f"Error 8 connecting to {SECRET}:1"))

    assert SECRET not in caplog.text


def test_the_cluster_does_not_show_the_password_of_its_scheduler(caplog: pytest.LogCaptureFixture) -> None:
    cluster = DaskExecutor(f"tcp://user:{SECRET}@127.0.0.1:1", InlineExecutor())
    cluster.submit(abs, -1).result()
    warning = cluster.warning()
    cluster.close()

    assert isinstance(warning, ClusterUnavailableError)
    assert SECRET not in warning.text.en + warning.text.ru + caplog.text


@pytest.mark.parametrize("command", ["settings", "doctor", "status"])
@pytest.mark.parametrize("form", [FORMS[2], FORMS[5], LONE_NAMES[0]])
def test_no_command_shows_the_password_of_redis_in_print_or_to_ps(
    database_url: str, tmp_path: Path, command: str, form: str
) -> None:
    own = {
        "DATABASE_URL": database_url,
        "DEMETRA_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "CACHE_REDIS_URL": form.format(scheme="redis", secret=SECRET),
        "COLUMNS": "600",
    }
    done = warm.run([command], os.environ | own, tmp_path)

    assert done.stdout
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["postgresql://u:pa@ss@host/db", "postgresql://host/pa:x@host"])
def test_an_address_with_an_at_sign_in_the_wrong_place_is_refused_without_it(url: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({"DATABASE_URL": url}, NO_FILE)

    assert "DATABASE_URL" in str(caught.value)
    assert url not in str(caught.value)


def test_the_addresses_are_in_no_representation_of_the_settings() -> None:
    settings = Settings(
        database_url=f"postgresql://u:{SECRET}@h/d",
        cache_redis_url=f"redis://:{SECRET}@h",
        dask_scheduler=f"tcp://u:{SECRET}@h:1",
    )

    assert SECRET not in repr(settings)
