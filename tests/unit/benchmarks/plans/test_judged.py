"""What the model is worth beside its peers."""

import pytest

from benchmarks.plans import judged
from recommender.training.evaluation import Evaluation, IntensityEvaluation, SegmentError


def test_what_the_model_is_worth_beside_peers_and_in_its_worst_group() -> None:
    groups = {"sex=female": SegmentError(3, 9, (8.0, 0.2)), "sex=male": SegmentError(2, 5, (3.0, 0.5))}
    found = Evaluation(
        IntensityEvaluation(14, (4.0, 0.4), (8.0, 0.5), (16.0, 0.8), (1.0, 0.1), (9.0, 0.9), groups),
        None,  # type: ignore[arg-type]  # not looked at
    )
    assert judged.gains(found) == {
        "rule engine": (0.5, pytest.approx(0.2)),
        "global mean": (0.75, pytest.approx(0.5)),
    }
    assert judged.worst_segment(found) == (2.0, 1.25)
    told = "\n".join(judged.table(found, 5, 0.45))
    assert "lower than the rule engine by 50 % and 20 %" in told
    assert "rules and ratings                  0.450" in told


def test_rules_that_hear_ratings_are_nearer_than_those_that_do_not() -> None:
    members = 6
    by_the_book = judged.measure(members).intensity.rules
    assert by_the_book is not None
    assert judged.corrected_rules(members) < by_the_book[1]
