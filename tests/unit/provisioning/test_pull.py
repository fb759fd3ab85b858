import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.catalogue import Catalogue
from provisioning.models import installed, verify
from provisioning.pull import PullFailed, PullSettings, UnknownModel, pull, source_folders

Toy = Callable[..., Catalogue]
WHEEL = '{wheel = "toy-models==1.2", member = "toy_models/deep/net.tflite"}'


@pytest.fixture(autouse=True)
def no_sources_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GYMBOX_MODEL_SOURCES", raising=False)


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models"


@pytest.fixture
def stick(tmp_path: Path, content: bytes) -> Path:
    """A folder that someone brought, with the file under another name."""
    folder = tmp_path / "stick"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "renamed.bin").write_bytes(content)
    (folder / "decoy.bin").write_bytes(content[:-1] + b"?")
    return folder


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


WHOLE = ["toy", "toy/cpu.tflite", "toy/model.toml"]


def settings(site: Any, **limits: float) -> PullSettings:
    return PullSettings(ca_file=site.ca_file, **limits)  # type: ignore[arg-type]


def test_from_https(models_dir: Path, toy: Toy, site: Any, content: bytes) -> None:
    seen: list[tuple[int, int | None, str]] = []
    folder = pull(
        "toy",
        models_dir,
        catalogue=toy(f'{{https = "{site.url}/good"}}'),
        settings=settings(site),
        progress=lambda *step: seen.append(step),
    )
    assert folder.file("cpu.tflite").read_bytes() == content
    assert verify(folder) == ()
    assert everything(models_dir) == WHOLE
    assert seen[-1] == (len(content), len(content), "toy/cpu.tflite")


def test_installed_and_whole_needs_no_network(models_dir: Path, toy: Toy, site: Any) -> None:
    book = toy(f'{{https = "{site.url}/good"}}')
    first = pull("toy", models_dir, catalogue=book, settings=settings(site))
    asked = len(site.requests)
    assert pull("toy", models_dir, catalogue=book, settings=settings(site)) == first
    assert len(site.requests) == asked


def test_from_a_path_beside_the_catalogue(models_dir: Path, tmp_path: Path, toy: Toy, content: bytes) -> None:
    (tmp_path / "net").write_bytes(content)
    book = toy('{path = "net"}').model_copy(update={"folder": tmp_path})
    assert verify(pull("toy", models_dir, catalogue=book)) == ()


@pytest.mark.usefixtures("only_toy_index")
def test_from_a_wheel(models_dir: Path, toy: Toy) -> None:
    assert verify(pull("toy", models_dir, catalogue=toy(WHEEL))) == ()
    assert everything(models_dir) == WHOLE


@pytest.mark.usefixtures("only_toy_index")
def test_a_wheel_without_the_member(models_dir: Path, toy: Toy) -> None:
    with pytest.raises(PullFailed, match="has no such member"):
        pull("toy", models_dir, catalogue=toy(WHEEL.replace("net", "gone")))
    assert everything(models_dir) == []


def test_from_a_stick_by_content(models_dir: Path, toy: Toy, stick: Path) -> None:
    book = toy('{https = "https://no-such-host.invalid/x"}')
    assert verify(pull("toy", models_dir, catalogue=book, sources=[stick])) == ()


