"""What the model is worth beside its peers."""

import pytest

from benchmarks.plans import judged
from recommender.training.evaluation import Evaluation, IntensityEvaluation, SegmentError


def test_what_the_model_is_worth_beside_peers_and_in_its_worst_group() -> None:
    groups = {"sex=female": SegmentError(3, 9, (8.0, 0.2)), "sex=male": SegmentError(2, 5, (3.0, 0.5))}
    found = Evaluation(
        IntensityEvaluation(14, (4.0, 0.4), (8.0, 0.5), (16.0, 0.8), (1.0, 0.1), groups),
        None,  # type: ignore[arg-type]  # not looked at
    )
    assert judged.gains(found) == {
        "rule engine": (0.5, pytest.approx(0.2)),
        "global mean": (0.75, pytest.approx(0.5)),
    }
    assert judged.worst_segment(found) == (2.0, 1.25)
    assert "lower than the rule engine by 50 % and 20 %" in "\n".join(judged.table(found, 5))
