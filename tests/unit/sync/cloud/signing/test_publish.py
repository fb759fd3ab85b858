import json
import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.cloud.signing.keys import Keys, load_keys
from sync.cloud.signing.publish import (
    MOST_FACTS_BYTES,
    Published,
    ReleaseFailed,
    publish_model,
    releases,
    withdraw,
)
from sync.cloud.signing.refresh import refresh
from sync.cloud.signing.repository import Repository, RepositoryTrouble
from tests.unit.sync.releases.signed_cloud import Cloud, write_model


def publish(cloud: Cloud, folder: Path, keys: Keys | None = None, **options: Any) -> Published:
    return publish_model(
        folder, cloud.repository, keys or cloud.keys, **{"blessed": True, "now": cloud.now, **options}
    )


def test_every_file_becomes_a_target_under_its_own_hash(cloud: Cloud) -> None:
    folder = cloud.model("7", cpu_tflite=b"cpu", edgetpu_tflite=b"tpu")
    published = publish(cloud, folder)
    targets = cloud.repository.targets("models").signed.targets
    assert sorted(targets) == [
        f"models/toy/7/{name}" for name in ("cpu.tflite", "edgetpu.tflite", "model.toml")
    ]
    for path, target in targets.items():
        (served,) = target.get_prefixed_paths()
        content = (cloud.folder / "targets" / served).read_bytes()
        assert content == (folder / path.rsplit("/", 1)[1]).read_bytes()
        target.verify_length_and_hashes(content)
    assert published.sha256 == targets[published.target].hashes["sha256"]
    assert published.refreshed.signed == ("snapshot", "timestamp")


def test_custom_says_what_each_file_is_for(cloud: Cloud) -> None:
    publish(cloud, cloud.model("7"), facts={"metrics": {"mae": 0.125}, "min_gateway": "1.2"})
    targets = cloud.repository.targets("models").signed.targets
    always = {"model_id": "toy", "version": "7", "task": "intensity"}
    assert targets["models/toy/7/cpu.tflite"].custom == {**always, "runtime": "litert", "accelerator": "cpu"}
    custom = targets["models/toy/7/model.toml"].custom
    assert json.loads(custom.pop("facts")) == {"metrics": {"mae": 0.125}, "min_gateway": "1.2"}
    assert custom == {**always, "files": ["model.toml", "cpu.tflite"], "blessed": True}


def test_nothing_is_released_that_is_not_blessed(cloud: Cloud) -> None:
    before = cloud.saved()
    with pytest.raises(ReleaseFailed, match="not blessed"):
        publish(cloud, cloud.model("1"), blessed=False)
    assert cloud.saved() == before


def test_again_is_the_same(cloud: Cloud) -> None:
    first = publish(cloud, cloud.model("1"), facts={"metrics": 1})
    before = cloud.saved()
    again = publish(cloud, cloud.model("1"), facts={"metrics": 2})
    assert (again.target, again.sha256, again.refreshed.signed) == (first.target, first.sha256, ())
    assert cloud.saved() == before


@pytest.mark.parametrize("other", [{"cpu_tflite": b"other"}, {"cpu_tflite": b"a", "edgetpu_tflite": b"b"}])
def test_a_version_never_means_two_contents(cloud: Cloud, other: dict[str, Any]) -> None:
    publish(cloud, cloud.model("1", cpu_tflite=b"a"))
    before = cloud.saved()
    with pytest.raises(ReleaseFailed, match="version 1 of toy was released with other content"):
        publish(cloud, cloud.model("1", **other))
    assert cloud.saved() == before