def test_from_a_stick_that_the_environment_names(
    models_dir: Path, toy: Toy, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GYMBOX_MODEL_SOURCES", f"/no/such/folder{os.pathsep}{stick}")
    assert verify(pull("toy", models_dir, catalogue=toy('{path = "/no/such/file"}'))) == ()


def test_from_a_stick_with_the_wheel(models_dir: Path, toy: Toy, toy_wheel: Path) -> None:
    """What `pip download` on another machine brings; this machine's pip is not needed."""
    no_pip = PullSettings(python="/no/such/python")
    assert verify(pull("toy", models_dir, catalogue=toy(WHEEL), sources=[toy_wheel], settings=no_pip)) == ()


def test_source_folders() -> None:
    assert source_folders({}) == ()
    assert source_folders({"GYMBOX_MODEL_SOURCES": ""}) == ()
    assert source_folders({"GYMBOX_MODEL_SOURCES": "/a::/b"}) == (Path("/a"), Path("/b"))


def test_the_next_source_helps_when_the_first_lies(models_dir: Path, toy: Toy, site: Any) -> None:
    book = toy(
        f'{{https = "{site.url}/wrong"}}, {{https = "{site.url}/truncated"}}, {{https = "{site.url}/good"}}'
    )
    assert verify(pull("toy", models_dir, catalogue=book, settings=settings(site))) == ()


def test_no_source_helps(models_dir: Path, toy: Toy, site: Any, tmp_path: Path, stick: Path) -> None:
    (stick / "deep" / "renamed.bin").unlink()
    book = toy(
        f'{{https = "{site.url}/wrong"}}, {{https = "{site.url}/missing"}},'
        f'{{path = "{tmp_path}/gone"}}, {WHEEL}'
    )
    limits = PullSettings(ca_file=site.ca_file, python="/no/such/python")
    with pytest.raises(PullFailed) as caught:
        pull("toy", models_dir, catalogue=book, sources=[stick, tmp_path / "none"], settings=limits)
    reasons = [attempt.reason for attempt in caught.value.attempts]
    assert reasons[0].startswith("decoy.bin: wrong content")
    assert "No such file" in reasons[1]
    assert reasons[2].startswith("wrong content")
    assert reasons[3] == "the server answers 404 Not Found"
    assert reasons[4] == "No such file or directory"
    assert reasons[5].startswith("pip does not start")
    text = str(caught.value)
    assert text.startswith("model toy: cpu.tflite could not be fetched from any source\n  - ")
    assert "or the wheel toy-models==1.2) in a folder and set GYMBOX_MODEL_SOURCES to that folder" in text
    assert everything(models_dir) == []


def test_unknown_names(models_dir: Path, toy: Toy) -> None:
    with pytest.raises(UnknownModel, match="there is no model cow, only blazepose, movenet"):
        pull("cow", models_dir)
    with pytest.raises(UnknownModel, match=r"model toy: there is no file gpu\.tflite"):
        pull("toy", models_dir, catalogue=toy('{path = "x"}'), optional=["gpu.tflite"])
    assert not models_dir.exists()


def test_a_damaged_model_is_mended(models_dir: Path, toy: Toy, stick: Path) -> None:
    book = toy('{path = "/none"}')
    folder = pull("toy", models_dir, catalogue=book, sources=[stick])
    folder.file("cpu.tflite").write_bytes(b"damaged")
    assert verify(folder) != ()
    assert verify(pull("toy", models_dir, catalogue=book, sources=[stick])) == ()
    (folder.path / "model.toml").write_text("damaged")
    # The file is still right, so the folder itself is source enough.
    assert verify(pull("toy", models_dir, catalogue=book)) == ()
    assert everything(models_dir) == WHOLE


def test_a_mending_that_fails_changes_nothing(models_dir: Path, toy: Toy, stick: Path) -> None:
    folder = pull("toy", models_dir, catalogue=toy('{path = "/none"}'), sources=[stick])
    folder.file("cpu.tflite").write_bytes(b"damaged")
    with pytest.raises(PullFailed, match=r"cpu\.tflite: truncated"):
        pull("toy", models_dir, catalogue=toy('{path = "/none"}'))
    assert folder.file("cpu.tflite").read_bytes() == b"damaged"
    assert everything(models_dir) == WHOLE


def test_a_new_version_replaces_the_old(models_dir: Path, tmp_path: Path, toy: Toy) -> None:
    for version, content in (("1", b"one"), ("2", b"two")):
        (tmp_path / "net").write_bytes(content)
        book = toy(f'{{path = "{tmp_path}/net"}}', version=version, content=content)
        folder = pull("toy", models_dir, catalogue=book)
        assert (folder.version, folder.file("cpu.tflite").read_bytes()) == (version, content)
    kept = [".previous", *(f".previous/{path}" for path in WHOLE)]
    assert everything(models_dir) == [*kept, *WHOLE]


def test_an_optional_file_is_added_and_kept(
    models_dir: Path, tmp_path: Path, toy: Toy, toy_file: Callable[..., str]
) -> None:
    for name in ("cpu", "tpu"):
        (tmp_path / name).write_bytes(name.encode())
    more = toy_file("tpu.tflite", b"tpu", f'{{path = "{tmp_path}/tpu"}}', optional=True, runtime="edgetpu")

    def book(version: str = "1") -> Catalogue:
        return toy(f'{{path = "{tmp_path}/cpu"}}', content=b"cpu", more=more, version=version)

    assert [f.name for f in pull("toy", models_dir, catalogue=book()).manifest.files] == ["cpu.tflite"]
    both = ["cpu.tflite", "tpu.tflite"]
    folder = pull("toy", models_dir, catalogue=book(), optional=["tpu.tflite"])
    assert [file.name for file in folder.manifest.files] == both
    assert [file.name for file in pull("toy", models_dir, catalogue=book()).manifest.files] == both
    assert [file.name for file in pull("toy", models_dir, catalogue=book("2")).manifest.files] == both


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, ValueError])
def test_progress_that_raises_stops_the_pull(
    models_dir: Path, toy: Toy, stick: Path, error: type[BaseException]
) -> None:
    def stop(*_: object) -> None:
        raise error

    with pytest.raises(error):
        pull("toy", models_dir, catalogue=toy('{path = "/none"}'), sources=[stick], progress=stop)
    assert everything(models_dir) == []


