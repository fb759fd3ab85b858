"""What this gym's members did by plan, out of the store, as rows that training takes. One read.

They are the same values that a record of a session would have told the cloud (`gateway.planning.outcome`), so
sleep, HRV and stress are not among them.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlite_utils import Database

# Older sessions are of people who have changed since; plans look no further back either.
SINCE_DAYS: Final = 120
MOST_SESSIONS: Final = 5000
"""The latest; of more, none would count for more (`TrainConfig.max_examples`)."""

_SESSIONS: Final = """
    SELECT session.member_id AS member_id, json_extract(report, '$.plan') AS plan,
        json_extract(report, '$.rpe') AS rpe, plan.feedback AS feedback
    FROM session LEFT JOIN plan ON plan.id = json_extract(report, '$.plan.id')
    WHERE session.status = 'ended' AND session.started_at >= ? AND json_extract(report, '$.plan') IS NOT NULL
    ORDER BY session.started_at DESC LIMIT ?
"""


def own_sessions(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Return one row for each plan that was followed, with values by `recommender.training.columns`.

    Args:
        db: of the store.
        now: an aware moment.
    """
    since = (now - timedelta(days=SINCE_DAYS)).isoformat()
    found = [{**json.loads(row["plan"]), **row} for row in db.query(_SESSIONS, (since, MOST_SESSIONS))]
    found.sort(key=_plan_of)
    return [_row(list(sessions)) for _, sessions in groupby(found, key=_plan_of)]


def _plan_of(session: Mapping[str, Any]) -> tuple[str, str]:
    return session["member_id"], session["id"]


def _row(sessions: list[dict[str, Any]]) -> dict[str, Any]:
    """All sessions of a plan as one workout: who changes stations checks in again."""
    plan = sessions[0]
    said = {} if plan["feedback"] is None else json.loads(plan["feedback"])
    accepted, rpe = said.get("accepted", plan["accepted"]), said.get("rpe")
    return {
        **plan["features"],
        "member": plan["member_id"],
        "day": date.fromisoformat(plan["day"]),
        "sex": plan["sex"],
        "level": plan["level"],
        "goal": plan["goal"],
        "type": plan["type"],
        "prescribed_minutes": plan["duration_minutes"],
        "prescribed_intensity": plan["intensity_score"],
        "accepted": None if accepted is None else float(accepted),
        "performed_minutes": sum(each["performed_minutes"] for each in sessions),
        "performed_intensity": _mean(sessions, "performed_intensity"),
        "completion": max(each["completion"] for each in sessions),
        "rpe": _mean(sessions, "rpe") if rpe is None else rpe,
    }


def _mean(sessions: Iterable[Mapping[str, Any]], key: str) -> float | None:
    """Of the sessions that tell it, by their minutes."""
    known = [(each[key], each["performed_minutes"]) for each in sessions if each[key] is not None]
    total = sum(minutes for _, minutes in known)
    return sum(value * minutes for value, minutes in known) / total if total > 0 else None
