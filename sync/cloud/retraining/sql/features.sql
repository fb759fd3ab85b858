-- workout -> feature: what a member's past tells on the day of each row, as recommender/features.py defines it;
-- null is what nobody knows. Workouts count from the day before, back over 7 or 28 days.
-- `least` and `greatest` pass over null, which must stay null.
CREATE TEMP MACRO clip(x, low, high) AS CASE WHEN x < low THEN low WHEN x > high THEN high ELSE x END;

CREATE TEMP TABLE feature AS
WITH loads AS (
    SELECT *, minutes * coalesce(intensity, rpe / 2, prescribed_intensity, 2.5) AS load FROM workout
),
past AS (
    SELECT
        member, day, day_number,
        day_number - min(day_number) FILTER (minutes IS NOT NULL) OVER (PARTITION BY member) AS known_days,
        count(minutes) OVER month AS month_workouts,
        avg(minutes) OVER week AS week_minutes,
        avg(mean_bpm) OVER week / maximum_bpm AS hr_fraction,
        min(day_number) FILTER (rpe IS NOT NULL) OVER week AS first_rated,
        max(day_number) FILTER (rpe IS NOT NULL) OVER week AS last_rated,
        regr_slope(rpe, day_number) OVER week AS rpe_slope,
        avg(clip(completion, 0, 1)) OVER month AS completion,
        coalesce(sum(load) OVER week, 0) AS load_0,
        coalesce(sum(load) OVER (eachone RANGE BETWEEN 14 PRECEDING AND 8 PRECEDING), 0) AS load_1,
        coalesce(sum(load) OVER (eachone RANGE BETWEEN 21 PRECEDING AND 15 PRECEDING), 0) AS load_2,
        coalesce(sum(load) OVER (eachone RANGE BETWEEN 28 PRECEDING AND 22 PRECEDING), 0) AS load_3
    FROM loads
    WINDOW
        eachone AS (PARTITION BY member ORDER BY day_number),
        week AS (PARTITION BY member ORDER BY day_number RANGE BETWEEN 7 PRECEDING AND 1 PRECEDING),
        month AS (PARTITION BY member ORDER BY day_number RANGE BETWEEN 28 PRECEDING AND 1 PRECEDING)
),
weekly AS (
    SELECT
        *,
        -- The slope of the line of least squares through the loads of two to four whole weeks, and their mean.
        CASE least(known_days, 28) // 7
            WHEN 4 THEN (1.5 * load_0 + 0.5 * load_1 - 0.5 * load_2 - 1.5 * load_3) / 5
            WHEN 3 THEN (load_0 - load_2) / 2
            WHEN 2 THEN load_0 - load_1
        END AS load_slope,
        CASE least(known_days, 28) // 7
            WHEN 4 THEN (load_0 + load_1 + load_2 + load_3) / 4
            WHEN 3 THEN (load_0 + load_1 + load_2) / 3
            WHEN 2 THEN (load_0 + load_1) / 2
        END AS mean_load
    FROM past
)
SELECT
    member, day, known_days,
    CASE
        WHEN known_days > 0 AND month_workouts = 0 THEN 0
        WHEN known_days > 0 THEN clip(week_minutes, 0, 240)
    END AS mean_duration_7d_min,
    clip(hr_fraction, 0.3, 1.1) AS mean_hr_fraction_7d,
    CASE WHEN first_rated < last_rated THEN clip(rpe_slope, -3, 3) END AS rpe_slope_7d,
    completion AS completion_28d,
    clip(load_slope / nullif(mean_load, 0), -1, 1) AS progress_rate_28d
FROM weekly;
