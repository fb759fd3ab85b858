"""What was finished is not done again, and nothing counts without the lease."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from sync.cloud.retraining.lease import Lease
from sync.cloud.retraining.outcome import LeaseLost, Refused
from sync.cloud.retraining.stages import REFUSED, Run, Stage
from sync.cloud.retraining.tables import RetrainingLease, RetrainingRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.stages import Document, Documents


class Work:
    """Stages that count how often they are done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.committed: list[str] = []
        self.extra: dict[str, Any] = {}

    def stages(self, *names: str) -> list[Stage]:
        return [self._stage(name) for name in names]

    def _stage(self, name: str) -> Stage:
        def work(before: Documents) -> Document:
            self.done.append(name)
            return {"before": sorted(before), **self.extra}

        def commit(_document: Document) -> Any:
            def also(_session: Session) -> None:
                self.committed.append(name)

            return also

        return Stage(name, work, commit)


@pytest.fixture
def run(sqlite_database: Database, objects: ObjectStore) -> Iterator[Run]:
    with Lease(sqlite_database, "test") as lease:
        with sqlite_database.write() as session:
            began_at = datetime.now(UTC)
            session.add(RetrainingRun(id="run", state="running", kind="k", reason="r", began_at=began_at))
        yield Run(
            id="run",
            lease=lease,
            made_with="code",
            database=sqlite_database,
            store=objects,
        )


def quietly(_step: str, _done: int, _of: int) -> None:
    return


def test_each_stage_sees_those_before_it(run: Run) -> None:
    work = Work()
    found = run.through(work.stages("one", "two"), quietly)
    assert found == {"one": {"before": []}, "two": {"before": ["one"]}}
    assert work.done == work.committed == ["one", "two"]


def test_what_is_finished_is_read_and_the_rest_is_done(run: Run) -> None:
    work = Work()
    run.through(work.stages("one"), quietly)
    told: list[tuple[str, int, int]] = []
    run.through(work.stages("one", "two"), lambda *what: told.append(what))
    assert work.done == work.committed == ["one", "two"]
    assert told[-1] == ("stages", 2, 2)


def test_an_output_whose_row_was_never_written_counts_as_it_is(run: Run) -> None:
    work = Work()
    with pytest.raises(ZeroDivisionError):
        run.through([Stage("one", lambda _: {"tries": 1}, lambda _: 1 / 0)], quietly)  # type: ignore[arg-type, return-value]
    found = run.through([Stage("one", lambda _: {"tries": 2}), *work.stages("two")], quietly)
    assert found["one"] == {"tries": 1}


def test_other_code_does_everything_anew(run: Run) -> None:
    work = Work()
    run.through(work.stages("one", "two"), quietly)
    later = Run(id=run.id, lease=run.lease, made_with="newer", database=run.database, store=run.store)
    later.through(work.stages("one", "two"), quietly)
    assert work.done == ["one", "two", "one", "two"]


def test_a_refusal_is_kept_and_repeated_without_doing_it_again(run: Run) -> None:
    work = Work()
    work.extra = {REFUSED: "poison"}
    for _ in range(2):
        with pytest.raises(Refused, match="poison"):
            run.through(work.stages("one", "two"), quietly)
    assert work.done == ["one"]


def test_who_lost_the_lease_writes_nothing(run: Run) -> None:
    work = Work()
    with run.database.write() as session:
        session.execute(update(RetrainingLease).values(owner="another"))
    with pytest.raises(LeaseLost, match="another run of test has taken over"):
        run.through(work.stages("one"), quietly)
    assert work.committed == []
