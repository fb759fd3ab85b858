"""The ring in one process: what goes in comes out, newest first, whole or not at all."""

import errno
import gc
import os
import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.processes.ring import FrameRing, FrameTooLargeError, RingError, required_bytes


def picture(value: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), value % 251, dtype=np.uint8)


@pytest.fixture
def ring() -> Iterator[FrameRing]:
    with FrameRing.create(slots=4, max_bytes=64 * 48 * 3) as ring:
        yield ring


def test_an_empty_ring_gives_nothing(ring: FrameRing) -> None:
    assert ring.latest() is None
    assert ring.newest_seq == 0


def test_a_frame_comes_out_as_it_went_in(ring: FrameRing) -> None:
    image = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    seq = ring.write(image, 12.345678901)
    frame = ring.latest()
    assert frame is not None
    assert (frame.seq, frame.captured_s, frame.width, frame.height) == (seq, 12.345678901, 64, 48)
    np.testing.assert_array_equal(frame.image, image)


def test_the_newest_frame_is_given_and_only_once(ring: FrameRing) -> None:
    for value in range(1, 8):
        ring.write(picture(value), float(value))
    frame = ring.latest()
    assert frame is not None
    assert frame.image[0, 0, 0] == 7
    assert ring.latest(frame.seq) is None
    ring.write(picture(8), 8.0)
    newer = ring.latest(frame.seq)
    assert newer is not None
    assert newer.seq == frame.seq + 1


def test_a_frame_that_was_copied_out_does_not_change(ring: FrameRing) -> None:
    ring.write(picture(1), 1.0)
    frame = ring.latest()
    for value in range(2, 12):
        ring.write(picture(value), float(value))
    assert frame is not None
    assert np.all(frame.image == 1)


def test_sizes_may_change_from_frame_to_frame(ring: FrameRing) -> None:
    for width, height in ((64, 48), (10, 7), (48, 64), (1, 1)):
        ring.write(picture(5, width, height), 0.0)
        frame = ring.latest()
        assert frame is not None
        assert frame.image.shape == (height, width, 3)


def test_a_view_that_is_not_contiguous_is_taken(ring: FrameRing) -> None:
    image = np.arange(40 * 40 * 3, dtype=np.uint32).astype(np.uint8).reshape(40, 40, 3)
    ring.write(image[::-1, ::2], 0.0)
    frame = ring.latest()
    assert frame is not None
    np.testing.assert_array_equal(frame.image, image[::-1, ::2])


def test_a_frame_too_large_is_refused_with_numbers(ring: FrameRing) -> None:
    with pytest.raises(FrameTooLargeError, match=r"65x48 takes 9360 bytes.*up to 9216"):
        ring.write(picture(1, width=65), 0.0)


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)],
    ids=["grey", "with alpha", "floats"],
)
def test_what_is_no_picture_is_refused(ring: FrameRing, image: np.ndarray) -> None:
    with pytest.raises(RingError, match="three channels of bytes"):
        ring.write(image, 0.0)


@pytest.mark.parametrize(
    ("slots", "max_bytes"), [(1, 100), (0, 100), (-1, 100), (10_000, 100), (4, 0), (4, 2)]
)
def test_a_ring_that_cannot_work_is_refused(slots: int, max_bytes: int) -> None:
    with pytest.raises(RingError):
        FrameRing.create(slots=slots, max_bytes=max_bytes)


def test_shots_count_cuts_and_frames_carry_them(ring: FrameRing) -> None:
    shots = []
    for cut in (False, False, True, False, True):
        ring.write(picture(1), 0.0, cut=cut)
        frame = ring.latest()
        assert frame is not None
        shots.append(frame.shot)
    assert shots == [1, 1, 2, 2, 3]


def test_a_cut_is_seen_by_a_reader_that_missed_its_frame(ring: FrameRing) -> None:
    ring.write(picture(1), 0.0)
    before = ring.latest()
    ring.write(picture(2), 1.0, cut=True)
    for value in range(3, 9):
        ring.write(picture(value), float(value))
    after = ring.latest()
    assert before is not None
    assert after is not None
    assert after.shot == before.shot + 1


