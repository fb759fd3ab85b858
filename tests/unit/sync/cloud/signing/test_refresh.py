"""What is due is signed by whoever can, and nothing else; what does not add up is not handed on."""

import json
import threading
from datetime import timedelta

import pytest
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata

from sync.cloud.signing.keys import Keys, load_keys
from sync.cloud.signing.refresh import Refreshed, expiries, refresh, sign
from sync.cloud.signing.repository import RepositoryTrouble
from sync.cloud.signing.roles import ROLES
from tests.unit.sync.releases.signed_cloud import Cloud

NOTHING = Refreshed((), ())


def days(number: float) -> timedelta:
    return timedelta(days=number)


def test_nothing_is_due_right_after_the_beginning(cloud: Cloud) -> None:
    before = cloud.saved()
    assert refresh(cloud.repository, cloud.keys, now=cloud.now) == NOTHING
    assert cloud.saved() == before
    assert set(expiries(cloud.repository)) == set(ROLES)


@pytest.mark.parametrize(
    ("after_days", "signed", "waiting"),
    [
        (0.4, (), ()),
        (0.6, ("timestamp",), ()),
        (4, ("snapshot", "timestamp"), ()),
        (16, ("models", "plans", "config", "snapshot", "timestamp"), ()),
        (50, ("models", "plans", "config", "snapshot", "timestamp"), ("targets", "software")),
        (200, ("models", "plans", "config", "snapshot", "timestamp"), ("root", "targets", "software")),
    ],
)
def test_the_service_signs_in_time_what_it_can(
    cloud: Cloud, after_days: float, signed: tuple[str, ...], waiting: tuple[str, ...]
) -> None:
    online, later = load_keys(cloud.online), cloud.now + days(after_days)
    assert refresh(cloud.repository, online, now=later) == Refreshed(signed, waiting)
    assert refresh(cloud.repository, online, now=later) == Refreshed((), waiting)
    for role in signed:
        assert expiries(cloud.repository)[role] > later + days(ROLES[role].lifetime_days) * 0.9


def test_the_offline_roles_for_another_term(cloud: Cloud) -> None:
    done = refresh(cloud.repository, load_keys(cloud.offline), now=cloud.now, renew=["targets", "root"])
    assert done == Refreshed(("root", "targets"), ("snapshot",))  # which the service signs at its next round
    assert refresh(cloud.repository, load_keys(cloud.online), now=cloud.now).signed == (
        "snapshot",
        "timestamp",
    )
    assert refresh(cloud.repository, cloud.keys, now=cloud.now) == NOTHING


def test_one_of_three_root_keys_signs_nothing(cloud: Cloud) -> None:
    ids = cloud.repository.root().signed.roles["root"].keyids
    one = Keys({ids[0]: cloud.keys.signers[ids[0]]})
    assert refresh(cloud.repository, one, now=cloud.now, renew=["root"]) == Refreshed((), ("root",))
    root = cloud.repository.root()
    with pytest.raises(UnsignedMetadataError):
        sign(cloud.repository, "root", root, one, [root.signed])
    two = Keys({keyid: cloud.keys.signers[keyid] for keyid in ids[1:]})
    assert refresh(cloud.repository, two, now=cloud.now, renew=["root"]).signed == ("root",)


@pytest.mark.parametrize("lost", ["snapshot", "timestamp"])
def test_a_kill_before_the_last_signatures_is_completed_by_the_next(cloud: Cloud, lost: str) -> None:
    before = cloud.saved()
    cloud.release("1")
    metadata = cloud.folder / "metadata"
    (metadata / "timestamp.json").write_bytes(before["metadata/timestamp.json"])
    if lost == "snapshot":
        (metadata / "2.snapshot.json").unlink()
    assert "timestamp" in refresh(cloud.repository, cloud.keys, now=cloud.now).signed
    snapshot, timestamp = cloud.repository.snapshot(), cloud.repository.timestamp()
    assert snapshot is not None
    assert timestamp is not None
    assert timestamp.signed.snapshot_meta.version == snapshot.signed.version == 2
    assert snapshot.signed.meta["models.json"].version == 2


def test_metadata_of_a_stranger_is_not_handed_on(cloud: Cloud) -> None:
    metadata = cloud.repository.targets("models")
    metadata.signed.version = 99
    (cloud.folder / "metadata" / "99.models.json").write_bytes(metadata.to_bytes())
    with pytest.raises(RepositoryTrouble, match=r"version 99 of the models metadata .* is not signed by"):
        refresh(cloud.repository, load_keys_but(cloud, "models"), now=cloud.now)
    (cloud.folder / "metadata" / "99.models.json").unlink()
    assert refresh(cloud.repository, cloud.keys, now=cloud.now) == NOTHING


def load_keys_but(cloud: Cloud, role: str) -> Keys:
    own = cloud.repository.targets().signed.get_delegated_role(role).keyids
    return Keys({keyid: signer for keyid, signer in cloud.keys.signers.items() if keyid not in own})


def test_an_old_backup_is_not_taken_for_news(cloud: Cloud) -> None:
    cloud.release("1")
    (cloud.folder / "metadata" / "2.models.json").unlink()
    with pytest.raises(RepositoryTrouble, match=r"version 2 of models\.json was published"):
        refresh(cloud.repository, cloud.keys, now=cloud.now)


def test_an_old_backup_of_the_snapshots_is_not_taken_for_news(cloud: Cloud) -> None:
    cloud.release("1")
    (cloud.folder / "metadata" / "2.snapshot.json").unlink()
    (cloud.folder / "metadata" / "2.models.json").unlink()
    with pytest.raises(RepositoryTrouble, match=r"version 2 of snapshot\.json was published"):
        refresh(cloud.repository, cloud.keys, now=cloud.now)


@pytest.mark.parametrize("name", ["1.root.json", "1.targets.json", "1.plans.json", "timestamp.json"])
@pytest.mark.parametrize("content", ["", "{}", '{"signed": {"_type": "root"}}'])
def test_damaged_metadata_is_named(cloud: Cloud, name: str, content: str) -> None:
    (cloud.folder / "metadata" / name).write_text(content)
    with pytest.raises(RepositoryTrouble, match=name):
        refresh(cloud.repository, cloud.keys, now=cloud.now)


def test_metadata_of_another_role_under_a_name_is_damage(cloud: Cloud) -> None:
    metadata = cloud.folder / "metadata"
    (metadata / "1.targets.json").write_bytes((metadata / "1.root.json").read_bytes())
    with pytest.raises(RepositoryTrouble, match="holds root metadata"):
        refresh(cloud.repository, cloud.keys, now=cloud.now)


def test_many_processes_may_do_it_at_once(cloud: Cloud) -> None:
    done: list[Refreshed] = []
    later = cloud.now + days(4)

    def work() -> None:
        done.append(refresh(cloud.repository, cloud.keys, now=later))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(each.signed for each in done) == [(), (), (), ("snapshot", "timestamp")]


def test_every_version_of_metadata_stays_as_it_was_first_served(cloud: Cloud) -> None:
    seen: dict[str, bytes] = {}
    for round_ in range(1, 4):
        cloud.release(str(round_))
        refresh(cloud.repository, cloud.keys, now=cloud.now + days(round_))
        for name, content in cloud.saved().items():
            if not name.endswith("timestamp.json"):
                assert seen.setdefault(name, content) == content
    versions = [
        json.loads(content)["signed"]["version"] for name, content in seen.items() if "models" in name
    ]
    assert sorted(versions) == [1, 2, 3, 4]
    assert isinstance(cloud.repository.timestamp(), Metadata)
