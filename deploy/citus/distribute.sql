-- Distributes the campaign rows over a Citus cluster (12 or newer). Run it once on the coordinator, with psql, after
-- `demetra migrate` and before the first import: psql "$DATABASE_URL" -f deploy/citus/distribute.sql
-- docs/growing.md says why each table is placed as it is. Demetra has not been tested on Citus yet.
\set ON_ERROR_STOP on

-- Keys of a distributed table must contain its distribution column. Foreign keys from it to a local table are not
-- possible, and triggers are created on its shards (below).
ALTER TABLE campaigns DROP CONSTRAINT pk_campaigns;
ALTER TABLE campaigns ADD CONSTRAINT pk_campaigns PRIMARY KEY (channel, id);
ALTER TABLE snapshot_days DROP CONSTRAINT fk_snapshot_days_run_id;
DROP TRIGGER count_inserted ON campaigns;
DROP TRIGGER count_updated ON campaigns;
DROP TRIGGER count_deleted ON campaigns;
DROP TRIGGER count_truncated ON campaigns;
DROP TRIGGER count_by_attribute_inserted ON campaigns;
DROP TRIGGER count_by_attribute_updated ON campaigns;
DROP TRIGGER count_by_attribute_deleted ON campaigns;
DROP TRIGGER count_by_attribute_truncated ON campaigns;
DROP TRIGGER note_change ON campaigns;
DROP TRIGGER note_inserted_days ON campaign_days;
DROP TRIGGER note_updated_days ON campaign_days;
DROP TRIGGER note_deleted_days ON campaign_days;

-- A shard cannot notify the coordinator that its rows have changed. So every run treats them as changed and draws
-- the charts, where a run without Citus would report "no new data".
CREATE TRIGGER note_change AFTER INSERT ON sync_runs FOR EACH STATEMENT EXECUTE FUNCTION demetra_note_change();

