"""How each kind of job is done: against real processes, a real folder, and a line that the test cuts."""

import asyncio
import io
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.diagnostics.bundle import Section
from gateway.jobs import errands, parts
from gateway.jobs.errands import CollectDiagnostics, FactoryReset, PullModel
from gateway.jobs.handler import JobFailed
from gateway.jobs.parts import ReprobeCameras, RestartPart
from gateway.processes.handle import Handle, PopenHandle
from gateway.processes.restart_policy import RestartLimits
from gateway.processes.supervisor import Child, Supervisor
from provisioning.backup.erase import MARKER
from sync.upload.answer import NotDelivered, Reply
from vision.processes.messages import CameraState, CameraStatus


def nothing(share: float) -> None:
    del share


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor()
    made.start()
    for name in ("camera:front", "camera:back"):
        made.add(Child(name=name, start=_start, limits=RestartLimits()))
    yield made
    made.stop(timeout_s=2.0)


def _start() -> Handle:
    return PopenHandle.start([sys.executable, "-S", "-c", "import time; time.sleep(60)"])


def until_running(supervisor: Supervisor) -> dict[str, int]:
    deadline_s = time.monotonic() + 10
    while len(supervisor.pids()) < 2:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    return supervisor.pids()


async def test_a_part_is_restarted_and_runs_again(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_ASK_S", 0.01)
    before = until_running(supervisor)
    handler = RestartPart(supervisor, restart_box=lambda: None)
    assert handler.refuses({"part": "camera:front"}) == ""
    await asyncio.wait_for(handler.work("j", {"part": "camera:front"}, nothing), 10)
    after = supervisor.pids()
    assert after["camera:front"] != before["camera:front"]
    assert after["camera:back"] == before["camera:back"]


async def test_a_part_that_is_not_here_is_refused_and_the_box_ends_after_its_word(
    supervisor: Supervisor,
) -> None:
    until_running(supervisor)
    ended: list[str] = []
    handler = RestartPart(supervisor, restart_box=lambda: ended.append("box"))
    assert "there are box, camera:back, camera:front" in handler.refuses({"part": "toaster"})
    assert handler.refuses({"part": "box"}) == ""
    done = await handler.work("j", {"part": "box"}, nothing)
    assert (ended, done.then is not None) == ([], True)
    assert done.then is not None
    done.then()
    assert ended == ["box"]


async def test_cameras_are_opened_anew_and_told_as_they_are_then(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_ASK_S", 0.01)
    monkeypatch.setattr(parts, "_CAMERA_S", 0.5)
    before = until_running(supervisor)
    states: dict[str, CameraStatus] = {}

    def now(camera: str, state: CameraState) -> CameraStatus:
        return CameraStatus(camera_id=camera, state=state)

    states["front"], states["back"] = now("front", "ok"), now("back", "ok")

    def seen() -> dict[str, CameraStatus]:
        if supervisor.pids().get("camera:front") not in {None, before["camera:front"]}:
            states["front"] = now("front", "unauthorised")
        return states

    handler = ReprobeCameras(
        supervisor, parts=lambda: {"front": "camera:front", "back": "camera:back"}, states=seen
    )
    shares: list[float] = []
    done = await asyncio.wait_for(handler.work("j", {}, shares.append), 10)
    assert done.result == {"cameras": {"front": "unauthorised", "back": "ok"}}  # back said nothing new
    assert shares == [0.5, 1.0]
    assert all(supervisor.pids()[name] != pid for name, pid in before.items())


def test_a_box_without_cameras_has_none_to_look_for(supervisor: Supervisor) -> None:
    assert ReprobeCameras(supervisor, parts=dict, states=dict).refuses({}) == "this box has no camera"


async def test_a_model_that_nobody_knows_cannot_be_pulled(tmp_path: Path) -> None:
    installed: list[str] = []
    handler = PullModel(tmp_path, on_installed=installed.append)
    with pytest.raises(JobFailed, match="nosuchmodel"):
        await handler.work("j", {"model": "nosuchmodel"}, nothing)
    assert installed == []


async def test_a_pull_that_is_taken_back_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless(_name: str, _folder: Path, *, progress: Any) -> None:
        try:
            while True:
                progress(1, 4, "weights")
                time.sleep(0.005)
        except InterruptedError:
            loop.call_soon_threadsafe(stopped.set)
            raise

    monkeypatch.setattr(errands, "pull", endless)
    shares: list[float] = []
    task = asyncio.create_task(
        PullModel(tmp_path, on_installed=lambda _: None).work("j", {"model": "m"}, shares.append)
    )
    while not shares:  # noqa: ASYNC110 - a thread appends
        await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.wait_for(stopped.wait(), 5)
    assert shares[0] == 0.25


class Line:
    """The line to the cloud."""

    def __init__(self, *answers: int | None) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, bytes]] = []
        self.closed = 0

    def exchange(self, method: str, path: str, **facts: Any) -> Reply:
        self.sent.append((f"{method} {path}", facts["content"]))
        status = self.answers.pop(0)
        if status is None:
            raise NotDelivered("unreachable", "cut")
        return Reply(status, {}, b"")

    def close(self) -> None:
        self.closed += 1


async def sections() -> Sequence[Section]:
    return [Section("a.json", "{}", "A.")]


async def test_diagnostics_are_sent_until_the_cloud_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "_TRY_AGAIN_S", 0.001)
    line = Line(None, 503, 500, 204)
    done = await CollectDiagnostics(sections, line).work("j1", {}, nothing)
    assert {path for path, _ in line.sent} == {"POST /api/v1/diagnostics/j1"}
    assert len({body for _, body in line.sent}) == 1
    body = line.sent[0][1]
    assert zipfile.ZipFile(io.BytesIO(body)).namelist() == ["a.json"]
    assert done.result == {"bytes": len(body)}
    assert line.closed == 4


@pytest.mark.parametrize("status", [404, 409, 413])
async def test_diagnostics_that_nobody_wants_any_more_are_given_up(status: int) -> None:
    with pytest.raises(JobFailed, match=str(status)):
        await CollectDiagnostics(sections, Line(status)).work("j1", {}, nothing)


async def name() -> str:
    return "box-1"


async def test_a_factory_reset_needs_the_boxs_own_name(tmp_path: Path) -> None:
    handler = FactoryReset(tmp_path, name=name, restart_box=lambda: None)
    with pytest.raises(JobFailed, match="this one is box-1"):
        await handler.work("j", {"confirm": "box-2"}, nothing)
    assert not (tmp_path / MARKER).exists()


async def test_a_factory_reset_is_ordered_on_the_disk_before_it_is_told(tmp_path: Path) -> None:
    ended: list[str] = []
    handler = FactoryReset(tmp_path, name=name, restart_box=lambda: ended.append("box"))
    done = await handler.work("j", {"confirm": "box-1"}, nothing)
    assert (tmp_path / MARKER).exists()
    assert ended == []
    assert done.then is not None
    done.then()
    assert ended == ["box"]


async def test_an_order_that_cannot_be_written_is_no_reset(tmp_path: Path) -> None:
    handler = FactoryReset(tmp_path / "gone", name=name, restart_box=lambda: None)
    with pytest.raises(JobFailed, match="cannot be written"):
        await handler.work("j", {"confirm": "box-1"}, nothing)
