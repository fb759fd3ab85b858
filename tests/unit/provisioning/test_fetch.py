import hashlib
import io
import os
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.fetch import (
    DestinationFailed,
    SourceFailed,
    _Sink,
    copy_path,
    copy_verified,
    copy_wheel_member,
    files_under,
)
from provisioning.manifest import ModelFile


def ignore(_: int) -> None:
    """Progress that nobody wants."""


def fact(content: bytes) -> ModelFile:
    return ModelFile(
        name="a.tflite", runtime="litert", sha256=hashlib.sha256(content).hexdigest(), size=len(content)
    )


class Drips:
    """A stream that gives its bytes in pieces of its own choosing, and may break at the end."""

    def __init__(self, pieces: list[bytes], error: Exception | None = None) -> None:
        self.pieces = list(pieces)
        self.error = error

    def read(self, size: int, /) -> bytes:
        if self.pieces:
            piece = self.pieces.pop(0)
            assert len(piece) <= size
            return piece
        if self.error:
            raise self.error
        return b""


@given(pieces=st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=10))
def test_the_right_bytes_arrive_whatever_the_pieces(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    seen: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        destination = Path(folder, "a.tflite")
        copy_verified(Drips(pieces), destination, fact(content), seen.append)
        assert destination.read_bytes() == content
    assert seen == sorted(seen)
    assert seen[-1] == len(content)


@given(
    pieces=st.lists(st.binary(min_size=1, max_size=50), max_size=10),
    right=st.binary(min_size=1, max_size=200),
)
def test_any_other_bytes_leave_no_file(pieces: list[bytes], right: bytes) -> None:
    if b"".join(pieces) == right:
        return
    with tempfile.TemporaryDirectory() as folder:
        destination = Path(folder, "a.tflite")
        with pytest.raises(SourceFailed, match=r"truncated|too long|wrong content"):
            copy_verified(Drips(pieces), destination, fact(right), ignore)
        assert list(Path(folder).iterdir()) == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError("the read operation timed out"), "stopped answering"),
        (ConnectionResetError(104, "Connection reset by peer"), "broke off: Connection reset"),
        (zipfile.BadZipFile("Bad CRC-32"), "broke off: Bad CRC"),
        (EOFError(), "broke off"),
    ],
)
def test_a_stream_that_breaks_is_the_sources_fault(tmp_path: Path, error: Exception, reason: str) -> None:
    destination = tmp_path / "a.tflite"
    with pytest.raises(SourceFailed, match=reason):
        copy_verified(Drips([b"begun"], error), destination, fact(b"begun and done"), ignore)
    assert not destination.exists()


def test_an_endless_stream_is_left_at_the_bound(tmp_path: Path) -> None:
    class Endless:
        given = 0

        def read(self, size: int, /) -> bytes:
            self.given += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(SourceFailed, match="too long: more than the 10 bytes"):
        copy_verified(stream, tmp_path / "a.tflite", fact(b"0123456789"), ignore)
    assert stream.given <= 1024 * 1024


def test_progress_that_raises_stops_the_copy_and_leaves_no_file(tmp_path: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_verified(io.BytesIO(b"abc"), tmp_path / "a.tflite", fact(b"abc"), stop)
    assert not (tmp_path / "a.tflite").exists()


def test_a_folder_that_is_gone_is_the_destinations_fault(tmp_path: Path) -> None:
    with pytest.raises(DestinationFailed, match="No such file"):
        copy_verified(io.BytesIO(b"abc"), tmp_path / "gone" / "a.tflite", fact(b"abc"), ignore)


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    with pytest.raises(DestinationFailed, match="exists"):
        copy_path(tmp_path / "precious", tmp_path / "precious", fact(b"mine"), ignore)
    assert (tmp_path / "precious").read_bytes() == b"mine"


def test_a_disk_that_fills_up_is_the_destinations_fault(tmp_path: Path) -> None:
    """The limit on file size stands in for the disk: a short write, then an error from the system."""
    program = textwrap.dedent("""
        import hashlib, io, resource, signal, sys
        from pathlib import Path
        from provisioning.fetch import DestinationFailed, copy_verified
        from provisioning.manifest import ModelFile
        content = bytes(900_000)
        sha256 = hashlib.sha256(content).hexdigest()
        fact = ModelFile(name="a.tflite", runtime="litert", sha256=sha256, size=900_000)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        try:
            copy_verified(io.BytesIO(content), Path(sys.argv[1]), fact, lambda n: None)
        except DestinationFailed as error:
            print("kept nothing:", error)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.tflite")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "kept nothing:" in done.stdout
    assert "File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_the_destinations_fault() -> None:
    sink = _Sink(Path("/dev/full"))
    with Path("/dev/full").open("wb", buffering=0) as sink._file:  # noqa: SIM117 - only the write may fail
        with pytest.raises(DestinationFailed, match="No space left on device"):
            sink.write(b"x")


def test_a_member_is_read_from_a_wheel(
    tmp_path: Path, toy_wheel: Path, expected: ModelFile, content: bytes
) -> None:
    wheel = next(toy_wheel.iterdir())
    copy_wheel_member(wheel, "toy_models/deep/net.tflite", tmp_path / "a", expected, ignore)
    assert (tmp_path / "a").read_bytes() == content


def test_wheels_that_are_none(tmp_path: Path, toy_wheel: Path, expected: ModelFile) -> None:
    wheel = next(toy_wheel.iterdir())
    with pytest.raises(SourceFailed, match="has no such member"):
        copy_wheel_member(wheel, "toy_models/gone.tflite", tmp_path / "a", expected, ignore)
    half = tmp_path / "half.whl"
    half.write_bytes(wheel.read_bytes()[: wheel.stat().st_size // 2])
    with pytest.raises(SourceFailed, match=r"half\.whl is not a readable wheel"):
        copy_wheel_member(half, "toy_models/deep/net.tflite", tmp_path / "a", expected, ignore)
    with pytest.raises(SourceFailed, match="No such file"):
        copy_wheel_member(tmp_path / "gone.whl", "x", tmp_path / "a", expected, ignore)


def test_a_wheel_with_a_flipped_byte(tmp_path: Path, toy_wheel: Path, expected: ModelFile) -> None:
    wheel = next(toy_wheel.iterdir())
    data = bytearray(wheel.read_bytes())
    data[1000] ^= 1
    wheel.write_bytes(data)
    with pytest.raises(SourceFailed, match=r"CRC|wrong content"):
        copy_wheel_member(wheel, "toy_models/deep/net.tflite", tmp_path / "a", expected, ignore)
    assert not (tmp_path / "a").exists()


def test_files_under_a_folder_come_in_order(tmp_path: Path) -> None:
    for name in ("b/2", "a/1", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in files_under(tmp_path)] == ["c", "a/1", "b/2"]


def test_files_under_what_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="No such file"):
        list(files_under(tmp_path / "gone"))


def test_files_under_a_whole_disk_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.fetch.MAX_FILES_SEARCHED", 3)
    for number in range(5):
        os.mknod(tmp_path / str(number))
    with pytest.raises(SourceFailed, match="more than 3 files"):
        list(files_under(tmp_path))
