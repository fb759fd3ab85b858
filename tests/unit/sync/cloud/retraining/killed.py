"""A process that retrains and is killed at a moment of choice: see tests/faults/test_killed_retraining.py."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from sqlalchemy import make_url

from sync.cloud.database.database import Database
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.retraining import pipeline as shared
from sync.cloud.retraining import recommender_pipeline as pipelines
from sync.cloud.retraining import retrain as runs
from sync.cloud.retraining.lease import Lease
from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline
from sync.cloud.retraining.stages import Run

from .quick_teacher import LENIENT, teach, try_out

if TYPE_CHECKING:
    from sync.cloud.retraining.stages import Document, Documents, Stage

LEASE_S = 0.2
WAYS = ("working", "written", "counted")
"""Dead before the output is written; between the output and its row; between the row and the next stage."""


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def run(folder: Path, victim: str, way: str) -> None:
    """Retrain until the stage of choice, and die there."""
    original = Run._do

    def do(self: Run, stage: Stage, inputs: str, before: Documents) -> Document:
        def work(documents: Documents) -> Document:
            with (folder / "log").open("a") as log:
                log.write(f"{stage.name}\n")
            found = stage.work(documents)
            if (stage.name, way) == (victim, "working"):
                die()
            return found

        def commit(document: Document) -> Any:
            if (stage.name, way) == (victim, "written"):
                die()
            return (lambda _session: None) if stage.commit is None else stage.commit(document)

        found = original(self, replace(stage, work=work, commit=commit), inputs, before)
        if stage.name == victim:
            die()
        return found

    patch = pytest.MonkeyPatch()
    patch.setattr(Run, "_do", do)
    patch.setattr(pipelines, "teach", teach)
    patch.setattr(shared, "try_out", try_out)
    patch.setattr(runs, "Lease", partial(Lease, lasts_s=LEASE_S))
    url = (folder / "objects").as_uri()
    with ThreadPoolExecutor(1) as executor:
        pipeline = RecommenderPipeline(
            database=Database(make_url(f"sqlite:///{folder / 'cloud.sqlite'}")),
            url=url,
            store=ObjectStore(url),
            executor=executor,
            policy=LENIENT,
            publish=None,
            stop=Event(),
            on_progress=lambda _step, _done, _of: None,
        )
        runs.retrain(pipeline, "a test")


def main(folder: Path, stages: list[str]) -> None:
    """One child for each stage, which dies there, and a last one that lives; all of one parent's imports."""
    for number, victim in enumerate([*stages, "nobody"]):
        child = os.fork()
        if not child:
            run(folder, victim, WAYS[number % len(WAYS)])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        expected = 0 if victim == "nobody" else signal.SIGKILL
        assert status == expected, f"at {victim}: {status}"
        time.sleep(1.5 * LEASE_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
