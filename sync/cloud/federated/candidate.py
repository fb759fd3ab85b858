"""From a start model's folder and an averaged change to a folder like any other. Runs on a worker.

The people that the start model's file carries (the background of its explanations) are the candidate's too.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender import encoding, intensity
from recommender.federated.network import ArraysRefused, from_arrays
from recommender.federated.privacy import DELTA, epsilon_of, mu_of
from recommender.federated.update import moved
from recommender.onnx_model import FEATURES_KEY, MANIFEST_FILE, ONNX_FILE, ModelRefused
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry.files import download, upload
from sync.cloud.retraining.outcome import Refused
from sync.cloud.retraining.training import GOLDEN_FILE
from sync.federated.array_record import FederatedRefused, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.federated.network import FoldedIntensity
    from recommender.training.dataset import Dataset
    from sync.cloud.federated.round import AveragedRound

SHOWN_MEMBERS: Final = 40
SHOWN_DAYS: Final = 30
_SEED: Final = 1
_GOLDEN_ROWS: Final = 8
_INT8_ROWS: Final = 64


def averaged_model(found: AveragedRound) -> FoldedIntensity:
    """The start model of the round, moved by the average.

    Raises:
        ArraysRefused: the result is no network.
        FederatedRefused: the round's arrays are damaged.
    """
    return moved(from_arrays(found.offer.weights()), unpack(found.change))


def make(url: str, found: AveragedRound, start_source: str | None) -> dict[str, str]:
    """Write the candidate into the object store.

    Args:
        url: of the object store.
        found: the round.
        start_source: prefix of the start model's files; None for the one that came with the program.

    Returns:
        Its `version` and its `source`, the prefix of its files.

    Raises:
        Refused: the average makes no network, or the start model cannot be loaded.
        StoreUnavailable: the store does not answer.
    """
    store = ObjectStore(url)
    with TemporaryDirectory() as made:
        start, folder = Path(made) / "start" / intensity.NAME, Path(made) / intensity.NAME
        folder.mkdir()
        try:
            where = intensity.PACKAGED if start_source is None else download(store, start_source, start)
            version = write(found, where, folder)
        except (ArraysRefused, FederatedRefused, ModelRefused) as error:
            raise Refused(f"no model can be made of the average: {error}") from error
        return {"version": version, "source": upload(store, folder, f"models/{intensity.NAME}")}


def write(found: AveragedRound, start: Path, folder: Path) -> str:
    """Write the candidate into an existing empty folder; returns its version.

    Args:
        found: the round.
        start: folder of the model that it began from.
        folder: to hold the candidate.

    Raises:
        ArraysRefused: the average makes no network.
        ModelRefused: the start model cannot be loaded.
        OSError: a file cannot be written.
    """
    from recommender.training import manifest, network, onnx_file, simulated  # noqa: PLC0415 - TensorFlow
    from recommender.training.folder import CARD_FILE, TFLITE_FILE  # noqa: PLC0415 - with it

    model = averaged_model(found)
    metadata = dict(intensity.load(start).model.metadata)
    del metadata[FEATURES_KEY]
    given, said = model.scales.given, model.scales.said
    exact = onnx_file.intensity_file(model.weights, given, said, metadata)
    people = simulated.dataset(SHOWN_MEMBERS, _SEED, _quietly, days=SHOWN_DAYS)
    rows = encoding.rows(people.values, people.imputed, given)
    small = network.to_int8(model.layers, rows)
    facts = {
        "version": manifest.version(exact),
        "accuracy": f"judged beside {found.offer.model.version} by the cloud that averaged it",
        "data": _source(found),
    }
    files = {ONNX_FILE: ("onnx", exact), TFLITE_FILE: ("litert", small)}
    for name, (_, content) in files.items():
        (folder / name).write_bytes(content)
    text = manifest.manifest(intensity.NAME, files=files, facts=facts, given=given, said=said)
    (folder / MANIFEST_FILE).write_text(text, "utf-8")
    (folder / CARD_FILE).write_text(_card(found, facts), "utf-8")
    golden = _golden(model, people, rows)
    (folder / GOLDEN_FILE).write_text(json.dumps(golden), "utf-8")
    return facts["version"]


def _golden(model: FoldedIntensity, people: Dataset, rows: NDArray[np.float32]) -> dict[str, Any]:
    """What the files must say of a few people: as the network itself says it, in the form of retraining."""
    few = np.linspace(0, len(people) - 1, _GOLDEN_ROWS).astype(int)
    many = np.linspace(0, len(people) - 1, _INT8_ROWS).astype(int)
    values, imputed = people.values[few], people.imputed[few]
    return {
        "inputs": {"features": _rounded(values), "imputed": _rounded(imputed)},
        "output": _rounded(model.predict(values, imputed)),
        "int8": {
            "rows": _rounded(rows[many]),
            "answers": _rounded(model.weights.answers(rows[many])),
        },
    }


def _rounded(values: NDArray[Any]) -> list[Any]:
    found: list[Any] = np.round(values.astype(np.float64), 6).tolist()
    return found


def _source(found: AveragedRound) -> str:
    return (
        f"{found.offer.model.version}, moved by {found.nodes} gyms that upload nothing (federated round "
        f"{found.offer.id}, {found.num_examples} sessions)"
    )


def _card(found: AveragedRound, facts: Mapping[str, str]) -> str:
    config = found.offer.config
    epsilon = epsilon_of(mu_of(config.noise_multiplier))
    return f"""# {intensity.NAME} {facts["version"]}

Says how many minutes and how hard somebody should train today, as the model that it began from.

## What it learned from

{facts["data"]}. Each gym learned on its own box, from its own sessions, and told by how much the last
{config.layers} layer(s) would change: at most {config.clipping_norm:g} long, with noise of
{config.noise_multiplier:g} times that, which is epsilon {epsilon:.1f} at a delta of {DELTA:g} for each gym
(docs/explanation/federated.md). No record left a gym. Everything else is as in {found.offer.model.version}.

## How good it is

It was judged beside {found.offer.model.version} before it was registered; the registry has the figures.

## What it is not for

- It knows ten numbers about a person, and neither injuries nor illness: the rules that come after it do.
- It is no medical device.
- Sleep and stress never leave a box, nor are they in what boxes learn from together.
"""


def _quietly(_step: str, _done: int, _of: int) -> None:
    """A worker has nobody to tell."""
