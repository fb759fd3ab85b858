"""The attacks that The Update Framework was made against, replayed: each refused, with its reason, in vain.

Every attacker here owns the network and the server. Some have stolen keys as well.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from sync.cloud.signing.ceremony import replace_key
from sync.cloud.signing.keys import Keys, load_keys
from sync.cloud.signing.publish import Published, withdraw
from sync.cloud.signing.refresh import refresh
from sync.releases.errors import CloudUnreachable, Reason, ReleaseError, ReleaseRefused
from tests.unit.sync.releases.signed_cloud import IMPATIENT, Box, Cloud, Lie


@pytest.fixture
def first(cloud: Cloud, box: Box) -> Published:
    """Version 1, which the box has."""
    published = cloud.release("1")
    assert box.install(published) == "1"
    return published


@pytest.fixture
def second(first: Published, cloud: Cloud) -> Published:
    """Version 2, which the box has not seen yet."""
    assert first.version == "1"
    return cloud.release("2")


def assert_refused(
    box: Box, published: Published, reason: Reason, kind: type[ReleaseError] = ReleaseRefused, **options: Any
) -> str:
    """The release is refused for this reason, and no byte of what is installed has changed."""
    before, version = box.content(), box.version()
    with pytest.raises(kind) as caught:
        box.install(published, **options)
    assert caught.value.reason == reason, caught.value
    assert box.content() == before
    assert box.version() == version == "1"
    return str(caught.value)


def signed(cloud: Cloud, metadata: Metadata[Any], role: str) -> Metadata[Any]:
    """Metadata with the signature of an online key, which was stolen."""
    book = cloud.repository
    vouching = book.targets().signed if role in {"models", "plans"} else book.root().signed
    for signer in load_keys(cloud.online).of(vouching.get_delegated_role(role)):
        metadata.sign(signer, append=True)
    return metadata


def forged(cloud: Cloud, *, version: int, meta: dict[str, MetaFile]) -> None:
    """What a thief of the online keys serves: a snapshot and a timestamp of his own."""
    expires = datetime.now(UTC) + timedelta(days=1)
    content = signed(
        cloud, Metadata(Snapshot(version=version, expires=expires, meta=meta)), "snapshot"
    ).to_bytes()
    described = MetaFile.from_data(version, content, ["sha256"])
    timestamp = Timestamp(version=version, expires=expires, snapshot_meta=described)
    cloud.lie(f"metadata/{version}.snapshot.json", content)
    cloud.lie("metadata/timestamp.json", signed(cloud, Metadata(timestamp), "timestamp").to_bytes())


def snapshot_meta(cloud: Cloud) -> dict[str, MetaFile]:
    snapshot = cloud.repository.snapshot()
    assert snapshot is not None
    return snapshot.signed.meta


def test_an_arbitrary_file_of_the_same_length(cloud: Cloud, box: Box, second: Published) -> None:
    path = cloud.served_as(second)
    content = (cloud.folder / path).read_bytes()
    cloud.lie(path, b"!" + content[1:])
    text = assert_refused(box, second, "tampered")
    assert second.target in text


def test_a_file_cut_short(cloud: Cloud, box: Box, second: Published) -> None:
    path = cloud.served_as(second)
    cloud.lie(path, (cloud.folder / path).read_bytes()[:-1])
    assert_refused(box, second, "tampered")


def test_a_file_one_byte_too_long(cloud: Cloud, box: Box, second: Published) -> None:
    path = cloud.served_as(second)
    cloud.lie(path, (cloud.folder / path).read_bytes() + b"!")
    assert_refused(box, second, "endless")


@pytest.mark.parametrize("what", ["file", "metadata/timestamp.json", "metadata/2.root.json"])
def test_endless_data(cloud: Cloud, box: Box, second: Published, what: str) -> None:
    path = cloud.served_as(second) if what == "file" else what
    cloud.lies[path] = lambda handler: handler.endless()
    assert_refused(box, second, "endless")


def test_edited_targets_metadata(cloud: Cloud, box: Box, second: Published) -> None:
    name = f"metadata/{snapshot_meta(cloud)['models.json'].version}.models.json"
    text = (cloud.folder / name).read_text()
    cloud.lie(name, text.replace(second.sha256, "0" * 64).encode())
    assert_refused(box, second, "tampered")


def test_edited_targets_metadata_by_a_thief_of_the_online_keys(
    cloud: Cloud, box: Box, second: Published
) -> None:
    """His snapshot vouches for his edition; he has no key of `models`."""
    meta = snapshot_meta(cloud)
    version = meta["models.json"].version
    name = f"metadata/{version}.models.json"
    edited = (cloud.folder / name).read_text().replace(second.sha256, "0" * 64).encode()
    cloud.lie(name, edited)
    meta["models.json"] = MetaFile.from_data(version, edited, ["sha256"])
    forged(cloud, version=50, meta=meta)
    text = assert_refused(box, second, "unsigned")
    assert "models" in text


def test_rollback_to_older_metadata(cloud: Cloud, box: Box, first: Published) -> None:
    old = cloud.saved()
    refresh(cloud.repository, cloud.keys, now=cloud.now, renew=["snapshot", "timestamp"])
    box_has_seen_it = cloud.release("2")
    with pytest.raises(ReleaseRefused):  # the refusal comes after it has seen what is current
        box.installer.install(box_has_seen_it.target, sha256="0" * 64)
    cloud.replay(old)
    assert_refused(box, box_has_seen_it, "rollback")
    assert first.version == "1"


def test_rollback_of_one_role_by_a_thief_of_the_online_keys(cloud: Cloud, box: Box, first: Published) -> None:
    """He signs a newer snapshot that names the older models, before a release was withdrawn."""
    old = snapshot_meta(cloud)
    withdraw("models", "toy", "1", cloud.repository, cloud.keys, now=cloud.now)
    second = cloud.release("2")
    with pytest.raises(ReleaseRefused):
        box.installer.install(second.target, sha256="0" * 64)
    forged(cloud, version=50, meta=old)
    assert_refused(box, second, "rollback")
    assert first.version == "1"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "models", "targets", "root"])
def test_indefinite_freeze(cloud: Cloud, box: Box, second: Published, role: str) -> None:
    """A role whose term is over is not believed, whoever goes on serving it."""
    vouching = cloud.repository.targets().signed if role == "models" else cloud.repository.root().signed
    own_keys = vouching.get_delegated_role(role).keyids
    metadata = _newest(cloud, role)
    metadata.signed.version += 1
    metadata.signed.expires = datetime.now(UTC) - timedelta(hours=1)
    metadata.signatures.clear()
    for keyid in own_keys:
        metadata.sign(cloud.keys.signers[keyid], append=True)
    cloud.repository.write(role, metadata)
    others = Keys({keyid: signer for keyid, signer in cloud.keys.signers.items() if keyid not in own_keys})
    assert role in refresh(cloud.repository, others, now=cloud.now).waiting
    assert "clock" in assert_refused(box, second, "expired")


def _newest(cloud: Cloud, role: str) -> Metadata[Any]:
    book = cloud.repository
    found: Metadata[Any] | None = {
        "root": book.root,
        "snapshot": book.snapshot,
        "timestamp": book.timestamp,
    }.get(role, lambda: book.targets(role))()
    assert found is not None
    return found


def test_mix_and_match(cloud: Cloud, box: Box, second: Published) -> None:
    """An old snapshot under the new one's name."""
    current = cloud.repository.snapshot()
    assert current is not None
    version = current.signed.version
    cloud.lie(
        f"metadata/{version}.snapshot.json",
        (cloud.folder / "metadata" / f"{version - 1}.snapshot.json").read_bytes(),
    )
    assert_refused(box, second, "tampered")


