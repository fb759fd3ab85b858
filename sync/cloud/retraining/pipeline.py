"""What a run works with, and the end of the way, which all models share: tried out, registered, signed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sync.cloud.registry import registry
from sync.cloud.retraining import datasets
from sync.cloud.retraining.blessing import Comparison, ServingLimits, Thresholds, serving_objections
from sync.cloud.retraining.release import release, tag
from sync.cloud.retraining.serving import try_out
from sync.cloud.retraining.stages import REFUSED, Stage
from sync.cloud.retraining.training import Effort
from sync.cloud.retraining.validation import Limits
from sync.cloud.retraining.workers import done_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from threading import Event

    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database
    from sync.cloud.database.tables import ModelVersion
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.release import Publish
    from sync.cloud.retraining.stages import Document, Documents, OnProgress
    from vision.training.recipe import Effort as PhaseEffort

PACKAGED: Final = "packaged"
"""The champion where the registry names none."""
_TOLD: Final = 4
"""So many objections a refusal repeats; its document has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is believed, how much is done, what is good enough.

    Attributes:
        effort: of the recommender's training.
        phase: of the phase model's; None for the full one.
        most_sessions: of more, only as many members are learned from, drawn by lot, as come to so many.
    """

    limits: Limits = field(default_factory=Limits)
    effort: Effort = field(default_factory=Effort)
    phase: PhaseEffort | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    serving: ServingLimits = field(default_factory=ServingLimits)
    most_sessions: int = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(ABC):
    """What a run works with.

    Attributes:
        url: of the object store, for workers.
        store: the same store.
        executor: does the heavy work.
        publish: signs a release; None where there are no keys.
        stop: ends it early.
    """

    kind: ClassVar[str]
    models: ClassVar[tuple[str, ...]]

    database: Database
    url: str
    store: ObjectStore
    executor: Executor
    policy: Policy
    publish: Publish | None
    stop: Event
    on_progress: OnProgress

    @abstractmethod
    def stages(self, run_id: str, code_version: str, made_with: str) -> tuple[Stage, ...]:
        """All of them, in order."""

    def champions(self) -> dict[str, ModelVersion]:
        """By name, where there is one; where there is none boxes have the packaged model."""
        with self.database.read() as session:
            found = {
                name: registry.get_model_version_by_alias(session, name, registry.CHAMPION)
                for name in self.models
            }
        return {name: each for name, each in found.items() if each is not None}

    def ask(self, what: str, task: Callable[..., Any], calls: Sequence[Sequence[Any]]) -> list[Any]:
        """Have workers do something, and tell how much of it is done; as `workers.done_by`."""
        return done_by(
            self.executor,
            task,
            calls,
            stop=self.stop,
            on_done=lambda done, of: self.on_progress(what, done, of),
        )

    def last_stages(self, run_id: str, code_version: str) -> tuple[Stage, ...]:
        """What follows when a challenger was found better: `before` has `training`, `evaluation`."""

        def registered(document: Document) -> Callable[[Session], None]:
            return lambda session: self._register(session, run_id, code_version, document)

        return (
            Stage("serving", self._serving),
            Stage("registration", self._registration, registered),
            Stage("release", lambda before: self._release(before, run_id, code_version), _tagged),
        )

    def _serving(self, before: Documents) -> Document:
        challenger = {name: each["source"] for name, each in before["training"]["models"].items()}
        (found,) = self.ask("trying the files out", try_out, [(self.url, challenger)])
        reasons = serving_objections(found, self.policy.serving)
        return {"models": [asdict(each) for each in found], **blessed(reasons)}

    def _registration(self, before: Documents) -> Document:
        everybody = Comparison.from_json(before["evaluation"]["segments"][0])
        return {
            "dataset": before["dataset"].get("id"),
            "what": before["training"]["what"],
            "models": before["training"]["models"],
            "champion": before["evaluation"]["champion"],
            "metrics": {name: error for name, (error, _) in everybody.challenger.items()},
            "changes": everybody.changes(),
        }

    def _register(self, session: Session, run_id: str, code_version: str, document: Document) -> None:
        if document["dataset"] is not None:
            datasets.demand_fresh(session, document["dataset"])
        for name, made in document["models"].items():
            registry.create_model_version(
                session,
                name,
                made["version"],
                source=made["source"],
                code_version=code_version,
                created_at=datetime.now(UTC),
                run_id=run_id,
                dataset_id=document["dataset"],
                metrics=document["metrics"],
                tags={"compared_with": document["champion"][name]},
            )
            registry.set_registered_model_alias(session, name, registry.CHALLENGER, made["version"])

    def _release(self, before: Documents, run_id: str, code_version: str) -> Document:
        registered = before["registration"]
        facts = {
            "metrics": registered["metrics"],
            "dataset": registered["dataset"],
            "run": run_id,
            "code": code_version,
        }
        return release(self.store, self.publish, registered["models"], facts)


def _tagged(document: Document) -> Callable[[Session], None]:
    return lambda session: tag(session, document)


def blessed(objections: Sequence[str]) -> Document:
    """The words of a document about a blessing; with objections there is none."""
    if not objections:
        return {"blessing": "BLESSED"}
    more = len(objections) - _TOLD
    told = "; ".join(objections[:_TOLD]) + (f"; and {more} more" if more > 0 else "")
    return {"blessing": "NOT_BLESSED", "objections": list(objections), REFUSED: told}
