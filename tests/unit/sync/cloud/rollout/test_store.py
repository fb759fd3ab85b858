"""Rollouts in the database: what is written is read, by whoever may see it."""

import json
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from sync.cloud.rollout import store
from sync.cloud.rollout.plan import Plan
from sync.cloud.rollout.state import End, Execution, Key, Outcome, Rollout
from sync.cloud.shadows.store import change
from sync.cloud.shadows.tables import GatewayTag
from tests.unit.sync.cloud.rollout.rollouts import BEGIN, EVERYBODY, canary, rollout
from tests.unit.sync.cloud.simulated_fleet import Fleet, fleet_on_sqlite

BOXES = [f"box-{number}" for number in range(6)]
REASONS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
MOMENTS = st.integers(0, 10**12).map(lambda number: BEGIN + timedelta(microseconds=number))
KEYS: list[Key] = [(group, box) for group in range(2) for box in BOXES]


def going(name: str = "r1", **facts: object) -> Rollout:
    """A canary of two boxes that has not begun, then all."""
    return replace(rollout(canary()), **{"id": name, "subject": name, **facts})  # type: ignore[arg-type]


def keep(fleet: Fleet, new: Rollout) -> Rollout:
    with fleet.database.write() as session:
        store.add(session, new, by="operator ann", now=fleet.now)
    return new


def kept(fleet: Fleet, name: str) -> Rollout:
    with fleet.database.read() as session:
        row = store.find(session, name)
        assert row is not None
        return store.read(session, row)


def save(fleet: Fleet, before: Rollout, after: Rollout) -> None:
    with fleet.database.write() as session:
        store.save(session, before, after, fleet.now)


@pytest.fixture
def boxes(fleet: Fleet) -> Fleet:
    fleet.add(*BOXES)
    return fleet


@st.composite
def decided(draw: st.DrawFn, before: Rollout) -> Rollout:
    """The same rollout after somebody has decided something about it."""
    members = {(group, box) for group, ids in enumerate(before.members) for box in ids}
    made = st.builds(Execution, st.sampled_from(get_args(Outcome)), MOMENTS, REASONS)
    moves = draw(st.dictionaries(st.sampled_from(sorted(members)), made))
    return replace(
        before,
        group=draw(st.integers(0, 2)),
        begun=draw(st.booleans()),
        good_since=draw(st.none() | MOMENTS),
        paused=draw(st.booleans()),
        end=draw(st.none() | st.sampled_from(get_args(End))),
        reason=draw(REASONS),
        executions={**before.executions, **moves},
    )


