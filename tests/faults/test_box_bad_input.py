"""`gymbox run` and what it should not be given: bad frames, wrong logins, cameras that are not there."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from devices.codecs import treadmill
from vision.footage import clip_path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

BELT, BAND = "c0:00:00:00:00:01", "c0:00:00:00:00:02"
MILL = f"gymbox/v1/hall/ble/{BELT}/1826/2acd"
HEART = f"gymbox/v1/hall/ble/{BAND}/180d/2a37"
FRAME = treadmill.encode({"speed_kmh": 9.5, "distance_m": 120})
GYM = f"""
[[station]]
id = "mat"

[[station]]
id = "run"
treadmill = "belt"

[[device]]
id = "belt"
profile = "ble-treadmill"
address = "{BELT}"

[[device]]
id = "band"
profile = "ble-heart-rate"
address = "{BAND}"
"""


def enveloped(octets: bytes, **more: Any) -> bytes:
    return json.dumps({"hex": octets.hex(), **more}).encode()


# (reason under which it is counted, topic, payload); none may be taken for a reading.
BAD = [
    ("truncated", MILL, b""),
    ("truncated", MILL, FRAME[:1]),
    ("truncated", MILL, FRAME[:-1]),
    ("truncated", HEART, b"\x00"),
    ("trailing", MILL, FRAME + b"\x00"),
    ("trailing", HEART, bytes([0x00, 72, 1, 2, 3])),
    ("flags", HEART, b"\xff" * 20),
    ("flags", MILL, b"\xff" * 40),
    ("too_large", MILL, b"\x00" * 1_000_000),
    ("too_large", f"{MILL}/json", b"{" * 1_000_000),
    ("encoding", f"{MILL}/json", b'{"hex": "\xff\xfe"}'),
    ("json", f"{MILL}/json", b"\x00\x01\x02"),
    ("json", f"{MILL}/json", b"[" * 4000),
    ("json", f"{MILL}/json", b'{"hex": 12}'),
    ("json", f"{MILL}/json", b'{"hex": "0"}'),
    ("json", f"{MILL}/json", enveloped(FRAME, seq="one")),
    ("json", f"{MILL}/json", b"[]"),
    ("unsupported", f"gymbox/v1/hall/ble/{BELT}/1826/2aff", FRAME),
    ("topic", f"gymbox/v1/hall/ble/{BELT}/FTMS/2acd", FRAME),
    ("topic", f"gymbox/v1/the hall/ble/{BELT}/1826/2acd", FRAME),
    ("topic", f"gymbox/v1/{'x' * 300}/ble/{BELT}/1826/2acd", FRAME),
]
# Under our prefix, and nothing that the box asked for.
STRANGE = [
    ("gymbox/v1/hall", b"hello"),
    ("gymbox/v1/hall/ble", FRAME),
    (f"{MILL}/set", b"\x00"),
    (f"{MILL}/json/more", b"{}"),
    ("gymbox/v1/hall/wifi/a/b/c/d/e", b"\xff" * 1000),
    ("gymbox/v1/\u00fc\u2603/status", b"online"),
]


def device(answer: Any, name: str) -> dict[str, Any]:
    return next((each for each in answer["devices"] if each["id"] == name), {"values": {}})


@pytest.mark.mosquitto
def test_bad_frames_are_counted_by_reason_and_good_ones_still_arrive(
    new_box: Callable[..., Any], broker: Any
) -> None:
    broker.send((f"gymbox/v1/attic/ble/{BELT}/1826/2acd", FRAME), retain=True)  # of any age: says nothing
    box = new_box(broker.section + GYM)
    box.until_part("mqtt", "ok")
    wanted: dict[str, int] = {"retained": 1}
    for reason, topic, payload in BAD:
        broker.send((topic, payload))
        wanted[reason] = wanted.get(reason, 0) + 1
    broker.send(*STRANGE)
    twice = enveloped(FRAME, seq=7, ts_ms=int(time.time() * 1000))
    broker.send((f"{MILL}/json", twice), (f"{MILL}/json", twice))
    wanted["duplicate"] = 1
    broker.send((MILL, treadmill.encode({"speed_kmh": 9.7})), (HEART, bytes([0x00, 72])))

    devices = box.until("/api/v1/devices", lambda answer: device(answer, "band")["values"])
    assert device(devices, "belt")["values"]["speed_kmh"] == 9.7
    assert device(devices, "band")["values"] == {"heart_rate_bpm": 72}
    assert {each["id"] for each in devices["devices"]} == {"belt", "band"}, "no device out of a bad frame"
    counted = {reason: box.metric("gymbox_frames_rejected_total", reason=reason) for reason in wanted}
    assert counted == wanted
    assert box.metric("gymbox_frames_accepted_total") == 3
    assert box.metric("gymbox_mqtt_connections_total") == 1, "not one of them cost the link"
    refusals = [line for line in box.words().splitlines() if " refused: " in line]
    assert len(refusals) <= len(wanted), "one line a minute for each reason"
    assert max(len(line) for line in refusals) < 1000
    assert box.alive()


def refusals(box: Any) -> tuple[float, float]:
    """Frames refused as truncated, and because the device floods."""
    truncated, flooded = (
        box.metric("gymbox_frames_rejected_total", reason=each) for each in ("truncated", "flooded")
    )
    return truncated, flooded


@pytest.mark.mosquitto
def test_a_storm_of_bad_frames_costs_one_line_in_the_log(new_box: Callable[..., Any], broker: Any) -> None:
    box = new_box(broker.section + GYM)
    box.until_part("mqtt", "ok")
    for sent in range(500, 2001, 500):  # a broker keeps a thousand for a client that lags
        broker.send(*[(MILL, b"\x01")] * 500)
        until_s = time.monotonic() + 20
        while sum(refusals(box)) < sent and time.monotonic() < until_s:
            time.sleep(0.1)
    broker.send((HEART, bytes([0x00, 72])))
    box.until("/api/v1/devices", lambda answer: device(answer, "band")["values"])
    truncated, flooded = refusals(box)
    assert truncated + flooded == 2000
    assert truncated < 1000, "a device that floods is cut short"
    assert box.words().count(" refused: ") == 1
    assert box.words().count("the rest is dropped") == 1
    assert box.alive()


@pytest.mark.mosquitto
def test_a_wrong_password_is_told_and_heals_when_the_file_is_put_right(
    new_box: Callable[..., Any], broker: Any
) -> None:
    right = broker.password_file.read_text()
    broker.password_file.unlink()
    box = new_box(broker.section + GYM)
    assert "box.password" in box.until_part("mqtt", "failed")
    broker.password_file.write_text("not the password\n")
    answer = box.until("/readyz", lambda ready: "refuse" in ready["parts"]["mqtt"]["reason"], within_s=30)
    assert "not the password" not in str(answer)
    assert box.ask("GET", "/readyz").status_code == 503
    broker.password_file.write_text(right)
    box.until_part("mqtt", "ok", within_s=40)
    assert "not the password" not in box.words()
    assert right.strip() not in box.words()
    assert box.alive()


def camera(name: str, source: str) -> str:
    return f'[[camera]]\nid = "{name}"\nurl = "{source}"\n'


def test_cameras_that_are_not_there_are_told_one_by_one_and_heal(
    new_box: Callable[..., Any], tmp_path: Path, blazepose: Path
) -> None:
    assert blazepose.is_dir()
    with socket.create_server(("127.0.0.1", 0)) as held:
        closed = held.getsockname()[1]
    (tmp_path / "noise.mp4").write_bytes(b"\x00\x01 no video \xff" * 4000)
    (tmp_path / "empty.mp4").touch()
    later = tmp_path / "later.mp4"
    sources = {
        "gone": f"rtsp://viewer:hunter2@127.0.0.1:{closed}/cam",
        "noise": "noise.mp4",
        "empty": "empty.mp4",
        "folder": str(tmp_path),
        "later": "later.mp4",
    }
    config = '[mqtt]\nurl = "mqtt://127.0.0.1:9"\n[[station]]\nid = "mat"\ncamera = "later"\n'
    box = new_box(config + "".join(camera(*each) for each in sources.items()))

    reasons = {name: box.until_part(f"camera:{name}", "failed", within_s=40) for name in sources}
    assert "nothing listens" in reasons["gone"]
    assert "no such file" in reasons["later"]
    assert "empty" in reasons["empty"]
    assert "folder" in reasons["folder"]
    assert reasons["noise"]
    assert "hunter2" not in box.ask("GET", "/readyz").text + box.ask("GET", "/api/v1/cameras").text
    assert box.check_in().status_code == 201, "a gym trains on without its cameras"
    shown = box.ask("GET", "/api/v1/stations/mat").json()
    assert [alert["part"] for alert in shown["alerts"] if alert["part"].startswith("camera")] == [
        "camera:later"
    ]

    shutil.copy(clip_path(), tmp_path / "arriving")
    (tmp_path / "arriving").rename(later)
    box.until_part("camera:later", "ok", within_s=40)
    box.until("/api/v1/stations/mat", lambda station: station["pose"] is not None, within_s=20)
    assert "hunter2" not in box.words()
    assert box.alive()


def talk(box: Any, octets: bytes) -> bytes:
    """Say something to the HTTP port, hang up half-way, and hear what it has to say."""
    with socket.create_connection(("127.0.0.1", int(box.process.url.rpartition(":")[2])), 5) as line:
        line.sendall(octets)
        with suppress(OSError):  # the box has hung up already; what it said can still be heard
            line.shutdown(socket.SHUT_WR)
        return line.recv(4096)


def test_garbage_on_the_http_port_neither_hurts_nor_fills_the_log(new_box: Callable[..., Any]) -> None:
    box = new_box('[mqtt]\nurl = "mqtt://127.0.0.1:9"\n[[station]]\nid = "mat"\n')
    session = box.check_in().json()["id"]
    login = f"Host: box\r\nAuthorization: Bearer {box.token}\r\n".encode()
    for _ in range(20):
        assert b"400" in talk(box, b"\x16\x03\x01\x02\x00\x01 no HTTP \xff\r\n\r\n")
    assert b"400" in talk(box, b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n")
    long = b"POST /api/v1/sessions HTTP/1.1\r\n" + login + b"Content-Length: " + b"9" * 18 + b"\r\n\r\n"
    assert b"413" in talk(box, long)
    # A check-out that was cut off on its way must not count as one without an answer to how hard it was.
    cut = f"POST /api/v1/sessions/{session}/end HTTP/1.1\r\n".encode() + login + b"Content-Length: 9\r\n\r\n"
    talk(box, cut + b'{"r')
    talk(box, cut)
    time.sleep(0.3)
    assert box.ask("GET", f"/api/v1/sessions/{session}").json()["status"] == "active"
    assert box.words().count("Invalid HTTP request") <= 1
    assert box.alive()


def run(config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "run", "--config", str(config)]
    return subprocess.run([*command, *options], check=False, capture_output=True, text=True, timeout=60)


def test_a_typo_ends_with_file_line_and_key_and_touches_nothing(tmp_path: Path) -> None:
    config = tmp_path / "gymbox.toml"
    config.write_text('[box]\nid = "a"\n\n[http]\nprot = 8080\n\n[[station]]\nid = "mat"\ncamera = "cam"\n')
    ended = run(config, "--data-dir", str(tmp_path / "data"))
    assert ended.returncode == 2
    assert f"{config}:5: http.prot: is not a setting (did you mean 'port'?)" in ended.stderr
    assert f"{config}:9: station[0].camera" not in ended.stderr, "first what is written, then what it means"
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()
    config.write_text('[http]\nport = 8080\n\n[[station]]\nid = "mat"\ncamera = "cam"\n')
    ended = run(config, "--data-dir", str(tmp_path / "data"))
    assert (ended.returncode, f"{config}:6: station[0].camera" in ended.stderr) == (2, True)


def test_a_port_in_use_is_said_and_nothing_was_started(tmp_path: Path) -> None:
    config = tmp_path / "gymbox.toml"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        config.write_text(f"[http]\nport = {port}\n")
        ended = run(config, "--data-dir", str(tmp_path / "data"))
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Choose another port" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()