def test_mix_and_match_by_a_thief_of_the_timestamp_key(cloud: Cloud, box: Box, second: Published) -> None:
    """His timestamp says that the old snapshot is the new one, hash and all."""
    current = cloud.repository.snapshot()
    assert current is not None
    version = current.signed.version
    old = (cloud.folder / "metadata" / f"{version - 1}.snapshot.json").read_bytes()
    cloud.lie(f"metadata/{version}.snapshot.json", old)
    timestamp = Metadata(
        Timestamp(
            version=50,
            expires=datetime.now(UTC) + timedelta(days=1),
            snapshot_meta=MetaFile.from_data(version, old, ["sha256"]),
        )
    )
    cloud.lie("metadata/timestamp.json", signed(cloud, timestamp, "timestamp").to_bytes())
    assert_refused(box, second, "rollback")


def test_a_root_change_with_one_of_two_signatures(cloud: Cloud, box: Box, second: Published) -> None:
    root = cloud.repository.root()
    root.signed.version = 2
    root.signed.roles["root"].threshold = 1
    root.signatures.clear()
    one = cloud.keys.of(root.signed.roles["root"])[0]
    root.sign(one, append=True)
    cloud.lie("metadata/2.root.json", root.to_bytes())
    text = assert_refused(box, second, "unsigned")
    assert "1/2" in text


