"""Every table of Demetra, in SQLAlchemy Core; the migrations create them.

Ratios are fractions, money is `numeric(18,4)`, times have a time zone. A ratio without a denominator is NULL.
Rows of a snapshot reference their sync run and are deleted with it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

MONEY = sa.Numeric(18, 4)
TIME = TIMESTAMP(timezone=True)
RATIO: sa.Double[float] = sa.Double()

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    # NULL: the source does not record the figure.
    sa.Column("impressions", sa.BigInteger),
    sa.Column("clicks", sa.BigInteger),
    sa.Column("conversions", MONEY),
    sa.Column("cost", MONEY),
    sa.Column("revenue", MONEY),
    sa.Column("attributes", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column(
        "attributes_hash",
        sa.Text,
        sa.Computed("md5(attributes::text)", persisted=True),
        nullable=False,
    ),
    sa.Column("imported_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("import_id", sa.BigInteger),
    sa.Column("grain", sa.Text, nullable=False, server_default="day"),
    sa.Column("currency", sa.Text),
    sa.Column("details", JSONB),
    # An import replaces the days of a source and channel, so the key begins with them.
    sa.UniqueConstraint("source", "channel", "date", "campaign_id", "attributes_hash"),
    # The importer's limits, for other writers. A NaN would make the maintained sums NaN permanently.
    sa.CheckConstraint("date BETWEEN '1990-01-01' AND '2099-12-31'", name="date"),
    sa.CheckConstraint("'NaN' NOT IN (conversions, cost, revenue)", name="finite"),
    sa.CheckConstraint("grain IN ('day', 'week', 'month')", name="grain"),
)
sa.Index("ix_campaigns_sample", campaigns.c.channel, sa.func.hashint8(campaigns.c.id))
# The rows of an import are neighbours on the disk; a BRIN index costs its COPY nothing.
sa.Index("ix_campaigns_import_id", campaigns.c.import_id, postgresql_using="brin")
sa.Index("ix_campaigns_channel_date", campaigns.c.channel, campaigns.c.date)

channel_rules = sa.Table(
    "channel_rules",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("pattern", sa.Text),
    sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("kind IN ('rename', 'merge', 'split')", name="kind"),
    sa.CheckConstraint("(kind = 'split') = (pattern IS NOT NULL)", name="pattern"),
    comment="Rules that rename, merge and split channels, in the order in which they are applied.",
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("file_hash", sa.Text, nullable=False),
    sa.Column("layout", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("channels", JSONB, nullable=False),
    sa.Column("mapping", JSONB),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("imported_by", sa.Text),
    sa.Column("imported_at", TIME, nullable=False, server_default=sa.func.now()),
    *(
        sa.Column(f"rows_{name}", sa.BigInteger, nullable=False)
        for name in ("read", "imported", "updated", "unchanged", "combined", "rejected", "removed")
    ),
    sa.Column("date_from", sa.Date, nullable=False),
    sa.Column("date_to", sa.Date, nullable=False),
    *(
        sa.Column(name, sa.Numeric(38, 4))
        for name in ("cost_before", "cost_after", "revenue_before", "revenue_after")
    ),
    sa.Column("covers", JSONB, nullable=False),
    sa.Column("report", JSONB, nullable=False),
    sa.Column("pruned_at", TIME),
    sa.Column("undone_at", TIME),
    sa.Column("undone_by", sa.Text),
    sa.Column("fetched_from", sa.Text),
    sa.CheckConstraint("mode IN ('replace', 'append')", name="mode"),
    comment="Imports of campaign files: what each read, changed and covers.",
)

replaced_campaigns = sa.Table(
    "replaced_campaigns",
    metadata,
    sa.Column("replaced_by", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    *(
        sa.Column(c.name, c.type, nullable=c.name not in {"source", "campaign_id", "date", "attributes"})
        for c in campaigns.c
        if c.name not in {"id", "channel", "attributes_hash"}
    ),
    comment="Rows of campaigns that an import replaced or removed, as they were, until they are pruned.",
)


def _recorded() -> sa.Column[int]:
    """Declare which figures the rows of a sum record; the other sums are NULL.

    The sum of 1 for impressions, 2 clicks, 4 conversions, 8 cost, 16 revenue. A channel and day has one row
    for each combination that occurs.
    """
    return sa.Column("recorded", sa.SmallInteger, primary_key=True, autoincrement=False)


campaign_days = sa.Table(
    "campaign_days",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("campaign_rows", sa.BigInteger, nullable=False),
    sa.Column("sample_rows", sa.BigInteger, nullable=False),
    sa.Column("clicks_over_impressions", sa.BigInteger, nullable=False),
    sa.Column("conversions_over_clicks", sa.BigInteger, nullable=False),
    sa.Column("impressions", sa.Numeric(38, 0)),
    sa.Column("clicks", sa.Numeric(38, 0)),
    sa.Column("conversions", sa.Numeric(38, 4)),
    sa.Column("cost", sa.Numeric(38, 4)),
    sa.Column("revenue", sa.Numeric(38, 4)),
    _recorded(),
    comment="Sums of campaigns by channel and day; kept by triggers on campaigns, whoever writes there.",
)

segment_days = sa.Table(
    "segment_days",
    metadata,
    sa.Column("date", sa.Date, primary_key=True),
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("channel", "attribute", "value")),
    sa.Column("campaign_rows", sa.BigInteger, nullable=False),
    *(sa.Column(name, sa.Numeric(38, 0)) for name in ("impressions", "clicks")),
    *(sa.Column(name, sa.Numeric(38, 4)) for name in ("conversions", "cost", "revenue")),
    _recorded(),
    comment="Sums of campaigns by day, channel and attribute value, '' for more than 30 values together;"
    " kept by triggers on campaigns, whoever writes there.",
)

rates = sa.Table(
    "rates",
    metadata,
    sa.Column("base", sa.Text, primary_key=True),
    sa.Column("currency", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("rate", sa.Numeric(24, 10), nullable=False),
    sa.Column("is_fixed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("rate > 0", name="positive"),
    comment="What one unit of a base currency costs in another currency, by day.",
)

reporting_currency = sa.Table(
    "reporting_currency",
    metadata,
    sa.Column("currency", sa.Text, primary_key=True),
    comment="The currency of the amounts in campaigns; at most one row.",
)

campaign_changes = sa.Table(
    "campaign_changes",
    metadata,
    sa.Column("transaction_id", sa.BigInteger, primary_key=True, autoincrement=False),
    comment="Transactions that wrote to campaigns since the last snapshot; a trigger notes them.",
)

changed_days = sa.Table(
    "changed_days",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("year", sa.Date, primary_key=True),
    sa.Column("transaction_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first", sa.Date, nullable=False),
    comment="The first day of each year that transactions changed since the last snapshot, by channel;"
    " triggers on campaign_days note them.",
)

channels = sa.Table(
    "channels",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False, unique=True),
    comment="Each channel's place in the order of colours, kept while the data have it.",
)

sync_runs = sa.Table(
    "sync_runs",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("trigger", sa.Text, nullable=False),
    sa.Column("slot", TIME),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stage", sa.Text),
    sa.Column("stage_seconds", JSONB),
    sa.Column("requested_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("requested_by", sa.Text),
    sa.Column("started_at", TIME),
    sa.Column("finished_at", TIME),
    sa.Column("rows_read", sa.BigInteger),
    sa.Column("data_from", sa.Date),
    sa.Column("data_to", sa.Date),
    sa.Column("is_sample", sa.Boolean),
    sa.Column("model_version", sa.Text),
    sa.Column("scores", JSONB),
    sa.Column("error_code", sa.Text),
    sa.Column("error_text", JSONB),
    sa.Column("redraw", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("no_new_data", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("fingerprint", sa.Text),
    sa.Column("fetched", JSONB),
    # What a snapshot was computed from, as far as it is compared with another one.
    sa.Column("inputs", JSONB),
    sa.CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'interrupted')", name="state"),
)
sa.Index("uq_sync_runs_slot", sync_runs.c.slot, unique=True)
sa.Index(
    "uq_sync_runs_one_queued",
    sync_runs.c.state,
    unique=True,
    postgresql_where=sync_runs.c.state == "queued",
)
sa.Index(
    "ix_sync_runs_snapshot",
    sync_runs.c.id.desc(),
    postgresql_where=(sync_runs.c.state == "succeeded") & ~sync_runs.c.no_new_data,
)

worker_restarts = sa.Table(
    "worker_restarts",
    metadata,
    sa.Column("supervisor", sa.Text, primary_key=True),
    sa.Column("ended", sa.BigInteger, nullable=False),
    sa.Column("back_at", TIME, nullable=False),
    comment="Worker processes that `demetra run` restarts: how often each ended, and when it is back.",
)


def _of_run() -> sa.Column[int]:
    return sa.Column(
        "run_id", sa.BigInteger, sa.ForeignKey("sync_runs.id", ondelete="CASCADE"), nullable=False
    )


def _run_key() -> sa.Column[int]:
    """Return the run as (a part of) the primary key of a table of one snapshot's rows."""
    return sa.Column(
        "run_id", sa.BigInteger, sa.ForeignKey("sync_runs.id", ondelete="CASCADE"), primary_key=True
    )


