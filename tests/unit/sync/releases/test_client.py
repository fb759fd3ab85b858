"""The client on a box where the network, the clock, the disk or the server is not as it should be."""

import errno
import hashlib
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tuf.ngclient import Updater

from sync.cloud.signing.ceremony import replace_key
from sync.cloud.signing.publish import Published, withdraw
from sync.cloud.signing.refresh import refresh
from sync.cloud.signing.roles import ROLES
from sync.releases.errors import (
    ClockWrong,
    CloudUnreachable,
    NotKept,
    ReleaseError,
    ReleaseRefused,
    StoppedEarly,
)
from tests.unit.sync.releases.signed_cloud import IMPATIENT, Box, Cloud


@pytest.fixture
def published(cloud: Cloud) -> Published:
    return cloud.release("1", metrics={"mae": 0.25}, golden={"input": [1.5, 2.5], "output": [3.0]})


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def test_a_release_comes_whole_with_what_its_signers_say(
    cloud: Cloud, box: Box, published: Published, into: Path
) -> None:
    release = box.client.download(published.target, into, sha256=published.sha256)
    assert (release.name, release.version, release.sha256) == ("toy", "1", published.sha256)
    assert release.custom["golden"] == {"input": [1.5, 2.5], "output": [3.0]}
    assert release.custom["metrics"] == {"mae": 0.25}
    source = cloud.model("1")
    assert {path.name for path in into.iterdir()} == {path.name for path in source.iterdir()}
    for file in release.files:
        content = (into / file.name).read_bytes()
        assert content == (source / file.name).read_bytes()
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))


def test_every_question_says_which_box_asks(cloud: Cloud, box: Box, published: Published, into: Path) -> None:
    box.client.download(published.target, into)
    assert len(cloud.requests) >= 6
    assert {who for _, who in cloud.requests} == {"Bearer ggt_toy"}


def test_progress_tells_each_file_to_its_end(box: Box, published: Published, into: Path) -> None:
    told: list[tuple[int, int, str]] = []
    box.client.download(published.target, into, progress=lambda *step: told.append(step))
    last = {name: (done, total) for done, total, name in told}
    assert last == {path.name: (path.stat().st_size,) * 2 for path in into.iterdir()}


def test_progress_may_end_it(box: Box, published: Published, into: Path) -> None:
    class Enough(Exception):  # noqa: N818
        pass

    def stop(*_: object) -> None:
        raise Enough

    with pytest.raises(Enough):
        box.client.download(published.target, into, progress=stop)
    assert box.client.download(published.target, into).version == "1"


def test_nobody_answers(cloud: Cloud, new_box: Callable[..., Box], published: Published, into: Path) -> None:
    cloud.url = "http://127.0.0.1:9/releases"
    with pytest.raises(CloudUnreachable, match="trying again later") as caught:
        new_box().client.download(published.target, into)
    assert caught.value.reason == "unreachable"


class Answer(NamedTuple):
    path: str
    code: int
    says: str


@pytest.mark.parametrize(
    "answer",
    [
        Answer("metadata/2.root.json", 401, "does not know this box"),
        Answer("metadata/timestamp.json", 403, "does not know this box"),
        Answer("metadata/timestamp.json", 404, "404"),
        Answer("metadata/timestamp.json", 503, "503"),
        Answer("metadata/timestamp.json", 302, "302"),  # not followed: the identity is for this host
        Answer("metadata/2.snapshot.json", 500, "500"),
    ],
)
def test_an_answer_that_is_none(
    cloud: Cloud, box: Box, published: Published, into: Path, answer: Answer
) -> None:
    cloud.lies[answer.path] = lambda handler: handler.give(b"", code=answer.code)
    with pytest.raises(CloudUnreachable, match=answer.says):
        box.client.download(published.target, into)
    cloud.lies.clear()
    assert box.client.download(published.target, into).version == "1"


def test_a_server_that_breaks_off(cloud: Cloud, box: Box, published: Published, into: Path) -> None:
    cloud.lies[cloud.served_as(published)] = lambda handler: handler.give(b"half", length=50_000)
    with pytest.raises(CloudUnreachable):
        box.client.download(published.target, into)


def test_a_box_in_1970_neither_trusts_nor_freezes(
    cloud: Cloud, new_box: Callable[..., Box], published: Published, into: Path
) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(ClockWrong, match=r"1970-01-01.*set it") as caught:
        new_box(utc_now=lambda: epoch).client.download(published.target, into)
    assert caught.value.reason == "clock"
    assert cloud.requests == []
    assert new_box().client.download(published.target, into).version == "1"


def test_a_clock_behind_what_the_box_has_seen(
    cloud: Cloud, new_box: Callable[..., Box], published: Published, into: Path
) -> None:
    new_box().client.download(published.target, into)
    back = cloud.now - timedelta(days=40)
    with pytest.raises(ClockWrong, match=f"{back:%Y-%m-%d}"):
        new_box(utc_now=lambda: back).client.download(published.target, into)
    behind = cloud.now - timedelta(days=20)  # no proof that it is wrong
    assert new_box(utc_now=lambda: behind).client.download(published.target, into).version == "1"


