"""The doctor's look outside, at real brokers and real pictures: what is well, what is not, what to do."""

import multiprocessing
import operator
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.broker import EmbeddedBroker
from gateway.config.camera_source import CameraSource
from gateway.config.model import BoxConfig
from gateway.doctor import outside
from gateway.doctor.finding import Finding
from gateway.processes import camera_child
from vision.footage import clip_path

HAS_MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is not None


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    if not HAS_MOSQUITTO:
        pytest.skip("no mosquitto: apt-get install mosquitto")
    with EmbeddedBroker(tmp_path_factory.mktemp("broker"), program="mosquitto") as running:
        yield running


def look(url: str, password: str, folder: Path) -> Finding:
    file = folder / "password"
    file.write_text(password)
    mqtt = {"url": url, "username": "gymbox", "password_file": str(file)}
    (finding,) = outside.check_broker(BoxConfig.model_validate({"mqtt": mqtt}))
    return finding


@pytest.mark.mosquitto
def test_a_broker_that_takes_us(broker: EmbeddedBroker, tmp_path: Path) -> None:
    command = broker.command
    finding = look(command.url, command.password, tmp_path)
    assert finding == Finding("broker", "ok", f"logged in at {command.url} and subscribed")


@pytest.mark.mosquitto
def test_a_broker_that_refuses_us_is_told_without_the_password(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    before = threading.active_count()
    finding = look(broker.command.url, "MARKERwrong", tmp_path)
    assert finding.state == "failed"
    assert "refused" in finding.reason
    assert "password_file" in finding.fix
    assert "MARKER" not in f"{finding}"
    assert threading.active_count() == before


def test_nobody_there_and_somebody_who_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "BROKER_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        finding = look(f"mqtt://127.0.0.1:{port}", "x", tmp_path)
        assert (finding.state, bool(finding.fix)) == ("failed", True)
    finding = look(f"mqtt://127.0.0.1:{port}", "x", tmp_path)
    assert (finding.state, "Connection refused" in finding.reason) == ("failed", True)


def test_a_password_file_that_cannot_be_used_names_its_key(tmp_path: Path) -> None:
    finding = look("mqtt://127.0.0.1:1", "", tmp_path)
    assert (finding.state, finding.fix) == ("failed", "correct [mqtt] password_file")
    assert "is empty" in finding.reason


def cameras(*sources: str) -> list[Finding]:
    sections = [{"id": f"c{index}", "url": source} for index, source in enumerate(sources)]
    return list(outside.check_cameras(BoxConfig.model_validate({"camera": sections}).cameras))


def test_pictures_good_and_bad_side_by_side_and_nobody_left_behind(tmp_path: Path) -> None:
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"noise " * 5000)
    good, gone, broken = cameras(str(clip_path()), "rtsp://eve:hunter2@127.0.0.1:9/x", str(noise))
    assert (good.part, good.state) == ("camera:c0", "ok")
    assert good.reason.endswith("gives 960x540")
    assert (gone.state, "nothing listens" in gone.reason) == ("failed", True)
    assert "VLC" in gone.fix
    assert "hunter2" not in f"{gone}"
    assert (broken.state, broken.fix) == ("failed", "write the path of a video file that this user may read")
    assert multiprocessing.active_children() == []


def test_no_camera_is_no_finding() -> None:
    assert cameras() == []


@pytest.mark.parametrize(
    ("source", "words"), [("rtsp://a:b@cam/x", "VLC"), ("0", "plug the camera in"), ("a.mp4", "video file")]
)
def test_what_to_do_depends_on_the_kind_of_camera(source: str, words: str) -> None:
    fix = outside._camera_fix(CameraSource.parse(source))
    assert words in fix
    assert "a:b" not in fix


def test_a_probe_that_dies_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_child, "probe", operator.truediv)  # which its arguments are not made for
    (finding,) = cameras("0")
    assert (finding.state, finding.reason) == ("failed", "looking for a picture failed; the log says more")
