"""All places where one run speaks of the budget, made in memory: page, API, tables, summary and report.

Nothing is drawn and no database is used, so a thousand accounts can be read.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from demetra_dash.api.csv_export import csv_bytes
from demetra_dash.api.encoding import json_text
from layouts import dashboard, decision, ids
from layouts.reader import PageSetup, Reader
from services.budgeting import BudgetPlan, plan
from services.dashboards import RenderContext, budget
from services.dashboards.outlooks import outlooks_of
from services.dashboards.results import Results
from services.forecasting import predict
from services.forecasting.account import Account, by_names
from services.forecasting.campaign_days import clean_days
from services.forecasting.grain import spread_rows
from services.forecasting.settling import settle
from services.forecasting.valuing import priced, valued
from services.insights import advise
from services.reports.content import Report, RunViews, report_of
from services.text import LANGS, Lang, Text
from services.views import Advice, Chart, DashboardView, Recommendation, Snapshot, TrackRecord
from services.worth import Pricing
from tests.layouts.values import overview

CURRENCY = "EUR"
_MADE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
_DIGITS = re.compile(r"[+\u2212]?\d[\d,.\u202f]*")
LEAST_EXTRA = 0.001
_OPTION = {"en": "not advised", "ru": "не рекомендуемый"}
_SPEND = {"en": ("Move ", "Spend ", "The budget is "), "ru": ("Перенесите ", "Увеличьте ", "Бюджет на ")}


@dataclass(frozen=True, slots=True)
class Places:
    """What the places tell of one run.

    `page` has the leaves of the Overview's summary and of the card of the plan, by language. `rows_of_api`
    and `rows_of_csv` are the rows of the plan as programs get them; `advice_of_api` the recommendations.
    """

    plan: BudgetPlan
    advice: Advice
    page: Mapping[Lang, Mapping[str, Any]]
    rows_of_api: Sequence[Mapping[str, Any]]
    rows_of_csv: Sequence[Mapping[str, str]]
    advice_of_api: Mapping[str, Any]
    reports: Mapping[Lang, Report]


def places_of(
    days: pd.DataFrame,
    *,
    total_factor: float | None = None,
    pricing: Pricing | None = None,
    attribution_days: int = 0,
    grain: Mapping[str, str] | None = None,
) -> Places:
    """Return what a run on the days tells; `total_factor` is BUDGET_TOTAL as a part of today's spend."""
    cleaned, grain = spread_rows(clean_days(days), grain or {})
    settled = settle(cleaned, None, attribution_days)
    account = priced(
        cleaned, replace(by_names(sorted(set(cleaned["channel"]))), grain=grain), pricing or Pricing()
    )
    known, account = valued(settled.days, account)
    over = valued(settled.over, account)[0]
    made = plan(over, None, account=account)
    if total_factor is not None:
        made = plan(over, round(float(made.total) * total_factor, 2), account=account)
    results = Results(known, predict(known, 28, account=account), made, account)
    return _places(results, account)


def _places(results: Results, account: Account) -> Places:
    records = advise(results.days, results.prediction, results.plan, currency=CURRENCY, account=account)
    snapshot = Snapshot(
        run_id=1,
        created_at=_MADE,
        data_from=results.days["date"].min().date(),
        data_to=results.days["date"].max().date(),
        is_sample=False,
        scores={"worth": account.worth.record()},
        currency=CURRENCY,
    )
    advice = Advice(snapshot, records[0], tuple(_item(rank, one) for rank, one in enumerate(records[1:], 1)))
    view = _view(results, snapshot)
    chart = Chart(view.slug, 1, b"", "", 1, 1, "", view.headline)
    names = tuple(
        column.name for column in budget.TABLE.columns if column.name not in {"id", "run_id", "created_at"}
    )
    return Places(
        plan=results.plan,
        advice=advice,
        page={lang: _page(advice, view, chart, lang) for lang in LANGS},
        rows_of_api=json.loads(json_text(view))["rows"],
        rows_of_csv=list(csv.DictReader(io.StringIO(csv_bytes(names, view.rows).decode("utf-8-sig")))),
        advice_of_api=json.loads(json_text(advice)),
        reports={lang: _report(advice, view, chart, lang) for lang in LANGS},
    )


def _item(rank: int, record: Mapping[str, Any]) -> Recommendation:
    sentence, evidence, caveat = (Text(**record[name]) for name in ("sentence", "evidence_text", "caveat"))
    return Recommendation(
        rank, record["rule_id"], record["channel"], record["severity"], sentence, evidence, caveat, record
    )


