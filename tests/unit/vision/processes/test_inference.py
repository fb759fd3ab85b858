"""What the inference process is made of; the process itself is tested where processes are killed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from vision.phase.belief import LOGITS
from vision.phase.model import PACKAGED, PhaseModel, PhaseRecogniser, load_installed
from vision.processes.commands import Commands
from vision.processes.inference import InferenceSettings, _Loop
from vision.processes.messages import (
    Declined,
    InferenceStatus,
    LookThrough,
    Overlook,
    SwapModel,
    Swapped,
    Watch,
)
from vision.processes.ring import FrameRing

WATCH = Watch(station_id="bay", camera_id="cam", exercises=("pushup",))


class Estimator:
    """A pose model of some runtime; it sees nobody."""

    name = "movenet"
    trouble = ""

    def __init__(self, runtime: str) -> None:
        self.runtime = runtime
        self.looked = 0

    def estimate(self, _frame_bgr: np.ndarray, _time_s: float, _sought: object = None) -> None:
        self.looked += 1

    def reset(self) -> None:
        """Follows nobody."""

    def twin(self) -> "Estimator":
        return self


@pytest.mark.parametrize(
    ("runtime", "files", "loaded"),
    [
        ("auto", ["cpu.tflite"], ["cpu"]),
        ("auto", ["edgetpu.tflite"], ["cpu", "auto"]),
        ("cpu", ["edgetpu.tflite"], ["cpu"]),
        ("litert", ["edgetpu.tflite"], ["litert"]),
        ("edgetpu", [], ["cpu", "edgetpu"]),
    ],
)
def test_another_version_is_tried_where_it_disturbs_no_accelerator(
    tmp_path: Path, runtime: str, files: list[str], loaded: list[str]
) -> None:
    (tmp_path / "movenet").mkdir()
    for name in files:
        (tmp_path / "movenet" / name).touch()
    made: list[Estimator] = []

    def new_estimator(wanted: str) -> Estimator:
        made.append(Estimator(wanted))
        return made[-1]

    loop = _Loop(
        settings=InferenceSettings(pose="movenet", models_dir=tmp_path, runtime=runtime),
        rings={},
        watching=cast("Any", None),
        replays=cast("Any", None),
        model=Estimator("first"),
        phase=cast("Any", None),
        outbox=cast("Any", None),
        commands=Commands(),
        new_estimator=new_estimator,
    )
    assert loop._load_pose(np.zeros((9, 16, 3), np.uint8)) is made[-1]
    assert [each.runtime for each in made] == loaded
    assert [each.looked for each in made] == [1, *[0] * (len(made) - 1)]


class Bench:
    """A loop whose phase models are real, and all that it does is written down."""

    def __init__(self, models_dir: Path) -> None:
        self.told: list[Any] = []
        self.recognisers: list[PhaseRecogniser] = []
        self.commands = Commands()
        self.dropped = 0
        self.loop = _Loop(
            settings=InferenceSettings(pose="movenet", models_dir=models_dir, version="7"),
            rings={},
            watching=cast("Any", self),
            replays=cast("Any", None),
            model=Estimator("cpu"),
            phase=load_installed(models_dir),
            outbox=cast("Any", self),
            commands=self.commands,
            new_estimator=Estimator,
        )

    def newest_image(self) -> None:
        """No camera has given one."""

    def replace_recogniser(self, new_recogniser: Callable[[], PhaseRecogniser]) -> None:
        self.recognisers.append(new_recogniser())

    def status(self, **how: Any) -> InferenceStatus:
        trouble = how.pop("trouble")
        return InferenceStatus(pose_model="movenet", reason=trouble, **how)

    def post(self, message: object, *, key: str = "") -> None:
        assert (key == "status") == isinstance(message, InferenceStatus)
        self.told.append(message)

    def swap(self) -> None:
        self.loop._obey(SwapModel(request_id=5, model="phase", version="x"))
        self.commands.wait(10)
        for command in self.commands.take():
            self.loop._obey(command)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return shutil.copytree(PACKAGED, tmp_path / "phase", ignore=shutil.ignore_patterns("*.png"))


def called(folder: Path, version: str) -> None:
    (folder / "model.toml").write_text(f'name = "phase"\nversion = "{version}"\n')


def test_a_gyms_own_phase_model_takes_over_and_the_packaged_one_when_it_is_gone(
    tmp_path: Path, own: Path
) -> None:
    called(own, "ours")
    bench = Bench(tmp_path)
    called(own, "ours-2")
    bench.swap()
    status, answer = bench.told
    assert (status.phase_model, status.phase_runtime, status.reason) == ("phase-ours-2", "onnx", "")
    assert status.version == "7"
    assert answer == Swapped(request_id=5, version="x")
    shutil.rmtree(own)
    bench.swap()
    assert bench.told[2].phase_model == load_installed(tmp_path).name
    assert len(bench.recognisers) == 2


def test_a_broken_phase_model_is_declined_and_the_running_one_stays(tmp_path: Path, own: Path) -> None:
    called(own, "ours")
    bench = Bench(tmp_path)
    (own / "cpu.onnx").write_bytes(b"cut short")
    bench.swap()
    (declined,) = bench.told
    assert (type(declined), declined.request_id) == (Declined, 5)
    assert "cpu.onnx" in declined.reason
    assert bench.recognisers == []
    assert bench.loop._status().phase_model == "phase-ours"


def test_a_phase_model_that_says_nothing_of_use_is_declined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path)
    monkeypatch.setattr(PhaseModel, "logits", lambda *_: np.full(LOGITS, np.nan, np.float32))
    bench.swap()
    (declined,) = bench.told
    assert "no 12 logits" in declined.reason


def test_a_broken_phase_model_at_the_start_is_told_until_it_is_mended(tmp_path: Path, own: Path) -> None:
    (own / "cpu.onnx").write_bytes(b"cut short")
    bench = Bench(tmp_path)
    status = bench.loop._status()
    assert "cpu.onnx" in status.phase_trouble
    assert "the packaged phase model is used instead" in status.phase_trouble
    assert status.reason == status.phase_trouble
    shutil.copy(PACKAGED / "cpu.onnx", own)
    bench.swap()
    assert (bench.told[0].phase_trouble, bench.told[0].reason) == ("", "")


def test_the_settings_have_the_rates_of_a_quiet_box() -> None:
    settings = InferenceSettings(pose="movenet", models_dir=Path("models"))
    assert (settings.idle_fps, settings.view_hz, settings.threads, settings.runtime) == (2.0, 12.0, 1, "auto")


def test_one_more_camera_is_looked_through_and_one_no_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    watched: dict[str, Any] = {}
    bench.look_through = watched.__setitem__  # type: ignore[attr-defined]
    bench.overlook = lambda camera_id: watched.pop(camera_id, None)  # type: ignore[attr-defined]
    with FrameRing.create(slots=2, max_bytes=3) as ring:
        bench.loop._obey(LookThrough("cam", ring.address))
        bench.loop._obey(LookThrough("cam", ring.address))
        assert list(watched) == list(bench.loop._rings) == ["cam"]
        ring.write(np.zeros((1, 1, 3), np.uint8), 1.0)
        assert watched["cam"].latest() is not None
        bench.loop._obey(Overlook("cam"))
        bench.loop._obey(Overlook("cam"))
        assert watched == bench.loop._rings == {}
