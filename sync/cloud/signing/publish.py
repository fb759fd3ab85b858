"""Publishing: the files of a version become signed targets, which boxes may then be told to install.

The target `models/<name>/<version>/model.toml` is the release: it names the other files, and its `custom`
holds what a box must know before it downloads them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tuf.api.metadata import Metadata, TargetFile, Targets

from provisioning.manifest import MANIFEST_NAME
from provisioning.models import ModelFolder, ModelFolderError, read_model, verify
from sync.cloud.signing.keys import Keys
from sync.cloud.signing.refresh import Refreshed, delegations, sign, sign_due
from sync.cloud.signing.repository import Repository
from sync.cloud.signing.roles import ROLES

ROLE: Final = "models"
# All releases stand in one file of metadata, which every box reads.
MOST_FACTS_BYTES: Final = 32 * 1024
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_MIN_GATEWAY: Final = re.compile(r"[0-9]+(\.[0-9]+)*")


class ReleaseFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A model cannot be released; the text says why. What is published stays as it is."""


@dataclass(frozen=True, slots=True)
class Published:
    """A release that boxes can be told of.

    Attributes:
        name: The model's name.
        version: Its version.
        target: The path of its `model.toml` in the repository.
        sha256: The digest of that file, which names the digests of all others.
        refreshed: Whose signature it has, and whose it waits for before boxes see it.
    """

    name: str
    version: str
    target: str
    sha256: str
    refreshed: Refreshed


