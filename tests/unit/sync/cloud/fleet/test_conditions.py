from datetime import timedelta
from typing import Any

import pytest

from sync.cloud.fleet.conditions import BoxFacts, Condition, Thresholds, conditions_of
from sync.cloud.fleet.health import Health, Part
from tests.unit.sync.cloud.rollout.rollouts import BEGIN

NOW = BEGIN
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def found(**facts: Any) -> list[Condition]:
    told: dict[str, Any] = {"gateway_id": "a", "tenant_id": "t", "last_seen_at": NOW, "health": Health()}
    return list(conditions_of(BoxFacts(**{**told, **facts}), NOW, Thresholds()))


def kinds(**facts: Any) -> list[tuple[str, str]]:
    return [(each.kind, each.severity) for each in found(**facts)]


def test_a_box_that_is_well_is_no_news() -> None:
    well = Health(
        parts={"mqtt": Part("ok")},
        clock_known=True,
        clock_off_s=-59.9,
        disk_free=0.1,
        outbox_depth=1e6,
        outbox_oldest_s=86_399.0,
    )
    assert found(health=well, certificate_until=NOW + 20 * DAY) == []


def test_a_box_that_was_never_there_is_not_offline() -> None:
    assert found(last_seen_at=None) == []


@pytest.mark.parametrize(
    ("silent", "expected"), [(59 * MINUTE, []), (60 * MINUTE, [("offline", "critical")])]
)
def test_a_silent_box_is_offline_after_an_hour(silent: timedelta, expected: list[tuple[str, str]]) -> None:
    assert kinds(last_seen_at=NOW - silent) == expected


def test_of_a_silent_box_what_it_last_said_counts_for_nothing() -> None:
    said = Health(parts={"mqtt": Part("failed")}, disk_free=0.0, clock_known=False)
    assert kinds(last_seen_at=NOW - DAY, health=said) == [("offline", "critical")]


def test_each_unwell_part_is_a_thing_of_its_own_and_must_last() -> None:
    said = Health(parts={"mqtt": Part("failed", "no broker"), "disk": Part("degraded"), "x": Part("ok")})
    first, second = found(health=said)
    assert (first.key, first.severity, first.reason) == (
        "part:a:mqtt",
        "critical",
        "mqtt has failed: no broker",
    )
    assert (second.key, second.severity, second.reason) == ("part:a:disk", "warning", "disk is degraded")
    assert first.hold == second.hold == 10 * MINUTE
    assert (first.gateway_id, first.tenant_id) == ("a", "t")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Health(clock_off_s=60.0), "clock"),
        (Health(clock_off_s=-3600.0), "clock"),
        (Health(clock_known=False, clock_off_s=0.0), "clock"),
        (Health(outbox_oldest_s=86_400.0), "outbox"),
        (Health(disk_free=0.099), "disk"),
    ],
)
def test_figures_beyond_their_threshold(said: Health, kind: str) -> None:
    assert kinds(health=said) == [(kind, "warning")]


@pytest.mark.parametrize(
    ("left", "severity"), [(19 * DAY, "warning"), (timedelta(), "critical"), (-DAY, "critical")]
)
def test_a_certificate_that_was_not_renewed(left: timedelta, severity: str) -> None:
    assert kinds(certificate_until=NOW + left) == [("certificate", severity)]
    assert ("certificate", severity) in kinds(certificate_until=NOW + left, last_seen_at=None)
