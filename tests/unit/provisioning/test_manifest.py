import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.manifest import (
    DocumentError,
    ModelFile,
    ModelManifest,
    TensorSpec,
    dump_manifest,
    parse_manifest,
)

lines = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
sizes = st.integers(1, 1000)


@st.composite
def manifests(draw: st.DrawFn) -> ModelManifest:
    files = draw(st.lists(names.map(lambda name: f"{name}.tflite"), min_size=1, max_size=3, unique=True))
    tensors = st.builds(
        TensorSpec,
        file=st.sampled_from(files),
        name=lines,
        shape=st.lists(sizes, min_size=1, max_size=4).map(tuple),
        dtype=st.sampled_from(["float32", "uint8"]),
        unit=lines,
    )
    some = st.lists(tensors, min_size=1, max_size=3).map(tuple)
    hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
    return ModelManifest(
        name=draw(names),
        version=draw(lines),
        task="pose",
        description=draw(lines),
        licence=draw(lines),
        accuracy=draw(lines),
        data=draw(lines),
        inputs=draw(some),
        outputs=draw(some),
        files=tuple(
            ModelFile(name=file, runtime="onnx", sha256=draw(hashes), size=draw(sizes)) for file in files
        ),
    )


@given(manifest=manifests())
def test_what_is_written_is_read_back(manifest: ModelManifest) -> None:
    assert parse_manifest(dump_manifest(manifest)) == manifest


GOOD = """
schema = 1
name = "toy"
version = "1"
task = "pose"
description = "A toy."
licence = "Apache-2.0"
accuracy = "none"
data = "none"
inputs = [{file = "cpu.tflite", name = "image", shape = [1, 8], dtype = "uint8", unit = "RGB"}]
outputs = [{file = "cpu.tflite", name = "points", shape = [1, 3], dtype = "float32", unit = "pixels"}]
[[files]]
name = "cpu.tflite"
runtime = "litert"
sha256 = "SHA"
size = 10
""".replace("SHA", "a" * 64)


def test_a_good_one() -> None:
    manifest = parse_manifest(GOOD)
    assert manifest.file("cpu.tflite").size == 10
    with pytest.raises(KeyError):
        manifest.file("gpu.tflite")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("schema = 1", "schema = 2", "model.toml: schema: Input should be 1, not 2"),
        ("size = 10", 'size = "10"', "files[0].size: Input should be a valid integer, not '10'"),
        ("size = 10", "size = 0", "files[0].size: Input should be greater than or equal to 1, not 0"),
        ("size = 10", "size = 10\nfoo = 1", "files[0].foo: Extra inputs are not permitted"),
        ("[1, 8]", "[1, true]", "inputs[0].shape[1]: Input should be a valid integer"),
        ("[1, 8]", "[]", "inputs[0].shape: "),
        ("a" * 64, "A" * 64, "files[0].sha256: String should match pattern"),
        ('"toy"', '"../toy"', "name: String should match pattern"),
        ('"cpu.tflite"', '"../cpu.tflite"', "files[0].name: String should match pattern"),
        ('"cpu.tflite"', '"model.toml"', "files[0].name: model.toml is the manifest's own name"),
        ('"litert"', '"pycoral"', "files[0].runtime: Input should be 'litert', 'onnx' or 'edgetpu'"),
        ('"cpu.tflite", name = "image"', '"b.tflite", name = "image"', "(top): an input or output is of b."),
        ('task = "pose"', "", "task: Field required"),
        ('task = "pose"', "task = ", "not TOML: Invalid value (at line 5"),
    ],
)  # fmt: skip
def test_a_bad_one_says_where_and_why(old: str, new: str, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_manifest(GOOD.replace(old, new))
    assert problem in str(caught.value)
    assert all(line.startswith("model.toml: ") for line in str(caught.value).splitlines())


def test_files_of_one_name() -> None:
    twice = GOOD + GOOD[GOOD.index("[[files]]") :]
    with pytest.raises(DocumentError, match=r"more than one file is called cpu\.tflite"):
        parse_manifest(twice)


@given(text=st.text(max_size=200))
def test_any_text_is_a_manifest_or_a_clear_error(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_manifest(text, where="somewhere")
    assert caught.value.problems
    assert str(caught.value).startswith("somewhere: ")
