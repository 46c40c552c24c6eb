"""Exchange rates: reading a file of daily rates, the table `rates`, and the rate of a currency on a day.

A file has the layout of the European Central Bank (`eurofxref-hist.csv`, also in its zip): one column for
each currency, one row for each day, units of the currency for one euro. Or it is long: date, currency, rate,
with the same meaning.
"""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import sqlalchemy as sa

from services.database.engine import driver_of
from services.database.tables import rates
from services.errors import InvalidInputError
from services.intake.currencies import CODES
from services.text import Text

EURO = "EUR"
MOST_DAYS_BEFORE = 7
"""A day without a rate (a weekend, a holiday) has the last one before it, at most this many days old."""

FIXED_DAY = date(1990, 1, 1)
"""The date of a fixed rate in the table."""

_LARGEST_FILE = 50_000_000
_FORMS = ("%Y-%m-%d", "%d %B %Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
_NO_RATE = frozenset({"", "N/A", "NA", "-", "n/a"})
_DATES = ("date", "time_period", "day", "дата")
_CURRENCIES = ("currency", "code", "валюта")
_RATES = ("rate", "obs_value", "value", "курс")
_BASES = ("base", "currency_denom")


class RatesFileError(InvalidInputError):
    """The file is no file of rates."""

    code = "rates_file"
    words = Text(
        en="“{file}” has no exchange rates: {reason}. Needed is the file of the European Central Bank "
        "(eurofxref-hist.csv or its zip), or columns date, currency, rate (units for one euro).",
        ru="В файле «{file}» нет курсов валют: {reason}. Нужен файл Европейского центрального банка "
        "(eurofxref-hist.csv или его zip) или столбцы date, currency, rate (единиц за один евро).",
    )


_NOT_READABLE = Text(en="it cannot be read", ru="его не удаётся прочитать")
_TOO_LARGE = Text(en="it is too large", ru="он слишком большой")
_NO_COLUMNS = Text(en="its first line names no currencies", ru="в первой строке нет валют")
_BAD_LINE = Text(
    en="line {line} has “{value}” instead of a {what}", ru="в строке {line} вместо «{what}» стоит «{value}»"
)


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of `base` costs in `currency` on a day."""

    base: str
    currency: str
    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RateSpan:
    """The stored rates of a currency: how many, from when to when, and the newest."""

    base: str
    currency: str
    days: int
    first: date
    last: date
    rate: Decimal
    is_fixed: bool


def read_rates(path: Path) -> list[Rate]:
    """Return the rates of a file. Raises `RatesFileError` if it has none or a damaged one."""
    rows = csv.reader(io.StringIO(_text(path)))
    header = [name.strip() for name in next(rows, [])]
    lower = [name.casefold() for name in header]
    found = list(_long(path, lower, rows) if _place(lower, _RATES) is not None else _wide(path, header, rows))
    if not found:
        raise RatesFileError(file=path.name, reason=_NO_COLUMNS)
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise RatesFileError(file=path.name, reason=_TOO_LARGE)
        content = path.read_bytes()
        if content.startswith(b"PK\x03\x04"):
            content = _unzipped(path, content)
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise RatesFileError(file=path.name, reason=_NOT_READABLE) from error


def _unzipped(path: Path, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tables = [one for one in archive.infolist() if one.filename.casefold().endswith(".csv")]
        if len(tables) != 1 or tables[0].file_size > _LARGEST_FILE:
            raise RatesFileError(file=path.name, reason=_NOT_READABLE if len(tables) != 1 else _TOO_LARGE)
        with archive.open(tables[0]) as stream:
            return stream.read(_LARGEST_FILE)


def _place(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((at for at, name in enumerate(names) if name in wanted), None)


def _wide(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Rate]:
    places = {at: name.upper() for at, name in enumerate(header) if name.upper() in CODES}
    if not places or header[0].casefold() not in _DATES:
        raise RatesFileError(file=path.name, reason=_NO_COLUMNS)
    for line, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        day = _day(path, line, row[0])
        for at, currency in places.items():
            text = row[at].strip() if at < len(row) else ""
            if text not in _NO_RATE:
                yield Rate(EURO, currency, day, _rate(path, line, text))


def _long(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Rate]:
    day, currency, rate = (_place(names, wanted) for wanted in (_DATES, _CURRENCIES, _RATES))
    base = _place(names, _BASES)
    if day is None or currency is None or rate is None:
        raise RatesFileError(file=path.name, reason=_NO_COLUMNS)
    for line, row in enumerate(rows, start=2):
        if len(row) <= max(day, currency, rate) or row[rate].strip() in _NO_RATE:
            continue
        code = _code(path, line, row[currency])
        if base is not None and row[base].strip().upper() != EURO:
            raise _damaged(path, line, row[base], Text(en="base EUR", ru="база EUR"))
        yield Rate(EURO, code, _day(path, line, row[day]), _rate(path, line, row[rate].strip()))


def _code(path: Path, line: int, text: str) -> str:
    code = text.strip().upper()
    if code not in CODES:
        raise _damaged(path, line, text, Text(en="currency code", ru="код валюты"))
    return code


def _day(path: Path, line: int, text: str) -> date:
    for form in _FORMS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise _damaged(path, line, text, Text(en="date", ru="дата"))


def _rate(path: Path, line: int, text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not 0 < rate < 10**12:
        raise _damaged(path, line, text, Text(en="rate above zero", ru="курс больше нуля"))
    return rate


def _damaged(path: Path, line: int, value: str, what: Text) -> RatesFileError:
    return RatesFileError(file=path.name, reason=_BAD_LINE.format(line=line, value=value[:40], what=what))


def store_rates(connection: sa.Connection, found: Iterable[Rate]) -> int:
    """Store rates; those of the same day are replaced. Return their number."""
    connection.execute(sa.text("DROP TABLE IF EXISTS new_rates"))
    connection.execute(
        sa.text(
            "CREATE TEMPORARY TABLE new_rates (base text, currency text, date date, rate numeric)"
            " ON COMMIT DROP"
        )
    )
    last = {(one.base, one.currency, one.day): one.rate for one in found}
    statement = b"COPY new_rates (base, currency, date, rate) FROM STDIN"
    with driver_of(connection) as driver, driver.cursor() as cursor, cursor.copy(statement) as copy:
        for (base, currency, day), rate in last.items():
            copy.write(f"{base}\t{currency}\t{day}\t{rate}\n")
    connection.execute(
        sa.text(
            "INSERT INTO rates (base, currency, date, rate) SELECT base, currency, date, rate FROM new_rates"
            " ON CONFLICT (base, currency, date) DO UPDATE SET rate = excluded.rate, is_fixed = false"
        )
    )
    return len(last)


def set_fixed(connection: sa.Connection, currency: str, reporting: str, rate: Decimal) -> None:
    """Store a fixed rate: one unit of `currency` is `rate` units of `reporting` on every day."""
    values = {"base": currency, "currency": reporting, "date": FIXED_DAY, "rate": rate, "is_fixed": True}
    connection.execute(sa.delete(rates).where(rates.c.base == currency, rates.c.is_fixed))
    connection.execute(sa.insert(rates).values(values))


def list_rates(connection: sa.Connection) -> list[RateSpan]:
    """Return what is stored, by currency."""
    query = sa.text(
        "SELECT base, currency, count(*), min(date), max(date), (array_agg(rate ORDER BY date DESC))[1],"
        " is_fixed FROM rates GROUP BY base, currency, is_fixed ORDER BY is_fixed DESC, base, currency"
    )
    return [RateSpan(*row) for row in connection.execute(query)]


class RateTable:
    """The rates of some currencies in one currency, for the days of a file."""

    def __init__(
        self,
        reporting: str,
        fixed: Mapping[str, float],
        per_euro: Mapping[str, Sequence[tuple[date, float]]],
    ) -> None:
        self._reporting = reporting
        self._fixed = fixed
        self._days = {code: [day for day, _ in found] for code, found in per_euro.items()}
        self._rates = {code: [rate for _, rate in found] for code, found in per_euro.items()}

    def rate(self, currency: str, day: date) -> float | None:
        """Return what one unit of a currency is in the reporting currency on a day; None if unknown."""
        if currency == self._reporting:
            return 1.0
        if currency in self._fixed:
            return self._fixed[currency]
        own, reporting = self._per_euro(currency, day), self._per_euro(self._reporting, day)
        return None if own is None or reporting is None else reporting / own

    def _per_euro(self, currency: str, day: date) -> float | None:
        if currency == EURO:
            return 1.0
        days = self._days.get(currency, [])
        at = bisect_right(days, day) - 1
        if at < 0 or day - days[at] > timedelta(days=MOST_DAYS_BEFORE):
            return None
        return self._rates[currency][at]


def load_rates(
    connection: sa.Connection, currencies: Iterable[str], reporting: str, period: tuple[date, date]
) -> RateTable:
    """Return the rates of some currencies in the reporting currency, for a period."""
    wanted = {*currencies, reporting}
    fixed: dict[str, float] = {}
    for base, currency, rate in connection.execute(
        sa.select(rates.c.base, rates.c.currency, rates.c.rate).where(rates.c.is_fixed)
    ):
        if currency == reporting:
            fixed[base] = float(rate)
        elif base == reporting:
            fixed.setdefault(currency, 1 / float(rate))
    first = period[0] - timedelta(days=MOST_DAYS_BEFORE)
    query = (
        sa.select(rates.c.currency, rates.c.date, rates.c.rate)
        .where(rates.c.base == EURO, rates.c.currency.in_(wanted), ~rates.c.is_fixed)
        .where(rates.c.date.between(first, period[1]))
        .order_by(rates.c.date)
    )
    per_euro: dict[str, list[tuple[date, float]]] = {}
    for currency, day, rate in connection.execute(query):
        per_euro.setdefault(currency, []).append((day, float(rate)))
    return RateTable(reporting, fixed, per_euro)
