"""What the setup page may ask about the network, over HTTP."""

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.discovery.onvif import CameraRefuses, Stream
from gateway.discovery.soap import Login
from gateway.discovery.surroundings import Surroundings
from tests.authority import Authority

if TYPE_CHECKING:
    from devices.mqtt.broker_settings import BrokerSettings

    from .conftest import ApiBox


async def test_what_is_no_broker_is_told_without_asking_anybody(operator: httpx.AsyncClient) -> None:
    for url, reason in {
        "http://broker": "must be mqtt://",
        "mqtt://ana:secret@broker": "must not hold a login",
        "embedded": "mqtt",
        "mqtt://": "must be mqtt://",
    }.items():
        answer = await operator.post("/api/v1/setup/brokers/try", json={"url": url})
        assert (answer.status_code, answer.json()["ok"]) == (200, False)
        assert reason in answer.json()["reason"]
        assert "secret" not in answer.text


async def test_a_broker_that_is_not_there_is_told_with_its_reason(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/api/v1/setup/brokers/try", json={"url": "mqtt://127.0.0.1:9"})
    assert answer.json()["ok"] is False
    assert "refused" in answer.json()["reason"]
    assert answer.json()["cause"] == "unreachable"


async def test_a_quiet_network_has_no_cameras(operator: httpx.AsyncClient) -> None:
    assert (await operator.get("/api/v1/setup/cameras")).json() == {"cameras": []}


async def test_a_machine_without_a_network_says_so(
    box: "ApiBox", operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(_self: Surroundings) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(Surroundings, "cameras", unreachable)
    monkeypatch.setattr(Surroundings, "brokers", unreachable)
    for path in ("/api/v1/setup/cameras", "/api/v1/setup/brokers"):
        answer = await operator.get(path)
        assert answer.status_code == 503
        assert "Type the address" in answer.json()["detail"]
    assert box.surroundings.wait_s == 0.2


async def test_a_cameras_streams_and_its_refusal(
    operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def streams(_self: Surroundings, service: str, login: Login | None) -> list[Stream]:
        if login is None:
            raise CameraRefuses("The camera refuses: wrong login.")
        return [Stream("Main", f"{service}/main", 1920, 1080)]

    monkeypatch.setattr(Surroundings, "streams", streams)
    body = {"service": "http://192.0.2.9/onvif"}
    refused = await operator.post("/api/v1/setup/cameras/streams", json=body)
    assert (refused.status_code, refused.json()["detail"]) == (409, "The camera refuses: wrong login.")
    told = await operator.post(
        "/api/v1/setup/cameras/streams", json={**body, "username": "u", "password": "p"}
    )
    [stream] = told.json()["streams"]
    assert (stream["url"], stream["width"]) == ("http://192.0.2.9/onvif/main", 1920)
    no_url = await operator.post("/api/v1/setup/cameras/streams", json={"service": "file:///etc/passwd"})
    assert no_url.status_code == 422


async def test_the_login_of_a_camera_goes_into_its_address_and_nowhere_else(
    operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    async def picture(_self: Surroundings, source: str) -> bytes:
        looked_at.append(source)
        return b"\xff\xd8"

    monkeypatch.setattr(Surroundings, "picture", picture)
    body = {"url": "rtsp://192.0.2.9/main", "username": "u", "password": "p@ss/1"}
    answer = await operator.post("/api/v1/setup/cameras/picture", json=body)
    assert (answer.headers["content-type"], answer.content) == ("image/jpeg", b"\xff\xd8")
    assert answer.headers["cache-control"] == "no-store"
    await operator.post("/api/v1/setup/cameras/picture", json={**body, "url": "/videos/clip.mp4"})
    assert looked_at == ["rtsp://u:p%40ss%2F1@192.0.2.9/main", "/videos/clip.mp4"]
    wrong = await operator.post("/api/v1/setup/cameras/picture", json={"url": "ftp://x:geheim@y/z"})
    assert wrong.status_code == 422
    assert "geheim" not in wrong.text


async def test_only_an_operator_looks_around(kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    for method, path in [
        *(("GET", f"/api/v1/setup/{kind}") for kind in ("brokers", "cameras")),
        ("POST", "/api/v1/setup/brokers/try"),
        ("POST", "/api/v1/setup/cameras/streams"),
        ("POST", "/api/v1/setup/cameras/picture"),
    ]:
        assert (await kiosk.request(method, path, json={})).status_code == 403
        assert (await stranger.request(method, path, json={})).status_code == 401


async def test_the_broker_is_tried_as_it_was_typed_or_with_what_is_kept_for_it(
    box: "ApiBox", operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[BrokerSettings] = []

    async def trouble(_self: Surroundings, settings: "BrokerSettings", authority: str | None) -> None:
        assert authority is None
        tried.append(settings)

    monkeypatch.setattr(Surroundings, "broker_trouble", trouble)
    body = {"url": "mqtt://192.0.2.9", "username": "box", "password": "secret"}
    assert (await operator.post("/api/v1/setup/brokers/try", json=body)).json() == {
        "ok": True,
        "reason": "",
        "cause": None,
    }
    file = await box.services.configuration.keep_secret("broker", "kept", by="test")
    mqtt = {"url": "mqtt://192.0.2.9", "username": "box", "password_file": str(file)}
    await box.services.configuration.patch({"mqtt": mqtt}, by="test")
    for url in ("mqtt://192.0.2.9", "mqtt://192.0.2.10"):  # a password is not tried on another broker
        await operator.post("/api/v1/setup/brokers/try", json={"url": url, "username": "box"})
    assert [(each.url, each.username, each.password) for each in tried] == [
        ("mqtt://192.0.2.9", "box", "secret"),
        ("mqtt://192.0.2.9", "box", "kept"),
        ("mqtt://192.0.2.10", "box", None),
    ]


async def test_a_broker_with_an_authority_of_its_own_is_tried_by_it_and_then_by_the_one_that_is_kept(
    box: "ApiBox", operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried: list[tuple[Path | None, str | None]] = []

    async def trouble(_self: Surroundings, settings: "BrokerSettings", authority: str | None) -> None:
        tried.append((settings.ca, authority))

    monkeypatch.setattr(Surroundings, "broker_trouble", trouble)
    pem = Authority(tmp_path / "ca").certificate.read_text("ascii")
    body = {"url": "mqtts://192.0.2.9", "ca": f"from the IT:\n{pem}"}
    assert (await operator.post("/api/v1/setup/brokers/try", json=body)).json()["ok"] is True
    kept = await operator.put("/api/v1/config/authorities/broker", json={"pem": pem})
    mqtt = {"url": "mqtts://192.0.2.9", "ca": kept.json()["file"]}
    assert (await operator.patch("/api/v1/config", json={"mqtt": mqtt})).status_code == 200
    typed_anew = {"url": "mqtts://192.0.2.9", "username": "box", "password": "new"}
    await operator.post("/api/v1/setup/brokers/try", json=typed_anew)
    await operator.post("/api/v1/setup/brokers/try", json={"url": "mqtts://192.0.2.10"})
    assert tried == [(None, pem), (box.data_dir / "authorities" / "broker.pem", None), (None, None)]


async def test_what_is_no_authority_is_told_with_what_to_give_instead(operator: httpx.AsyncClient) -> None:
    body = {"url": "mqtts://192.0.2.9", "ca": "hello"}
    answer = (await operator.post("/api/v1/setup/brokers/try", json=body)).json()
    assert (answer["ok"], answer["cause"]) == (False, "address")
    assert "-----BEGIN CERTIFICATE-----" in answer["reason"]
    refused = await operator.put("/api/v1/config/authorities/broker", json={"pem": "hello"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:gymbox:problem:authority-refused")
