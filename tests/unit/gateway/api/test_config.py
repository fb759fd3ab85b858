"""The configuration over HTTP: shown without secrets, changed by patch, refused with what is at fault."""

from typing import Any

import httpx

from tests.unit.gateway.api.conftest import ApiBox


async def test_what_holds_is_shown_with_who_said_so(operator: httpx.AsyncClient) -> None:
    found = (await operator.get("/api/v1/config")).json()
    assert set(found) == {"values", "origins", "local", "cloud", "file"}
    assert set(found["values"]["station"]) == {"mat", "run"}
    assert found["origins"]["/station/mat/camera"] == "file"
    assert "/vision/pose" not in found["origins"], "a default has no origin"
    assert (found["local"], found["file"]) == ({}, None)


async def test_a_change_takes_effect_and_is_shown(operator: httpx.AsyncClient) -> None:
    done = await operator.patch("/api/v1/config", json={"box": {"language": "de"}})
    assert done.json() == {"changed": ["/box/language"], "touched": ["box"], "restarts": False}
    found = (await operator.get("/api/v1/config")).json()
    assert (found["values"]["box"]["language"], found["origins"]["/box/language"]) == ("de", "local")
    assert found["local"] == {"box": {"language": "de"}}


async def test_a_look_ahead_changes_nothing(operator: httpx.AsyncClient) -> None:
    done = await operator.patch("/api/v1/config?check=true", json={"station": {"new": {}}})
    assert done.json()["touched"] == ["station:new"]
    assert (await operator.get("/api/v1/config")).json()["local"] == {}


async def test_a_refusal_names_the_setting(operator: httpx.AsyncClient) -> None:
    refused = await operator.patch("/api/v1/config", json={"vision": {"pose": "blaze", "posse": 1}})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    problem = refused.json()
    assert problem["type"] == "urn:gymbox:problem:invalid-config"
    assert "Nothing was changed." in problem["detail"]
    assert {each["pointer"]: each.get("suggestion") for each in problem["problems"]} == {
        "/vision/pose": "blazepose",
        "/vision/posse": "pose",
    }


async def test_a_password_stays_out_of_the_configuration(operator: httpx.AsyncClient, box: ApiBox) -> None:
    refused = await operator.patch("/api/v1/config", json={"camera": {"c": {"url": "rtsp://a:geheim@h/x"}}})
    assert refused.status_code == 422
    assert "geheim" not in refused.text
    kept = await operator.put("/api/v1/config/secrets/camera-c", json={"value": "geheim"})
    assert kept.json() == {"file": "secrets/camera-c"}
    camera = {"url": "rtsp://h/x", "username": "a", "password_file": "secrets/camera-c"}
    assert (await operator.patch("/api/v1/config", json={"camera": {"c": camera}})).status_code == 200
    shown = (await operator.get("/api/v1/config")).text
    assert "geheim" not in shown
    assert (box.data_dir / "secrets" / "camera-c").read_text("utf-8") == "geheim\n"
    refused = await operator.put("/api/v1/config/secrets/UP", json={"value": "x"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:gymbox:problem:secret-refused")


async def test_the_schema_has_what_a_page_needs(operator: httpx.AsyncClient) -> None:
    found = (await operator.get("/api/v1/config/schema")).json()
    assert found["properties"]["station"]["additionalProperties"]["$ref"].endswith("StationSection")
    assert found["$defs"]["BoxSection"]["properties"]["timezone"]["title"] == "Time zone"


async def test_what_is_no_patch_is_refused(operator: httpx.AsyncClient) -> None:
    bodies: list[Any] = [[], 5, "x"]
    for body in bodies:
        assert (await operator.patch("/api/v1/config", json=body)).status_code == 422


async def test_only_an_operator_may(kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    for client, status in ((kiosk, 403), (stranger, 401)):
        assert (await client.get("/api/v1/config")).status_code == status
        assert (await client.get("/api/v1/config/schema")).status_code == status
        assert (await client.patch("/api/v1/config", json={})).status_code == status
        assert (await client.put("/api/v1/config/secrets/a", json={"value": "b"})).status_code == status
