"""Rule: segments (audiences, regions, devices ...) that differ from the rest of their channel.

Segments are sums only. Their noise is derived from that of the channel: a segment with a share s of the
exposure of the channel's last 90 days has 1/s of its variance. Many segments are tested, so the false
discovery rate is controlled (Benjamini and Hochberg, 1995, "Controlling the false discovery rate").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from services.forecasting.campaign_days import pair_name, pair_sums
from services.insights import words
from services.insights.changes import P80
from services.insights.facts import SEGMENT_RISK, Facts
from services.insights.history import PERIOD_DAYS
from services.insights.rates import CONVERSION, ROAS, Rate
from services.insights.recommendation import Evidence, Move, Recommendation
from services.insights.selection import kept_part
from services.insights.shifts import LONGEST
from services.numerics import Floats, Ints, divide
from services.text import Text, both
from services.worth import Told

SEGMENT_DAYS = 90
MOST_TOLD = 3
_LEAST_PART = 0.05
_LEAST_CHANGE = 0.2
_RATES: Mapping[str, Rate] = {"roi": ROAS, "conversion": CONVERSION}

_ROI_SENTENCE = Told(
    money=Text(
        en="{channel}, {attribute} “{value}”: ROI about {now} in the last {days} days, the rest of the "
        "channel {rest}; it gets {part} of the channel's money. {act}",
        ru="{channel}, {attribute} «{value}»: ROI за последние {days} дн. — около {now}, в остальной части "
        "канала — {rest}; на него уходит {part} денег канала. {act}",
    ),
    conversions=Text(
        en="{channel}, {attribute} “{value}”: a conversion cost about {now} in the last {days} days, in the "
        "rest of the channel {rest}; it gets {part} of the channel's money. {act}",
        ru="{channel}, {attribute} «{value}»: конверсия за последние {days} дн. стоила около {now}, в "
        "остальной части канала — {rest}; на него уходит {part} денег канала. {act}",
    ),
)
_CONVERSION_SENTENCE = Text(
    en="{channel}, {attribute} “{value}”: conversion about {now} in the last {days} days, the rest "
    "of the channel {rest}; it gets {part} of the channel's money. {act}",
    ru="{channel}, {attribute} «{value}»: конверсия за последние {days} дн. — около {now}, в остальной "
    "части канала — {rest}; на него уходит {part} денег канала. {act}",
)
_ATTRIBUTES: Mapping[str, Text] = {
    "audience": Text(en="audience", ru="аудитория"),
    "segment": Text(en="segment", ru="сегмент"),
    "region": Text(en="region", ru="регион"),
    "language": Text(en="language", ru="язык"),
    "goal": Text(en="goal", ru="цель"),
    "device": Text(en="device", ru="устройство"),
}
_MORE = Text(en="Test moving more of it here.", ru="Попробуйте перенести сюда больше.")
_LESS = Text(en="Check whether it should get less.", ru="Проверьте, не сократить ли их.")
_EVIDENCE = Text(
    en="{span}. Measured: {measured}. Found among {tests} comparisons of segments; of such findings about "
    "one in {odds} is chance.",
    ru="{span}. Измерено: {measured}. Найдено среди сравнений сегментов: {tests}; из таких находок случайна "
    "примерно одна из {odds}.",
)
_CAVEAT = Text(
    en="Segments can differ in more than this attribute: test before moving much money.",
    ru="Сегменты могут различаться не только этим признаком: проверьте, прежде чем переносить большие суммы.",
)


@dataclass(frozen=True, slots=True)
class _Tests:
    """Tests of one rate: each segment against the rest of its channel (rows of `frame` each).

    `place` are channel numbers; `relative` is `value` / `rest` - 1; `error` is the standard error of `value`,
    with `freedom` degrees of freedom. `p` is two-sided, NaN where the segment is not tested.
    """

    metric: str
    frame: pd.DataFrame
    place: Ints
    value: Floats
    rest: Floats
    relative: Floats
    error: Floats
    freedom: Floats
    p: Floats


def find(facts: Facts) -> list[Recommendation]:
    """Return the most significant segment of each channel and attribute, at most three, by difference.

    Where attributes split the rows in the same way (each audience has its own device), only one is returned.
    """
    frame = _usable(facts)
    if frame.empty:
        return []
    tests = [_compare(facts, frame, metric) for metric in _RATES]
    p = np.concatenate([test.p for test in tests])
    limit = _discovery_limit(p[np.isfinite(p)])
    best: dict[tuple[str, str], tuple[_Tests, int]] = {}
    for test in tests:
        clear = (test.p <= limit) & (np.abs(test.relative) >= _LEAST_CHANGE)
        for row in sorted(np.flatnonzero(clear).tolist(), key=lambda row: test.p[row]):
            best.setdefault((str(frame.at[row, "channel"]), str(frame.at[row, "attribute"])), (test, row))
    told = [_recommendation(facts, test, row, p, limit) for test, row in best.values()]
    apart = {(f.channel, f.metric, f.value, f.baseline): f for f in reversed(told)}
    return sorted(apart.values(), key=_difference, reverse=True)[:MOST_TOLD]


def _usable(facts: Facts) -> pd.DataFrame:
    """Return the segments of active channels, with the sums of the rest of their channel as columns."""
    if facts.segments is None or facts.segments.empty:
        return pd.DataFrame()
    going = [name for name, goes in zip(facts.history.channels, facts.is_going, strict=True) if goes]
    frame = facts.segments[facts.segments["channel"].isin(going)].reset_index(drop=True)
    for rate in _RATES.values():
        above, below = pair_sums(frame, rate.above, str(rate.below))
        frame = frame.assign(**dict(zip(_pair_of(rate), (above, below), strict=True)))
    sums = ["cost", *(name for rate in _RATES.values() for name in _pair_of(rate))]
    # What a segment does not record is no exposure, so it is not tested.
    frame = frame.astype(dict.fromkeys(sums, float)).fillna(dict.fromkeys(sums, 0.0))
    is_usable = np.isfinite(frame[sums].to_numpy()).all(axis=1)
    usable: pd.DataFrame = frame.loc[is_usable].reset_index(drop=True)
    whole = usable.groupby(["channel", "attribute"])[sums].transform("sum")
    rest = (whole - usable[sums]).add_suffix("_rest")
    return usable.join(rest).join(whole["cost"].rename("cost_whole"))


def _pair_of(rate: Rate) -> tuple[str, str]:
    """Return the columns with the two counts of a rate, over the rows that record both."""
    return pair_name(rate.above, str(rate.below)), pair_name(str(rate.below), rate.above)


def _compare(facts: Facts, frame: pd.DataFrame, metric: str) -> _Tests:
    rate = _RATES[metric]
    place = np.array([facts.history.channels.index(name) for name in frame["channel"]], dtype=np.int64)
    above_name, below_name = _pair_of(rate)
    above, below, above_rest, below_rest = (
        frame[name].to_numpy(dtype=np.float64)
        for name in (above_name, below_name, f"{above_name}_rest", f"{below_name}_rest")
    )
    part = divide(below, below + below_rest, otherwise=0.0)
    value, rest = divide(above, below), divide(above_rest, below_rest)
    relative = divide(value, rest) - 1
    days = _days_worth(facts, rate, place, below + below_rest)
    error = np.sqrt(divide(_daily_variance(facts, rate)[place], days * part * (1 - part)))
    big = (np.minimum(part, 1 - part) >= _LEAST_PART) & (rest > 0)
    freedom = facts.weekly_noise[rate].freedom[place]
    p = 2 * stats.t.sf(divide(np.abs(relative), error, otherwise=0.0), freedom)
    return _Tests(
        metric, frame, place, value, rest, relative, error * rest, freedom, np.where(big, p, np.nan)
    )


def _days_worth(facts: Facts, rate: Rate, place: Ints, exposure: Floats) -> Floats:
    """Return the exposure of all segments of an attribute, in days of the channel's exposure (segments)."""
    series = facts.series[rate]
    known = series.known[:, -SEGMENT_DAYS:].sum(axis=1)[place]
    whole = divide(exposure, series.exposure[:, -SEGMENT_DAYS:].sum(axis=1)[place], otherwise=0.0)
    return np.asarray(known * np.minimum(whole, 1.0))


