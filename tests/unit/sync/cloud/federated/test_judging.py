"""From an average to a registered challenger, through the blessing that retrained models need."""

import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

pytest.importorskip("onnx", reason="the extra `train` is not installed")

from recommender import intensity
from sync.cloud.database.tables import ModelVersion
from sync.cloud.federated import judging
from sync.cloud.federated.judging import HARMLESS, Judging
from sync.cloud.federated.round import AveragedRound, RoundPlan, RoundRefused
from sync.cloud.federated.service import Federated
from sync.cloud.federated.starting import start_round
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry import registry
from sync.cloud.registry.files import upload
from sync.cloud.retraining import comparison
from sync.cloud.retraining import offer as offers
from sync.cloud.retraining.blessing import Thresholds
from sync.cloud.settings import RetrainingSection
from sync.federated.messages import TrainConfig, new_update, to_wire
from tests.unit.sync.cloud.federated.conftest import Learning
from tests.unit.sync.cloud.retraining.quick_teacher import model, try_out

QUICK = RoundPlan(min_train_nodes=2, enough_train_nodes=2)
FEW = Thresholds(least_better=HARMLESS.least_better, fewest_members=1)


def quick_make(url: str, _found: AveragedRound, start_source: str | None) -> dict[str, str]:
    """As `candidate.make`, without TensorFlow: the packaged model under another version."""
    with TemporaryDirectory() as made:
        version = "0.first" if start_source is None else "0.second"
        folder = model(intensity.NAME, Path(made), version)
        return {"version": version, "source": upload(ObjectStore(url), folder, f"models/{intensity.NAME}")}


@contextmanager
def threads(_where: str, count: int) -> Iterator[Executor]:
    with ThreadPoolExecutor(count) as executor:
        yield executor


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "workers", threads)
    monkeypatch.setattr(judging, "make", quick_make)
    monkeypatch.setattr(offers, "try_out", try_out)
    monkeypatch.setattr(comparison, "SIMULATED_MEMBERS", 6)


def through(learning: Learning, url: str, thresholds: Thresholds = FEW) -> None:
    """A round from its start to its end."""
    parts = learning.parts
    offer = start_round(parts.database, parts.objects, TrainConfig(), QUICK)
    change = {name: 0.001 * values for name, values in offer.weights().items() if name.startswith("layer_2")}
    for box in ("box0", "box1"):
        learning.rounds.take(box, offer.id, to_wire(new_update(offer, change, 100)))
    judge = Judging(parts.database, url, parts.objects, RetrainingSection(), None, thresholds=thresholds)
    service = Federated(parts.database, judge)
    service.step()
    while service._thread is not None and service._thread.is_alive():
        time.sleep(0.01)
    service.stop()


@pytest.fixture
def url(learning: Learning, tmp_path: Path) -> str:
    learning.boxes(2)
    return (tmp_path / "objects").as_uri()


def registered(learning: Learning) -> dict[str, Any]:
    with learning.parts.database.read() as session:
        found = registry.get_model_version_by_alias(session, intensity.NAME, registry.CHALLENGER)
        if found is None:
            return {}
        return {
            "version": found.version,
            "parent": found.parent_id,
            **registry.tags(session, found),
        }


def champion(learning: Learning, tmp_path: Path) -> ModelVersion:
    """A version that boxes have."""
    parts = learning.parts
    source = upload(parts.objects, model(intensity.NAME, tmp_path, "0.first"), f"models/{intensity.NAME}")
    with parts.database.write() as session:
        made = registry.create_model_version(
            session,
            intensity.NAME,
            "0.first",
            source=source,
            code_version="1",
            created_at=learning.clock(),
        )
        registry.set_registered_model_alias(session, intensity.NAME, registry.CHAMPION, "0.first")
    return made


def test_a_round_ends_with_a_challenger_that_says_where_it_is_from(
    learning: Learning, url: str, tmp_path: Path
) -> None:
    before = champion(learning, tmp_path)
    through(learning, url)
    info, found = learning.info(), registered(learning)
    assert (info.state, info.start_version, info.result_version) == ("accepted", "0.first", "0.second")
    assert (found["version"], found["parent"]) == ("0.second", before.id)
    assert (found["federated.round"], found["federated.nodes"]) == (info.id, "2")
    assert found["federated.num-examples"] == "200"


def test_what_is_not_blessed_is_not_registered(learning: Learning, url: str) -> None:
    through(learning, url, Thresholds(least_better=0.01, fewest_members=1))
    info = learning.info()
    assert (info.state, info.result_version) == ("refused", None)
    assert "is needed" in str(info.reason)
    assert registered(learning) == {}


def test_without_a_champion_it_begins_from_the_packaged_model(learning: Learning) -> None:
    start_round(learning.parts.database, learning.parts.objects, TrainConfig(), QUICK)
    assert learning.info().start_version == intensity.load().version


def test_no_round_begins_from_what_has_learned_from_the_erased(learning: Learning, tmp_path: Path) -> None:
    champion(learning, tmp_path)
    with learning.parts.database.write() as session:
        registry.get_model_version(session, intensity.NAME, "0.first").stale_since = learning.clock()
    with pytest.raises(RoundRefused, match="erased since"):
        start_round(learning.parts.database, learning.parts.objects, TrainConfig(), QUICK)