@settings(max_examples=4)
@given(st.data())
def test_whatever_is_decided_is_read_as_it_was(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, fleet_on_sqlite(Path(folder)) as fleet:
        fleet.add(*BOXES)
        now = keep(fleet, going())
        other = keep(fleet, going("r2"))
        assert kept(fleet, "r1") == now
        for _ in range(3):
            fleet.wait(1)
            after = data.draw(decided(now))
            save(fleet, now, after)
            now = after
            assert kept(fleet, "r1") == now
        assert kept(fleet, "r2") == other, "another one is left alone"


def test_boxes_keep_the_order_of_their_group(boxes: Fleet) -> None:
    members = (("box-4", "box-0"), ("box-3", "box-5", "box-1", "box-2"))
    keep(boxes, going(members=members))
    assert kept(boxes, "r1").members == members


def test_only_what_is_different_is_written(boxes: Fleet) -> None:
    new = keep(boxes, going())
    some = Execution("queued", BEGIN)
    before = replace(new, executions={(0, box): some for box in new.members[0]})
    save(boxes, new, before)
    written: list[str] = []
    event.listen(boxes.database.engine, "before_cursor_execute", lambda *told: written.append(str(told[2])))
    save(boxes, before, replace(before, reason="slower than wanted"))
    assert not any("rollout_member" in statement for statement in written)
    assert kept(boxes, "r1").reason == "slower than wanted"


def test_of_a_subject_one_goes_on_and_after_its_end_another_may(boxes: Fleet) -> None:
    first = keep(boxes, going(subject="intensity"))
    with pytest.raises(IntegrityError):
        keep(boxes, going("r2", subject="intensity"))
    keep(boxes, going("r3", subject="intensity", shadow="software"))
    save(boxes, first, replace(first, end="aborted"))
    keep(boxes, going("r2", subject="intensity"))
    with boxes.database.read() as session:
        assert sorted(store.going_on(session)) == ["r2", "r3"]


def test_those_that_go_on_come_oldest_first_and_lists_newest_first(boxes: Fleet) -> None:
    for name in ("z", "a", "m"):
        keep(boxes, going(name))
        boxes.wait(1)
    with boxes.database.read() as session:
        assert store.going_on(session) == ["z", "a", "m"]
        assert [row.id for row in store.newest(session, 2)] == ["m", "a"]
        assert [row.id for row in store.newest(session, 9)] == ["m", "a", "z"]


def test_what_is_another_tenants_is_not_found_however_it_is_held(boxes: Fleet) -> None:
    keep(boxes, going("own", tenant_id="tenant-of-north"))
    keep(boxes, going("service"))
    with boxes.database.write() as session:
        for hold in (None, "wait", "pass"):
            found = [
                (name, tenant)
                for name in ("own", "service", "nothing")
                for tenant in (None, "tenant-of-north", "tenant-of-south")
                if store.find(session, name, tenant_id=tenant, hold=hold) is not None
            ]
            assert found == [("own", None), ("own", "tenant-of-north"), ("service", None)]
    with boxes.database.read() as session:
        assert [row.id for row in store.newest(session, 9, "tenant-of-north")] == ["own"]


def test_the_fleet_is_every_box_that_was_not_sent_away_with_its_words(fleet: Fleet) -> None:
    fleet.add("a", "b", "gone")
    fleet.add("z", gym="south")
    fleet.gateways.revoke("gone")
    with fleet.database.write() as session:
        session.add_all([GatewayTag(gateway_id="a", tag="loud"), GatewayTag(gateway_id="gone", tag="loud")])
    with fleet.database.read() as session:
        everybody = {each.gateway_id: each.tags for each in store.fleet(session)}
        north = [each.gateway_id for each in store.fleet(session, "tenant-of-north")]
        nobody = store.fleet(session, "tenant-of-nobody")
    assert set(everybody) == {"a", "b", "z"}
    assert everybody["a"] == {"gateway=a", "gym=north", "tenant=tenant-of-north", "loud"}
    assert everybody["z"] == {"gateway=z", "gym=south", "tenant=tenant-of-south"}
    assert (sorted(north), nobody) == (["a", "b"], [])


def finished(fleet: Fleet, name: str, version: str, **facts: object) -> None:
    new = keep(fleet, going(name, challenger={"version": version}, **facts))
    fleet.wait(1)
    save(fleet, new, replace(new, end="finished"))


def test_a_new_box_gets_what_the_last_finished_rollout_brought(boxes: Fleet) -> None:
    north = "tenant-of-north"
    finished(boxes, "r1", "1", subject="intensity")
    finished(boxes, "r2", "2", subject="intensity")
    finished(boxes, "r3", "7", subject="effect", tenant_id=north)
    finished(boxes, "r4", "9", subject="effect", tenant_id="tenant-of-south")
    halted = keep(boxes, going("r5", subject="intensity", challenger={"version": "3"}))
    save(boxes, halted, replace(halted, end="halted"))
    keep(boxes, going("r6", subject="intensity", challenger={"version": "4"}))
    finished(boxes, "r7", "5", subject="gymbox", shadow="software")
    intensity = {"version": "2", "mode": "active", "rollout": "r2"}
    with boxes.database.read() as session:
        assert store.settled(session, "models", None) == {"intensity": intensity}
        assert store.settled(session, "models", north) == {
            "intensity": intensity,
            "effect": {"version": "7", "mode": "active", "rollout": "r3"},
        }
        assert list(store.settled(session, "software", north)) == ["gymbox"]
        assert store.settled(session, "nothing", north) == {}


def test_only_boxes_that_were_given_it_are_asked_what_they_report(boxes: Fleet) -> None:
    new = keep(boxes, going())
    given_to, waits = new.members[0]
    for box in BOXES:
        with boxes.database.write() as session:
            for shadow in ("models", "software"):
                change(session, box, shadow, "reported", {shadow: {"from": box}}, now=boxes.now)
    after = replace(new, executions={(0, given_to): Execution("queued", BEGIN)})
    save(boxes, new, after)
    with boxes.database.read() as session:
        assert store.reported(session, after) == {given_to: {"models": {"from": given_to}}}
    assert waits != given_to


def test_a_plan_is_read_as_it_was_written_word_for_word(boxes: Fleet) -> None:
    plan = Plan(groups=(canary(tags={"gym=north"}, limits={"most_difference": {"minutes": 2.5}}), EVERYBODY))
    keep(boxes, going(plan=plan, challenger={"version": "2", "größe": [1, 2]}))
    read = kept(boxes, "r1")
    assert read.plan == plan
    assert json.loads(json.dumps(read.challenger)) == {"version": "2", "größe": [1, 2]}
