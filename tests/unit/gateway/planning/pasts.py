"""Pasts of members, as strange as a store may hold them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from gateway.clock import Clock, LocalDays
from gateway.members.members import MemberProfile
from gateway.members.wellbeing import SelfReport
from gateway.planning.workouts import PastSession, Planned
from recommender.gym import EQUIPMENT, Gym, Machine
from recommender.person import BODY_PARTS, CONDITIONS, GOALS, LEVELS, SEXES, TRAINING_PHASES
from recommender.prescription import WORKOUT_TYPES, Prescription

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = LocalDays(ZoneInfo("Europe/Berlin"), Clock(utc_now=lambda: MORNING))


def session(minutes: float = 20.0, *, at: datetime = MORNING, **facts: object) -> PastSession:
    return PastSession(started_at=at, ended_at=at + timedelta(minutes=minutes), **facts)  # type: ignore[arg-type]


floats = st.floats(0.0, 400.0)
past_sessions = st.builds(
    session,
    st.floats(-5.0, 4000.0),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 2)).map(lambda each: each.replace(tzinfo=UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    rpe=st.none() | st.integers(1, 10),
    mean_bpm=st.none() | floats,
    belt_s=st.none() | st.floats(0.0, 1e6),
    belt_mean_kmh=st.none() | st.floats(0.0, 30.0),
    belt_max_kmh=st.none() | st.floats(0.0, 30.0),
    sets=st.lists(st.tuples(st.sampled_from(["squat", "curl"]), st.integers(0, 500)), max_size=4).map(tuple),
    planned=st.none()
    | st.builds(
        Planned,
        id=st.just("p"),
        type=st.sampled_from(WORKOUT_TYPES),
        prescription=st.builds(Prescription, st.floats(10.0, 120.0), st.floats(1.0, 5.0)),
        accepted=st.none() | st.booleans(),
        rpe=st.none() | st.integers(1, 10),
    ),
)


profiles = st.builds(
    MemberProfile,
    display_name=st.just("a"),
    birth_year=st.none() | st.integers(1900, 2100),
    maximum_heart_rate_bpm=st.none() | st.integers(100, 240),
    sex=st.none() | st.sampled_from(SEXES),
    height_cm=st.none() | st.floats(60, 260),
    weight_kg=st.none() | st.floats(20, 400),
    level=st.none() | st.sampled_from(LEVELS),
    goal=st.none() | st.sampled_from(GOALS),
    training_phase=st.none() | st.sampled_from(TRAINING_PHASES),
    injuries=st.lists(st.sampled_from(BODY_PARTS), max_size=4).map(tuple),
    conditions=st.lists(st.sampled_from(CONDITIONS), max_size=3).map(tuple),
    resting_heart_rate_bpm=st.none() | st.integers(25, 150),
)
self_reports = st.builds(
    SelfReport,
    sleep_efficiency=st.none() | st.floats(0, 1),
    stress_index=st.none() | st.floats(0, 10),
    resting_heart_rate_bpm=st.none() | st.floats(25, 150),
    hrv_ms=st.none() | st.floats(0, 500),
)
gyms = st.builds(
    Gym,
    machines=st.lists(
        st.builds(
            Machine,
            kind=st.just("treadmill"),
            station_id=st.sampled_from(["a", "b"]),
            free=st.booleans(),
            max_speed_kmh=st.none() | st.floats(0.5, 30),
            max_incline_percent=st.none() | st.floats(0, 40),
        ),
        max_size=2,
    ).map(tuple),
    equipment=st.frozensets(st.sampled_from(EQUIPMENT), max_size=4),
)
