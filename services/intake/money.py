"""The currencies of a file, the one currency in which amounts are stored, and the conversion between them.

A currency is told by a column, by the heading of an amount, or by signs and codes beside the amounts. All of
them must agree. The reporting currency is the one of the setting, else of the amounts already stored, else of
the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from services.database.tables import campaigns, reporting_currency
from services.intake.columns import Field
from services.intake.currencies import CODES, readings
from services.intake.failures import CampaignFileError
from services.intake.heading_currency import currency_of
from services.intake.layout import Layout
from services.intake.rates import RateTable, load_rates
from services.text import Text, tidy

USUAL = "EUR"
"""The reporting currency of a file of several currencies that has it, without a setting."""

AMOUNTS: tuple[Field, ...] = ("cost", "revenue")
PRICES: tuple[Field, ...] = ("cpc", "cpm", "cpa", "cost_per_conversion")
_LONGEST = 40
_BLANK = frozenset({"n/a", "na", "none", "null"})


class CurrencyError(CampaignFileError):
    """The currencies of a file cannot be told or contradict each other."""

    code = "currency_unclear"
    words = Text(
        en="“{file}” tells two currencies for one amount: {one} and {other}. "
        "Correct the heading or the column, and import again.",
        ru="В файле «{file}» у одной суммы две валюты: {one} и {other}. Исправьте заголовок или столбец и "
        "загрузите файл снова.",
    )


class RateMissingError(CampaignFileError):
    """Amounts have to be converted, and there is no rate."""

    code = "rate_missing"
    words = Text(
        en="“{file}” has amounts in {found}, and amounts are stored in {reporting}. There is no exchange "
        "rate for {missing} on {day}. Load daily rates (demetra rates eurofxref-hist.csv, the file of the "
        "European Central Bank) or set a fixed one (demetra rates --set {missing}=RATE), and import again.",
        ru="В файле «{file}» суммы в {found}, а хранятся суммы в {reporting}. Нет курса {missing} на {day}. "
        "Загрузите курсы по дням (demetra rates eurofxref-hist.csv, файл Европейского центрального банка) "
        "или задайте постоянный (demetra rates --set {missing}=КУРС) и загрузите файл снова.",
    )
    page_words = Text(
        en="“{file}” has amounts in {found}, and amounts are stored in {reporting}. There is no exchange "
        "rate for {missing} on {day}. Either export the report from the platform in {reporting}, or ask the "
        "administrator of Demetra to add the rate (on the server: “demetra rates”). Then press “Try again”.",
        ru="В файле «{file}» суммы в {found}, а хранятся суммы в {reporting}. Нет курса {missing} на {day}. "
        "Выгрузите отчёт из кабинета в {reporting} или попросите администратора Demetra добавить курс (на "
        "сервере: «demetra rates»). Затем нажмите «Повторить».",
    )


class ReportingCurrencyError(CampaignFileError):
    """The setting names another currency than the stored amounts have."""

    code = "reporting_currency"
    words = Text(
        en="DEMETRA_CURRENCY is {wanted}, but the stored amounts are in {stored}, so no file can be "
        "imported. An administrator sets it to {stored} on the server, or takes an empty database.",
        ru="DEMETRA_CURRENCY = {wanted}, а сохранённые суммы — в {stored}, поэтому загрузить файл нельзя. "
        "Администратор указывает на сервере {stored} или берёт пустую базу данных.",
    )


@dataclass(slots=True)
class CurrencyEvidence:
    """What the first pass finds about currencies: texts of a currency column, and signs beside amounts."""

    texts: Counter[str] = field(default_factory=Counter)
    signs: Mapping[Field, frozenset[str]] = field(default_factory=dict)

    def add(self, cells: Sequence[Sequence[str]], layout: Layout) -> None:
        """Add a block."""
        at = currency_column(layout)
        if at is not None:
            self.texts.update(text for text in cells[at] if len(text) <= _LONGEST)


@dataclass(frozen=True, slots=True)
class MoneyPlan:
    """How the amounts of a file are stored.

    `column` holds the currency of each row, if any; `by_text` are its codes. `by_field` are the codes of
    whole columns. `by_sign` are the codes of signs in columns whose cells have different ones. `assumed` is a
    sign of several currencies, with the code that was taken.
    """

    reporting: str | None = None
    column: int | None = None
    by_text: Mapping[str, str] = field(default_factory=dict)
    by_field: Mapping[Field, str] = field(default_factory=dict)
    by_sign: Mapping[Field, Mapping[str, str]] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    assumed: tuple[str, str] | None = None
    unknown: tuple[str, ...] = ()
    is_given: bool = False
    """True if the reporting currency is that of the setting."""

    @property
    def needs_rates(self) -> bool:
        """Return whether any amount is in another currency than the reporting one."""
        return any(code != self.reporting for code in self.codes)


def currency_column(layout: Layout) -> int | None:
    """Return the column that holds the currency of each row, if any."""
    return layout.columns.roles.get("currency")


def stored_currency(connection: sa.Connection) -> str | None:
    """Return the currency of the stored amounts; None without any or where it is unknown."""
    found = connection.execute(sa.select(reporting_currency.c.currency)).scalar()
    if found is None:
        return None
    has_amounts = sa.select(sa.exists().where(campaigns.c.currency.is_not(None)))
    return str(found) if connection.execute(has_amounts).scalar_one() else None


def remember_currency(connection: sa.Connection, plan: MoneyPlan) -> None:
    """Store the reporting currency of the amounts."""
    if plan.reporting is not None and plan.codes:
        connection.execute(sa.delete(reporting_currency))
        connection.execute(sa.insert(reporting_currency).values(currency=plan.reporting))


def plan_money(
    file: str, layout: Layout, evidence: CurrencyEvidence, given: str | None, stored: str | None
) -> MoneyPlan:
    """Return how the amounts of a file are stored.

    `given` is the currency of the setting, `stored` that of the amounts in the database. Raises
    `CurrencyError` where two currencies contradict each other, and `ReportingCurrencyError` where setting and
    database do.
    """
    wanted = given if given is not None and given.upper() in CODES else None
    if wanted is not None and stored is not None and wanted != stored:
        raise ReportingCurrencyError(wanted=wanted, stored=stored)
    known = _Codes(file, wanted or stored)
    column = currency_column(layout)
    texts = {text: code for text in evidence.texts if (code := _code(text)) is not None}
    unknown = tuple(tidy(text)[:20] for text in evidence.texts if not _is_blank(text) and _code(text) is None)
    money = [name for name in (*AMOUNTS, *PRICES) if name in layout.used]
    headings = {name: layout.columns.currencies[name] for name in money if name in layout.columns.currencies}
    signs = {name: evidence.signs.get(name, frozenset()) for name in money}
    known.prefer([*texts.values(), *headings.values(), *(one for found in signs.values() for one in found)])
    if texts:
        for name in money:
            known.check({*texts.values()}, [*signs[name], *([headings[name]] if name in headings else [])])
        codes = tuple(code for code, _ in _counted(texts, evidence.texts).most_common())
        return known.plan(codes, column=column, by_text=texts, unknown=unknown, is_given=wanted is not None)
    found = {name: known.one(headings.get(name), signs[name]) for name in money}
    fields = {name: code for name, code in found.items() if code is not None}
    by_sign = {
        name: {sign: known.resolve(sign) for sign in signs[name]}
        for name in money
        if name not in fields and signs[name]
    }
    codes = tuple(
        dict.fromkeys([*fields.values(), *(code for one in by_sign.values() for code in one.values())])
    )
    return known.plan(codes, by_field=fields, by_sign=by_sign, unknown=unknown, is_given=wanted is not None)


def rates_for(
    connection: sa.Connection, plan: MoneyPlan, period: tuple[date, date] | None
) -> RateTable | None:
    """Return the rates that the conversion needs; None if nothing is converted."""
    if not plan.needs_rates or plan.reporting is None or period is None:
        return None
    return load_rates(connection, plan.codes, plan.reporting, period)


def _code(text: str) -> str | None:
    found = currency_of(text)
    return None if found is None else (readings(found) or (found,))[0]


def _is_blank(text: str) -> bool:
    """Tell whether a cell tells no currency at all, such as the dash that TikTok writes beside its totals."""
    return text.strip().casefold() in _BLANK or not any(one.isalnum() for one in text)


def _counted(texts: Mapping[str, str], counts: Mapping[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text, code in texts.items():
        found[code] += counts[text]
    return found


class _Codes:
    """Chooses the code of each sign, and the reporting currency."""

    def __init__(self, file: str, reporting: str | None) -> None:
        self._file = file
        self._reporting = reporting
        self._preferred: list[str] = [] if reporting is None else [reporting]
        self._assumed: tuple[str, str] | None = None

    def prefer(self, written: Iterable[str]) -> None:
        """Prefer the codes that the file names in full to other readings of its signs."""
        self._preferred += [one for one in written if one in CODES]

    def resolve(self, written: str) -> str:
        """Return the code of a code or sign."""
        found = readings(written) or (written,)
        if len(found) == 1:
            return found[0]
        preferred = next((code for code in self._preferred if code in found), None)
        if preferred is None:
            self._assumed = (written, found[0])
        return preferred or found[0]

    def check(self, codes: set[str], written: Iterable[str]) -> None:
        """Raise `CurrencyError` where a sign or heading allows none of these codes."""
        for one in written:
            if not codes & {*readings(one)}:
                raise CurrencyError(file=self._file, one=one, other=", ".join(sorted(codes)))

    def one(self, heading: str | None, signs: frozenset[str]) -> str | None:
        """Return the one code of a column's heading and signs; None without any, or where cells differ."""
        if heading is not None:
            self.check({*readings(heading)}, signs)
        sets = [{*readings(one)} for one in ({heading} if heading is not None else set()) | signs]
        common = set.intersection(*sets) if sets else set()
        if len(common) <= 1:
            return next(iter(common), None)
        return self.resolve(heading if heading is not None else min(signs))

    def plan(self, codes: tuple[str, ...], *, is_given: bool, **parts: object) -> MoneyPlan:
        """Return the plan with the reporting currency."""
        reporting = self._reporting
        if reporting is None and codes:
            reporting = USUAL if USUAL in codes and len(codes) > 1 else codes[0]
        return MoneyPlan(reporting=reporting, codes=codes, assumed=self._assumed, is_given=is_given, **parts)  # type: ignore[arg-type]
