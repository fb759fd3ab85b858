"""Alerts of the whole service: boxes, rollouts and the audit, on a database of each kind."""

from datetime import timedelta

import pytest

from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.fleet import watch
from sync.cloud.fleet.alerts import Alerts, AlertUnknown
from sync.cloud.fleet.conditions import Thresholds
from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.simulated_fleet import Fleet

MINUTE = timedelta(minutes=1)


class Watched:
    """Boxes that say how they are, and the alerts that follow."""

    def __init__(self, database: Database) -> None:
        self.fleet = Fleet(database)
        self.fleet.add("a", "b")
        self.fleet.add("c", gym="south")
        sources = (watch.boxes(Thresholds()), watch.halted_rollouts, watch.alarms)
        self.alerts = Alerts(database, sources, clock=self.fleet.clock)

    def seen(self, *boxes: str) -> None:
        for box in boxes:
            self.fleet.gateways.by_token(self.fleet.tokens[box])
        self.fleet.gateways.note_seen()

    def say(self, box: str, state: str, reason: str = "") -> None:
        parts = {"parts": {"mqtt": {"state": state, "reason": reason}}}
        with self.fleet.database.write() as session:
            change(session, box, "health", "reported", parts, now=self.fleet.now)

    def look(self, after: timedelta = timedelta()) -> list[tuple[str, bool, int]]:
        self.fleet.now += after
        self.alerts.look()
        return [
            (each.alert.condition.key, each.alert.is_open, each.alert.count) for each in self.alerts.all()
        ]


@pytest.fixture
def watched(database: Database) -> Watched:
    return Watched(database)


def test_a_box_goes_is_alerted_once_and_comes_back(watched: Watched) -> None:
    watched.seen("a", "b", "c")
    assert watched.look() == []
    assert watched.look(59 * MINUTE) == []
    watched.seen("b", "c")
    for _ in range(3):
        assert watched.look(MINUTE) == [("offline:a", True, 1)]
    assert watched.alerts.count_open() == 1
    assert watched.alerts.count_open(tenant_id="tenant-of-south") == 0
    watched.seen("a")
    assert watched.look() == [("offline:a", False, 1)]


def test_a_large_fleet_is_looked_at_whole_with_pauses_for_others(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_PAGE", 3)
    watched, pauses = Watched(sqlite_database), list[float]()
    names = [f"box-{number}" for number in range(10)]
    watched.fleet.add(*names)
    watched.seen(*names)
    look = watch.boxes(Thresholds(), pause=pauses.append)
    with sqlite_database.read() as session:
        found = list(look(session, watched.fleet.now + timedelta(hours=2)))
    assert {each.key for each in found} >= {f"offline:{name}" for name in names}
    assert len(pauses) == 5  # 13 boxes, three at a time


def test_a_part_that_is_unwell_long_enough_is_shown_until_it_is_well(watched: Watched) -> None:
    watched.seen("a")
    watched.say("a", "degraded", "reconnecting")
    assert watched.look() == []
    watched.say("a", "ok")
    assert watched.look(9 * MINUTE) == []
    watched.say("a", "failed", "no broker")
    assert watched.look() == []
    assert watched.look(10 * MINUTE) == [("part:a:mqtt", True, 1)]
    watched.say("a", "ok")
    assert watched.look() == [("part:a:mqtt", False, 1)]
    watched.say("a", "failed")
    assert watched.look() == [("part:a:mqtt", False, 1)]
    watched.say("a", "ok")
    assert watched.look() == [("part:a:mqtt", False, 1)]


def test_whoever_knows_is_noted_and_audited(watched: Watched) -> None:
    watched.seen("a")
    watched.look(2 * 60 * MINUTE)
    found = watched.alerts.all(tenant_id="tenant-of-north")[0]
    with pytest.raises(AlertUnknown):
        watched.alerts.acknowledge(found.id, by="operator sam", tenant_id="tenant-of-south")
    with pytest.raises(AlertUnknown):
        watched.alerts.acknowledge(found.id + 1, by="operator nora")
    for who in ("operator nora", "operator later"):
        watched.alerts.acknowledge(found.id, by=who, tenant_id="tenant-of-north")
    assert watched.alerts.all()[0].alert.acknowledged_by == "operator nora"
    assert watched.alerts.count_open() == 0
    with watched.fleet.database.read() as session:
        lines = [line for _, line in audit.read(session) if line.action == "alert.acknowledge"]
    assert [(line.actor, line.subject, line.tenant_id) for line in lines] == [
        ("operator nora", "alert offline:a", "tenant-of-north")
    ]


def test_a_box_that_was_sent_away_is_nobodys_trouble(watched: Watched) -> None:
    watched.seen("a")
    assert watched.look(2 * 60 * MINUTE) == [("offline:a", True, 1)]
    watched.fleet.gateways.revoke("a")
    assert watched.look() == [("offline:a", False, 1)]


def test_a_halted_rollout_is_shown_until_there_is_another(watched: Watched) -> None:
    fleet = watched.fleet
    fleet.register("1")
    begun = fleet.rollouts.start("intensity", by="operator ana")
    first = begun.members[0][0]
    fleet.obey(first, "rolled_back", reason="answers are off")
    fleet.rollouts.step()
    assert watched.look() == [(f"rollout:{begun.id}", True, 1)]
    assert "was halted" in watched.alerts.all()[0].alert.condition.reason
    fleet.wait(1)
    fleet.register("2")
    fleet.rollouts.start("intensity", by="operator ana")
    assert watched.look() == [(f"rollout:{begun.id}", False, 1)]


def test_a_second_key_for_a_claim_is_an_alarm_for_a_day(watched: Watched) -> None:
    line = audit.Line(
        at=watched.fleet.now,
        tenant_id="tenant-of-north",
        actor="gateway a",
        action="enrolment.second_key",
        subject="a",
        detail={},
    )
    with watched.fleet.database.write() as session:
        audit.append(session, line, line)
    assert watched.look() == [("enrolment_second_key:a", True, 1)]
    assert [each.alert.condition.gateway_id for each in watched.alerts.all()] == ["a"]
    assert watched.look(25 * 60 * MINUTE) == [("enrolment_second_key:a", False, 1)]
