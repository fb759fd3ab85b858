"""Which version works, who takes another one, and what keeps the one that works."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from gateway import models as module
from gateway.health import Health
from gateway.inference.recommenders import Recommenders
from gateway.models import InstalledModel, ModelRefused, Models, ModelUnknown
from gateway.vision_requests import NotRunning, VisionRequests
from provisioning.manifest import ModelManifest, dump_manifest
from provisioning.models import read_model
from provisioning.rollback import previous_path
from vision.counting.phase import PHASE_MODEL
from vision.phase.model import PACKAGED, load_installed
from vision.processes.messages import Answer, Declined, InferenceStatus, Request, SwapModel, Swapped

Reply = Callable[[SwapModel], Answer]


def install(folder: Path, version: str, task: str = "pose") -> None:
    """Write a model whose one file says its version."""
    content = f"weights {version}".encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.tflite").write_bytes(content)
    tensor = {"file": "cpu.tflite", "name": "x", "shape": (1,), "dtype": "float32", "unit": "none"}
    file = {
        "name": "cpu.tflite",
        "runtime": "litert",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    facts = dict.fromkeys(("description", "licence", "accuracy", "data"), "none")
    manifest = ModelManifest.model_validate(
        {
            **facts,
            "version": version,
            "task": task,
            "name": folder.name,
            "inputs": (tensor,),
            "outputs": (tensor,),
            "files": (file,),
        }
    )
    (folder / "model.toml").write_text(dump_manifest(manifest))


def swapped(request: SwapModel) -> Answer:
    return Swapped(request_id=request.request_id, version=request.version)


def declined(request: SwapModel) -> Answer:
    return Declined(request_id=request.request_id, reason="model file /a/b/cpu.tflite is damaged")


class Box:
    """Models of a box whose inference process the test plays."""

    def __init__(self, folder: Path, *, pose: str | None = "toy") -> None:
        self.folder = folder
        self.reply: Reply | None = swapped
        self.inference_status: InferenceStatus | None = None
        self.asked: list[SwapModel] = []
        self.hurried = 0
        self.requests = VisionRequests(self._take)
        self.health = Health()
        self.recommenders = Recommenders(models_dir=folder, health=self.health)
        self.models = Models(pose=pose, models_dir=folder, looking=self, recommenders=self.recommenders)

    def model_installed(self) -> None:
        self.hurried += 1

    def _take(self, request: Request) -> bool:
        assert isinstance(request, SwapModel)
        self.asked.append(request)
        if self.reply is None:
            return False
        answer = self.reply(request)
        self.requests.answered(answer)
        if isinstance(answer, Swapped):
            self.say(**{"version" if request.model == "toy" else "phase_model": answer.version})
        return True

    def say(self, **news: str) -> None:
        said = self.inference_status or InferenceStatus(pose_model="toy", runtime="litert")
        if "phase_model" in news:
            news = {"phase_runtime": "onnx", **news, "phase_model": f"phase-{news['phase_model']}"}
        self.inference_status = replace(said, **cast("Any", news))

    def find(self, name: str) -> InstalledModel:
        (found,) = (each for each in self.models.all() if each.name == name)
        return found

    def on_disk(self, name: str = "toy") -> tuple[str | None, str | None]:
        model = self.find(name)
        return model.version, model.previous_version


@pytest.fixture
def box(tmp_path: Path) -> Box:
    box = Box(tmp_path / "models")
    install(previous_path(box.folder / "toy"), "1")
    install(box.folder / "toy", "2")
    box.inference_status = InferenceStatus(pose_model="toy", runtime="litert", version="1")
    return box


def test_without_a_folder_of_models_there_are_the_packaged_ones(tmp_path: Path) -> None:
    box = Box(tmp_path / "nowhere")
    every = box.models.all()
    assert (
        [model.name for model in every] == [model.task for model in every] == ["effect", "intensity", "phase"]
    )
    assert all(model.packaged and model.used for model in every)
    phase = box.find("phase")
    assert f"phase-{phase.version}" == load_installed(tmp_path).name
    assert (phase.problem, phase.running_version, phase.previous_version) == ("", None, None)


def test_without_a_camera_nothing_uses_the_phase_model(tmp_path: Path) -> None:
    box = Box(tmp_path, pose=None)
    assert not box.find("phase").used
    told = box.models.counting()
    assert (told.pose, told.phase) == (None, None)


def test_what_is_installed_and_what_works_are_told_apart(box: Box) -> None:
    install(box.folder / "another", "9")
    (box.folder / "broken").mkdir()
    another, broken, phase, toy = (box.find(name) for name in ("another", "broken", "phase", "toy"))
    assert (toy.version, toy.running_version, toy.previous_version) == ("2", "1", "1")
    assert (toy.used, toy.runtime, toy.problem, toy.task) == (True, "litert", "", "pose")
    assert (another.version, another.used, another.running_version) == ("9", False, None)
    assert (broken.version, broken.used) == (None, False)
    assert "nothing of that name can be pulled" in broken.problem
    assert (phase.packaged, another.packaged, broken.packaged, toy.packaged) == (True, False, False, False)


async def test_reload_takes_what_is_installed(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "gateway.models")
    model = await box.models.reload("toy", by="operator t1")
    assert box.asked == [SwapModel(request_id=1, model="toy", version="2")]
    assert model.running_version == "2"
    assert box.models.outcomes == {("toy", "swapped"): 1}
    assert box.models.running() == {"toy": ("2", "litert")}
    assert caplog.messages == ["model toy: version 2 was taken, as asked by operator t1"]


async def test_a_damaged_file_is_refused_before_anybody_loads_it(box: Box) -> None:
    (box.folder / "toy" / "cpu.tflite").write_bytes(b"weights")
    with pytest.raises(ModelRefused, match=r"stays as it is: cpu\.tflite: 7 bytes instead of 9") as caught:
        await box.models.reload("toy", by="operator")
    assert str(box.folder) not in str(caught.value)
    assert box.asked == []
    assert box.models.outcomes == {("toy", "refused"): 1}


async def test_what_the_process_declines_is_refused_with_its_reason(box: Box) -> None:
    box.reply = declined
    with pytest.raises(ModelRefused, match=r"toy stays as it is: model file cpu\.tflite is damaged"):
        await box.models.reload("toy", by="operator")
    assert box.models.running() == {"toy": ("1", "litert")}


async def test_a_model_that_is_not_there_or_not_used(box: Box) -> None:
    install(box.folder / "another", "9")
    with pytest.raises(ModelUnknown, match="no model nothing"):
        await box.models.reload("nothing", by="operator")
    with pytest.raises(ModelUnknown):
        await box.models.rollback("nothing", by="operator")
    with pytest.raises(ModelRefused, match="not in use"):
        await box.models.reload("another", by="operator")
    assert box.asked == []


async def test_nobody_to_take_it(box: Box) -> None:
    box.reply = None
    with pytest.raises(NotRunning):
        await box.models.reload("toy", by="operator")
    assert box.on_disk() == ("2", "1")


async def test_no_answer_is_a_refusal(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SWAP_S", 0.01)
    monkeypatch.setattr(VisionRequests, "answered", lambda *_: None)
    with pytest.raises(ModelRefused, match="no answer"):
        await box.models.reload("toy", by="operator")


async def test_back_and_forth(box: Box) -> None:
    model = await box.models.rollback("toy", by="operator")
    assert (model.version, model.running_version, model.previous_version) == ("1", "1", "2")
    model = await box.models.rollback("toy", by="operator")
    assert (model.version, model.running_version, model.previous_version) == ("2", "2", "1")


async def test_a_rollback_that_is_declined_changes_nothing(box: Box) -> None:
    box.reply = declined
    with pytest.raises(ModelRefused, match="damaged"):
        await box.models.rollback("toy", by="operator")
    assert box.on_disk() == ("2", "1")
    assert box.models.running() == {"toy": ("1", "litert")}


async def test_two_versions_that_are_no_good_end_as_a_refusal(box: Box) -> None:
    (box.folder / "toy" / "cpu.tflite").write_bytes(b"weights")
    box.reply = declined
    with pytest.raises(ModelRefused, match="damaged"):
        await box.models.rollback("toy", by="operator")
    assert box.models.running() == {"toy": ("1", "litert")}


async def test_a_rollback_helps_a_box_whose_model_does_not_load(box: Box) -> None:
    """Nothing counts, since the new version cannot be loaded: the old one is started at once."""
    box.reply = None
    box.inference_status = InferenceStatus(
        pose_model="toy", runtime="", state="failed", reason="cannot be loaded"
    )
    model = await box.models.rollback("toy", by="operator")
    assert (model.version, model.running_version) == ("1", None)
    assert box.hurried == 1


async def test_without_a_version_before_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    box = Box(tmp_path / "models")
    install(box.folder / "toy", "1")
    with pytest.raises(ModelRefused, match="no version before"):
        await box.models.rollback("toy", by="operator")
    assert box.asked == []


async def test_a_model_out_of_use_rolls_back_on_the_disk_alone(box: Box) -> None:
    unused = Box(box.folder, pose=None)
    model = await unused.models.rollback("toy", by="operator")
    assert (model.version, model.used, model.running_version) == ("1", False, None)
    assert unused.asked == []


@pytest.fixture
def gym(tmp_path: Path, recommender_models: Any) -> Box:
    """A box with an intensity model of its own, and the version before it."""
    box = Box(tmp_path / "models")
    recommender_models.write(box.folder / "intensity", version="2", base=30.0)
    recommender_models.write(previous_path(box.folder / "intensity"), version="1", base=20.0)
    box.recommenders.load()
    return box


def test_the_recommender_is_listed_with_what_works(gym: Box) -> None:
    found = gym.find("intensity")
    assert (found.version, found.running_version, found.previous_version) == ("2", "2", "1")
    assert (found.used, found.runtime, found.task, found.packaged) == (True, "onnx", "intensity", False)
    assert gym.find("effect").packaged
    assert gym.models.running()["intensity"] == ("2", "onnx")


async def test_the_recommender_takes_another_version_and_goes_back(gym: Box, recommender_models: Any) -> None:
    recommender_models.write(gym.folder / "intensity", version="3")
    assert (await gym.models.reload("intensity", by="operator")).running_version == "3"
    model = await gym.models.rollback("intensity", by="operator")
    assert (model.version, model.running_version, model.previous_version) == ("1", "1", "3")
    assert [each.version for each in gym.recommenders.serving("intensity")] == ["1", "3"]
    assert gym.models.outcomes == {("intensity", "swapped"): 2}
    assert gym.asked == [], "the cameras' process has nothing to do with it"


async def test_the_recommender_refuses_and_a_refused_rollback_changes_nothing(
    gym: Box, recommender_models: Any
) -> None:
    recommender_models.write(previous_path(gym.folder / "intensity"), version="0", nan=True)
    with pytest.raises(ModelRefused, match=r"intensity stays as it is: model cpu\.onnx: .* no number"):
        await gym.models.rollback("intensity", by="operator")
    assert gym.on_disk("intensity") == ("2", "0")
    assert gym.models.running()["intensity"] == ("2", "onnx")
    recommender_models.write(gym.folder / "intensity", version="3", inputs=1)
    with pytest.raises(ModelRefused, match="has the inputs"):
        await gym.models.reload("intensity", by="operator")
    assert gym.models.running()["intensity"] == ("2", "onnx")
    assert gym.models.outcomes == {("intensity", "refused"): 2}


def test_a_recommender_that_is_not_used_says_why(gym: Box) -> None:
    (gym.folder / "intensity" / "cpu.onnx").write_bytes(b"x")
    again = Box(gym.folder)
    again.recommenders.load()
    assert "is damaged" in again.find("intensity").problem


async def test_two_who_ask_at_once_wait_for_each_other(box: Box) -> None:
    await asyncio.gather(*(box.models.rollback("toy", by="operator") for _ in range(5)))
    assert box.on_disk() == ("1", "2")
    assert [request.version for request in box.asked] == ["1", "2", "1", "2", "1"]


async def test_a_gyms_own_phase_model_is_taken_and_the_packaged_one_when_it_is_gone(box: Box) -> None:
    packaged = box.find("phase").version
    install(box.folder / "phase", "ours", "phase")
    box.say(phase_model=str(packaged))
    assert box.find("phase").running_version == packaged
    model = await box.models.reload("phase", by="operator")
    assert (model.version, model.running_version, model.runtime) == ("ours", "ours", "onnx")
    assert (model.packaged, model.used) == (False, True)
    assert box.models.running() == {"toy": ("1", "litert"), "phase": ("ours", "onnx")}
    shutil.rmtree(box.folder / "phase")
    model = await box.models.reload("phase", by="operator")
    assert (model.version, model.running_version, model.packaged) == (packaged, packaged, True)
    assert [(request.model, request.version) for request in box.asked] == [
        ("phase", "ours"),
        ("phase", packaged),
    ]
    assert box.models.outcomes == {("phase", "swapped"): 2}


async def test_a_damaged_phase_model_is_refused_and_the_running_one_stays(box: Box) -> None:
    install(box.folder / "phase", "ours", "phase")
    box.say(phase_model="1")
    (box.folder / "phase" / "cpu.tflite").write_bytes(b"weights")
    with pytest.raises(ModelRefused, match=r"phase stays as it is: cpu\.tflite: 7 bytes"):
        await box.models.reload("phase", by="operator")
    assert box.models.running()["phase"] == ("1", "onnx")
    assert box.asked == []


async def test_the_phase_model_goes_back_and_forth(box: Box) -> None:
    install(previous_path(box.folder / "phase"), "ours", "phase")
    install(box.folder / "phase", "ours-2", "phase")
    model = await box.models.rollback("phase", by="operator")
    assert (model.version, model.running_version, model.previous_version) == ("ours", "ours", "ours-2")
    assert box.on_disk("phase") == ("ours", "ours-2")
    assert box.on_disk("toy") == ("2", "1"), "another model's versions are its own"


async def test_a_removed_phase_model_comes_back_with_a_rollback(box: Box) -> None:
    install(previous_path(box.folder / "phase"), "ours", "phase")
    model = await box.models.rollback("phase", by="operator")
    assert (model.version, model.running_version, model.packaged) == ("ours", "ours", False)
    assert read_model(box.folder / "phase").version == "ours"


def test_a_phase_model_that_is_not_used_says_why(box: Box) -> None:
    shutil.copytree(PACKAGED, box.folder / "phase")
    box.say(phase_model="1", phase_trouble="cpu.onnx is damaged; the packaged phase model is used instead")
    phase = box.find("phase")
    assert phase.problem.startswith("cpu.onnx is damaged")
    assert (phase.used, phase.running_version) == (True, "1")
    assert box.find("toy").problem == ""
    shutil.rmtree(box.folder / "phase")
    assert box.find("phase").problem == "", "the packaged one is whole"


def test_a_record_names_the_phase_model_that_counted(box: Box) -> None:
    assert box.models.counting().phase == PHASE_MODEL, "none has worked yet"
    box.say(phase_model="ours")
    told = box.models.counting()
    assert (told.pose, told.phase) == ("toy", f"{PHASE_MODEL}+phase-ours")
    box.inference_status = None
    assert box.models.counting() == told, "counting starts again, and what was counted has not changed"
    box.say(phase_model="ours-2")
    assert box.models.counting().phase == f"{PHASE_MODEL}+phase-ours-2"
