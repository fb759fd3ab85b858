"""Live tuning and replay over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from vision.counting.counter import CountingSettings
from vision.processes.messages import Declined, Replay, Replayed, Request, Tally

SETTINGS = "/api/v1/vision/settings"
REPLAY = "/api/v1/vision/replay"
CONFIGURED = {"person_score": 0.3, "smoothing": 1.0, "hysteresis": None, "dwell_s": None, "posture_s": 0.5}


async def test_what_holds_and_where_it_comes_from(operator: httpx.AsyncClient) -> None:
    report = (await operator.get(SETTINGS)).json()
    assert report["configured"].items() >= CONFIGURED.items()
    assert report["changed"] == {}
    (mat,) = report["stations"]
    assert (mat["station_id"], mat["changed"], mat["settings"]) == ("mat", {}, report["configured"])


async def test_a_change_holds_at_once_and_is_told(box: Any, operator: httpx.AsyncClient) -> None:
    told: list[str] = []
    box.tuning.subscribe(told.append)
    answer = await operator.patch(SETTINGS, json={"station_id": "mat", "dwell_s": 0.2, "person_score": 0.4})
    assert answer.status_code == 200
    (mat,) = answer.json()["stations"]
    assert mat["changed"] == {"dwell_s": 0.2, "person_score": 0.4}
    assert mat["settings"].items() >= {**CONFIGURED, "dwell_s": 0.2, "person_score": 0.4}.items()
    assert told == ["mat"]
    assert box.tuning.counting("mat") == CountingSettings(min_score=0.4, posture_s=0.5, dwell_s=0.2)
    answer = await operator.patch(SETTINGS, json={"station_id": "mat", "dwell_s": None})
    assert answer.json()["stations"][0]["changed"] == {"person_score": 0.4}
    answer = await operator.patch(SETTINGS, json={"posture_s": 1})
    assert answer.json()["changed"] == {"posture_s": 1.0}
    assert answer.json()["stations"][0]["settings"]["posture_s"] == 1.0


async def test_an_empty_change_changes_nothing(operator: httpx.AsyncClient) -> None:
    before = (await operator.get(SETTINGS)).json()
    assert (await operator.patch(SETTINGS, json={})).json() == before


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"dwell_s": 2}, "dwell_s", "less than or equal to 1"),
        ({"hysteresis": 0.1}, "hysteresis", "greater than or equal to 0.3"),
        ({"person_score": "high"}, "person_score", "valid number"),
        ({"person_score": True}, "person_score", "valid number"),
        ({"sensitivity": 1}, "sensitivity", "not permitted"),
        ({"station_id": ""}, "station_id", "at least 1"),
    ],
)
async def test_a_value_out_of_bounds_names_its_field_and_the_bound(
    box: Any, operator: httpx.AsyncClient, body: dict[str, object], field: str, words: str
) -> None:
    answer = await operator.patch(SETTINGS, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    (fault,) = answer.json()["errors"]
    assert fault["field"] == field
    assert words in fault["message"]
    assert box.tuning.changes(None) == {}


async def test_half_a_change_is_none(box: Any, operator: httpx.AsyncClient) -> None:
    assert (await operator.patch(SETTINGS, json={"dwell_s": 0.2, "posture_s": 99})).status_code == 422
    assert box.tuning.changes(None) == {}


@pytest.mark.parametrize("body", [b"NaN", b'{"dwell_s": NaN}', b"[]", b"{", b"null"])
async def test_what_is_no_change_at_all(operator: httpx.AsyncClient, body: bytes) -> None:
    answer = await operator.patch(SETTINGS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize("path", [SETTINGS, REPLAY])
@pytest.mark.parametrize("station", ["run", "nowhere"])
async def test_a_station_without_a_camera(operator: httpx.AsyncClient, path: str, station: str) -> None:
    ask = operator.patch if path == SETTINGS else operator.post
    answer = await ask(path, json={"station_id": station})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:gymbox:problem:station-unknown")
    assert "those that have one: mat" in answer.json()["detail"]


async def test_tuning_is_the_operators(kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    for client, status in ((kiosk, 403), (stranger, 401)):
        assert (await client.get(SETTINGS)).status_code == status
        assert (await client.patch(SETTINGS, json={})).status_code == status
        assert (await client.post(REPLAY, json={"station_id": "mat"})).status_code == status


def counted(request: Request) -> Replayed:
    return Replayed(
        request_id=request.request_id,
        exercises=("pushup",),
        window_s=118.5,
        as_counted=Tally(8, 2),
        would_count=Tally(9, 0),
        reps_at_s=(2.5, 5.0),
    )


async def test_a_replay_tries_a_change_of_what_holds(box: Any, operator: httpx.AsyncClient) -> None:
    box.inference.answer = counted
    await operator.patch(SETTINGS, json={"station_id": "mat", "dwell_s": 0.2})
    answer = await operator.post(REPLAY, json={"station_id": "mat", "settings": {"hysteresis": 0.4}})
    assert answer.json() == {
        "station_id": "mat",
        "exercises": ["pushup"],
        "window_s": 118.5,
        "as_counted": {"reps": 8, "partials": 2},
        "would_count": {"reps": 9, "partials": 0, "reps_at_s": [2.5, 5.0]},
    }
    (request,) = box.inference.asked
    tried = CountingSettings(posture_s=0.5, dwell_s=0.2, hysteresis=0.4)
    assert request == Replay(request_id=1, station_id="mat", counting=tried)
    assert box.tuning.changes("mat") == {"dwell_s": 0.2}


@pytest.mark.parametrize(
    ("answer", "status", "slug"),
    [
        (
            lambda request: Declined(request_id=request.request_id, reason="nobody trains at mat"),
            409,
            "vision-declined",
        ),
        (None, 503, "vision-not-running"),
    ],
)
async def test_no_replay_has_a_reason(
    box: Any,
    operator: httpx.AsyncClient,
    answer: Callable[[Request], object] | None,
    status: int,
    slug: str,
) -> None:
    box.inference.answer = answer
    refused = await operator.post(REPLAY, json={"station_id": "mat"})
    assert (refused.status_code, refused.json()["type"]) == (status, f"urn:gymbox:problem:{slug}")
    assert refused.json()["detail"]


async def test_a_candidate_out_of_bounds_is_not_tried(box: Any, operator: httpx.AsyncClient) -> None:
    answer = await operator.post(REPLAY, json={"station_id": "mat", "settings": {"dwell_s": -1}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "settings.dwell_s"
    assert box.inference.asked == []
