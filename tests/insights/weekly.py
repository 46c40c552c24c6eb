"""Accounts by weeks: the same rows added up, and spread over their days as the import does it."""

from __future__ import annotations

import pandas as pd

from services.intake.grain import parts

COUNTS = ("impressions", "clicks", "conversions", "cost", "revenue")
MONEY = frozenset({"cost", "revenue"})


def summed(days: pd.DataFrame, length: int = 7) -> pd.DataFrame:
    """Return one row for each whole period of `length` days, counted back from the end; on its last day."""
    last = days["date"].max()
    number = (last - days["date"]).dt.days // length
    grouped = days.assign(period=number).groupby(["channel", "period"], as_index=False)
    sums = grouped[list(COUNTS)].sum()[grouped.size()["size"] == length]
    dates = last - pd.to_timedelta(sums["period"] * length, unit="D")
    return sums.assign(date=dates).drop(columns="period").sort_values(["channel", "date"], ignore_index=True)


def spread(days: pd.DataFrame, length: int = 7) -> pd.DataFrame:
    """Return whole periods spread evenly over their days, to the cent and to whole counts."""
    rows = []
    for row in summed(days, length).to_dict("records"):
        split = {
            name: parts(
                f"{row[name]:.2f}" if name in MONEY else f"{row[name]:.0f}", length, is_money=name in MONEY
            )
            for name in COUNTS
        }
        for at in range(length):
            date = row["date"] - pd.Timedelta(days=length - 1 - at)
            values = {name: float(texts[at]) for name, texts in split.items()}
            rows.append({"channel": row["channel"], "date": date, **values})
    return pd.DataFrame(rows)
