"""Releases on a disk that fills up while they come."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.cloud.signing.publish import Published, publish_model
from sync.releases import client
from sync.releases.errors import NotKept
from sync.releases.installer import Finding
from tests.unit.sync.releases.signed_cloud import Box, Cloud, write_model

LARGE = 700_000  # bytes, of a disk of two megabytes


@contextmanager
def full_but_for(disk: Path, free: int) -> Iterator[None]:
    """Leave so many bytes of the disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            file.truncate(max(0, file.tell() - free))
    yield
    ballast.unlink()


def large(cloud: Cloud, version: str) -> Published:
    folder = write_model(cloud.home / version / "toy", version, cpu_tflite=version.encode() * LARGE)
    return publish_model(folder, cloud.repository, cloud.keys, blessed=True, now=cloud.now)


@pytest.mark.parametrize("free", [0, 8_192, 400_000, 1_000_000])
def test_a_disk_that_fills_up_in_the_middle(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr(client, "_RESERVE_BYTES", 0)
    with Cloud(tmp_path / "cloud").serving() as cloud:
        box = Box(cloud, small_disk)
        box.install(cloud.release("1"))
        second, before = large(cloud, "2"), box.content()
        with monkeypatch.context() as patch:
            # Somebody else takes the room after it was looked for.
            patch.setattr(client, "_demand_room", lambda *_: None)
            with full_but_for(small_disk, free), pytest.raises(NotKept) as caught:
                box.install(second)
            assert "No space left on device" in str(caught.value)
        assert box.content() == before
        assert box.installer.check() == (Finding("toy", "whole", "1"),)
        with full_but_for(small_disk, free), pytest.raises(NotKept, match=r"MB are needed|No space left"):
            box.install(second)
        assert box.install(second) == "2"
        box.close()
