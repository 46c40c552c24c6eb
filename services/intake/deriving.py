"""Formulas for counts and money that a file contains only as ratios.

`CPA` is ambiguous, because exports disagree on its meaning. In a file with conversions as counts it is the
price of one conversion, and cost = conversions x CPA. In a file without them and without another source of
cost, it is the cost of the campaign ("acquisition cost"). The report names the interpretation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.intake.columns import Field, Measure
from services.text import Text

NOTHING: Mapping[Measure, Rule] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rule:
    """A formula for `target` from the fields in `needs`.

    These may be derived themselves, except for those in `given`, which must be columns of the file.
    """

    target: Measure
    needs: tuple[Field, ...]
    compute: Callable[..., float]
    words: Text
    given: tuple[Measure, ...] = ()
    note: Text | None = None


_CPA_IS_COST = Text(
    en=(
        "“{cpa}” was read as the amount that a campaign has cost, because the file has neither a cost nor "
        "conversions as counts. If it is the price of one conversion, add a column with the conversions."
    ),
    ru=(
        "«{cpa}» прочитан как расход на кампанию: в файле нет ни расхода, ни числа конверсий. "
        "Если это цена одной конверсии, добавьте столбец с числом конверсий."
    ),
)

RULES: tuple[Rule, ...] = (
    Rule(
        "clicks",
        ("impressions", "ctr"),
        lambda impressions, ctr: float(round(impressions * ctr)),
        Text(en="{impressions} × {ctr}, rounded", ru="{impressions} × {ctr}, округлено"),
    ),
    Rule(
        "conversions",
        ("clicks", "conversion_rate"),
        lambda clicks, rate: clicks * rate,
        Text(en="{clicks} × {conversion_rate}", ru="{clicks} × {conversion_rate}"),
    ),
    Rule(
        "cost",
        ("clicks", "cpc"),
        lambda clicks, price: clicks * price,
        Text(en="{clicks} × {cpc}", ru="{clicks} × {cpc}"),
    ),
    Rule(
        "cost",
        ("impressions", "cpm"),
        lambda impressions, price: impressions * price / 1000,
        Text(en="{impressions} × {cpm} / 1000", ru="{impressions} × {cpm} / 1000"),
    ),
    Rule(
        "cost",
        ("conversions", "cost_per_conversion"),
        lambda conversions, price: conversions * price,
        Text(en="{conversions} × {cost_per_conversion}", ru="{conversions} × {cost_per_conversion}"),
    ),
    Rule(
        "cost",
        ("conversions", "cpa"),
        lambda conversions, price: conversions * price,
        Text(en="{conversions} × {cpa}", ru="{conversions} × {cpa}"),
        given=("conversions",),
    ),
    Rule(
        "cost",
        ("cpa",),
        lambda amount: amount,
        Text(en="{cpa}, as the cost of the campaign", ru="{cpa} как расход на кампанию"),
        note=_CPA_IS_COST,
    ),
    Rule(
        "conversions",
        ("cost", "cost_per_conversion"),
        lambda cost, price: cost / price if price else 0.0,
        Text(en="{cost} / {cost_per_conversion}", ru="{cost} / {cost_per_conversion}"),
        given=("cost",),
    ),
    Rule(
        "conversions",
        ("cost", "cpa"),
        lambda cost, price: cost / price if price else 0.0,
        Text(en="{cost} / {cpa}", ru="{cost} / {cpa}"),
        given=("cost",),
    ),
    Rule(
        "revenue",
        ("cost", "roi"),
        lambda cost, roi: cost * (1 + roi),
        Text(en="{cost} × (1 + {roi})", ru="{cost} × (1 + {roi})"),
    ),
    Rule(
        "revenue",
        ("cost", "roas"),
        lambda cost, roas: cost * roas,
        Text(en="{cost} × {roas}", ru="{cost} × {roas}"),
    ),
)


def steps_for(given: Collection[Field], chosen: Mapping[Measure, Rule] = NOTHING) -> tuple[Rule, ...]:
    """Return the rules, in order of computation, for the measures that are not among the columns.

    `chosen` has the rules that are better than others for the file.
    """
    known = set(given)
    steps: list[Rule] = []
    while (rule := _next(known, given, chosen)) is not None:
        steps.append(rule)
        known.add(rule.target)
    return tuple(steps)


def _next(known: Collection[Field], given: Collection[Field], chosen: Mapping[Measure, Rule]) -> Rule | None:
    for rule in RULES:
        if rule.target in known or chosen.get(rule.target, rule) is not rule:
            continue
        if set(rule.needs) <= set(known) and set(rule.given) <= set(given):
            return rule
    return None
