"""Views for a warehouse: what others may rely on, documented in docs/warehouse.md.

A later migration that changes a column below drops the view that shows it, and creates it again.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NEWEST_RUN = """(
    SELECT max(id) FROM sync_runs WHERE state = 'succeeded' AND NOT no_new_data
)"""
_CURRENCY = "(SELECT currency FROM reporting_currency LIMIT 1)"
_RUN_CURRENCY = "(SELECT scores ->> 'currency' FROM sync_runs WHERE id = run_id)"

VIEWS = {
    "demetra_campaign_days": f"""
SELECT
    date,
    source AS account,
    channel,
    campaign_id AS campaign,
    grain,
    CAST(sum(impressions) AS numeric(38, 0)) AS impressions,
    CAST(sum(clicks) AS numeric(38, 0)) AS clicks,
    CAST(sum(conversions) AS numeric(38, 4)) AS conversions,
    CAST(sum(cost) AS numeric(38, 4)) AS cost,
    CAST(sum(revenue) AS numeric(38, 4)) AS revenue,
    CASE WHEN bool_or(currency IS NOT NULL) THEN {_CURRENCY} END AS currency,
    count(*) AS campaign_rows,
    source = 'demo' AS is_sample,
    max(imported_at) AS imported_at
FROM campaigns
GROUP BY source, channel, date, campaign_id, grain
""",  # noqa: S608 - names of this file only
    "demetra_channel_days": f"""
SELECT
    run_id,
    date,
    channel,
    sum(impressions) AS impressions,
    sum(clicks) AS clicks,
    sum(conversions) AS conversions,
    sum(cost) AS cost,
    sum(revenue) AS revenue,
    {_RUN_CURRENCY} AS currency,
    CAST(sum(campaign_rows) AS bigint) AS campaign_rows
FROM snapshot_days
WHERE run_id = {_NEWEST_RUN}
GROUP BY run_id, date, channel
""",  # noqa: S608 - names of this file only
    "demetra_forecasts": """
SELECT
    made_on,
    date,
    channel,
    metric,
    mean,
    low,
    high,
    date - made_on AS lead_days,
    made_on = max(made_on) OVER () AS is_newest,
    run_id,
    made_at,
    is_sample
FROM prediction_ledger
""",
    "demetra_budget": f"""
SELECT
    run_id,
    created_at AS made_at,
    channel,
    action,
    period_days,
    current_budget,
    recommended_budget,
    total_budget,
    effect_p10 AS revenue_change_low,
    effect_p50 AS revenue_change,
    effect_p90 AS revenue_change_high,
    p_increase AS chance_of_increase,
    roi_now,
    roi_then,
    next_1000_now,
    next_1000_then,
    acquisition_cost,
    {_RUN_CURRENCY} AS currency
FROM ml_budget_rec
WHERE run_id = {_NEWEST_RUN}
""",  # noqa: S608 - names of this file only
    "demetra_runs": """
SELECT
    id AS run_id,
    trigger,
    state,
    no_new_data,
    requested_at,
    started_at,
    finished_at,
    CAST(extract(epoch FROM finished_at - started_at) AS double precision) AS seconds,
    rows_read,
    data_from,
    data_to,
    is_sample,
    error_code,
    error_text ->> 'en' AS error
FROM sync_runs
""",
    "demetra_imports": f"""
SELECT
    id AS import_id,
    file_name,
    layout,
    source AS account,
    fetched_from AS source,
    ARRAY(SELECT jsonb_array_elements_text(channels)) AS channels,
    mode,
    imported_at,
    undone_at,
    date_from,
    date_to,
    rows_read,
    rows_imported,
    rows_updated,
    rows_unchanged,
    rows_combined,
    rows_rejected,
    rows_removed,
    cost_before,
    cost_after,
    revenue_before,
    revenue_after,
    {_CURRENCY} AS currency
FROM imports
""",  # noqa: S608 - names of this file only
    "demetra_sources": """
SELECT
    name AS source,
    type,
    tried_at,
    succeeded_at,
    changed_at,
    failing_since,
    failures,
    error_code,
    error_text ->> 'en' AS error,
    next_at,
    (
        SELECT max(date_to) FROM imports WHERE fetched_from = sources.name AND undone_at IS NULL
    ) AS data_to
FROM sources
WHERE is_declared AND name <> ''
""",
}


def upgrade() -> None:
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
