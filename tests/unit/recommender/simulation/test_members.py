from itertools import islice

import numpy as np
import pytest

from recommender.adaptation import adapt
from recommender.exertion import suited
from recommender.features import feature_vector
from recommender.history import History
from recommender.rule_engine import prescribe
from recommender.simulation.members import SimulatedDay, SimulatedMember, simulate
from tests.unit.recommender.pasts import numbers

DAYS = 100


@pytest.fixture(scope="module")
def crowd() -> list[SimulatedMember]:
    return list(simulate(members=60, days=DAYS, seed=11))


def test_somebody_is_the_same_whoever_else_is_there(crowd: list[SimulatedMember]) -> None:
    again = list(islice(simulate(members=1000, days=DAYS, seed=11), 3))
    assert again == crowd[:3]
    assert next(simulate(members=1, days=DAYS, seed=12)) != crowd[0]
    assert crowd[0] != crowd[1]


@pytest.mark.parametrize(("members", "days", "seed"), [(0, 9, 1), (1, 0, 1), (1, 9, -1)])
def test_nobody_to_simulate(members: int, days: int, seed: int) -> None:
    with pytest.raises(ValueError, match="are nobody to simulate"):
        list(simulate(members=members, days=days, seed=seed))


def test_the_history_is_what_happened_on_the_days(crowd: list[SimulatedMember]) -> None:
    for member in crowd:
        assert len({day.day for day in member.days}) == DAYS
        assert member.history.workouts == tuple(day.workout for day in member.days if day.workout)
        assert all(day.workout.day == day.day for day in member.days if day.workout)
        nights = [night.day for night in member.history.wellbeing]
        assert nights == sorted(set(nights))


def test_records_have_gaps_as_real_ones_do(crowd: list[SimulatedMember]) -> None:
    workouts = [each for member in crowd for each in member.history.workouts]
    assert 0.03 < np.mean([each.rpe is None for each in workouts]) < 0.35
    assert 0.2 < np.mean([each.mean_bpm is None for each in workouts]) < 0.6
    assert 0.05 < np.mean([each.accepted is False for each in workouts]) < 0.3
    assert 0.7 < np.mean([each.completion or 0 for each in workouts]) < 0.98
    assert any(not member.history.wellbeing for member in crowd)
    gaps = [np.diff([each.day.toordinal() for each in member.history.workouts]).max() for member in crowd]
    assert max(gaps) >= 14
    assert 1.5 < len(workouts) / len(crowd) / DAYS * 7 < 4.5


def test_phases_change_and_the_injured_recover(crowd: list[SimulatedMember]) -> None:
    days = [day for member in crowd for day in member.days]
    assert {day.person.training_phase for day in days} >= {"base", "build", "hypertrophy", "deload", "rehab"}
    hurt = [day for day in days if day.person.injuries]
    assert 0 < len(hurt) < 0.1 * len(days)
    assert all(day.person.training_phase == "rehab" for day in hurt)
    assert any(
        day.person.injuries and not member.days[-1].person.injuries for member in crowd for day in member.days
    )


def test_a_day_is_not_told_what_comes_after_it(crowd: list[SimulatedMember]) -> None:
    for member in crowd[:12]:
        for day in member.days[3::16]:
            past = History(
                tuple(each for each in member.history.workouts if each.day < day.day),
                tuple(each for each in member.history.wellbeing if each.day <= day.day),
            )
            told, known = (feature_vector(day.person, each, day.day) for each in (member.history, past))
            assert told.values.tolist() == known.values.tolist()
            assert told.imputed == known.imputed


def test_any_day_can_be_prescribed_for(crowd: list[SimulatedMember]) -> None:
    changed = []
    for member in crowd[:20]:
        for day in member.days[::5]:
            features = feature_vector(day.person, member.history, day.day)
            by_the_book = prescribe(day.person, member.history, day.day, features)
            adapted, rules = adapt(by_the_book, day.person, member.history, day.day)
            raised = [rule for rule in rules if rule.name == "easier_than_planned"]
            assert raised or adapted.load <= by_the_book.load
            changed += [rule.name for rule in rules]
    assert set(changed) >= {"harder_than_planned", "felt_hard", "cut_short", "missed_weeks"}


def test_the_label_is_nearer_to_the_hidden_truth_than_the_coach_was(crowd: list[SimulatedMember]) -> None:
    label_off, coach_off = [], []
    for member in crowd:
        for day in member.days:
            wanted = day.workout and suited(day.workout, day.person.goal, day.person.training_phase)
            if not wanted or not day.workout or not day.workout.prescribed:
                continue
            label_off.append(_off(numbers(wanted), day))
            coach_off.append(_off(numbers(day.workout.prescribed), day))
    assert (np.mean(label_off, axis=0) < 0.7 * np.mean(coach_off, axis=0)).all()


def test_the_rules_are_worth_beating(crowd: list[SimulatedMember]) -> None:
    rules_off, mean_off = [], []
    average = np.mean([numbers(day.truth.suited) for member in crowd for day in member.days], axis=0)
    for member in crowd[:15]:
        for day in member.days[::7]:
            features = feature_vector(day.person, member.history, day.day)
            told = prescribe(day.person, member.history, day.day, features)
            rules_off.append(_off(numbers(told), day))
            mean_off.append(_off((average[0], average[1]), day))
    assert (np.mean(rules_off, axis=0) < 0.85 * np.mean(mean_off, axis=0)).all()


def _off(told: tuple[float, float], day: SimulatedDay) -> tuple[float, float]:
    minutes, intensity = numbers(day.truth.suited)
    return abs(told[0] - minutes), abs(told[1] - intensity)
