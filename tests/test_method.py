"""docs/method.md says what the code does: each of its numbers is a constant of the code.

`facts_of_the_code` writes the document's sentences with the constants of today. A number that stands neither
there nor in `WORDS` (definitions, formulas, sources) is found as one that nothing holds to the code.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from statistics import NormalDist
from types import ModuleType
from typing import get_args

import pytest

from demetra_dash.settings import Settings
from layouts import ages
from services import periods, skill
from services.budgeting import channel_series, decision, estimation, plan_inputs, posterior, response, shapes
from services.budgeting import history as budget_history
from services.charts import channel_colours
from services.dashboards import outlooks
from services.forecasting import (
    beginning,
    calibration,
    campaign_days,
    completeness,
    counts,
    event_effects,
    forecast_types,
    grain,
    last_year,
    metrics,
    panel,
    predicting,
    ratios,
    reports,
    ridge,
    run_off,
    scores,
    settling,
    steps,
    theta,
    valuing,
)
from services.insights import (
    accuracy,
    comparison,
    facts,
    levels,
    overruns,
    segments,
    shifts,
    spending,
    trends,
)
from services.insights.history import PERIOD_DAYS, WEEK
from services.pacing import outlook, pace, reading
from services.planner import aims, curves, frontier, plans, question
from services.snapshots import day_sums, ledger, noise, overview
from services.views import FORECAST_FROM_DAYS, RecordedMetric

NUMBER_WORDS = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fourteen", "twenty"),
    *("half", "double", "twice"),
)
NUMBER = re.compile(rf"[0-9⁰¹²³⁴⁵⁶⁷⁸⁹₀]+(?:[.,][0-9]+)*|\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
METHOD = Path(__file__).parent.parent / "docs" / "method.md"
DOCUMENT = " ".join(HEADING.sub("", METHOD.read_text(encoding="utf-8")).split())

WORDS = (
    # definitions
    "a ratio whose denominator is 0 has no value and is shown as a dash, never as 0",
    "is no measured 0",
    "a day with ten clicks must not count as much as one with ten thousand",
    "the same buyer counted by two platforms",
    "not as two forecasts divided by each other",
    "minus 1. *ROI over the horizon*",
    "revenue changes by *e* % when spend changes by 1 %",
    "(ARIMA(0,1,1))",
    "spend x₀ and revenue R₀",
    "P10, P50 and P90 of the effect",
    "the upper limit of ROI is below 0",
    "a slope that is clearly not 0",
    "a ROI or marginal ROI of 0 is break-even (with a margin m: a ROAS of 1 / m)",
    "(P10, P50, P90 per",
    "The relative error (RelMAE in Hyndman and Koehler 2006) is below 1",
    "are P10, P50 and P90 of the draws",
    # formulas
    "At the level 1 / √(marginal return)",
    "inside80 = part of the records",
    "`ML_MODEL_TRUST_PICKLE=1`",
    "n / (n − 1) · Σ (revenue_d − R · cost_d)² / (Σ cost_d)²",
    "sqrt(mean (y − forecast)² / mean (y_d − y_(d−7))²)",
    "mean |y_d − y_(d−7)| over what was known",
    "skill = 1 − MASE / MASE of",
    "Σ forecast / Σ actual − 1",
    "k = x₀ · e / (1 − e), a = R₀ · (x₀ + k) / x₀",
    "marginal ROI = R′(x) − 1",
    # sources
    "Cochran (1977), *Sampling Techniques*, section 2.11",
    "Bayley and Hammersley 1946; its bias by Kendall 1954",
    "Assimakopoulos and Nikolopoulos (2000)",
    "Hyndman and Billah (2003)",
    "Gardner and McKenzie (1985)",
    "Duan 1983",
    "Breiman 1996",
    "Breiman 1995",
    "Vovk, Gammerman and Shafer (2005)",
    "Lei et al. (2018)",
    "Hyndman and Koehler (2006)",
    "Hyndman and Koehler 2006",
    "Broadbent 1979",
    "Lange, Little and Taylor 1989",
    "Tukey 1960",
    "Benjamini and Hochberg 1995",
    "DerSimonian and Laird 1986",
    "Ang 2005",
    "Mack (1993)",
    "Kalbfleisch and Lawless (1989)",
    "Chapelle (2014)",
    "(2021, arXiv:2101.02284)",
    "(Greenwood 1926)",
    "see section 9",
    "`effect_p10`, `effect_p50`, `effect_p90`, `plan_effect_p10`, `plan_effect_p50`, `plan_effect_p90`",
    "reference / cost per conversion − 1 |",
    "`next_1000_now`, `next_1000_then`",
    "A ROI of 0 is a cost per conversion",
    "cost per conversion = reference / (1 + ROI)",
    "conversions per 1,000 spent = 1,000 · (1 + ROI) / reference",
    "spread as in section 3",
    "one snapshot has to do",
    "Okabe and Ito (2008)",
    "Jin et al. 2017",
    "Blake, Nosko and Tadelis 2015; Chen et al. 2018",
    "a half-life of about two weeks",
    "over its newest days (section 2)",
    "Šidák 1967",
    "Zhong and Prentice 2008",
    "whose mean ROI is above 0",
    "where two years are known",
    "P50 times probability",
    "√(2 / *n*)",
)


def facts_of_the_code() -> list[str]:
    """Return the document's sentences on limits, written with the constants of the code."""
    drift = "half" if theta.DRIFT_SHARE == 0.5 else str(theta.DRIFT_SHARE)
    low80, high80, low95, high95 = calibration.LEVELS
    worse = 1.25**-counts.SHARPNESS
    half_lives = [f"{days:g}" for days in ratios.HALF_LIVES]
    carry_overs = [f"{part:g}" for part in shapes.CARRY_OVERS]
    risk = sum(value for name, value in vars(facts).items() if name.endswith("_RISK"))
    return [
        f"Campaign rows hold {word(len(campaign_days.COUNTS))} counts",
        # key figures
        f"the same weekdays a year ago ({periods.YEAR_DAYS} days earlier)",
        f"at {percent(high80 - low80)} (normal, ± {overview.Z_80:.2f} standard errors)",
        f"It needs {day_sums.MIN_DAYS_FOR_INTERVAL} days.",
        f"that chance passes in {percent(noise.RISK)} of comparisons",
        f"with fewer than {noise.LEAST_FREEDOM} degrees of freedom",
        f"is more than {ages.OLD_DAYS} days old",
        f"after {ages.PAST_DAYS} days a sentence replaces recommendations",
        f"Forecasts and a plan take {FORECAST_FROM_DAYS} days of data.",
        # forecasts
        f"whose data end up to {panel.LATE_DAYS} days before the others' is late",
        f"After {panel.STOPPED_DAYS} days it has stopped",
        f"above 10{superscript(len(f'{campaign_days.LARGEST:.0f}') - 1)})",
        f"The newest {word(panel.HISTORY_DAYS // 365)} years are used",
        (
            f"first value that is at least {beginning.TINY:g} of its recent level "
            f"(the median of its {beginning.RECENT_VALUES} newest values above 0)"
        ),
        (
            f"no mean is above {forecast_types.MOST_MEAN:g} times and no limit above "
            f"{forecast_types.MOST_LIMIT:g} times the largest value"
        ),
        f"days further than {counts.CLIP:g} usual errors",
        "Then two methods, and their mean",
        f"exponential smoothing plus {drift} of the linear drift",
        f"damped by {theta.DAMPING:g} a day",
        f"from {ridge.YEARLY_FROM} days on, {word(ridge.HARMONICS)} yearly Fourier pairs",
        f"The past counts half after {ridge.MEMORY:g} days",
        f"(mean absolute error of m)⁻{superscript(int(counts.SHARPNESS))}",
        f"so that a method 25 % worse than the other gets {percent(round(worse / (1 + worse), 2))}.",
        f"Regression takes part from {counts.RIDGE_FROM} known days on",
        f"Where more than {percent(beginning.SPARSE)} of recent days are 0",
        f"From {last_year.WEEKS_BACK + last_year.FEWEST_BEFORE + 1} days on, the forecast is moved",
        f"from the level {last_year.WEEKS_BACK} days before the forecast began",
        f"as the mean ({', '.join(f'{part:g}' for part in last_year.AROUND)}) of the days around the date",
        f"z³ / (z² + {last_year.CALM:g}²)",
        f"at most as one of {last_year.LARGEST:g}",
        (
            f"with a prior of {last_year.WEIGHT:g} that counts like {last_year.WEIGHT_ERRORS:g} "
            "squared usual errors; it is between 0 and 1"
        ),
        (
            f"Where the mean log of the last {last_year.LEVEL_DAYS} days has moved by more than "
            f"{last_year.BREAKS_FROM:g} since last year, the memory fades; "
            f"from {last_year.BROKEN_AT:g} on it is off"
        ),
        f"The band is wider by {percent(last_year.WIDER)} for each usual error",
        "it reaches down to 0 where last year's date was closed",
        (
            f"the level before them (half-life of {event_effects.LEVEL_MEMORY:g} days), shrunk by "
            f"{event_effects.SHRINK_OWN:g} day of the mean of all events, which is shrunk by "
            f"{event_effects.SHRINK_ALL:g} days without effect"
        ),
        f"the level of the {event_effects.AROUND} days on each side plus this effect",
        f"with a prior of 0 that counts like {event_effects.EARNED_AGAINST:g} squared usual errors: an event",
        (
            f"last {word(last_year.LAGS[1, 24].cycles)} weeks in place of last year's (from the level "
            f"{last_year.LAGS[1, 24].year} hours ago; halved at {last_year.LAGS[1, 24].calm:g} usual errors)"
        ),
        f"what one costs on average in the newest {valuing.MEAN_DAYS} days",
        f"down to that of {campaign_days.REFUND_DAYS} usual days of the channel",
        (
            f"where more than {percent(grain.MODAL_PART)} of at least {grain.FEWEST_GAPS} distances "
            "between a channel's rows are 7, or 28 to 31 days)"
        ),
        (
            f"has at least {grain.WHOLE_PART:g} of the median of the {grain._USUAL_ROWS} rows before and is "
            "nearer to a whole row than to such a part"
        ),
        f"a season of {steps.SEASON_OF['week']} steps, monthly ones of {steps.SEASON_OF['month']}",
        (
            f"(the mean of weeks {', '.join(f'{part:g}' for part in last_year.LAGS[7, 52].around)} "
            "around the same week"
        ),
        f"from the level {last_year.LAGS[7, 52].weeks_back} weeks ago)",
        f"w_d halves every {', '.join(half_lives[:-1])} or {half_lives[-1]} days",
        (
            f"The {word(len(ratios.HALF_LIVES))} half-lives are weighted by how well each forecast "
            f"{word(ratios.JUDGED_OVER // metrics.WEEK)} weeks ahead"
        ),
        f"({percent(calibration.OWN_SHARE)} own, {percent(1 - calibration.OWN_SHARE)} of all series",
        (
            f"their {percent(low80)} and {percent(high80)} quantiles "
            f"({percent(low95)} and {percent(high95)} for the {percent(high95 - low95)} band)"
        ),
        f"Student's t with {calibration.PRIOR_FREEDOM} degrees of freedom stands in",
        f"An {percent(high80 - low80)} band is meant to miss one day in {word(round(0.5 / low80))}",
        f"With fewer than {predicting.SURE_FROM_DAYS} active days a channel's forecast is",
        (
            f"the figure of the last {outlooks.RECENT_DAYS} days, the same ratio of sums or sum per day, "
            f"lies outside the {percent(high80 - low80)} interval"
        ),
        f"in at most {percent(outlooks.TELLING_RISK)} of charts",
        f"It takes at least {outlooks.FEWEST_DAYS} days of data.",
        f"under {outlooks.FEW_ORDERS} orders, under {percent(outlooks.SMALL_PART)} of the spend",
        # days that are still coming in
        (
            f"days up to an age of {completeness.OLDEST_AGE} days, of the {reports.REPORTED_CHANNELS} "
            f"channels with the largest cost, kept for {reports.KEPT_DAYS} days"
        ),
        f"(a report counts half after {completeness.HALF_LIFE_DAYS:g} days",
        f"changed by more than {percent(completeness.SAME_ACTIVITY)} after their first days",
        (
            f"A day with a share below {percent(settling.LEAST_COMPLETE)}, or with an error above "
            f"{percent(settling.MOST_ERROR)}, is left out"
        ),
        f"Days with at least {percent(settling.NEARLY_COMPLETE)} are shown as complete",
        f"of which less than {percent(overview.COMPARED_FROM)} has come in",
        f"or had less than {percent(settling.LEAST_ACTIVITY)} of its later cost",
        (
            f"Shares are learned once there are {completeness.LEARNED_REPORTS} reports that cover "
            f"{completeness.LEARNED_SPAN_DAYS} days"
        ),
        f"of the newest {run_off.JUDGED_DAYS} days run off",
        f"days below {percent(run_off.ENOUGH_REPORTED)} are left out",
        (
            f"where a mean delay of {run_off.SMALLEST_DELAY:g} days can be excluded "
            f"(chi-square of {run_off.RISK_SQUARES:g})"
        ),
        f"`DEMETRA_ATTRIBUTION_DAYS`, {Settings().attribution_days} unless set",
        f"At most {percent(settling.LARGEST_CUT)} of a channel's days are left out",
        # scores
        f"from up to {metrics.ORIGINS - 1} past weekly origins",
        f"The last {scores.SCORED_WEEKS} origins are scored",
        f"made up to {metrics.WEEK} days ahead",
        (
            f"The overall score is the mean over the {word(len(campaign_days.COUNTS))} counts and "
            f"{word(len(scores.SCORED) - len(campaign_days.COUNTS))} ratios"
        ),
        f"the *coverage* of the {percent(high80 - low80)} band; below {least_skill()} of skill it says",
        f"with fewer than {skill.FEWEST_WEEKS} scored weeks",
        # ledger
        f"mean and {percent(high80 - low80)} band of ROI, conversion, reach and CTR",
        f"(the forecast horizon, at most {ledger.LONGEST_LEAD_DAYS})",
        (
            f"Records stay for {ledger.KEPT_DAYS} days after their day; for fewer, but at least "
            f"{ledger.FEWEST_KEPT_DAYS}, where that would be more than {ledger.ENOUGH_ROWS:,} rows"
        ),
        f"(week 1 is the days 1 to {metrics.WEEK} after the last day of data)",
        # budget
        f"over its active days of the newest {word(budget_history.MOST_DAYS // 366)} years",
        f"not recorded for at least {percent(budget_history.NEARLY_ALL)} of their spend",
        f"carried over geometrically with {', '.join(carry_overs[:-1])} or {carry_overs[-1]} a day",
        (f"A carry-over with a half-life of {shapes._USUAL_HALF_LIFE:g} days has half the prior of none"),
        f"A day with more than {budget_history.SPIKE:g} times the median spend",
        (
            f"with fewer than {word(channel_series._MIN_CHANNELS)} channels, or where the other channels' "
            f"revenue, or the channel's own of the {word(channel_series._WEEK)} periods before, explains "
            f"at least {percent(channel_series.FOLLOWS_DEMAND)} of the variance of its spend"
        ),
        f"After {panel.STOPPED_DAYS} days without data the channel has stopped",
        f"as under Student's t with {response._STUDENT:g} degrees of freedom",
        f"carry a model error of {posterior.MODEL_ERROR:g} on that scale",
        f"It is {posterior._DOUBT:g} times as large, and the basis is *assumed*",
        f"One channel in {word(round(1 / posterior._UNLIKE))} is allowed to be unlike the others",
        f"{posterior.DRAWS} draws give all ranges",
        f"with under {estimation.MIN_DAYS} active days",
        f"No money moves before there are {plan_inputs.LEAST_DAYS} days of history.",
        f"part of today's split only if the probability that this pays is at least {decision.ENOUGH:g}.",
        (
            f"revenue with a probability of at least {decision.SURE:g}, "
            f"by at least {percent(decision.LEAST_GAIN)} of it and by more than luck could"
        ),
        f"at its upper {percent(round(0.5 * math.erfc(decision._ONE_IN_FORTY / math.sqrt(2)), 3))} limit",
        (
            f"improves revenue with a probability of at least {decision.ENOUGH:g} "
            f"and by at least {percent(decision._WORTH_SAYING)} of it is told as an option"
        ),
        # plans by the reader
        f"At most {curves.MOST_VALUES:,} draws of all channels together are kept",
        f"where the total differs from today's by at most {percent(plans._SAME_TOTAL)},",
        f"a grid of {aims._STEPS + 1} totals, then golden sections",
        f"the best of {aims._RANGE_STEPS + 1} totals and its neighbours",
        f"Another *horizon* of {question.SHORTEST} to {question.LONGEST} days scales",
        f"the mean days until {percent(shapes.SETTLED)} of an effect have come",
        f"The ranges of a *frontier* of {frontier.POINTS} points",
        f"where draws times channels exceed {frontier._MOST_VALUES:,}.",
        # targets and pacing
        (
            f"a week counts half after {outlook.PROFILE_WEEKS:g} weeks, and "
            f"{outlook.PROFILE_PRIOR_WEEKS:g} weeks"
        ),
        "with a half-life of {:g}, {:g}, {:g} or {:g}".format(*outlook.HALF_LIVES),
        f"in the newest {outlook.MOST_HISTORY} days.",
        f"The range is from the {percent(pace.LOW)} to the {percent(pace.HIGH)} quantile.",
        f"With fewer than {outlook.LEAST_WINDOWS:g} windows side by side there is no range",
        (
            f"with fewer than {outlook.LEAST_DAYS} days of data, for a month that ends more than "
            f"{pace.MOST_DAYS_AHEAD} days after them"
        ),
        f"with nothing in its last {outlook.LEAST_DAYS} days is expected to stay so",
        f"whose newest row is at most {reading.LATE_DAYS} days older than the data is late",
        # recommendations
        f"in money with its sign (P10, P50, P90 per {PERIOD_DAYS} days, or per test)",
        (
            f"{percent(spending.TEST_PART)} more spend shows the expected gain within "
            f"{', '.join(map(str, spending.TEST_WEEKS[:-1]))} or {spending.TEST_WEEKS[-1]} weeks "
            f"(power about {power_of_a_test()})"
        ),
        f"best or worst by ROI with a probability of at least {levels.ENOUGH:g} |",
        f"the next unit spent pays back with a probability of at most {spending.SATURATED_AT:g}, in",
        (
            f"ROI has left its level of the {shifts.BASELINE_DAYS // 7} weeks before, "
            f"in a window of {shifts.WINDOWS[0]} to {shifts.WINDOWS[-1]} days:"
        ),
        f"spend is at least {percent(overruns._LEAST_EXCESS)} above its usual level",
        f"a straight line through up to {trends.LONGEST_DAYS // 7} weeks of ROI",
        f"differs from the rest of its channel by at least {percent(segments._LEAST_CHANGE)} |",
        f"the {percent(high80 - low80)} band held less than {percent(accuracy.NARROW)} of the time |",
        f"a total risk of about {percent(round(risk, 2))} of any false alarm per sync",
        f"are read from sums of {word(WEEK)} days",
        f"A winner or loser with under {percent(comparison.SMALL_PART)} of the spend carries",
        # pictures
        f"After {word(len(channel_colours.COLOURS))} channels colours repeat",
    ]


