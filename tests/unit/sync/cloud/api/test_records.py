import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import zstandard
from sqlalchemy import func, select

from sync.cloud.api.body import read_body
from sync.cloud.app import Cloud
from sync.cloud.database.database import DatabaseUnavailable
from sync.cloud.database.tables import LandedRecord
from sync.cloud.lake.objects import StoreUnavailable

Send = Callable[..., Any]
MEGABYTE = 1024 * 1024


def pack(text: bytes, **options: Any) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(text)


def landed(cloud: Cloud) -> int:
    with cloud.database.read() as session:
        return session.scalar(select(func.count()).select_from(LandedRecord)) or 0


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"]
    return answer.status_code, document["type"].removeprefix("urn:gymbox:problem:")


async def test_every_record_is_in_exactly_one_list(box: Any, cloud: Cloud, records: Any) -> None:
    good, bad = records.session(), records.session(rpe=99)
    for _ in range(2):
        answer = await box.send(good, bad)
        assert answer.status_code == 200
        assert answer.json() == {
            "acknowledged": [good.id],
            "refused": [
                {
                    "id": bad.id,
                    "reason": "the body is none of a session: rpe: input should be less than or equal to 10",
                }
            ],
        }
    assert landed(cloud) == 1


async def test_metrics_tell_what_became_of_them(box: Any, records: Any) -> None:
    record = records.session(stress_index=0.5)
    await box.send(record, records.session(rpe=99))
    await box.send(record)
    text = (await box.client.get("/metrics")).text
    for line in (
        'gymbox_cloud_records_total{outcome="landed"} 1.0',
        'gymbox_cloud_records_total{outcome="known"} 1.0',
        'gymbox_cloud_records_total{outcome="refused"} 1.0',
        "gymbox_cloud_records_stripped_total 2.0",
        'gymbox_cloud_answers_total{status="200"} 2.0',
        "gymbox_cloud_batch_seconds_count 2.0",
        "gymbox_cloud_requests_in_flight 0.0",
    ):
        assert line in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": ""},
        {"Content-Encoding": "zstd, zstd"},
    ],
)
async def test_another_form_is_told_which_one(box: Any, headers: dict[str, str]) -> None:
    answer = await box.post(pack(b""), **headers)
    assert problem(answer) == (415, "form-unknown")
    assert "application/x-ndjson" in answer.json()["detail"]


async def test_parameters_of_the_media_type_are_passed_over(box: Any) -> None:
    answer = await box.post(pack(b"{}"), **{"Content-Type": "Application/X-NDJSON; charset=utf-8"})
    assert problem(answer)[0] == 400


def _without_size(text: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_content_size=False).compress(text)


def _with_wrong_size(text: bytes) -> bytes:
    """A frame that says one byte less than it holds."""
    whole = bytearray(pack(text))
    assert whole[4] == 0x20  # single segment, size in one byte
    whole[5] -= 1
    return bytes(whole)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no zstd",
        pack(b"x" * 50)[:-3],
        pack(b"x") + b"more",
        pack(b"x") * 2,
        _without_size(b"x" * 50),
        _with_wrong_size(b"abcdefghij"),
        zstandard.MAGIC_NUMBER.to_bytes(4, "little") + bytes(200),
    ],
    ids=["empty", "not", "cut", "trailing", "two", "sizeless", "lying", "zeros"],
)
async def test_a_broken_frame_applies_nothing(box: Any, cloud: Cloud, body: bytes) -> None:
    assert problem(await box.post(body)) == (400, "frame-broken")
    assert landed(cloud) == 0