def _view(results: Results, snapshot: Snapshot) -> DashboardView:
    rows = budget.rows(results)
    context = RenderContext("en", CURRENCY, {}, outlooks_of(results), results.account.worth, results.plan)
    said = {lang: budget.headline(rows, replace(context, lang=lang)) for lang in LANGS}
    title, columns = budget.DASHBOARD.named(results.account.worth)
    return DashboardView(budget.DASHBOARD.slug, title, snapshot, Text(**said), columns, tuple(rows), "")


def _page(advice: Advice, view: DashboardView, chart: Chart, lang: Lang) -> dict[str, Any]:
    reader = Reader(lang, CURRENCY)
    setup = PageSetup(reader, ((view.slug, view.title),))
    return decision.draw(advice, reader) | dashboard.draw(view, chart, setup)


def _report(advice: Advice, view: DashboardView, chart: Chart, lang: Lang) -> Report:
    views = RunViews(
        overview=overview(snapshot=advice.snapshot),
        advice=advice,
        track_record=TrackRecord(advice.snapshot, None, None, 0, 0, None, ()),
        dashboards=(view,),
        charts=(chart,),
        currency=CURRENCY,
        remarks=(),
        version="1",
    )
    return report_of(views, lang, _MADE, "UTC")


def contradictions(places: Places) -> Iterator[str]:
    """Yield every two places of a run that give different advice."""
    yield from _of_tables(places)
    yield from _of_decision(places)
    yield from _of_moves(places)
    yield from _of_gain(places)
    yield from _of_rules(places)
    yield from _of_languages(places)


def _moved(places: Places) -> dict[str, float]:
    """Return the change of each channel's budget by the plan, in money."""
    return {share.channel: float(share.recommended - share.current) for share in places.plan.shares}


def _of_tables(places: Places) -> Iterator[str]:
    """Compare the plan with its rows on the page, in the API, in the CSV file and in the report."""
    moved = _moved(places)
    page = places.page["en"][f"{ids.card(budget.DASHBOARD.slug, 'table')}.data"]
    section = places.reports["en"].sections[0]
    report = [
        {heading.name: value for heading, value in zip(section.table.headings, row, strict=True)}
        for row in section.table.rows
    ]
    for name, rows, precision in (
        ("page", page, _precision(page)),
        ("API", places.rows_of_api, 0.01),
        ("CSV", places.rows_of_csv, 0.01),
        ("report", report, 0.01),
    ):
        for row in rows:
            change = float(row["recommended_budget"]) - float(row["current_budget"])
            if abs(change - moved[row["channel"]]) > precision:
                yield f"{name}: {row['channel']} {change:+.2f}, the plan {moved[row['channel']]:+.2f}"
            told = {"increase": 1, "decrease": -1}.get(row["action"], 0)
            if np.sign(round(change, 2)) != told and abs(moved[row["channel"]]) >= precision:
                yield f"{name}: {row['channel']} {row['action']}, but {change:+.2f}"


