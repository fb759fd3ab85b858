"""A restore is carried out whole or not at all, wherever the power is cut."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from provisioning.backup import swap

OLD = {
    "store": "old",
    "store-wal": "old",
    "models/a": "old",
    "models/b": "old",
    "config/local": "old",
    "identity": "old",
}
NEW = {"store": "new", "models/a": "new", "key": "new", "config/local": "new"}
PUT = ("config/local", "key", "models", "store")
REMOVE = ("store-wal", "nothing")
AFTER = {**NEW, "identity": "old"}


class PowerCut(BaseException):
    """The machine stops here."""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def there(folder: Path) -> dict[str, str]:
    return {
        each.relative_to(folder).as_posix(): each.read_text() for each in folder.rglob("*") if each.is_file()
    }


@pytest.fixture
def box(tmp_path: Path) -> Path:
    write(tmp_path / "box", OLD)
    return tmp_path / "box"


def restore(box: Path) -> None:
    write(swap.staging(box), NEW)
    swap.commit(box, put=PUT, remove=REMOVE)


@contextmanager
def power_cut_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let so many changes of the disk pass, and none after."""
    done = [0]

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def changing(*facts: object, **more: object) -> object:
            if done[0] == step:
                raise PowerCut
            done[0] += 1
            return change(*facts, **more)

        return changing

    with monkeypatch.context() as patched:
        for name in ("rename", "replace", "unlink"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        patched.setattr(os, "unlink", counted(os.unlink))
        patched.setattr(os, "rmdir", counted(os.rmdir))
        yield done


def test_what_is_restored_takes_the_place_of_what_was_there(box: Path) -> None:
    restore(box)
    assert there(box) == AFTER
    assert not (box / swap.FOLDER).exists()


def test_wherever_the_power_is_cut_everything_is_old_or_becomes_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    for step in range(100):
        box = tmp_path / str(step)
        write(box, OLD)
        with power_cut_at(step, monkeypatch):
            try:
                restore(box)
            except PowerCut:
                cut = True
            else:
                cut = False
        # And again, while the next start looks after it.
        with power_cut_at(step // 2, monkeypatch), suppress(PowerCut):
            swap.finish(box)
        swap.finish(box)
        found = there(box)
        assert found in (OLD, AFTER)
        outcomes.append(found == AFTER)
        if not cut:
            break
    assert not cut
    assert outcomes[0] is False
    assert outcomes == sorted(outcomes)  # from some step on it is new, and never old again
    assert outcomes.count(True) > 5


def test_what_another_command_made_meanwhile_does_not_stand_in_the_way(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with power_cut_at(6, monkeypatch), pytest.raises(PowerCut):
        restore(box)
    for name in ("models", "store"):
        if not (box / name).exists():
            write(box, {f"{name}/stray" if name == "models" else name: "stray"})
    swap.finish(box)
    assert there(box) == AFTER


def test_what_was_not_committed_is_removed(box: Path) -> None:
    write(swap.staging(box), NEW)
    swap.abandon(box)
    assert there(box) == OLD
    write(swap.staging(box), {"half": "x"})
    assert there(swap.staging(box)) == {}
    assert swap.finish(box) is False
    assert there(box) == OLD
