"""A round begins: from the champion's weights, or the packaged model's where there is no champion."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from recommender import intensity
from recommender.onnx_model import ModelRefused
from sync.cloud.federated.round import RoundRefused
from sync.cloud.federated.rounds import Rounds
from sync.cloud.federated.start_model import read_start_model
from sync.cloud.registry import registry
from sync.cloud.registry.files import download
from sync.cloud.registry.registry import CHAMPION

if TYPE_CHECKING:
    from sync.cloud.database.database import Database
    from sync.cloud.federated.round import RoundPlan
    from sync.cloud.lake.objects import ObjectStore
    from sync.federated.messages import Round, TrainConfig


def start_round(database: Database, store: ObjectStore, config: TrainConfig, plan: RoundPlan) -> Round:
    """Begin a round.

    Raises:
        RoundRefused: another round goes on, or the champion must not be built upon.
        FederatedRefused: its weights cannot travel.
        DatabaseUnavailable, StoreUnavailable: one of them does not answer.
        ModuleNotFoundError: the extra `train` is not installed.
    """
    with database.read() as session:
        champion = registry.get_model_version_by_alias(session, intensity.NAME, CHAMPION)
    if champion is not None and champion.stale_since is not None:
        raise RoundRefused(
            f"the champion {champion.version} has learned from somebody who was erased since; retrain first "
            "(gymbox cloud retrain)"
        )
    with TemporaryDirectory() as made:
        folder = (
            intensity.PACKAGED
            if champion is None
            else download(store, champion.source, Path(made) / intensity.NAME)
        )
        try:
            version = intensity.load(folder).version
            start = read_start_model(folder)
        except ModelRefused as error:
            raise RoundRefused(f"the champion cannot be started from: {error}") from error
    return Rounds(database).start(
        name=intensity.NAME, version=version, arrays=start.arrays(), config=config, plan=plan
    )