def _picture() -> tuple[sa.Column[Any], ...]:
    """Return the columns of a PNG: its bytes, their SHA-256 in hexadecimal, its size in pixels."""
    return (
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
    )


def snapshot_table(name: str, *columns: sa.Column[object]) -> sa.Table:
    """Declare a table of snapshot rows: `id`, `run_id` and `created_at` around `columns`."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _of_run(),
        *columns,
        sa.Column("created_at", TIME, nullable=False),
        sa.Index(f"ix_{name}_run_id", "run_id"),
    )


snapshot_days = sa.Table(
    "snapshot_days",
    metadata,
    _run_key(),
    *(
        sa.Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable, autoincrement=False)
        for c in campaign_days.c
        if c.name != "sample_rows"
    ),
    comment="The campaign days that a snapshot was computed from, so that every page of it agrees.",
)

snapshot_parts = sa.Table(
    "snapshot_parts",
    metadata,
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("channel", "dimension", "value")),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("named_on", sa.Date),
    sa.UniqueConstraint("channel", "dimension", "position"),
    comment="The campaigns (dimension '') and attribute values of snapshots, and the position of each in"
    " the arrays of snapshot_part_days.",
)

snapshot_part_days = sa.Table(
    "snapshot_part_days",
    metadata,
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("channel", "dimension")),
    _recorded(),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("first_run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last_run", sa.BigInteger),
    *(
        sa.Column(name, ARRAY(sa.Double), nullable=False)
        for name in ("campaign_rows", "impressions", "clicks", "conversions", "cost", "revenue")
    ),
    sa.Index("ix_snapshot_part_days_until", "dimension", "until", "date", "channel", "first_run", "last_run"),
    comment="Sums of campaigns from 1 January to a day, by campaign or attribute value, and the runs"
    " whose snapshots they belong to. Conversions and money are in ten-thousandths.",
)

ml_charts = sa.Table(
    "ml_charts",
    metadata,
    _run_key(),
    sa.Column("slug", sa.Text, primary_key=True),
    *_picture(),
    sa.Column("alt", sa.Text, nullable=False),
    sa.Column("preview", sa.LargeBinary),
    sa.Column("headline", JSONB),
)

chart_variants = sa.Table(
    "chart_variants",
    metadata,
    _run_key(),
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("lang", sa.Text, primary_key=True),
    sa.Column("theme", sa.Text, primary_key=True),
    *_picture(),
    sa.Column("preview", sa.LargeBinary),
    comment="The charts of a run in further languages and themes; ml_charts has the usual one of each.",
)

chart_demand = sa.Table(
    "chart_demand",
    metadata,
    sa.Column("lang", sa.Text, primary_key=True),
    sa.Column("theme", sa.Text, primary_key=True),
    sa.Column("asked_at", TIME, nullable=False),
    comment="The languages and themes in which pages show charts, and when one last did.",
)

recommendations = sa.Table(
    "recommendations",
    metadata,
    _run_key(),
    sa.Column("rank", sa.Integer, primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("item", JSONB, nullable=False),
)

prediction_ledger = sa.Table(
    "prediction_ledger",
    metadata,
    sa.Column("made_on", sa.Date, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    *(sa.Column(name, RATIO, nullable=False) for name in ("mean", "low", "high")),
    sa.Column("run_id", sa.BigInteger, nullable=False),
    sa.Column("made_at", TIME, nullable=False),
    sa.Column("is_sample", sa.Boolean, nullable=False),
    sa.CheckConstraint("date > made_on", name="ahead"),
    comment="Forecasts and their bands as made from data up to made_on; they outlive their run.",
)

day_reports = sa.Table(
    "day_reports",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("seen_on", sa.Date, primary_key=True),
    *(sa.Column(name, RATIO) for name in ("conversions", "revenue", "clicks", "cost")),
    sa.Column("seen_at", TIME, nullable=False),
    sa.Column("is_sample", sa.Boolean, nullable=False),
    sa.CheckConstraint("seen_on >= date", name="age"),
    comment="What syncs saw of the newest days of each channel, where it changed; outlives their runs.",
)

incomplete_days = sa.Table(
    "incomplete_days",
    metadata,
    _run_key(),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    *(sa.Column(name, RATIO) for name in ("conversions", "revenue")),
    sa.Column("is_left_out", sa.Boolean, nullable=False),
    sa.CheckConstraint("state IN ('coming_in', 'not_learned', 'not_over')", name="state"),
    comment="The newest days of a snapshot that are not complete: the shares that have come in.",
)

pins = sa.Table(
    "pins",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("run_id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("created_at", TIME, nullable=False),
    sa.Column("data_from", sa.Date),
    sa.Column("data_to", sa.Date),
    sa.Column("pinned_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("pinned_by", sa.Text),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("archive", sa.LargeBinary, nullable=False),
    comment="Pinned runs with everything that is shown of them; they outlive the rows of their run.",
)
sa.Index("uq_pins_name", sa.func.lower(pins.c.name), unique=True)

plan_curves = sa.Table(
    "plan_curves",
    metadata,
    _run_key(),
    sa.Column("curves", sa.LargeBinary, nullable=False),
    comment="The response curves that the plan of a run was decided from, as compressed JSON.",
)

targets = sa.Table(
    "targets",
    metadata,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("measure", sa.Text, primary_key=True),
    sa.Column("amount", sa.Numeric(18, 2), nullable=False),
    sa.Column("set_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("set_by", sa.Text),
    comment="Budgets (spend) and goals of months, by their first day; channel '' is the whole account.",
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    # The declaration as a JSON object without secrets, as far as pages and commands show it.
    sa.Column("declared", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column("is_declared", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("tried_at", TIME),
    sa.Column("succeeded_at", TIME),
    sa.Column("changed_at", TIME),
    sa.Column("failing_since", TIME),
    sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("error_code", sa.Text),
    sa.Column("error_text", JSONB),
    sa.Column("next_at", TIME),
    sa.Column("is_wanted", sa.Boolean, nullable=False, server_default=sa.false()),
    # The last fetch left files for the next one, which a run of its own does at next_at.
    sa.Column("has_more", sa.Boolean, nullable=False, server_default=sa.false()),
    comment="The declared sources: when each was read, and why not. A removed one has is_declared = false.",
)

source_files = sa.Table(
    "source_files",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text),
    sa.Column("import_id", sa.BigInteger),
    sa.Column("error_code", sa.Text),
    sa.Column("error_text", JSONB),
    sa.Column("dealt_with_at", TIME, nullable=False),
    comment="What was fetched of each source: the version of each file, and its import or its refusal.",
)

report_deliveries = sa.Table(
    "report_deliveries",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("slot", TIME, primary_key=True),
    sa.Column("schedule", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("leased_until", TIME),
    sa.Column("next_at", TIME),
    sa.Column("run_id", sa.BigInteger),
    sa.Column("finished_at", TIME),
    sa.Column("error_text", JSONB),
    comment="Scheduled reports: one row for each slot that was sent or tried.",
)
