"""A model that was made elsewhere takes the same way: beside the champion, tried out, registered, signed.

Members whom it is judged by are those held out of the dataset that was learned from last; where no gym sends
records, simulated ones.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uuid_utils
from sqlalchemy import select

from provisioning.models import read_model
from sync.cloud.database.tables import Dataset
from sync.cloud.registry import registry
from sync.cloud.registry.files import upload
from sync.cloud.retraining.blessing import Comparison, objections, serving_objections
from sync.cloud.retraining.code_version import code_version
from sync.cloud.retraining.comparison import compare, compare_on_simulated
from sync.cloud.retraining.examples import build
from sync.cloud.retraining.lease import Lease
from sync.cloud.retraining.manifest import Manifest
from sync.cloud.retraining.outcome import Refused
from sync.cloud.retraining.pipeline import PACKAGED
from sync.cloud.retraining.release import release, tag
from sync.cloud.retraining.retrain import LEASE
from sync.cloud.retraining.serving import try_out

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sync.cloud.database.tables import ModelVersion
    from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline


def offer(
    pipeline: RecommenderPipeline,
    folder: Path,
    *,
    name: str,
    parent: ModelVersion | None,
    tags: Mapping[str, str],
) -> str:
    """Bless, register as the challenger and release the model in a folder; returns its version.

    Args:
        pipeline: what a run works with.
        folder: of the model, with `golden.json` beside its files.
        name: of the model; the champion's others stand beside it.
        parent: the version whose weights it began from.
        tags: where it is from.

    Raises:
        Refused: it is not blessed; the text says why.
        RetrainingError: it cannot be judged, or a run is under way.
        DatabaseUnavailable, StoreUnavailable: likewise, for now.
    """
    with Lease(pipeline.database, LEASE):  # a run would sweep away what is made here
        return _offered(pipeline, folder, name, parent, tags)


def _offered(
    pipeline: RecommenderPipeline,
    folder: Path,
    name: str,
    parent: ModelVersion | None,
    tags: Mapping[str, str],
) -> str:
    version = read_model(folder).version
    source = upload(pipeline.store, folder, f"models/{name}")
    champions = pipeline.champions()
    champion = {each: model.source for each, model in champions.items()}
    compared = _compared(pipeline, {**champion, name: source}, champion)
    served = pipeline.ask("trying the files out", try_out, [(pipeline.url, {name: source})])[0]
    refused = (
        *objections(compared, pipeline.policy.thresholds),
        *serving_objections(served, pipeline.policy.serving),
    )
    if refused:
        raise Refused("; ".join(refused))
    beside = champions[name].version if name in champions else PACKAGED
    metrics = {metric: error for metric, (error, _) in compared[0].challenger.items()}
    with pipeline.database.write() as session:
        registry.create_model_version(
            session,
            name,
            version,
            source=source,
            code_version=code_version(),
            created_at=datetime.now(UTC),
            parent=parent,
            metrics=metrics,
            tags={**tags, "compared_with": beside},
        )
        registry.set_registered_model_alias(session, name, registry.CHALLENGER, version)
    models = {name: {"version": version, "source": source}}
    released = release(pipeline.store, pipeline.publish, models, {"metrics": metrics, **tags})
    with pipeline.database.write() as session:
        tag(session, released)
    return version


def _compared(
    pipeline: RecommenderPipeline, challenger: Mapping[str, str], champion: Mapping[str, str]
) -> list[Comparison]:
    wanted = select(Dataset.manifest).where(Dataset.stale_since.is_(None))
    with pipeline.database.read() as session:
        newest = session.scalar(wanted.order_by(Dataset.created_at.desc()).limit(1))
    found: list[list[Comparison]]
    if newest is None:
        found = pipeline.ask("evaluating", compare_on_simulated, [(pipeline.url, challenger, champion)])
        return found[0]
    manifest = Manifest.from_json(json.loads(pipeline.store.get(newest)))
    below = f"datasets/{manifest.id}/offer-{uuid_utils.uuid7()}"
    calls = [(pipeline.url, part, f"{below}/{number}", 1.0) for number, part in enumerate(manifest.parts())]
    try:
        parts = pipeline.ask("making examples", build, calls)
        call = (pipeline.url, [each.judge for each in parts], challenger, champion)
        found = pipeline.ask("evaluating", compare, [call])
    finally:
        for each in pipeline.store.names(f"{below}/"):
            pipeline.store.delete(each)
    return found[0]
