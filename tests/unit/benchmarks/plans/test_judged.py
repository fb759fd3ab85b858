"""What the model is worth beside its peers."""

import numpy as np
import pytest

from benchmarks.plans import judged
from benchmarks.plans.judged import Judged
from recommender.training.evaluation import Evaluation, IntensityEvaluation, SegmentError, TruthEvaluation
from recommender.training.simulated import DAYS, dataset


def test_what_the_model_is_worth_beside_peers_and_in_its_worst_group() -> None:
    groups = {
        "sex=female": SegmentError(13, 9, (8.0, 0.2)),
        "sex=male": SegmentError(12, 5, (3.0, 0.5)),
        "sex=unspecified": SegmentError(9, 5, (9.0, 0.9)),
    }
    truth = TruthEvaluation((3.0, 0.3), (12.0, 0.4), (15.0, 0.6), (1.5, 0.25))
    found = Evaluation(
        IntensityEvaluation(14, (4.0, 0.4), (8.0, 0.5), (16.0, 0.8), (1.0, 0.1), (9.0, 0.9), groups, truth),
        None,  # type: ignore[arg-type]  # not looked at
    )
    one = Judged(7, found, {"without its band": (3.9, 0.35)}, ((8.0, 0.8), (6.0, 0.5)), 0.31)
    assert one.gains == {
        "guidelines, as members tell": (0.5, 0.5),
        "the rule engine, as members tell": (0.5, pytest.approx(0.2)),
        "the mean, as members tell": (0.75, pytest.approx(0.5)),
        "guidelines, really": (0.5, pytest.approx(0.4)),
        "the rule engine, really": (0.75, pytest.approx(0.25)),
        "the mean, really": (0.8, pytest.approx(0.5)),
    }
    assert one.worst_segment() == (2.25, 2.25)
    assert one.worst_segment(fewest_members=10) == (2.0, 1.25)
    assert one.worst_segment(fewest_members=99) is None
    told = "\n".join(judged.table([one], 5))
    assert "the worst group 2.25 and 2.25 times the overall error" in told
    assert "of 10 members or more 2.00 and 1.25 times" in told
    assert "75 % and 25 % nearer than the rule engine, really" in told
    assert "0.310" in told


def test_a_truth_that_is_held_steady_steps_no_more_and_follows_where_it_may() -> None:
    people = dataset(4, 3, lambda _what, _done, _all: None)
    steps = np.abs(np.diff(judged.as_steady(people, 0.05).reshape(-1, DAYS), axis=1))
    assert steps.mean() <= 0.05
    free = judged.as_steady(people, 10.0)
    np.testing.assert_allclose(free, people.truth[:, 1], atol=1e-4)


def test_guidelines_hear_no_ratings_and_are_the_rules_until_there_are_any() -> None:
    people = dataset(4, 3, lambda _what, _done, _all: None)
    alone = judged._by_guidelines(4, 3)
    assert alone.shape == people.rules.shape
    np.testing.assert_allclose(alone[:, 0], people.rules[:, 0], rtol=1e-5)
    first_days = people.day == people.day.min()
    np.testing.assert_allclose(alone[first_days], people.rules[first_days], rtol=1e-5)
    assert np.abs(alone[:, 1] - people.rules[:, 1]).mean() > 0.1
