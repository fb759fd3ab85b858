import io

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sync.upload.batch import MAX_BYTES, PROBE_BYTES, BatchSize, pack


def unpack(packed: bytes) -> str:
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read().decode()


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n")), max_size=20))
def test_a_record_a_line(records: list[str]) -> None:
    packed = pack(records)
    assert unpack(packed) == "".join(record + "\n" for record in records)
    assert zstandard.get_frame_parameters(packed).content_size == len(unpack(packed).encode())


@given(st.integers(1, MAX_BYTES))
def test_a_bound_on_the_way_is_found_and_met_seldom(bound: int) -> None:
    size = BatchSize()
    refused = 0
    for _ in range(200):
        if size.bytes > bound:
            size.too_large(size.bytes)
            refused += 1
        else:
            size.accepted()
    assert size.bytes <= bound + bound // 16 + 1
    assert refused <= 22 + (20 if bound > 100 else 178)  # to find it, then once in a dozen


def test_a_bound_that_was_lifted_is_noticed() -> None:
    size = BatchSize()
    size.too_large(MAX_BYTES)
    for _ in range(13):
        size.accepted()
    assert size.bytes == MAX_BYTES


def test_a_small_batch_that_was_too_large_counts_for_what_it_was() -> None:
    size = BatchSize()
    size.too_large(1000)
    assert size.bytes == 500
    for _ in range(12):
        size.too_large(size.bytes)
    assert size.bytes == 1


def test_after_trouble_a_probe_then_doubling() -> None:
    size = BatchSize()
    size.failed()
    assert size.bytes == PROBE_BYTES
    steps = 0
    while size.bytes < MAX_BYTES:
        size.accepted()
        steps += 1
    assert steps == 8, "some hundred records more with each"


def test_what_is_too_slow_comes_back_with_half() -> None:
    size = BatchSize()
    size.too_slow(400_000)
    assert size.bytes == PROBE_BYTES
    sizes = []
    for _ in range(7):
        size.accepted()
        sizes.append(size.bytes)
    assert 200_000 in sizes
    assert sizes[-1] < 400_000
    size.too_slow(10)
    size.accepted()
    assert size.bytes >= PROBE_BYTES, "not even a probe got through: that is no matter of size"


@pytest.mark.parametrize("count", [1, 1000])
def test_packing_is_the_same_every_time(count: int) -> None:
    assert pack(["{}"] * count) == pack(["{}"] * count)
