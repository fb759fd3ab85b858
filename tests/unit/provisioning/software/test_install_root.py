import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from provisioning.software.install_root import InstallRoot
from provisioning.software.slots import Release, Slots, begin_trial, confirm, next_start
from tests.unit.provisioning.software.conftest import Root

NEW = Release(version="2", sha256="2" * 64)


def test_what_lies_in_a_slot(root: Root) -> None:
    assert (root.release("a"), root.proven("a")) == (Release(version="1"), True)
    assert (root.release("b"), root.proven("b")) == (None, False)
    assert root.fill("b", "", version="2") == root.release("b") == NEW
    assert not root.proven("b")
    root.note_proven("b")
    assert root.proven("b")
    root.disown("b")
    root.disown("b")
    assert (root.release("b"), root.proven("b")) == (None, False)


def test_a_slot_without_its_interpreter_is_worth_nothing(root: Root) -> None:
    root.python("a").unlink()
    assert root.release("a") is None


@pytest.mark.parametrize("text", ["", "{}", "null", '{"version": 1}', "\0"])
def test_a_record_that_is_none(root: Root, text: str) -> None:
    (root.slot("a") / "release.json").write_text(text)
    assert root.release("a") is None


@pytest.mark.parametrize("text", [None, "", "{}", '{"active": "b"'])
def test_without_a_state_what_is_whole_is_started(root: Root, text: str | None) -> None:
    state = root.folder / "slots.json"
    state.unlink() if text is None else state.write_text(text)
    assert root.begun == (text is not None)
    assert root.slots() == Slots(active="a")
    root.fill("b", "", version="2")
    root.disown("a")
    assert root.slots() == Slots(active="b")
    root.disown("b")
    assert root.slots() == Slots(active="a")


class Killed(BaseException):
    """The box is gone, in the middle of whatever it did."""


def update(root: Root, version: str) -> None:
    """Bring a version, have it on trial, prove it: every change of the disk that box and launcher make."""
    idle = root.slots().idle
    root.disown(idle)
    shutil.rmtree(root.slot(idle), ignore_errors=True)
    release = root.fill(idle, "", version=version)
    root.keep(begin_trial(root.slots(), release))
    root.keep(next_start(root.slots())[0])
    root.note_proven(idle)
    root.keep(confirm(root.slots()))


def is_killed_at(step: int, root: Root, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Bring two versions; whether it came to that step."""
    left = iter(range(step))

    def armed(real: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(left, None) is None:
                raise Killed
            return real(*args, **kwargs)

        return call

    changes = (
        (os, "replace"),
        (os, "unlink"),
        (os, "rmdir"),
        (Path, "unlink"),
        (Path, "mkdir"),
        (Path, "open"),
    )
    with monkeypatch.context() as patch:
        for module, name in changes:
            patch.setattr(module, name, armed(getattr(module, name)))
        try:
            update(root, "2")
            update(root, "3")
        except Killed:
            return True
    return False


def test_a_kill_at_any_step_of_an_update_leaves_something_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(200):
        root = Root(tmp_path / str(step))
        root.folder.mkdir()
        root.keep(Slots())
        root.fill("a", "", version="1", proven=True)
        killed = is_killed_at(step, root, monkeypatch)
        after = InstallRoot(root.folder)
        slots, slot = next_start(after.slots())
        assert after.release(slot) is not None
        assert after.proven(slots.active)
        if not killed:
            break
    assert step > 20
    assert after.release("a") == Release(version="3", sha256="3" * 64)
    assert after.slots().active == "a"
