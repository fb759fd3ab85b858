import hashlib
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.releases.installed import Record, claimed, content_of, difference, load_record, save_record
from sync.releases.release import Release, ReleaseFile
from tests.unit.sync.releases.signed_cloud import write_model

OUTSIDE = (
    b'{"models": {"toy": [{"target": "models/../1/model.toml", "custom": {},'
    b' "files": [{"name": "model.toml", "sha256": "%s", "size": 1}]}]}}' % (b"0" * 64)
)
RELEASES = st.builds(
    lambda name, version, digit: Release(
        target=f"models/{name}/{version}/model.toml",
        files=(ReleaseFile(name="model.toml", sha256=digit * 64, size=1),),
        custom={"metrics": {"mae": 0.5}},
    ),
    st.sampled_from(["intensity", "effect"]),
    st.sampled_from(["1", "2", "3", "4"]),
    st.sampled_from("0123456789abcdef"),
)


@given(steps=st.lists(st.tuples(RELEASES, st.booleans()), max_size=12))
def test_the_record_always_has_what_lies_there(steps: list[tuple[Release, bool]]) -> None:
    """Each step vouches for a release, which then takes its place, or does not."""
    record = Record()
    places: dict[str, list[Release]] = {"intensity": [], "effect": []}
    for release, arrives in steps:
        lying = places[release.name]
        record = record.vouching_for(release, *lying, None)
        if arrives:
            lying[:] = [release, *(each for each in lying if each.files != release.files)][:2]
        for name, expected in places.items():
            assert {each.files for each in expected} <= {each.files for each in record.of(name)}
            assert len(record.of(name)) <= 3
    assert Record.model_validate_json(record.model_dump_json(by_alias=True)) == record


def test_a_record_is_read_as_it_was_written(tmp_path: Path, toy: Release) -> None:
    path = tmp_path / "new" / "installed.json"
    assert load_record(path) == Record()
    record = Record().vouching_for(toy)
    save_record(record, path)
    assert load_record(path) == record
    assert [each.name for each in path.parent.iterdir()] == ["installed.json"]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"schema": 2}',
        b'{"models": {"toy": [1]}}',
        b'{"models": {"../toy": []}}',
        OUTSIDE,
    ],
)
def test_a_damaged_record_is_moved_aside_and_told(
    tmp_path: Path, rubbish: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "installed.json"
    path.write_bytes(rubbish)
    with caplog.at_level(logging.ERROR):
        assert load_record(path) == Record()
    assert (tmp_path / "installed.damaged").read_bytes() == rubbish
    assert "damaged" in caplog.text
    assert load_record(path) == Record()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "toy", "1", cpu_tflite=b"a" * 1000, edgetpu_tflite=b"b" * 1000)


@pytest.fixture
def toy(folder: Path) -> Release:
    """The release that the folder is."""
    files = tuple(
        ReleaseFile(name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), size=1)
        for path in sorted(folder.iterdir(), key=lambda path: path.name != "model.toml")
    )
    return Release(target="models/toy/1/model.toml", files=files, custom={})


@pytest.mark.parametrize("name", ["model.toml", "cpu.tflite", "edgetpu.tflite"])
@pytest.mark.parametrize("place", [0, -1])
def test_one_bit_of_one_file_makes_it_another_content(
    folder: Path, toy: Release, name: str, place: int
) -> None:
    assert content_of(folder, [toy]) == toy
    content = bytearray((folder / name).read_bytes())
    content[place] ^= 1
    (folder / name).write_bytes(content)
    assert content_of(folder, [toy]) is None
    assert f"{name} has changed" in difference(folder, toy)


def test_a_missing_file_and_a_missing_folder(folder: Path, toy: Release) -> None:
    (folder / "edgetpu.tflite").unlink()
    assert content_of(folder, [toy]) is None
    assert "edgetpu.tflite is missing" in difference(folder, toy)
    assert content_of(folder.parent / "nowhere", [toy]) is None
    assert claimed(folder.parent / "nowhere", [toy])


def test_a_model_says_which_version_it_is(tmp_path: Path, toy: Release) -> None:
    assert claimed(write_model(tmp_path / "same" / "toy", "1", cpu_tflite=b"other"), [toy])
    own = write_model(tmp_path / "own" / "toy", "mine")
    assert not claimed(own, [toy])
    (own / "model.toml").write_text("version = [")
    assert claimed(own, [toy])
