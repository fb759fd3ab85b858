"""The lake in a bucket: rclone serves the S3 protocol over a folder."""

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectMissing, ObjectStore, StoreUnavailable
from tests.unit.sync.cloud.cloud_parts import NOON, CloudParts, Records

NAME = "raw/gym=gym/day=2026-01-02/a.parquet"
KEYS = {"AWS_ACCESS_KEY_ID": "gymbox-in-a-test", "AWS_SECRET_ACCESS_KEY": "not-a-secret-at-all"}
RCLONE = Path(sysconfig.get_path("scripts")) / "rclone"


class Bucket:
    """A server of buckets that can be stopped; its folder shows what lies there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "buckets"
        (self.folder / "lake").mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        login = f"{KEYS['AWS_ACCESS_KEY_ID']},{KEYS['AWS_SECRET_ACCESS_KEY']}"
        address = f"127.0.0.1:{self.port}"
        options = ["--config", str(folder / "rclone.conf"), "--vfs-cache-mode", "off", "--auth-key", login]
        self._server = subprocess.Popen(
            [RCLONE, "serve", "s3", *options, "--addr", address, self.folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        deadline_s = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/", timeout=2)
            except httpx.TransportError:
                assert time.monotonic() < deadline_s
                assert self._server.poll() is None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        self._server.kill()
        self._server.wait(10)


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    served = Bucket(tmp_path)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{served.port}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    yield served
    served.stop()


@pytest.fixture
def objects(bucket: Bucket) -> ObjectStore:
    del bucket
    return ObjectStore("s3://lake/prefix")


@pytest.fixture
def files(bucket: Bucket) -> Callable[[], list[str]]:
    root = bucket.folder / "lake" / "prefix"
    return lambda: sorted(str(each.relative_to(root)) for each in root.rglob("*.parquet"))


def test_an_object_is_written_found_and_deleted(objects: ObjectStore, files: Callable[[], list[str]]) -> None:
    objects.ping()
    objects.put_new(NAME, b"first")
    assert files() == [NAME]
    assert objects.get(NAME) == b"first"
    assert objects.names("raw/gym=gym") == [NAME]
    objects.delete(NAME)
    objects.delete(NAME)
    assert files() == []
    with pytest.raises(ObjectMissing):
        objects.get(NAME)


def test_records_land_and_a_member_is_erased(
    sqlite_parts: CloudParts, records: Records, files: Callable[[], list[str]]
) -> None:
    box = sqlite_parts.gateway()
    ben = records.session("ben")
    sqlite_parts.send(box, records.session("anna"), ben)
    sqlite_parts.clock.advance(hours=2)
    sqlite_parts.send(box, records.erase("anna", at=NOON))
    assert sqlite_parts.eraser.work() == 0
    assert [row.id for row in sqlite_parts.landed()] == [ben.id]
    left = [row.member for name in files() for row in parquet.read(sqlite_parts.objects.get(name))]
    assert left == [records.pseudonym("ben")]


def test_wrong_keys_are_told_in_one_line(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    del bucket
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(StoreUnavailable, match="403") as told:
        ObjectStore("s3://lake/prefix").ping()
    assert "\n" not in str(told.value)
    assert "another" not in str(told.value)


def test_a_bucket_over_http_wants_to_be_allowed(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    del bucket
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(StoreUnavailable):
        ObjectStore("s3://lake/prefix").ping()
