"""An average becomes a model only as retrained ones do: made, compared, tried out, registered, signed.

Those whom it is for have sent no records, so it cannot be judged by them. The members that can be judged by
(`sync.cloud.retraining.offer`) say that it harms nobody; whether it helps, the boxes say in a rollout.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from sync.cloud.federated.candidate import make
from sync.cloud.registry.files import download
from sync.cloud.retraining.blessing import Thresholds
from sync.cloud.retraining.offer import offer
from sync.cloud.retraining.pipeline import Policy
from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline
from sync.cloud.retraining.workers import workers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event

    from sync.cloud.database.database import Database
    from sync.cloud.database.tables import ModelVersion
    from sync.cloud.federated.round import AveragedRound
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.release import Publish
    from sync.cloud.settings import RetrainingSection

HARMLESS: Final = Thresholds(least_better=-0.01)
"""The mean of all metrics may be a hundredth worse; each metric and segment has the bounds of retraining."""


class Judging:
    """What the service ends a round with (`sync.cloud.federated.service.Judge`).

    Args:
        database: of the service.
        url: of its object store.
        store: the same store.
        settings: where the work is done.
        publish: signs releases; None where there are no keys.
        thresholds: of the blessing.
    """

    def __init__(
        self,
        database: Database,
        url: str,
        store: ObjectStore,
        settings: RetrainingSection,
        publish: Publish | None,
        *,
        thresholds: Thresholds = HARMLESS,
    ) -> None:
        self._database, self._url, self._store = database, url, store
        self._settings, self._publish = settings, publish
        self._policy = Policy(thresholds=thresholds)

    def __call__(self, found: AveragedRound, parent: ModelVersion | None, stop: Event) -> str:
        """Make a candidate and judge it; the same round makes the same version.

        Raises:
            Refused: no model can be made, or it is not blessed.
            RetrainingError: it cannot be done now.
            DatabaseUnavailable, StoreUnavailable: likewise.
        """
        with (
            workers(self._settings.executor, self._settings.workers) as executor,
            TemporaryDirectory() as place,
        ):
            pipeline = RecommenderPipeline(
                database=self._database,
                url=self._url,
                store=self._store,
                executor=executor,
                policy=self._policy,
                publish=self._publish,
                stop=stop,
                on_progress=lambda _step, _done, _of: None,
            )
            start_source = None if parent is None else parent.source
            (made,) = pipeline.ask("making the model", make, [(self._url, found, start_source)])
            name = found.offer.model.name
            folder = download(self._store, made["source"], Path(place) / name)
            return offer(pipeline, folder, name=name, parent=parent, tags=tags(found))


def tags(found: AveragedRound) -> Mapping[str, str]:
    """What the registry says of a version that came of a round."""
    return {
        "federated.round": found.offer.id,
        "federated.nodes": str(found.nodes),
        "federated.num-examples": str(found.num_examples),
        "federated.noise-multiplier": f"{found.offer.config.noise_multiplier:g}",
    }
