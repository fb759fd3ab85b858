"""A small lake of simulated gyms, and a pipeline over it whose teacher is quick."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from benchmarks.records.simulated_gyms import SimulatedGym, gyms, land
from sync.cloud.database.database import Database
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.retraining import pipeline as shared
from sync.cloud.retraining import recommender_pipeline as pipelines
from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline

from .quick_teacher import LENIENT, teach, try_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def three_gyms() -> tuple[SimulatedGym, ...]:
    return gyms(3, members=8, days=45, seed=4107)


@pytest.fixture(scope="session")
def landed(
    sqlite_template: Path, three_gyms: tuple[SimulatedGym, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a lake and its database: to copy it is faster than to land."""
    folder = tmp_path_factory.mktemp("landed")
    shutil.copyfile(sqlite_template, folder / "cloud.sqlite")
    database = Database(make_url(f"sqlite:///{folder / 'cloud.sqlite'}"))
    land(database, ObjectStore((folder / "objects").as_uri()), three_gyms)
    database.close()
    return folder


@pytest.fixture
def pipeline(landed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecommenderPipeline]:
    """Over a lake that has landed, with a teacher that needs no TensorFlow, and no process of its own."""
    monkeypatch.setattr(pipelines, "teach", teach)
    monkeypatch.setattr(shared, "try_out", try_out)
    folder = shutil.copytree(landed, tmp_path / "cloud")
    database = Database(make_url(f"sqlite:///{folder / 'cloud.sqlite'}"))
    url = (folder / "objects").as_uri()
    with ThreadPoolExecutor(1) as executor:
        yield RecommenderPipeline(
            database=database,
            url=url,
            store=ObjectStore(url),
            executor=executor,
            policy=LENIENT,
            publish=None,
            stop=Event(),
            on_progress=lambda _step, _done, _of: None,
        )
    database.close()