async def test_a_bomb_is_not_unpacked(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(zstandard, "ZstdDecompressor", never)
    bomb = pack(bytes(64 * MEGABYTE))
    assert len(bomb) < 10_000
    assert problem(await box.post(bomb)) == (413, "too-long")


async def test_a_window_of_a_gigabyte_is_refused(box: Any) -> None:
    body = zstandard.MAGIC_NUMBER.to_bytes(4, "little") + bytes([0x80, 0xA0, 5, 0, 0, 0, 1, 0, 0])
    frame = zstandard.get_frame_parameters(body)
    assert (frame.content_size, frame.window_size) == (5, 2**30)
    assert problem(await box.post(body)) == (400, "frame-broken")


async def test_a_long_body_is_refused_before_it_is_read(box: Any) -> None:
    answer = await box.post(b"x" * (MEGABYTE + 1))
    assert problem(answer) == (413, "too-long")
    assert answer.headers["connection"] == "close"

    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(64 * 1024)

    answer = await box.client.post(
        "/api/v1/records",
        content=endless(),
        headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"},
    )
    assert problem(answer) == (413, "too-long")
    assert read <= 20


async def test_too_many_records_are_refused_whole(box: Any, cloud: Cloud, records: Any) -> None:
    line = records.session().to_json().encode()
    assert problem(await box.post(pack(b"\n".join([line] * 1001)))) == (413, "too-long")
    assert landed(cloud) == 0


async def test_a_line_without_an_id_applies_nothing(box: Any, cloud: Cloud, records: Any) -> None:
    answer = await box.post(pack(records.session().to_json().encode() + b"\nnot a record"))
    assert problem(answer) == (400, "batch-refused")
    assert "line 2" in answer.json()["detail"]
    assert landed(cloud) == 0


async def test_a_body_that_does_not_come_is_waited_for_no_longer(
    box: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_body, "__kwdefaults__", {**(read_body.__kwdefaults__ or {}), "within_s": 0.05})

    async def never() -> AsyncIterator[bytes]:
        yield b"begun"
        await asyncio.sleep(30)

    answer = await box.client.post(
        "/api/v1/records",
        content=never(),
        headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"},
    )
    assert problem(answer) == (408, "too-slow")


@pytest.mark.parametrize("error", [DatabaseUnavailable("host=secret"), StoreUnavailable("/secret/path")])
async def test_what_is_down_is_told_as_later(
    box: Any, cloud: Cloud, records: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def down(*_: object) -> None:
        raise error

    monkeypatch.setattr(cloud.ingest, "take", down)
    answer = await box.send(records.session())
    assert problem(answer) == (503, "unavailable")
    assert 2 <= int(answer.headers["retry-after"]) <= 15
    assert "secret" not in answer.text


async def test_what_is_wrong_in_the_service_stays_in_its_log(
    box: Any, cloud: Cloud, records: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(cloud.ingest, "take", broken)
    answer = await box.send(records.session())
    assert problem(answer) == (500, "internal")
    assert "secret" not in answer.text
    assert "secret" in caplog.text


@pytest.mark.parametrize("cloud", [{"SERVICE__MAX_REQUESTS": "2", "SERVICE__WORKERS": "1"}], indirect=True)
async def test_more_at_once_than_there_is_room_for_are_sent_away(
    box: Any, cloud: Cloud, records: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, take, inside, most = threading.Event(), cloud.ingest.take, 0, 0

    def slow(*arguments: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        go.wait(10)
        inside -= 1
        return take(*arguments)

    monkeypatch.setattr(cloud.ingest, "take", slow)
    first, second = (asyncio.create_task(box.send(records.session())) for _ in range(2))
    async with asyncio.timeout(10):
        while "requests_in_flight 2.0" not in (await box.client.get("/metrics")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    third = await box.send(records.session())
    assert problem(third) == (503, "busy")
    assert int(third.headers["retry-after"]) > 0
    go.set()
    assert [(await each).status_code for each in (first, second)] == [200, 200]
    assert most == 1
    assert (await box.send(records.session())).status_code == 200
    assert "gymbox_cloud_requests_turned_away_total 1.0" in (await box.client.get("/metrics")).text


async def test_what_is_not_there_is_a_problem_too(box: Any) -> None:
    assert problem(await box.client.get("/api/v1/nothing")) == (404, "not-found")
    assert problem(await box.client.get("/api/v1/records")) == (405, "method-not-allowed")


async def test_the_description_names_every_route(box: Any) -> None:
    document = json.loads((await box.client.get("/api/v1/openapi.json")).text)
    assert {"/api/v1/records", "/livez", "/readyz", "/metrics"} <= document["paths"].keys()
