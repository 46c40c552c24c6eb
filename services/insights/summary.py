"""The first record of the recommendations: comparison of channels, trend, forecast, actions and a summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from services import skill
from services.insights import accuracy, budgets, words
from services.insights.facts import TREND_RISK, Facts
from services.insights.levels import LEVEL_DAYS, read_levels
from services.insights.rates import ROAS, rate_series
from services.insights.recommendation import Recommendation, plain
from services.insights.trends import read_slopes
from services.text import Text
from services.worth import Told

PRIORITIES = 3

_NAMED = Told(
    money=Text(
        en="By ROI over the newest weeks: best {best}, worst {worst}.",
        ru="По ROI за последние недели: лучший — {best}, худший — {worst}.",
    ),
    conversions=Text(
        en="By cost per conversion over the newest weeks: best {best}, worst {worst}.",
        ru="По стоимости конверсии за последние недели: лучший — {best}, худший — {worst}.",
    ),
)
_NOBODY = Text(en="none clearly", ru="явного нет")
_EQUAL = Told(
    money=Text(
        en="The differences in ROI between the channels are within chance: no best or worst channel is "
        "named.",
        ru="Различия ROI между каналами не выходят за пределы случайных: лучший и худший каналы не названы.",
    ),
    conversions=Text(
        en="The differences in cost per conversion between the channels are within chance: no best or worst "
        "channel is named.",
        ru="Различия стоимости конверсии между каналами не выходят за пределы случайных: лучший и худший "
        "каналы не названы.",
    ),
)
_BRAND = Text(
    en="Brand search is not compared, since most of its revenue would have come anyway: {channels}.",
    ru="Поиск по бренду не сравнивается: большая часть его выручки пришла бы и так ({channels}).",
)
_TOO_FEW = Told(
    money=Text(
        en="There are too few weeks with spend and revenue to compare the channels by ROI.",
        ru="Недель с затратами и выручкой слишком мало, чтобы сравнить каналы по ROI.",
    ),
    conversions=Text(
        en="There are too few weeks with spend and conversions to compare the channels by cost per "
        "conversion.",
        ru="Недель с затратами и конверсиями слишком мало, чтобы сравнить каналы по стоимости конверсии.",
    ),
)
_ONE_CHANNEL = Text(
    en="There is one active channel, so there is nothing to compare.",
    ru="Активен один канал, сравнивать не с чем.",
)
_NONE_ACTIVE = Text(
    en="No channel has spent anything lately, so there is nothing to compare.",
    ru="В последнее время ни один канал не тратил денег, сравнивать нечего.",
)
_CLIMBS = Told(
    money=Text(
        en="ROI of the account has been climbing over the last {weeks} weeks",
        ru="ROI в целом растёт (недель: {weeks})",
    ),
    conversions=Text(
        en="A conversion of the account has become cheaper over the last {weeks} weeks",
        ru="Конверсия в целом дешевеет (недель: {weeks})",
    ),
)
_FALLS = Told(
    money=Text(
        en="ROI of the account has been falling over the last {weeks} weeks",
        ru="ROI в целом снижается (недель: {weeks})",
    ),
    conversions=Text(
        en="A conversion of the account has become dearer over the last {weeks} weeks",
        ru="Конверсия в целом дорожает (недель: {weeks})",
    ),
)
_STEADY = Told(
    money=Text(en="ROI of the account shows no clear trend", ru="ROI в целом не показывает явной тенденции"),
    conversions=Text(
        en="The cost per conversion of the account shows no clear trend",
        ru="Стоимость конверсии в целом не показывает явной тенденции",
    ),
)
_NO_ROI = Told(
    money=Text(
        en="ROI of the account is not known, because no revenue is recorded.",
        ru="ROI в целом неизвестен: выручка не записана.",
    ),
    conversions=Text(
        en="The cost per conversion of the account is not known, because no conversions are recorded.",
        ru="Стоимость конверсии в целом неизвестна: конверсии не записаны.",
    ),
)
_EXPECTED = Told(
    money=Text(
        en="; for the next {days} days {roi} is expected (80\u00a0% range {low} to {high}){without}.",
        ru="; ожидаемый ROI на {days} дн. вперёд — {roi} (диапазон 80\u00a0%: от {low} до {high}){without}.",
    ),
    conversions=Text(
        en="; for the next {days} days {roi} is expected (80\u00a0% range {low} to {high}){without}.",
        ru="; на {days} дн. вперёд ожидается {roi} (диапазон 80\u00a0%: от {low} до {high}){without}.",
    ),
)
_WITHOUT = Told(
    money=Text(en=" (without {channels}: ROI not recorded)", ru=" (без {channels}: ROI не записан)"),
    conversions=Text(
        en=" (without {channels}: conversions or spend not recorded)",
        ru=" (без {channels}: конверсии или расход не записаны)",
    ),
)
_NOTHING = Text(en="", ru="")
_STOP = Text(en=".", ru=".")
_NOTHING_TO_DO = Text(
    en="Nothing to change in the channels is supported by the data.",
    ru="Данные не дают оснований что-то менять в каналах.",
)
_NO_CHANGE = Text(
    en="No change is supported by the data.",
    ru="Данные не дают оснований что-либо менять.",
)
_NO_CHANGE_BUT = Text(
    en="No change is supported by the data. {first}",
    ru="Данные не дают оснований что-либо менять. {first}",
)
_NO_DATA = Text(
    en="There are no campaign days yet, so nothing can be recommended.",
    ru="Дней кампаний пока нет, рекомендовать нечего.",
)
_MORE = Text(en="{first} Further recommendations: {number}.", ru="{first} Других рекомендаций: {number}.")
_CHANGES_NOTHING = frozenset({"winner", "loser", "data_quality", "forecast_accuracy"})
_NOT_OPTIMISATION = _CHANGES_NOTHING | {"budget_shift"}


@dataclass(frozen=True, slots=True)
class _Summary:
    """The parts of the summary, by subject."""

    best: str | None
    worst: str | None
    comparison: Text
    trend: Text
    forecast_accuracy: Text
    allocation: Text
    optimisation: Text
    in_short: Text
    actions: Sequence[Text] = ()

    def record(self) -> dict[str, Any]:
        """Return the summary as JSON values, with the field names of the API."""
        return {
            "rule_id": "summary",
            "channel_comparison": {
                "top_performer": self.best,
                "worst_performer": self.worst,
                "analysis": plain(self.comparison),
            },
            "ml_predictions": {
                "trend": plain(self.trend),
                "forecast_accuracy": plain(self.forecast_accuracy),
            },
            "recommendations": {
                "budget_allocation": plain(self.allocation),
                "optimization": plain(self.optimisation),
                "priority_actions": plain(tuple(self.actions)),
            },
            "summary": plain(self.in_short),
        }


def no_data() -> dict[str, Any]:
    """Return the summary of an account without campaign days."""
    return _Summary(
        best=None,
        worst=None,
        comparison=_NONE_ACTIVE,
        trend=_NO_DATA,
        forecast_accuracy=skill.UNKNOWN,
        allocation=_NO_DATA,
        optimisation=_NO_DATA,
        in_short=_NO_DATA,
    ).record()


def summarise(facts: Facts, recommendations: Sequence[Recommendation]) -> dict[str, Any]:
    """Return the summary of ranked recommendations as JSON values."""
    best, worst = (_channel_of(recommendations, rule) for rule in ("winner", "loser"))
    shift = next((f.sentence for f in recommendations if f.rule_id == "budget_shift"), None)
    another = budgets.another_total(facts) if shift is None else None
    rest = [f.sentence for f in recommendations if f.rule_id not in _NOT_OPTIMISATION]
    return _Summary(
        best=best,
        worst=worst,
        comparison=_comparison(facts, best, worst),
        trend=_outlook(facts),
        forecast_accuracy=accuracy.told(facts),
        allocation=shift or budgets.allocation(facts),
        optimisation=rest[0] if rest else _NOTHING_TO_DO,
        in_short=_in_short(recommendations, another),
        actions=[recommendation.sentence for recommendation in recommendations[:PRIORITIES]],
    ).record()


def _channel_of(recommendations: Sequence[Recommendation], rule_id: str) -> str | None:
    return next(
        (recommendation.channel for recommendation in recommendations if recommendation.rule_id == rule_id),
        None,
    )


def _comparison(facts: Facts, best: str | None, worst: str | None) -> Text:
    active = int(facts.is_going.sum())
    if active < 2:
        return _ONE_CHANNEL if active else _NONE_ACTIVE
    is_equal = best is None and worst is None
    equal = _EQUAL if int(read_levels(facts).usable.sum()) > 1 else _TOO_FEW
    told = facts.telling.choose(equal if is_equal else _NAMED)
    compared = told.format(best=best or _NOBODY, worst=worst or _NOBODY)
    brand = sorted(facts.account.brand.intersection(facts.history.channels))
    if not brand:
        return compared
    apart = facts.telling.word(_BRAND).format(channels=words.names(brand))
    return Text(en=f"{compared.en} {apart.en}", ru=f"{compared.ru} {apart.ru}")


def _in_short(recommendations: Sequence[Recommendation], another: Text | None) -> Text:
    """Return the first thing to do; `another` is the sentence on a total that no recommendation tells."""
    if another is not None:
        return _MORE.format(first=another, number=len(recommendations)) if recommendations else another
    if not recommendations:
        return _NO_CHANGE
    first = recommendations[0].sentence
    if all(recommendation.rule_id in _CHANGES_NOTHING for recommendation in recommendations):
        first = _NO_CHANGE_BUT.format(first=first)
    return first if len(recommendations) == 1 else _MORE.format(first=first, number=len(recommendations) - 1)


def _outlook(facts: Facts) -> Text:
    """Return the sentence on the trend of the account's ROI and its forecast for the horizon."""
    whole = facts.history.together()
    if not whole.recent_pair("revenue", "cost", LEVEL_DAYS)[0].any():
        return facts.telling.choose(_NO_ROI)
    slopes = read_slopes(rate_series(whole, ROAS))
    limit = float(stats.t.isf(TREND_RISK / 2, slopes.freedom[0]))
    z = float(slopes.z[0])
    if not slopes.usable[0] or abs(z) <= limit:
        trend = facts.telling.choose(_STEADY)
    else:
        trend = facts.telling.choose(_CLIMBS if z > 0 else _FALLS).format(weeks=slopes.days // 7)
    ahead = _expected(facts)
    return Text(en=trend.en + ahead.en, ru=trend.ru + ahead.ru)


def _expected(facts: Facts) -> Text:
    """Return the clause on the expected ROI of the account, channels weighted by their recent cost.

    The interval assumes perfectly correlated errors of the channels, so it is rather too wide.
    """
    channels = facts.prediction.channels
    spend = dict(zip(facts.history.channels, facts.history.recent("cost").tolist(), strict=True))
    weight = np.array([spend.get(str(name), 0.0) for name in channels["channel"]])
    roi = channels[["roi", "roi_low", "roi_high"]].to_numpy(dtype=np.float64)
    known = np.isfinite(roi).all(axis=1) & (weight > 0)
    if not known.any():
        return _STOP
    mean, low, high = (float(value) for value in weight[known] @ roi[known] / weight[known].sum())
    left_out = sorted(str(name) for name in channels["channel"][~known & (weight > 0)])
    telling = facts.telling
    told_low, told_high = telling.roi_range(low, high)
    without = telling.choose(_WITHOUT).format(channels=words.names(left_out))
    return telling.choose(_EXPECTED).format(
        days=facts.prediction.horizon,
        roi=telling.roi(mean),
        low=told_low,
        high=told_high,
        without=without if left_out else _NOTHING,
    )