def power_of_a_test() -> str:
    """Return the power of a spend test at its visible size: two-sided at 10 %."""
    return percent(round(NormalDist().cdf(spending._SEEN_AT - NormalDist().inv_cdf(0.95)), 1))


def percent(part: float) -> str:
    return f"{round(100 * part, 6):g} %"


def superscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def word(number: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 14: "fourteen"}[number]


def least_skill() -> str:
    """Return from which skill on the page says that forecasts are better, in the document's words."""
    says = [_said_of(part / 1000) != _said_of(0) for part in range(1, 30)]
    return "half a per cent" if says.index(True) in {4, 5} else f"{says.index(True) + 1} per mille"


def _said_of(saved: float) -> bool:
    scores = {"overall": {"skill": saved, "coverage80": 0.8}, "origins": 26}
    return "no better" in skill.line(skill.skill_of(scores)).en


def missing(document: str) -> list[str]:
    """Return what the code says and the document does not."""
    return [fact for fact in facts_of_the_code() if fact not in document]


def uncovered(document: str) -> list[str]:
    """Return the numbers of the document that nothing holds to the code, each with what is around it."""
    text = document
    for known in sorted([*facts_of_the_code(), *WORDS], key=len, reverse=True):
        text = text.replace(known, "¶")
    return [text[max(found.start() - 40, 0) : found.end() + 40] for found in NUMBER.finditer(text)]


