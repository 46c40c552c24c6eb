"""Settings: declared once, read from the environment and `.env`, refused by name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from demetra_dash.settings import SettingError, declared, read_settings, shown

NO_FILE = Path("no-such-file.env")


def test_defaults_are_those_of_a_newcomer() -> None:
    settings = read_settings({}, NO_FILE)

    assert (settings.host, settings.port, settings.locale) == ("127.0.0.1", 8050, "en")
    assert settings.interval_seconds == 1800
    assert settings.database_url is None


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DEMETRA_PORT=8100\nDEMETRA_CURRENCY=RUB\n")

    settings = read_settings({"DEMETRA_PORT": "8200"}, file)

    assert (settings.port, settings.sources["port"]) == (8200, "environment")
    assert (settings.currency, settings.sources["currency"]) == ("RUB", ".env")
    assert read_settings({"DEMETRA_PORT": "8200"}, file, port=8300).port == 8300


def test_fractions_of_a_minute_are_allowed() -> None:
    assert read_settings({"SYNC_INTERVAL_MINUTES": "0.5"}, NO_FILE).interval_seconds == 30


def test_a_budget_is_read_to_the_cent() -> None:
    assert read_settings({"BUDGET_TOTAL": "1234.5"}, NO_FILE).budget_total == Decimal("1234.50")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEMETRA_PORT", "http"),
        ("DEMETRA_PORT", "70000"),
        ("SYNC_INTERVAL_MINUTES", "0"),
        ("SYNC_INTERVAL_MINUTES", "nan"),
        ("SYNC_INTERVAL_MINUTES", "-3"),
        ("DEMETRA_LOCALE", "de"),
        ("DEMETRA_TIME_ZONE", "Mars/Olympus"),
        ("DEMETRA_PATH_PREFIX", "/marketing"),
        ("DEMETRA_PATH_PREFIX", "marketing/"),
        ("BUDGET_TOTAL", "-1"),
        ("BUDGET_TOTAL", "a lot"),
        ("BUDGET_CHANGE_LIMIT", "30"),
        ("DEMETRA_BRAND_NAMES", " , "),
        ("DEMETRA_COUNTRY", "Germany"),
        ("DEMETRA_COUNTRY", "de"),
        ("DEMETRA_COUNTRY", "DE-"),
        ("DEMETRA_BRAND_CHANNELS", "Search"),
        ("DEMETRA_BRAND_CHANNELS", "Search=perhaps"),
        ("ML_MODEL_TRUST_PICKLE", "perhaps"),
        ("CHART_DPI", "1e9"),
        ("DEMETRA_DASK_SCHEDULER", "http://host:8787"),
        ("DATABASE_URL", "mysql://host/db"),
        ("DATABASE_URL", "not an address"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_it_may_be(variable: str, value: str) -> None:
    with pytest.raises(SettingError) as error:
        read_settings({variable: value}, NO_FILE)

    assert str(error.value).startswith(f"{variable} is “")
    assert error.value.values["expected"]


def test_a_password_is_neither_shown_nor_part_of_a_message() -> None:
    declaration = next(item for item in declared() if item.name == "database_url")
    address = "postgresql://user:secret@host/db?sslmode=verify-full&password=secret&sslpassword=secret"

    written = shown(declaration, address)

    assert written == "postgresql://user:***@host/db?sslmode=verify-full"
    with pytest.raises(SettingError) as error:
        read_settings({"DATABASE_URL": "mysql://user:secret@host/db"}, NO_FILE)
    assert "secret" not in str(error.value)


def test_every_setting_says_what_it_does() -> None:
    assert all(len(item.metadata["help"]) > 10 for item in declared())
    assert len({item.metadata["variable"] for item in declared()}) == len(declared())
