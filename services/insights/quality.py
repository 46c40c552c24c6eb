"""Rules on data quality: impossible counts, constant spend, missing revenue, replaced numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.insights import words
from services.insights.facts import Facts
from services.insights.history import PERIOD_DAYS, day_date
from services.insights.recommendation import NO_CAVEAT, Evidence, Move, Recommendation, Severity
from services.numerics import Bools
from services.text import Text
from services.worth import Told

_LEAST_PART = 0.001  # of the rows: single errors below this share are not reported
_SERIOUS_PART = 0.01
_CONSTANT_DAYS = 28
_CONSTANT = 0.005

_ROWS = Text(
    en="Rows: {wrong} of {rows}. Most of them: {channel} ({most}).",
    ru="Строк: {wrong} из {rows}. Больше всего: {channel} ({most}).",
)
_DAYS = Text(
    en="Campaign days: {wrong} of {rows}. Most of them: {channel} ({most}).",
    ru="Дней кампаний: {wrong} из {rows}. Больше всего: {channel} ({most}).",
)


@dataclass(frozen=True, slots=True)
class _Impossible:
    """Two counts, of which `above` cannot exceed `below`, and the texts for it."""

    column: str
    above: str
    below: str
    sentence: Text
    caveat: Text


_IMPOSSIBLE = (
    _Impossible(
        column="clicks_over_impressions",
        above="clicks",
        below="impressions",
        sentence=Text(
            en="Clicks exceed impressions in {part} of the rows: check the export.",
            ru="В {part} строк кликов больше, чем показов: проверьте выгрузку.",
        ),
        caveat=Text(en="CTR and reach are doubtful there.", ru="CTR и охват в этих строках сомнительны."),
    ),
    _Impossible(
        column="conversions_over_clicks",
        above="conversions",
        below="clicks",
        sentence=Text(
            en="Conversions exceed clicks in {part} of the rows: check how conversions are counted.",
            ru="В {part} строк конверсий больше, чем кликов: проверьте, как считаются конверсии.",
        ),
        caveat=Text(
            en="Conversions without a click (after a view) can be meant; the conversion rate is doubtful.",
            ru="Конверсии без клика (после просмотра) бывают задуманы; коэффициент конверсии сомнителен.",
        ),
    ),
)
_STEADY = Text(
    en="Spend is the same every day: {channels}. So the data cannot show what a change of it would bring.",
    ru="Затраты каждый день одинаковы: {channels}. Поэтому по данным не видно, что дало бы их изменение.",
)
_STEADY_EVIDENCE = Text(
    en="Days compared: {days}. A change of spend for two weeks would make the effect measurable.",
    ru="Сравнили дней: {days}. Измените затраты на две недели, и эффект можно будет измерить.",
)
_NO_REVENUE = Told(
    money=Text(
        en="No revenue is recorded: {channels}. Check the tracking; where conversions count instead, "
        "set what one is worth (DEMETRA_CONVERSION_VALUE).",
        ru="Выручка не записана: {channels}. Проверьте учёт; если важны сами конверсии, "
        "задайте, сколько стоит одна (DEMETRA_CONVERSION_VALUE).",
    ),
    conversions=Text(
        en="No conversions are recorded: {channels}. Check the tracking.",
        ru="Конверсии не записаны: {channels}. Проверьте учёт.",
    ),
)
_NO_REVENUE_EVIDENCE = Text(
    en="Spend without any revenue: {cost} in the newest days ({days}).",
    ru="Затраты без выручки: {cost} за последние дни ({days}).",
)
_SPREAD = Text(
    en="Rows of whole {periods} were spread evenly over their days: {channels}. "
    "Single days are estimates there.",
    ru="Строки за целые {periods} поровну разделены на дни: {channels}. "
    "Значения отдельных дней там — приближение.",
)
_PERIODS = {"week": Text(en="weeks", ru="недели"), "month": Text(en="months", ru="месяцы")}
_SPREAD_EVIDENCE = Text(
    en="Sums of {periods} are exact. An export by day would also show weekdays and single outliers.",
    ru="Суммы за {periods} точны. Выгрузка по дням показала бы также дни недели и отдельные выбросы.",
)
_REPAIRED = Text(
    en="Impossible numbers (negative, infinite) were replaced by those of a week before: {number}.",
    ru="Невозможных чисел (отрицательных, бесконечных): {number}. "
    "Вместо них взяты значения недельной давности.",
)
_REPAIRED_EVIDENCE = Text(en="Days looked at: {days}.", ru="Просмотрено дней: {days}.")


def find(facts: Facts) -> list[Recommendation]:
    """Return recommendations on data quality, at most one per kind of defect."""
    return [
        *(recommendation for kind in _IMPOSSIBLE if (recommendation := _impossible(facts, kind)) is not None),
        *_steady(facts),
        *_no_revenue(facts),
        *_spread(facts),
        *_repaired(facts),
    ]


def _impossible(facts: Facts, kind: _Impossible) -> Recommendation | None:
    wrong, rows = _wrong_rows(facts, kind)
    part = float(wrong.sum() / max(rows.sum(), 1))
    if part < _LEAST_PART:
        return None
    most = int(wrong.argmax())
    channels = _channel_names(facts)
    evidence = (_ROWS if facts.quality is not None else _DAYS).format(
        wrong=words.count(float(wrong.sum())),
        rows=words.count(float(rows.sum())),
        channel=channels[most],
        most=words.count(float(wrong[most])),
    )
    by_channel = {name: int(n) for name, n in zip(channels, wrong, strict=True) if n}
    return _recommendation(
        facts,
        channel=channels[most],
        metric=kind.column,
        value=part,
        severity="warning" if part >= _SERIOUS_PART else "info",
        sentence=kind.sentence.format(part=words.share(part)),
        evidence_text=evidence,
        caveat=kind.caveat,
        details={"rows": int(rows.sum()), "wrong": int(wrong.sum()), "by_channel": by_channel},
    )


def _spread(facts: Facts) -> list[Recommendation]:
    """Return what to know about channels whose rows are weeks or months."""
    if facts.quality is None or "grain" not in facts.quality:
        return []
    found = []
    for grain, periods in _PERIODS.items():
        channels = [str(one) for one in facts.quality.loc[facts.quality["grain"] == grain, "channel"]]
        if channels:
            found.append(
                _recommendation(
                    facts,
                    channel=channels[0] if len(channels) == 1 else None,
                    metric="grain",
                    value=float(len(channels)),
                    severity="info",
                    sentence=_SPREAD.format(periods=periods, channels=", ".join(channels)),
                    evidence_text=_SPREAD_EVIDENCE.format(periods=periods),
                    caveat=NO_CAVEAT,
                    details={"grain": grain, "channels": channels},
                )
            )
    return found


def _channel_names(facts: Facts) -> Sequence[str]:
    return facts.history.channels if facts.quality is None else [str(c) for c in facts.quality["channel"]]


def _wrong_rows(facts: Facts, kind: _Impossible) -> tuple[np.ndarray, np.ndarray]:
    """Return, per channel, the number of impossible rows and of all rows (days without `quality`)."""
    if facts.quality is not None:
        return facts.quality[kind.column].to_numpy(), facts.quality["rows"].to_numpy()
    above, below = facts.history.counts[kind.above], facts.history.counts[kind.below]
    wrong = (above > below) & facts.history.is_recorded(kind.below)
    return wrong.sum(axis=1), facts.history.observed.sum(axis=1)


def _steady(facts: Facts) -> list[Recommendation]:
    """Return one recommendation on the channels with constant daily spend."""
    cost = facts.history.counts["cost"][:, -_CONSTANT_DAYS:]
    mean = cost.mean(axis=1)
    observed = facts.history.observed[:, -_CONSTANT_DAYS:].sum(axis=1) == _CONSTANT_DAYS
    same = (np.ptp(cost, axis=1) <= _CONSTANT * mean) & (mean > 0) & observed
    names = _names(facts, same & facts.is_going)
    if not names:
        return []
    return [
        _recommendation(
            facts,
            channel=names[0] if len(names) == 1 else None,
            metric="constant_spend",
            value=float(len(names)),
            severity="info",
            sentence=_STEADY.format(channels=words.names(names)),
            evidence_text=_STEADY_EVIDENCE.format(days=_CONSTANT_DAYS),
            caveat=NO_CAVEAT,
            details={"channels": names},
        )
    ]


def _no_revenue(facts: Facts) -> list[Recommendation]:
    """Return one recommendation on the active channels without any recorded revenue."""
    history = facts.history
    missing = facts.is_going & (history.counts["revenue"].sum(axis=1) <= 0)
    names = _names(facts, missing)
    if not names:
        return []
    cost = float(history.recent("cost")[missing].sum())
    return [
        _recommendation(
            facts,
            channel=names[0] if len(names) == 1 else None,
            metric="no_revenue",
            value=cost,
            severity="warning",
            sentence=facts.telling.choose(_NO_REVENUE).format(channels=words.names(names)),
            evidence_text=facts.telling.word(_NO_REVENUE_EVIDENCE).format(
                cost=words.amount(cost, facts.currency), days=min(PERIOD_DAYS, history.length)
            ),
            caveat=NO_CAVEAT,
            details={"channels": names},
        )
    ]


def _repaired(facts: Facts) -> list[Recommendation]:
    """Return a recommendation when impossible numbers were replaced."""
    number = facts.history.repaired
    if not number:
        return []
    return [
        _recommendation(
            facts,
            channel=None,
            metric="impossible_numbers",
            value=float(number),
            severity="warning",
            sentence=_REPAIRED.format(number=words.count(number)),
            evidence_text=_REPAIRED_EVIDENCE.format(days=words.count(facts.history.length)),
            caveat=NO_CAVEAT,
            details={},
        )
    ]


def _names(facts: Facts, chosen: Bools) -> list[str]:
    return [name for name, is_chosen in zip(facts.history.channels, chosen, strict=True) if is_chosen]


def _recommendation(
    facts: Facts,
    *,
    channel: str | None,
    metric: str,
    value: float,
    severity: Severity,
    sentence: Text,
    evidence_text: Text,
    caveat: Text,
    details: Mapping[str, object],
) -> Recommendation:
    """Return a recommendation on the data of the whole history."""
    history = facts.history
    last = int(history.last_day.max())
    return Recommendation(
        rule_id="data_quality",
        channel=channel,
        severity=severity,
        metric=metric,
        value=value,
        baseline=0.0,
        interval=None,
        evidence=Evidence(day_date(last - history.length + 1), day_date(last), history.length, None, details),
        impact=None,
        action=Move("check_data"),
        sentence=sentence,
        evidence_text=evidence_text,
        caveat=caveat,
    )
