"""What the doctor finds: state, reason and fix of every part."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.config.model import BoxConfig
from gateway.doctor import examination as doctor
from gateway.doctor import outside as doctor_outside
from gateway.doctor.examination import diagnose, examine
from gateway.doctor.finding import Finding
from provisioning.identity.folder import IdentityFolder
from tests.unit.provisioning.identity.test_enroller import Box as EnrolledBox
from vision.runtimes import Available, Unavailable


def box(data_dir: Path, config: dict[str, Any] | None = None, **changes: Any) -> Any:
    settings: dict[str, Any] = {
        "config": BoxConfig.model_validate(config or {}),
        "data_dir": data_dir,
        "models_dir": data_dir / "models",
        "now": datetime.now(UTC),
    }
    return doctor._Box(**(settings | changes))


def only(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    return found


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


CAMERA = {"camera": [{"id": "cam1", "url": "/nowhere.mp4"}]}


def test_a_fresh_box_is_well(tmp_path: Path) -> None:
    findings = examine(BoxConfig.model_validate({"http": {"port": 0}}), data_dir=tmp_path / "new")
    assert {finding.part.split(":")[0] for finding in findings} >= {
        "data", "disk", "encryption", "memory", "clock", "broker", "model", "runtime", "certificate", "port",
    }  # fmt: skip
    assert [finding for finding in findings if finding.state == "failed"] == []
    assert not (tmp_path / "new").exists()
    assert "made at the first start" in findings[0].reason
    certificate = next(each for each in findings if each.part == "certificate")
    assert (certificate.state, certificate.reason) == ("ok", "not enrolled")


def test_the_identity_at_the_cloud_is_looked_at(tmp_path: Path) -> None:
    cloud = {"url": "https://cloud.example"}
    plain = only(doctor._certificate(box(tmp_path, {"cloud": cloud})))
    assert (plain.state, "gymbox enrol" in plain.reason) == ("ok", True)
    token = tmp_path / "token"
    config = {"cloud": {**cloud, "token_file": str(token)}}
    missing = only(doctor._certificate(box(tmp_path, config)))
    assert (missing.state, "token_file" in missing.reason) == ("failed", True)
    token.write_text("ggt_marker\n")
    there = only(doctor._certificate(box(tmp_path, config)))
    assert (there.state, "marker" in there.reason) == ("ok", False)


def test_how_long_an_enrolment_lasts_is_told(tmp_path: Path) -> None:
    identity = EnrolledBox(IdentityFolder(tmp_path))
    identity.enrol()
    issuer = identity.service.issuer.root.public_bytes(Encoding.PEM)
    (identity.folder.path / "ca.pem").write_bytes(issuer)
    looked_at = replace(box(tmp_path, {}), now=identity.service.now)
    there = only(doctor._certificate(looked_at))
    assert (there.state, there.reason) == ("ok", "box, until 2026-05-30")
    ended = only(doctor._certificate(replace(looked_at, now=looked_at.now + timedelta(days=90))))
    assert (ended.state, ended.reason) == ("failed", "box: ended on 2026-05-30")
    assert "new claim" in ended.fix
    (identity.folder.path / "identity.pem").write_text("broken")
    broken = only(doctor._certificate(looked_at))
    assert (broken.state, "identity.pem" in broken.reason) == ("failed", True)


def test_a_bad_configuration_is_the_only_finding(tmp_path: Path) -> None:
    file = tmp_path / "gymbox.toml"
    file.write_text("[htp]\n[http]\nport = -1\n", encoding="utf-8")
    findings = diagnose(config_path=file, data_dir_option=tmp_path, environ={})
    assert [each.part for each in findings] == ["config", "config"]
    assert "did you mean 'http'" in findings[0].reason
    assert all(each.state == "failed" and each.fix for each in findings)


def test_the_defaults_are_examined_without_a_file(tmp_path: Path) -> None:
    findings = diagnose(data_dir_option=tmp_path, environ={"GYMBOX_HTTP__PORT": "0"})
    assert findings[0] == Finding("config", "ok", "no file given, using the defaults")
    assert len(findings) > 5


def test_a_check_that_fails_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_path: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(shutil, "disk_usage", broken)
    findings = examine(BoxConfig.model_validate({"http": {"port": 0}}), data_dir=tmp_path)
    assert (
        Finding("doctor", "failed", "a check failed: ZeroDivisionError()", "report this as a bug") in findings
    )
    assert any(each.part == "certificate" for each in findings)


def test_a_data_folder_without_the_right_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", read_only)
    found = only(doctor._data_folder(box(tmp_path)))
    assert (found.state, found.reason) == ("failed", f"cannot write in {tmp_path}: Read-only file system")
    assert found.fix


@pytest.mark.parametrize(("free_mb", "state"), [(100, "failed"), (1000, "degraded"), (5000, "ok")])
def test_disk_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free_mb * 1_000_000))
    found = only(doctor._disk(box(tmp_path)))
    assert found.state == state
    assert f"{free_mb} MB" in found.reason
    assert bool(found.fix) == (state != "ok")


@pytest.mark.parametrize(("available_mb", "state"), [(50, "failed"), (4000, "ok"), (None, "ok")])
def test_memory_for_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available_mb: int | None, state: str
) -> None:
    monkeypatch.setattr(doctor, "_available_mb", lambda: available_mb)
    assert only(doctor._memory(box(tmp_path, CAMERA))).state == state


def test_the_machine_tells_its_free_memory() -> None:
    available_mb = doctor._available_mb()
    assert available_mb is None or available_mb > 10


@pytest.mark.parametrize(
    ("year", "state"), [(1970, "failed"), (2020, "failed"), (2200, "failed"), (2099, "ok")]
)
def test_a_clock_that_cannot_be_right(tmp_path: Path, year: int, state: str) -> None:
    assert only(doctor._clock(box(tmp_path, now=datetime(year, 6, 1, tzinfo=UTC)))).state == state


def test_a_clock_before_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_EARLIEST", datetime(2000, 1, 1, tzinfo=UTC))
    found = only(doctor._clock(box(tmp_path, now=datetime(2001, 1, 1, tzinfo=UTC))))
    assert found.state == "degraded"
    assert "installed on" in found.reason


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    found = only(doctor._model(box(tmp_path, CAMERA)))
    assert (found.part, found.state, found.fix) == (
        "model:blazepose",
        "failed",
        "gymbox models pull blazepose",
    )
    assert only(doctor._model(box(tmp_path))).state == "ok"


def test_a_model_that_was_damaged_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "read_model", lambda _path: SimpleNamespace(version="1"))
    monkeypatch.setattr(doctor, "verify", lambda _folder: ("cpu.tflite: sha256 is a instead of b",))
    assert only(doctor._model(box(tmp_path, CAMERA))).state == "failed"
    monkeypatch.setattr(doctor, "verify", lambda _folder: ())
    assert only(doctor._model(box(tmp_path, CAMERA))).state == "ok"


def test_runtimes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def probe(name: str) -> Available | Unavailable:
        return Available(name, "2.3.0") if name == "litert" else Unavailable(name, "libedgetpu is missing")

    monkeypatch.setattr(doctor, "probe", probe)
    wanted = {"vision": {"runtime": "edgetpu", "accelerator": "edgetpu"}}
    missing, works, _ = doctor._runtime(box(tmp_path, wanted))
    assert (missing.part, missing.state, missing.reason) == (
        "runtime:edgetpu",
        "failed",
        "libedgetpu is missing",
    )
    assert (works.part, works.state) == ("runtime:litert", "ok")
    unneeded = next(doctor._runtime(box(tmp_path)))
    assert (unneeded.state, unneeded.reason) == ("ok", "not found, and not needed: libedgetpu is missing")
    monkeypatch.setattr(doctor, "probe", lambda name: Unavailable(name, "does not load"))
    assert [found.state for found in doctor._runtime(box(tmp_path))] == ["ok", "failed", "failed"]


def test_a_port_in_use(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_ANSWER_S", 0.2)
    found = only(doctor._port(box(tmp_path, {"http": {"port": port}})))
    assert (found.part, found.state) == (f"port:{port}", "failed")
    assert "Address already in use" in found.reason
    assert str(port) in found.fix


def test_a_port_that_a_running_box_uses(tmp_path: Path) -> None:
    class Livez(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Livez) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = only(doctor._port(box(tmp_path, {"http": {"port": server.server_port}})))
        server.shutdown()
    assert (found.state, found.reason) == ("ok", "a box runs and answers here")


@pytest.mark.parametrize("host", ["not an address!".replace(" ", "_"), "203.0.113.7"])
def test_a_host_that_is_not_ours(tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_box_answers", lambda _address: False)
    assert only(doctor._port(box(tmp_path, {"http": {"host": host, "port": 18_999}}))).state == "failed"


def test_a_broker_that_is_not_there(tmp_path: Path) -> None:
    config = BoxConfig.model_validate({"mqtt": {"url": "mqtt://127.0.0.1:1"}})
    found = only(doctor_outside.check_broker(config))
    assert (found.part, found.state) == ("broker", "failed")
    assert "Connection refused" in found.reason
    del tmp_path


def test_a_broker_whose_password_is_missing(tmp_path: Path) -> None:
    mqtt = {"url": "mqtt://b", "username": "u", "password_file": str(tmp_path / "none")}
    found = only(doctor_outside.check_broker(BoxConfig.model_validate({"mqtt": mqtt})))
    assert found.fix == "correct [mqtt] password_file"


@pytest.mark.parametrize(
    ("mosquitto", "amqtt", "state"),
    [("/usr/sbin/mosquitto", True, "ok"), (None, True, "ok"), (None, False, "failed")],
)
def test_the_built_in_broker(
    monkeypatch: pytest.MonkeyPatch,
    mosquitto: str | None,
    amqtt: bool,  # noqa: FBT001 - a parameter of the test
    state: str,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_kw: mosquitto)
    monkeypatch.setattr(doctor_outside, "find_spec", lambda _name: amqtt or None)
    assert only(doctor_outside.check_broker(BoxConfig.model_validate({}))).state == state


def test_cameras_are_looked_at_together_and_their_passwords_stay_secret(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")
    config = BoxConfig.model_validate(
        {
            "camera": [
                {"id": "gone", "url": str(tmp_path / "gone.mp4")},
                {"id": "broken", "url": str(broken)},
                {"id": "refused", "url": "rtsp://u:MARKER@127.0.0.1:1/x"},
                {"id": "usb", "url": 63},
            ]
        }
    )
    findings = list(doctor_outside.check_cameras(config.cameras))
    assert [each.part for each in findings] == [
        "camera:gone",
        "camera:broken",
        "camera:refused",
        "camera:usb",
    ]
    assert all(each.state == "failed" and each.reason and each.fix for each in findings)
    assert "no such file" in findings[0].reason
    assert "MARKER" not in str(findings)


def test_a_camera_that_never_answers_costs_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_outside, "CAMERA_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x"
        cameras = BoxConfig.model_validate({"camera": [{"id": "c", "url": url}]}).cameras
        found = only(doctor_outside.check_cameras(cameras))
    assert (found.state, found.reason) == ("failed", "no picture within 0 s")
