-- session -> workout: what a member does on one day is one workout, as on the box (gateway/planning/workouts.py).
CREATE TEMP TABLE workout AS
WITH good AS (
    SELECT * FROM session WHERE wrong IS NULL AND NOT repeated AND (minutes >= 1 OR sets > 0)
),
merged AS (
    SELECT
        member, day, date_diff('day', DATE '2020-01-01', day) AS day_number,
        any_value(gym_id) AS gym_id,
        least(sum(minutes), 1440) AS minutes,
        sum(mean_bpm * minutes) / nullif(sum(minutes) FILTER (mean_bpm IS NOT NULL), 0) AS mean_bpm,
        coalesce(sum(rpe * minutes) / nullif(sum(minutes) FILTER (rpe IS NOT NULL), 0), avg(rpe)) AS rpe,
        sum(plan.performed_intensity * minutes)
            / nullif(sum(minutes) FILTER (plan.performed_intensity IS NOT NULL), 0) AS measured_intensity,
        arg_max(plan, started_at) FILTER (plan.id IS NOT NULL) AS plan,
        arg_max(recorded, started_at) FILTER (plan.id IS NOT NULL) AS recorded,
        arg_max(accepted, started_at) FILTER (plan.id IS NOT NULL) AS accepted
    FROM good
    GROUP BY member, day
)
SELECT
    *,
    -- What was prescribed and not refused stands in for what nobody measured.
    coalesce(measured_intensity, CASE WHEN accepted IS NOT FALSE THEN plan.intensity_score END) AS intensity,
    plan.intensity_score AS prescribed_intensity,
    CASE WHEN plan.duration_minutes IS NOT NULL THEN least(minutes / plan.duration_minutes, 1) END AS completion,
    208 - 0.7 * plan.features.age_years AS maximum_bpm
FROM merged;