def _daily_variance(facts: Facts, rate: Rate) -> Floats:
    """Return the relative variance of one day of each channel's rate, including outliers (channels)."""
    error = facts.weekly_noise[rate].error(LONGEST)
    return np.asarray(error**2 * LONGEST * facts.weekly[rate].variance_inflation)


def _discovery_limit(p: Floats) -> float:
    """Return the limit of significant p-values (Benjamini-Hochberg); -1 when there is none."""
    limits = SEGMENT_RISK * np.arange(1, p.size + 1) / max(p.size, 1)
    passing = np.flatnonzero(np.sort(p) <= limits)
    return float(limits[passing[-1]]) if passing.size else -1.0


def _difference(recommendation: Recommendation) -> float:
    """Return the difference to the rest of the channel, times the segment's cost of a period (money)."""
    return abs(float(recommendation.evidence.details["difference"]))


def _told_value(test: _Tests, row: int, limit: float) -> float:
    """Return a segment's value, drawn towards the rest of its channel because it was picked for its size."""
    value, rest, freedom = float(test.value[row]), float(test.rest[row]), float(test.freedom[row])
    z = abs(value - rest) / float(test.error[row])
    return rest + kept_part(z, float(stats.t.isf(limit / 2, freedom)), freedom) * (value - rest)


