from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.cloud.signing.ceremony import add_role, begin, replace_key
from sync.cloud.signing.keys import Keys, KeyTrouble, load_keys
from sync.cloud.signing.refresh import expiries, refresh, sign
from sync.cloud.signing.repository import Repository, RepositoryTrouble
from sync.cloud.signing.roles import DELEGATIONS, ROLES
from tests.unit.sync.releases.signed_cloud import Cloud

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_beginning_is_signed_by_everybody(cloud: Cloud) -> None:
    root, targets = cloud.repository.root(), cloud.repository.targets()
    assert root.signed.consistent_snapshot
    assert len(root.signatures) == 3
    loaded: dict[str, Any] = {"root": root, "targets": targets}
    for role in ("root", "targets", "snapshot", "timestamp"):
        metadata = loaded.get(role) or getattr(cloud.repository, role)()
        root.signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    for role in DELEGATIONS:
        metadata = cloud.repository.targets(role)
        targets.signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    assert {role: root.signed.roles[role].threshold for role in root.signed.roles} == {
        role: ROLES[role].threshold for role in root.signed.roles
    }


def test_nothing_is_begun_twice(cloud: Cloud, tmp_path: Path) -> None:
    before = cloud.saved()
    with pytest.raises(RepositoryTrouble, match="holds a repository"):
        begin(cloud.repository, offline=tmp_path / "a", online=tmp_path / "b", now=NOW)
    other = Repository(tmp_path / "other")
    with pytest.raises(KeyTrouble, match="never replaced"):
        begin(other, offline=cloud.offline, online=tmp_path / "b", now=NOW)
    with pytest.raises(KeyTrouble, match="never replaced"):
        begin(other, offline=tmp_path / "a", online=cloud.online, now=NOW)
    with pytest.raises(KeyTrouble, match="two folders"):
        begin(other, offline=tmp_path / "a", online=tmp_path / "x" / ".." / "a", now=NOW)
    assert cloud.saved() == before
    assert not other.exists


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RepositoryTrouble, match="cannot be changed"):
        begin(Repository(tmp_path / "file"), offline=tmp_path / "a", online=tmp_path / "b", now=NOW)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "role", ["targets", "snapshot", "timestamp", "models", "plans", "config", "software"]
)
def test_another_key_for_a_role(cloud: Cloud, role: str) -> None:
    old = cloud.keys
    parent = cloud.repository.targets() if role in DELEGATIONS else cloud.repository.root()
    done = replace_key(cloud.repository, role, keys=old, new_in=cloud.online, now=cloud.now)
    assert parent.signed.get_delegated_role(role).keyids == [done.revoked]
    again = cloud.repository.targets() if role in DELEGATIONS else cloud.repository.root()
    assert again.signed.version == parent.signed.version + 1
    assert again.signed.get_delegated_role(role).keyids == [done.added]
    assert role in done.refreshed.signed
    assert done.refreshed.waiting == ()
    assert load_keys(cloud.online).signers.keys() >= {done.added}
    assert refresh(cloud.repository, cloud.keys, now=cloud.now).signed == ()


def test_a_lost_root_key_is_replaced_by_the_other_two(cloud: Cloud) -> None:
    lost, *left = cloud.repository.root().signed.roles["root"].keyids
    two = Keys({keyid: cloud.keys.signers[keyid] for keyid in left})
    with pytest.raises(KeyTrouble, match="say which key of root"):
        replace_key(cloud.repository, "root", keys=two, new_in=cloud.offline, now=cloud.now)
    done = replace_key(
        cloud.repository, "root", keys=two, new_in=cloud.offline, now=cloud.now, revoked=lost[:8]
    )
    root = cloud.repository.root().signed
    assert (done.revoked, root.version) == (lost, 2)
    assert set(root.roles["root"].keyids) == {*left, done.added}
    assert lost not in root.keys


@pytest.mark.parametrize(("role", "needed"), [("timestamp", "root"), ("models", "targets"), ("root", "root")])
def test_nobody_without_the_keys_above_replaces_a_key(cloud: Cloud, role: str, needed: str) -> None:
    before, keys = cloud.saved(), list(cloud.online.iterdir())
    revoked = cloud.repository.root().signed.roles["root"].keyids[0] if role == "root" else None
    with pytest.raises(KeyTrouble, match=f"not enough keys of {needed}"):
        replace_key(
            cloud.repository,
            role,
            keys=load_keys(cloud.online),
            new_in=cloud.online,
            now=cloud.now,
            revoked=revoked,
        )
    assert (cloud.saved(), list(cloud.online.iterdir())) == (before, keys)


@pytest.fixture
def old(cloud: Cloud) -> Cloud:
    """A repository that was begun before there was anything but models to sign."""
    targets = cloud.repository.targets()
    assert targets.signed.delegations is not None
    roles = targets.signed.delegations.roles
    assert roles is not None
    for name in set(roles) - {"models"}:
        del roles[name]
        (cloud.folder / "metadata" / f"1.{name}.json").unlink()
    for number in (1, 2):
        (cloud.folder / "metadata" / f"{number}.snapshot.json").unlink(missing_ok=True)
    (cloud.folder / "metadata" / "timestamp.json").unlink()
    sign(cloud.repository, "targets", targets, cloud.keys, [cloud.repository.root().signed])
    refresh(cloud.repository, cloud.keys, now=cloud.now)
    for path in cloud.offline.glob("software.*"):
        path.unlink()
    return cloud


def test_an_old_repository_works_as_it_did(old: Cloud) -> None:
    assert set(expiries(old.repository)) == {"root", "targets", "models", "snapshot", "timestamp"}
    assert refresh(old.repository, old.keys, now=old.now).signed == ()


def test_a_kind_is_added_to_an_old_repository(old: Cloud) -> None:
    with pytest.raises(KeyTrouble, match="the key of targets is not at hand"):
        add_role(old.repository, "software", keys=load_keys(old.online), new_in=old.offline, now=old.now)
    done = add_role(old.repository, "software", keys=old.keys, new_in=old.offline, now=old.now)
    assert (done.signed, done.waiting) == (("snapshot", "timestamp"), ())
    assert [path.name.split(".")[0] for path in old.offline.glob("software.*")] == ["software"]
    snapshot = old.repository.snapshot()
    assert snapshot is not None
    assert set(snapshot.signed.meta) == {"targets.json", "models.json", "software.json"}
    assert old.repository.targets("software").signed.targets == {}
    with pytest.raises(KeyTrouble, match="has a key already"):
        add_role(old.repository, "software", keys=old.keys, new_in=old.offline, now=old.now)
