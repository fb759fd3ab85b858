"""Which version works, who takes another one, and what keeps the one that works."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import models as module
from gateway.models import ModelRefused, Models, ModelUnknown
from gateway.vision_requests import NotRunning, VisionRequests
from provisioning.manifest import ModelManifest, dump_manifest
from provisioning.rollback import previous_path
from vision.processes.messages import Answer, Declined, InferenceStatus, Request, SwapModel, Swapped

Reply = Callable[[SwapModel], Answer]


def install(folder: Path, version: str) -> None:
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
            "task": "pose",
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
        self.models = Models(pose=pose, models_dir=folder, looking=self)

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
            self.inference_status = InferenceStatus(
                pose_model="toy", runtime="litert", version=answer.version
            )
        return True

    def on_disk(self) -> tuple[str | None, str | None]:
        (model,) = self.models.all()
        return model.version, model.previous_version


@pytest.fixture
def box(tmp_path: Path) -> Box:
    box = Box(tmp_path / "models")
    install(previous_path(box.folder / "toy"), "1")
    install(box.folder / "toy", "2")
    box.inference_status = InferenceStatus(pose_model="toy", runtime="litert", version="1")
    return box


def test_no_folder_of_models_is_no_models(tmp_path: Path) -> None:
    assert Box(tmp_path / "nowhere").models.all() == []


def test_what_is_installed_and_what_works_are_told_apart(box: Box) -> None:
    install(box.folder / "another", "9")
    (box.folder / "broken").mkdir()
    another, broken, toy = box.models.all()
    assert (toy.version, toy.running_version, toy.previous_version) == ("2", "1", "1")
    assert (toy.used, toy.runtime, toy.problem, toy.task) == (True, "litert", "", "pose")
    assert (another.version, another.used, another.running_version) == ("9", False, None)
    assert (broken.version, broken.used) == (None, False)
    assert "gymbox models pull broken" in broken.problem


async def test_reload_takes_what_is_installed(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "gateway.models")
    model = await box.models.reload("toy", by="operator t1")
    assert box.asked == [SwapModel(request_id=1, version="2")]
    assert model.running_version == "2"
    assert box.models.outcomes == {("toy", "swapped"): 1}
    assert box.models.running() == ("toy", "2", "litert")
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
    assert box.models.running() == ("toy", "1", "litert")


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
    assert box.models.running() == ("toy", "1", "litert")


async def test_two_versions_that_are_no_good_end_as_a_refusal(box: Box) -> None:
    (box.folder / "toy" / "cpu.tflite").write_bytes(b"weights")
    box.reply = declined
    with pytest.raises(ModelRefused, match="damaged"):
        await box.models.rollback("toy", by="operator")
    assert box.models.running() == ("toy", "1", "litert")


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


async def test_two_who_ask_at_once_wait_for_each_other(box: Box) -> None:
    await asyncio.gather(*(box.models.rollback("toy", by="operator") for _ in range(5)))
    assert box.on_disk() == ("1", "2")
    assert [request.version for request in box.asked] == ["1", "2", "1", "2", "1"]