def test_both_ends_in_one_process_see_the_same(ring: FrameRing) -> None:
    with FrameRing.attach(ring.handle) as other:
        other.write(picture(9), 2.0)
        frame = ring.latest()
        assert frame is not None
        assert frame.image[0, 0, 0] == 9


def test_a_new_writer_goes_on_counting(ring: FrameRing) -> None:
    for _ in range(3):
        with FrameRing.attach(ring.handle) as writer:
            last = writer.write(picture(1), 0.0, cut=True)
    assert last == 3
    frame = ring.latest()
    assert frame is not None
    assert frame.shot == 3


def begin_and_die(ring: FrameRing, value: int) -> None:
    """Leave the ring as a writer does that is killed in the middle of a picture."""
    seq = ring._last_begun() + 1
    row = ring._row(seq)
    ring._words[row] = seq
    ring._slot(seq, 64 * 48 * 3)[: 64 * 24 * 3] = value


def test_a_frame_begun_and_never_ended_is_never_given(ring: FrameRing) -> None:
    ring.write(picture(1), 1.0)
    for _ in range(10):
        begin_and_die(ring, 200)
        frame = ring.latest()
        assert frame is None or np.all(frame.image == 1)
        ring.write(picture(1), 1.0)
        whole = ring.latest()
        assert whole is not None
        assert np.all(whole.image == 1)


def test_a_writer_that_died_before_it_announced_its_frame(ring: FrameRing) -> None:
    ring.write(picture(1), 1.0)
    ring.write(picture(2), 2.0)
    ring._words[0] = 1  # whole, but the number of the newest was not written yet
    frame = ring.latest()
    assert frame is not None
    assert frame.image[0, 0, 0] == 1
    assert ring.write(picture(3), 3.0) == 3


def test_a_reader_is_not_wedged_when_every_slot_is_torn(ring: FrameRing) -> None:
    for value in range(1, 5):
        ring.write(picture(value), 0.0)
    ring._words[8::8][:4] += 100
    assert ring.latest() is None


def test_a_header_of_nonsense_is_not_believed(ring: FrameRing) -> None:
    ring.write(picture(1), 0.0)
    ring._words[ring._row(1) + 2] = 1 << 40
    assert ring.latest() is None


def test_closing_twice_is_once() -> None:
    ring = FrameRing.create(slots=2, max_bytes=300)
    fd = ring.handle.fd
    ring.close()
    ring.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def open_things() -> tuple[set[str], int]:
    shared = {path.name for path in Path("/dev/shm").iterdir()}  # noqa: S108 - looked at, not written to
    return shared, len(list(Path("/proc/self/fd").iterdir()))


def test_rings_leave_nothing_behind() -> None:
    before = open_things()
    for _ in range(50):
        with FrameRing.create(slots=2, max_bytes=3000) as ring, FrameRing.attach(ring.handle) as other:
            other.write(picture(1, 10, 10), 0.0)
            assert ring.latest() is not None
    gc.collect()
    assert open_things() == before


def test_a_handle_travels_only_with_the_start_of_a_process(ring: FrameRing) -> None:
    with pytest.raises(RingError, match="being started"):
        pickle.dumps(ring.handle)


def test_too_little_memory_is_said_in_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_fd: int, _offset: int, _size: int) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(os, "posix_fallocate", full)
    before = open_things()
    with pytest.raises(RingError, match=r"need 11\.1 MB of shared memory and the machine has \d+ MB free"):
        FrameRing.create()
    assert open_things() == before


def test_all_memory_is_claimed_at_creation() -> None:
    with FrameRing.create(slots=3, max_bytes=100_000) as ring:
        assert os.fstat(ring.handle.fd).st_blocks * 512 >= required_bytes(slots=3, max_bytes=100_000)


