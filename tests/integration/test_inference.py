"""Triton's own client at a running box: it works unchanged, and an exchange of models fails no request."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

from gateway.app import Box
from gateway.config.model import BoxConfig
from gateway.server import Server, bind
from provisioning.rollback import previous_path
from recommender.features import FEATURES

WAIT_S = 20.0
USUAL = np.array([[feature.usual for feature in FEATURES]], np.float32)
MINUTES = {"1": 45.0, "2": 55.0}
"""What each version of the intensity model says of the usual person."""


class Served:
    """A whole box behind a real server, on a thread of its own."""

    def __init__(self, data_dir: Path, free_port: int) -> None:
        self.address = f"127.0.0.1:{free_port}"
        self.token = ""
        self._data_dir = data_dir
        self._port = free_port
        self._ready = threading.Event()
        self._server: Server | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.stop()
        self._thread.join(WAIT_S)

    async def _serve(self) -> None:
        nowhere = BoxConfig.model_validate({"mqtt": {"url": "mqtt://127.0.0.1:9"}})
        box = Box(config=nowhere, data_dir=self._data_dir)
        await box.start()
        self.token = (await box.tokens.create("operator")).token
        self._server = Server(box.api, on_exit=box.board.close)
        listener = bind("127.0.0.1", self._port)
        self._ready.set()
        await self._server.serve([listener])
        await box.stop()

    @property
    def headers(self) -> dict[str, str]:
        """A new dictionary each time: the client writes into the one that it is given."""
        return {"Authorization": f"Bearer {self.token}"}

    @contextmanager
    def client(self) -> Iterator[triton.InferenceServerClient]:
        client = triton.InferenceServerClient(self.address)
        yield client
        client.close()

    def deed(self, name: str) -> dict[str, Any]:
        url = f"http://{self.address}/api/v1/models/intensity/{name}"
        answer = httpx.post(url, headers=self.headers, timeout=WAIT_S)
        return {"status": answer.status_code, **answer.json()}


@pytest.fixture
def served(tmp_path: Path, free_port: int, recommender_models: Any) -> Iterator[Served]:
    models = tmp_path / "models"
    recommender_models.write(previous_path(models / "intensity"), version="1", base=20.0)
    recommender_models.write(models / "intensity", version="2", base=30.0)
    recommender_models.write(models / "effect", version="2")
    with Served(tmp_path, free_port) as server:
        yield server


def inputs(rows: int = 1, *, binary: bool = True, workout: bool = False) -> list[Any]:
    tensors: list[tuple[str, str, Any]] = [
        ("features", "FP32", np.repeat(USUAL, rows, axis=0)),
        ("imputed", "FP32", np.zeros((rows, len(FEATURES)), np.float32)),
    ]
    if workout:
        tensors.append(("workout_type", "INT64", np.arange(rows, dtype=np.int64)))
        tensors.append(("prescription", "FP32", np.tile(np.array([[40.0, 2.5]], np.float32), (rows, 1))))
    made = []
    for name, datatype, tensor in tensors:
        made.append(triton.InferInput(name, list(tensor.shape), datatype))
        made[-1].set_data_from_numpy(tensor, binary_data=binary)
    return made


def test_the_client_works_unchanged(served: Served) -> None:
    with served.client() as client:
        assert client.is_server_live(headers=served.headers)
        assert client.is_server_ready(headers=served.headers)
        assert client.is_model_ready("intensity", headers=served.headers)
        assert client.is_model_ready("intensity", "1", headers=served.headers)
        assert not client.is_model_ready("intensity", "9", headers=served.headers)
        assert not client.is_server_live(), "nobody asks without a token"
        assert "binary_tensor_data" in client.get_server_metadata(headers=served.headers)["extensions"]
        assert client.get_model_metadata("intensity", headers=served.headers)["versions"] == ["2", "1"]
        for binary in (True, False):
            said = client.infer(
                "intensity", inputs(3, binary=binary), request_id="seven", headers=served.headers
            )
            assert said.as_numpy("prescription").tolist() == [[55.0, pytest.approx(4.2)]] * 3
            assert (said.get_response()["id"], said.get_response()["model_version"]) == ("seven", "2")
        plain = [triton.InferRequestedOutput("prescription", binary_data=False)]
        said = client.infer(
            "intensity", inputs(), model_version="1", outputs=plain, timeout=2_000_000, headers=served.headers
        )
        assert said.as_numpy("prescription")[0, 0] == MINUTES["1"]
        said = client.infer("effect", inputs(2, workout=True), headers=served.headers)
        assert said.as_numpy("outcome").tolist() == [
            [base, pytest.approx(0.04), 5.0] for base in (20.0, 21.0)
        ]


async def test_the_client_for_asyncio_asks_much_at_once(served: Served) -> None:
    async with triton_aio.InferenceServerClient(served.address) as client:
        asked = (client.infer("intensity", inputs(rows), headers=served.headers) for rows in range(1, 9))
        answers = [each.as_numpy("prescription") for each in await asyncio.gather(*asked)]
    assert [len(each) for each in answers] == list(range(1, 9))
    assert {minutes for each in answers for minutes in each[:, 0].tolist()} == {MINUTES["2"]}


def test_the_client_reads_what_is_wrong(served: Served) -> None:
    def refused(deed: Callable[[], object]) -> tuple[str, str]:
        with pytest.raises(InferenceServerException) as caught:
            deed()
        return str(caught.value.status()), str(caught.value.message())

    with served.client() as client:
        status, reason = refused(
            lambda: client.infer("intensity", inputs(workout=True), headers=served.headers)
        )
        assert (status, reason) == ("400", "There is no input workout_type, only features, imputed.")
        status, reason = refused(lambda: client.infer("intensity", inputs(257), headers=served.headers))
        assert (status, reason) == ("400", "input features: 257 rows; send 1 to 256.")
        status, _ = refused(lambda: client.infer("intensity", inputs(2000), headers=served.headers))
        assert status == "413"
        status, reason = refused(lambda: client.infer("joy", inputs(), headers=served.headers))
        assert (status, reason) == ("404", "There is no model joy, only intensity, effect.")
        status, reason = refused(lambda: client.infer("intensity", inputs()))
        assert (status, reason.split(":")[0]) == ("401", "Log in at /login, show a token (`Authorization")
        status, reason = refused(
            lambda: client.infer(
                "intensity", inputs(), request_compression_algorithm="gzip", headers=served.headers
            )
        )
        assert (status, reason) == ("415", "Send the body without compression.")
        assert (
            client.infer("intensity", inputs(), headers=served.headers).as_numpy("prescription")[0, 0]
            == MINUTES["2"]
        )


def test_an_exchange_fails_no_request_and_each_answer_is_of_one_version(
    served: Served, tmp_path: Path, recommender_models: Any
) -> None:
    over = threading.Event()
    answers: list[tuple[str, set[float]]] = []
    failures: list[str] = []

    def ask() -> None:
        with served.client() as client:
            while not over.is_set():
                try:
                    said = client.infer("intensity", inputs(4), headers=served.headers)
                except InferenceServerException as error:
                    failures.append(str(error))
                else:
                    minutes = set(said.as_numpy("prescription")[:, 0].tolist())
                    answers.append((said.get_response()["model_version"], minutes))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(4):
            told = served.deed("rollback")
            assert (told["status"], told["running_version"]) == (200, "12"[number % 2])
        recommender_models.write(tmp_path / "models" / "intensity", version="bad", nan=True)
        assert served.deed("reload")["status"] == 409
    finally:
        over.set()
        for thread in threads:
            thread.join(WAIT_S)
    assert failures == []
    assert {version for version, _ in answers} == {"1", "2"}
    assert all(minutes == {MINUTES[version]} for version, minutes in answers)
    assert len(answers) > 4


def test_the_page_on_serving_says_what_works(served: Served) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "serve-a-model.md").read_text(encoding="utf-8")
    (body,) = re.findall(r"/infer -d '(.*?)'", page, re.DOTALL)
    url = f"http://{served.address}/v2/models/intensity/infer"
    answer = httpx.post(url, content=body, headers=served.headers, timeout=WAIT_S).json()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    program = program.replace("127.0.0.1:8080", served.address).replace("gtk_…", served.token)
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - the page's own
    names["client"].close()
    assert names["answer"].as_numpy("prescription").ravel().tolist() == answer["outputs"][0]["data"]
