-- workout, feature -> example: one row for each day with a plan, in the form of recommender/training/columns.py.
-- What the box's models saw counts; what a box did not record is computed from the sessions.
CREATE TEMP TABLE example AS
SELECT
    member, day, gym_id,
    plan.features.age_years AS age_years,
    plan.features.bmi AS bmi,
    CASE WHEN list_contains(recorded, 'mean_duration_7d_min') THEN plan.features.mean_duration_7d_min
        ELSE feature.mean_duration_7d_min END AS mean_duration_7d_min,
    CASE WHEN list_contains(recorded, 'mean_hr_fraction_7d') THEN plan.features.mean_hr_fraction_7d
        ELSE feature.mean_hr_fraction_7d END AS mean_hr_fraction_7d,
    CASE WHEN list_contains(recorded, 'rpe_slope_7d') THEN plan.features.rpe_slope_7d
        ELSE feature.rpe_slope_7d END AS rpe_slope_7d,
    CASE WHEN list_contains(recorded, 'completion_28d') THEN plan.features.completion_28d
        ELSE feature.completion_28d END AS completion_28d,
    CASE WHEN list_contains(recorded, 'progress_rate_28d') THEN plan.features.progress_rate_28d
        ELSE feature.progress_rate_28d END AS progress_rate_28d,
    plan.features.training_phase AS training_phase,
    plan.sex AS sex,
    plan.level AS level,
    plan.goal AS goal,
    plan.type AS type,
    plan.duration_minutes AS prescribed_minutes,
    plan.intensity_score AS prescribed_intensity,
    CAST(accepted AS DOUBLE) AS accepted,
    minutes AS performed_minutes,
    measured_intensity AS performed_intensity,
    completion,
    rpe,
    known_days,
    -- Who is held out stays held out: no model of any dataset has ever learned from them.
    substr(sha256(split_part(member, '/', -1)), 1, 2) < '26' AS held_out,
    CAST('0x' || substr(sha256('sample ' || member), 1, 8) AS UBIGINT) / 4294967296 AS lot
FROM workout
JOIN feature USING (member, day)
WHERE plan.goal IS NOT NULL AND plan.features.training_phase IS NOT NULL;
