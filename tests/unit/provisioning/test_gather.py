import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from provisioning.catalogue import Catalogue, CatalogueFile
from provisioning.fetch import DestinationFailed, Progress
from provisioning.gather import Gatherer, NotFound
from provisioning.wheels import WheelDownloads

Toy = Callable[..., Catalogue]
WHEEL = '{wheel = "toy-models==1.2", member = "toy_models/deep/net.tflite"}'


def silent(_done: int, _total: int | None, _what: str) -> None:
    """Progress for nobody."""


@pytest.fixture
def file(toy: Toy) -> CatalogueFile:
    return toy(f'{{path = "brought/net"}}, {WHEEL}').models["toy"].files[0]


@pytest.fixture
def gather(tmp_path: Path) -> Callable[..., Gatherer]:
    def make(folders: Sequence[Path] = (), progress: Progress = silent) -> Gatherer:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        return Gatherer(
            name="toy",
            before=tmp_path / "models" / "toy",
            folders=folders,
            base=tmp_path,
            wheels=WheelDownloads(folder=scratch, python="/no/such/python", timeout_s=5, progress=progress),
            progress=progress,
            stall_timeout_s=1,
            https_timeout_s=1,
            ca_file=None,
        )

    return make


Gather = Callable[..., Gatherer]


def place(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_what_is_installed_comes_first(
    tmp_path: Path, gather: Gather, file: CatalogueFile, content: bytes
) -> None:
    place(tmp_path / "models" / "toy" / "cpu.tflite", content)
    gather([tmp_path / "no such folder"]).fetch(file, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content


def test_the_order_and_the_reasons(
    tmp_path: Path, gather: Gather, file: CatalogueFile, content: bytes
) -> None:
    place(tmp_path / "models" / "toy" / "cpu.tflite", content[:5])
    place(tmp_path / "stick" / "x", content[::-1])
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound) as caught:
        gather([tmp_path / "stick", tmp_path / "empty", tmp_path / "gone"]).fetch(file, tmp_path / "out")
    attempts = [(attempt.source, attempt.reason) for attempt in caught.value.attempts]
    assert [source for source, _ in attempts] == [
        str(tmp_path / "models" / "toy" / "cpu.tflite"),
        str(tmp_path / "stick"),
        str(tmp_path / "empty"),
        str(tmp_path / "gone"),
        "brought/net",
        "toy_models/deep/net.tflite in the wheel toy-models==1.2",
    ]
    reasons = [reason for _, reason in attempts]
    assert reasons[0] == "truncated: it ended after 5 of 768000 bytes"
    assert reasons[1].startswith("x: wrong content: sha256 is ")
    assert reasons[2] == "no file of 768000 bytes and no wheel that holds it"
    assert reasons[3].endswith("gone: No such file or directory")
    assert reasons[4] == "No such file or directory"
    assert reasons[5].startswith("pip does not start")
    assert not (tmp_path / "out").exists()


def test_a_path_is_beside_the_catalogue(
    tmp_path: Path, gather: Gather, file: CatalogueFile, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path / "brought" / "net", content)
    monkeypatch.chdir("/")
    gather().fetch(file, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content


def test_decoys_on_a_stick_do_not_stop_the_search(
    tmp_path: Path, gather: Gather, file: CatalogueFile, content: bytes
) -> None:
    stick = tmp_path / "stick"
    for name in ("a", "b", "c"):
        place(stick / name, content[:-1] + name.encode() if content[-1:] != name.encode() else content[::-1])
    place(stick / "toy_models-1.2-py3-none-any.whl", b"not a wheel")
    os.mkfifo(stick / "pipe")  # opening it would wait for ever
    (stick / "dangling").symlink_to(stick / "gone")
    place(stick / "z" / "right", content)
    gather([stick]).fetch(file, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content


def test_a_wheel_for_another_machine_will_do(
    tmp_path: Path, gather: Gather, file: CatalogueFile, toy_wheel: Path, content: bytes
) -> None:
    wheel = next(toy_wheel.iterdir())
    shutil.move(wheel, toy_wheel / "toy_models-1.2-cp39-cp39-macosx_11_0_arm64.whl")
    gather([toy_wheel]).fetch(file, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content


def test_a_wheel_of_another_version_is_not_opened(
    tmp_path: Path, gather: Gather, file: CatalogueFile, toy_wheel: Path
) -> None:
    shutil.move(next(toy_wheel.iterdir()), toy_wheel / "toy_models-1.3-py3-none-any.whl")
    with pytest.raises(NotFound) as caught:
        gather([toy_wheel]).fetch(file, tmp_path / "out")
    assert "no wheel that holds it" in caught.value.attempts[0].reason


def test_a_box_that_cannot_keep_the_file_tries_no_other_source(
    tmp_path: Path, gather: Gather, file: CatalogueFile, content: bytes
) -> None:
    place(tmp_path / "stick" / "net", content)
    with pytest.raises(DestinationFailed, match="No such file or directory"):
        gather([tmp_path / "stick"]).fetch(file, tmp_path / "gone" / "out")


def test_progress_names_the_file(tmp_path: Path, gather: Gather, file: CatalogueFile, content: bytes) -> None:
    seen: list[tuple[int, int | None, str]] = []
    place(tmp_path / "stick" / "net", content)
    gather([tmp_path / "stick"], lambda *step: seen.append(step)).fetch(file, tmp_path / "out")
    assert seen[-1] == (file.size, file.size, "toy/cpu.tflite")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
