import hashlib
import hmac
import os
import subprocess
import sys
import unicodedata
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.pseudonym import PSEUDONYM_PATTERN, KeyFileError, Pseudonymiser, load_or_create_key

KEY = bytes(range(32))
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_a_known_answer() -> None:
    """Written out by hand: the day this changes, every member becomes a stranger to the cloud."""
    expected = hmac.new(KEY, b"gymbox member pseudonym v1\x00anna", hashlib.sha256).hexdigest()
    assert Pseudonymiser(KEY)("anna") == f"p1-{expected}"
    assert expected == "8ee2895a6d4614be663053934bfdac6091b10f39ff7aa59d4c2b7295db6e79be"


@given(member=ids)
def test_always_the_same_and_never_the_name(member: str) -> None:
    first, second = Pseudonymiser(KEY)(member), Pseudonymiser(KEY)(member)
    assert first == second
    assert PSEUDONYM_PATTERN.fullmatch(first)


@given(one=ids, other=ids)
def test_two_members_two_pseudonyms(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (Pseudonymiser(KEY)(one) == Pseudonymiser(KEY)(other)) is same


def test_another_key_other_pseudonyms() -> None:
    assert Pseudonymiser(KEY)("anna") != Pseudonymiser(KEY[::-1])("anna")


def test_a_name_typed_in_two_ways_is_one_member() -> None:
    assert Pseudonymiser(KEY)("Zo\u00eb") == Pseudonymiser(KEY)("Zoe\u0308")


def test_nobody_has_no_pseudonym() -> None:
    with pytest.raises(ValueError, match="empty member id"):
        Pseudonymiser(KEY)("")


def test_a_key_of_the_wrong_length() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        Pseudonymiser(KEY[:-1])


def test_the_key_is_not_shown() -> None:
    assert KEY.hex() not in repr(Pseudonymiser(KEY))
    assert repr(Pseudonymiser(KEY)) == "Pseudonymiser(key=hidden)"


def test_the_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "pseudonym.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["pseudonym.key"]
    assert load_or_create_key(tmp_path / "another.key") != key


def test_a_loose_umask_does_not_open_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_create_key(tmp_path / "key")
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    load_or_create_key(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(KeyFileError, match=f"is open to others .mode {mode:o}.; run: chmod 600"):
        load_or_create_key(tmp_path / "key")


@pytest.mark.parametrize(
    "text", [b"", b"abc", b"g" * 64, b"a" * 63, b"a" * 65, b"a" * 64 + b"\n\n", b"A" * 64]
)
def test_a_damaged_key_is_an_error_and_kept(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="is damaged; restore it from a backup"):
        load_or_create_key(path)
    assert path.read_bytes() == text


def test_a_place_where_no_key_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KeyFileError, match=r"file/key: "):
        load_or_create_key(tmp_path / "file" / "key")
    with pytest.raises(KeyFileError, match="Is a directory"):
        load_or_create_key(tmp_path)


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from sync.pseudonym import load_or_create_key; sys.stdin.read();"
        "print(load_or_create_key(pathlib.Path(sys.argv[1])).hex())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "key")]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    keys = set()
    with ExitStack() as stack:
        for child in children:
            stack.enter_context(child)
            assert child.stdin is not None
            child.stdin.close()  # they are all loaded by now or soon: off they go
        for child in children:
            assert child.stdout is not None
            keys.add(child.stdout.read())
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
