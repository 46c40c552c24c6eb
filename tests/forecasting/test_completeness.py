"""Completeness of the newest days: learned from reports, applied to campaign days."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from services.forecasting import predict
from services.forecasting.campaign_days import clean_days
from services.forecasting.completeness import LEARNED_SPAN_DAYS, OLDEST_AGE, Completeness, learn
from services.forecasting.reports import add_report
from services.forecasting.run_off import days_to_leave_out, expected_share
from services.forecasting.settling import DOUBT, LEAST_COMPLETE, LEFT_OUT, settle, widened, with_recorded
from tests.insights.delays import NONE, Delay, reported_ages, reports, seen
from tests.insights.simulated import Kind, account

KIND = Kind(channels=3, days=200, orders_per_day=60)
BATCH = Delay(0.0, "batch")


def world(delays: Mapping[int, Delay] | Delay, seed: int = 3, kind: Kind = KIND) -> tuple[pd.DataFrame, dict]:  # type: ignore[type-arg]
    """Return the final days of an account, and the ages at which each channel's conversions are reported."""
    days = account(seed, kind)
    names = sorted(days["channel"].unique())
    by_name = {n: delays if isinstance(delays, Delay) else delays[i] for i, n in enumerate(names)}
    return days, reported_ages(days, by_name, seed)


def learned(delays: Mapping[int, Delay] | Delay, syncs: int = 28, step: int = 1) -> Completeness:
    found = learn(reports(*world(delays), syncs, step))
    assert found is not None
    return found


def shares(found: Completeness, channel: str = "Channel 1", kind: str = "conversions") -> list[float]:
    ages = np.arange(8)
    return list(found.of(kind, np.array([channel] * 8, dtype=object), ages)[0])


def truth(mean: float) -> list[float]:
    """The share reported at the end of a day of each age, by integration over the moment of the click."""
    moments = np.linspace(0, 1, 2001)
    return [float(np.mean(1 - np.exp(-(age + 1 - moments) / mean))) for age in range(8)]


