"""What a reader asks of a plan: total or target, locked channels, bounds, horizon."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal, get_args

from services.errors import InvalidFieldError
from services.text import Text, escape_controls

TargetKind = Literal["roi", "cpa", "revenue", "conversions"]
Moves = Literal["advised", "all"]

MOST_MONEY = 10**12
SHORTEST, LONGEST = 7, 90
_LONGEST_VALUE = 80
_AMOUNT = Text(en=f"an amount from 0 to {MOST_MONEY:,}", ru=f"сумма от 0 до {MOST_MONEY:,}")
_OBJECT = Text(en="an object with channels as names", ru="объект, имена которого — каналы")
_LIMIT = Text(en="a fraction from 0 to 1 (0.3 is 30\u00a0%)", ru="доля от 0 до 1 (0,3 — это 30\u00a0%)")
_DAYS = Text(
    en=f"a whole number of days from {SHORTEST} to {LONGEST}",
    ru=f"целое число дней от {SHORTEST} до {LONGEST}",
)
_ALONE = Text(
    en="left out: only one of total, best_total, target and amounts can be asked for",
    ru="опущено: можно задать только одно из total, best_total, target и amounts",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a plan must reach: at least a ROI, revenue or conversions, at most a cost per conversion (cpa)."""

    kind: TargetKind
    value: float


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks, in cents of the horizon. Without total, target and amounts: the decided plan.

    `locked` channels have this amount, or today's (None). `minimum` and `maximum` replace the bounds of
    `change_limit`, a fraction of today's spend (None: that of the run). `moves` says which channels may leave
    their part of today's split: those where the run advises it, or all whose response was estimated.
    """

    horizon_days: int | None = None
    total: int | None = None
    best_total: bool = False
    target: Target | None = None
    amounts: Mapping[str, int] | None = None
    locked: Mapping[str, int | None] = field(default_factory=dict)
    minimum: Mapping[str, int] = field(default_factory=dict)
    maximum: Mapping[str, int] = field(default_factory=dict)
    change_limit: float | None = None
    moves: Moves = "advised"


def question_of(found: object, channels: Collection[str]) -> Question:
    """Return the question in a JSON value; raises `InvalidFieldError` with the name of the field."""
    if not isinstance(found, Mapping):
        raise _refused("body", found, Text(en="a JSON object", ru="объект JSON"))
    for name in found:
        if name not in _FIELDS:
            raise _refused(str(name), found[name], _known())
    given = {name: value for name, value in found.items() if value is not None}
    _check_one_aim(given)
    return Question(**{name: _FIELDS[name](name, value, channels) for name, value in given.items()})


def _check_one_aim(given: Mapping[str, Any]) -> None:
    aims = [name for name in ("total", "target", "amounts") if name in given]
    aims += ["best_total"] if given.get("best_total") else []
    if len(aims) > 1:
        raise _refused(aims[-1], given[aims[-1]], _ALONE)


def _known() -> Text:
    names = ", ".join(_FIELDS)
    return Text(en=f"one of: {names}", ru=f"одно из: {names}")


def _refused(name: str, value: object, allowed: Text) -> InvalidFieldError:
    written = escape_controls(str(value)[:_LONGEST_VALUE])
    return InvalidFieldError(parameter=escape_controls(name[:_LONGEST_VALUE]), value=written, allowed=allowed)


def _number(name: str, value: object, allowed: Text) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(name, value, allowed)
    try:
        number = float(value)
    except OverflowError:
        raise _refused(name, value, allowed) from None
    if not math.isfinite(number):
        raise _refused(name, value, allowed)
    return number


def _cents(name: str, value: object, _channels: Collection[str] = ()) -> int:
    number = _number(name, value, _AMOUNT)
    if not 0 <= number <= MOST_MONEY:
        raise _refused(name, value, _AMOUNT)
    return int(Decimal(str(value)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN) * 100)


def _flag(name: str, value: object, _channels: Collection[str]) -> bool:
    if not isinstance(value, bool):
        raise _refused(name, value, Text(en="true or false", ru="true или false"))
    return value


def _days(name: str, value: object, _channels: Collection[str]) -> int:
    number = _number(name, value, _DAYS)
    if number != int(number) or not SHORTEST <= number <= LONGEST:
        raise _refused(name, value, _DAYS)
    return int(number)


def _fraction(name: str, value: object, _channels: Collection[str]) -> float:
    number = _number(name, value, _LIMIT)
    if not 0 <= number <= 1:
        raise _refused(name, value, _LIMIT)
    return number


def _moves(name: str, value: object, _channels: Collection[str]) -> str:
    if value not in get_args(Moves):
        raise _refused(name, value, Text(en="advised or all", ru="advised или all"))
    return str(value)


def _target(name: str, value: object, _channels: Collection[str]) -> Target:
    if not isinstance(value, Mapping) or set(value) != {"kind", "value"}:
        raise _refused(name, value, Text(en="an object with kind and value", ru="объект с kind и value"))
    kind = value["kind"]
    if kind not in get_args(TargetKind):
        words = ", ".join(get_args(TargetKind))
        raise _refused(f"{name}.kind", kind, Text(en=f"one of: {words}", ru=f"одно из: {words}"))
    return Target(kind, _target_value(f"{name}.value", kind, value["value"]))


def _target_value(name: str, kind: TargetKind, value: object) -> float:
    number = _number(name, value, _AMOUNT)
    if kind == "roi":
        if not -1 < number <= MOST_MONEY:
            raise _refused(name, value, Text(en="a number above -1", ru="число больше -1"))
        return number
    if not 0 < number <= MOST_MONEY:
        raise _refused(
            name, value, Text(en=f"above 0, at most {MOST_MONEY:,}", ru=f"больше 0, не больше {MOST_MONEY:,}")
        )
    return number


def _by_channel(name: str, value: object, channels: Collection[str]) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise _refused(name, value, _OBJECT)
    _check_channels(name, value, channels)
    return {str(channel): _cents(f"{name}.{channel}", amount) for channel, amount in value.items()}


def _locked(name: str, value: object, channels: Collection[str]) -> dict[str, int | None]:
    if isinstance(value, list | tuple):
        _check_channels(name, value, channels)
        return dict.fromkeys(value)
    if not isinstance(value, Mapping):
        raise _refused(
            name,
            value,
            Text(en="a list of channels, or amounts by channel", ru="список каналов или суммы по каналам"),
        )
    given = {channel: amount for channel, amount in value.items() if amount is not None}
    _check_channels(name, value, channels)
    return dict.fromkeys(value) | _by_channel(name, given, channels)


def _check_channels(name: str, found: Collection[Any], channels: Collection[str]) -> None:
    for channel in found:
        if not isinstance(channel, str) or channel not in channels:
            known = ", ".join(sorted(channels)[:20])
            raise _refused(
                name, channel, Text(en=f"a channel of the run: {known}", ru=f"канал запуска: {known}")
            )


_FIELDS: Mapping[str, Any] = {
    "total": _cents,
    "best_total": _flag,
    "target": _target,
    "amounts": _by_channel,
    "locked": _locked,
    "minimum": _by_channel,
    "maximum": _by_channel,
    "change_limit": _fraction,
    "horizon_days": _days,
    "moves": _moves,
}
