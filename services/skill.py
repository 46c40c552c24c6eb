"""Forecast skill by a backtest: one rule, and its sentences for the page and the recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.text import Text, percent

FEWEST_WEEKS = 4  # a backtest over fewer weeks is too short for a statement
SHOWN_DECIMALS = 2  # of a fraction: forecasts whose gain is shown as 0 % are not called better

_LINE = Text(
    en="Forecasts: {skill} “same as last week”; in the last {weeks} weeks the 80\u00a0% band held "
    "{inside} of the time.",
    ru="Прогнозы: {skill} «как неделю назад»; в диапазон 80\u00a0% попало {inside} значений "
    "(недель: {weeks}).",
)
_SENTENCE = Text(
    en="In the last {weeks} weeks the forecasts were {skill} “the same as last week”; "
    "the 80\u00a0% band held {inside} of the time.",
    ru="За последние {weeks} нед. прогнозы были {skill} «как неделю назад»; "
    "в диапазон 80\u00a0% попало {inside} значений.",
)
_BETTER = Text(en="{part} better than", ru="на {part} точнее, чем")
_NO_BETTER = Text(en="no better than", ru="не точнее, чем")
_NO_LINE = Text(
    en="Forecasts: there is too little history yet to tell how good they are.",
    ru="Прогнозы: истории пока мало, чтобы судить об их точности.",
)
UNKNOWN = Text(
    en="There is too little history to tell how good the forecasts are.",
    ru="Истории пока мало, чтобы оценить точность прогнозов.",
)


@dataclass(frozen=True, slots=True)
class Skill:
    """The result of a backtest of `weeks` weeks, as fractions.

    `saved` is the share of the error of "the same as last week" that the forecasts avoid. `inside80` is the
    share of actual values inside the 80 % interval.
    """

    saved: float
    inside80: float
    weeks: int

    @property
    def is_better(self) -> bool:
        """True when the forecasts are better than "the same as last week", at the precision shown."""
        return round(self.saved, SHOWN_DECIMALS) > 0


def skill_of(scores: Mapping[str, Any]) -> Skill | None:
    """Return the skill in the scores of a snapshot or a prediction; None where the history is too short."""
    overall, weeks = scores.get("overall"), int(scores.get("origins") or 0)
    overall = overall if isinstance(overall, Mapping) else {}
    saved, inside = overall.get("skill"), overall.get("coverage80")
    if saved is None or inside is None or weeks < FEWEST_WEEKS:
        return None
    return Skill(float(saved), float(inside), weeks)


def line(skill: Skill | None) -> Text:
    """Return the short form, for the line above the charts."""
    return _NO_LINE if skill is None else _told(_LINE, skill)


def sentence(skill: Skill | None) -> Text:
    """Return the full sentence, for the recommendations."""
    return UNKNOWN if skill is None else _told(_SENTENCE, skill)


def _told(words: Text, skill: Skill) -> Text:
    better = _BETTER.format(part=_part(skill.saved)) if skill.is_better else _NO_BETTER
    return words.format(skill=better, weeks=skill.weeks, inside=_part(skill.inside80))


def _part(value: float) -> Text:
    return Text(en=percent(value, "en", decimals=0), ru=percent(value, "ru", decimals=0))
