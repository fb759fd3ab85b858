from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.monitoring.segments import AGE_BANDS, EVERYBODY, Segment, age_band, by_segment, segments_of
from recommender.person import Person
from tests.unit.recommender.monitoring.outcomes import PERSON, outcome


@pytest.mark.parametrize(
    ("age_years", "band"),
    [
        (None, "unknown"),
        (14, "under_30"),
        (29.9, "under_30"),
        (30, "30_to_44"),
        (45, "45_to_59"),
        (99, "60_and_over"),
    ],
)
def test_ages_by_bands(age_years: float | None, band: str) -> None:
    assert age_band(age_years) == band


@given(younger=st.floats(5, 110), older=st.floats(5, 110))
def test_who_is_older_is_in_no_younger_band(younger: float, older: float) -> None:
    names = [name for _, name in AGE_BANDS]
    younger, older = sorted((younger, older))
    assert names.index(age_band(younger)) <= names.index(age_band(older))


def test_bands_touch() -> None:
    assert all(one[0] < other[0] for one, other in pairwise(AGE_BANDS))


def test_everybody_is_in_one_group_of_each_kind() -> None:
    found = segments_of(PERSON)
    assert found[0] == EVERYBODY
    assert found[1:] == (
        Segment("sex", "female"), Segment("age_band", "30_to_44"), Segment("level", "beginner"),
    )  # fmt: skip
    assert [str(each) for each in found[:2]] == ["all members", "members with sex female"]


def test_plans_by_groups() -> None:
    theirs, another = outcome(1), outcome(2, person=Person(sex="male", level="advanced"))
    found = by_segment([theirs, another])
    assert found[EVERYBODY] == [theirs, another]
    assert found[Segment("sex", "male")] == found[Segment("age_band", "unknown")] == [another]
    assert list(found) == [EVERYBODY, *sorted(found.keys() - {EVERYBODY})]
