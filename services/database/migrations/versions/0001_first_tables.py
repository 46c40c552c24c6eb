"""The first tables: campaigns and their daily sums, sync runs, and what a snapshot consists of."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MONEY = sa.Numeric(18, 4)
TIME = TIMESTAMP(timezone=True)
SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")
COUNTS = ("impressions", "clicks")
ODD = ("clicks_over_impressions", "conversions_over_clicks")

CAMPAIGN_DAYS_FUNCTION = """
CREATE FUNCTION demetra_count_campaign_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM campaign_days;
        RETURN NULL;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO campaign_days AS d
        SELECT channel, date, count(*), count(*) FILTER (WHERE source = 'demo'),
               count(*) FILTER (WHERE clicks > impressions), count(*) FILTER (WHERE conversions > clicks),
               sum(impressions), sum(clicks), sum(conversions), sum(cost), sum(revenue)
        FROM added GROUP BY channel, date ORDER BY channel, date
        ON CONFLICT (channel, date) DO UPDATE SET
            campaign_rows = d.campaign_rows + excluded.campaign_rows,
            sample_rows = d.sample_rows + excluded.sample_rows,
            clicks_over_impressions = d.clicks_over_impressions + excluded.clicks_over_impressions,
            conversions_over_clicks = d.conversions_over_clicks + excluded.conversions_over_clicks,
            impressions = d.impressions + excluded.impressions,
            clicks = d.clicks + excluded.clicks,
            conversions = d.conversions + excluded.conversions,
            cost = d.cost + excluded.cost,
            revenue = d.revenue + excluded.revenue;
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        UPDATE campaign_days d SET
            campaign_rows = d.campaign_rows - r.campaign_rows,
            sample_rows = d.sample_rows - r.sample_rows,
            clicks_over_impressions = d.clicks_over_impressions - r.clicks_over_impressions,
            conversions_over_clicks = d.conversions_over_clicks - r.conversions_over_clicks,
            impressions = d.impressions - r.impressions,
            clicks = d.clicks - r.clicks,
            conversions = d.conversions - r.conversions,
            cost = d.cost - r.cost,
            revenue = d.revenue - r.revenue
        FROM (
            SELECT channel, date, count(*) AS campaign_rows,
                   count(*) FILTER (WHERE source = 'demo') AS sample_rows,
                   count(*) FILTER (WHERE clicks > impressions) AS clicks_over_impressions,
                   count(*) FILTER (WHERE conversions > clicks) AS conversions_over_clicks,
                   sum(impressions) AS impressions, sum(clicks) AS clicks,
                   sum(conversions) AS conversions, sum(cost) AS cost, sum(revenue) AS revenue
            FROM removed GROUP BY channel, date
        ) r
        WHERE d.channel = r.channel AND d.date = r.date;
        DELETE FROM campaign_days d
        USING (SELECT DISTINCT channel, date FROM removed) r
        WHERE d.channel = r.channel AND d.date = r.date AND d.campaign_rows = 0;
    END IF;
    RETURN NULL;
