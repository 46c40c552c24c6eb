"""Whether a column “Results” may be read as conversions: only where one kind of result is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from services.intake.reasons import quoted
from services.intake.report import Remark
from services.intake.ways import AS_CONVERSIONS
from services.text import Text

MOST_TYPES = 8

_NO_CONVERSION = re.compile(
    r"reach|impression|click|view|visit|engagement|thruplay|video|follow|like|install_click|swipe|"
    r"reichweite|klick|aufruf|couverture|portée|clic|vue|alcance|visita|reproducc|reprodu[cç]|copertura|"
    r"visualizz|zasięg|kliknię|wyświet|охват|клик|показ|просмотр|переход|erişim|tıklama|görüntü|bereik|weergave|"
    r"klikken|リーチ|クリック|インプレッション|再生|表示",
    re.IGNORECASE,
)
_NO_TYPE = Text(
    en="“{results}” was not read as conversions, because the file does not say which results it counts. "
    "If they are conversions, {way}.",
    ru="«{results}» не прочитан как конверсии: в файле не сказано, какие результаты посчитаны. "
    "Если это конверсии, {way}.",
)
_MIXED = Text(
    en="“{results}” was not read as conversions, because it counts different things ({types}). "
    "Export a column of one of them, such as Purchases, "
    "or, to add them up, {way}.",
    ru="«{results}» не прочитан как конверсии: в нём посчитано разное ({types}). "
    "Выгрузите столбец с одним из них, например «Покупки», "
    "или, чтобы сложить всё, {way}.",
)
_NO_CONVERSIONS = Text(
    en="“{results}” was not read as conversions, because it counts “{types}”. "
    "If these are conversions, {way}.",
    ru="«{results}» не прочитан как конверсии: в нём посчитано «{types}». Если это конверсии, {way}.",
)
_USED = Text(
    en="“{results}” was read as conversions: all of them are “{types}”.",
    ru="«{results}» прочитан как конверсии: все они — «{types}».",
)


def judged(column: str, types: Counter[str] | None) -> tuple[bool, Remark]:
    """Return whether a column of results counts conversions, with a remark.

    `types` are the kinds of results by their rows; None without a column that names them.
    """
    named = sorted(kind for kind in types or () if kind)
    values: dict[str, Any] = {"results": column, "quoted": _argument(column), "types": _listed(named)}
    if not named:
        return False, AS_CONVERSIONS.remark("results_untyped", _NO_TYPE, **values)
    if len(named) > 1:
        return False, AS_CONVERSIONS.remark("results_mixed", _MIXED, **values)
    if _NO_CONVERSION.search(named[0]):
        return False, AS_CONVERSIONS.remark("results_no_conversions", _NO_CONVERSIONS, **values)
    return True, Remark("results_used", _USED.format(**values))


def _listed(types: Sequence[str]) -> str:
    return ", ".join(map(quoted, types[:MOST_TYPES])) + (", …" if len(types) > MOST_TYPES else "")


def _argument(column: str) -> str:
    return f'"{column}"' if " " in column else column
