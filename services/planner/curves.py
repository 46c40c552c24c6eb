"""What a run keeps of its response curves: today's point of each channel, its draws, and the decided plan."""

from __future__ import annotations

import base64
import json
import sys
import zlib
from array import array
from dataclasses import dataclass, fields
from typing import Any, Literal

Verdict = Literal["move", "option", "keep"]
"""What a plan decides: to move money, to keep today's split although a move is possible, or to keep it."""

VERSION = 1
MOST_VALUES = 200_000
"""The most draws times channels that are kept: 500 draws of 400 channels, fewer draws of more channels.

Each has two numbers of four bytes: 1.6 MB at most, beside about 300 bytes for each channel."""


@dataclass(frozen=True, slots=True)
class ChannelCurve:
    """The response of one channel in the period of the curves.

    `spend` is today's, `revenue` what it brings on the mean curve, in money of what the account is judged by,
    and `elasticity` that of the mean curve there. `elasticities` and `revenues` have a value for each draw,
    in single precision. `most_spent` is the largest spend of so many days in a row, `conversions` those of
    the newest days (None: not recorded). `settling_days` is the time until nine tenths of the effect of a
    change have come (None: unknown). `planned` and `baseline` are cents: the decided plan, and today's split
    of its total. `is_open` is True where a plan may move money, `is_free` where the decided one does.
    """

    channel: str
    basis: str
    spend: float
    revenue: float
    elasticity: float
    most_spent: float
    conversions: float | None
    settling_days: float | None
    planned: int
    baseline: int
    is_open: bool
    is_free: bool
    elasticities: array[float]
    revenues: array[float]


@dataclass(frozen=True, slots=True)
class PlanCurves:
    """The curves of a run: money of `period_days`, and what the run has decided with `change_limit`.

    `total` is the decided total in cents; what exceeds the sum of the shares is not spent. `n_draws` is the
    number of draws of each channel.
    """

    period_days: int
    change_limit: float
    verdict: Verdict
    total: int
    n_draws: int
    channels: tuple[ChannelCurve, ...]


def thinned(n_draws: int, n_channels: int) -> int:
    """Return the step between the draws that are kept: 1 keeps all of them."""
    return max(1, -(-n_draws * n_channels // MOST_VALUES))


def document(curves: PlanCurves) -> dict[str, Any]:
    """Return the curves as JSON values; the draws are base64 of little-endian numbers of four bytes."""
    return {
        "version": VERSION,
        **{field.name: getattr(curves, field.name) for field in fields(curves) if field.name != "channels"},
        "channels": [
            {field.name: _plain(getattr(curve, field.name)) for field in fields(curve)}
            for curve in curves.channels
        ],
    }


def pack(curves: PlanCurves) -> bytes:
    """Return the curves as compressed JSON."""
    text = json.dumps(document(curves), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def unpack(packed: bytes) -> PlanCurves:
    """Return the curves that `pack` has packed."""
    return from_document(json.loads(zlib.decompress(packed)))


def from_document(found: dict[str, Any]) -> PlanCurves:
    """Return the curves of JSON values; fields that are not known are left out."""
    own = {field.name: found[field.name] for field in fields(PlanCurves)}
    return PlanCurves(**{**own, "channels": tuple(map(_curve, found["channels"]))})


def _curve(found: dict[str, Any]) -> ChannelCurve:
    values = {field.name: found[field.name] for field in fields(ChannelCurve)}
    draws = {name: _numbers(values[name]) for name in ("elasticities", "revenues")}
    return ChannelCurve(**{**values, **draws})


def _plain(value: Any) -> Any:
    return base64.b64encode(_little(value).tobytes()).decode() if isinstance(value, array) else value


def _numbers(text: str) -> array[float]:
    found = array("f")
    found.frombytes(base64.b64decode(text))
    return _little(found)


def _little(numbers: array[float]) -> array[float]:
    """Return the numbers with their bytes swapped where this machine stores the highest byte first."""
    if sys.byteorder == "little":
        return numbers
    swapped = array("f", numbers)
    swapped.byteswap()
    return swapped
