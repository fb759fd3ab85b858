"""`gymbox run` and its people: who may ask, what a session leaves behind, what of it outlives the process."""

import json
import re
import signal
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vision.footage import clip_path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

BAND = "c0:00:00:00:00:02"
HEART = f"gymbox/v1/hall/ble/{BAND}/180d/2a37"
NO_BROKER = '[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'
STATIONS = '[[station]]\nid = "mat"\n[[station]]\nid = "rig"\n'
CAMERA = f"""
[[station]]
id = "mat"
camera = "cam"
exercises = ["pushup", "squat"]

[[camera]]
id = "cam"
url = "{clip_path()}"
fps = 25

[[device]]
id = "band"
profile = "ble-heart-rate"
address = "{BAND}"
"""
PROFILE = {"display_name": "Zephyrine", "birth_year": 1986}
MEMBER = "member-4711"


FOR_EVERY_KIOSK = {
    ("GET", "/api/v1/stations"),  # its own alone
    ("GET", "/api/v1/devices"),
    ("GET", "/api/v1/login"),  # who one is
    ("DELETE", "/api/v1/login"),
}


def test_nothing_under_api_is_told_without_a_token_and_a_kiosk_keeps_to_its_station(
    new_box: Callable[..., Any], kiosk_token: Callable[..., str]
) -> None:
    box = new_box(NO_BROKER + STATIONS)
    session = box.check_in().json()["id"]
    kiosk = kiosk_token(box.folder, "rig")
    values = {
        "station_id": "mat",
        "session_id": session,
        "member_id": "ada",
        "name": "phase",
        "device_id": "band",
        "plan_id": box.ask("POST", "/api/v1/members/ada/plan").json()["id"],
        "day": "2026-03-02",
    }
    bodies = {
        "/end": None,
        "/commands": {"command": "start", "session_id": session},
        "/steps": {"steps": [{"duration_s": 60, "speed_kmh": 5}]},
        "/sessions": {"station_id": "mat", "member_id": "eve"},
        "/wellbeing": {"stress_index": 3},
        "/feedback": {"accepted": True},
        "/members": PROFILE,
    }
    routes = [
        (method.upper(), path.format_map(defaultdict(lambda: "nobody", values)))
        for path, methods in box.ask("GET", "/api/v1/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/") and "security" in operation  # login and setup ask for nothing
    ]
    assert len(routes) >= 10
    refused: list[tuple[str, str]] = []
    for method, path in routes:
        body = next((body for part, body in bodies.items() if part in path), None)
        answer = box.ask(method, path, token="", json=body)
        assert (method, path, answer.status_code) == (method, path, 401)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["type"] == "urn:gymbox:problem:unauthorised"
        told = box.ask(method, path, token=kiosk, json=body).status_code
        # 404: what is not there is another station's; 422: read before it is asked whose it is.
        refused += [(method, path)] if told in {403, 404, 422} else []
    assert set(routes) - set(refused) == FOR_EVERY_KIOSK
    own = box.ask("GET", "/api/v1/stations", token=kiosk).json()["stations"]
    assert [each["id"] for each in own] == ["rig"]
    assert box.ask("GET", f"/api/v1/sessions/{session}").json()["status"] == "active", "nothing took effect"
    assert box.ask("GET", "/api/v1/members/ada").status_code == 404

    guesses = [box.ask("GET", "/api/v1/sync", token=f"gtk_{n}").status_code for n in range(12)]
    assert guesses == [401] * 10 + [429] * 2
    assert box.alive()


@contextmanager
def reading(box: Any, station: str) -> Iterator[list[str]]:
    """Read a station's stream on a thread, once it has begun; the list ends with how it ended."""
    heard: list[str] = []
    began = threading.Event()

    def read() -> None:
        headers = {"Authorization": f"Bearer {box.token}"}
        url = f"{box.process.url}/api/v1/stations/{station}/events"
        try:
            with httpx.stream("GET", url, headers=headers, timeout=15) as answer:
                for line in answer.iter_lines():
                    began.set()
                    heard.extend([line] if line.startswith("event") else [])
        except httpx.HTTPError as error:
            heard.append(f"cut off: {error}")
        else:
            heard.append("ended")

    thread = threading.Thread(target=read)
    thread.start()
    assert began.wait(10)
    yield heard
    thread.join(10)
    assert not thread.is_alive()


