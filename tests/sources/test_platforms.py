"""Readers of advertising platforms against local servers that speak their protocols, to the database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.sources.platform_accounts import NOW, corrected, generated
from tests.sources.platform_servers import serving
from tests.sources.platform_sources import CHANNELS, SERVERS, TYPES, Reader

CURRENCIES = ("EUR", "USD", "RUB", "JPY")
ACCOUNTS = 50
"""Accounts of each platform in each currency: 200 of each platform."""

_SUMS = """
SELECT coalesce(sum(impressions), 0), coalesce(sum(clicks), 0), round(coalesce(sum(cost), 0), 2),
    round(coalesce(sum(conversions), 0), 2), round(coalesce(sum(revenue), 0), 2), count(*)
FROM campaigns WHERE source = :source AND channel = :channel AND currency = :currency
"""


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.sources.platforms.session.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("services.sources.kinds.meta.POLL_SECONDS", 0.01)


def _stored(connection: sa.Connection, reader: Reader) -> tuple[Decimal, ...]:
    values = {
        "source": f"account {reader.account.id}",
        "channel": reader.channel or CHANNELS[reader.kind],
        "currency": reader.account.currency,
    }
    return tuple(Decimal(one) for one in connection.execute(sa.text(_SUMS), values).one())


def _expected(reader: Reader) -> tuple[Decimal, ...]:
    account = reader.account
    names = ("impressions", "clicks", "cost", "conversions", "revenue")
    rows = [row for row in account.rows if row.impressions or row.clicks or row.cost or row.conversions]
    return (*(account.total(name) for name in names), Decimal(len(rows)))


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("kind", TYPES)
def test_sums_of_accounts_are_those_of_the_platform_to_the_cent(
    kind: str, currency: str, connection: sa.Connection, tmp_path: Path
) -> None:
    seeds = [ACCOUNTS * CURRENCIES.index(currency) + number for number in range(ACCOUNTS)]
    wrong = {}
    with serving(server := SERVERS[kind](generated(0, currency))) as running:
        for seed in seeds:
            server.account = generated(seed, currency)
            reader = Reader(kind, server.account, tmp_path / str(seed), running)
            reader.load(connection)
            if _stored(connection, reader) != _expected(reader):
                wrong[seed] = (_stored(connection, reader), _expected(reader))

    assert wrong == {}


@pytest.mark.parametrize("kind", TYPES)
def test_late_conversions_of_three_days_correct_the_rows_and_the_same_answers_are_no_import(
    kind: str, connection: sa.Connection, tmp_path: Path
) -> None:
    imports = []
    with serving(server := SERVERS[kind](generated(3, "EUR"))) as running:
        reader = Reader(kind, server.account, tmp_path / "files", running)
        for evening in range(3):
            reader.account = server.account = corrected(server.account, evening)
            reader.now = NOW + timedelta(days=evening)
            imports.append((len(reader.load(connection)), len(reader.load(connection))))
            assert _stored(connection, reader) == _expected(reader)

    assert all(changed > 0 and again == 0 for changed, again in imports)
