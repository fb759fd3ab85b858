import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.composing.aim import Aim
from recommender.prescription import Prescription, down_to

AIMS = st.builds(
    Aim,
    st.sampled_from(("steady", "intervals")),
    st.builds(Prescription, st.floats(10.0, 120.0), st.floats(1.0, 5.0)),
    st.floats(1.0, 5.0),
)


def aim(minutes: float = 60.0, intensity: float = 4.0, kind: str = "steady", ceiling: float = 5.0) -> Aim:
    return Aim(kind, Prescription(minutes, intensity), ceiling)  # type: ignore[arg-type]


def test_a_limit_lowers_only_what_is_above_it() -> None:
    assert aim().at_most(minutes=45.0).prescription == Prescription(45.0, 4.0)
    assert aim().at_most(intensity=3.0).prescription == Prescription(60.0, 3.0)
    assert aim().at_most(minutes=90.0, intensity=5.0) == aim()


def test_a_limit_of_intensity_holds_for_the_hardest_part() -> None:
    intervals = aim(30.0, 3.0, "intervals")
    assert intervals.hardest == 4.0
    assert intervals.at_most(intensity=3.5).hardest == 3.5
    assert intervals.at_most(intensity=2.0).hardest == 2.0
    assert aim(30.0, 3.0).hardest == 3.0


@pytest.mark.parametrize(
    ("load", "minutes", "intensity"),
    [
        (240.0, 60.0, 4.0),  # just what it is
        (120.0, 37.5, 3.2),  # half the load: 0.63 of the minutes, the rest from the intensity
        (20.0, 11.0, 1.8),
        (10.0, 10.0, 1.0),
        (0.0, 10.0, 1.0),
        (-50.0, 10.0, 1.0),
    ],
)
def test_a_lower_load_makes_it_shorter_and_easier(load: float, minutes: float, intensity: float) -> None:
    assert aim().within_load(load).prescription == Prescription(minutes, intensity)


@given(AIMS, st.floats(-100.0, 700.0))
def test_a_load_is_kept_or_nothing_less_is_possible(wanted: Aim, load: float) -> None:
    lowered = wanted.within_load(load)
    least = lowered.prescription == Prescription(10.0, 1.0)
    assert lowered.prescription.load <= load + 1e-9 or least
    assert lowered.minutes <= wanted.minutes
    assert lowered.intensity <= wanted.intensity
    assert lowered.within_load(load) == lowered


@given(AIMS, st.floats(10.0, 700.0))
def test_not_much_of_an_allowed_load_is_given_away(wanted: Aim, load: float) -> None:
    lowered = wanted.within_load(load)
    if lowered != wanted:
        assert lowered.prescription.load >= 0.8 * load - 10.0


@pytest.mark.parametrize(
    ("value", "step", "below"), [(0.3, 0.1, 0.3), (0.29, 0.1, 0.2), (8.04, 0.1, 8.0), (2.9, 0.5, 2.5)]
)
def test_steps_are_not_lost_to_binary_fractions(value: float, step: float, below: float) -> None:
    assert down_to(value, step) == below


def test_it_reads_like_a_sentence() -> None:
    assert str(aim(37.5, 3.24)) == "37.5 min at 3.2"
    assert str(aim(30.0, 3.0, "intervals", 3.5)) == "30 min at 3, up to 3.5"