def test_a_box_that_was_away_for_years_follows_every_change_of_keys(
    cloud: Cloud, box: Box, published: Published, into: Path
) -> None:
    box.client.download(published.target, into)
    for role in ("timestamp", "snapshot", "targets", "models"):
        place = cloud.offline if role == "targets" else cloud.online
        replace_key(cloud.repository, role, keys=cloud.keys, new_in=place, now=cloud.now)
    for gone in list(cloud.repository.root().signed.roles["root"].keyids):
        replace_key(
            cloud.repository, "root", keys=cloud.keys, new_in=cloud.offline, now=cloud.now, revoked=gone
        )
    cloud.release("2")
    assert cloud.repository.root().signed.version == 7
    assert box.client.download("models/toy/2/model.toml", into).version == "2"


def test_a_term_that_was_renewed_in_time(cloud: Cloud, box: Box, published: Published, into: Path) -> None:
    later = cloud.now + timedelta(days=ROLES["timestamp"].lifetime_days) / 2 + timedelta(minutes=1)
    box.client.download(published.target, into)
    assert refresh(cloud.repository, cloud.keys, now=later).signed == ("timestamp",)
    assert box.client.download(published.target, into).version == "1"


def test_a_release_that_was_withdrawn(cloud: Cloud, box: Box, published: Published, into: Path) -> None:
    withdraw("models", "toy", "1", cloud.repository, cloud.keys, now=cloud.now)
    with pytest.raises(ReleaseRefused, match="withdrawn") as caught:
        box.client.download(published.target, into)
    assert caught.value.reason == "unknown"


@pytest.mark.parametrize(
    "target",
    ["", "model.toml", "models/toy/model.toml", "models/../1/model.toml", "models/toy/1/../../x.toml",
     "models/toy/1/model", "/models/toy/1/model.toml", "models/toy/1/model.toml\n",
     "models/Toy/1/model.toml"],
)  # fmt: skip
def test_what_is_no_path_of_a_release_is_not_asked_for(
    cloud: Cloud, box: Box, into: Path, target: str
) -> None:
    with pytest.raises(ReleaseRefused, match="no path of a release"):
        box.client.download(target, into)
    assert cloud.requests == []


def test_stopping_ends_a_download(cloud: Cloud, box: Box, published: Published, into: Path) -> None:
    path = cloud.served_as(published)
    cloud.lies[path] = lambda handler: handler.trickle(b"." * 500)
    timer = threading.Timer(0.1, box.client.stop)
    timer.start()
    with pytest.raises(StoppedEarly):
        box.client.download(published.target, into)
    timer.join()
    with pytest.raises(StoppedEarly):
        box.client.download(published.target, into)


def asking(*, within_s: float = 0) -> int:
    """How many threads wait for an answer to begin, once those that are ending have ended."""
    for thread in threading.enumerate():
        if thread.name == "release-answer":
            thread.join(timeout=within_s)
    return sum(thread.name == "release-answer" for thread in threading.enumerate())


def test_answers_that_never_begin_hold_few_threads_and_let_them_go(
    cloud: Cloud, new_box: Callable[..., Box], published: Published, into: Path
) -> None:
    assert asking(within_s=10) == 0  # of other tests
    cloud.lies["metadata/2.root.json"] = lambda handler: handler.trickle_head()
    box = new_box(limits=IMPATIENT)
    reasons = []
    for _ in range(6):
        with pytest.raises(CloudUnreachable) as caught:
            box.client.download(published.target, into)
        reasons.append("earlier questions" in str(caught.value))
    assert reasons == [False] * 4 + [True] * 2
    assert asking() == 4
    cloud.lies.clear()
    cloud.over.set()  # the server hangs up
    assert asking(within_s=10) == 0
    assert box.client.download(published.target, into).version == "1"


def test_no_room(box: Box, published: Published, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=60_000_000))
    with pytest.raises(NotKept, match="60 MB free, and 67 MB are needed") as caught:
        box.client.download(published.target, into)
    assert caught.value.reason == "disk"
    assert list(into.iterdir()) == []


def test_a_disk_that_cannot_be_written(
    box: Box, published: Published, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Updater, "_persist_file", full)
    with pytest.raises(NotKept, match="No space left on device"):
        box.client.download(published.target, into)


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"\0\0"])
def test_trusted_metadata_that_a_power_cut_has_damaged_is_fetched_anew(
    new_box: Callable[..., Box], published: Published, into: Path, rubbish: bytes
) -> None:
    box = new_box()
    box.client.download(published.target, into)
    for path in (box.home / "releases" / "metadata").rglob("*.json"):
        path.write_bytes(rubbish)
    (box.home / "releases" / "metadata" / "tmp_left_by_a_kill").write_bytes(b"half")
    assert new_box().client.download(published.target, into).version == "1"
    assert not list((box.home / "releases" / "metadata").glob("tmp*"))
    assert list((box.home / "releases" / "scratch").iterdir()) == []


def test_a_root_that_is_none(
    cloud: Cloud, new_box: Callable[..., Box], published: Published, into: Path
) -> None:
    cloud.root = b"-----BEGIN CERTIFICATE-----"
    with pytest.raises(ReleaseError) as caught:
        new_box().client.download(published.target, into)
    assert caught.value.reason == "damaged"
