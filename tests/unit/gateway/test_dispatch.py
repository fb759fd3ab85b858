from types import SimpleNamespace
from typing import Any

import pytest

from gateway.dispatch import CountWhileTraining, Dispatch
from vision.counting.counter import CountStatus
from vision.counting.reps import Rep
from vision.processes.messages import CameraStatus, CameraView, InferenceStatus, RepCounted, StationView

REP = Rep(exercise="squat", started_s=1.0, turned_s=2.0, ended_s=3.0, depth=0.9, partial=False)


class Heard:
    """Takes any call and remembers it; `on_rep` of a session answers as told."""

    def __init__(self, *, counts: bool = True) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.counts = counts

    def __getattr__(self, name: str) -> Any:
        def note(*arguments: Any) -> bool:
            self.calls.append((name, arguments))
            return self.counts

        return note


def dispatch(*, counts: bool = True) -> tuple[Dispatch, Heard, Heard]:
    board, sessions = Heard(), Heard(counts=counts)
    return Dispatch(board=board, sessions=sessions, commands=Heard()), board, sessions  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "method"),
    [
        (
            StationView(
                station_id="mat",
                camera_id="cam",
                captured_s=1.0,
                width=8,
                height=8,
                pose=None,
                status=CountStatus(None, "unknown", None),
            ),
            "on_view",
        ),
        (CameraView(camera_id="cam", captured_s=1.0, width=8, height=8, pose=None), "on_camera_view"),
        (CameraStatus(camera_id="cam", state="ok"), "on_camera"),
    ],
)
def test_what_cameras_see_reaches_the_board(message: Any, method: str) -> None:
    router, board, sessions = dispatch()
    router.on_vision(message)
    assert board.calls == [(method, (message,))]
    assert sessions.calls == []


def test_a_repetition_counts_in_the_session_before_it_is_shown() -> None:
    router, board, sessions = dispatch()
    router.on_vision(RepCounted(station_id="mat", rep=REP))
    assert sessions.calls == [("on_rep", ("mat", REP))]
    assert board.calls == [("on_rep", ("mat", REP))]


def test_a_repetition_outside_of_any_session_is_not_shown() -> None:
    router, board, _ = dispatch(counts=False)
    router.on_vision(RepCounted(station_id="mat", rep=REP))
    assert board.calls == []


def test_the_inference_process_talking_of_itself_is_nobodys_news() -> None:
    router, board, sessions = dispatch()
    router.on_vision(InferenceStatus(pose_model="blazepose", runtime="litert"))
    assert board.calls == sessions.calls == []


def test_readings_reach_the_sessions_before_the_board_tells_of_them_and_the_rules_too() -> None:
    heard, commands = Heard(), Heard()
    router = Dispatch(board=heard, sessions=heard, commands=commands)  # type: ignore[arg-type]
    router.on_readings("belt", ["first", "second"])  # type: ignore[list-item]
    assert heard.calls == [("on_readings", ("belt", ["first", "second"])), ("on_device", ("belt",))]
    assert commands.calls == [("on_readings", ("belt", ["first", "second"]))]


@pytest.mark.parametrize(("chosen", "counted"), [("squat", ("squat",)), (None, ("pushup", "squat"))])
def test_the_chosen_exercise_is_counted_or_else_all_of_the_station(
    chosen: str | None, counted: tuple[str, ...]
) -> None:
    fleet = Heard()
    listener = CountWhileTraining(fleet)  # type: ignore[arg-type]
    session: Any = SimpleNamespace(
        exercise=chosen, station=SimpleNamespace(id="mat", exercises=("pushup", "squat"))
    )
    listener.session_started(session)
    listener.session_ended(session)
    assert fleet.calls == [("watch", ("mat", counted)), ("unwatch", ("mat",))]
