-- What validation must know of each gym. A gym is whole in one part, so nothing here is ever added up.
CREATE TEMP TABLE gateway_statistics AS
SELECT
    gym_id, gateway_id, count(*) AS sessions, count(DISTINCT member) AS members,
    count(*) FILTER (repeated) AS repeated,
    count(*) FILTER (wrong IS NOT NULL) AS refused,
    coalesce(CAST(to_json(histogram(wrong) FILTER (wrong IS NOT NULL)) AS VARCHAR), '{}') AS reasons
FROM session
GROUP BY gym_id, gateway_id;

CREATE TEMP TABLE gym_statistics AS
WITH steps AS (
    SELECT
        gym_id, member, rpe, coalesce(performed_intensity, prescribed_intensity) AS intensity,
        abs(age_years - lag(age_years) OVER days) > 1 + date_diff('day', lag(day) OVER days, day) / 365 AS aged,
        abs(ln(bmi / lag(bmi) OVER days)) > 0.15 AND date_diff('day', lag(day) OVER days, day) <= 30 AS weighed
    FROM example
    WINDOW days AS (PARTITION BY member ORDER BY day)
),
-- Only where the member has been known for as long as the features look back.
told AS (
    SELECT
        gym_id,
        unnest([
            abs(plan.features.mean_duration_7d_min - feature.mean_duration_7d_min) > 12,
            abs(plan.features.completion_28d - feature.completion_28d) > 0.1,
            abs(plan.features.progress_rate_28d - feature.progress_rate_28d) > 0.2
        ]) AS other
    FROM workout JOIN feature USING (member, day)
    WHERE known_days > 28
),
skew AS (
    SELECT gym_id, count(other) AS compared, count(*) FILTER (other) AS other FROM told GROUP BY gym_id
)
SELECT
    gym_id,
    count(*) AS examples,
    count(DISTINCT member) AS members,
    count(DISTINCT member) FILTER (aged OR weighed) AS jumping,
    regr_count(rpe, intensity) AS rated,
    CASE WHEN isfinite(corr(rpe, intensity)) THEN corr(rpe, intensity) END AS agreement,
    coalesce(any_value(skew.compared), 0) AS compared,
    coalesce(any_value(skew.other), 0) AS other
FROM steps LEFT JOIN skew USING (gym_id)
GROUP BY gym_id;

CREATE TEMP TABLE newest AS
SELECT * FROM example QUALIFY row_number() OVER (PARTITION BY member ORDER BY day DESC) = 1;