def test_sigterm_ends_streams_and_process_and_the_session_goes_on(new_box: Callable[..., Any]) -> None:
    box = new_box(NO_BROKER + STATIONS)
    session = box.check_in(member_id="ada", station_id="mat").json()
    with reading(box, "mat") as mat, reading(box, "rig") as rig:
        time.sleep(1.5)
        assert box.process.end(signal.SIGTERM) == 0
    assert "Traceback" not in box.words()
    assert (mat[-1], rig[-1]) == ("ended", "ended")

    again = new_box(NO_BROKER + STATIONS)
    state = again.until("/api/v1/stations/mat", lambda station: station["session"])["session"]
    assert state["id"] == session["id"]
    assert state["elapsed_s"] >= 1.5, "it went on while the box was down"
    assert again.check_in(station_id="rig", member_id="ada").status_code == 201
    assert again.check_in().status_code == 409
    ended = again.ask("POST", f"/api/v1/sessions/{session['id']}/end").json()
    assert ended["started_at"] == session["started_at"]
    assert again.alive()


def records(data: Path) -> list[dict[str, Any]]:
    """Every record in the outbox, as the cloud would get it."""
    with sqlite3.connect(f"file:{data / 'gymbox.sqlite3'}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT kind, payload FROM outbox ORDER BY seq").fetchall()
    db.close()
    return [{"kind": kind, "text": payload, **json.loads(payload)} for kind, payload in rows]


def test_an_erased_member_is_gone_and_the_cloud_is_told(new_box: Callable[..., Any]) -> None:
    box = new_box(NO_BROKER + STATIONS)
    path = f"/api/v1/members/{MEMBER}"
    assert box.ask("PUT", path, json=PROFILE).status_code == 200
    session = box.check_in(member_id=MEMBER).json()["id"]
    assert box.ask("DELETE", path).json()["type"] == "urn:gymbox:problem:member-training"
    assert box.ask("POST", f"/api/v1/sessions/{session}/end").status_code == 200
    (told,) = records(box.folder)

    assert box.ask("DELETE", path).status_code == 204
    assert box.ask("GET", path).status_code == 404
    assert box.ask("GET", f"/api/v1/sessions/{session}").status_code == 404
    assert box.ask("DELETE", path).status_code == 404
    (erase,) = records(box.folder)  # the session that had not left yet was withdrawn
    assert (erase["kind"], erase["member"], erase["body"]) == ("erase", told["member"], {})
    assert box.ask("GET", "/api/v1/sync").json()["outbox_depth"] == 1

    assert box.process.end(signal.SIGTERM) == 0
    left = b"".join(each.read_bytes() for each in box.folder.glob("gymbox.sqlite3*"))
    assert b"Zephyrine" not in left
    assert MEMBER.encode() not in left
    assert MEMBER not in box.words()
    assert "Zephyrine" not in box.words()


@pytest.mark.mosquitto
def test_a_session_from_check_in_to_the_outbox(
    new_box: Callable[..., Any], broker: Any, blazepose: Path
) -> None:
    assert blazepose.is_dir()
    box = new_box(broker.section + CAMERA)
    assert box.ask("PUT", f"/api/v1/members/{MEMBER}", json=PROFILE).status_code == 200
    box.until_part("mqtt", "ok")
    session = box.check_in(member_id=MEMBER, band_id="band").json()["id"]
    beats = [118, 120, 122, 124, 126]

    def trained(station: dict[str, Any]) -> bool:
        broker.send((HEART, bytes([0x00, beats[0]])))
        beats.append(beats.pop(0))
        return bool(station["reps"] >= 3)

    station = box.until("/api/v1/stations/mat", trained, within_s=50)
    assert station["session"]["display_name"] == "Zephyrine"
    assert station["heart_rate"]["bpm"] in beats
    assert station["heart_rate"]["zone"] in {1, 2, 3, 4, 5}
    ended = box.ask("POST", f"/api/v1/sessions/{session}/end", json={"rpe": 6}).json()
    assert ended == box.ask("GET", f"/api/v1/sessions/{session}").json()
    assert box.ask("POST", f"/api/v1/sessions/{session}/end", json={"rpe": 1}).json() == ended

    (done,) = [each for each in ended["sets"] if each["reps"] >= 3]
    assert done["exercise"] in {"pushup", "squat"}
    assert [each["number"] for each in done["reps_detail"]] == list(range(1, len(done["reps_detail"]) + 1))
    assert 0.8 < done["mean_tempo_s"] < 5
    assert 115 < ended["heart_rate"]["mean_bpm"] < 130
    assert sum(ended["heart_rate"]["seconds_in_zone"]) > 1
    assert (ended["status"], ended["rpe"], ended["models"]["pose"]) == ("ended", 6, "blazepose")

    assert box.ask("GET", "/api/v1/sync").json()["outbox_depth"] == 1
    (record,) = records(box.folder)
    assert re.fullmatch(r"p1-[0-9a-f]{64}", record["member"])
    assert record["body"]["sets"] == ended["sets"]
    for secret in (MEMBER, "Zephyrine", "band", BAND, "1986"):
        assert secret not in record["text"]
    assert box.alive()
