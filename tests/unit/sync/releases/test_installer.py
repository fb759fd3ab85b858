"""Releases on a box: installed once, compared at every start, with a way back."""

import errno
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.models import read_model, verify
from provisioning.rollback import previous_path, rollback
from sync.cloud.signing.publish import publish_model
from sync.releases.errors import CloudUnreachable, NotKept, ReleaseRefused
from sync.releases.installer import Finding
from tests.unit.sync.releases.signed_cloud import Box, Cloud, write_model

FILES = ["model.toml", "cpu.tflite"]


@pytest.fixture
def updated(cloud: Cloud, box: Box) -> Box:
    """A box with version 2, and version 1 before it."""
    for version in ("1", "2"):
        box.install(cloud.release(version))
    return box


def flip(path: Path) -> None:
    """Change one byte."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_an_update_keeps_the_version_before(updated: Box) -> None:
    assert (updated.version(), updated.version_before()) == ("2", "1")
    folder = read_model(updated.models_dir / "toy")
    assert (folder.version, verify(folder)) == ("2", ())
    assert not (updated.home / "releases" / "incoming").exists()


def test_what_is_there_and_whole_needs_no_network(cloud: Cloud, updated: Box) -> None:
    cloud.requests.clear()
    cloud.lies.update({path: lambda handler: handler.silent() for path in cloud.saved()})
    release = updated.installer.install("models/toy/2/model.toml")
    assert (release.version, cloud.requests) == ("2", [])


def test_what_is_there_with_a_changed_byte_is_fetched_again(updated: Box) -> None:
    flip(updated.models_dir / "toy" / "cpu.tflite")
    assert updated.version() is None
    updated.installer.install("models/toy/2/model.toml")
    assert (updated.version(), updated.version_before()) == ("2", "1")  # damage takes nobody's place


def test_the_same_version_under_another_digest_is_not_what_is_there(updated: Box) -> None:
    with pytest.raises(ReleaseRefused):
        updated.installer.install("models/toy/2/model.toml", sha256="0" * 64)
    assert updated.version() == "2"


def test_back_and_forth_by_the_way_of_every_model(updated: Box) -> None:
    for version in ("1", "2", "1"):
        rollback("toy", updated.models_dir)
        assert updated.version() == version
        assert updated.installer.check() == (Finding("toy", "whole", version),)
    assert updated.installer.install("models/toy/2/model.toml").version == "2"


def test_an_older_release_can_be_desired_again(cloud: Cloud, updated: Box) -> None:
    updated.install(cloud.release("3"))
    assert updated.installer.install("models/toy/1/model.toml").version == "1"
    assert (updated.version(), updated.version_before()) == ("1", "3")


def test_a_start_finds_every_release_whole(cloud: Cloud, updated: Box, new_box: Callable[..., Box]) -> None:
    cloud.url = "http://127.0.0.1:9/releases"  # and asks nobody
    assert new_box().installer.check() == (Finding("toy", "whole", "2"),)
    assert updated.version() == "2"


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_refused_and_the_version_before_is_back(
    updated: Box, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = updated.models_dir / "toy" / name
    flip(damaged)
    seen = damaged.read_bytes()
    if name == "model.toml":
        damaged.write_bytes(seen := seen.replace(b'version = "2"', b'version = "2" # ?'))
    with caplog.at_level(logging.ERROR):
        (finding,) = updated.installer.check()
    assert (finding.name, finding.state, finding.version) == ("toy", "restored", "1")
    assert finding.reason.startswith(f"{name} has changed")
    assert finding.reason in caplog.text
    assert updated.version() == "1"
    assert (updated.models_dir / ".refused" / "toy" / name).read_bytes() == seen  # for whoever looks into it
    assert updated.installer.check() == (Finding("toy", "whole", "1"),)
    assert updated.installer.install("models/toy/2/model.toml").version == "2"


def test_a_missing_file_is_refused_too(updated: Box) -> None:
    (updated.models_dir / "toy" / "cpu.tflite").unlink()
    (finding,) = updated.installer.check()
    assert (finding.state, finding.version) == ("restored", "1")
    assert "missing" in finding.reason


def test_with_both_versions_changed_the_place_is_empty(updated: Box) -> None:
    flip(updated.models_dir / "toy" / "cpu.tflite")
    flip(previous_path(updated.models_dir / "toy") / "cpu.tflite")
    (finding,) = updated.installer.check()
    assert (finding.state, finding.version) == ("refused", None)
    assert not (updated.models_dir / "toy").exists()  # the model that came with the program is used
    assert (updated.models_dir / ".refused" / "toy" / "cpu.tflite").exists()
    (again,) = updated.installer.check()
    assert (again.state, again.version) == ("absent", None)
    assert updated.installer.install("models/toy/2/model.toml").version == "2"


def test_a_model_that_vanished_comes_back_from_before(updated: Box) -> None:
    (updated.models_dir / "toy").rename(updated.home / "elsewhere")
    (finding,) = updated.installer.check()
    assert (finding.state, finding.version) == ("restored", "1")


def test_a_model_that_the_gym_made_itself_stays(cloud: Cloud, updated: Box) -> None:
    write_model(updated.models_dir / "toy", "our-own")
    before = updated.content()
    assert updated.installer.check() == (Finding("toy", "own", None),)
    assert updated.content() == before
    updated.install(cloud.release("3"))
    assert (updated.version(), updated.version_before()) == ("3", "our-own")


def test_models_that_never_came_as_a_release_are_nobodys_business(box: Box) -> None:
    write_model(box.models_dir / "movenet", "4")
    assert box.installer.check() == ()
    assert box.version("movenet") is None


def test_a_lost_record_loses_no_model(updated: Box, new_box: Callable[..., Box]) -> None:
    (updated.home / "releases" / "installed.json").write_text("half a rec")
    before = updated.content()
    again = new_box()
    assert again.installer.check() == ()
    assert again.content() == before
    assert again.installer.install("models/toy/2/model.toml").version == "2"
    assert again.installer.check() == (Finding("toy", "whole", "2"),)


def test_two_models_are_two(cloud: Cloud, box: Box) -> None:
    for name in ("toy", "other"):
        published = publish_model(
            cloud.model("1", name=name), cloud.repository, cloud.keys, blessed=True, now=cloud.now
        )
        box.install(published)
    flip(box.models_dir / "other" / "cpu.tflite")
    assert {found.name: found.state for found in box.installer.check()} == {
        "toy": "whole",
        "other": "refused",
    }
    assert box.version() == "1"


def test_a_shelf_that_cannot_take_it(cloud: Cloud, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.install(cloud.release("1"))
    second, before = cloud.release("2"), box.content()

    def full(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(box.shelf, "put", full)
        with pytest.raises(NotKept, match="Read-only"):
            box.install(second)
        for version in ("3", "4", "5"):
            with pytest.raises(NotKept, match="Read-only"):
                box.install(cloud.release(version))
    assert (box.content(), box.version()) == (before, "1")
    assert box.installer.check() == (Finding("toy", "whole", "1"),)
    assert box.install(second) == "2"


def test_a_week_without_a_network(cloud: Cloud, updated: Box) -> None:
    """What is installed goes on and can go back; only news has to wait."""
    third = cloud.release("3")
    cloud.lies.update({path: lambda handler: handler.give(b"", code=502) for path in cloud.saved()})
    cloud.lies["metadata/2.root.json"] = lambda handler: handler.give(b"", code=502)
    with pytest.raises(CloudUnreachable):
        updated.install(third)
    assert updated.installer.check() == (Finding("toy", "whole", "2"),)
    rollback("toy", updated.models_dir)
    assert updated.installer.check() == (Finding("toy", "whole", "1"),)
    cloud.lies.clear()
    assert updated.install(third) == "3"
