"""What a retraining has released is rolled out by itself, the careful way; nobody has to be there for it.

Boxes run it beside the champion first, then a few work with it, and each goes back by itself when it is no
good. Each version is begun once: one that was halted or aborted is not tried again.
"""

import json
import logging
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.assignment import SHADOW
from sync.cloud.database.database import Database
from sync.cloud.database.tables import ModelVersion
from sync.cloud.registry.registry import CHALLENGER
from sync.cloud.registry.tables import RegisteredModelAlias
from sync.cloud.rollout.kinds.kind import ReleaseUnknown
from sync.cloud.rollout.machine import NotPossible
from sync.cloud.rollout.plan import PlanRefused
from sync.cloud.rollout.rollouts import Rollouts
from sync.cloud.rollout.tables import RolloutRow

_log = logging.getLogger(__name__)
EVERY_S: Final = 60.0
_BY: Final = "service"


def roll_out_challengers(database: Database, rollouts: Rollouts) -> None:
    """Begin a rollout of every challenger that was never in one; those that cannot begin now may later."""
    with database.read() as session:
        due = _never_rolled_out(session)
    for name, version in due:
        try:
            begun = rollouts.start(name, version=version, by=_BY)
        except (ReleaseUnknown, PlanRefused, NotPossible) as error:
            _log.debug("%s %s is not rolled out now: %s", name, version, error)
        else:
            _log.info("%s %s was retrained and is rolled out: %s", name, version, begun.id)


def _never_rolled_out(session: Session) -> list[tuple[str, str]]:
    challengers = (
        select(ModelVersion.name, ModelVersion.version)
        .join(RegisteredModelAlias, RegisteredModelAlias.model_id == ModelVersion.id)
        .where(RegisteredModelAlias.alias == CHALLENGER, ModelVersion.stale_since.is_(None))
    )
    return [
        (name, version)
        for name, version in session.execute(challengers)
        if version not in _versions_rolled_out(session, name)
    ]


def _versions_rolled_out(session: Session, name: str) -> set[str]:
    wanted = select(RolloutRow.challenger).where(RolloutRow.shadow == SHADOW, RolloutRow.subject == name)
    return {json.loads(text)["version"] for text in session.scalars(wanted)}
