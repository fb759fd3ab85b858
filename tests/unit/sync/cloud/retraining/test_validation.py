"""What is refused, and with which words; and that honest gyms are not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sync.cloud.retraining.statistics import (
    BINS,
    RANGES,
    GatewayStatistics,
    GymStatistics,
    Statistics,
    joined,
    values,
)
from sync.cloud.retraining.validation import Limits, drifted, validate

GATEWAY = GatewayStatistics(
    gym_id="a", gateway_id="a-box", sessions=1000, members=40, repeated=0, refused=0, reasons={}
)
GYM = GymStatistics(
    gym_id="a", examples=900, members=40, jumping=0, rated=700, agreement=0.6, compared=1200, other=10
)
FLAT = dict.fromkeys(RANGES, (5,) * BINS)


def gyms(count: int = 6) -> Statistics:
    names = [f"gym-{number}" for number in range(count)]
    return Statistics(
        tuple(replace(GATEWAY, gym_id=name, gateway_id=f"{name}-box") for name in names),
        tuple(replace(GYM, gym_id=name) for name in names),
        FLAT,
    )


def with_gym(**changed: object) -> Statistics:
    good = gyms()
    return replace(good, gyms=(replace(good.gyms[0], **changed), *good.gyms[1:]))  # type: ignore[arg-type]


def with_gateway(**changed: object) -> Statistics:
    good = gyms()
    return replace(good, gateways=(replace(good.gateways[0], **changed), *good.gateways[1:]))  # type: ignore[arg-type]


def test_honest_gyms_are_accepted() -> None:
    found = validate(gyms(), gyms(), Limits())
    assert found.findings == ()
    assert found.report("d").splitlines()[2] == "Accepted: 6000 sessions, 5400 examples."


POISON = {
    "60 of 60 sessions": (
        replace(gyms(1), gyms=(replace(GYM, examples=60),), gateways=(replace(GATEWAY, sessions=60),)),
        "60 of 60 sessions can be learned from, and 1000 are needed",
    ),
    "absurd values": (
        with_gateway(refused=300, reasons={"rpe": 100, "minutes": 200}),
        "cannot be, of gateways gym-0-box: 300 of 1000 (minutes 200, rpe 100)",
    ),
    "the same again": (with_gateway(repeated=60), "under other ids, of gateways gym-0-box: 60 of 1000"),
    "one gym dominates": (with_gym(examples=9000), "gym-0 alone has 9000 of 13500 examples of 6 gyms"),
    "labels flipped": (with_gym(agreement=-0.4), "ratings are turned round in gym-0 (-0.40)"),
    "impossible jumps": (with_gym(jumping=5), "in gym-0: 5 of 40 members"),
    "features made up": (with_gym(other=900), "do not follow from the sessions, in gym-0: 900 of 1200"),
}


@pytest.mark.parametrize("poison", POISON)
def test_poison_is_refused_with_its_reason(poison: str) -> None:
    statistics, words = POISON[poison]
    found = validate(statistics, None, Limits())
    assert len(found.refusals) == 1
    assert words in found.refusals[0]
    assert json.loads(json.dumps(found.to_json()))["accepted"] is False
    assert "- refused, " in found.report("d")


def test_a_few_wrong_sessions_are_left_out_and_told() -> None:
    (finding,) = validate(with_gateway(refused=30, repeated=10), None, Limits()).findings
    assert (finding.severity, finding.text) == ("note", "40 of 6000 sessions cannot be, and are left out")


def test_small_gyms_are_not_judged_by_themselves() -> None:
    small = with_gym(examples=20, jumping=9, agreement=-1.0, rated=10)
    assert validate(small, None, Limits()).findings == ()


def test_who_is_alone_does_not_dominate() -> None:
    assert validate(gyms(2), None, Limits()).findings == ()


def test_drift_is_told_and_only_other_people_altogether_are_refused() -> None:
    before = replace(gyms(), histograms={**FLAT, "bmi": (100,) * 5 + (0,) * (BINS - 5)})
    after = replace(gyms(), histograms={**FLAT, "bmi": (60,) * 5 + (40,) * 5 + (0,) * (BINS - 10)})
    (finding,) = validate(after, before, Limits()).findings
    assert finding.severity in {"note", "refused"}
    strict = validate(after, before, Limits(most_drift=0.2)).refusals
    assert "bmi of 500 members against 500 in the last dataset: PSI" in strict[0]
    assert validate(after, before, Limits(most_drift=float("inf"))).refusals == ()
    assert drifted(before, after) == ("bmi",)
    assert drifted(before, before) == ()


def test_drift_of_few_members_is_not_known() -> None:
    few = replace(gyms(), histograms=dict.fromkeys(RANGES, (1,) + (0,) * (BINS - 1)))
    assert validate(gyms(), few, Limits()).findings == ()


def test_a_long_list_is_cut_and_counted() -> None:
    bad = replace(gyms(9), gyms=tuple(replace(each, agreement=-0.5) for each in gyms(9).gyms))
    assert validate(bad, None, Limits()).refusals[0].endswith(" and 4 more")


def test_statistics_survive_their_json_and_add_up() -> None:
    one, other = gyms(2), replace(gyms(1), gateways=(replace(GATEWAY, gateway_id="x"),))
    assert Statistics.from_json(json.loads(json.dumps(one.to_json()))) == one
    both = joined([one, other, Statistics()])
    assert (both.sessions, both.examples) == (3000, 2700)
    assert both.histograms["bmi"] == (10,) * BINS
    assert joined([]).histograms["bmi"] == (0,) * BINS


def test_a_histogram_stands_for_a_sample() -> None:
    sample = values("completion_28d", (0,) * 20 + (3,) + (0,) * (BINS - 21))
    assert sample.tolist() == pytest.approx([0.5125] * 3)
