"""The Open Inference Protocol's routes: who may ask, what is told, and errors that its clients can read."""

from http import HTTPStatus
from typing import Any

import httpx
import numpy as np
import pytest

from gateway.inference.tensors import MAX_ROWS
from recommender.features import FEATURES

USUAL = [feature.usual for feature in FEATURES]
PATHS = [
    "/v2",
    "/v2/health/live",
    "/v2/health/ready",
    "/v2/models/intensity",
    "/v2/models/intensity/ready",
    "/v2/models/intensity/versions/1",
    "/v2/models/intensity/versions/1/ready",
]
INFER = "/v2/models/intensity/infer"


@pytest.fixture
def served(box: Any, recommender_models: Any) -> Any:
    """A box whose models are loaded."""
    for name in ("intensity", "effect"):
        recommender_models.write(box.data_dir / "models" / name, version="1")
    box.recommenders.load()
    return box


def request_of(rows: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "inputs": [
            {"name": "features", "datatype": "FP32", "shape": [rows, 10], "data": USUAL * rows},
            {"name": "imputed", "datatype": "FP32", "shape": [rows, 10], "data": [0] * 10 * rows},
        ],
        **more,
    }


def error_of(answer: httpx.Response) -> str:
    document = answer.json()
    assert list(document) == ["error"]
    assert answer.headers["content-type"] == "application/json"
    text: str = document["error"]
    return text


async def test_the_server_and_its_models_describe_themselves(
    served: Any, operator: httpx.AsyncClient
) -> None:
    told = [(await operator.get(path)).json() for path in PATHS]
    assert told[0]["name"] == "gymbox"
    assert told[0]["extensions"] == ["binary_tensor_data"]
    assert told[1:3] == [{"live": True}, {"ready": True}]
    model = told[3]
    assert (model["name"], model["versions"], model["platform"]) == ("intensity", ["1"], "onnxruntime_onnx")
    assert [(each["name"], each["datatype"], each["shape"]) for each in model["inputs"]] == [
        ("features", "FP32", [-1, 10]),
        ("imputed", "FP32", [-1, 10]),
    ]
    assert model["outputs"] == [{"name": "prescription", "datatype": "FP32", "shape": [-1, 2]}]
    assert told[4] == {"name": "intensity", "ready": True}
    assert told[5:] == told[3:5]
    assert served.recommenders.running()


async def test_a_question_in_json(served: Any, operator: httpx.AsyncClient) -> None:
    answer = (await operator.post(INFER, json=request_of(2, id="7"))).json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("intensity", "1", "7")
    (output,) = answer["outputs"]
    assert (output["name"], output["shape"]) == ("prescription", [2, 2])
    assert output["data"] == pytest.approx([45.0, 4.2] * 2)
    assert served.serving.outcomes == {("intensity", "answered"): 1}


async def test_the_longest_batch_fits_into_a_body(served: Any, operator: httpx.AsyncClient) -> None:
    features = np.random.default_rng(1).uniform(14.0, 14.5, (MAX_ROWS, 10)).astype(np.float32)
    low, high = (
        np.array([getattr(feature, end) for feature in FEATURES], np.float32) for end in ("low", "high")
    )
    features = np.clip(features, low, high)
    long = request_of(MAX_ROWS)
    long["inputs"][0]["data"] = [round(each, 3) for each in features.ravel().tolist()]
    answer = await operator.post(INFER, json=long)
    assert answer.json()["outputs"][0]["shape"] == [MAX_ROWS, 2]
    assert served.serving.outcomes == {("intensity", "answered"): 1}


async def test_nobody_asks_without_a_token(served: Any, stranger: httpx.AsyncClient) -> None:
    for path in PATHS:
        answer = await stranger.get(path)
        assert answer.status_code == 401
        assert error_of(answer).startswith("Log in at /login, show a token")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await stranger.post(INFER, json=request_of())).status_code == 401
    assert served.serving.outcomes == {}


async def test_a_kiosk_does_not_ask(served: Any, kiosk: httpx.AsyncClient) -> None:
    for path in PATHS:
        assert error_of(await kiosk.get(path)) == "Only an operator may do this."
    assert (await kiosk.post(INFER, json=request_of())).status_code == 403
    assert served.serving.outcomes == {}


async def test_at_its_own_machine_the_demo_needs_no_token(demo: Any) -> None:
    async with demo.client(address="127.0.0.1", base_url="http://127.0.0.1:8080") as client:
        assert (await client.get("/v2")).json()["name"] == "gymbox"
    async with demo.client(address="127.0.0.1", base_url="http://evil.example") as client:
        assert (await client.get("/v2")).status_code == 401


async def test_errors_have_the_protocols_form(served: Any, operator: httpx.AsyncClient) -> None:
    async def told(path: str, **how: Any) -> tuple[int, str]:
        answer = await operator.post(path, **how)
        return answer.status_code, error_of(answer)

    assert await told(INFER, json={"inputs": []}) == (400, "The input features is missing.")
    assert await told("/v2/models/joy/infer", json=request_of()) == (
        404,
        "There is no model joy, only intensity, effect.",
    )
    assert await told("/v2/models/intensity/versions/9/infer", json=request_of()) == (
        404,
        "The model intensity has no version 9, only 1.",
    )
    assert await told(INFER, content=b"x" * 70_000) == (413, "Send at most 65536 bytes.")
    assert await told(INFER, content=b"", headers={"Content-Encoding": "gzip"}) == (
        415,
        "Send the body without compression.",
    )
    assert await told("/v2/models/intensity", json={}) == (405, "Method Not Allowed")
    assert await told("/v2/repository/index", json={}) == (404, "Not Found")
    assert served.serving.outcomes == {}


async def test_elsewhere_errors_are_problems_still(operator: httpx.AsyncClient) -> None:
    for path in ("/v2x", "/api/v1/v2", "/v1/models"):
        answer = await operator.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_while_no_model_is_loaded_nothing_is_ready(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/v2/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})
    answer = await operator.get("/v2/models/intensity/ready")
    assert (answer.status_code, error_of(answer)) == (
        404,
        "The model intensity cannot be used: it is being loaded.",
    )


async def test_a_model_that_fails_is_an_error_that_tells_nothing_of_the_box(
    served: Any, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> object:
        raise RuntimeError("/a/secret/path")

    monkeypatch.setattr(type(served.recommenders.find("intensity", None)), "infer", fail)
    answer = await operator.post(INFER, json=request_of())
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert error_of(answer) == "The model intensity failed: RuntimeError."


async def test_an_unexpected_failure_has_the_protocols_form_too(
    served: Any, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(served.recommenders), "find", lambda *_: 1 / 0)
    answer = await operator.get("/v2/models/intensity")
    assert (answer.status_code, error_of(answer)) == (
        500,
        "Something went wrong in the box; its log says what.",
    )


async def test_reload_and_rollback_go_over_the_same_routes_as_any_models(
    served: Any, operator: httpx.AsyncClient, recommender_models: Any
) -> None:
    folder = served.data_dir / "models" / "intensity"
    recommender_models.write(folder, version="2", inputs=1)
    refused = await operator.post("/api/v1/models/intensity/reload")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:gymbox:problem:model-refused")
    assert "has the inputs" in refused.json()["detail"]
    recommender_models.write(folder, version="2", base=30.0)
    taken = await operator.post("/api/v1/models/intensity/reload")
    assert (taken.status_code, taken.json()["running_version"]) == (200, "2")
    answer = (await operator.post(INFER, json=request_of())).json()
    assert (answer["model_version"], answer["outputs"][0]["data"][0]) == ("2", 55.0)
