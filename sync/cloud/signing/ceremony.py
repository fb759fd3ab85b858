"""What is done with the offline keys: beginning a repository, and giving a role another key."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Role, Root, Targets

from sync.cloud.signing.keys import Keys, KeyTrouble, make_key
from sync.cloud.signing.refresh import Refreshed, delegations, sign, sign_due
from sync.cloud.signing.repository import Repository, RepositoryTrouble
from sync.cloud.signing.roles import DELEGATIONS, ROLES


def begin(
    repository: Repository, *, offline: Path, online: Path, now: datetime, by_hand: bool = False
) -> None:
    """Make all keys, and a repository without a release that they have signed.

    Args:
        repository: Where nothing is yet.
        offline: A folder for the keys of `root` and `targets`; it has no key yet.
        online: A folder for the keys that the service works with; it has no key yet.
        now: A moment, UTC.
        by_hand: Keep the keys that sign releases offline too; then the service releases nothing by itself.

    Raises:
        KeyTrouble: A folder has keys already, or cannot be written.
        RepositoryTrouble: The repository was begun before, or cannot be written.
    """
    if offline.resolve() == online.resolve():
        raise KeyTrouble("offline and online keys must lie in two folders")
    for folder in (offline, online):
        if any(folder.glob("*.pem")):
            raise KeyTrouble(f"there are keys in {folder}, which are never replaced; name another folder")
    with repository.alone():
        if repository.exists:
            raise RepositoryTrouble(f"{repository.folder} holds a repository; give another folder")
        made = {
            role: [
                make_key(offline if terms.place == "offline" or (by_hand and terms.paths) else online, role)
                for _ in range(terms.keys)
            ]
            for role, terms in ROLES.items()
        }
        keys = Keys({}).plus(signer for signers in made.values() for signer in signers)
        root, targets = _root(made, now), _targets(made, now)
        # Root comes last: a repository without it was never begun.
        sign(repository, "targets", Metadata(targets), keys, [root])
        for role in DELEGATIONS:
            sign(repository, role, Metadata(Targets(expires=ROLES[role].expiry(now))), keys, [targets])
        sign(repository, "root", Metadata(root), keys, [root])
        sign_due(repository, keys, now=now)
        os.sync()  # the folders' own names too: what is made here is made once


@dataclass(frozen=True, slots=True)
class Replaced:
    """A role has another key.

    Attributes:
        revoked: The key id that nobody accepts any more.
        added: The key id of the new one.
        refreshed: What was signed with the new key.
    """

    revoked: str
    added: str
    refreshed: Refreshed


def replace_key(
    repository: Repository, role: str, *, keys: Keys, new_in: Path, now: datetime, revoked: str | None = None
) -> Replaced:
    """Make another key for a role and revoke the one before, which was lost or stolen.

    Args:
        repository: A repository that was begun.
        role: Any role.
        keys: Those at hand: two of root, or that of targets for a role under it; and those of what must be
            signed after it.
        new_in: The folder for the new key.
        now: A moment, UTC.
        revoked: Which key, by the beginning of its id; needed when the role has more than one.

    Raises:
        KeyTrouble: The keys do not suffice, or it is not clear which one to revoke.
        RepositoryTrouble: The repository is damaged or cannot be changed.
    """
    parent = "targets" if role in DELEGATIONS else "root"
    with repository.alone():
        root = repository.root().signed
        changed: Metadata[Any] = repository.root() if parent == "root" else repository.targets()
        old = _which(changed.signed.get_delegated_role(role), role, revoked)
        vouching = [root] if parent == "targets" else [root, changed.signed]
        if not keys.suffice(root.get_delegated_role(parent)):
            raise KeyTrouble(f"not enough keys of {parent} are at hand to give {role} another key")
        new = make_key(new_in, role)
        changed.signed.revoke_key(old, role)
        changed.signed.add_key(new.public_key, role)
        changed.signed.version += 1
        changed.signed.expires = ROLES[parent].expiry(now)
        keys = keys.plus([new])
        try:
            sign(repository, parent, changed, keys, vouching)
        except UnsignedMetadataError as error:
            raise KeyTrouble(f"the keys at hand do not suffice for {parent}: {error}") from error
        return Replaced(old, new.public_key.keyid, sign_due(repository, keys, now=now))


def add_role(repository: Repository, role: str, *, keys: Keys, new_in: Path, now: datetime) -> Refreshed:
    """Let somebody sign for a kind that there was not when the repository was begun; makes their key.

    Args:
        repository: A repository that was begun.
        role: One of `DELEGATIONS`.
        keys: Those of targets, and those of what must be signed after it.
        new_in: The folder for the new key.
        now: A moment, UTC.

    Raises:
        KeyTrouble: The role has keys already, or those of targets are not at hand.
        RepositoryTrouble: The repository is damaged or cannot be changed.
    """
    with repository.alone():
        root, targets = repository.root().signed, repository.targets()
        if role in delegations(targets.signed):
            raise KeyTrouble(f"{role} has a key already; gymbox cloud keys replace gives it another one")
        if not keys.suffice(root.get_delegated_role("targets")):
            raise KeyTrouble(f"the key of targets is not at hand, which lets somebody sign for {role}")
        new = make_key(new_in, role)
        changed = targets.signed
        if changed.delegations is None or changed.delegations.roles is None:
            raise RepositoryTrouble(f"the targets metadata in {repository.folder} knows no kinds")
        changed.delegations.roles[role] = _delegated(role)
        changed.add_key(new.public_key, role)
        changed.version += 1
        changed.expires = ROLES["targets"].expiry(now)
        keys = keys.plus([new])
        # What is signed for comes first, so that nobody is ever told of a role that says nothing.
        sign(repository, role, Metadata(Targets(expires=ROLES[role].expiry(now))), keys, [changed])
        sign(repository, "targets", targets, keys, [root])
        return sign_due(repository, keys, now=now)


def _which(role: Role, name: str, start: str | None) -> str:
    found = [keyid for keyid in role.keyids if keyid.startswith(start or "")]
    if len(found) != 1:
        known = ", ".join(keyid[:8] for keyid in role.keyids)
        raise KeyTrouble(f"say which key of {name} to revoke, by the beginning of its id: {known}")
    return found[0]


def _root(made: dict[str, list[CryptoSigner]], now: datetime) -> Root:
    root = Root(expires=ROLES["root"].expiry(now), consistent_snapshot=True)
    for role in root.roles:
        root.roles[role].threshold = ROLES[role].threshold
        for signer in made[role]:
            root.add_key(signer.public_key, role)
    return root


def _targets(made: dict[str, list[CryptoSigner]], now: datetime) -> Targets:
    roles = {name: _delegated(name) for name in DELEGATIONS}
    targets = Targets(expires=ROLES["targets"].expiry(now), delegations=Delegations({}, roles))
    for name in DELEGATIONS:
        for signer in made[name]:
            targets.add_key(signer.public_key, name)
    return targets


def _delegated(name: str) -> DelegatedRole:
    # Terminating: what a kind's own role does not know, no other may claim.
    return DelegatedRole(name, [], ROLES[name].threshold, terminating=True, paths=list(ROLES[name].paths))
