"""Boxes that have jobs to do, and do what the test has them do."""

from dataclasses import dataclass
from typing import Any

from provisioning.jobs import SHADOW, State
from sync.cloud.jobs.service import Jobs
from sync.cloud.jobs.store import Listed
from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.simulated_fleet import Fleet


@dataclass
class Work:
    """A fleet and its jobs."""

    fleet: Fleet

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.fleet.database, clock=self.fleet.clock)

    def create(self, kind: str = "collect_diagnostics", *boxes: str, **wishes: Any) -> Listed:
        parameters = wishes.pop("parameters", {})
        return self.jobs.create(kind, parameters, gateways=boxes or ("a", "b"), by="operator ann", **wishes)

    def desired(self, box: str) -> dict[str, Any]:
        return dict(self.fleet.shadow(box, SHADOW).desired)

    def report(self, box: str, job: Listed, state: str, **more: Any) -> None:
        with self.fleet.database.write() as session:
            said = {job.id: {"state": state, **more}}
            change(session, box, SHADOW, "reported", said, now=self.fleet.now)
        self.jobs.step()

    def states(self, job: Listed) -> dict[str, State]:
        return {box: each.state for box, each in self.jobs.show(job.id).executions.items()}
