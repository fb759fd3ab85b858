import os
from pathlib import Path

import pytest

from sync.cloud.rollout.kinds.software import software_releases, withdraw_release
from sync.cloud.rollout.signed_software import note_signed
from sync.cloud.signing.publish import withdraw
from sync.cloud.signing.repository import Repository
from sync.cloud.signing.software import SoftwareFiles, publish_software
from tests.unit.sync.cloud.simulated_fleet import Fleet
from tests.unit.sync.releases.signed_cloud import Cloud


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    return Cloud(tmp_path / "cloud")


def publish(cloud: Cloud, version: str) -> str:
    wheel, needs = cloud.home / f"gymbox-{version}-py3-none-any.whl", cloud.home / "box.txt"
    wheel.write_text(version)
    needs.touch()
    files = SoftwareFiles(wheel=wheel, requirements=needs)
    return publish_software(files, cloud.repository, cloud.keys, purpose="feature", now=cloud.now).sha256


def known(fleet: Fleet, cloud: Cloud) -> dict[str, str]:
    """Versions and why they were withdrawn, after a look at what is signed."""
    fleet.wait(1)
    note_signed(fleet.database, cloud.repository, clock=fleet.clock)
    with fleet.database.read() as session:
        return {each.version: each.withdrawn for each in software_releases(session)}


def test_before_there_is_a_repository_there_is_nothing(fleet: Fleet, tmp_path: Path) -> None:
    note_signed(fleet.database, Repository(tmp_path / "none"), clock=fleet.clock)
    with fleet.database.read() as session:
        assert software_releases(session) == []


def test_what_is_signed_can_be_rolled_out_until_it_is_withdrawn(fleet: Fleet, cloud: Cloud) -> None:
    assert known(fleet, cloud) == {}
    digest = publish(cloud, "2")
    assert known(fleet, cloud) == known(fleet, cloud) == {"2": ""}
    fleet.add("a")
    begun = fleet.rollouts.start("gymbox", by="operator ann", shadow="software")
    assert begun.challenger["sha256"] == digest
    withdraw("software", "gymbox", "2", cloud.repository, cloud.keys, now=cloud.now)
    assert known(fleet, cloud) == {"2": "whoever signs software has withdrawn it"}
    fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id).rollout.status == "halted"
    publish(cloud, "2")
    publish(cloud, "3")
    assert known(fleet, cloud) == {"2": "", "3": ""}
    assert [each for each in fleet.audited() if each.startswith("software")] == [
        "software.release",
        "software.withdraw",
        "software.release",
        "software.release",
    ]


def test_what_a_person_has_withdrawn_does_not_come_back_by_its_signature(fleet: Fleet, cloud: Cloud) -> None:
    publish(cloud, "2")
    assert known(fleet, cloud) == {"2": ""}
    with fleet.database.write() as session:
        withdraw_release(session, "2", "it forgets the time", by="operator ann", now=fleet.now)
    publish(cloud, "3")
    assert known(fleet, cloud) == known(fleet, cloud) == {"2": "it forgets the time", "3": ""}
    withdraw("software", "gymbox", "2", cloud.repository, cloud.keys, now=cloud.now)
    assert known(fleet, cloud) == {"2": "it forgets the time", "3": ""}