def publish_model(
    folder: Path,
    repository: Repository,
    keys: Keys,
    *,
    blessed: bool,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> Published:
    """Release a model's folder. What is released already is left as it is, so that a kill can be repeated.

    Args:
        folder: `model.toml` and the files that it names.
        repository: A repository that was begun.
        keys: That of `models`, and those of `snapshot` and `timestamp`; without the last two boxes see the
            release after the next refresh.
        blessed: Somebody, or the retraining, has run these very files where boxes run them.
        now: A moment, UTC.
        facts: What boxes and people should know, in JSON: `metrics`, `golden`, `min_gateway` (`"1.2"`), …

    Raises:
        ReleaseFailed: The folder is no whole model, the model is not blessed, the version was released with
            other content, or the key is missing.
        RepositoryTrouble: The repository is damaged or cannot be changed.
    """
    if not blessed:
        raise ReleaseFailed(f"{folder} is not blessed: nobody has run its files where boxes run them")
    model = _whole_model(folder)
    below = f"{ROLE}/{model.name}/{model.version}/"
    targets = {target.path: target for target in _described(model, below, facts or {})}
    refreshed = publish_targets(ROLE, targets, folder, repository, keys, now=now)
    manifest = targets[below + MANIFEST_NAME]
    return Published(model.name, model.version, manifest.path, manifest.hashes["sha256"], refreshed)


def publish_targets(
    role: str,
    targets: Mapping[str, TargetFile],
    folder: Path,
    repository: Repository,
    keys: Keys,
    *,
    now: datetime,
) -> Refreshed:
    """Sign the files of one version of anything; what is released already is left as it is.

    Args:
        role: Whose kind it is.
        targets: What is signed of each file, by path: `<kind>/<name>/<version>/<file>`.
        folder: Where the files lie now.
        repository: A repository that was begun.
        keys: The keys at hand.
        now: A moment, UTC.

    Raises:
        ReleaseFailed: The version was released with other content, or the key is missing.
        RepositoryTrouble: The repository is damaged or cannot be changed.
    """
    _, name, version, _ = next(iter(targets)).split("/")
    with repository.alone():
        metadata = repository.targets(role)
        released = _released(metadata, f"{role}/{name}/{version}/")
        if not released:
            for path, target in targets.items():
                repository.put_target(target, folder / path.rsplit("/", 1)[1])
            metadata.signed.targets.update(targets)
            _sign(repository, role, metadata, keys, now)
        elif _digests(released) != _digests(targets):
            raise ReleaseFailed(f"version {version} of {name} was released with other content; name another")
        return sign_due(repository, keys, now=now)


def withdraw(
    role: str, name: str, version: str, repository: Repository, keys: Keys, *, now: datetime
) -> Refreshed:
    """Take a release back: no box installs it from now on; those that have it keep it.

    Raises:
        ReleaseFailed: There is no such release, or the key is missing.
        RepositoryTrouble: The repository is damaged or cannot be changed.
    """
    with repository.alone():
        metadata = repository.targets(role)
        released = _released(metadata, f"{role}/{name}/{version}/")
        if not released:
            raise ReleaseFailed(f"version {version} of {name} is not released")
        for path in released:
            del metadata.signed.targets[path]
        _sign(repository, role, metadata, keys, now)
        return sign_due(repository, keys, now=now)


def releases(repository: Repository) -> tuple[TargetFile, ...]:
    """The first file of every release of any kind, which names the others. Raises RepositoryTrouble."""
    roles = delegations(repository.targets().signed)
    found = [target for role in roles for target in repository.targets(role).signed.targets.values()]
    return tuple(
        sorted((each for each in found if "files" in (each.custom or {})), key=lambda each: each.path)
    )


def _whole_model(folder: Path) -> ModelFolder:
    try:
        model = read_model(folder)
    except ModelFolderError as error:
        raise ReleaseFailed(str(error)) from error
    if problems := verify(model):
        raise ReleaseFailed("; ".join(problems))
    require_version(model.name, model.version)
    return model


def require_version(name: str, version: str) -> None:
    """Raise ReleaseFailed when a version cannot be part of a path."""
    if not _VERSION.fullmatch(version):
        raise ReleaseFailed(
            f"version {version!r} of {name} cannot be released: letters, digits and . _ + - only, at most 64"
        )


def _described(model: ModelFolder, below: str, facts: Mapping[str, Any]) -> Iterator[TargetFile]:
    """A target for each file; raises ReleaseFailed."""
    always = {"model_id": model.name, "version": model.version, "task": model.manifest.task}
    names = [MANIFEST_NAME, *(file.name for file in model.manifest.files)]
    customs: dict[str, dict[str, Any]] = {
        MANIFEST_NAME: {**always, "files": names, "blessed": True, "facts": facts_text(facts, always)}
    }
    for file in model.manifest.files:
        accelerator = "edgetpu" if file.runtime == "edgetpu" else "cpu"
        customs[file.name] = {**always, "runtime": file.runtime, "accelerator": accelerator}
    for name, custom in customs.items():
        try:
            target = TargetFile.from_file(below + name, str(model.path / name), ["sha256"])
        except OSError as error:
            raise ReleaseFailed(f"{model.path / name}: {error.strerror or error}") from error
        target.unrecognized_fields["custom"] = custom
        yield target


def facts_text(facts: Mapping[str, Any], always: Mapping[str, Any]) -> str:
    """Facts about a release as text: what is signed as canonical JSON can hold no fraction.

    Raises:
        ReleaseFailed: They are no JSON, too long, or say what is `always` said.
    """
    if taken := sorted(facts.keys() & {*always, "files", "blessed"}):
        raise ReleaseFailed(f"the facts of a release cannot say {', '.join(taken)}: model.toml does")
    try:
        text = json.dumps(facts, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ReleaseFailed(f"the facts of a release are not JSON: {error}") from error
    if len(text) > MOST_FACTS_BYTES:
        raise ReleaseFailed(f"the facts of a release are longer than {MOST_FACTS_BYTES} bytes")
    gateway = facts.get("min_gateway")
    if gateway is not None and not (isinstance(gateway, str) and _MIN_GATEWAY.fullmatch(gateway)):
        raise ReleaseFailed(f"min_gateway must be a version such as 1.2, not {gateway!r}")
    return text


def _released(metadata: Metadata[Targets], below: str) -> dict[str, TargetFile]:
    return {path: target for path, target in metadata.signed.targets.items() if path.startswith(below)}


def _digests(targets: Mapping[str, TargetFile]) -> dict[str, Mapping[str, str]]:
    return {path: target.hashes for path, target in targets.items()}


def _sign(repository: Repository, role: str, metadata: Metadata[Targets], keys: Keys, now: datetime) -> None:
    parent = repository.targets().signed
    if not keys.suffice(parent.get_delegated_role(role)):
        raise ReleaseFailed(f"the key of {role} is not at hand; releases are signed with it")
    metadata.signed.version += 1
    metadata.signed.expires = ROLES[role].expiry(now)
    sign(repository, role, metadata, keys, [parent])
