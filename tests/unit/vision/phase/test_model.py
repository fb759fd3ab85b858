from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from provisioning.manifest import parse_manifest
from provisioning.models import ModelFolder, verify
from vision.keypoints import Pose
from vision.phase.belief import EXERCISES, LOGITS, Belief
from vision.phase.model import BELIEF_HZ, PACKAGED, PhaseModel, PhaseRecogniser, load, load_installed
from vision.phase.window import CHANNELS, GAP_S, STEPS
from vision.runtimes import ModelFileError, RuntimeUnavailableError
from vision.training.evaluation import logits_of, score
from vision.training.examples import Examples, from_take, joined
from vision.training.simulator import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def exact() -> PhaseModel:
    return load()


@pytest.fixture(scope="module")
def int8() -> PhaseModel:
    return load(runtime="litert")


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Of simulated people that nobody has learned from."""
    rng = np.random.default_rng(20_261_121)
    takes = [simulate(rng, exercise=name) for name in EXERCISES for _ in range(12)]
    return joined([from_take(take, rng, count=8) for take in takes])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the packaged model, as a gym's own."""
    return shutil.copytree(PACKAGED, tmp_path / "models" / "phase")


def test_the_packaged_model_is_whole_and_small() -> None:
    manifest = parse_manifest((PACKAGED / "model.toml").read_text("utf-8"))
    assert manifest.name == "phase"
    assert verify(ModelFolder(PACKAGED, manifest)) == ()
    assert all(file.size <= 1_000_000 for file in manifest.files)
    assert (PACKAGED / "confusion.png").read_bytes().startswith(b"\x89PNG")


def test_the_packaged_model_is_right_about_people_it_has_not_seen(
    exact: PhaseModel, examples: Examples
) -> None:
    found = score(logits_of(exact, examples), examples)
    assert found.exercise > 0.74
    assert found.phase > 0.66
    assert found.depth_error < 0.185


def test_int8_is_as_good_as_the_exact_file(exact: PhaseModel, int8: PhaseModel, examples: Examples) -> None:
    full, small = (score(logits_of(model, examples), examples) for model in (exact, int8))
    assert small.exercise >= full.exercise - 0.01
    assert small.phase >= full.phase - 0.01
    assert exact.runtime.name == "onnx"
    assert int8.runtime.name == "litert"


def test_an_accelerator_without_a_file_of_its_own_gets_the_int8_file_on_the_cpu() -> None:
    assert load(runtime="edgetpu").runtime.name == "litert"


def test_a_compiled_file_needs_the_accelerator(own: Path) -> None:
    shutil.copy(own / "cpu.tflite", own / "edgetpu.tflite")
    with pytest.raises(RuntimeUnavailableError, match="edgetpu"):
        load(own, "edgetpu")


def test_an_unknown_runtime_is_an_error() -> None:
    with pytest.raises(RuntimeUnavailableError, match="abacus"):
        load(runtime="abacus")


@pytest.mark.parametrize(("runtime", "name"), [("onnx", "cpu.onnx"), ("litert", "cpu.tflite")])
@pytest.mark.parametrize("size", [0, 100, 20_000])
def test_a_truncated_file_is_named_with_what_to_do(own: Path, runtime: str, name: str, size: int) -> None:
    (own / name).write_bytes((own / name).read_bytes()[:size])
    with pytest.raises(ModelFileError, match=rf"{name}.*gymbox models train-phase"):
        load(own, runtime)


def test_another_model_is_refused(own: Path, movenet: Path) -> None:
    shutil.copy(movenet / "cpu.tflite", own / "cpu.tflite")
    with pytest.raises(ModelFileError, match=r"input 0 is uint8\[1, 192, 192, 3\] instead of int8"):
        load(own, "litert")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot read"),
        ("name = ", "not TOML"),
        ('name = "phase"', "no 'version'"),
        ("\ud800", "not TOML"),
    ],
)
def test_a_manifest_that_says_nothing_is_an_error(own: Path, text: str | None, reason: str) -> None:
    (own / "model.toml").unlink()
    if text is not None:
        (own / "model.toml").write_text(text, "utf-8", errors="surrogatepass")
    with pytest.raises(ModelFileError, match=rf"{reason}.*train-phase"):
        load(own)


