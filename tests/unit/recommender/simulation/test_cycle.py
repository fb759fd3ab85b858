import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.person import GOALS, Goal, TrainingPhase
from recommender.simulation.cycle import CYCLES, cycle_days, phase_on


@pytest.mark.parametrize(
    ("goal", "day", "phase"),
    [
        ("fat_loss", 0, "base"), ("fat_loss", 20, "base"), ("fat_loss", 21, "build"),
        ("fat_loss", 49, "deload"), ("fat_loss", 55, "deload"), ("fat_loss", 56, "base"),
        ("strength", 21 + 28, "peak"),
    ],
)  # fmt: skip
def test_days_by_hand(goal: Goal, day: int, phase: TrainingPhase) -> None:
    assert phase_on(goal, day) == phase


@given(goal=st.sampled_from(GOALS), start=st.integers(0, 1000))
def test_every_round_holds_each_phase_for_its_days(goal: Goal, start: int) -> None:
    round_of = [phase_on(goal, start + day) for day in range(cycle_days(goal))]
    assert {phase: round_of.count(phase) for phase in round_of} == dict(CYCLES[goal])
    assert CYCLES[goal][-1] == ("deload", 7)
