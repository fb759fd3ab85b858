from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.catalogue import Catalogue, load_catalogue
from provisioning.manifest import dump_manifest
from provisioning.models import ModelFolderError, broken, file_sha256, installed, read_model, verify


@pytest.fixture
def folder(tmp_path: Path, toy: Callable[..., Catalogue], content: bytes) -> Path:
    model = toy('{path = "x"}').models["toy"]
    path = tmp_path / "models" / "toy"
    path.mkdir(parents=True)
    (path / "cpu.tflite").write_bytes(content)
    (path / "model.toml").write_text(dump_manifest(model.manifest("toy", model.wanted())))
    return path


def test_a_whole_model(folder: Path) -> None:
    model = read_model(folder)
    assert (model.name, model.version, model.path) == ("toy", "1", folder)
    assert model.file("cpu.tflite") == folder / "cpu.tflite"
    assert verify(model) == ()
    assert installed(folder.parent) == (model,)
    assert broken(folder.parent) == ()


def test_a_file_that_it_does_not_have(folder: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"model toy has no file gpu\.onnx, only cpu\.tflite"):
        read_model(folder).file("gpu.onnx")


def test_files_that_are_not_whole(folder: Path, content: bytes) -> None:
    file = folder / "cpu.tflite"
    file.write_bytes(content[:-1])
    assert verify(read_model(folder)) == (f"{file}: 767999 bytes instead of 768000",)
    file.write_bytes(content[:-1] + b"!")
    (problem,) = verify(read_model(folder))
    assert problem.startswith(f"{file}: sha256 is {file_sha256(file)} instead of ")
    file.unlink()
    assert verify(read_model(folder)) == (f"{file}: No such file or directory",)
    file.mkdir()
    assert len(verify(read_model(folder))) == 1


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("blazepose", "run: gymbox models pull blazepose"),
        ("phase", "remove the folder, then the packaged one is used, or .*: gymbox models train-phase$"),
        (
            "effect",
            "remove the folder, then the packaged one is used, or .*: gymbox models train-recommender$",
        ),
        ("toy", "nothing of that name can be pulled: remove the folder"),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_no_model_says_what_can_be_done(tmp_path: Path, name: str, way_out: str, there: bool) -> None:  # noqa: FBT001
    if there:
        (tmp_path / name).mkdir()
    with pytest.raises(ModelFolderError, match=f"no model in .*{name}; {way_out}"):
        read_model(tmp_path / name)


def test_what_can_only_be_taught_is_not_in_the_catalogue() -> None:
    assert "phase" not in load_catalogue().models


def test_a_damaged_manifest(folder: Path) -> None:
    (folder / "model.toml").write_text("schema = 1")
    with pytest.raises(ModelFolderError, match=r"toy/model\.toml: version: Field required"):
        read_model(folder)
    assert installed(folder.parent) == ()
    (found,) = broken(folder.parent)
    assert found.path == folder
    assert "Field required" in found.reason


def test_a_manifest_that_is_not_text(folder: Path) -> None:
    (folder / "model.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelFolderError, match="cannot be read"):
        read_model(folder)


def test_a_manifest_of_another_model(folder: Path) -> None:
    other = folder.rename(folder.parent / "other")
    with pytest.raises(ModelFolderError, match="is of the model toy, not other"):
        read_model(other)


def test_pulls_under_way_and_stray_files_are_no_models(folder: Path) -> None:
    folder.rename(folder.parent / ".toy.x.pull")
    (folder.parent / "notes.txt").write_text("x")
    assert installed(folder.parent) == ()
    assert broken(folder.parent) == ()


def test_no_folder_of_models_at_all(tmp_path: Path) -> None:
    assert installed(tmp_path / "gone") == ()
    (tmp_path / "file").write_text("x")
    assert installed(tmp_path / "file") == ()