def test_a_file_where_the_folder_should_be(tmp_path: Path, toy: Toy, stick: Path) -> None:
    (tmp_path / "models").write_text("I am a file")
    with pytest.raises(PullFailed, match=r"could not be written to .*models: File exists") as caught:
        pull("toy", tmp_path / "models", catalogue=toy('{path = "/none"}'), sources=[stick])
    assert "a folder that this user can write to" in caught.value.advice


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="no folder here that nobody can write to")
def test_a_folder_that_cannot_be_written(toy: Toy, stick: Path) -> None:
    with pytest.raises(PullFailed, match="could not be written to"):
        pull("toy", Path("/proc/sys/models"), catalogue=toy('{path = "/none"}'), sources=[stick])


def test_two_pulls_at_once(models_dir: Path, toy: Toy, site: Any) -> None:
    book = toy(f'{{https = "{site.url}/slow"}}')
    waited: list[str] = []
    problems: list[tuple[str, ...]] = []

    def one() -> None:
        folder = pull(
            "toy",
            models_dir,
            catalogue=book,
            settings=settings(site),
            progress=lambda _done, _total, what: waited.append(what),
        )
        problems.append(verify(folder))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == [()] * 4
    assert site.requests == ["/slow"]
    assert "waiting for another pull" in waited
    assert everything(models_dir) == WHOLE


def test_a_pull_that_waits_too_long(models_dir: Path, toy: Toy, site: Any, stick: Path) -> None:
    started, over = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        started.set()
        over.wait(20)

    book = toy('{path = "/none"}')
    holder = threading.Thread(
        target=pull,
        args=("toy", models_dir),
        kwargs={"catalogue": book, "sources": [stick], "progress": hold},
    )
    holder.start()
    try:
        assert started.wait(10)
        with pytest.raises(PullFailed, match=r"another pull has held .* for 0\.1 s"):
            pull("toy", models_dir, catalogue=book, settings=settings(site, lock_timeout_s=0.1))
    finally:
        over.set()
        holder.join(timeout=20)
    assert installed(models_dir)


def test_movenet_from_reference_data(models_dir: Path, reference_data: Path) -> None:
    folder = pull("movenet", models_dir, sources=[reference_data], optional=["edgetpu.tflite"])
    assert verify(folder) == ()
    assert folder.file("cpu.tflite").stat().st_size == 2_894_840


@pytest.mark.slow
def test_blazepose_from_the_package_index_then_offline(models_dir: Path) -> None:
    seen: list[tuple[int, int | None, str]] = []
    hurried = PullSettings(wheel_timeout_s=80, stall_timeout_s=10)
    no_network = ("no connection", "could not be reached", "no answer within", "took longer")
    try:
        first = pull(
            "blazepose", models_dir, sources=[], settings=hurried, progress=lambda *s: seen.append(s)
        )
    except PullFailed as error:
        if all(any(sign in attempt.reason for sign in no_network) for attempt in error.attempts):
            pytest.skip("no network and no package index here")
        raise
    assert verify(first) == ()
    assert "mediapipe==0.10.21" in {what for _, _, what in seen}
    offline = PullSettings(python="/no/such/python")
    seen.clear()
    assert (
        pull("blazepose", models_dir, sources=[], settings=offline, progress=lambda *s: seen.append(s))
        == first
    )
    assert seen == []
    assert sorted(path.name for path in models_dir.iterdir()) == ["blazepose"]
    assert "mediapipe" not in sys.modules
