"""Which campaign a change comes from: said only where it is true of the sums."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.views import Breakdown, BreakdownFigure, BreakdownRow, Totals

Kind = Literal["one", "opposed", "spread", "unnamed"]
_MEASURES = ("impressions", "clicks", "conversions", "cost", "revenue")
ONE_FROM = 0.5  # the share of the change from which one campaign is named as where it comes from
OPPOSED_FROM = 0.1  # from this share on, a campaign that went the other way is named as well


@dataclass(frozen=True, slots=True)
class MainChange:
    """The change of a figure, and the campaign with the largest part of it.

    `kind` is "one" if most of the change is that of `row`, "opposed" if `row` and `other` went opposite ways
    so far that a share would mislead, "spread" if no campaign has half of it, "unnamed" if the rows without a
    campaign have a larger part than any. `share` is that of `row`, or of these rows.
    """

    figure: BreakdownFigure
    change: Decimal | float
    kind: Kind
    row: BreakdownRow
    share: float
    other: BreakdownRow | None = None


def main_change(
    figure: BreakdownFigure, noise: float | None, falls: Breakdown, rises: Breakdown
) -> MainChange | None:
    """Return where the change of an additive figure comes from.

    noise: how large a change chance alone explains; None if the figure is not compared. falls, rises: the
    campaigns in the order of the change of `figure`, the largest fall and the largest rise first. None within
    the noise, for one campaign only, and where the periods do not record the same.
    """
    change = _change(falls.total, figure)
    if change is None or noise is None or abs(float(change)) <= noise or falls.count < 2:
        return None
    leading, opposite = (falls, rises) if float(change) < 0 else (rises, falls)
    row, other = (one.rows[0] if one.rows else None for one in (leading, opposite))
    share = _share(row, figure)
    if row is None or share <= 0:
        return None
    against = other if _share(other, figure) <= -OPPOSED_FROM else None
    if _share(leading.unnamed, figure) > share:
        return MainChange(figure, change, "unnamed", row, _share(leading.unnamed, figure))
    kind: Kind = "opposed" if against or share > 1 else "one" if share >= ONE_FROM else "spread"
    return MainChange(figure, change, kind, row, share, against)


def is_new(row: BreakdownRow) -> bool:
    """Return whether a row has no activity in the period that it is compared with."""
    return row.previous is not None and not _has_activity(row.previous)


def is_over(row: BreakdownRow) -> bool:
    """Return whether a row has no activity in the period."""
    return not _has_activity(row.totals)


def _has_activity(totals: Totals) -> bool:
    return any(getattr(totals, name) for name in _MEASURES)


def _change(row: BreakdownRow, figure: BreakdownFigure) -> Decimal | float | None:
    found = row.changes.get(figure)
    return None if found is None else found.change


def _share(row: BreakdownRow | None, figure: BreakdownFigure) -> float:
    found = None if row is None else row.changes.get(figure)
    return 0.0 if found is None or found.share is None else found.share
