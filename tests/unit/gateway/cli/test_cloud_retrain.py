"""`gymbox cloud retrain`: what it prints, how it ends."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `cloud` is not installed")
pytest.importorskip("duckdb", reason="the extra `cloud` is not installed")

from sqlalchemy import make_url

from benchmarks.records.simulated_gyms import gyms, land
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.retraining import pipeline, recommender_pipeline, workers
from sync.cloud.retraining.pipeline import Policy
from tests.unit.sync.cloud.retraining.quick_teacher import LENIENT, teach, try_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Records that have landed where the command looks, a quick teacher, and which workers were asked for."""
    folder = tmp_path / "data" / "cloud"
    folder.mkdir(parents=True)
    database = Database(make_url(f"sqlite:///{folder / 'cloud.sqlite'}"))
    upgrade(database)
    land(database, ObjectStore((folder / "objects").as_uri()), gyms(1, members=12, days=40, seed=4107))
    database.close()
    asked = []

    @contextmanager
    def threads(where: str, count: int) -> Iterator[Executor]:
        asked.append((where, count))
        with ThreadPoolExecutor(1) as executor:
            yield executor

    monkeypatch.setattr(workers, "workers", threads)
    monkeypatch.setattr(pipeline, "Policy", lambda **_options: LENIENT)
    monkeypatch.setattr(recommender_pipeline, "teach", teach)
    monkeypatch.setattr(pipeline, "try_out", try_out)
    return asked


def test_it_tells_people_and_scripts_what_came_of_it(
    run: Callable[..., Result], lake: list[tuple[str, int]]
) -> None:
    ended = run("cloud", "retrain", "--workers", "3")
    assert ended.exit_code == 0, ended.output
    assert "intensity 0." in ended.stdout
    assert "is registered as the challenger" in ended.stdout
    assert "not released: no keys are configured" in ended.stdout
    assert "stages (8)" in ended.stderr
    told: dict[str, Any] = json.loads(run("cloud", "retrain", "--dask", "tcp://there:8786", "--json").stdout)
    assert told["evaluation"]["blessing"] == "BLESSED"
    assert lake == [("local", 3), ("tcp://there:8786", 1)]
    version = told["registration"]["models"]["effect"]["version"]
    (effect,) = json.loads(run("cloud", "models", "effect", "--json").stdout)
    assert (effect["version"], effect["aliases"], effect["status"]) == (version, ["challenger"], "READY")
    assert effect["datasets"] == [told["dataset"]["id"]]
    assert "challenger" in run("cloud", "models").stdout


def test_a_refusal_ends_it_with_its_reason(
    run: Callable[..., Result], lake: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "Policy", Policy)
    ended = run("cloud", "retrain")
    assert ended.exit_code == 1
    assert "sessions can be learned from, and 1000 are needed: wait for more" in " ".join(
        ended.stderr.split()
    )
    assert lake == [("local", 1)]


def test_nothing_to_learn_from_is_said(run: Callable[..., Result]) -> None:
    ended = run("cloud", "retrain")
    assert ended.exit_code == 1
    assert "no record has landed yet: there is nothing to learn from" in ended.stderr


def test_two_places_to_work_at_are_one_too_many(run: Callable[..., Result]) -> None:
    ended = run("cloud", "retrain", "--workers", "2", "--dask", "tcp://there:8786")
    assert ended.exit_code == 2
    assert "--workers or --dask, not both" in ended.stderr