def test_every_limit_of_the_code_stands_in_the_document() -> None:
    assert missing(DOCUMENT) == []


def test_every_number_of_the_document_is_one_of_the_code() -> None:
    assert uncovered(DOCUMENT) == []


def test_no_exception_is_older_than_the_document() -> None:
    assert [known for known in WORDS if known not in DOCUMENT] == []


@pytest.mark.parametrize(
    "added",
    ["after 33 days", "at least 0,7", "one in twelve", "about half of it", "x⁻⁹", "saturated at 0.3", "2 %"],
)
def test_a_number_that_nothing_holds_to_the_code_is_found(added: str) -> None:
    assert len(uncovered(f"{DOCUMENT} It is so {added}.")) == 1


@pytest.mark.parametrize("fact", facts_of_the_code())
def test_a_number_that_changes_in_the_document_is_found(fact: str) -> None:
    number = next(iter(NUMBER.finditer(fact)))
    changed = DOCUMENT.replace(fact, f"{fact[: number.start()]}99{fact[number.end() :]}")

    assert missing(changed) == [fact]
    assert uncovered(changed)


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (spending, "SATURATED_AT", 0.1),
        (decision, "SURE", 0.85),
        (decision, "LEAST_GAIN", 0.02),
        (levels, "ENOUGH", 0.9),
        (decision, "_WORTH_SAYING", 0.01),
        (ridge, "YEARLY_FROM", 366),
        (last_year, "WIDER", 0.5),
        (last_year, "WEIGHT_ERRORS", 50.0),
        (theta, "DRIFT_SHARE", 0.4),
        (calibration, "PRIOR_FREEDOM", 4),
        (ledger, "ENOUGH_ROWS", 300_000),
        (facts, "SHIFT_RISK", 0.05),
        (skill, "FEWEST_WEEKS", 6),
    ],
)
def test_a_constant_that_changes_in_the_code_is_found(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, value: float
) -> None:
    monkeypatch.setattr(module, name, value)

    assert len(missing(DOCUMENT)) == 1


def test_the_recorded_metrics_are_those_of_the_ledger() -> None:
    assert set(get_args(RecordedMetric)) == {"roi", "conversion", "reach", "ctr"}
