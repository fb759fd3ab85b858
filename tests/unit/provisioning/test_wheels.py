import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.catalogue import WheelSource
from provisioning.fetch import DestinationFailed, SourceFailed
from provisioning.wheels import WheelDownloads

NET = WheelSource(wheel="toy-models==1.2", member="toy_models/deep/net.tflite")
Make = Callable[..., WheelDownloads]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def make(scratch: Path) -> Make:
    def build(python: Path | str = sys.executable, timeout_s: float = 60.0) -> WheelDownloads:
        return WheelDownloads(
            folder=scratch, python=str(python), timeout_s=timeout_s, progress=lambda *_: None
        )

    return build


@pytest.fixture
def fake_python(tmp_path: Path) -> Callable[[str], Path]:
    """A stand-in for an interpreter whose pip has version 26.3 and then does as the shell lines say."""

    def write(lines: str, *, version: str = "echo 'pip 26.3 from here (python 3.11)'") -> Path:
        path = tmp_path / "python"
        path.write_text(f'#!/bin/sh\ncase "$*" in *--version) {version}; exit $?;; esac\n{lines}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return write


@pytest.mark.usefixtures("only_toy_index")
def test_real_pip_brings_the_wheel_by_the_users_settings(make: Make, scratch: Path) -> None:
    path = make().path(NET)
    assert path.name == "toy_models-1.2-cp312-cp312-manylinux_2_28_x86_64.whl"
    assert path.is_relative_to(scratch)


@pytest.mark.usefixtures("only_toy_index")
def test_real_pip_without_the_wheel(make: Make) -> None:
    with pytest.raises(SourceFailed, match=r"pip: .*No matching distribution found for toy-models==9"):
        make().path(WheelSource(wheel="toy-models==9", member="x"))


def test_real_pip_without_a_network(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "https://someone:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(SourceFailed, match="no connection to the package index") as caught:
        make().path(NET)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("only_toy_index")
def test_a_folder_called_pip_is_not_run(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__main__.py").write_text("raise SystemExit('I am not pip')")
    monkeypatch.chdir(tmp_path)
    assert make().path(NET).is_file()


@pytest.mark.usefixtures("only_toy_index")
def test_a_wheel_is_downloaded_once(make: Make, only_toy_index: Path) -> None:
    downloads = make()
    first = downloads.path(NET)
    for wheel in only_toy_index.iterdir():
        wheel.unlink()
    assert downloads.path(WheelSource(wheel=NET.wheel, member="toy_models/other.tflite")) == first


def test_a_failure_is_not_tried_again(make: Make, fake_python: Callable[..., Path], tmp_path: Path) -> None:
    downloads = make(fake_python(f"echo x >> {tmp_path}/calls; echo 'ERROR: no' >&2; exit 1"))
    for _ in range(2):
        with pytest.raises(SourceFailed, match="pip: no"):
            downloads.path(NET)
    assert (tmp_path / "calls").read_text() == "x\n"


def test_no_pip_in_this_python(make: Make, fake_python: Callable[..., Path]) -> None:
    python = fake_python("exit 9", version="echo '/usr/bin/python: No module named pip' >&2; false")
    with pytest.raises(
        SourceFailed, match=r"pip is missing or broken \(/usr/bin/python: No module named pip\)"
    ):
        make(python).path(NET)


def test_no_python_at_all(make: Make, tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="pip does not start"):
        make(tmp_path / "gone").path(NET)


def test_a_disk_that_fills_up_under_pip(make: Make, fake_python: Callable[..., Path]) -> None:
    python = fake_python("echo 'ERROR: Could not install: [Errno 28] No space left on device'; exit 1")
    with pytest.raises(DestinationFailed, match="No space left on device"):
        make(python).path(NET)


def test_a_pip_that_brings_nothing(make: Make, fake_python: Callable[..., Path]) -> None:
    with pytest.raises(SourceFailed, match="0 wheels instead of one: all done"):
        make(fake_python("echo all done")).path(NET)


def test_a_pip_that_hangs_is_ended_with_its_children(
    make: Make, fake_python: Callable[..., Path], tmp_path: Path
) -> None:
    python = fake_python(f"sleep 60 & echo $! > {tmp_path}/child; wait")
    begun = time.monotonic()
    with pytest.raises(SourceFailed, match=r"pip took longer than 0\.5 s"):
        make(python, timeout_s=0.5).path(NET)
    assert time.monotonic() - begun < 10
    child = (tmp_path / "child").read_text().strip()
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False
    ).stdout
    assert not state or state.startswith("Z")


def test_a_pip_that_leaves_a_child_on_the_pipe_is_ended(make: Make, fake_python: Callable[..., Path]) -> None:
    begun = time.monotonic()
    with pytest.raises(SourceFailed, match="pip took longer"):
        make(fake_python("sleep 60 & exit 0"), timeout_s=0.5).path(NET)
    assert time.monotonic() - begun < 10


def test_progress_comes_from_pip(scratch: Path, fake_python: Callable[..., Path]) -> None:
    seen: list[tuple[int, int | None, str]] = []
    python = fake_python(
        "echo Progress 10 of 30; echo Progress 30 of 30; echo Progress 5 of 0; echo 'ERROR: x'; exit 1"
    )
    downloads = WheelDownloads(
        folder=scratch, python=str(python), timeout_s=10, progress=lambda *step: seen.append(step)
    )
    with pytest.raises(SourceFailed):
        downloads.path(NET)
    what = "toy-models==1.2"
    assert seen == [(0, None, what), (10, 30, what), (30, 30, what), (5, None, what)]


def test_progress_that_raises_ends_pip(
    scratch: Path, fake_python: Callable[..., Path], tmp_path: Path
) -> None:
    def stop(done: int, *_: object) -> None:
        if done:
            raise KeyboardInterrupt

    python = fake_python(f"echo Progress 10 of 30; sleep 60; touch {tmp_path}/survived")
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        WheelDownloads(folder=scratch, python=str(python), timeout_s=60, progress=stop).path(NET)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("version", "bar"), [("23.0", "off"), ("24.0", "off"), ("24.1", "raw"), ("26.3", "raw")]
)
def test_an_older_pip_is_not_asked_for_what_it_cannot(
    make: Make, fake_python: Callable[..., Path], tmp_path: Path, version: str, bar: str
) -> None:
    python = fake_python(f'echo "$*" > {tmp_path}/arguments; exit 1', version=f"echo pip {version} from here")
    with pytest.raises(SourceFailed):
        make(python).path(NET)
    arguments = (tmp_path / "arguments").read_text()
    assert f"--progress-bar {bar} " in arguments
    assert "-P -m pip download --no-deps --only-binary=:all: --python-version 3.12" in arguments
    assert arguments.endswith(" toy-models==1.2\n")
