"""What became of a plan in one session, as its record tells the cloud. Pure.

Only what was measured is said of the performance: models must not learn from what merely was planned or felt.
"""

from gateway.clock import LocalDays
from gateway.members.members import Member
from gateway.planning.rows import StoredPlan
from gateway.planning.workouts import PastSession, workouts
from gateway.sessions.report import PlanReport, SessionReport


def past_session(report: SessionReport) -> PastSession:
    """Return the session as a workout is made of it, without its plan."""
    belt, heart = report.treadmill, report.heart_rate
    return PastSession(
        started_at=report.started_at,
        ended_at=report.ended_at or report.started_at,
        rpe=report.rpe,
        mean_bpm=None if heart is None else heart.mean_bpm,
        belt_s=None if belt is None else belt.duration_s,
        belt_mean_kmh=None if belt is None else belt.mean_speed_kmh,
        belt_max_kmh=None if belt is None else belt.max_speed_kmh,
        sets=tuple((each.exercise, each.reps) for each in report.sets),
    )


def outcome_of(
    plan: StoredPlan, report: SessionReport, member: Member | None, *, minutes_before: float, days: LocalDays
) -> PlanReport:
    """Say what was asked for and what was done.

    Args:
        plan: of the day of the session.
        report: of the session.
        member: whose it is; None for one who only has an id.
        minutes_before: what was performed of the plan in sessions before this one.
        days: of the gym.
    """
    document = plan.document
    session = past_session(report)
    maximum_bpm = None if member is None else member.maximum_bpm(plan.day)
    done = next(iter(workouts([session], days=days, maximum_bpm=maximum_bpm)), None)
    return PlanReport(
        id=plan.id,
        version=plan.version,
        day=plan.day,
        goal=document.goal,
        level=None if member is None else member.level,
        sex=None if member is None else member.sex,
        type=document.type,
        source=document.source,
        duration_minutes=document.duration_minutes,
        intensity_score=document.intensity_score,
        performed_type=None if done is None else done.type,
        performed_minutes=round(session.minutes, 2),
        performed_intensity=None if done is None else done.intensity_score,
        completion=round(min(1.0, (session.minutes + minutes_before) / document.duration_minutes), 3),
        accepted=None if plan.feedback is None else plan.feedback.accepted,
        model_versions=document.model_versions,
        features=document.public_features(),
    )
