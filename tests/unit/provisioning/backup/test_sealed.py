import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.backup.sealed import (
    _CHUNK_BYTES,
    _HEADER,
    _TAG_BYTES,
    LEAST_PASSPHRASE,
    MAGIC,
    BackupUnreadable,
    PassphraseRefused,
    SealedReader,
    SealingWriter,
)

PASSPHRASE = "correct horse battery"  # noqa: S105 - of the tests
CHUNK = _CHUNK_BYTES + _TAG_BYTES


def sealed(content: bytes, passphrase: str = PASSPHRASE) -> bytes:
    file = io.BytesIO()
    with SealingWriter(file, passphrase, log2_n=2) as writer:
        writer.write(content)
    return file.getvalue()


def opened(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data), passphrase)).read()


@settings(max_examples=25)
@given(st.binary(max_size=200), st.sampled_from([0, 1, _CHUNK_BYTES - 1, _CHUNK_BYTES, 2 * _CHUNK_BYTES + 7]))
def test_what_was_sealed_comes_back_and_cannot_be_read_without(content: bytes, more: int) -> None:
    whole = content + bytes(more)
    data = sealed(whole)
    assert opened(data) == whole
    if len(content) >= 4:
        assert content not in data[len(MAGIC) :]


def test_many_small_writes_are_one_stream() -> None:
    file = io.BytesIO()
    with SealingWriter(file, PASSPHRASE, log2_n=2) as writer:
        for number in range(3000):
            writer.write(str(number).encode())
    assert opened(file.getvalue()) == b"".join(str(number).encode() for number in range(3000))


def test_two_backups_of_the_same_are_different() -> None:
    assert sealed(b"x" * 100)[len(MAGIC) :] != sealed(b"x" * 100)[len(MAGIC) :]


@pytest.mark.parametrize("passphrase", ["", "Correct horse battery", PASSPHRASE + " "])
def test_another_passphrase_opens_nothing(passphrase: str) -> None:
    with pytest.raises(BackupUnreadable, match="passphrase is another one, or the file is damaged"):
        opened(sealed(b"secret"), passphrase)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(PassphraseRefused, match=str(LEAST_PASSPHRASE)):
        sealed(b"", "x" * (LEAST_PASSPHRASE - 1))


@settings(max_examples=60)
@given(st.data())
def test_whatever_bit_is_flipped_is_seen(data: st.DataObject) -> None:
    file = bytearray(sealed(b"a" * (_CHUNK_BYTES + 100)))
    # The cost of scrypt in the header stays: to try every one of them takes minutes.
    place = data.draw(st.integers(0, len(file) - 1).filter(lambda at: at != len(MAGIC)))
    file[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BackupUnreadable):
        opened(bytes(file))


@pytest.mark.parametrize("log2_n", [0, 21, 255])
def test_a_header_that_asks_for_all_memory_is_refused(log2_n: int) -> None:
    file = bytearray(sealed(b""))
    file[len(MAGIC)] = log2_n
    with pytest.raises(BackupUnreadable, match="header"):
        opened(bytes(file))


def test_what_is_cut_off_at_any_chunk_left_out_repeated_or_swapped_is_seen() -> None:
    data = sealed(b"a" * _CHUNK_BYTES + b"b" * _CHUNK_BYTES + b"c" * 10)
    head, rest = data[: _HEADER.size], data[_HEADER.size :]
    one, two, last = rest[:CHUNK], rest[CHUNK : 2 * CHUNK], rest[2 * CHUNK :]
    assert opened(head + one + two + last)
    for body in (
        one + two,
        one,
        one + last,
        two + one + last,
        one + one + two + last,
        one + two + last + last,
        b"",
    ):
        with pytest.raises(BackupUnreadable):
            opened(head + body)


@given(st.binary(max_size=300))
def test_any_other_file_is_no_backup(data: bytes) -> None:
    with pytest.raises(BackupUnreadable, match="no backup"):
        opened(data)
