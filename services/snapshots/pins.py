"""Pinned runs: a run is kept under a name, with everything that is shown of it, until it is unpinned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.database.tables import pins
from services.errors import ConflictError, InvalidInputError, NotFoundError, UnknownRunError
from services.snapshots import archive, store
from services.text import Text, escape_controls
from services.views import Pin

LONGEST_NAME = 80
MOST_PINS = 200

_P = pins.c
_LISTED = (
    *(_P[name] for name in ("id", "name", "run_id", "created_at", "data_from", "data_to")),
    _P.pinned_at,
    _P.pinned_by,
    sa.func.octet_length(_P.archive).label("size"),
)


class PinNameError(InvalidInputError):
    """The name cannot be one of a pin."""

    code = "pin_name"
    words = Text(
        en="“{name}” cannot be the name of a pinned run: it takes 1 to {longest} characters in one line, and "
        "not only digits. For example: Board, 24 Nov.",
        ru="«{name}» не подходит: имя закреплённого запуска — одна строка от 1 до {longest} символов и не "
        "только цифры. Например: Совет директоров, 24 ноября.",
    )


class PinNameTakenError(ConflictError):
    """Another pinned run has this name."""

    code = "pin_name_taken"
    words = Text(
        en="Run {run_id} is pinned as “{name}” already. Choose another name, or unpin that run first.",
        ru="Имя «{name}» уже занято запуском {run_id}. Выберите другое или сначала открепите тот запуск.",
    )


class PinnedAlreadyError(ConflictError):
    """The run is pinned already."""

    code = "pinned_already"
    words = Text(
        en="Run {run_id} is pinned already, as “{name}”. Unpin it to give it another name.",
        ru="Запуск {run_id} уже закреплён под именем «{name}». Чтобы назвать иначе, открепите его.",
    )


class TooManyPinsError(ConflictError):
    """As many runs are pinned as may be."""

    code = "too_many_pins"
    words = Text(
        en="{most} runs are pinned, the most that may be. Unpin one that is no longer needed.",
        ru="Закреплено {most} запусков, больше нельзя. Открепите тот, который больше не нужен.",
    )


class UnknownPinError(NotFoundError):
    """There is no pin of this id."""

    code = "unknown_pin"
    words = Text(
        en="There is no pin {id} (any more). The list of pins has their numbers.",
        ru="Закреплённого запуска с номером {id} нет (или уже нет). Номера — в списке.",
    )


class UnknownPinNameError(NotFoundError):
    """No run is pinned under this name."""

    code = "unknown_pin_name"
    words = Text(
        en="No run is pinned as “{name}” (any more). The list of runs, “History”, has the names.",
        ru="Запуска, закреплённого под именем «{name}», нет (или уже нет). Имена — в «Истории».",
    )


def checked_name(name: str) -> str:
    """Return a name without spaces around it; raises `PinNameError`.

    A name of digits would be the number of a run in an address.
    """
    stripped = name.strip()
    if not 1 <= len(stripped) <= LONGEST_NAME or not stripped.isprintable() or stripped.isdecimal():
        raise PinNameError(name=escape_controls(name[: LONGEST_NAME + 1]), longest=LONGEST_NAME)
    return stripped


def pin(connection: sa.Connection, run_id: int, name: str, pinned_by: str | None = None) -> Pin:
    """Keep a stored run under a name.

    connection: at the beginning of a transaction. Raises `UnknownRunError`, `PinNameError`,
    `PinNameTakenError`, `PinnedAlreadyError`, `TooManyPinsError` and `ArchiveTooLargeError`.
    """
    connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    wanted = checked_name(name)
    held = listed(connection)
    _check_free(held, run_id, wanted)
    snapshot = store.find(connection, run_id)
    values = {
        "name": wanted,
        "run_id": run_id,
        "created_at": snapshot.created_at,
        "data_from": snapshot.data_from,
        "data_to": snapshot.data_to,
        "pinned_by": pinned_by,
        "format": archive.FORMAT,
        "archive": archive.pack(connection, snapshot),
    }
    # Another request may have pinned it meanwhile: one of them gets the conflict.
    statement = insert(pins).values(values).on_conflict_do_nothing().returning(*_LISTED)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise PinnedAlreadyError(run_id=run_id, name=wanted)
    return _pin(row)


def _check_free(held: Sequence[Pin], run_id: int, name: str) -> None:
    for one in held:
        if one.run_id == run_id:
            raise PinnedAlreadyError(run_id=run_id, name=one.name)
        if one.name.lower() == name.lower():
            raise PinNameTakenError(run_id=one.run_id, name=one.name)
    if len(held) >= MOST_PINS:
        raise TooManyPinsError(most=MOST_PINS)


def listed(connection: sa.Connection) -> tuple[Pin, ...]:
    """Return all pins, that of the newest run first."""
    return tuple(map(_pin, connection.execute(sa.select(*_LISTED).order_by(_P.run_id.desc()))))


def unpin(connection: sa.Connection, pin_id: int) -> Pin:
    """Delete a pin and return it; raises `UnknownPinError`. Its run stays while it is stored."""
    row = connection.execute(pins.delete().where(_P.id == pin_id).returning(*_LISTED)).one_or_none()
    if row is None:
        raise UnknownPinError(id=pin_id)
    return _pin(row)


def of_run(connection: sa.Connection, run_id: int) -> Pin:
    """Return the pin of a run; raises `UnknownRunError` for a run that is not pinned."""
    row = connection.execute(sa.select(*_LISTED).where(_P.run_id == run_id)).one_or_none()
    if row is None:
        raise UnknownRunError(run_id=run_id)
    return _pin(row)


def run_named(connection: sa.Connection, name: str) -> int:
    """Return the run that is pinned under a name, whatever its case; raises `UnknownPinNameError`."""
    wanted = sa.func.lower(name.strip())
    run_id = connection.scalar(sa.select(_P.run_id).where(sa.func.lower(_P.name) == wanted))
    if run_id is None:
        raise UnknownPinNameError(name=escape_controls(name[: LONGEST_NAME + 1]))
    return int(run_id)


def archive_of(connection: sa.Connection, run_id: int) -> bytes:
    """Return the archive of a pinned run; raises `UnknownRunError`."""
    found = connection.scalar(sa.select(_P.archive).where(_P.run_id == run_id))
    if found is None:
        raise UnknownRunError(run_id=run_id)
    return bytes(found)


def _pin(row: sa.Row[Any]) -> Pin:
    return Pin(**row._mapping)
