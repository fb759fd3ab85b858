"""kill -9 at every stage of a retraining: the next run goes on at the first stage that does not count yet."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

pytest.importorskip("duckdb", reason="the extra `cloud` is not installed")

from benchmarks.records.simulated_gyms import gyms, land
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry import registry
from sync.cloud.retraining.tables import RetrainingRun, RetrainingStage
from tests.unit.sync.cloud.retraining.killed import WAYS

ROOT = Path(__file__).parents[2]
STAGES = (
    "dataset",
    "examples",
    "validation",
    "training",
    "evaluation",
    "serving",
    "registration",
    "release",
)


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    database = Database(make_url(f"sqlite:///{tmp_path / 'cloud.sqlite'}"))
    upgrade(database)
    store = ObjectStore((tmp_path / "objects").as_uri())
    land(database, store, gyms(1, members=12, days=45, seed=4107))
    program = [sys.executable, "-m", "tests.unit.sync.cloud.retraining.killed", str(tmp_path), *STAGES]
    ran = subprocess.run(program, cwd=ROOT, timeout=120, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    begun = Counter((tmp_path / "log").read_text().split())
    dead_before_output = {stage for number, stage in enumerate(STAGES) if number % len(WAYS) == 0}
    assert begun == {stage: 2 if stage in dead_before_output else 1 for stage in STAGES}
    with database.read() as session:
        (run,) = session.scalars(select(RetrainingRun))
        assert run.state == "done"
        assert len(session.scalars(select(RetrainingStage)).all()) == len(STAGES)
        found = registry.search_model_versions(session)
        assert {each.name for each in found} == {"effect", "intensity"}
        assert all(registry.aliases(session, each) == (registry.CHALLENGER,) for each in found)
    assert not [name for name in store.names("datasets/") if name.endswith(".parquet")]
    database.close()
