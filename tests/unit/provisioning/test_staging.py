import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.staging import (
    StillLocked,
    exclusive,
    put_in_place,
    recover,
    recover_if_idle,
    sync_folder,
    workshop,
    write_durably,
)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def model(path: Path, word: str) -> Path:
    path.mkdir(parents=True)
    (path / "word").write_text(word)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder is in the hands of somebody else."""
    with exclusive(folder, timeout_s=5, on_wait=lambda: None):
        yield


def test_one_at_a_time(models: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def visit(number: int) -> None:
        with exclusive(models, timeout_s=20, on_wait=lambda: None):
            inside.append(number)
            most.append(len(inside))
            threading.Event().wait(0.02)
            inside.remove(number)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [1] * 5
    assert names(models) == []  # no lock file


def test_a_wait_ends(models: Path) -> None:
    waits: list[None] = []
    with (
        held(models),
        pytest.raises(StillLocked, match=r"has held .*models for 0\.3 s"),
        exclusive(models, timeout_s=0.3, on_wait=lambda: waits.append(None)),
    ):
        pytest.fail("two are inside")
    assert len(waits) >= 2


def test_a_wait_can_be_given_up(models: Path) -> None:
    def give_up() -> None:
        raise KeyboardInterrupt

    with held(models), pytest.raises(KeyboardInterrupt), exclusive(models, timeout_s=60, on_wait=give_up):
        pytest.fail("two are inside")


def test_an_error_inside_releases_the_folder(models: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(models):
        raise ZeroDivisionError
    with held(models):
        pass


def fail_in_a_workshop(models: Path) -> None:
    with workshop(models, "toy") as bench:
        assert bench.name.startswith(".toy.")
        assert names(models) == [bench.name]
        model(bench / "model", "half")
        raise ZeroDivisionError


def test_a_workshop_is_hidden_and_gone_afterwards(models: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_in_a_workshop(models)
    assert names(models) == []


def test_a_first_model(models: Path) -> None:
    with workshop(models, "toy") as bench:
        put_in_place(model(bench / "model", "new"), models / "toy")
    assert names(models) == ["toy"]
    assert (models / "toy" / "word").read_text() == "new"


@pytest.mark.parametrize("what", ["folder", "file", "link", "dangling link"])
def test_whatever_is_in_its_place_makes_way(models: Path, tmp_path: Path, what: str) -> None:
    elsewhere = model(tmp_path / "elsewhere", "precious")
    target = models / "toy"
    if what == "folder":
        model(target, "old")
    elif what == "file":
        target.write_text("old")
    else:
        target.symlink_to(elsewhere if what == "link" else tmp_path / "nowhere")
    with workshop(models, "toy") as bench:
        put_in_place(model(bench / "model", "new"), target)
    assert names(models) == ["toy"]
    assert (target / "word").read_text() == "new"
    assert (elsewhere / "word").read_text() == "precious"


def test_a_rename_that_fails_brings_the_old_one_back(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = model(models / "toy", "old")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("os.replace", fail)
    with workshop(models, "toy") as bench, pytest.raises(OSError, match="Input/output error"):
        put_in_place(model(bench / "model", "new"), target)
    assert names(models) == ["toy"]
    assert (target / "word").read_text() == "old"


def test_recover_brings_back_what_stepped_aside(models: Path) -> None:
    model(models / ".toy.abc.old" / "model", "old")
    model(models / ".toy.def.pull" / "model", "half")
    recover(models)
    assert names(models) == ["toy"]
    assert (models / "toy" / "word").read_text() == "old"


def test_recover_prefers_what_is_in_place(models: Path) -> None:
    model(models / "toy", "new")
    model(models / ".toy.abc.old" / "model", "old")
    recover(models)
    assert names(models) == ["toy"]
    assert (models / "toy" / "word").read_text() == "new"


@pytest.mark.parametrize(
    "name", [".gitkeep", ".toy.pull", ".toy.abc.old.bak", "toy.abc.pull", ".Toy.abc.pull", "..abc.pull"]
)
def test_recover_touches_nothing_else(models: Path, name: str) -> None:
    model(models / name, "not ours")
    recover(models)
    assert names(models) == [name]


def test_a_leftover_that_cannot_be_removed_is_said_and_left(
    models: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model(models / ".toy.abc.pull", "half")

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("shutil.rmtree", refuse)
    recover(models)
    assert "cannot be removed" in caplog.text


def test_clearing_waits_for_nobody(models: Path) -> None:
    model(models / ".toy.abc.pull", "being made")
    with held(models):
        recover_if_idle(models)
        assert names(models) == [".toy.abc.pull"]
    recover_if_idle(models)
    assert names(models) == []
    recover_if_idle(models)
    recover_if_idle(models / "gone")


def test_writing_never_overwrites(models: Path) -> None:
    write_durably(models / "a", "Zoë\n")
    with pytest.raises(FileExistsError):
        write_durably(models / "a", "other")
    assert (models / "a").read_text("utf-8") == "Zoë\n"
    sync_folder(models)
