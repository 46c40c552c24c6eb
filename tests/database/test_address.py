from __future__ import annotations

import pytest

from services.database.address import DatabaseUrlError, check_address
from services.database.engine import readable_url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:p/a[s:s@host:5432/name?sslmode=require",
        "postgres://host/name",
        "postgresql+psycopg://postgres:@/name?host=%2Ftmp%2Fx",
        "postgresql://[::1]:5432/name",
    ],
)
def test_what_can_be_read_is_an_address(url: str) -> None:
    check_address(url)
    readable_url(url)


@pytest.mark.parametrize(
    "url", ["", "postgresql", "mysql://host/name", "postgresql://user:secret@host:port/name", "sqlite://"]
)
def test_what_cannot_be_read_is_refused_at_once_and_without_the_password(url: str) -> None:
    for read in (check_address, readable_url):
        with pytest.raises(DatabaseUrlError) as raised:
            read(url)
        assert "secret" not in str(raised.value)
