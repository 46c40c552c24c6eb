"""Whether a column “Results” may be read as conversions: only where one kind of result is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from services.intake.reasons import quoted
from services.intake.report import Remark
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
    "If they are conversions, import it with --map conversions={quoted}.",
    ru="«{results}» не прочитан как конверсии: в файле не сказано, какие результаты посчитаны. "
    "Если это конверсии, загрузите файл с --map conversions={quoted}.",
)
_MIXED = Text(
    en="“{results}” was not read as conversions, because it counts different things ({types}). "
    "Export a column of one of them, such as Purchases, "
    "or import with --map conversions={quoted} to add them up.",
    ru="«{results}» не прочитан как конверсии: в нём посчитано разное ({types}). "
    "Выгрузите столбец с одним из них, например «Покупки», "
    "или загрузите с --map conversions={quoted}, чтобы сложить всё.",
)
_NO_CONVERSIONS = Text(
    en="“{results}” was not read as conversions, because it counts “{types}”. "
    "If these are conversions, import it with --map conversions={quoted}.",
    ru="«{results}» не прочитан как конверсии: в нём посчитано «{types}». "
    "Если это конверсии, загрузите файл с --map conversions={quoted}.",
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
    values = {"results": column, "quoted": _argument(column), "types": _listed(named)}
    if not named:
        return False, Remark("results_untyped", _NO_TYPE.format(**values))
    if len(named) > 1:
        return False, Remark("results_mixed", _MIXED.format(**values))
    if _NO_CONVERSION.search(named[0]):
        return False, Remark("results_no_conversions", _NO_CONVERSIONS.format(**values))
    return True, Remark("results_used", _USED.format(**values))


def _listed(types: Sequence[str]) -> str:
    return ", ".join(map(quoted, types[:MOST_TYPES])) + (", …" if len(types) > MOST_TYPES else "")


def _argument(column: str) -> str:
    return f'"{column}"' if " " in column else column