SELECT create_distributed_table('campaigns', 'channel');
SELECT create_distributed_table('campaign_days', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('segment_days', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('replaced_campaigns', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('changed_days', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('snapshot_days', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('snapshot_parts', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('snapshot_part_days', 'channel', colocate_with => 'campaigns');
SELECT create_distributed_table('prediction_ledger', 'channel', colocate_with => 'campaigns');

-- Triggers on each shard of `campaigns` maintain the sums by day and by attribute value, in the colocated shards of
-- `campaign_days` and `segment_days`: all three contain the same channels. The triggers get the names of these
-- shards as arguments. After shards have been moved (rebalancing), drop the triggers and run this part again.
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
            INSERT INTO %s AS d (channel, date, recorded, campaign_rows, sample_rows, clicks_over_impressions, conversions_over_clicks, impressions, clicks, conversions, cost, revenue)
            SELECT channel, date, 1 * (impressions IS NOT NULL)::int + 2 * (clicks IS NOT NULL)::int + 4 * (conversions IS NOT NULL)::int + 8 * (cost IS NOT NULL)::int + 16 * (revenue IS NOT NULL)::int,
                   count(*), count(*) FILTER (WHERE source = 'demo'),
                   count(*) FILTER (WHERE clicks > impressions), count(*) FILTER (WHERE conversions > clicks),
                   sum(impressions), sum(clicks), sum(conversions), sum(cost), sum(revenue)
            FROM added GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            ON CONFLICT (channel, date, recorded) DO UPDATE SET
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
                SELECT channel, date, 1 * (impressions IS NOT NULL)::int + 2 * (clicks IS NOT NULL)::int + 4 * (conversions IS NOT NULL)::int + 8 * (cost IS NOT NULL)::int + 16 * (revenue IS NOT NULL)::int AS recorded,
                       count(*) AS campaign_rows,
                       count(*) FILTER (WHERE source = 'demo') AS sample_rows,
                       count(*) FILTER (WHERE clicks > impressions) AS clicks_over_impressions,
                       count(*) FILTER (WHERE conversions > clicks) AS conversions_over_clicks,
                       sum(impressions) AS impressions, sum(clicks) AS clicks,
                       sum(conversions) AS conversions, sum(cost) AS cost, sum(revenue) AS revenue
                FROM removed GROUP BY 1, 2, 3
            ) r
            WHERE d.channel = r.channel AND d.date = r.date AND d.recorded = r.recorded
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

-- The sums by attribute value: the statement of `demetra_count_segment_days`, on the shard in the argument.
-- Triggers fire in the order of their names, so these run first, and concurrent transactions wait for the lock here.
CREATE OR REPLACE FUNCTION demetra_count_segment_shard() RETURNS trigger LANGUAGE plpgsql
SET work_mem = '64MB' SET enable_sort = off SET enable_mergejoin = off AS $$
DECLARE
    segments text := TG_ARGV[0];
    added text := 'SELECT date, channel, attributes, 1 * (impressions IS NOT NULL)::int + 2 * (clicks IS NOT NULL)::int + 4 * (conversions IS NOT NULL)::int + 8 * (cost IS NOT NULL)::int + 16 * (revenue IS NOT NULL)::int AS recorded, 1 AS campaign_rows, impressions, clicks, conversions, cost, revenue FROM added';
    removed text := 'SELECT date, channel, attributes, 1 * (impressions IS NOT NULL)::int + 2 * (clicks IS NOT NULL)::int + 4 * (conversions IS NOT NULL)::int + 8 * (cost IS NOT NULL)::int + 16 * (revenue IS NOT NULL)::int AS recorded, -1 AS campaign_rows, -impressions AS impressions, -clicks AS clicks, -conversions AS conversions, -cost AS cost, -revenue AS revenue FROM removed';
BEGIN
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', segments);
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('DELETE FROM %s', segments);
    ELSE
        EXECUTE format($sql$
            WITH changes AS (
                SELECT date, channel, pair.key AS attribute, pair.value, recorded,
                       sum(campaign_rows) AS campaign_rows, sum(impressions) AS impressions, sum(clicks) AS clicks, sum(conversions) AS conversions, sum(cost) AS cost, sum(revenue) AS revenue
                FROM (%2$s) AS changed,
                     jsonb_each_text(CASE jsonb_typeof(attributes) WHEN 'object' THEN attributes ELSE '{}' END) AS pair
                WHERE length(pair.key) BETWEEN 1 AND 60 AND length(pair.value) BETWEEN 1 AND 60
                GROUP BY date, channel, pair.key, pair.value, recorded
            ), after AS (
                SELECT date, channel, attribute, value, recorded, bool_or(is_change) AS has_changed,
                       sum(campaign_rows) AS campaign_rows, sum(impressions) AS impressions, sum(clicks) AS clicks, sum(conversions) AS conversions, sum(cost) AS cost, sum(revenue) AS revenue
                FROM (
                    SELECT true AS is_change, date, channel, attribute, value, recorded, campaign_rows, impressions, clicks, conversions, cost, revenue FROM changes
                    UNION ALL
                    SELECT false, date, channel, attribute, value, recorded, campaign_rows, impressions, clicks, conversions, cost, revenue
                    FROM (SELECT DISTINCT date, channel, attribute FROM changes) AS touched JOIN %1$s USING (date, channel, attribute)
                ) AS parts
                GROUP BY date, channel, attribute, value, recorded
            ), many AS (
                SELECT date, channel, attribute, true AS is_many
                FROM (
                    SELECT date, channel, attribute, value, bool_or(campaign_rows > 0) AS is_left FROM after GROUP BY date, channel, attribute, value
                ) AS found
                GROUP BY date, channel, attribute
                HAVING bool_or(value = '') OR count(*) FILTER (WHERE is_left) > 30
            ), folded AS (
                SELECT date, channel, attribute, CASE WHEN is_many THEN '' ELSE value END AS value, recorded,
                       bool_or(has_changed) AS has_changed, sum(campaign_rows) AS campaign_rows, sum(impressions) AS impressions, sum(clicks) AS clicks, sum(conversions) AS conversions, sum(cost) AS cost, sum(revenue) AS revenue
                FROM after LEFT JOIN many USING (date, channel, attribute)
                GROUP BY 1, 2, 3, 4, 5
                HAVING sum(campaign_rows) > 0
            ), gone AS (
                DELETE FROM %1$s AS kept USING (
                    SELECT date, channel, attribute, value, recorded FROM after EXCEPT SELECT date, channel, attribute, value, recorded FROM folded
                ) AS left_out
                WHERE (kept.date, kept.channel, kept.attribute, kept.value,
                       kept.recorded)
                    = (left_out.date, left_out.channel, left_out.attribute, left_out.value, left_out.recorded)
            )
            INSERT INTO %1$s (date, channel, attribute, value, recorded, campaign_rows, impressions, clicks, conversions, cost, revenue)
            SELECT date, channel, attribute, value, recorded, campaign_rows, impressions, clicks, conversions, cost, revenue FROM folded WHERE has_changed
            ON CONFLICT (date, channel, attribute, value, recorded) DO UPDATE SET campaign_rows = excluded.campaign_rows, impressions = excluded.impressions, clicks = excluded.clicks, conversions = excluded.conversions, cost = excluded.cost, revenue = excluded.revenue
        $sql$, segments, CASE TG_OP
            WHEN 'INSERT' THEN added
            WHEN 'DELETE' THEN removed
            ELSE added || ' UNION ALL ' || removed
        END);
    END IF;
    RETURN NULL;
END
$$;
SELECT create_distributed_function('demetra_count_segment_shard()');

SELECT run_command_on_colocated_placements('campaigns', 'segment_days', $cmd$
    CREATE TRIGGER count_by_attribute_inserted AFTER INSERT ON %s REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_segment_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaigns', 'segment_days', $cmd$
    CREATE TRIGGER count_by_attribute_updated AFTER UPDATE ON %s REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_segment_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaigns', 'segment_days', $cmd$
    CREATE TRIGGER count_by_attribute_deleted AFTER DELETE ON %s REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_segment_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaigns', 'segment_days', $cmd$
    CREATE TRIGGER count_by_attribute_truncated AFTER TRUNCATE ON %s
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_segment_shard('%s')
$cmd$);

-- The days that changed: triggers on each shard of `campaign_days` note them in the colocated shard of `changed_days`.
CREATE OR REPLACE FUNCTION demetra_note_changed_shard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        INSERT INTO %s AS c (channel, year, transaction_id, first)
        SELECT channel, date_trunc('year', date)::date, pg_current_xact_id()::text::bigint, min(date)
        FROM changed GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (channel, year, transaction_id) DO UPDATE SET first = least(c.first, excluded.first)
    $sql$, TG_ARGV[0]);
    RETURN NULL;
END
$$;
SELECT create_distributed_function('demetra_note_changed_shard()');

SELECT run_command_on_colocated_placements('campaign_days', 'changed_days', $cmd$
    CREATE TRIGGER note_inserted_days AFTER INSERT ON %s REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_note_changed_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaign_days', 'changed_days', $cmd$
    CREATE TRIGGER note_updated_days AFTER UPDATE ON %s REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_note_changed_shard('%s')
$cmd$);
SELECT run_command_on_colocated_placements('campaign_days', 'changed_days', $cmd$
    CREATE TRIGGER note_deleted_days AFTER DELETE ON %s REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION demetra_note_changed_shard('%s')
$cmd$);
