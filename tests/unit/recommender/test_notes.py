import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.notes import complaint


@pytest.mark.parametrize(
    "note",
    [
        "My knee hurts",
        "some PAIN in the back",
        "felt dizzy",
        "膝盖疼",
        "有点头晕",
        "no pain in the knee, but my hip hurts",
    ],
)
def test_pain(note: str) -> None:
    assert complaint(note) == "pain"


@pytest.mark.parametrize("note", ["that was too hard", "Too much today", "exhausted", "太累了", "今天太难"])
def test_too_hard(note: str) -> None:
    assert complaint(note) == "too_hard"


@pytest.mark.parametrize(
    "note",
    ["", "great", "no pain", "without any pain", "pain-free at last", "it wasn't too hard", "a painting"],
)
def test_nothing_to_know(note: str) -> None:
    assert complaint(note) is None


@pytest.mark.parametrize("note", ["不疼", "没有头晕", "不太累"])
def test_nothing_to_know_in_chinese(note: str) -> None:
    assert complaint(note) is None


@given(st.text(max_size=200))
def test_any_note_can_be_read(note: str) -> None:
    assert complaint(note) in {None, "pain", "too_hard"}