def _precision(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return by how much the difference of two amounts on the page may differ: it shows large ones whole."""
    largest = max(
        (abs(row[name]) for row in rows for name in ("recommended_budget", "current_budget")), default=0
    )
    return 1.0 if largest >= 1000 else 0.01


def _of_decision(places: Places) -> Iterator[str]:
    """Compare whether money moves, and which option is told, in all sentences."""
    is_told = places.plan.verdict == "move" or _is_other_total(places)
    if places.advice.snapshot.waiting is not None and is_told:
        yield f"the Overview waits for data, the plan says {places.plan.verdict}"
    for lang in LANGS:
        do = places.page[lang][f"{ids.DECISION_DO}.children"]
        head = places.page[lang][ids.card(budget.DASHBOARD.slug, "headline.children")]
        if do.startswith(_SPEND[lang]) != is_told:
            yield f"money moves: {is_told}, but the Overview: {do}"
        if head.startswith(budget.HOLD[lang]) == is_told:
            yield f"money moves: {is_told}, but the card: {head}"
        if places.reports[lang].decision[0] != do or places.reports[lang].sections[0].headline != head:
            yield f"the report says {places.reports[lang].decision[0]}, the page {do}"
        for text in (do, head):
            if (_OPTION[lang] in text) != (places.plan.option is not None):
                yield f"the plan's option is {places.plan.option}, but: {text}"


def _is_other_total(places: Places) -> bool:
    """Tell whether the plan spends another total than today's."""
    spent, today = (
        sum(float(amount) for amount in amounts)
        for amounts in zip(*((share.recommended, share.current) for share in places.plan.shares), strict=True)
    )
    return abs(spent - today) > LEAST_EXTRA * max(today, 1)


def _of_moves(places: Places) -> Iterator[str]:
    """Compare the moves of the recommendation, on the page and in the API, with those of the plan."""
    shifts = [item for item in places.advice.items if item.rule_id == "budget_shift"]
    if bool(shifts) != (places.plan.verdict == "move") and not _is_other_total(places):
        yield f"the plan's verdict is {places.plan.verdict}, recommendations: {len(shifts)}"
    moved = _moved(places)
    moves = {move.channel: move.change for shift in shifts for move in decision.moves_of(shift)}
    for channel, change in moves.items():
        if abs(change - moved[channel]) > 0.01:
            yield f"the recommendation moves {channel} by {change}, the plan by {moved[channel]:+.2f}"
    if shifts and not _is_other_total(places) and set(moves) != {name for name, by in moved.items() if by}:
        yield f"the recommendation moves {moves}, the plan {moved}"


def _of_gain(places: Places) -> Iterator[str]:
    """Compare the expected gain of the move in sentence, card, API, table and report."""
    shift = next(
        (one for one in places.advice_of_api["recommendations"] if one["rule_id"] == "budget_shift"), None
    )
    if shift is None:
        return
    impact = shift["expected_impact"]
    row = places.rows_of_api[0]
    for part in ("p10", "p50", "p90"):
        if abs(impact[part] - row[f"plan_effect_{part}"]) > 0.01 + 1e-6 * abs(impact[part]):
            yield f"expected impact {impact}, table {row}"
    shown = impact.get("conversions", impact)["p50"]
    for lang in LANGS:
        leaves = places.page[lang]
        for text in (
            leaves[f"{ids.DECISION_DO}.children"],
            leaves[f"{ids.DECISION_GAIN}.children"],
            leaves[ids.card(budget.DASHBOARD.slug, "headline.children")],
            places.reports[lang].findings[places.advice_of_api["recommendations"].index(shift)].sentence,
        ):
            if not any(_is_written(shown, number) for number in numbers_in(text, lang)):
                yield f"the gain is {shown}, but: {text}"


def _is_written(value: float, number: float) -> bool:
    """Tell whether a number may be the written form of a value: whole, or with one or two decimals."""
    return any(
        abs(round(value, decimals) - number) <= 10**-decimals
        for decimals in ((0, 1, 2) if abs(value) < 100 else (0,))
    )


def numbers_in(text: str, lang: Lang) -> list[float]:
    """Return the numbers of a sentence."""
    found = []
    for written in _DIGITS.findall(text):
        plain = written.replace("\u2212", "-").replace("\u202f", "").rstrip(".,")
        plain = plain.replace(",", "") if lang == "en" else plain.replace(",", ".")
        try:
            found.append(float(plain))
        except ValueError:
            continue  # a date such as 1.2.3
    return found


def _of_rules(places: Places) -> Iterator[str]:
    """Compare the other recommendations with what the plan does with their channels."""
    moved = _moved(places)
    summary = places.advice.summary
    by_rule = {(item.rule_id, item.channel) for item in places.advice.items}
    for item in places.advice.items:
        change = moved.get(item.channel or "", 0.0)
        kind = (item.item.get("action") or {}).get("type")
        if kind == "reduce_spend" and change > 0:
            yield f"{item.rule_id} of {item.channel} reduces, the plan {change:+.2f}"
        if kind == "test_spend" and change < 0:
            yield f"{item.rule_id} of {item.channel} tests more, the plan {change:+.2f}"
        if item.rule_id == "winner" and ("loser", item.channel) in by_rule:
            yield f"{item.channel} is the best and the worst"
        if item.rule_id == "winner" and ("unprofitable", item.channel) in by_rule and len(moved) > 1:
            others = [one for one in places.advice.items if one.rule_id == "unprofitable"]
            if len(others) < len(moved):
                yield f"{item.channel} is the best and at a loss"
    for place, rule in (("top_performer", "winner"), ("worst_performer", "loser")):
        named = summary["channel_comparison"][place]
        if named is not None and (rule, named) not in by_rule:
            yield f"the summary names {named} as {place}"
    is_told = places.plan.verdict == "move" or _is_other_total(places)
    if is_told and summary["summary"]["en"].startswith("No change is supported by the data."):
        yield f"the plan moves, the summary: {summary['summary']['en']}"


def _of_languages(places: Places) -> Iterator[str]:
    """Compare the numbers of both languages."""
    pairs = [(item.sentence, item.item["rule_id"]) for item in places.advice.items]
    cards = (f"{ids.DECISION_DO}.children", ids.card(budget.DASHBOARD.slug, "headline.children"))
    pairs += [(Text(**{lang: places.page[lang][card] for lang in LANGS}), card) for card in cards]
    for text, name in pairs:
        english, russian = (sorted(numbers_in(text[lang], lang)) for lang in LANGS)
        if english != russian:
            yield f"{name}: {text.en} / {text.ru}"
