"""Run the exact files of trained models as a box would: in a fresh process, in the serving runtimes.

A worker begins the process (`try_out`); the process itself is this module as a program.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from provisioning.models import ModelFolderError, read_model
from recommender import effect, intensity
from recommender.onnx_model import ModelRefused
from recommender.training import int8_file
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry.files import download
from sync.cloud.retraining.blessing import Serving
from sync.cloud.retraining.outcome import Refused
from sync.cloud.retraining.training import GOLDEN_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Ask: TypeAlias = Callable[[dict[str, NDArray[Any]]], NDArray[Any]]
    """Inputs by name, one row for each question; the answers."""

_ANSWERS: Final = 50
_LONGEST_S: Final = 120.0


def try_out(url: str, sources: Mapping[str, str]) -> list[Serving]:
    """Load and ask every model in a process that has never heard of it. Runs on a worker.

    Args:
        url: of the object store.
        sources: where each model's files lie, by name.

    Raises:
        Refused: a model cannot be loaded, or the process dies of it.
        StoreUnavailable: the store does not answer.
    """
    store = ObjectStore(url)
    with TemporaryDirectory() as made:
        for name, source in sources.items():
            download(store, source, Path(made) / name)
        try:
            ran = subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-m", __name__, made, *sources],
                capture_output=True,
                check=False,
                timeout=_LONGEST_S,
                text=True,
            )
        except subprocess.TimeoutExpired as error:
            raise Refused(f"the models did not answer within {_LONGEST_S:g} s") from error
    if ran.returncode != 0:
        last = ran.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise Refused(f"the models do not run where boxes run them: {last[0]}")
    return [Serving(**each) for each in json.loads(ran.stdout)]


def run(folder: Path) -> Serving:
    """Load one model and ask it.

    Raises:
        ModelRefused, ModelFileError: it cannot be loaded.
        OSError: a file cannot be read.
    """
    begun = perf_counter()
    ask = _asks(folder)
    load_s = perf_counter() - begun
    golden = json.loads((folder / GOLDEN_FILE).read_text("utf-8"))
    inputs = {name: _tensor(name, values) for name, values in golden["inputs"].items()}
    said = ask(inputs)
    one = {name: values[:1] for name, values in inputs.items()}
    return Serving(
        name=folder.name,
        golden_off=float(np.abs(said - np.array(golden["output"])).max()),
        int8_off=_int8_off(folder, golden["int8"]),
        load_s=load_s,
        latency_s=median(_time(ask, one) for _ in range(_ANSWERS)),
        bytes=sum(each.stat().st_size for each in folder.iterdir() if each.name != GOLDEN_FILE),
    )


def _asks(folder: Path, runtime: str = "onnx") -> Ask:
    """What answers for the model in a folder."""
    if folder.name == intensity.NAME:
        return intensity.load(folder).model.run
    if folder.name == effect.NAME:
        return effect.load(folder).model.run
    from vision.phase.model import load  # noqa: PLC0415 - loads OpenCV

    model = load(folder, runtime)
    return lambda inputs: np.stack([model.logits(each[:, 0]) for each in inputs["poses"]])


def _tensor(name: str, values: Any) -> NDArray[Any]:
    return np.array(values, np.int64 if name == "workout_type" else np.float32)


def _time(ask: Ask, inputs: dict[str, NDArray[Any]]) -> float:
    begun = perf_counter()
    ask(inputs)
    return perf_counter() - begun


def _int8_off(folder: Path, golden: Mapping[str, Any]) -> float:
    rows, exact = np.array(golden["rows"], np.float32), np.array(golden["answers"])
    if folder.name in {intensity.NAME, effect.NAME}:
        small = next(each.name for each in read_model(folder).manifest.files if each.runtime == "litert")
        return float(np.abs(int8_file.answers((folder / small).read_bytes(), rows) - exact).mean())
    said = _asks(folder, "litert")({"poses": rows})
    return float(np.abs(said - exact).mean() / exact.std())


def main(folder: str, *names: str) -> None:
    """Print what each model did, as JSON; the error is the last line when one cannot be used."""
    try:
        found = [run(Path(folder) / name) for name in names]
    except (ModelRefused, ModelFolderError, RuntimeError, OSError) as error:
        sys.exit(str(error))
    print(json.dumps([{field: getattr(each, field) for field in each.__slots__} for each in found]))  # noqa: T201 - to the worker that asked


if __name__ == "__main__":
    main(*sys.argv[1:])
