"""Hand a blessed model to the signing: what boxes then may be told to install."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sync.cloud.registry import registry
from sync.cloud.registry.files import download
from sync.cloud.retraining.training import GOLDEN_FILE
from sync.cloud.signing.keys import KeyTrouble, load_keys
from sync.cloud.signing.publish import ReleaseFailed, publish_model
from sync.cloud.signing.repository import Repository, RepositoryTrouble

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.settings import SigningSection

Publish: TypeAlias = Callable[[Path, Mapping[str, Any]], tuple[str, str]]
"""Signs a model's folder with facts about it: the target's path, and the digest of its `model.toml`."""
_TOLERANCE: Final = 0.001
"""By so much may a box's answer to the golden inputs differ."""


class NotReleased(RuntimeError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A model could not be signed; it stays registered, and the text says what to do."""


def publisher(signing: SigningSection) -> Publish | None:
    """What signs with the service's own keys; None where there are none."""
    if signing.repository is None or signing.online_keys is None:
        return None
    repository, keys_folder = Repository(signing.repository), signing.online_keys

    def publish(folder: Path, facts: Mapping[str, Any]) -> tuple[str, str]:
        try:
            released = publish_model(
                folder, repository, load_keys(keys_folder), blessed=True, facts=facts, now=datetime.now(UTC)
            )
        except (KeyTrouble, ReleaseFailed, RepositoryTrouble) as error:
            raise NotReleased(
                f"the release was not signed: {error}; `gymbox cloud release` does it later"
            ) from error
        return released.target, released.sha256

    return publish


def release(
    store: ObjectStore,
    publish: Publish | None,
    models: Mapping[str, Mapping[str, str]],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Sign models that are registered.

    Args:
        store: where their files lie.
        publish: signs; None where there are no keys.
        models: `version` and `source` by name.
        facts: what boxes and people should know of all of them.

    Returns:
        `models`: version, target and sha256 by name; `why` when there are none.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    if publish is None:
        return {"models": {}, "why": "no keys are configured that sign it ([signing] online_keys)"}
    with TemporaryDirectory() as made:
        folders = {name: download(store, each["source"], Path(made) / name) for name, each in models.items()}
        try:
            published = {
                name: publish(folder, {**facts, "golden": _golden(folder)})
                for name, folder in folders.items()
            }
        except NotReleased as error:
            return {"models": {}, "why": str(error)}
    return {
        "models": {
            name: {"version": models[name]["version"], "target": target, "sha256": sha256}
            for name, (target, sha256) in published.items()
        }
    }


def tag(session: Session, released: Mapping[str, Any]) -> None:
    """Have the registry know where each release lies; given what `release` returned."""
    for name, each in released["models"].items():
        for key in ("target", "sha256"):
            registry.set_model_version_tag(session, name, each["version"], f"release.{key}", each[key])


def _golden(folder: Path) -> dict[str, Any]:
    """What a box asks a model before it trusts it, and the answer."""
    document = json.loads((folder / GOLDEN_FILE).read_text("utf-8"))
    return {"inputs": document["inputs"], "output": document["output"], "tolerance": _TOLERANCE}
