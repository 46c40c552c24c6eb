"""Remarks of an import report on currencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.intake.conversion import Converted
from services.intake.money import USUAL, MoneyPlan
from services.intake.report import Remark
from services.text import Text

_CONVERTED = Text(
    en="Amounts in {code} were converted to {reporting}, 1 {code} = {rate} {reporting}: {rows}.",
    ru="Сумм в {code}, пересчитанных в {reporting} (1 {code} = {rate} {reporting}): {rows}.",
)
_LABEL = Text(
    en="Amounts are stored in {code}, and the page labels them so after the next sync.",
    ru="Суммы хранятся в {code}; после следующего обновления страница так их и подписывает.",
)
_ASSUMED = Text(
    en="“{sign}” was taken for {code}, since nothing tells which currency it is. If it is another one, write "
    "its code into the heading and import the file again.",
    ru="Знак «{sign}» принят за {code}: в файле не сказано, какая это валюта. Если другая, напишите её код "
    "в заголовке и загрузите файл снова.",
)
_UNKNOWN = Text(
    en="Texts in the column of currencies that are no currency, taken for {reporting}: {texts}.",
    ru="Тексты в столбце валют, которые валютой не являются и приняты за {reporting}: {texts}.",
)


def on_the_money(plan: MoneyPlan, converted: Mapping[str, Converted]) -> Iterator[Remark]:
    """Yield the remarks on currencies: converted, assumed, or other than the page's label."""
    for code, found in converted.items():
        rate = _rate(found.lowest)
        if _rate(found.highest) != rate:
            rate = f"{rate}–{_rate(found.highest)}"
        words = _CONVERTED.format(code=code, reporting=plan.reporting, rate=rate, rows=found.rows)
        yield Remark("converted", words, found.rows)
    if plan.assumed is not None:
        yield Remark("currency_assumed", _ASSUMED.format(sign=plan.assumed[0], code=plan.assumed[1]))
    if plan.unknown and plan.reporting is not None:
        texts = Text(
            en=", ".join(f"“{text}”" for text in plan.unknown[:3]),
            ru=", ".join(f"«{text}»" for text in plan.unknown[:3]),
        )
        yield Remark("currency_unknown", _UNKNOWN.format(reporting=plan.reporting, texts=texts))
    if plan.codes and not plan.is_given and plan.reporting != USUAL:
        yield Remark("currency_label", _LABEL.format(code=plan.reporting))


def _rate(value: float) -> str:
    return f"{value:.6g}"