def test_a_gyms_own_model_is_preferred(own: Path) -> None:
    manifest = own / "model.toml"
    manifest.write_text(manifest.read_text("utf-8").replace('version = "', 'version = "ours-'), "utf-8")
    found = load_installed(own.parent)
    assert found.name.startswith("phase-ours-")
    assert (found.folder, found.trouble) == (own, "")


def test_a_broken_own_model_is_said_and_not_used(own: Path, exact: PhaseModel) -> None:
    (own / "cpu.onnx").write_bytes(b"")
    found = load_installed(own.parent)
    assert (found.name, found.folder) == (exact.name, PACKAGED)
    assert "cpu.onnx" in found.trouble
    assert "packaged" in found.trouble


def test_without_an_own_model_the_packaged_one_is_used(tmp_path: Path, exact: PhaseModel) -> None:
    assert load_installed(tmp_path).name == exact.name
    assert load_installed(tmp_path).trouble == ""


def test_importing_it_loads_no_heavy_library() -> None:
    heavy = "('keras', 'tensorflow', 'onnx', 'onnxruntime', 'ai_edge_litert', 'cv2')"
    code = f"import sys, vision.phase.model; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def follow(model: PhaseModel, film: Any) -> list[Belief]:
    recogniser = PhaseRecogniser(model)
    found = [recogniser.update(time_s, pose) for time_s, pose in film]
    return [belief for belief in found if belief is not None]


@pytest.mark.parametrize(
    ("move", "exercise"), [("pushup", "pushup"), ("squat", "squat"), ("jumping_jack", "jumping_jack")]
)
def test_exercises_of_a_stick_figure_are_recognised(
    exact: PhaseModel, film: Any, move: str, exercise: str
) -> None:
    beliefs = follow(exact, film.but(move=move))
    assert np.mean([belief.of(exercise) for belief in beliefs]) > 0.6
    assert max(belief.depth for belief in beliefs) > 0.7
    assert min(belief.depth for belief in beliefs) < 0.3


@pytest.mark.parametrize("move", ["walk", "climber"])
def test_other_motion_is_none_of_them(exact: PhaseModel, film: Any, move: str) -> None:
    beliefs = follow(exact, film.but(move=move))
    assert np.mean([belief.of("none") for belief in beliefs]) > 0.4


class Oracle:
    """A model that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def logits(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        assert window.shape == (STEPS, CHANNELS)
        self.asked += 1
        return np.zeros(LOGITS, dtype=np.float32)


def test_beliefs_are_renewed_ten_times_a_second(film: Any) -> None:
    oracle = Oracle()
    beliefs = follow(oracle, film.but(fps=30.0, reps=2))  # type: ignore[arg-type]
    length_s = len(beliefs) / 30
    assert oracle.asked == pytest.approx(length_s * BELIEF_HZ, abs=length_s * BELIEF_HZ / 4 + 1)
    assert len({id(belief) for belief in beliefs}) == oracle.asked


def test_a_gap_or_another_person_ends_the_belief(film: Any) -> None:
    poses = list(film)
    recogniser = PhaseRecogniser(Oracle())  # type: ignore[arg-type]
    for time_s, pose in poses[:50]:
        known = recogniser.update(time_s, pose)
    assert known is not None
    recogniser.reset()
    assert recogniser.update(*poses[50]) is None
    for time_s, pose in poses[51:100]:
        known = recogniser.update(time_s, pose)
    assert known is not None
    assert recogniser.update(poses[99][0] + GAP_S + 0.1, poses[99][1]) is None


def test_an_impossible_pose_changes_nothing(film: Any) -> None:
    poses = list(film)
    recogniser = PhaseRecogniser(Oracle())  # type: ignore[arg-type]
    for time_s, pose in poses[:50]:
        known = recogniser.update(time_s, pose)
    nowhere = Pose(np.full((17, 3), np.nan, dtype=np.float32), 0.9)
    assert recogniser.update(poses[50][0], nowhere) is known
