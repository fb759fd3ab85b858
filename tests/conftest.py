"""What tests stand on: models and reference data that a checkout does not hold, and `gymbox` as a process."""

import gc
import json
import logging
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import platformdirs
import pytest
import structlog
from hypothesis import HealthCheck, settings

from provisioning.manifest import ModelManifest, dump_manifest
from provisioning.models import ModelFolder, file_sha256
from provisioning.pull import PullFailed, pull
from recommender.features import FEATURE_NAMES, FEATURES

# A busy machine is slow now and then; that says nothing about the code.
settings.register_profile(
    "patient", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: begun last, one of them would keep the other workers waiting."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What ten thousand tests are made of stays: no collection of garbage has to look at it again."""
    gc.freeze()


def pytest_sessionfinish() -> None:
    """It may go now: extensions complain of what is left at the end of the process."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _logging_given_back() -> Iterator[None]:
    """A command sets up the log of its whole process, on a stream that ends with its test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(capture=False)
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Folder of third-party reference data; the test is skipped when it is absent."""
    folder = Path(os.environ.get("GYMBOX_REFERENCE_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no reference data in {folder}: set GYMBOX_REFERENCE_DATA")
    return folder


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Folder that pulled models lie in; `make test` has put the default model there."""
    named = os.environ.get("GYMBOX_TEST_MODELS")
    return Path(named) if named else platformdirs.user_data_path("gymbox", appauthor=False) / "models"


@pytest.fixture(scope="session")
def blazepose(models_dir: Path) -> Path:
    """Folder of the default pose model."""
    return pull("blazepose", models_dir).path


@pytest.fixture(scope="session")
def movenet(models_dir: Path, request: pytest.FixtureRequest) -> Path:
    """Folder of the small pose model; skipped where neither its source nor the reference data is in reach."""
    try:
        return _pull_movenet(models_dir, ()).path
    except PullFailed:
        reference: Path = request.getfixturevalue("reference_data")
        return _pull_movenet(models_dir, (reference / "models",)).path


def _pull_movenet(models_dir: Path, sources: tuple[Path, ...]) -> ModelFolder:
    return pull("movenet", models_dir, sources=sources)


class FakeEdgeTpu:
    """A library in the place of Coral's, and the file that says how its device is."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "libedgetpu.so.1"
        self._mood = folder / "mood"
        self.environment = {"LD_LIBRARY_PATH": str(folder), "GYMBOX_FAKE_TPU": str(self._mood)}
        source = Path(__file__).with_name("fake_edgetpu.c")
        command = [compiler(), "-shared", "-fPIC", "-O1", "-o", str(self.library), str(source)]
        subprocess.run(command, check=True, timeout=60)
        self.become("well")

    def become(self, mood: str) -> None:
        """Well, absent, hung, failing or slow from now on; a hung call stays hung."""
        self._mood.write_text(mood, encoding="ascii")


def compiler() -> str:
    found = shutil.which("cc") or shutil.which("gcc")
    if found is None:
        pytest.skip("no C compiler for a library in the place of Coral's: install gcc")
    return found


@pytest.fixture
def fake_edgetpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEdgeTpu:
    """An Edge TPU for every process that is started by the test; it computes nothing."""
    (tmp_path / "tpu").mkdir()
    fake = FakeEdgeTpu(tmp_path / "tpu")
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)
    return fake


@pytest.fixture
def movenet_with_edgetpu(tmp_path: Path, reference_data: Path) -> Path:
    """Folder `movenet` with the real files for the CPU and for the Edge TPU."""
    folder = tmp_path / "models" / "movenet"
    folder.mkdir(parents=True)
    for name, suffix in {"cpu.tflite": "", "edgetpu.tflite": "_edgetpu"}.items():
        source = reference_data / "models" / f"movenet_single_pose_lightning_ptq{suffix}.tflite"
        if not source.is_file():
            pytest.skip(f"{source} is absent")
        (folder / name).symlink_to(source.resolve())
    return folder


class RecommenderModels:
    """Writes folders of small models of the recommender, in the layout of the real ones."""

    def write(self, folder: Path, *, version: str, base: float = 20.0, **changes: Any) -> Path:
        """Write `intensity` or `effect`, by the folder's name.

        The first says base + bmi minutes and 1 + 4 x completion; the second says type + base, minutes / 1000
        and twice the intensity. `changes` go to the network: how many `inputs` of two, `nan`, `features`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cpu.onnx").write_bytes(_network(folder.name, base, **changes))
        (folder / "model.toml").write_text(dump_manifest(_manifest(folder, version)))
        return folder


def _manifest(folder: Path, version: str) -> ModelManifest:
    path, name = folder / "cpu.onnx", folder.name
    tensor = {"file": path.name, "name": "features", "shape": (1, 10), "dtype": "float32", "unit": "as told"}
    facts = dict.fromkeys(("description", "licence", "accuracy", "data"), "none")
    file = {"name": path.name, "runtime": "onnx", "sha256": file_sha256(path), "size": path.stat().st_size}
    return ModelManifest.model_validate(
        {
            **facts,
            "name": name,
            "task": name,
            "version": version,
            "files": (file,),
            "inputs": (tensor,),
            "outputs": ({**tensor, "name": "prescription"},),
        }
    )


def _network(
    name: str, base: float, *, nan: bool = False, inputs: int = 2, features: str = ",".join(FEATURE_NAMES)
) -> bytes:
    import onnx  # noqa: PLC0415 - heavy, and few tests write a model
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    def constant(name: str, *rows: Sequence[float]) -> Any:
        return numpy_helper.from_array(np.array(rows, np.float32), name)

    of_features = np.zeros((10, 2), np.float32)
    of_features[FEATURE_NAMES.index("bmi"), 0] = 1.0
    of_features[FEATURE_NAMES.index("completion_28d"), 1] = 4.0
    bias = float("nan") if nan else base
    node = helper.make_node
    if name == "intensity":
        constants = [numpy_helper.from_array(of_features, "w"), constant("b", [bias, 1.0])]
        nodes = [node("MatMul", ["features", "w"], ["x"]), node("Add", ["x", "b"], ["prescription"])]
        output, width = "prescription", 2
    else:
        constants = [
            constant("w", [0.0, 0.001, 0.0], [0.0, 0.0, 2.0]),
            constant("b", [bias, 0.0, 0.0]),
            constant("u", [1.0, 0.0, 0.0]),
            numpy_helper.from_array(np.array([1], np.int64), "axis"),
        ]
        nodes = [
            node("Cast", ["workout_type"], ["type"], to=TensorProto.FLOAT),
            node("Unsqueeze", ["type", "axis"], ["column"]),
            node("MatMul", ["column", "u"], ["of_type"]),
            node("MatMul", ["prescription", "w"], ["x"]),
            node("Add", ["x", "of_type"], ["y"]),
            node("Add", ["y", "b"], ["outcome"]),
        ]
        output, width = "outcome", 3
    taken = [
        helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", 10]),
        helper.make_tensor_value_info("imputed", TensorProto.FLOAT, ["rows", 10]),
    ][:inputs]
    if name == "effect":
        taken.append(helper.make_tensor_value_info("workout_type", TensorProto.INT64, ["rows"]))
        taken.append(helper.make_tensor_value_info("prescription", TensorProto.FLOAT, ["rows", 2]))
    given = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["rows", width])]
    graph = helper.make_graph(nodes, name, taken, given, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    usual = [feature.usual for feature in FEATURES]
    background = {"values": [usual, usual], "imputed": [[False] * 10, [True] * 10]}
    helper.set_model_props(model, {"features": features, "background": json.dumps(background)})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture(scope="session")
def recommender_models() -> RecommenderModels:
    return RecommenderModels()


MARK = "GYMBOX_TEST_MARK"


class GymboxProcess:
    """`gymbox` as a person starts it: a process of its own, asked over HTTP."""

    def __init__(self, *arguments: str, port: int, environment: Mapping[str, str]) -> None:
        # Whatever is started by it, and by what it starts, inherits this mark, also when the parent is gone.
        self.mark = uuid.uuid4().hex
        self.url = f"http://127.0.0.1:{port}"
        # One for all questions: making one reads every authority of the world, even for plain HTTP.
        self.http = httpx.Client(
            base_url=self.url,
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=5,
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )
        self.output = tempfile.TemporaryFile()  # noqa: SIM115  closed by `end`
        command = [sys.executable, "-c", "from gateway.cli import main; main()", *arguments]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **environment, MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def until(self, path: str, true: Callable[[Any], object], *, within_s: float) -> Any:
        """Ask until the answer is as wished; fails with the last answer and the process's own words."""
        deadline_s = time.monotonic() + within_s
        answer: object = "no answer"
        while time.monotonic() < deadline_s:
            try:
                answer = self.get(path)
                if true(answer):
                    return answer
            except httpx.HTTPError as error:
                answer = error
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        pytest.fail(f"{path} not as wished within {within_s} s: {answer}\n{self.words()[-3000:]}")

    def words(self) -> str:
        self.output.seek(0)
        return self.output.read().decode(errors="replace")

    def family(self) -> dict[int, str]:
        """Every process that it started, directly or not, by its short name."""
        own = f"{MARK}={self.mark}".encode()
        return {
            pid: name for pid, name, environ in _processes() if own in environ and pid != self.process.pid
        }

    def family_left(self, *, within_s: float) -> dict[int, str]:
        """Those left after this long: some end only when they read that the pipe of their parent closed."""
        deadline_s = time.monotonic() + within_s
        while (left := self.family()) and time.monotonic() < deadline_s:
            time.sleep(0.05)
        return left

    def child(self, name: str) -> int:
        return next(pid for pid, short in self.family().items() if short == name)

    def end(self, number: signal.Signals = signal.SIGINT, *, within_s: float = 20.0) -> int:
        """Stop it as Ctrl-C does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(within_s)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(20)


def _processes() -> Iterator[tuple[int, str, bytes]]:
    """(pid, short name, environment) of every process that is there; a zombie has no environment."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield int(folder.name), (folder / "comm").read_text().strip(), (folder / "environ").read_bytes()


@contextmanager
def starting_gymbox(data_dir: Path) -> Iterator[Callable[..., GymboxProcess]]:
    """Start `gymbox` with these arguments on a free port; it is gone afterwards, and so is its family."""
    started: list[GymboxProcess] = []

    def start(*arguments: str, port: int, **environment: str) -> GymboxProcess:
        own = {"GYMBOX_DATA_DIR": str(data_dir), **environment}
        started.append(GymboxProcess(*arguments, port=port, environment=own))
        return started[-1]

    yield start
    for each in started:
        each.end(signal.SIGKILL)
        left = each.family_left(within_s=20)
        each.output.close()
        each.http.close()
        assert left == {}, "processes outlived their box"


@pytest.fixture
def gymbox(tmp_path: Path) -> Iterator[Callable[..., GymboxProcess]]:
    """For a test of its own."""
    with starting_gymbox(tmp_path / "data") as start:
        yield start


@pytest.fixture(scope="module")
def gymbox_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., GymboxProcess]]:
    """For the tests of one module, together."""
    with starting_gymbox(tmp_path_factory.mktemp("module") / "data") as start:
        yield start


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
