"""What a kiosk shows of its station: never a stale value, never another member's count."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.profile import load_profiles
from gateway.live.snapshot import StationSnapshot
from gateway.sessions.active import ActiveSession
from gateway.stations import Station
from vision.counting.form import Form
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes.messages import CameraStatus, CameraView

if TYPE_CHECKING:
    from tests.unit.gateway.conftest import Gym

PROFILES = load_profiles()
BELT, BAND = "aa:00:00:00:00:01", "aa:00:00:00:00:02"
MAT = Station("mat", "Mat", camera="cam1", exercises=("pushup", "squat"))
RUN = Station("run", "Treadmill 1", treadmill="belt")
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def test_an_empty_station_is_all_unknown(gym: "Gym") -> None:
    document = json.loads(gym.mat().model_dump_json())
    assert document == {
        "station": {"id": "mat", "name": "Mat"},
        "at": "2026-03-01T09:16:40.000Z",
        "box_started_at": "2026-03-01T09:00:00.000Z",
        "session": None,
        "exercise": None,
        "reps": 0,
        "partials": 0,
        "refused": 0,
        "phase": "unknown",
        "depth": None,
        "tempo_s": None,
        "form": None,
        "treadmill": None,
        "control": None,
        "heart_rate": None,
        "pose": None,
        "camera": {"id": "cam1", "state": "starting", "reason": "", "stage": "skeleton"},
        "alerts": [],
    }


def test_a_member_in_mid_set(gym: "Gym") -> None:
    session = gym.session(MAT)
    gym.now_s += 30.04
    gym.rep(session)
    gym.rep(session, partial=True)
    gym.frame(BAND, heart_rate_bpm=135.0, contact=1.0)
    gym.view()
    document = json.loads(gym.mat().model_dump_json())
    assert document["session"] == {
        "id": "s1",
        "member_id": "ada",
        "display_name": "Ada",
        "short_name": "Ada",
        "exercise": None,
        "started_at": "2026-03-01T09:00:00.000Z",
        "elapsed_s": 30.0,
        "language": None,
        "still_s": 0.0,
        "ends_in_s": None,
        "sets": {"squat": 1},
        "reps": {"squat": 1},
        "partials": {"squat": 1},
    }
    shown = {key: document[key] for key in ("exercise", "reps", "partials", "phase", "depth", "tempo_s")}
    assert shown == {
        "exercise": "squat",
        "reps": 1,
        "partials": 1,
        "phase": "down",
        "depth": 0.62,
        "tempo_s": 2.1,
    }
    assert document["heart_rate"] == {
        "device_id": "band",
        "link": "live",
        "bpm": 135.0,
        "zone": 3,
        "fraction": 0.75,
        "contact": True,
    }
    assert document["pose"]["points"] == [[101.2, 50.0, 0.99]] * 17
    assert (document["pose"]["width"], document["pose"]["height"], document["pose"]["age_s"]) == (
        960,
        540,
        0.0,
    )


def test_the_form_of_the_last_rep_is_shown_until_the_session_ends(gym: "Gym") -> None:
    session = gym.session(MAT)
    gym.rep(session, form=Form(knee_degrees=88.0, verdict="good", reason="good"))
    gym.rep(session, partial=True, form=Form(0.4, verdict="shallow", reason="shallow: 40% of the full range"))
    assert json.loads(gym.mat().model_dump_json())["form"] == {
        "range_of_motion": 0.4,
        "eccentric_s": None,
        "concentric_s": None,
        "symmetry": None,
        "hip_sag_degrees": None,
        "knee_degrees": None,
        "verdict": "shallow",
        "reason": "shallow: 40% of the full range",
    }
    gym.rep(session)
    assert gym.mat().form is None
    gym.rep(session, form=Form())
    assert gym.mat().form is not None
    gym.board.session_ended(session)
    assert gym.mat().form is None


def test_what_is_not_counted_is_told_until_something_is(gym: "Gym") -> None:
    session = gym.session(MAT)
    told = []
    for refused in (0, 1, 3):
        gym.view(refused=refused)
        told.append(gym.mat().refused)
    gym.rep(session)
    told.append(gym.mat().refused)
    gym.view(refused=3)
    told.append(gym.mat().refused)
    gym.view(refused=4)
    told.append(gym.mat().refused)
    assert told == [0, 1, 3, 0, 0, 1]


def test_what_was_not_counted_before_belongs_to_whom_it_was(gym: "Gym") -> None:
    session = gym.session(MAT)
    gym.view(refused=5)
    gym.board.session_ended(session)
    assert gym.mat().refused == 0
    gym.session(MAT)
    told = []
    for refused in (5, 0, 1):  # a late view of the session before, then a counter that begins anew
        gym.view(refused=refused)
        told.append(gym.mat().refused)
    assert told == [0, 0, 1]


def test_another_process_does_not_take_back_what_was_told(gym: "Gym") -> None:
    gym.session(MAT)
    for refused in (3, 0, 1):
        gym.view(refused=refused)
    assert gym.mat().refused == 4


def test_a_pose_older_than_a_second_is_gone_and_so_is_the_phase(gym: "Gym") -> None:
    gym.view()
    gym.now_s += 1.0
    assert gym.mat().pose is not None
    gym.now_s += 0.001
    assert (gym.mat().pose, gym.mat().phase, gym.mat().depth) == (None, "unknown", None)


def test_nobody_in_the_picture(gym: "Gym") -> None:
    gym.view(pose=False, exercise=None)
    assert (gym.mat().pose, gym.mat().phase) == (None, "down")


def test_stale_values_are_unknown_and_the_link_says_why(gym: "Gym") -> None:
    assert gym.run().treadmill is not None
    assert gym.run().treadmill.link == "never"  # type: ignore[union-attr]  # checked above
    gym.session(RUN)
    gym.frame(BELT, speed_kmh=9.5, distance_m=120.0)
    gym.frame(BAND, heart_rate_bpm=150.0)
    fresh = gym.run()
    assert fresh.treadmill is not None
    assert fresh.heart_rate is not None
    assert (fresh.treadmill.speed_kmh, fresh.treadmill.incline_percent) == (9.5, None)
    assert (fresh.heart_rate.bpm, fresh.heart_rate.zone, fresh.heart_rate.contact) == (150.0, 4, None)
    stale_after_s = max(PROFILES[name].stale_after_s for name in ("ble-treadmill", "ble-heart-rate"))
    gym.now_s += stale_after_s + 0.1
    stale = gym.run()
    assert stale.treadmill is not None
    assert stale.heart_rate is not None
    assert (stale.treadmill.link, stale.treadmill.speed_kmh, stale.treadmill.distance_m) == (
        "stale",
        None,
        None,
    )
    assert (stale.heart_rate.bpm, stale.heart_rate.zone, stale.heart_rate.fraction) == (None, None, None)


def test_without_a_known_maximum_there_is_a_rate_and_no_zone(gym: "Gym") -> None:
    gym.session(RUN, maximum_bpm=None)
    gym.frame(BAND, heart_rate_bpm=150.0, contact=0.0)
    heart = gym.run().heart_rate
    assert heart is not None
    assert (heart.bpm, heart.zone, heart.fraction, heart.contact) == (150.0, None, None, False)


def test_a_calm_heart_is_in_no_zone(gym: "Gym") -> None:
    gym.session(RUN)
    gym.frame(BAND, heart_rate_bpm=60.0)
    heart = gym.run().heart_rate
    assert heart is not None
    assert (heart.zone, heart.fraction) == (None, 0.333)


def test_no_band_is_shown_once_the_session_is_over(gym: "Gym") -> None:
    session = gym.session(RUN)
    gym.frame(BAND, heart_rate_bpm=60.0)
    gym.board.session_ended(session)
    assert (gym.run().session, gym.run().heart_rate) == (None, None)


def test_reps_of_one_session_are_not_the_next_ones(gym: "Gym") -> None:
    gym.rep()
    assert gym.mat().reps == 1
    session = gym.session(MAT)
    assert (gym.mat().reps, gym.mat().exercise, gym.mat().tempo_s) == (0, None, None)
    gym.rep(session)
    assert gym.mat().reps == 1
    gym.board.session_ended(session)
    assert (gym.mat().reps, gym.mat().exercise) == (0, None)


def test_a_session_that_goes_on_after_a_restart_shows_its_count_at_once(gym: "Gym") -> None:
    session = gym.session(MAT)
    for _ in range(4):
        session.progress.add_rep("squat", started_s=0, ended_s=1, depth=1, partial=False)
    assert (gym.mat().exercise, gym.mat().reps) == ("squat", 4)


def test_an_unwatched_camera_shows_a_skeleton_only_where_nobody_trains(gym: "Gym") -> None:
    points = np.zeros((17, 3), np.float32)
    idle = CameraView(camera_id="cam1", captured_s=gym.now_s, width=64, height=48, pose=Pose(points, 0.9))
    gym.board.on_camera_view(idle)
    assert gym.mat().pose is not None
    assert gym.mat().phase == "unknown"
    assert gym.run().pose is None
    gym.session(MAT)
    gym.view(pose=False)
    gym.board.on_camera_view(idle)
    assert gym.mat().pose is None


def test_the_camera_says_what_is_wrong_with_it(gym: "Gym") -> None:
    gym.board.on_camera(CameraStatus(camera_id="cam1", state="unreachable", reason="no answer"))
    camera = gym.mat().camera
    assert camera is not None
    assert (camera.state, camera.reason) == ("unreachable", "no answer")
    assert gym.run().camera is None


PARTS = ("store", "vision", "camera:cam1", "camera:cam2", "mqtt", "broker", "cloud")


@pytest.mark.parametrize(
    ("station", "banded", "concerned"),
    [
        ("mat", False, {"store", "vision", "camera:cam1"}),
        ("mat", True, {"store", "vision", "camera:cam1", "mqtt", "broker"}),
        ("run", False, {"store", "mqtt", "broker"}),
    ],
)
def test_a_station_is_told_of_the_trouble_that_is_its_own(
    gym: "Gym", station: str, *, banded: bool, concerned: set[str]
) -> None:
    for part in PARTS:
        gym.health.set(part, "failed", f"{part} is down")
    if banded:
        gym.session(MAT)
    alerts = gym.board.snapshot(station).alerts
    assert {alert.part: alert.reason for alert in alerts} == {part: f"{part} is down" for part in concerned}


def test_a_part_that_is_well_is_no_alert(gym: "Gym") -> None:
    gym.health.set("store", "ok")
    gym.health.set("vision", "degraded", "loading")
    assert [(alert.part, alert.level) for alert in gym.mat().alerts] == [("vision", "degraded")]


def test_what_belongs_to_a_station_that_is_not_there_is_ignored(gym: "Gym") -> None:
    gone = gym.session(Station("gone", "Gone"))
    gym.board.session_ended(gone)
    gym.board.on_rep("gone", Rep("squat", 0, 1, 2, 1, partial=False))
    with pytest.raises(KeyError):
        gym.board.snapshot("gone")


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 3)),
        st.tuples(st.just("view"), st.booleans()),
        st.tuples(st.just("rep"), st.booleans()),
        st.tuples(st.just("belt"), st.floats(0, 20)),
        st.tuples(st.just("heart"), st.floats(30, 220)),
        st.tuples(st.just("come"), st.none()),
        st.tuples(st.just("go"), st.none()),
    ),
    max_size=40,
)


@dataclass
class Story:
    """Plays what happens to a gym and remembers what must then be true."""

    gym: "Gym"
    session: ActiveSession | None = None
    view_s: float = float("-inf")
    heart_s: float = float("-inf")

    def play(self, what: str, value: object) -> None:
        gym = self.gym
        match what, value:
            case "wait", float(seconds):
                gym.now_s += seconds
            case "view", bool(pose):
                gym.view(pose=pose)
                self.view_s = gym.now_s if pose else float("-inf")
            case "rep", bool(partial):
                gym.rep(self.session, partial=partial)
            case "belt", float(speed):
                gym.frame(BELT, speed_kmh=speed)
            case "heart", float(bpm):
                gym.frame(BAND, heart_rate_bpm=bpm)
                self.heart_s = gym.now_s
            case "come", _ if self.session is None:
                self.session = gym.session(MAT)
            case "go", _ if self.session is not None:
                gym.board.session_ended(self.session)
                self.session = None

    def check(self) -> None:
        shown = StationSnapshot.model_validate_json(self.gym.mat().model_dump_json())
        assert (shown.session is not None) == (self.session is not None)
        assert (shown.pose is not None) == (self.gym.now_s - self.view_s <= 1.0)
        if shown.heart_rate is not None and shown.heart_rate.bpm is not None:
            assert self.gym.now_s - self.heart_s <= PROFILES["ble-heart-rate"].stale_after_s
        if shown.session is not None:
            assert shown.reps == shown.session.reps.get(shown.exercise or "", 0)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings)
def test_whatever_happens_a_snapshot_is_whole_and_honest(
    new_gym: "type[Gym]", happened: list[tuple[str, object]]
) -> None:
    story = Story(new_gym())
    for what, value in happened:
        story.play(what, value)
        story.check()
