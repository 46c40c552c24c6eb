"""`demetra doctor --url`: what is no address is refused in one sentence, and no password is repeated."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from demetra_dash.commands import checking

SECRET = "hunter2"


@pytest.mark.parametrize(
    "address",
    [
        f"https://ann:{SECRET}@intranet.example.com/roi/",
        f"https://{SECRET}@intranet.example.com/",
        f"https://ann:{SECRET}/x@intranet.example.com/",
        f"https://ann:{SECRET}#x@intranet.example.com/",
        f"ann:{SECRET}@intranet.example.com",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(address: str) -> None:
    result = CliRunner().invoke(checking.doctor, ["--url", address])
    assert result.exit_code == 2
    assert "before the @" in result.output
    assert SECRET not in result.output


@pytest.mark.parametrize(
    "address",
    [
        "intranet",
        "ftp://intranet/",
        "https://",
        "http://a:b/",
        "http://[::1/",
        "http://a/?token=x",
        "http://a/ b",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    result = CliRunner().invoke(checking.doctor, ["--url", address])
    assert result.exit_code == 2
    assert "https://intranet.example.com/roi/" in result.output


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8050", "https://intranet.example.com/roi/", "http://[::1]:80/"]
)
def test_an_address_is_taken_as_it_is(address: str) -> None:
    option = next(one for one in checking.doctor.params if one.name == "url")
    assert option.callback is not None
    assert option.callback(checking.doctor.make_context("doctor", []), option, address) == address
