"""The campaign days that a run computes with (clean, spread, settled, in contribution), and the account.

`demetra train` and `evaluate` prepare the days in the same way: a model is trained on what it will predict.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.errors import NoCampaignsError
from services.forecasting import Account
from services.forecasting.brand import brand_channels
from services.forecasting.campaign_days import clean_days
from services.forecasting.completeness import learn
from services.forecasting.grain import spread_rows
from services.forecasting.reports import NewReport, add_report
from services.forecasting.settling import Settled, settle
from services.forecasting.valuing import priced, valued
from services.intake.spread_channels import spread_channels
from services.snapshots import day_reports
from services.sync.options import SyncOptions

ROW_COUNTS = ("campaign_rows", "clicks_over_impressions", "conversions_over_clicks")
_SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The days to compute with, the account, and what the days add to the reports of earlier runs.

    `as_recorded` are the days before they were settled. The revenue of both is the contribution of the
    account's `worth`.
    """

    settled: Settled
    as_recorded: pd.DataFrame
    account: Account
    report: NewReport

    @property
    def days(self) -> pd.DataFrame:
        """The days to compute with."""
        return self.settled.days


def prepare(
    connection: sa.Connection, rows: Sequence[Mapping[str, Any]], options: SyncOptions, *, is_sample: bool
) -> Prepared:
    """Return what is computed with; raise `NoCampaignsError` without rows of campaign days.

    Rows of weeks and months are spread over their days. Nothing is written.
    """
    if not rows:
        raise NoCampaignsError
    today: date = connection.execute(sa.select(sa.cast(sa.func.clock_timestamp(), sa.Date))).scalar_one()
    cleaned = clean_days(days_frame(rows))
    days, grain = spread_rows(cleaned, spread_channels(connection), until=today, once=ROW_COUNTS)
    report = add_report(day_reports.read(connection, is_sample=is_sample), days, today)
    settled = settle(days, None, 0) if is_sample else _settled(connection, days, report, options, today)
    account = priced(days, _account(options, days["channel"].unique(), grain), options.pricing)
    settled_days, account = valued(settled.days, account)
    return Prepared(replace(settled, days=settled_days), valued(days, account)[0], account, report)


def days_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return campaign days as a frame with one row per channel and day, sorted by them.

    The columns are channel, date (datetime64), the counts of rows `ROW_COUNTS` (integers) and the sums
    `_SUMS` (floats).
    """
    days = pd.DataFrame(rows, columns=["channel", "date", *ROW_COUNTS, *_SUMS])
    days["date"] = pd.to_datetime(days["date"])
    days[list(ROW_COUNTS)] = days[list(ROW_COUNTS)].astype(int)
    days[list(_SUMS)] = days[list(_SUMS)].astype(float)
    return days.sort_values(["channel", "date"], ignore_index=True)


def _settled(
    connection: sa.Connection, days: pd.DataFrame, report: NewReport, options: SyncOptions, today: date
) -> Settled:
    """Return the days settled with all reports; those of sample data are complete."""
    last = {str(name): day.date() for name, day in days.groupby("channel")["date"].max().items()}
    return settle(
        days,
        learn(report.reports),
        options.attribution_days,
        seen_on=report.seen_on,
        not_over=day_reports.going_on(connection, last, today),
    )


def _account(options: SyncOptions, channels: Collection[str], grain: Mapping[str, str]) -> Account:
    """Return what is known beside the days: grain of the channels, which are brand search, the country."""
    brand = brand_channels(channels, options.brand_names, dict(options.brand_channels))
    return Account(grain=grain, brand=brand, country=options.country)
