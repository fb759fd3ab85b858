import threading
from pathlib import Path

import pytest

from gateway import model_shelf as module
from gateway.model_shelf import ModelShelf
from provisioning.models import installed, read_model, verify
from provisioning.rollback import previous, rollback
from provisioning.staging import exclusive
from tests.unit.sync.releases.signed_cloud import write_model


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


@pytest.fixture
def shelf(models_dir: Path) -> ModelShelf:
    return ModelShelf(models_dir)


def put(shelf: ModelShelf, tmp_path: Path, version: str) -> None:
    shelf.put(write_model(tmp_path / "staged" / version / "toy", version), "toy")


def versions(models_dir: Path) -> tuple[str | None, str | None]:
    """What is in place, and before it."""
    here = [model.version for model in installed(models_dir)]
    before = previous("toy", models_dir)
    return (here[0] if here else None, before.version if before else None)


def test_what_is_put_is_a_model_like_every_other(shelf: ModelShelf, tmp_path: Path, models_dir: Path) -> None:
    put(shelf, tmp_path, "1")
    assert versions(models_dir) == ("1", None)
    put(shelf, tmp_path, "2")
    assert versions(models_dir) == ("2", "1")
    assert verify(read_model(shelf.folder("toy"))) == ()
    assert read_model(shelf.before("toy")).version == "1"
    rollback("toy", models_dir)
    assert versions(models_dir) == ("1", "2")


def test_a_damaged_model_does_not_become_the_version_before(
    shelf: ModelShelf, tmp_path: Path, models_dir: Path
) -> None:
    put(shelf, tmp_path, "1")
    put(shelf, tmp_path, "2")
    (shelf.folder("toy") / "cpu.tflite").write_bytes(b"noise")
    put(shelf, tmp_path, "3")
    assert versions(models_dir) == ("3", "1")


def test_what_is_refused_is_kept_aside(shelf: ModelShelf, tmp_path: Path, models_dir: Path) -> None:
    for version in ("1", "2"):
        put(shelf, tmp_path, version)
    shelf.refuse("toy", back=True)
    assert versions(models_dir) == ("1", None)
    assert read_model(models_dir / ".refused" / "toy").version == "2"
    shelf.refuse("toy", back=False)
    assert versions(models_dir) == (None, None)
    assert read_model(models_dir / ".refused" / "toy").version == "1"  # the last one, no more
    shelf.refuse("toy", back=False)  # and nothing more to refuse
    assert read_model(models_dir / ".refused" / "toy").version == "1"


def test_what_a_kill_left_is_settled(shelf: ModelShelf, tmp_path: Path, models_dir: Path) -> None:
    put(shelf, tmp_path, "1")
    aside = models_dir / ".toy.abc.old"
    aside.mkdir()
    shelf.folder("toy").rename(aside / "model")
    assert versions(models_dir) == (None, None)
    shelf.settle()
    assert versions(models_dir) == ("1", None)
    assert not aside.exists()


def test_it_waits_for_a_pull_and_not_for_ever(
    shelf: ModelShelf, tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shelf, tmp_path, "1")
    monkeypatch.setattr(module, "_LOCK_TIMEOUT_S", 0.05)
    held, done = threading.Event(), threading.Event()

    def pull() -> None:
        with exclusive(models_dir, timeout_s=5, on_wait=lambda: None):
            held.set()
            done.wait(10)

    thread = threading.Thread(target=pull)
    thread.start()
    assert held.wait(10)
    try:
        with pytest.raises(OSError, match="has held"):
            put(shelf, tmp_path, "2")
    finally:
        done.set()
        thread.join(timeout=10)
    assert versions(models_dir) == ("1", None)
