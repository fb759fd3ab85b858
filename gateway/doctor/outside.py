"""The doctor's checks of what stands outside the box: the broker and the cameras. Each has its time limit."""

import multiprocessing
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from multiprocessing.connection import wait
from typing import Any, Final

from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.mqtt.session import Link, MqttSession
from devices.subscriptions import subscriptions
from gateway.broker_login import PasswordFileError, broker_settings
from gateway.config.camera_source import CameraSource
from gateway.config.model import BoxConfig
from gateway.config.profiles import profiles_of
from gateway.config.sections.camera import CameraSection
from gateway.doctor.finding import Finding
from gateway.machines import configured_devices
from gateway.processes import camera_child

# Longer than the session's own limits for connecting and for the answer to its login.
BROKER_S: Final = 12.0
# Longer than the library's own limits for opening and for the first picture.
CAMERA_S: Final = 15.0
_END_S: Final = 1.0


def check_broker(config: BoxConfig) -> Iterator[Finding]:
    """Log in at the broker and subscribe, as the box would."""
    if config.mqtt.embedded:
        yield _embedded()
        return
    try:
        settings = broker_settings(config.mqtt, client_id=f"{config.box.id}-doctor")
    except PasswordFileError as error:
        yield Finding("broker", "failed", str(error), "correct [mqtt] password_file")
        return
    except BrokerSettingsInvalid as error:
        yield Finding("broker", "failed", str(error), "correct the section [mqtt]")
        return
    wanted = subscriptions(profiles_of(config.box.profiles_dir), configured_devices(config))
    link = first_link(settings, wanted)
    if link.state == "connected":
        yield Finding("broker", "ok", f"logged in at {config.mqtt.url} and subscribed")
        return
    fix = (
        "check [mqtt] url, username and password_file, and that the broker runs and can be reached from here"
    )
    yield Finding("broker", "failed", link.reason or f"{config.mqtt.url} did not answer", fix)


def check_cameras(cameras: Sequence[CameraSection]) -> Iterator[Finding]:
    """Take one picture from every camera, all at the same time."""
    spawn = multiprocessing.get_context("spawn")
    began_s = time.monotonic()
    probes: list[tuple[CameraSection, Any, Any]] = []
    for camera in cameras:
        ours, theirs = spawn.Pipe(duplex=False)
        process = spawn.Process(
            target=camera_child.probe, args=(camera.url.reveal(), theirs), name="gymbox probe", daemon=True
        )
        process.start()
        theirs.close()
        probes.append((camera, process, ours))
    for camera, process, answer in probes:
        yield _picture(camera, process, answer, CAMERA_S - (time.monotonic() - began_s))


def _embedded() -> Finding:
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found:
        return Finding("broker", "ok", f"built in, with {found}")
    if find_spec("amqtt") is None:
        fix = "install the package mosquitto, or name the gym's own broker as [mqtt] url"
        return Finding("broker", "failed", "built in, but neither mosquitto nor amqtt is installed", fix)
    fix = "install the package mosquitto"
    return Finding("broker", "ok", "built in, with amqtt; fine for a demo, use mosquitto in a gym", fix)


def first_link(settings: BrokerSettings, topics: Sequence[str]) -> Link:
    """Return the first state that settles whether the broker takes us."""
    settled = threading.Event()

    def on_link(link: Link) -> None:
        if link.state in ("connected", "waiting"):
            settled.set()

    session = MqttSession(settings, subscriptions=topics, on_message=lambda _message: None, on_link=on_link)
    session.start()
    try:
        settled.wait(BROKER_S)
        return session.link
    finally:
        session.stop(_END_S)


def _picture(camera: CameraSection, process: Any, answer: Any, left_s: float) -> Finding:
    part = f"camera:{camera.id}"
    fix = _camera_fix(camera.url)
    try:
        if not wait([answer], max(0.0, left_s)):
            return Finding(part, "failed", f"no picture within {CAMERA_S:.0f} s", fix)
        good, text = answer.recv()
    except (EOFError, OSError):
        return Finding(part, "failed", "looking for a picture failed; the log says more", fix)
    finally:
        answer.close()
        process.kill()
        process.join(_END_S)
    if good:
        return Finding(part, "ok", f"{camera.url} gives {text}")
    return Finding(part, "failed", text, fix)


def _camera_fix(source: CameraSource) -> str:
    if source.kind == "rtsp":
        return f"open {source} in VLC on this network; check address, path, user and password"
    if source.kind == "device":
        return "plug the camera in, and see that no other program uses it: v4l2-ctl --list-devices"
    return "write the path of a video file that this user may read"
