"""What each sync saw of the newest days, as rows that hold only what has changed since the report before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from services.forecasting.completeness import OLDEST_AGE
from services.forecasting.panel import LATE_DAYS

FIGURES = ("conversions", "revenue", "clicks", "cost")
COLUMNS = ("channel", "date", "seen_on", *FIGURES)

REPORTED_CHANNELS = 150
"""Reports are kept of the channels with the largest cost; the others take the account's completeness."""

KEPT_DAYS = 60
"""Reports are kept of days up to this age."""


@dataclass(frozen=True, slots=True)
class NewReport:
    """What the days at hand add to the earlier reports.

    `reports`: all reports in force, the columns `COLUMNS` and seen_at. `added`: those of them that are new.
    `seen_on`: the day of the newest report of each channel. A report is replaced by one of the same day, and
    by days that end earlier (an import that was undone): the rows of a channel in `replaced_from` (channel,
    seen_on, date) are deleted from that `seen_on` on, and those of days after `date`.
    """

    reports: pd.DataFrame
    added: pd.DataFrame
    seen_on: dict[str, pd.Timestamp]
    replaced_from: pd.DataFrame


def add_report(earlier: pd.DataFrame, days: pd.DataFrame, today: date) -> NewReport:
    """Return the reports with what `days` (clean, see `clean_days`) look like now.

    earlier: the reports in force, with the columns `COLUMNS` and seen_at (datetime64, the day when the row
    was written). A report belongs to the last day of its channel, not to the day of the sync: an export ends
    with the day before, whenever it is imported. A channel whose data end more than a week before the
    account's has paused, so its report belongs to the account's last day. When the same last day comes again
    with other figures, as many days later as have passed count as its day.
    """
    current = _newest_days(days)
    channels = _channels(current, earlier, pd.Timestamp(today))
    kept = earlier.merge(channels[["channel", "seen_on", "last"]], on="channel", suffixes=("", "_now"))
    kept = kept[(kept["seen_on"] < kept["seen_on_now"]) & (kept["date"] <= kept["last"])][
        list(earlier.columns)
    ]
    added = _changed(current.merge(channels[["channel", "seen_on"]], on="channel"), kept)
    added["seen_at"] = pd.Timestamp(today)
    return NewReport(
        reports=pd.concat([kept, added], ignore_index=True) if len(kept) else added,
        added=added,
        seen_on={
            str(name): seen for name, seen in zip(channels["channel"], channels["seen_on"], strict=True)
        },
        replaced_from=channels.rename(columns={"last": "date"})[["channel", "seen_on", "date"]],
    )


def _newest_days(days: pd.DataFrame) -> pd.DataFrame:
    """Return the newest days of the largest channels, with `as_of`, the day that their report is of."""
    last = days.groupby("channel")["date"].transform("max")
    newest = days["date"].max()
    as_of = last.where(newest - last <= pd.Timedelta(days=LATE_DAYS), newest)
    young = days.assign(as_of=as_of, last=last)[as_of - days["date"] <= pd.Timedelta(days=OLDEST_AGE)]
    cost = young.groupby("channel")["cost"].sum().nlargest(REPORTED_CHANNELS)
    chosen: pd.DataFrame = young[young["channel"].isin(cost.index)]
    return chosen[["channel", "date", "as_of", "last", *FIGURES]]


def _channels(current: pd.DataFrame, earlier: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Return the channels with the day of their report (seen_on) and their last day (last)."""
    now = current.groupby("channel", as_index=False)[["as_of", "last"]].max()
    before = earlier.groupby("channel", as_index=False).agg(
        was_seen=("seen_on", "max"), was_last=("date", "max"), was_at=("seen_at", "max")
    )
    joined = now.merge(before, on="channel", how="left")
    passed = (today - joined["was_at"]).clip(lower=pd.Timedelta(0))  # type: ignore[call-overload]
    is_next = joined["was_seen"].isna() | (joined["as_of"] > joined["was_seen"])
    is_undone = joined["last"] < joined["was_last"]
    joined["seen_on"] = joined["as_of"].where(is_next | is_undone, joined["was_seen"] + passed)
    return joined


def _changed(current: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `current` whose figures differ from the newest kept row of their channel and day."""
    newest = kept.sort_values("seen_on").drop_duplicates(["channel", "date"], keep="last")
    joined = current.merge(
        newest[["channel", "date", *FIGURES]],
        on=["channel", "date"],
        how="left",
        suffixes=("", "_was"),
        indicator=True,
    )
    now = joined[[*FIGURES]].to_numpy(dtype=np.float64)
    was = joined[[f"{name}_was" for name in FIGURES]].to_numpy(dtype=np.float64)
    same = ((now == was) | (np.isnan(now) & np.isnan(was))).all(axis=1) & (
        joined["_merge"] == "both"
    ).to_numpy()
    changed: pd.DataFrame = joined.loc[~same, list(COLUMNS)]
    return changed.reset_index(drop=True)
