import copy
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.catalogue import (
    Catalogue,
    HttpsSource,
    PathSource,
    WheelSource,
    load_catalogue,
    parse_catalogue,
)
from provisioning.manifest import DocumentError, dump_manifest, parse_document, parse_manifest

Toy = Callable[..., Catalogue]


def test_the_catalogue_that_ships() -> None:
    book = load_catalogue()
    assert set(book.models) == {"blazepose", "movenet"}
    assert [file.name for file in book.models["blazepose"].wanted()] == [
        "detector.tflite",
        "landmarks.tflite",
    ]
    assert [file.name for file in book.models["movenet"].wanted()] == ["cpu.tflite"]
    assert [f.name for f in book.models["movenet"].wanted({"edgetpu.tflite"})] == [
        "cpu.tflite",
        "edgetpu.tflite",
    ]


def test_both_files_of_the_default_model_come_from_one_wheel() -> None:
    first = [file.sources[0] for file in load_catalogue().models["blazepose"].files]
    assert [source.wheel for source in first if isinstance(source, WheelSource)] == ["mediapipe==0.10.21"] * 2


def test_downloads_are_pinned_to_what_never_changes() -> None:
    """A branch or a bare address would one day give other bytes, and every new box would fail."""
    for model in load_catalogue().models.values():
        urls = [s.https for f in model.files for s in f.sources if isinstance(s, HttpsSource)]
        assert all(
            "?generation=" in url or "/104342d2d3480b3e66203073dac24f4e2dbb4c41/" in url for url in urls
        )


@pytest.mark.parametrize("name", ["blazepose", "movenet"])
def test_every_model_has_a_manifest(name: str) -> None:
    model = load_catalogue().models[name]
    manifest = model.manifest(name, model.wanted())
    assert parse_manifest(dump_manifest(manifest)) == manifest
    assert {tensor.file for tensor in manifest.inputs} == {file.name for file in manifest.files}


def test_kinds_of_source(toy: Toy) -> None:
    book = toy('{https = "https://a/b"}, {path = "c"}, {wheel = "d==1", member = "e"}')
    first, second, third = book.models["toy"].files[0].sources
    assert isinstance(first, HttpsSource)
    assert isinstance(second, PathSource)
    assert isinstance(third, WheelSource)
    assert [str(first), str(second), str(third)] == ["https://a/b", "c", "e in the wheel d==1"]
    assert (third.python, third.platform) == ("3.12", "manylinux_2_28_x86_64")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('{https = "http://a/b"}', "sources[0].https: a download address must start with https://"),
        ('{https = "https:///b"}', "sources[0].https: a download address must start with https://"),
        ('{https = "https://u:p@a/b"}', "sources[0].https: a download address must not hold a login"),
        ('{wheel = "d==1"}', "sources[0].member: Field required"),
        ('{wheel = "d>=1", member = "e"}', "sources[0].wheel: String should match"),
        ('{wheel = "--index-url=x==1", member = "e"}', "sources[0].wheel: String should match"),
        ('{wheel = "d==1", member = "/etc/passwd"}', "sources[0].member: a wheel member is a relative path"),
        ('{wheel = "d==1", member = "a/../../b"}', "sources[0].member: a wheel member is a relative path"),
        ('{ftp = "x"}', "sources[0]: a source is {https = …}, {path = …} or {wheel = …, member = …}"),
        ('{path = "a", https = "https://a/b"}', "sources[0].path: Extra inputs are not permitted"),
        ('"https://a/b"', "sources[0]: a source is"),
        ("", "models.toy.files[0].sources: "),
    ],
)  # fmt: skip
def test_a_bad_source_says_where_and_why(toy: Toy, source: str, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        toy(source)
    assert problem in str(caught.value)
    assert len(caught.value.problems) == 1


def test_an_optional_file_that_is_not_there(toy: Toy) -> None:
    model = toy('{path = "a"}').models["toy"]
    with pytest.raises(LookupError, match=r"there is no file gpu\.tflite, only cpu\.tflite"):
        model.wanted({"gpu.tflite"})


def test_a_model_of_optional_files_alone(toy_text: Callable[..., str], toy_file: Callable[..., str]) -> None:
    with pytest.raises(DocumentError, match=r"models\.toy: all files are optional"):
        parse_catalogue(toy_text(toy_file("cpu.tflite", b"x", '{path = "a"}', optional=True)))


def test_a_catalogue_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gone\.toml: cannot be read: .*No such file"):
        load_catalogue(tmp_path / "gone.toml")
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    with pytest.raises(DocumentError, match=r"latin\.toml: cannot be read"):
        load_catalogue(tmp_path / "latin.toml")


def test_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("schema = 1\n[models]\n")
    with pytest.raises(DocumentError, match=r"mine\.toml: models: "):
        load_catalogue(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("wheel", "name", "fits"),
    [
        ("mediapipe==0.10.21", "mediapipe-0.10.21-cp312-cp312-manylinux_2_28_x86_64.whl", True),
        ("mediapipe==0.10.21", "mediapipe-0.10.21-cp311-cp311-macosx_11_0_universal2.whl", True),
        ("mediapipe==0.10.21", "mediapipe-0.10.210-cp312-cp312-linux.whl", False),
        ("toy-models==1.2", "toy_models-1.2-py3-none-any.whl", True),
        ("toy-models==1.2", "toy_models-1x2-py3-none-any.whl", False),
    ],
)
def test_which_wheel_files_fit(wheel: str, name: str, fits: bool) -> None:  # noqa: FBT001 - a table's column
    pattern = WheelSource(wheel=wheel, member="x").file_pattern
    assert bool(pattern.fullmatch(name)) is fits


SHIPPED = tomllib.loads(resources.files("provisioning").joinpath("catalogue.toml").read_text("utf-8"))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    match value:
        case dict():
            return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
        case list():
            return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))]
    return [path]


@given(path=st.sampled_from(leaves(SHIPPED)), junk=st.sampled_from([None, -1, 1.5, "", {}, [[]]]))
def test_one_wrong_value_anywhere_is_named_by_its_key_path(path: tuple[str | int, ...], junk: object) -> None:
    document = copy.deepcopy(SHIPPED)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda _: document)
        with pytest.raises(DocumentError) as caught:
            parse_catalogue("", where="shop.toml")
    key_path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
    assert all(problem.startswith(key_path) for problem in caught.value.problems)
    assert str(caught.value).startswith(f"shop.toml: {key_path}")


@given(text=st.text(max_size=200))
def test_any_text_is_a_clear_error(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_catalogue(text)


def test_the_parser_serves_other_documents_too() -> None:
    assert parse_document('path = "x"', PathSource, where="x").path == "x"
