"""A member's past out of the store: profile, ended sessions with their plans, self-reports. One read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlite_utils import Database

from gateway.clock import LocalDays
from gateway.members.members import Member, demand_known, find_member
from gateway.members.wellbeing import SelfReport, load_wellbeing
from gateway.planning.workouts import PastSession, Planned, workouts
from recommender.history import History, Wellbeing
from recommender.person import Person
from recommender.prescription import Prescription

# The longest window of a rule is four weeks; the rest shows how long somebody was away.
HISTORY_DAYS: Final = 120

# A report lists every repetition: what is needed of it is taken out by SQLite itself, in two looks at it.
_FACTS: Final = {
    "rpe": "$.rpe",
    "mean_bpm": "$.heart_rate.mean_bpm",
    "belt_s": "$.treadmill.duration_s",
    "belt_mean_kmh": "$.treadmill.mean_speed_kmh",
    "belt_max_kmh": "$.treadmill.max_speed_kmh",
    "plan": "$.plan",
}
_SESSIONS: Final = f"""
    SELECT started_at, ended_at,
        json_extract(report, {", ".join(f"'{path}'" for path in _FACTS.values())}) AS facts,
        (SELECT json_group_array(json_extract(value, '$.exercise', '$.reps'))
            FROM json_each(report, '$.sets')) AS sets
    FROM session WHERE member_id = ? AND status = 'ended' AND started_at >= ? ORDER BY started_at
"""  # noqa: S608 - made of `_FACTS`


@dataclass(frozen=True, slots=True)
class Past:
    """What the store knows of a member.

    Attributes:
        member: the profile; None for one who only has an id.
        sessions: ended ones of the last days, oldest first.
        wellbeing: what was told of those days.
    """

    member: Member | None
    sessions: tuple[PastSession, ...]
    wellbeing: dict[date, SelfReport]

    def person(self, today: date) -> Person:
        """Whom a plan is for."""
        return Person() if self.member is None else self.member.person(today)

    def history(self, days: LocalDays) -> History:
        """What they did and told."""
        maximum_bpm = self.person(days.today()).expected_maximum_bpm
        return History(
            workouts=workouts(self.sessions, days=days, maximum_bpm=maximum_bpm),
            wellbeing=tuple(
                Wellbeing(
                    day=day,
                    sleep_efficiency=each.sleep_efficiency,
                    stress_index=each.stress_index,
                    resting_bpm=each.resting_heart_rate_bpm,
                    hrv_ms=each.hrv_ms,
                )
                for day, each in self.wellbeing.items()
            ),
        )


def load_past(db: Database, member_id: str, now: datetime) -> Past:
    """Return what is known of a member up to now, an aware moment.

    Raises:
        MemberUnknown: nothing is stored under this id.
    """
    demand_known(db, member_id)
    since = now - timedelta(days=HISTORY_DAYS)
    # A day more on both sides: the store's days need not be the gym's.
    first, last = (since - timedelta(days=1)).date(), (now + timedelta(days=1)).date()
    said = _feedback(db, member_id)
    return Past(
        member=find_member(db, member_id),
        sessions=tuple(_session(row, said) for row in db.query(_SESSIONS, (member_id, since.isoformat()))),
        wellbeing=load_wellbeing(db, member_id, first, last),
    )


def _feedback(db: Database, member_id: str) -> dict[str, dict[str, Any]]:
    rows = db.execute(
        "SELECT id, feedback FROM plan WHERE member_id = ? AND feedback IS NOT NULL", (member_id,)
    )
    return {plan_id: json.loads(text) for plan_id, text in rows.fetchall()}


def _session(row: dict[str, Any], said: Mapping[str, dict[str, Any]]) -> PastSession:
    facts = dict(zip(_FACTS, json.loads(row["facts"]), strict=True))
    plan = facts.pop("plan")
    return PastSession(
        started_at=datetime.fromisoformat(row["started_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]),
        sets=tuple((exercise, reps) for exercise, reps in json.loads(row["sets"])),
        planned=None if plan is None else _planned(plan, said.get(plan["id"], {})),
        **facts,
    )


def _planned(plan: dict[str, Any], said: Mapping[str, Any]) -> Planned:
    return Planned(
        id=plan["id"],
        type=plan["type"],
        prescription=Prescription(plan["duration_minutes"], plan["intensity_score"]),
        accepted=said.get("accepted", plan["accepted"]),
        rpe=said.get("rpe"),
        note=said.get("note") or "",
    )