END
$$
"""

CAMPAIGN_DAYS_TRIGGERS = {
    "count_inserted": "AFTER INSERT ON campaigns REFERENCING NEW TABLE AS added",
    "count_updated": "AFTER UPDATE ON campaigns REFERENCING OLD TABLE AS removed NEW TABLE AS added",
    "count_deleted": "AFTER DELETE ON campaigns REFERENCING OLD TABLE AS removed",
    "count_truncated": "AFTER TRUNCATE ON campaigns",
}


def upgrade() -> None:
    _campaigns()
    _sync_runs()
    _snapshots()


def downgrade() -> None:
    for name in (
        "recommendations",
        "ml_charts",
        "ml_budget_rec",
        "ml_reach_ctr_timeseries",
        "ml_roi_timeseries",
        "ml_roi_forecast",
        "snapshot_days",
        "sync_runs",
        "channels",
        "campaign_days",
        "campaigns",
    ):
        op.drop_table(name)
    op.execute("DROP FUNCTION demetra_count_campaign_days")


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        _id(),
        _text("source"),
        _text("campaign_id"),
        _text("channel"),
        sa.Column("date", sa.Date, nullable=False),
        *(sa.Column(n, sa.BigInteger if n in COUNTS else MONEY, nullable=False) for n in SUMS),
        sa.Column("attributes", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column(
            "attributes_hash", sa.Text, sa.Computed("md5(attributes::text)", persisted=True), nullable=False
        ),
        sa.Column("imported_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint(
            "source",
            "campaign_id",
            "channel",
            "date",
            "attributes_hash",
            name="uq_campaigns_source_campaign_id_channel_date_attributes_hash",
        ),
    )
    op.create_table(
        "campaign_days",
        *_campaign_day("campaign_rows", "sample_rows", *ODD),
        sa.PrimaryKeyConstraint("channel", "date", name="pk_campaign_days"),
        comment="Sums of campaigns by channel and day; kept by triggers on campaigns, whoever writes there.",
    )
    op.execute(CAMPAIGN_DAYS_FUNCTION)
    for name, event in CAMPAIGN_DAYS_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {event} FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_campaign_days()"
        )
    op.create_table(
        "channels",
        _text("name"),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channels"),
        sa.UniqueConstraint("position", name="uq_channels_position"),
        comment="Each channel's place in the order of colours, kept while the data have it.",
    )


def _sync_runs() -> None:
    op.create_table(
        "sync_runs",
        _id(),
        _text("trigger"),
        sa.Column("slot", TIME),
        _text("state"),
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
        sa.PrimaryKeyConstraint("id", name="pk_sync_runs"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'interrupted')", name="ck_sync_runs_state"
        ),
    )
    op.create_index("uq_sync_runs_slot", "sync_runs", ["slot"], unique=True)
    op.create_index(
        "uq_sync_runs_one_queued",
        "sync_runs",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_sync_runs_snapshot",
        "sync_runs",
        [sa.text("id DESC")],
        postgresql_where=sa.text("state = 'succeeded'"),
    )


def _snapshots() -> None:
    op.create_table(
        "snapshot_days",
        _run_id(),
        *_campaign_day("campaign_rows", *ODD),
        sa.PrimaryKeyConstraint("run_id", "channel", "date", name="pk_snapshot_days"),
        _of_run("snapshot_days"),
        comment="The campaign days that a snapshot was computed from, so that every page of it agrees.",
    )
    _snapshot_table("ml_roi_forecast", _text("channel"), *_ratios("roi_forecast", "roi_low", "roi_high"))
    _snapshot_table(
        "ml_roi_timeseries",
        *_channel_day(),
        *_ratios("roi_actual", "conversion_actual", "roi_pred", "conversion_pred"),
        *_ratios("roi_low", "roi_high", "conversion_low", "conversion_high"),
    )
    _snapshot_table(
        "ml_reach_ctr_timeseries",
        *_channel_day(),
        *_ratios("reach_actual", "ctr_actual", "reach_pred", "ctr_pred"),
        *_ratios("reach_low", "reach_high", "ctr_low", "ctr_high"),
    )
    _snapshot_table(
        "ml_budget_rec",
        _text("channel"),
        *_ratios("roi_pred", "conversion_pred"),
        sa.Column("acquisition_cost", MONEY),
        *(
            sa.Column(n, MONEY, nullable=False)
            for n in ("recommended_budget", "total_budget", "current_budget")
        ),
        *_ratios("marginal_roi_before", "marginal_roi_after"),
        *(sa.Column(n, MONEY) for n in ("effect_p10", "effect_p50", "effect_p90")),
        *_ratios("p_increase"),
        _text("action"),
    )
    op.create_table(
        "ml_charts",
        _run_id(),
        _text("slug"),
        sa.Column("png", sa.LargeBinary, nullable=False),
        _text("sha256"),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        _text("alt"),
        sa.PrimaryKeyConstraint("run_id", "slug", name="pk_ml_charts"),
        _of_run("ml_charts"),
    )
    op.create_table(
        "recommendations",
        _run_id(),
        sa.Column("rank", sa.Integer, nullable=False),
        _text("rule_id"),
        sa.Column("item", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "rank", name="pk_recommendations"),
        _of_run("recommendations"),
    )


def _snapshot_table(name: str, *columns: "sa.Column[Any]") -> None:
    op.create_table(
        name,
        _id(),
        _run_id(),
        *columns,
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        _of_run(name),
    )
    op.create_index(f"ix_{name}_run_id", name, ["run_id"])


def _id() -> "sa.Column[Any]":
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False)


def _run_id() -> "sa.Column[Any]":
    return sa.Column("run_id", sa.BigInteger, nullable=False)


def _of_run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["run_id"], ["sync_runs.id"], ondelete="CASCADE", name=f"fk_{table}_run_id"
    )


def _text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text, nullable=False)


def _channel_day() -> "tuple[sa.Column[Any], ...]":
    return sa.Column("date", sa.Date, nullable=False), _text("channel")


def _campaign_day(*row_counts: str) -> "list[sa.Column[Any]]":
    return [
        _text("channel"),
        sa.Column("date", sa.Date, nullable=False),
        *(sa.Column(n, sa.BigInteger, nullable=False) for n in row_counts),
        *(sa.Column(n, sa.Numeric(38, 0 if n in COUNTS else 4), nullable=False) for n in SUMS),
    ]


def _ratios(*names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(n, sa.Double) for n in names]
