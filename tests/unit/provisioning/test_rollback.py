"""The version before is kept by an update, and comes back whole or not at all."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning import rollback as module
from provisioning import staging
from provisioning.catalogue import Catalogue
from provisioning.models import ModelFolder, installed, read_model, verify
from provisioning.pull import pull
from provisioning.rollback import RollbackFailed, previous, previous_path, rollback
from provisioning.staging import exclusive

Toy = Callable[..., Catalogue]
Update = Callable[[str], ModelFolder]


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def update(tmp_path: Path, models_dir: Path, toy: Toy) -> Update:
    """Bring a version; its file says which."""

    def bring(version: str) -> ModelFolder:
        content = f"the weights of version {version}".encode()
        (tmp_path / "net").write_bytes(content)
        book = toy('{path = "net"}', version=version, content=content)
        return pull("toy", models_dir, catalogue=book.model_copy(update={"folder": tmp_path}), sources=[])

    return bring


def weights(folder: ModelFolder) -> str:
    return folder.file("cpu.tflite").read_text()


def test_a_first_installation_has_nothing_before_it(update: Update, models_dir: Path) -> None:
    update("1")
    assert previous("toy", models_dir) is None
    with pytest.raises(RollbackFailed, match="no version before"):
        rollback("toy", models_dir)
    assert read_model(models_dir / "toy").version == "1"


def test_an_update_keeps_one_version_and_it_is_no_model_of_its_own(update: Update, models_dir: Path) -> None:
    for version in ("1", "2", "3"):
        update(version)
    kept = previous("toy", models_dir)
    assert kept is not None
    assert (kept.version, verify(kept)) == ("2", ())
    assert [model.version for model in installed(models_dir)] == ["3"]
    assert sorted(path.name for path in models_dir.iterdir()) == [".previous", "toy"]


def test_back_and_forth(update: Update, models_dir: Path) -> None:
    update("1")
    update("2")
    for expected, other in (("1", "2"), ("2", "1"), ("1", "2")):
        folder = rollback("toy", models_dir)
        assert (folder.version, verify(folder)) == (expected, ())
        assert weights(folder).endswith(expected)
        kept = previous("toy", models_dir)
        assert kept is not None
        assert kept.version == other


def test_a_repair_does_not_take_the_place_of_the_version_before(update: Update, models_dir: Path) -> None:
    update("1")
    damaged = update("2")
    damaged.file("cpu.tflite").write_text("noise")
    assert verify(update("2")) == ()
    assert [kept.version for kept in [previous("toy", models_dir)] if kept] == ["1"]


def test_a_damaged_version_is_not_kept(update: Update, models_dir: Path) -> None:
    update("1").file("cpu.tflite").write_text("noise")
    update("2")
    assert previous("toy", models_dir) is None


def test_a_version_before_that_was_damaged_stays_where_it_is(update: Update, models_dir: Path) -> None:
    update("1")
    update("2")
    (previous_path(models_dir / "toy") / "cpu.tflite").write_text("noise")
    with pytest.raises(RollbackFailed, match=r"damaged: .*cpu\.tflite"):
        rollback("toy", models_dir)
    assert weights(read_model(models_dir / "toy")).endswith("2")


def test_a_model_that_was_deleted_comes_back(update: Update, models_dir: Path) -> None:
    update("1")
    update("2")
    for path in (models_dir / "toy").iterdir():
        path.unlink()
    (models_dir / "toy").rmdir()
    assert rollback("toy", models_dir).version == "1"
    assert previous("toy", models_dir) is None


def test_somebody_else_at_work_is_not_waited_for_for_ever(update: Update, models_dir: Path) -> None:
    update("1")
    update("2")
    with (
        exclusive(models_dir, timeout_s=5, on_wait=lambda: None),
        pytest.raises(RollbackFailed, match="try again"),
    ):
        rollback("toy", models_dir, lock_timeout_s=0.1)
    assert rollback("toy", models_dir).version == "1"


@pytest.mark.parametrize("name", ["toy", "../toy", "nothing"])
def test_without_a_folder_of_models_there_is_a_reason(tmp_path: Path, name: str) -> None:
    with pytest.raises(RollbackFailed, match="cannot be changed"):
        rollback(name, tmp_path / "nowhere")


@pytest.mark.parametrize("step", range(4))
def test_a_kill_at_any_moment_leaves_one_whole_version(
    update: Update, models_dir: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Each rename, and nothing after it, not even what would tidy up."""
    update("1")
    update("2")

    class KilledError(BaseException):
        """The power is cut."""

    left = [step]

    def cut(real: Callable[..., object]) -> Callable[..., object]:
        def rename(*names: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise KilledError
            return real(*names)

        return rename

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut(Path.rename))
        patch.setattr(os, "replace", cut(os.replace))
        tidy = staging._remove
        patch.setattr(staging, "_remove", lambda path: None if left[0] < 0 else tidy(path))
        try:
            rollback("toy", models_dir)
        except KilledError:
            pass
        else:
            assert step >= 3
    update(read_model(models_dir / "toy").version if (models_dir / "toy").exists() else "2")
    folder = read_model(models_dir / "toy")
    assert verify(folder) == ()
    assert weights(folder).endswith(folder.version)
    assert not [path for path in models_dir.iterdir() if path.name.endswith((".old", ".pull"))]


def test_a_full_disk_costs_the_version_before_and_not_the_update(
    update: Update, models_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    update("1")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", _except_for(".previous", Path.mkdir, full))
    assert update("2").version == "2"
    assert previous("toy", models_dir) is None
    assert "is not kept" in caplog.text
    assert module.PREVIOUS == ".previous"


def _except_for(name: str, real: Callable[..., None], fails: Callable[..., None]) -> Callable[..., None]:
    def mkdir(path: Path, *given: object, **more: object) -> None:
        (fails if path.name == name else real)(path, *given, **more)

    return mkdir
