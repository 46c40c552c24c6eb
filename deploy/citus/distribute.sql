-- Spreads the campaign rows over a Citus cluster (12 or newer). Run it once on the coordinator, with psql, after
-- `demetra migrate` and before the first import: psql "$DATABASE_URL" -f deploy/citus/distribute.sql
-- docs/growing.md says why each table is where it is. Demetra has not been tried on Citus yet.
\set ON_ERROR_STOP on

-- Keys of a distributed table must contain the column that it is distributed by; foreign keys cannot leave
-- it for a local table, and triggers belong to its shards (below).
ALTER TABLE campaigns DROP CONSTRAINT pk_campaigns;
ALTER TABLE campaigns ADD CONSTRAINT pk_campaigns PRIMARY KEY (channel, id);
ALTER TABLE snapshot_days DROP CONSTRAINT fk_snapshot_days_run_id;
DROP TRIGGER count_inserted ON campaigns;
DROP TRIGGER count_updated ON campaigns;
DROP TRIGGER count_deleted ON campaigns;
DROP TRIGGER count_truncated ON campaigns;

SELECT create_distributed_table('campaigns', 'channel');
SELECT create_distributed_table('campaign_days', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('snapshot_days', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('prediction_ledger', 'channel', colocate_with => 'campaigns');

-- The daily sums are kept by each shard of `campaigns` in the shard of `campaign_days` beside it: both hold the
-- same channels. The trigger is told the name of that shard. After shards have been moved
-- (rebalancing), drop the triggers and run this part again.
CREATE OR REPLACE FUNCTION demetra_count_campaign_shard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    days text := TG_ARGV[0];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('DELETE FROM %s', days);
        RETURN NULL;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        EXECUTE format($sql$
            INSERT INTO %s AS d
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
                revenue = d.revenue + excluded.revenue
        $sql$, days);
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        EXECUTE format($sql$
            UPDATE %s d SET
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
            WHERE d.channel = r.channel AND d.date = r.date
        $sql$, days);
        EXECUTE format($sql$
            DELETE FROM %s d
            USING (SELECT DISTINCT channel, date FROM removed) r
            WHERE d.channel = r.channel AND d.date = r.date AND d.campaign_rows = 0
        $sql$, days);
    END IF;
    RETURN NULL;
END
$$;
SELECT create_distributed_function('demetra_count_campaign_shard()');

SELECT run_command_on_colocated_placements('campaigns', 'campaign_days', $cmd$
    CREATE TRIGGER count_inserted AFTER INSERT ON %s REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_campaign_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaigns', 'campaign_days', $cmd$
    CREATE TRIGGER count_updated AFTER UPDATE ON %s REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_campaign_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaigns', 'campaign_days', $cmd$
    CREATE TRIGGER count_deleted AFTER DELETE ON %s REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_campaign_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaigns', 'campaign_days', $cmd$
    CREATE TRIGGER count_truncated AFTER TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_campaign_shard('%s')
$cmd$);
