"""The benchmark of retraining: what it says; whole runs are tests/integration/test_retraining.py's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytest.importorskip("sqlalchemy", reason="the extra `cloud` is not installed")

from sqlalchemy import make_url

from benchmarks.records.retrain import Retraining, _stages_s, table
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.retraining.tables import RetrainingRun, RetrainingStage

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_has_a_line_for_each_run() -> None:
    stages_s = {"dataset": 0.5, "training": 20.25}
    found = [Retraining("one process", 12_000, 21.0, stages_s), Retraining("two", 12_000, 20.0, stages_s)]
    head, one, two = table(found)
    assert head.split() == ["sessions", "seconds", "dataset", "training"]
    assert one.split() == ["one", "process", "12,000", "21.0", "0.5", "20.2"]
    assert two.split()[0] == "two"


def test_stages_take_what_lies_between_their_ends(tmp_path: Path) -> None:
    database = Database(make_url(f"sqlite:///{tmp_path / 'cloud.sqlite'}"))
    upgrade(database)
    began_at = datetime(2026, 5, 1, tzinfo=UTC)
    with database.write() as session:
        session.add(RetrainingRun(id="run", state="done", kind="k", reason="r", began_at=began_at))
        session.flush()
        for name, second in (("dataset", 1.0), ("training", 5.0), ("release", 5.5)):
            session.add(
                RetrainingStage(
                    run_id="run",
                    name=name,
                    inputs="i",
                    output="o",
                    finished_at=began_at + timedelta(seconds=second),
                )
            )
    assert _stages_s(database, 6.0) == pytest.approx({"dataset": 1.5, "training": 4.0, "release": 0.5})
    database.close()
