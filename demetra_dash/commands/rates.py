"""`demetra rates`: exchange rates for amounts in other currencies."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from demetra_dash.commands.context import as_json, open_engine, print_json
from demetra_dash.settings import Settings, read_settings
from demetra_dash.terminal import tell
from services.intake.currencies import CODES
from services.text import Lang, Text, number

if TYPE_CHECKING:
    from services.intake.rates import RateSpan

_STORED = Text(
    en="Rates stored: {rates}. Amounts are converted when a file is imported; those stored before stay.",
    ru="Сохранено курсов: {rates}. Суммы пересчитываются при загрузке файла; прежние не меняются.",
)
_NONE = Text(
    en="There are no exchange rates. Load those of the European Central Bank: "
    "demetra rates eurofxref-hist.csv",
    ru="Курсов валют нет. Загрузите курсы Европейского центрального банка: demetra rates eurofxref-hist.csv",
)
_DAILY = Text(
    en="1 {base} = {rate} {currency} on {last}; days: {days}, since {first}",
    ru="1 {base} = {rate} {currency} на {last}; дней: {days}, с {first}",
)
_FIXED = Text(en="1 {base} = {rate} {currency}, fixed", ru="1 {base} = {rate} {currency}, постоянный")


def _pairs(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> list[tuple[str, Decimal]]:
    return [_pair(text) for text in texts]


def _pair(text: str) -> tuple[str, Decimal]:
    code, _, amount = text.partition("=")
    try:
        rate = Decimal(amount.strip())
    except InvalidOperation:
        rate = Decimal(0)
    if code.strip().upper() not in CODES or not rate.is_finite() or not 0 < rate < 10**12:
        raise click.BadParameter(f"“{text}” is not a currency code and a rate above zero, such as USD=0.92")
    return code.strip().upper(), rate


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--set",
    "fixed",
    multiple=True,
    callback=_pairs,
    metavar="CODE=RATE",
    help="A fixed rate: what one unit of the currency is in the currency of the stored amounts.",
)
@as_json
def rates(file: Path | None, fixed: list[tuple[str, Decimal]], as_json: bool) -> None:
    """Load exchange rates, set fixed ones, or list what is there.

    FILE is the file of the European Central Bank (eurofxref-hist.csv or its zip), or has the columns date,
    currency, rate (units for one euro). A day without a rate has the last one of the week before it.
    """
    from services.intake import rates as stored

    settings = read_settings()
    found = [] if file is None else stored.read_rates(file)
    with open_engine(settings) as engine, engine.begin() as connection:
        count = stored.store_rates(connection, found) if found else 0
        for code, rate in fixed:
            stored.set_fixed(connection, code, _reporting(settings, connection), rate)
        spans = stored.list_rates(connection)
    if as_json:
        print_json({"stored": count + len(fixed), "rates": [_entry(span) for span in spans]})
        return
    lang = settings.locale
    if count or fixed:
        tell(_STORED.format(rates=number(count + len(fixed), lang))[lang])
    for line in [_line(span, lang) for span in spans] or [_NONE[lang]]:
        tell(line)


def _reporting(settings: Settings, connection: object) -> str:
    """Return the currency of the stored amounts: that of the setting, if set, else as stored."""
    import sqlalchemy as sa

    from services.intake.money import stored_currency

    assert isinstance(connection, sa.Connection)
    return settings.chosen_currency or stored_currency(connection) or settings.currency


def _line(span: RateSpan, lang: Lang) -> str:
    words = _FIXED if span.is_fixed else _DAILY
    return words.format(
        base=span.base,
        currency=span.currency,
        rate=f"{span.rate.normalize():f}",
        days=number(span.days, lang),
        first=span.first,
        last=span.last,
    )[lang]


def _entry(span: RateSpan) -> dict[str, object]:
    return {
        "base": span.base,
        "currency": span.currency,
        "rate": str(span.rate.normalize()),
        "is_fixed": span.is_fixed,
        "days": None if span.is_fixed else span.days,
        "date_from": None if span.is_fixed else span.first.isoformat(),
        "date_to": None if span.is_fixed else span.last.isoformat(),
    }
