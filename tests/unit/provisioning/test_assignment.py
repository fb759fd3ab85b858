"""What is desired of a model, and what is said of it, as both sides of the wire read it."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.assignment import (
    Assignment,
    AssignmentRefused,
    Mode,
    Standing,
    State,
    read_assignment,
    report,
)
from provisioning.twin import merge

WHOLE = {
    "version": "2",
    "target": "models/m/2/model.toml",
    "sha256": "ab" * 32,
    "mode": "shadow",
    "rollout": "r",
}


def test_what_is_desired_is_read_also_from_a_newer_cloud() -> None:
    assert read_assignment({**WHOLE, "hurry": True}).model_dump() == WHOLE
    assert read_assignment({"version": "original"}) == Assignment(version="original")


@pytest.mark.parametrize(
    ("desired", "where"),
    [
        ({**WHOLE, "mode": "soon"}, "mode"),
        ({**WHOLE, "sha256": "ab"}, "sha256"),
        ({**WHOLE, "version": ""}, "version"),
        ({**WHOLE, "version": 2}, "version"),
        ({"target": "x"}, "version"),
        ("2", "it"),
        (None, "it"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(desired: Any, where: str) -> None:
    with pytest.raises(AssignmentRefused, match=f"makes no sense: {where}:"):
        read_assignment(desired)


standings = st.builds(
    Standing,
    version=st.sampled_from(["1", "2"]),
    mode=st.sampled_from(get_args(Mode)),
    rollout=st.none() | st.just("r"),
    state=st.sampled_from(get_args(State)),
    reason=st.sampled_from(["", "why"]),
    figures=st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=3),
)


@settings(max_examples=50)
@given(st.lists(standings, min_size=1, max_size=4))
def test_nothing_of_an_older_report_stays(reports: list[Standing]) -> None:
    said: Any = {}
    for standing in reports:
        said = merge(said, {"m": report(said.get("m"), standing)})
    assert said == merge({}, {"m": report(None, reports[-1])})
    last = reports[-1]
    assert (said["m"]["version"], said["m"]["state"]) == (last.version, last.state)
    assert said["m"].get("figures", {}) == last.figures
    assert ("reason" in said["m"]) == bool(last.reason)