def test_the_default_holds_four_frames_of_720p() -> None:
    assert required_bytes() == pytest.approx(4 * 1280 * 720 * 3, rel=0.01)


@given(
    st.lists(
        st.tuples(st.sampled_from(["write", "cut", "die", "restart", "read"]), st.integers(0, 250)),
        max_size=60,
    ),
    st.integers(2, 5),
)
@settings(max_examples=60, deadline=None)
def test_any_history_of_writers_and_deaths_gives_the_newest_whole_frame(
    history: list[tuple[str, int]], slots: int
) -> None:
    with FrameRing.create(slots=slots, max_bytes=64 * 48 * 3) as ring:
        writer = FrameRing.attach(ring.handle)
        newest: tuple[int, int] | None = None  # seq, value
        read = 0
        deaths = 0
        for action, value in history:
            if action in {"write", "cut"}:
                newest = (writer.write(picture(value), float(value), cut=action == "cut"), value)
                deaths = 0
            elif action == "die":
                begin_and_die(writer, 255)
                deaths += 1
            elif action == "restart":
                writer.close()
                writer = FrameRing.attach(ring.handle)
            else:
                frame = ring.latest(read)
                if frame is None:
                    # Nothing new, or so many died since that the newest's own slot was begun again.
                    assert newest is None or newest[0] <= read or deaths >= slots
                else:
                    assert newest is not None
                    assert (frame.seq, int(frame.image[0, 0, 0])) == newest
                    assert np.all(frame.image == newest[1])
                    assert frame.captured_s == newest[1]
                    read = frame.seq
        writer.close()


def test_a_reader_beside_a_writer_never_sees_two_pictures_in_one() -> None:
    with FrameRing.create(slots=2, max_bytes=160 * 120 * 3) as ring:
        done = threading.Event()

        def write() -> None:
            with FrameRing.attach(ring.handle) as writer:
                for value in range(1, 4001):
                    writer.write(picture(value, 160, 120), float(value))
            done.set()

        thread = threading.Thread(target=write)
        thread.start()
        seen = after = 0
        until_s = time.monotonic() + 20
        while (not done.is_set() or ring.newest_seq > after) and time.monotonic() < until_s:
            frame = ring.latest(after)
            if frame is None:
                continue
            assert frame.seq > after
            assert frame.captured_s == frame.seq
            assert np.all(frame.image == frame.seq % 251)
            after = frame.seq
            seen += 1
        thread.join(5)
        assert after == 4000
        assert seen > 10


def test_a_reader_that_was_held_up_finds_what_came_meanwhile_in_order() -> None:
    small = np.zeros((4, 6, 3), np.uint8)
    with FrameRing.create(slots=4, max_bytes=small.nbytes) as ring:
        assert ring.following(0) is None
        for number in range(1, 8):
            ring.write(np.full_like(small, number), float(number))
        found = []
        after = 3
        while (frame := ring.following(after)) is not None:
            after = frame.seq
            found.append((frame.seq, int(frame.image[0, 0, 0])))
        assert found == [(5, 5), (6, 6), (7, 7)], "the slot after the newest is the writer's"
        last = ring.following(6)
        assert last is not None
        assert last.seq == 7


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_child_that_runs_already_finds_a_ring_at_its_address(ring: FrameRing) -> None:
    ring.write(picture(5), 1.0)
    before = descriptors()
    with FrameRing.attach_at(pickle.loads(pickle.dumps(ring.address))) as other:  # noqa: S301 - our own
        frame = other.latest()
        assert frame is not None
        assert int(frame.image[0, 0, 0]) == 5
        ring.write(picture(6), 2.0)
        assert other.newest_seq == 2
    assert descriptors() == before


def test_an_address_of_nobody_is_told() -> None:
    with FrameRing.create(slots=2, max_bytes=3) as gone:
        address = gone.address
    with pytest.raises(OSError, match="No such file"):
        FrameRing.attach_at(address)