def _recommendation(facts: Facts, test: _Tests, row: int, p: Floats, limit: float) -> Recommendation:
    segment, place = test.frame.iloc[row], int(test.place[row])
    value, rest, error = _told_value(test, row, limit), float(test.rest[row]), float(test.error[row])
    tests = int(np.isfinite(p).sum())
    is_roi = test.metric == "roi"
    shift, write = (1.0, facts.telling.roi) if is_roi else (0.0, words.share)
    template = facts.telling.choose(_ROI_SENTENCE) if is_roi else _CONVERSION_SENTENCE
    history = facts.history
    days = min(int(history.observed[place].sum()), SEGMENT_DAYS)
    name, is_better = str(segment["value"]), value > rest
    return Recommendation(
        rule_id="segment",
        channel=str(segment["channel"]),
        severity="opportunity" if is_better else "warning",
        metric=test.metric,
        value=value - shift,
        baseline=rest - shift,
        interval=(max(value - P80 * error, 0.0) - shift, value + P80 * error - shift),
        evidence=Evidence(
            first=history.day(place, days - 1),
            last=history.day(place),
            n_days=days,
            probability=None,
            details={
                "attribute": str(segment["attribute"]),
                "value": name,
                "measured": float(test.value[row]) - shift,
                "segments_compared": tests,
                "difference": _per_period(segment, value - rest, days) if shift else 0.0,
            },
            chance=min(float(test.p[row]) * tests, 1.0),
        ),
        impact=None,
        action=Move("favour_segment" if is_better else "review_segment", name, None),
        sentence=template.format(
            channel=segment["channel"],
            attribute=_attribute(segment),
            value=name,
            now=write(value - shift),
            rest=write(rest - shift),
            days=days,
            part=_part_of_cost(segment),
            act=_MORE if is_better else _LESS,
        ),
        evidence_text=_EVIDENCE.format(
            span=words.span(history.day(place, days - 1), history.day(place)),
            measured=write(float(test.value[row]) - shift),
            tests=tests,
            odds=round(1 / SEGMENT_RISK),
        ),
        caveat=_CAVEAT,
    )


def _per_period(segment: pd.Series, difference: float, days: int) -> float:
    """Return what a difference of ROI makes of the segment's cost, per period (money)."""
    return difference * float(segment[pair_name("cost", "revenue")]) * PERIOD_DAYS / max(days, 1)


def _attribute(segment: pd.Series) -> Text:
    name = str(segment["attribute"])
    return _ATTRIBUTES.get(name, both(name))


def _part_of_cost(segment: pd.Series) -> Text:
    """Return the segment's part of the channel's cost in words."""
    whole = segment["cost_whole"]
    return words.share(segment["cost"] / whole) if whole > 0 else words.NOTHING
