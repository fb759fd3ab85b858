"""How many pictures a camera is to give, by who trains and who looks."""

from gateway.camera_demand import IDLE_FPS, SHOWN_FPS, CameraDemand
from gateway.config.camera_source import CameraSource
from gateway.config.sections.camera import CameraSection
from vision.processes.messages import Watch

CAMERA = CameraSection(id="cam", url=CameraSource.parse("rtsp://127.0.0.1/x"), fps=12)


def watch(station: str, camera: str = "cam") -> Watch:
    return Watch(station_id=station, camera_id=camera, exercises=("squat",))


def test_a_camera_gives_as_many_as_whoever_asks_for_most() -> None:
    demand = CameraDemand()
    assert demand.fps(CAMERA) == IDLE_FPS
    with demand.shown("cam"), demand.shown("cam"):
        assert demand.fps(CAMERA) == SHOWN_FPS
        demand.watch(watch("a"))
        assert demand.fps(CAMERA) == 12
        demand.unwatch("a")
        assert demand.fps(CAMERA) == SHOWN_FPS
    assert demand.fps(CAMERA) == IDLE_FPS


def test_nobody_is_shown_more_than_who_trains() -> None:
    demand = CameraDemand()
    with demand.shown("cam"):
        assert demand.fps(CAMERA.model_copy(update={"fps": 2.0})) == 2.0


def test_another_camera_is_another_matter() -> None:
    demand = CameraDemand()
    demand.watch(watch("a", "other"))
    with demand.shown("other"):
        assert demand.fps(CAMERA) == IDLE_FPS


def test_what_is_asked_for_a_station_is_the_last_that_was() -> None:
    demand = CameraDemand()
    demand.watch(watch("a"))
    demand.watch(watch("b"))
    demand.watch(watch("a", "other"))
    assert demand.watched("a") == watch("a", "other")
    assert demand.watches() == [watch("a", "other"), watch("b")]
    assert demand.unwatch("a") == watch("a", "other")
    assert demand.unwatch("a") is None
    assert demand.watched("a") is None