def test_a_kill_before_it_was_signed_can_be_repeated(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(cloud.repository, "write", killed)
        with pytest.raises(Killed):
            publish(cloud, cloud.model("1"))
    assert publish(cloud, cloud.model("1")).refreshed.signed == ("snapshot", "timestamp")


def test_who_releases_by_hand_waits_for_the_service(cloud: Cloud) -> None:
    parent = cloud.repository.targets().signed
    own = {keyid: cloud.keys.signers[keyid] for keyid in parent.get_delegated_role("models").keyids}
    published = publish(cloud, cloud.model("1"), Keys(own))
    assert published.refreshed.waiting == ("snapshot",)
    snapshot = cloud.repository.snapshot()
    assert snapshot is not None
    assert snapshot.signed.meta["models.json"].version == 1
    assert refresh(cloud.repository, load_keys(cloud.online), now=cloud.now).signed == (
        "snapshot",
        "timestamp",
    )


def test_without_the_key_of_models_nothing_is_released(cloud: Cloud) -> None:
    with pytest.raises(ReleaseFailed, match="the key of models is not at hand"):
        publish(cloud, cloud.model("1"), load_keys(cloud.offline))
    assert releases(cloud.repository) == ()


def test_a_release_that_is_withdrawn(cloud: Cloud) -> None:
    publish(cloud, cloud.model("1"))
    publish(cloud, cloud.model("2"))
    done = withdraw("models", "toy", "1", cloud.repository, cloud.keys, now=cloud.now)
    assert done.signed == ("snapshot", "timestamp")
    assert [target.path for target in releases(cloud.repository)] == ["models/toy/2/model.toml"]
    with pytest.raises(ReleaseFailed, match="version 1 of toy is not released"):
        withdraw("models", "toy", "1", cloud.repository, cloud.keys, now=cloud.now)
    assert publish(cloud, cloud.model("1")).version == "1"


def test_versions_that_begin_alike_are_different(cloud: Cloud) -> None:
    for version in ("1", "1.1", "11"):
        publish(cloud, cloud.model(version))
    withdraw("models", "toy", "1", cloud.repository, cloud.keys, now=cloud.now)
    assert [target.path.split("/")[2] for target in releases(cloud.repository)] == ["1.1", "11"]


@pytest.mark.parametrize("version", ["1/2", "..", "a b", "é", "-1", "x" * 65, "1\n"])
def test_a_version_that_is_no_name(cloud: Cloud, tmp_path: Path, version: str) -> None:
    folder = write_model(tmp_path / "toy", version)
    with pytest.raises(ReleaseFailed, match="cannot be released: letters, digits"):
        publish(cloud, folder)


def test_a_folder_that_is_no_whole_model(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(ReleaseFailed, match="no model in"):
        publish(cloud, tmp_path / "nowhere")
    folder = cloud.model("1")
    (folder / "cpu.tflite").write_bytes(b"something else")
    with pytest.raises(ReleaseFailed, match=r"cpu\.tflite: 14 bytes instead of"):
        publish(cloud, folder)
    (folder / "cpu.tflite").unlink()
    with pytest.raises(ReleaseFailed, match="No such file"):
        publish(cloud, folder)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"version": "2"}, "cannot say version"),
        ({"blessed": True, "files": []}, "cannot say blessed, files"),
        ({"metrics": math.nan}, "not JSON"),
        ({"metrics": object()}, "not JSON"),
        ({"golden": "x" * MOST_FACTS_BYTES}, "longer than 32768 bytes"),
        ({"min_gateway": 1.2}, "min_gateway must be a version"),
        ({"min_gateway": "soon"}, "min_gateway must be a version"),
    ],
)
def test_facts_that_cannot_be_signed(cloud: Cloud, facts: dict[str, Any], says: str) -> None:
    before = cloud.saved()
    with pytest.raises(ReleaseFailed, match=says):
        publish(cloud, cloud.model("1"), facts=facts)
    assert cloud.saved() == before


def test_a_file_that_changes_while_it_is_released(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cloud.repository.put_target

    def meddled(target: Any, source: Path) -> None:
        source.write_bytes(b"meddled with")
        real(target, source)

    monkeypatch.setattr(cloud.repository, "put_target", meddled)
    with pytest.raises(RepositoryTrouble, match="has changed while it was released"):
        publish(cloud, cloud.model("1"))
    assert releases(cloud.repository) == ()


def test_a_repository_that_was_never_begun(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(RepositoryTrouble, match="gymbox cloud keys make"):
        publish_model(cloud.model("1"), Repository(tmp_path / "new"), cloud.keys, blessed=True, now=cloud.now)


def test_a_release_is_signed_for_a_term(cloud: Cloud) -> None:
    later = cloud.now + timedelta(days=10)
    publish(cloud, cloud.model("1"), now=later)
    expires = cloud.repository.targets("models").signed.expires
    assert abs(expires - later - timedelta(days=30)) < timedelta(seconds=2)
