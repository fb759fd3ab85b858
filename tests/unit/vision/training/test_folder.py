from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vision.training.evaluation import Score
from vision.training.folder import Report, TrainingError, require_alike


def good(**changes: float) -> Score:
    same = Score(examples=900, exercise=0.9, phase=0.8, depth_error=0.1, confusion=np.eye(8, dtype=np.int64))
    return replace(same, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("exercise", "phase"), [(0.9, 0.8), (0.895, 0.9), (0.95, 0.793)])
def test_int8_may_lose_a_little(exercise: float, phase: float) -> None:
    require_alike(Report({"movenet": good()}, {"movenet": good(exercise=exercise, phase=phase)}))


@pytest.mark.parametrize(("exercise", "phase", "what"), [(0.85, 0.8, "exercise"), (0.9, 0.75, "phase")])
def test_int8_that_loses_more_than_a_point_is_refused(exercise: float, phase: float, what: str) -> None:
    report = Report(
        {"blazepose": good(), "movenet": good()},
        {"blazepose": good(), "movenet": good(exercise=exercise, phase=phase)},
    )
    with pytest.raises(TrainingError, match=rf"{what} right less often.* 2\.5 points.*another --seed"):
        require_alike(report)


def test_a_handful_of_examples_refuses_nothing() -> None:
    few = good(examples=10)
    report = Report(
        {"poses": few, "movenet": good()}, {"poses": replace(few, exercise=0.8), "movenet": good()}
    )
    require_alike(report)


def test_a_report_speaks_to_people_and_to_scripts() -> None:
    report = Report({"poses": good()}, {"poses": good(phase=0.79)})
    (line,) = report.lines
    assert line.startswith("poses (900 examples): exercise 90.0 %, phase 80.0 %, depth within 0.10")
    assert line.endswith("int8: exercise 90.0 %, phase 79.0 %, depth within 0.10")
    assert report.to_json()["int8"]["poses"]["phase"] == 0.79
