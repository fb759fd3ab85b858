"""The stages that are the recommender's own: from landed objects to a challenger beside its champion."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.cloud.lake.objects import ObjectExists
from sync.cloud.retraining import datasets
from sync.cloud.retraining.blessing import objections
from sync.cloud.retraining.comparison import compare
from sync.cloud.retraining.examples import build
from sync.cloud.retraining.history import last_statistics
from sync.cloud.retraining.manifest import Manifest
from sync.cloud.retraining.pipeline import PACKAGED, Pipeline, blessed
from sync.cloud.retraining.stages import REFUSED, Stage
from sync.cloud.retraining.statistics import Statistics, joined
from sync.cloud.retraining.tables import RetrainingRun
from sync.cloud.retraining.training import NAMES, teach
from sync.cloud.retraining.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from sync.cloud.retraining.stages import Document, Documents


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommenderPipeline(Pipeline):
    """Of the recommender's two models, from what has landed on."""

    kind = "recommender"
    models = NAMES

    def stages(self, run_id: str, code_version: str, made_with: str) -> tuple[Stage, ...]:
        """All of them, in order."""
        return (
            Stage("dataset", self._dataset, lambda found: self._know(run_id, found)),
            Stage("examples", lambda before: self._examples(before, made_with)),
            Stage("validation", lambda before: self._validation(before, run_id)),
            Stage("training", self._training),
            Stage("evaluation", self._evaluation),
            *self.last_stages(run_id, code_version),
        )

    def _dataset(self, _before: Documents) -> Document:
        with self.database.read() as session:
            manifest = datasets.gather(session)
        name = f"datasets/{manifest.id}/manifest.json"
        self._put(name, manifest.to_json())
        told = manifest.to_json()
        del told["objects"]
        return {**told, "objects": len(manifest.objects), "manifest": name}

    def _know(self, run_id: str, document: Document) -> Callable[[Session], None]:
        manifest = self._manifest(document)

        def know(session: Session) -> None:
            datasets.record(session, manifest, document["manifest"])
            run = session.get_one(RetrainingRun, run_id)
            run.dataset_id = manifest.id

        return know

    def _examples(self, before: Documents, made_with: str) -> Document:
        self._demand_fresh(before)
        manifest = self._manifest(before["dataset"])
        below = f"datasets/{manifest.id}/{made_with[:16]}"
        share = min(1.0, self.policy.most_sessions / max(manifest.sessions, 1))
        calls = [
            (self.url, objects, f"{below}/{number}", share) for number, objects in enumerate(manifest.parts())
        ]
        parts = self.ask("making examples", build, calls)
        statistics = joined(each.statistics for each in parts)
        self._put(f"{below}/statistics.json", statistics.to_json())
        return {
            "learn": [each.learn for each in parts],
            "judge": [each.judge for each in parts],
            "statistics": f"{below}/statistics.json",
            "share": share,
            "examples": statistics.examples,
        }

    def _validation(self, before: Documents, run_id: str) -> Document:
        statistics = Statistics.from_json(json.loads(self.store.get(before["examples"]["statistics"])))
        last = last_statistics(self.database, self.store, self.kind)
        found = validate(statistics, last, self.policy.limits)
        dataset_id = before["dataset"]["id"]
        report = f"runs/{run_id}/validation.md"
        with suppress(ObjectExists):
            self.store.put_new(report, found.report(dataset_id).encode())
        refused = {REFUSED: "; ".join(found.refusals)} if found.refusals else {}
        return {**found.to_json(), "report": report, **refused}

    def _training(self, before: Documents) -> Document:
        self._demand_fresh(before)
        dataset, examples = before["dataset"], before["examples"]
        source = (
            f"{examples['examples']} sessions of {dataset['members']} members (dataset {dataset['id'][:12]})"
        )
        call = (self.url, examples["learn"], source, self.policy.effort)
        (found,) = self.ask("training", teach, [call])
        return {**found, "what": source}

    def _evaluation(self, before: Documents) -> Document:
        self._demand_fresh(before)
        champions = self.champions()
        challenger = {name: each["source"] for name, each in before["training"]["models"].items()}
        champion = {name: each.source for name, each in champions.items()}
        call = (self.url, before["examples"]["judge"], challenger, champion)
        (compared,) = self.ask("evaluating", compare, [call])
        reasons = objections(compared, self.policy.thresholds)
        return {
            "champion": {
                name: champions[name].version if name in champions else PACKAGED for name in self.models
            },
            "segments": [each.to_json() for each in compared],
            **blessed(reasons),
        }

    def _demand_fresh(self, before: Documents) -> None:
        with self.database.read() as session:
            datasets.demand_fresh(session, before["dataset"]["id"])

    def _manifest(self, document: Document) -> Manifest:
        return Manifest.from_json(json.loads(self.store.get(document["manifest"])))

    def _put(self, name: str, document: Document) -> None:
        with suppress(ObjectExists):  # the same: its name follows from what it is made of
            self.store.put_new(name, json.dumps(document, sort_keys=True).encode())
