"""Names as a screen on a wall may show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.members.names import short_name


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ana", "Ana"),
        ("Ana García", "Ana G."),
        ("  anna  maria von stein ", "anna S."),
        ("王小明", "小明"),
        ("李雷", "雷"),
        ("李", "李"),
        ("card-77", "card-77"),
        ("", ""),
    ],
)
def test_it_is_enough_to_know_oneself_by(name: str, short: str) -> None:
    assert short_name(name) == short


@given(words=st.lists(st.text(st.characters(categories=["L"]), min_size=3), min_size=2, max_size=4))
def test_no_family_name_is_shown_whole(words: list[str]) -> None:
    assert short_name(" ".join(words)).split(" ", 1)[1] == f"{words[-1][0].upper()}."
