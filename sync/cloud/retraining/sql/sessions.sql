-- raw -> session: one row for each session record, whatever it says; `wrong` names what cannot be.
-- raw has the columns of the lake: id, kind, gateway_id, gym_id, member, created_at, received_at, schema, body.
CREATE TEMP VIEW readable AS
SELECT * REPLACE (CASE WHEN json_valid(body) THEN body END AS body) FROM raw;

CREATE TEMP TABLE feedback AS
SELECT
    gym_id,
    body ->> '$.id' AS plan_id,
    arg_max(TRY_CAST(body ->> '$.rpe' AS DOUBLE), created_at) AS rpe,
    arg_max(TRY_CAST(body ->> '$.accepted' AS BOOLEAN), created_at) AS accepted
FROM readable
WHERE kind = 'plan'
GROUP BY gym_id, plan_id;

CREATE TEMP TABLE session AS
WITH told AS (
    SELECT
        -- Nobody but their own gym can say anything of a member, whatever pseudonym another may use.
        id, gym_id, gateway_id, gym_id || '/' || member AS member, CAST(received_at AS TIMESTAMP) AS received_at,
        json_transform(body, '{
            "started_at": "TIMESTAMP", "ended_at": "TIMESTAMP", "rpe": "DOUBLE",
            "heart_rate": {"mean_bpm": "DOUBLE"}, "treadmill": {"duration_s": "DOUBLE"},
            "plan": {
                "id": "VARCHAR", "day": "DATE", "goal": "VARCHAR", "level": "VARCHAR", "sex": "VARCHAR",
                "type": "VARCHAR", "duration_minutes": "DOUBLE", "intensity_score": "DOUBLE",
                "performed_minutes": "DOUBLE", "performed_intensity": "DOUBLE", "accepted": "BOOLEAN",
                "features": {
                    "age_years": "DOUBLE", "bmi": "DOUBLE", "mean_duration_7d_min": "DOUBLE",
                    "mean_hr_fraction_7d": "DOUBLE", "rpe_slope_7d": "DOUBLE", "completion_28d": "DOUBLE",
                    "progress_rate_28d": "DOUBLE", "training_phase": "DOUBLE"
                }
            }
        }') AS told,
        coalesce(json_array_length(body, '$.sets'), 0) AS sets,
        json_keys(body, '$.plan.features') AS recorded
    FROM readable
    WHERE kind = 'session' AND member IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY gym_id, id ORDER BY received_at) = 1
),
plain AS (
    SELECT
        id, told.gym_id, gateway_id, member, recorded, received_at, sets,
        told.started_at AS started_at,
        -- The gym's own day where a plan tells it; without one, the day in UTC.
        coalesce(told.plan.day, CAST(told.started_at AS DATE)) AS day,
        CASE
            WHEN told.plan.performed_minutes IS NOT NULL THEN told.plan.performed_minutes
            WHEN told.treadmill.duration_s IS NOT NULL AND sets = 0 THEN told.treadmill.duration_s / 60
            ELSE date_diff('millisecond', told.started_at, told.ended_at) / 60000
        END AS minutes,
        told.heart_rate.mean_bpm AS mean_bpm,
        coalesce(feedback.rpe, told.rpe) AS rpe,
        coalesce(feedback.accepted, told.plan.accepted) AS accepted,
        told.plan AS plan
    FROM told
    LEFT JOIN feedback ON feedback.gym_id = told.gym_id AND feedback.plan_id = told.told.plan.id
)
SELECT
    *,
    CASE
        WHEN started_at IS NULL OR minutes IS NULL THEN 'unreadable'
        WHEN started_at > received_at + INTERVAL 1 DAY OR started_at < TIMESTAMP '2020-01-01' THEN 'time'
        WHEN abs(date_diff('day', CAST(started_at AS DATE), day)) > 1 THEN 'day'
        WHEN NOT (minutes BETWEEN 0 AND 1440) THEN 'minutes'
        WHEN NOT (rpe BETWEEN 1 AND 10) THEN 'rpe'
        WHEN NOT (mean_bpm BETWEEN 20 AND 300) THEN 'mean_bpm'
        WHEN NOT (plan.performed_intensity BETWEEN 1 AND 5) THEN 'performed_intensity'
        WHEN NOT (plan.duration_minutes BETWEEN 10 AND 120 AND plan.intensity_score BETWEEN 1 AND 5) THEN 'prescription'
        WHEN NOT (plan.features.age_years BETWEEN 14 AND 100) OR NOT (plan.features.bmi BETWEEN 12 AND 60)
            OR NOT (plan.features.mean_duration_7d_min BETWEEN 0 AND 240)
            OR NOT (plan.features.mean_hr_fraction_7d BETWEEN 0.3 AND 1.1)
            OR NOT (plan.features.rpe_slope_7d BETWEEN -3 AND 3)
            OR NOT (plan.features.completion_28d BETWEEN 0 AND 1)
            OR NOT (plan.features.progress_rate_28d BETWEEN -1 AND 1)
            OR NOT (plan.features.training_phase BETWEEN 0 AND 6) THEN 'features'
    END AS wrong,
    row_number() OVER (PARTITION BY member, started_at, minutes, rpe ORDER BY id) > 1 AS repeated
FROM plain;