@pytest.mark.parametrize("mean", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("syncs", [8, 28])
def test_the_shares_of_exponential_delays_are_learned(mean: float, syncs: int) -> None:
    found = learned(Delay(mean), syncs)

    assert shares(found) == pytest.approx(truth(mean), abs=0.06)
    assert shares(found, kind="revenue") == pytest.approx(truth(mean), abs=0.06)


def test_reports_that_are_days_apart_show_the_same_shares() -> None:
    assert shares(learned(Delay(4.0), syncs=8, step=4)) == pytest.approx(truth(4.0), abs=0.08)


def test_days_that_arrive_complete_are_exactly_complete() -> None:
    found = learned(NONE)

    assert all((share == 1).all() for share in found.shares.values())
    assert not any(error.any() for error in found.errors.values())


def test_channels_with_other_delays_are_told_apart() -> None:
    found = learned({0: NONE, 1: Delay(1.0), 2: Delay(5.0)})

    assert min(shares(found, "Channel 1")) > 0.95
    assert shares(found, "Channel 2") == pytest.approx(truth(1.0), abs=0.06)
    assert shares(found, "Channel 3") == pytest.approx(truth(5.0), abs=0.06)


def test_a_channel_without_reports_takes_the_account_s_shares() -> None:
    assert shares(learned(Delay(2.0)), "a new one") == pytest.approx(truth(2.0), abs=0.06)


def test_a_batch_a_week_makes_the_shares_uncertain() -> None:
    found = learned(BATCH)
    _, error = found.of("conversions", np.array(["Channel 1"] * 6, dtype=object), np.arange(6))

    assert error.min() > 0.2


def test_a_change_of_delays_is_followed_within_weeks() -> None:
    found = learned(Delay(1.0, later_mean=4.0, changes_on=21))

    assert shares(found) == pytest.approx(truth(4.0), abs=0.12)


def test_less_than_a_week_of_reports_is_not_learned_from() -> None:
    seen_so_far = reports(*world(Delay(2.0)), LEARNED_SPAN_DAYS)

    assert learn(seen_so_far) is None
    assert learn(seen_so_far.iloc[:0]) is None


def test_days_whose_clicks_have_changed_are_other_data() -> None:
    days, ages = world(NONE)
    rows = reports(days, ages, 9)
    newest = rows["seen_on"] == rows["seen_on"].max()
    rows.loc[newest, ["conversions", "revenue", "clicks", "cost"]] *= 3  # another account in the same file
    found = learn(rows)

    assert found is not None
    assert shares(found)[2:] == [1.0] * 6


def test_settled_days_are_grossed_up_or_left_out() -> None:
    days, ages = world(Delay(3.0))
    now = clean_days(seen(days, ages, days["date"].max()))
    settled = settle(now, learned(Delay(3.0)), 7)

    used = settled.days[settled.days[LEFT_OUT] == 0]
    ratio = used.merge(days, on=["channel", "date"])
    newest = ratio[ratio["date"] > days["date"].max() - pd.Timedelta(days=10)]
    assert newest["revenue_x"].sum() == pytest.approx(newest["revenue_y"].sum(), rel=0.06)
    assert used[DOUBT].max() > 0
    left_out = settled.days[settled.days[LEFT_OUT] == 1]
    assert left_out[["conversions", "revenue"]].isna().all(axis=None)
    assert (left_out["cost"] > 0).all()
    assert (settled.newest.loc[settled.newest["is_left_out"], "conversions"] < LEAST_COMPLETE + 0.1).all()


def test_complete_days_stay_the_same_frame() -> None:
    days, _ = world(NONE)
    now = clean_days(days)

    assert settle(now, learned(NONE), 7).days is now


@pytest.mark.parametrize("mean", [0.0, 1.0, 2.0, 4.0, 7.0])
def test_one_snapshot_shows_how_many_days_to_leave_out(mean: float) -> None:
    cuts = []
    for seed in range(5):
        days, ages = world(Delay(mean), seed)
        now = clean_days(seen(days, ages, days["date"].max()))
        cuts += list(days_to_leave_out(now, 7).values())

    if mean == 0:
        assert cuts.count(0) >= len(cuts) / 3
        assert set(cuts) <= {0, 7}
    else:
        assert min(cuts) >= 7
        assert expected_share(np.array(mean), np.array([np.median(cuts)]))[0] > 0.85


def test_no_attribution_days_leave_nothing_out() -> None:
    days, ages = world(Delay(4.0))
    now = clean_days(seen(days, ages, days["date"].max()))

    assert settle(now, None, 0).days is now


def test_a_short_history_is_not_cut_by_more_than_a_quarter() -> None:
    days, _ = world(NONE, kind=Kind(channels=2, days=12))
    settled = settle(clean_days(days), None, 7)

    assert settled.newest.groupby("channel").size().tolist() == [3, 3]


def test_a_day_that_is_not_over_counts_as_not_recorded() -> None:
    days, _ = world(NONE)
    settled = settle(clean_days(days), None, 0, not_over={"Channel 2"})

    last = settled.over.groupby("channel")["date"].max()
    assert settled.days[settled.days[LEFT_OUT] == 1][["cost", "clicks", "revenue"]].isna().all(axis=None)
    assert (days["date"].max() - last).dt.days.tolist() == [0, 1, 0]
    assert settled.newest["state"].tolist() == ["not_over"]


def test_a_newest_day_that_always_grows_is_not_over() -> None:
    days, ages = world(NONE)
    rows = reports(days, ages, 12)
    newest = rows["date"] == rows["seen_on"]
    rows.loc[newest, ["clicks", "cost", "conversions", "revenue"]] *= 0.5
    settled = settle(clean_days(days), learn(rows), 7)

    assert set(settled.newest["state"]) == {"not_over"}
    assert settled.newest["date"].eq(days["date"].max()).all()


def test_bands_of_the_days_ahead_are_wider_by_the_error_of_the_level() -> None:
    days, _ = world(NONE)
    narrow = predict(days, 14)
    wide = widened(narrow, {"Channel 1": 0.2})

    ahead = narrow.daily["date"] > pd.Timestamp(narrow.data_to)
    first = narrow.daily["channel"] == "Channel 1"
    assert (wide.daily.loc[ahead & first, "roi_low"] < narrow.daily.loc[ahead & first, "roi_low"]).all()
    pd.testing.assert_frame_equal(wide.daily[~(ahead & first)], narrow.daily[~(ahead & first)])
    assert wide.channels["roi_high"][0] > narrow.channels["roi_high"][0]
    assert widened(narrow, {}) is narrow


def test_actual_values_stay_as_they_are_recorded() -> None:
    days, ages = world(Delay(3.0))
    now = clean_days(seen(days, ages, days["date"].max()))
    settled = settle(now, learned(Delay(3.0)), 7, not_over={"Channel 2"})
    shown = with_recorded(predict(settled.days, 14), settled, now).daily

    expected = predict(now, 14).daily
    for name in ("roi", "conversion", "ctr", "reach"):
        pd.testing.assert_series_equal(shown[f"{name}_actual"], expected[f"{name}_actual"])
    assert shown.columns.tolist() == expected.columns.tolist()


def day_rows(channel: str, last: str, days: int, conversions: float) -> pd.DataFrame:
    dates = pd.date_range(end=last, periods=days)
    return pd.DataFrame(
        {
            "channel": channel,
            "date": dates,
            "conversions": conversions,
            "revenue": 5.0,
            "clicks": 9.0,
            "cost": 2.0,
        }
    )


def no_reports() -> pd.DataFrame:
    empty = day_rows("A", "2026-01-01", 1, 1.0).assign(seen_on=pd.Timestamp(0), seen_at=pd.Timestamp(0))
    return empty.iloc[:0]


def test_a_report_holds_only_what_has_changed() -> None:
    first = add_report(no_reports(), day_rows("A", "2026-02-10", 60, 1.0), pd.Timestamp("2026-02-11"))
    second = add_report(first.reports, day_rows("A", "2026-02-11", 61, 1.0), pd.Timestamp("2026-02-12"))

    assert len(first.added) == OLDEST_AGE + 1
    assert second.added["date"].dt.day.tolist() == [11]


def test_a_late_import_of_the_same_days_counts_the_days_that_have_passed() -> None:
    first = add_report(no_reports(), day_rows("A", "2026-02-10", 60, 1.0), pd.Timestamp("2026-02-11"))
    later = add_report(first.reports, day_rows("A", "2026-02-10", 60, 2.0), pd.Timestamp("2026-02-21"))

    assert later.seen_on == {"A": pd.Timestamp("2026-02-20")}
    assert set(later.reports["seen_on"]) == {pd.Timestamp("2026-02-10"), pd.Timestamp("2026-02-20")}


def test_the_same_days_again_on_one_day_replace_their_report() -> None:
    first = add_report(no_reports(), day_rows("A", "2026-02-10", 60, 1.0), pd.Timestamp("2026-02-11"))
    again = add_report(first.reports, day_rows("A", "2026-02-10", 60, 2.0), pd.Timestamp("2026-02-11"))

    assert set(again.reports["conversions"]) == {2.0}


def test_a_paused_channel_ages_with_the_account() -> None:
    days = pd.concat([day_rows("A", "2026-02-10", 40, 1.0), day_rows("B", "2026-01-25", 40, 1.0)])
    found = add_report(no_reports(), days, pd.Timestamp("2026-02-11"))

    assert found.seen_on["B"] == pd.Timestamp("2026-02-10")
