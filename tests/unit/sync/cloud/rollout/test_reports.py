"""What a box says of a release, and what is made of it when it says it wrongly."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cloud.rollout.plan import Group
from sync.cloud.rollout.reports import read
from tests.unit.sync.cloud.rollout.rollouts import EVERYBODY, canary, rollout, says

GOING = rollout(canary())
WATCH = Group.model_validate(
    {
        "name": "watch",
        "mode": "shadow",
        "limits": {
            "least_asked": 10,
            "most_failures": 1,
            "most_difference": {"minutes": 5},
            "most_latency_ratio": 2,
        },
    }
)
GOOD = {
    "asked": 10,
    "failures": 1,
    "mean_absolute_difference": {"minutes": 5.0, "score": 99},
    "latency_ratio": 2.0,
}


@pytest.mark.parametrize(
    ("state", "outcome", "at_risk"),
    [
        ("waiting", "queued", False),
        ("installing", "in_progress", True),
        ("active", "succeeded", False),
        ("failed", "failed", False),
        ("rolled_back", "failed", False),
        ("rejected", "rejected", False),
        ("shadowing", "failed", False),
        ("dancing", "failed", False),
        (None, "failed", False),
        (["active"], "failed", False),
    ],
)
def test_states_of_a_box_that_works_with_it(state: Any, outcome: str, at_risk: bool) -> None:  # noqa: FBT001
    report = read(GOING, EVERYBODY, says(state, reason="why"))
    assert report is not None
    assert (report.state, report.at_risk) == (outcome, at_risk)


def test_the_reason_is_the_boxes_and_short() -> None:
    report = read(GOING, EVERYBODY, says("failed", reason="x" * 5000))
    assert report is not None
    assert report.reason == "x" * 300


@pytest.mark.parametrize(
    ("figures", "outcome", "reason"),
    [
        (GOOD, "succeeded", ""),
        ({**GOOD, "asked": 9}, "in_progress", "asked 9 of 10"),
        ({**GOOD, "asked": True}, "in_progress", "asked 0 of 10"),
        ({"asked": 0, "failures": 2}, "failed", "failed to answer 2"),
        ({**GOOD, "latency_ratio": 2.5}, "failed", "2.50 times as long"),
        ({**GOOD, "latency_ratio": 2.5, "slower_ms": 6}, "failed", "2.50 times as long"),
        ({**GOOD, "latency_ratio": 2.5, "slower_ms": 0.2}, "succeeded", ""),
        ({**GOOD, "mean_absolute_difference": {"minutes": 5.1}}, "failed", "minutes differs by 5.1"),
        ({**GOOD, "mean_absolute_difference": {}}, "failed", "minutes differs by inf"),
        ({**GOOD, "mean_absolute_difference": None}, "failed", "minutes differs by inf"),
        (None, "in_progress", "asked 0"),
    ],
)
def test_figures_of_a_box_in_shadow_mode(figures: Any, outcome: str, reason: str) -> None:
    report = read(GOING, WATCH, says("shadowing", mode="shadow", figures=figures))
    assert report is not None
    assert report.state == outcome
    assert reason in report.reason


def test_a_box_that_acts_on_it_where_it_should_only_watch_has_failed() -> None:
    report = read(GOING, WATCH, says("active", mode="shadow"))
    assert report is not None
    assert report.state == "failed"


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*GOOD, "state", "figures", "version", "rollout", "mode", "intensity"]), inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(json_values, st.sampled_from([EVERYBODY, WATCH]))
def test_whatever_a_box_says_is_read_without_trouble(said: Any, group: Group) -> None:
    assert read(GOING, group, {"intensity": said}) is None
    mine = said if isinstance(said, dict) else {"state": said}
    report = read(GOING, group, {"intensity": {**says("active", mode=group.mode)["intensity"], **mine}})
    assert report is None or report.state in {"in_progress", "succeeded", "failed", "rejected"}
