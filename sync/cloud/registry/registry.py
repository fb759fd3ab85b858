"""Versions of models, their tags, and the aliases `champion` and `challenger`, in MLflow's words.

Every function takes the caller's transaction and never commits it: a version becomes the champion together
with what made it so, or not at all. The names are those of `mlflow.MlflowClient`, whose registry could stand
here instead.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from sync.cloud.database.tables import ModelDataset, ModelVersion
from sync.cloud.registry.tables import ModelVersionTag, RegisteredModelAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

CHAMPION: Final = "champion"
"""What every box should have; moved by a rollout that has gone well."""
CHALLENGER: Final = "challenger"
"""The newest that was blessed."""
STALE: Final = "stale: erased data"
"""The status of a version that has learned from somebody who was erased since."""
READY: Final = "READY"


class ModelVersionUnknown(LookupError):  # noqa: N818 - named by what happened
    """The registry has no such version; the text says which."""


def create_model_version(
    session: Session,
    name: str,
    version: str,
    *,
    source: str,
    code_version: str,
    created_at: datetime,
    run_id: str | None = None,
    parent: ModelVersion | None = None,
    dataset_id: str | None = None,
    metrics: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> ModelVersion:
    """Register a version; the same again is the same version, as it was registered first.

    Args:
        session: the caller's transaction.
        name: of the model.
        version: follows from the weights, so the same weights are the same version.
        source: prefix of its files in the object store.
        code_version: of what made it.
        created_at: aware.
        run_id: of the run that made it.
        parent: the version whose weights it began from.
        dataset_id: what it has learned from.
        metrics: how good it is.
        tags: words about it.
    """
    known = _find(session, name, version)
    if known is not None:
        return known
    made = ModelVersion(
        name=name,
        version=version,
        status=READY,
        source=source,
        run_id=run_id,
        parent_id=None if parent is None else parent.id,
        code_version=code_version,
        metrics=json.dumps(dict(metrics or {}), sort_keys=True),
        created_at=created_at,
        stale_since=None if parent is None else parent.stale_since,
    )
    session.add(made)
    session.flush()
    if dataset_id is not None:
        session.add(ModelDataset(model_id=made.id, dataset_id=dataset_id))
    for key, value in (tags or {}).items():
        session.add(ModelVersionTag(model_id=made.id, key=key, value=value))
    session.flush()
    return made


def get_model_version(session: Session, name: str, version: str) -> ModelVersion:
    """A version.

    Raises:
        ModelVersionUnknown: there is none.
    """
    found = _find(session, name, version)
    if found is None:
        raise ModelVersionUnknown(f"the registry has no version {version} of the model {name}")
    return found


def get_model_version_by_alias(session: Session, name: str, alias: str) -> ModelVersion | None:
    """The version that an alias names; None when it names none."""
    return session.scalar(
        select(ModelVersion)
        .join(RegisteredModelAlias, RegisteredModelAlias.model_id == ModelVersion.id)
        .where(RegisteredModelAlias.name == name, RegisteredModelAlias.alias == alias)
    )


def set_registered_model_alias(session: Session, name: str, alias: str, version: str) -> None:
    """Have an alias name a version, and no other.

    Raises:
        ModelVersionUnknown: there is no such version.
    """
    model = get_model_version(session, name, version)
    session.merge(RegisteredModelAlias(name=name, alias=alias, model_id=model.id))
    session.flush()


def delete_registered_model_alias(session: Session, name: str, alias: str) -> None:
    """Have an alias name nothing."""
    session.execute(
        delete(RegisteredModelAlias).where(
            RegisteredModelAlias.name == name, RegisteredModelAlias.alias == alias
        )
    )


def set_model_version_tag(session: Session, name: str, version: str, key: str, value: str) -> None:
    """Say a word about a version; what was said under the same key is replaced.

    Raises:
        ModelVersionUnknown: there is no such version.
    """
    model = get_model_version(session, name, version)
    session.merge(ModelVersionTag(model_id=model.id, key=key, value=value))
    session.flush()


def tags(session: Session, model: ModelVersion) -> dict[str, str]:
    """What was said about a version."""
    rows = session.execute(
        select(ModelVersionTag.key, ModelVersionTag.value).where(ModelVersionTag.model_id == model.id)
    )
    return {key: value for key, value in rows}  # noqa: C416 - rows are no pairs to a type checker


def aliases(session: Session, model: ModelVersion) -> tuple[str, ...]:
    """What names a version."""
    found = session.scalars(
        select(RegisteredModelAlias.alias).where(RegisteredModelAlias.model_id == model.id)
    )
    return tuple(sorted(found))


def datasets(session: Session, model: ModelVersion) -> tuple[str, ...]:
    """What a version has learned from."""
    found = session.scalars(select(ModelDataset.dataset_id).where(ModelDataset.model_id == model.id))
    return tuple(sorted(found))


def search_model_versions(session: Session, name: str | None = None) -> Sequence[ModelVersion]:
    """All versions, of one model or of all, the newest first."""
    wanted = select(ModelVersion).order_by(ModelVersion.created_at.desc(), ModelVersion.id.desc())
    return session.scalars(wanted if name is None else wanted.where(ModelVersion.name == name)).all()


def status(model: ModelVersion) -> str:
    """`READY`, or why it should be used no longer."""
    return model.status if model.stale_since is None else STALE


def _find(session: Session, name: str, version: str) -> ModelVersion | None:
    return session.scalar(
        select(ModelVersion).where(ModelVersion.name == name, ModelVersion.version == version)
    )
