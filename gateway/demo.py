"""The demo gym: which stations, machines and people there are, and who trains when."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from devices.simulate import simulated_devices
from gateway.app import Box
from gateway.config.file import build
from gateway.config.model import BoxConfig
from gateway.members.members import MemberProfile
from gateway.sessions.admission import CheckIn, SessionError
from gateway.store.store import StoreError

_log = logging.getLogger(__name__)

BOX_ID: Final = "demo-box"
GYM_ID: Final = "demo-gym"
MAT: Final = "mat"
TREADMILLS: Final = 3
BANDS: Final = 4
SESSION_S: Final = 300.0
PAUSE_S: Final = 8.0
# Nobody wants to watch three people warm up.
OPEN_FOR_S: Final = 150.0
RETRY_S: Final = 1.0
_USUAL_RPE: Final = 6


@dataclass(frozen=True, slots=True)
class Trainee:
    """Someone who trains at one station of the demo, with one band."""

    member_id: str
    name: str
    birth_year: int
    station_id: str
    band_id: str


TRAINEES: Final = (
    Trainee("ada", "Ada", 1991, "treadmill-1", "band-1"),
    Trainee("bruno", "Bruno", 1978, "treadmill-2", "band-2"),
    Trainee("chen", "Chen", 1999, "treadmill-3", "band-3"),
    Trainee("dana", "Dana", 1986, MAT, "band-4"),
)


def demo_config(*, camera: str, host: str, port: int, cloud: Mapping[str, str] | None = None) -> BoxConfig:
    """Return the demo's configuration: three treadmills, four bands, one camera on a mat, perhaps a cloud.

    Raises:
        ConfigError: the camera is no RTSP URL, file or index, or a GYMBOX_ variable does not fit.
    """
    stations: list[dict[str, Any]] = [
        {"id": MAT, "name": "Mat", "camera": "camera", "exercises": ["pushup", "squat"]},
        *(
            {"id": f"treadmill-{n}", "name": f"Treadmill {n}", "treadmill": f"treadmill-{n}"}
            for n in range(1, TREADMILLS + 1)
        ),
    ]
    return build(
        {
            "box": {"id": BOX_ID, "gym_id": GYM_ID},
            "http": {"host": host, "port": port},
            "mqtt": {"url": "embedded"},
            "cloud": dict(cloud or {}),
            "station": stations,
            "camera": [{"id": "camera", "url": camera, "fps": 25}],
            "device": [
                {"id": each.id, "profile": each.profile, "address": each.address}
                for each in simulated_devices(TREADMILLS, BANDS)
            ],
        }
    )


def simulator_arguments(url: str, username: str, password_file: Path, *, seed: int = 1) -> list[str]:
    """Return the arguments of `python -m devices.simulate` for this gym."""
    return [
        *("--url", url, "--username", username, "--password-file", str(password_file)),
        *("--treadmills", str(TREADMILLS), "--bands", str(BANDS), "--open-for-s", str(OPEN_FOR_S)),
        *("--seed", str(seed)),
    ]


async def train_for_ever(box: Box, trainee: Trainee) -> None:
    """Check in, train, check out, rest, again and again, until cancelled; a full disk only makes it wait."""
    while True:
        try:
            running = box.sessions.active_at(trainee.station_id)
            session_id = running.id if running else await _check_in(box, trainee)
            await asyncio.sleep(SESSION_S)
            await box.sessions.end(session_id, rpe=_USUAL_RPE)
        except (SessionError, StoreError) as error:
            _log.info("%s waits: %s", trainee.name, error)
            await asyncio.sleep(RETRY_S)
        else:
            await asyncio.sleep(PAUSE_S)


async def end_sessions(box: Box) -> None:
    """Check everybody out, so that what they did is stored and queued; else it goes on next time."""
    for session in box.sessions.active():
        try:
            await box.sessions.end(session.id, rpe=_USUAL_RPE)
        except StoreError as error:
            _log.warning("the session of %s goes on next time: %s", session.display_name, error)


async def _check_in(box: Box, trainee: Trainee) -> str:
    await box.members.put(
        trainee.member_id, MemberProfile(display_name=trainee.name, birth_year=trainee.birth_year)
    )
    report = await box.sessions.start(
        CheckIn(station_id=trainee.station_id, member_id=trainee.member_id, band_id=trainee.band_id)
    )
    return report.id
