"""Signing what is due: new content, changed keys, and what has used up half of its time.

It may run at any moment, in any number of processes, with any keys: each role is signed by whoever holds
its keys, and a run that was killed is completed by the next.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from sync.cloud.signing.keys import Keys
from sync.cloud.signing.repository import Repository, RepositoryTrouble
from sync.cloud.signing.roles import ROLES


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        signed: The roles that were signed anew.
        waiting: The roles that are due, and whose keys were not at hand.
    """

    signed: tuple[str, ...]
    waiting: tuple[str, ...]


def refresh(repository: Repository, keys: Keys, *, now: datetime, renew: Collection[str] = ()) -> Refreshed:
    """Sign every role that is due and whose keys are at hand; cheap when nothing is.

    Args:
        repository: A repository that was begun.
        keys: The keys at hand.
        now: A moment, UTC.
        renew: Roles to sign even before half of their time is over.

    Raises:
        RepositoryTrouble: The repository is damaged or cannot be changed.
    """
    with repository.alone():
        return sign_due(repository, keys, now=now, renew=renew)


def sign_due(repository: Repository, keys: Keys, *, now: datetime, renew: Collection[str] = ()) -> Refreshed:
    """`refresh` by a caller who has the repository alone."""
    run = _Run(repository, keys, now, frozenset(renew))
    root, targets = repository.root(), repository.targets()
    run.settle("root", root, root.signed)
    run.settle("targets", targets, root.signed)
    delegated = delegations(targets.signed)
    described = {"targets": targets, **{role: repository.targets(role) for role in delegated}}
    for role in delegated:
        run.settle(role, described[role], targets.signed)
    run.settle_snapshot(
        root.signed, {f"{role}.json": each.signed.version for role, each in described.items()}
    )
    run.settle_timestamp(root.signed)
    return Refreshed(tuple(run.signed), tuple(run.waiting))


def sign(
    repository: Repository, role: str, metadata: Metadata[Any], keys: Keys, by: Collection[Root | Targets]
) -> None:
    """Sign with all the keys at hand that those who vouch for the role accept, and put it in place.

    Raises:
        UnsignedMetadataError: The keys do not suffice for one of them; nothing was written.
        OSError: It could not be written.
    """
    metadata.signatures.clear()
    for vouching in by:
        for signer in keys.of(vouching.get_delegated_role(role)):
            metadata.sign(signer, append=True)
    for vouching in by:
        vouching.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    repository.write(role, metadata)


def expiries(repository: Repository) -> Mapping[str, datetime]:
    """When what each role has signed last expires, UTC. Raises RepositoryTrouble."""
    targets = repository.targets()
    newest: dict[str, Metadata[Any] | None] = {
        "root": repository.root(),
        "targets": targets,
        **{role: repository.targets(role) for role in delegations(targets.signed)},
        "snapshot": repository.snapshot(),
        "timestamp": repository.timestamp(),
    }
    return {role: metadata.signed.expires for role, metadata in newest.items() if metadata}


def delegations(targets: Targets) -> tuple[str, ...]:
    """The kinds that somebody may sign for; a repository that was begun long ago may lack the newest."""
    return () if targets.delegations is None else tuple(targets.delegations.roles or {})


@dataclass(frozen=True, slots=True)
class _Run:
    repository: Repository
    keys: Keys
    now: datetime
    renew: frozenset[str]
    signed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def settle(self, role: str, metadata: Metadata[Any], by: Root | Targets) -> None:
        """Sign a role whose content is as it should be, if it is due."""
        if not self._due(role, metadata, by) or self._sign(role, metadata, by, metadata.signed.version + 1):
            return
        if not _vouched(role, metadata, by):
            # Not to be handed on: boxes would refuse it, and hear no news of this role.
            raise RepositoryTrouble(
                f"version {metadata.signed.version} of the {role} metadata in {self.repository.folder} is not"
                f" signed by the keys of {role}; remove that file, or sign with the right keys"
            )

    def settle_snapshot(self, root: Root, versions: Mapping[str, int]) -> None:
        """Say which versions belong together."""
        meta = {name: self.repository.description(name, version) for name, version in versions.items()}
        before = self.repository.snapshot()
        if before is not None:
            self._demand_progress(before.signed.meta, meta)
            if before.signed.meta == meta and not self._due("snapshot", before, root):
                return
        self._sign(
            "snapshot", Metadata(Snapshot(meta=meta)), root, before.signed.version + 1 if before else 1
        )

    def settle_timestamp(self, root: Root) -> None:
        """Say which snapshot is current."""
        snapshot, before = self.repository.snapshot(), self.repository.timestamp()
        if snapshot is None:
            return
        current = self.repository.description("snapshot.json", snapshot.signed.version)
        if before is not None:
            self._demand_progress({"snapshot.json": before.signed.snapshot_meta}, {"snapshot.json": current})
            if before.signed.snapshot_meta == current and not self._due("timestamp", before, root):
                return
        version = before.signed.version + 1 if before else 1
        self._sign("timestamp", Metadata(Timestamp(snapshot_meta=current)), root, version)

    def _demand_progress(self, before: Mapping[str, MetaFile], meta: Mapping[str, MetaFile]) -> None:
        for name, file in before.items():
            if name not in meta or meta[name].version < file.version:
                raise RepositoryTrouble(
                    f"version {file.version} of {name} was published and is no longer in"
                    f" {self.repository.folder}; restore it: boxes refuse to go back"
                )

    def _due(self, role: str, metadata: Metadata[Any], by: Root | Targets) -> bool:
        half_over = ROLES[role].half_over(metadata.signed.expires, self.now)
        return half_over or role in self.renew or not _vouched(role, metadata, by)

    def _sign(self, role: str, metadata: Metadata[Any], by: Root | Targets, version: int) -> bool:
        if not self.keys.suffice(by.get_delegated_role(role)):
            self.waiting.append(role)
            return False
        metadata.signed.version = version
        metadata.signed.expires = ROLES[role].expiry(self.now)
        sign(self.repository, role, metadata, self.keys, [by])
        self.signed.append(role)
        return True


def _vouched(role: str, metadata: Metadata[Any], by: Root | Targets) -> bool:
    return bool(by.get_verification_result(role, metadata.signed_bytes, metadata.signatures))
