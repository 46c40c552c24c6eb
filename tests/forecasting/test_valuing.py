"""Revenue becomes contribution at the entrance: ROI of profit follows from ROI of revenue by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from services.budgeting import plan
from services.forecasting import Account, predict
from services.forecasting.account import Conversions
from services.forecasting.campaign_days import clean_days
from services.forecasting.valuing import in_worth, of_revenue, priced, valued
from services.worth import PerChannel, Pricing


def days(**revenue_per_cost: float) -> pd.DataFrame:
    """Return 120 days of a channel per argument; NaN: its revenue is not recorded."""
    random = np.random.default_rng(3)
    frames = []
    for channel, roas in revenue_per_cost.items():
        cost = 100 * np.exp(random.normal(0, 0.3, 120))
        clicks = np.round(cost)
        frames.append(
            pd.DataFrame(
                {
                    "channel": channel,
                    "date": pd.date_range("2026-01-01", periods=120),
                    "impressions": clicks * 50,
                    "clicks": clicks,
                    "conversions": np.round(cost / 20),
                    "cost": cost,
                    "revenue": cost * roas * np.exp(random.normal(0, 0.1, 120)),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def test_without_settings_days_and_account_stay_as_they_are() -> None:
    given = days(A=2.0, B=3.0)

    assert priced(given, Account(), Pricing()) == Account()
    assert valued(given, Account())[0] is given


def test_margins_are_found_by_name_and_applied_once() -> None:
    given = clean_days(days(A=2.0, B=3.0))
    account = priced(given, Account(), Pricing(PerChannel(0.5, (("b", 0.2),))))

    once, known = valued(given, account)
    twice, _ = valued(once, known)

    assert account.margins == {"A": 0.5, "B": 0.2}
    assert account.worth.kind == "margin"
    expected = given["revenue"] * given["channel"].map({"A": 0.5, "B": 0.2})
    pd.testing.assert_series_equal(once["revenue"], expected, check_names=False)
    assert twice is once
    assert given["revenue"].sum() > once["revenue"].sum()


def test_the_roi_of_profit_is_that_of_revenue_times_the_margin() -> None:
    given = days(A=2.0, B=3.0)

    of_profit, plain = (_roi(given, account) for account in (Account(margins={"A": 0.4}), Account()))

    assert 1 + of_profit["A"] == pytest.approx(0.4 * (1 + plain["A"]), rel=0.02)
    assert of_profit["B"] == pytest.approx(plain["B"], rel=0.02)


def test_the_ledger_keeps_the_roi_of_revenue() -> None:
    given = days(A=2.0, B=3.0)
    account = Account(margins={"A": 0.4})

    told = of_revenue(predict(given, 28, account=account), account.worth)

    actual = told.daily[told.daily["roi_actual"].notna()].merge(given, on=["channel", "date"])
    assert actual["roi_actual"].to_numpy() == pytest.approx(
        (actual["revenue"] / actual["cost"] - 1).to_numpy()
    )


def test_the_marginal_roi_is_that_of_profit() -> None:
    given = days(A=2.0, B=3.0)

    with_margin = {s.channel: s for s in plan(given, None, account=Account(margins={"A": 0.4})).shares}
    plain = {s.channel: s for s in plan(given, None).shares}

    assert 1 + (with_margin["A"].marginal_roi_before or 0) == pytest.approx(
        0.4 * (1 + (plain["A"].marginal_roi_before or 0)), rel=1e-6
    )


@pytest.mark.parametrize("missing", [0.0, np.nan])
def test_a_channel_without_revenue_is_judged_by_the_value_of_its_conversions(missing: float) -> None:
    given = clean_days(
        days(Shop=2.0, Leads=1.0).assign(
            revenue=lambda f: f["revenue"].where(f["channel"] == "Shop", missing)
        )
    )
    account = priced(given, Account(), Pricing(PerChannel(0.5), PerChannel(30.0)))

    found, known = valued(given, account)

    assert known.conversions == Conversions({"Leads": 30.0}, "value", is_all=False)
    assert known.worth.kind == "margin"
    leads = found[found["channel"] == "Leads"]
    assert leads["revenue"].to_numpy() == pytest.approx(30 * leads["conversions"].to_numpy())
    assert _roi(given, account)["Leads"] == pytest.approx(30 / 20 - 1, abs=0.1)


@pytest.mark.parametrize("missing", [0.0, np.nan])
def test_a_mixed_account_without_a_value_plans_no_money_for_a_channel_without_revenue(missing: float) -> None:
    given = days(Shop=2.0, Leads=1.0)
    given.loc[given["channel"] == "Leads", "revenue"] = missing

    account = priced(clean_days(given), Account(), Pricing())
    by_name = {share.channel: share for share in plan(given, None, account=account).shares}

    assert account.conversions is None
    assert by_name["Leads"].basis == "no_revenue"
    assert by_name["Leads"].recommended == by_name["Leads"].current


@pytest.mark.parametrize(
    ("pricing", "kind", "reference"),
    [
        (Pricing(conversion_value=PerChannel(50.0)), "value", 50.0),
    ],
)
def test_an_account_of_leads_is_judged_by_the_value_of_a_conversion(
    pricing: Pricing, kind: str, reference: float
) -> None:
    given = clean_days(days(A=1.0, B=1.0).assign(revenue=0.0))

    account = priced(given, Account(), pricing)

    assert account.worth.kind == kind
    assert list(account.worth.conversion_values.values()) == pytest.approx([reference] * 2, rel=0.1)


def test_segments_are_worth_what_their_channel_is() -> None:
    sums = pd.DataFrame(
        {
            "channel": ["A", "B"],
            "conversions": [4.0, 5.0],
            "cost": [10.0, 10.0],
            "revenue": [30.0, np.nan],
            "revenue_with_cost": [20.0, np.nan],
            "cost_with_revenue": [8.0, np.nan],
        }
    )

    found = in_worth(
        sums, Account(margins={"A": 0.5}, conversions=Conversions({"B": 7.0}, "value", is_all=False))
    )

    assert found["revenue"].tolist() == [15.0, 35.0]
    assert found["revenue_with_cost"].tolist() == [10.0, 35.0]
    assert found["cost_with_revenue"].tolist() == [8.0, 10.0]


def _roi(given: pd.DataFrame, account: Account) -> dict[str, float]:
    channels = predict(given, 28, account=account).channels
    return dict(zip(channels["channel"], channels["roi"], strict=True))
