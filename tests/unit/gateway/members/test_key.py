from pathlib import Path

import pytest

from gateway.members.key import MemberKey
from gateway.store.store import StoreError


def test_a_member_has_the_same_pseudonym_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    assert MemberKey(path)("ada") == MemberKey(path)("ada") != MemberKey(path)("bruno")


def test_no_key_is_made_before_it_is_needed(tmp_path: Path) -> None:
    MemberKey(tmp_path / "pseudonym.key")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_key_is_the_stores_trouble_and_heals_when_it_is_mended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "pseudonym.key"
    before = MemberKey(path)("ada")
    good = path.read_bytes()
    path.write_bytes(b"scratch")
    key = MemberKey(path)
    with pytest.raises(StoreError, match="cannot be used") as caught:
        key("ada")
    assert str(tmp_path) not in str(caught.value), "this text reaches API answers"
    assert "damaged" in caplog.text
    path.write_bytes(good)
    assert key("ada") == before