def test_a_stolen_timestamp_key_after_it_was_revoked(cloud: Cloud, box: Box, second: Published) -> None:
    stolen = cloud.keys
    replace_key(cloud.repository, "timestamp", keys=stolen, new_in=cloud.online, now=cloud.now)
    timestamp = cloud.repository.timestamp()
    assert timestamp is not None
    timestamp.signed.version = 50
    timestamp.signatures.clear()
    for signer in stolen.signers.values():
        timestamp.sign(signer, append=True)
    cloud.lie("metadata/timestamp.json", timestamp.to_bytes())
    assert_refused(box, second, "unsigned")


def test_versions_run_far_ahead_with_stolen_keys_do_not_outlive_them(
    cloud: Cloud, box: Box, second: Published
) -> None:
    """A thief makes boxes believe in version 1,000,000; with other keys, they count anew."""
    forged(cloud, version=1_000_000, meta=snapshot_meta(cloud))
    with pytest.raises(ReleaseRefused):
        box.installer.install(second.target, sha256="0" * 64)
    cloud.lies.clear()
    assert_refused(box, second, "rollback")
    for role in ("snapshot", "timestamp"):
        replace_key(cloud.repository, role, keys=cloud.keys, new_in=cloud.online, now=cloud.now)
    assert box.install(second) == "2"


def test_a_delegated_role_outside_of_its_paths(cloud: Cloud, box: Box, first: Published) -> None:
    """Who may sign plans signs a model."""
    plans = cloud.repository.targets("plans")
    models = cloud.repository.targets("models").signed
    target = TargetFile.from_dict(models.targets[first.target].to_dict(), "models/toy/9/model.toml")
    plans.signed.targets[target.path] = target
    _put_in_place(cloud, plans, "plans")
    before = box.content()
    with pytest.raises(ReleaseRefused) as caught:
        box.installer.install(target.path)
    assert caught.value.reason == "unknown"
    assert box.content() == before


def _put_in_place(cloud: Cloud, metadata: Metadata[Targets], role: str) -> None:
    """Have the service itself publish what the holder of a role's key has signed."""
    metadata.signed.version += 1
    metadata.signatures.clear()
    signed(cloud, metadata, role)
    cloud.repository.write(role, metadata)
    assert "snapshot" in refresh(cloud.repository, cloud.keys, now=cloud.now).signed


@pytest.mark.parametrize("what", ["file", "metadata/timestamp.json"])
@pytest.mark.parametrize("how", ["trickle", "trickle_head", "silent"])
def test_slow_retrieval(
    cloud: Cloud, new_box: Callable[..., Box], second: Published, what: str, how: str
) -> None:
    path = cloud.served_as(second) if what == "file" else what
    content = (cloud.folder / path).read_bytes()
    lies: dict[str, Lie] = {
        "trickle": lambda handler: handler.trickle(content),
        "trickle_head": lambda handler: handler.trickle_head(),
        "silent": lambda handler: handler.silent(),
    }
    cloud.lies[path] = lies[how]
    text = assert_refused(new_box(limits=IMPATIENT), second, "slow", CloudUnreachable)
    assert "later" in text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"blessed": False}, "unblessed"),
        ({"min_gateway": "1.3"}, "too_old_box"),
        ({"model_id": "other"}, "tampered"),
        ({"version": "3"}, "tampered"),
        ({"files": ["model.toml", "../../etc/passwd"]}, "damaged"),
        ({"files": ["model.toml", "never.released"]}, "unknown"),
        ({"files": []}, "damaged"),
        ({"blessed": "yes"}, "damaged"),
    ],
)
def test_what_the_right_key_has_signed_and_this_box_must_not_take(
    cloud: Cloud, box: Box, second: Published, change: dict[str, Any], reason: Reason
) -> None:
    models = cloud.repository.targets("models")
    models.signed.targets[second.target].custom.update(change)
    _put_in_place(cloud, models, "models")
    assert_refused(box, second, reason)


def test_another_release_than_the_one_that_is_desired(cloud: Cloud, box: Box, second: Published) -> None:
    """Whoever gives orders to boxes cannot give another file than was signed, nor the reverse."""
    before = box.content()
    with pytest.raises(ReleaseRefused) as caught:
        box.installer.install(second.target, sha256="0" * 64)
    assert caught.value.reason == "not_desired"
    assert box.content() == before
    assert cloud.requests[-1][0].endswith("models.json")  # nothing of the release was fetched


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b'{"signatures": []}', b"\xff\xfe", b"null"])
def test_rubbish_in_place_of_metadata(cloud: Cloud, box: Box, second: Published, rubbish: bytes) -> None:
    cloud.lie("metadata/timestamp.json", rubbish)
    assert_refused(box, second, "damaged")
    cloud.lies.clear()
    assert box.install(second) == "2"
