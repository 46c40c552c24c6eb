"""Targets of months as they are stored, and their fields as they are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.database.tables import targets
from services.errors import InvalidFieldError, NotFoundError
from services.periods import month_of
from services.text import Text, escape_controls
from services.views import TARGET_MEASURES, Measure, Target

MOST_AMOUNT = 10**12
MOST_TARGETS = 5000
LONGEST_CHANNEL = 200

_T = targets.c
_KEY = (_T.month, _T.channel, _T.measure)
_FIELDS = ("month", "channel", "measure", "amount")
_LONGEST_VALUE = 80
_MONTH = Text(en="a month such as 2026-11", ru="месяц, например 2026-11")
_CHANNEL = Text(
    en=f"the name of a channel in one line of at most {LONGEST_CHANNEL} characters, or empty for the whole "
    "account",
    ru=f"имя канала в одну строку не длиннее {LONGEST_CHANNEL} символов или пусто для всего аккаунта",
)
_MEASURE = Text(en="one of: spend, revenue, conversions", ru="одно из: spend, revenue, conversions")
_AMOUNT = Text(en=f"a number from 0 to {MOST_AMOUNT:,}", ru=f"число от 0 до {MOST_AMOUNT:,}")
_OBJECT = Text(
    en="an object with month, channel, measure and amount, or {“targets”: [such objects]}",
    ru="объект с полями month, channel, measure и amount или {«targets»: [такие объекты]}",
)
_COUNT = Text(en=f"a list of 1 to {MOST_TARGETS} targets", ru=f"список от 1 до {MOST_TARGETS} целей")
_KNOWN = Text(en="one of: month, channel, measure, amount", ru="одно из: month, channel, measure, amount")


class UnknownTargetError(NotFoundError):
    """There is no such target."""

    code = "unknown_target"
    words = Text(
        en="There is no target for this month, channel and measure (any more). GET /api/targets lists them.",
        ru="Цели на этот месяц, канал и показатель нет (или уже нет). Список — GET /api/targets.",
    )


def targets_of(found: object) -> tuple[Target, ...]:
    """Return the targets of a JSON value: one object, or a list of them in `targets`.

    Raises `InvalidFieldError` with the name of the field; of several targets, the last one of a key counts.
    """
    if not isinstance(found, Mapping):
        raise refused("body", found, _OBJECT)
    if "targets" not in found:
        return (target_of(found),)
    listed_ = found["targets"]
    if not isinstance(listed_, Sequence) or isinstance(listed_, str) or not 0 < len(listed_) <= MOST_TARGETS:
        raise refused("targets", listed_, _COUNT)
    return tuple(target_of(one, f"targets[{at}].") for at, one in enumerate(listed_))


def target_of(found: object, before: str = "") -> Target:
    """Return the target in a JSON object; `before` is put before the name of a field in errors."""
    if not isinstance(found, Mapping):
        raise refused(before.rstrip(".") or "body", found, _OBJECT)
    for name in found:
        if name not in _FIELDS:
            raise refused(f"{before}{name}", found[name], _KNOWN)
    return Target(
        month=month_in(found.get("month", ""), f"{before}month"),
        channel=channel_in(found.get("channel", ""), f"{before}channel"),
        measure=measure_in(found.get("measure", "spend"), f"{before}measure"),
        amount=amount_in(found.get("amount", ""), f"{before}amount"),
    )


def month_in(value: object, name: str = "month") -> date:
    """Return the first day of a month such as `2026-11`; raises `InvalidFieldError`."""
    month = month_of(value.strip()) if isinstance(value, str) else None
    if month is None:
        raise refused(name, value, _MONTH)
    return month.first


def channel_in(value: object, name: str = "channel") -> str:
    """Return the name of a channel, "" for the whole account; raises `InvalidFieldError`."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_CHANNEL or not (value.isprintable() or not value):
        raise refused(name, value, _CHANNEL)
    return value.strip()


def measure_in(value: object, name: str = "measure") -> Measure:
    """Return a measure; raises `InvalidFieldError`."""
    for measure in TARGET_MEASURES:
        if value == measure:
            return measure
    raise refused(name, value, _MEASURE)


def amount_in(value: object, name: str = "amount") -> Decimal:
    """Return an amount in cents; raises `InvalidFieldError`."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise refused(name, value, _AMOUNT)
    try:
        amount = Decimal(str(value)[:_LONGEST_VALUE])
    except InvalidOperation:
        raise refused(name, value, _AMOUNT) from None
    if not amount.is_finite() or not 0 <= amount <= MOST_AMOUNT:
        raise refused(name, value, _AMOUNT)
    return amount.quantize(Decimal("0.01"))


def refused(name: str, value: object, allowed: Text) -> InvalidFieldError:
    """Return the error of a field."""
    written = escape_controls(str(value)[:_LONGEST_VALUE])
    return InvalidFieldError(parameter=escape_controls(name[:_LONGEST_VALUE]), value=written, allowed=allowed)


def listed(
    connection: sa.Connection, month: date | None = None, channel: str | None = None
) -> tuple[Target, ...]:
    """Return the targets, of all months or of one, of all channels or of one, the newest month first."""
    asked = sa.select(_T.month, _T.channel, _T.measure, _T.amount, _T.set_at, _T.set_by)
    if month is not None:
        asked = asked.where(_T.month == month)
    if channel is not None:
        asked = asked.where(_T.channel == channel)
    rows = connection.execute(asked.order_by(_T.month.desc(), _T.channel, _T.measure))
    return tuple(_target(row) for row in rows)


def put(connection: sa.Connection, new: Sequence[Target], set_by: str | None = None) -> tuple[Target, ...]:
    """Store targets in place of those of the same month, channel and measure; return them as stored."""
    if not new:
        return ()
    values = {
        (one.month, one.channel, one.measure): {
            "month": one.month,
            "channel": one.channel,
            "measure": one.measure,
            "amount": one.amount,
            "set_by": set_by,
        }
        for one in new
    }
    made = insert(targets).values([values[key] for key in sorted(values)])
    replaced = {"amount": made.excluded.amount, "set_by": made.excluded.set_by, "set_at": sa.func.now()}
    rows = connection.execute(
        made.on_conflict_do_update(index_elements=list(_KEY), set_=replaced).returning(*targets.c)
    )
    return tuple(
        sorted((_target(row) for row in rows), key=lambda one: (one.month, one.channel, one.measure))
    )


def delete(connection: sa.Connection, month: date, channel: str, measure: Measure) -> Target:
    """Delete a target and return it; raises `UnknownTargetError`."""
    wanted = (_T.month == month, _T.channel == channel, _T.measure == measure)
    row = connection.execute(targets.delete().where(*wanted).returning(*targets.c)).one_or_none()
    if row is None:
        raise UnknownTargetError
    return _target(row)


def _target(row: Any) -> Target:
    return Target(**row._mapping)
