import tomllib
from pathlib import Path

import httpx
import pytest

from benchmarks.speed import running_box
from benchmarks.speed.kiosk import Kiosk
from benchmarks.speed.running_box import BoxFailedError, Frames, RunningBox
from gateway.config.file import build

METRICS = """\
# TYPE gymbox_camera_frames_total counter
gymbox_camera_frames_total{camera="a"} 100.0
gymbox_camera_frames_total{camera="b"} 50.0
# TYPE gymbox_pose_frames_total counter
gymbox_pose_frames_total{model="movenet",runtime="litert"} 140.0
# TYPE gymbox_pose_frames_skipped_total counter
gymbox_pose_frames_skipped_total{model="movenet",runtime="litert"} 10.0
"""


def event(name: str, data: str) -> str:
    return f"id: 1\r\nevent: {name}\r\ndata: {data}\r\n\r\n"


def pose(x: float, age_s: float) -> str:
    return event("state", f'{{"reps": 1, "pose": {{"points": [[{x}, 1, 1]], "age_s": {age_s}}}}}')


OTHERS = event("rep", '{"number": 1}') + event("state", '{"pose": null}')
EVENTS = pose(1, 0.05) + pose(1, 0.9) + OTHERS + pose(2, 0.06)


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/metrics":
        return httpx.Response(200, text=METRICS)
    if request.url.path == "/api/v1/stations/station-1":
        return httpx.Response(200, json={"session": {"reps": {"pushup": 3, "squat": 2}}})
    if request.url.path == "/api/v1/stations/station-1/events":
        return httpx.Response(200, text=EVENTS)
    return httpx.Response(404)


@pytest.fixture
def box() -> RunningBox:
    http = httpx.Client(base_url="http://box/", transport=httpx.MockTransport(answer))
    return RunningBox(1, http, ["station-1"])


def test_counters_are_summed_over_cameras(box: RunningBox) -> None:
    assert box.frames() == Frames(handed_on=150.0, looked_at=140.0, skipped=10.0)


def test_reps_of_all_exercises_are_summed(box: RunningBox) -> None:
    assert box.reps("station-1") == 5


def test_a_session_that_cannot_begin_is_an_error(box: RunningBox) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        box.check_in_everywhere()


def test_a_kiosk_notes_the_age_of_each_new_pose_once(box: RunningBox) -> None:
    kiosk = Kiosk(box, "station-1")
    kiosk.start()
    kiosk._thread.join(5)
    kiosk.stop()
    assert kiosk.ages_s == [0.05, 0.06]


def test_a_kiosk_whose_events_break_off_says_so(box: RunningBox) -> None:
    kiosk = Kiosk(box, "nowhere")
    kiosk.start()
    kiosk._thread.join(5)
    with pytest.raises(BoxFailedError, match=r"nowhere/events broke off: .*404"):
        kiosk.stop()


def test_the_configuration_is_one_that_the_box_takes() -> None:
    watched = {"one": "rtsp://127.0.0.1:554/cam", "two": "rtsp://127.0.0.1:554/cam"}
    config = build(tomllib.loads(running_box._config("movenet", watched, 15)), environ={})
    assert config.vision.pose == "movenet"
    assert [station.camera for station in config.stations] == [camera.id for camera in config.cameras]
    assert [camera.fps for camera in config.cameras] == [15, 15]


def test_a_box_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_box, "_new_token", lambda _: "token")
    monkeypatch.setattr(running_box, "GYMBOX", ["sh", "-c", "echo out of coffee"])
    with (
        pytest.raises(BoxFailedError, match=r"(?s)not well.*out of coffee"),
        running_box.running_box(tmp_path, tmp_path, "movenet", ["rtsp://camera/"], 15),
    ):
        pytest.fail("it did start")
