"""The stages that are the phase model's own: from labelled poses to a challenger beside its champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.cloud.retraining.blessing import objections
from sync.cloud.retraining.pipeline import PACKAGED, Pipeline, blessed
from sync.cloud.retraining.stages import REFUSED, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cloud.retraining.stages import Document, Documents

PHASE: Final = "phase"
FEWEST_HELD_OUT: Final = 10
MOST_REPEATED: Final = 0.2
LEAST_NAMED: Final = 0.3
"""Of the poses, named by the champion as they are labelled; less are labels of something else."""
LEAST_PHASED: Final = 0.4
"""Likewise of the phase; less are up and down exchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasePipeline(Pipeline):
    """Of the phase model."""

    kind = PHASE
    models = (PHASE,)

    def stages(self, run_id: str, code_version: str, made_with: str) -> tuple[Stage, ...]:
        """All of them, in order."""
        del made_with
        return (
            Stage("dataset", self._dataset),
            Stage("training", self._training),
            Stage("evaluation", self._evaluation),
            *self.last_stages(run_id, code_version),
        )

    def _dataset(self, _before: Documents) -> Document:
        from sync.cloud.retraining.poses import survey  # noqa: PLC0415 - loads OpenCV

        (found,) = self.ask("reading poses", survey, [(self.url, self._champion())])
        document = found.to_json()
        reasons = list(_faults(document))
        return {**document, **({REFUSED: "; ".join(reasons)} if reasons else {})}

    def _training(self, before: Documents) -> Document:
        from sync.cloud.retraining.poses import teach  # noqa: PLC0415 - loads OpenCV

        dataset = before["dataset"]
        (found,) = self.ask("training", teach, [(self.url, dataset["tables"], self.policy.phase)])
        return {**found, "what": f"{dataset['poses']} poses of {len(dataset['tables'])} tables"}

    def _evaluation(self, before: Documents) -> Document:
        from sync.cloud.retraining.poses import compare  # noqa: PLC0415 - loads OpenCV

        champions = self.champions()
        challenger = before["training"]["models"][PHASE]["source"]
        champion = champions[PHASE].source if PHASE in champions else None
        call = (self.url, before["dataset"]["tables"], challenger, champion, self.policy.phase)
        (compared,) = self.ask("evaluating", compare, [call])
        return {
            "champion": {PHASE: champions[PHASE].version if PHASE in champions else PACKAGED},
            "segments": [each.to_json() for each in compared],
            **blessed(objections(compared, self.policy.thresholds)),
        }

    def _champion(self) -> str | None:
        found = self.champions()
        return found[PHASE].source if PHASE in found else None


def _faults(survey: Document) -> Iterator[str]:
    """Why nothing may be learned from these poses."""
    if survey["held_out"] < FEWEST_HELD_OUT:
        yield (
            f"{survey['held_out']} of {survey['poses']} poses are of videos that are held out, and "
            f"{FEWEST_HELD_OUT} are needed to judge by: bring poses of more videos"
        )
    if survey["repeated"] > MOST_REPEATED * survey["poses"]:
        yield f"{survey['repeated']} of {survey['poses']} poses are the same again"
    if survey["named"] < LEAST_NAMED:
        yield (
            f"only {100 * survey['named']:.0f} % of the poses show to the champion what their label says: "
            "these are labels of something else"
        )
    elif survey["phased"] < LEAST_PHASED:
        yield (
            f"only {100 * survey['phased']:.0f} % of the poses are in the phase that their label says: up "
            "and down are exchanged"
        )
