import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gateway.cli import train, training
from provisioning.models import read_model, verify
from provisioning.rollback import previous_path
from vision.phase.belief import EXERCISES
from vision.phase.model import load_installed

LITTLE = {"takes": 84, "judges": 12, "windows": 12, "epochs": 8, "copies": 2}


def table(path: Path) -> Path:
    """Four videos of two poses each."""
    numbers = ",".join(str(float(number)) for number in range(99))
    path.write_text("".join(f"frame__{n // 2}__{n}.jpg,squats_up,{numbers}\n" for n in range(8)))
    return path


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_model_is_trained_where_the_box_looks_for_it(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("keras", reason="the extra `train` is not installed")
    from vision.training import folder, recipe  # noqa: PLC0415 - needs the extra

    monkeypatch.setattr(recipe, "FULL", recipe.Effort(**LITTLE))
    monkeypatch.setattr(folder, "LOSS_MOST", 0.1)
    result = run("models", "train-phase", "--seed", "3", "--poses", table(tmp_path / "poses.csv"), "--json")
    assert result.exit_code == 0, result.stderr
    assert "learning (8)" in result.stderr
    document = json.loads(result.stdout)
    assert set(document["exact"]) == set(document["int8"]) == {"blazepose", "movenet", "poses"}
    figures = document["exact"]["blazepose"]
    assert figures["examples"] == sum(map(sum, figures["confusion"]))
    assert len(figures["confusion"]) == len(EXERCISES)
    assert figures["exercise"] > 0.3  # one in eight is chance
    made = Path(document["path"])
    assert made == tmp_path / "data" / "models" / "phase"
    assert verify(read_model(made)) == ()
    assert (made / "confusion.png").is_file()
    assert load_installed(made.parent).folder == made
    assert sorted(path.name for path in made.parent.iterdir()) == ["phase"]
    assert "seed 3" in read_model(made).manifest.data
    assert run("models", "verify").exit_code == 0


def test_nothing_made_replaces_nothing(tmp_path: Path) -> None:
    target = tmp_path / "models" / "phase"
    with training.made_for(target) as made:
        (made / "model.toml").write_text("first")
    with training.made_for(target):
        pass
    assert (target / "model.toml").read_text() == "first"
    assert not previous_path(target).exists()


@pytest.mark.parametrize("as_json", [True, False])
def test_frames_that_teach_nothing_are_told(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> None:
    taught = {"judged": 9, "before": 1.0, "after": 0.5, "nobody": 0, "unreadable": 2, "kept": True}
    train._tell(Path("models/phase"), None, taught, as_json=as_json)
    said = capsys.readouterr().out
    if as_json:
        assert json.loads(said) == {"path": "models/phase", "frames": taught}
    else:
        assert "50.0 % of 9" in said
        assert "nothing is replaced" in said


def test_the_model_before_is_kept_for_a_rollback(tmp_path: Path) -> None:
    target = tmp_path / "models" / "phase"
    for version in ("first", "second", "third"):
        with training.made_for(target) as made:
            (made / "model.toml").write_text(version)
    assert (target / "model.toml").read_text() == "third"
    assert (previous_path(target) / "model.toml").read_text() == "second"
    assert sorted(path.name for path in target.parent.iterdir() if path.is_dir()) == [".previous", "phase"]


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['onnx'] = None; from gateway.cli import main; main()"
    command = [sys.executable, "-c", code, "models", "train-phase", "--data-dir", str(tmp_path / "data")]
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "training needs onnx" in result.stderr
    assert "pip install 'gymbox[train]'" in result.stderr
    assert not list((tmp_path / "data").rglob("*"))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--poses", "nowhere.csv"), "cannot read the poses"),
        (("--frames", "nowhere"), "there is no folder"),
        (("--frames", "."), "--exercise"),
        (("--frames", ".", "--exercise", "squat"), "up, down and else"),
        (("--out", "."), "is no model"),
    ],
)
def test_a_mistake_is_told_before_anything_begins(
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "holiday.jpg").write_bytes(b"precious")
    result = run("models", "train-phase", *arguments)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert (tmp_path / "holiday.jpg").read_bytes() == b"precious"
    assert "Traceback" not in result.output
