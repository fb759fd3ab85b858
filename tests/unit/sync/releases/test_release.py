import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.metadata import TargetFile

from sync.releases.errors import ReleaseRefused
from sync.releases.release import Release, ReleaseFile, file_of, name_of, said_of, terms_of

TARGET = "models/intensity/2026.11-rc1/model.toml"
CUSTOM = {"model_id": "intensity", "version": "2026.11-rc1", "blessed": True, "files": ["model.toml"]}


def info(path: str = TARGET, **custom: Any) -> TargetFile:
    return TargetFile(10, {"sha256": "0" * 64}, path, {"custom": {**CUSTOM, **custom}})


def test_a_release_is_called_as_its_path_says() -> None:
    release = Release(target=TARGET, files=(file_of(info()),), custom={})
    assert (release.name, release.version, release.sha256) == ("intensity", "2026.11-rc1", "0" * 64)


PLAIN = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)


@given(name=PLAIN, version=PLAIN)
def test_a_path_names_what_it_is_a_version_of(name: str, version: str) -> None:
    assert name_of(f"models/{name}/{version}/model.toml") == name


@given(name=st.text(max_size=8).filter(lambda text: not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", text)))
def test_a_name_that_is_no_plain_folder_is_refused(name: str) -> None:
    with pytest.raises(ReleaseRefused, match="no path of a release"):
        name_of(f"models/{name}/1/model.toml")


@pytest.mark.parametrize(
    ("needed", "here", "taken"),
    [
        ("1.2", "1.2", True),
        ("1.2", "1.2.0", True),
        ("1.2.0", "1.2", True),
        ("1.2.0", "1.2.dev1", True),
        ("1.2.1", "1.2", False),
        ("1.20", "1.2", False),
        ("0", "0.0", True),
        ("1.10", "1.9.9", False),
        ("1.2", "1.3.0rc1", True),
        ("0.1", "0.1.0+local", True),
        ("1", "unknown", False),
        ("2", "1.99", False),
    ],
)
def test_a_release_for_a_newer_program(*, needed: str, here: str, taken: bool) -> None:
    if taken:
        assert terms_of(info(min_gateway=needed), gateway_version=here).blessed
    else:
        with pytest.raises(ReleaseRefused, match=f"needs version {needed}") as caught:
            terms_of(info(min_gateway=needed), gateway_version=here)
        assert caught.value.reason == "too_old_box"


@pytest.mark.parametrize(
    "custom",
    [
        None,
        [],
        {},
        {**CUSTOM, "files": ["../model.toml"]},
        {**CUSTOM, "files": ["a/b.onnx"]},
        {**CUSTOM, "files": ["MODEL.TOML"]},
        {**CUSTOM, "files": "model.toml"},
        {**CUSTOM, "files": ["model.toml"] * 101},
        {**CUSTOM, "blessed": 1},
        {**CUSTOM, "min_gateway": "newest"},
        {**CUSTOM, "facts": "{"},
        {**CUSTOM, "facts": "[1]"},
        {**CUSTOM, "facts": {"metrics": 1}},
    ],
)
def test_custom_that_says_nothing_a_box_can_use(custom: Any) -> None:
    with pytest.raises(ReleaseRefused, match="does not say what it is") as caught:
        terms_of(TargetFile(10, {"sha256": "0" * 64}, TARGET, {"custom": custom}), gateway_version="1")
    assert caught.value.reason == "damaged"


def test_facts_may_say_more_and_nothing_else() -> None:
    text = '{"metrics": {"mae": 0.25}, "min_gateway": "3", "blessed": false}'
    said = said_of(info(facts=text))
    assert said == {**CUSTOM, "metrics": {"mae": 0.25}, "min_gateway": "3"}
    with pytest.raises(ReleaseRefused, match="needs version 3"):
        terms_of(info(facts=text), gateway_version="1")


@pytest.mark.parametrize(
    "target",
    [
        TargetFile(10, {"sha512": "0" * 128}, TARGET),
        TargetFile(0, {"sha256": "0" * 64}, TARGET),
        TargetFile(10, {"sha256": "0" * 64}, "models/intensity/1/.hidden"),
    ],
)
def test_a_target_that_is_no_file_of_a_release(target: TargetFile) -> None:
    with pytest.raises(ReleaseRefused):
        file_of(target)


def test_a_file_stays_in_its_folder() -> None:
    with pytest.raises(ValueError, match="pattern"):
        ReleaseFile(name="../x.onnx", sha256="0" * 64, size=1)
