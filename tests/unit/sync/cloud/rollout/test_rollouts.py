"""Rollouts on a database: what boxes are told, what registry and audit say, and what a kill leaves."""

import threading
from typing import Any

import pytest
from sqlalchemy import text

from sync.cloud import audit
from sync.cloud.rollout import rollouts as module
from sync.cloud.rollout import store
from sync.cloud.rollout.kinds.config import add_bundle
from sync.cloud.rollout.kinds.kind import ReleaseUnknown
from sync.cloud.rollout.kinds.software import note_release, withdraw_release
from sync.cloud.rollout.machine import NotPossible
from sync.cloud.rollout.plan import CAREFUL, STEPWISE, Plan, PlanRefused
from sync.cloud.rollout.rollouts import RolloutUnknown
from sync.cloud.rollout.state import Rollout
from sync.cloud.rollout.store import settled
from tests.unit.sync.cloud.rollout.rollouts import EVERYBODY, TIMEOUT_S, canary
from tests.unit.sync.cloud.simulated_fleet import Fleet

QUICK = Plan(groups=(canary(boxes=1, soak_s=60), EVERYBODY))
BOXES = ("a", "b", "c")


@pytest.fixture(autouse=True)
def _ready(request: pytest.FixtureRequest) -> None:
    for name in {"fleet", "fleet_on_either"} & set(request.fixturenames):
        fleet: Fleet = request.getfixturevalue(name)
        fleet.add(*BOXES)
        fleet.register("2")


def start(fleet: Fleet, plan: Plan = QUICK, **wishes: Any) -> Rollout:
    return fleet.rollouts.start("intensity", plan=plan, by="operator ann", **wishes)


def finish(fleet: Fleet, plan: Plan = QUICK) -> Rollout:
    begun = start(fleet, plan)
    for _ in plan.groups:
        for box in BOXES:
            if fleet.desired(box).get("rollout") == begun.id:
                fleet.obey(box)
        fleet.rollouts.step()
        fleet.wait(61)
        fleet.rollouts.step()
    return fleet.rollouts.show(begun.id).rollout


def test_a_good_release_reaches_everybody_and_becomes_the_champion(fleet_on_either: Fleet) -> None:
    fleet = fleet_on_either
    begun = start(fleet)
    (first,) = begun.members[0]
    release = {"version": "2", "target": "models/intensity/2/model.toml", "sha256": "ab" * 32}
    told = {**release, "mode": "active", "rollout": begun.id}
    assert {box: fleet.desired(box) for box in BOXES} == {box: told if box == first else {} for box in BOXES}
    fleet.obey(first)
    fleet.rollouts.step()
    fleet.wait(60)
    fleet.rollouts.step()
    assert {box: fleet.desired(box) for box in BOXES} == dict.fromkeys(BOXES, told)
    assert (fleet.alias("champion"), fleet.alias("challenger")) == (None, "2")
    for box in BOXES:
        fleet.obey(box)
    fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id).rollout.status == "finished"
    assert (fleet.alias("champion"), fleet.alias("challenger")) == ("2", None)
    assert fleet.audited() == [
        "start",
        "group_begin",
        "group_finish",
        "group_begin",
        "group_finish",
        "finish",
    ]
    assert fleet.chain() is None


def test_a_bad_one_is_taken_back_from_everybody_who_has_it(fleet: Fleet) -> None:
    finish(fleet)
    fleet.register("3")
    begun = start(fleet)
    (first,) = begun.members[0]
    assert fleet.desired(first)["version"] == "3"
    fleet.obey(first, "rolled_back", reason="answers are no numbers")
    fleet.rollouts.step()
    halted = fleet.rollouts.show(begun.id).rollout
    assert halted.status == "halted"
    assert {fleet.desired(box)["version"] for box in BOXES} == {"2"}
    assert fleet.desired(first)["target"] == "models/intensity/2/model.toml"
    assert (fleet.alias("champion"), fleet.alias("challenger")) == ("2", "3")
    assert fleet.audited()[-2:] == ["failure", "halt"]


def test_where_nothing_was_rolled_out_before_boxes_go_back_to_their_own(fleet: Fleet) -> None:
    begun = start(fleet)
    fleet.rollouts.abort(begun.id, by="operator ann", reason="the wrong day")
    back = {"version": "original", "mode": "active", "rollout": begun.id}
    assert fleet.desired(begun.members[0][0]) == back


def test_a_box_that_comes_while_it_goes_on_gets_it_in_the_end(fleet: Fleet) -> None:
    begun = start(fleet)
    fleet.add("late")
    for _ in QUICK.groups:
        for box in BOXES:
            if fleet.desired(box):
                fleet.obey(box)
        fleet.rollouts.step()
        fleet.wait(61)
        fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id).rollout.end == "finished"
    assert fleet.desired("late") == fleet.desired("a")


def test_nothing_is_written_while_nothing_happens(fleet: Fleet) -> None:
    begun = start(fleet)
    before = fleet.rollouts.show(begun.id)
    fleet.wait(5)
    fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id) == before
    assert len(fleet.audited()) == 2


def test_what_is_stored_is_what_was_decided(fleet: Fleet) -> None:
    begun = start(fleet, Plan(groups=(canary(boxes=2, approval=True), EVERYBODY)))
    assert begun.status == "waiting_for_approval"
    assert fleet.rollouts.show(begun.id).rollout == begun
    for wish in (fleet.rollouts.pause, fleet.rollouts.resume, fleet.rollouts.approve):
        decided = wish(begun.id, by="operator ben")
        assert fleet.rollouts.show(begun.id).rollout == decided
        assert wish(begun.id, by="operator ben") == decided
    fleet.wait(TIMEOUT_S)
    fleet.rollouts.step()
    waiting = fleet.rollouts.show(begun.id).rollout
    assert {each.state for each in waiting.executions.values()} == {"timed_out"}
    assert fleet.audited() == ["start", "wait", "pause", "resume", "approve", "group_begin", "wait"]
    assert [each.rollout.id for each in fleet.rollouts.all()] == [begun.id]


def test_an_abort_again_is_no_news(fleet: Fleet) -> None:
    begun = start(fleet)
    once = fleet.rollouts.abort(begun.id, by="operator ann", reason="x")
    assert fleet.rollouts.abort(begun.id, by="operator ben", reason="y") == once
    assert fleet.audited()[-1:] == ["abort"]
    with pytest.raises(NotPossible, match="is aborted"):
        fleet.rollouts.resume(begun.id, by="operator ann")


def test_of_a_model_one_rollout_goes_on_at_a_time(fleet: Fleet) -> None:
    begun = start(fleet)
    fleet.register("3")
    with pytest.raises(NotPossible, match="goes on"):
        start(fleet)
    fleet.register("9", name="effect")
    other = fleet.rollouts.start("effect", plan=QUICK, by="operator ann")
    assert {each.rollout.id for each in fleet.rollouts.all()} == {begun.id, other.id}
    fleet.rollouts.abort(begun.id, by="operator ann", reason="x")
    assert start(fleet).challenger["version"] == "3"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"version": "8"}, "no version 8"),
        ({"version": "unsigned"}, "not signed yet"),
        ({"version": "stale"}, "erased since"),
    ],
)
def test_what_may_not_leave_does_not(fleet: Fleet, wish: dict[str, Any], reason: str) -> None:
    fleet.register("unsigned", signed=False)
    fleet.register("stale")
    with fleet.database.write() as session:
        session.execute(text("UPDATE model_version SET stale_since = created_at WHERE version = 'stale'"))
    with pytest.raises(ReleaseUnknown, match=reason):
        start(fleet, **wish)
    assert fleet.audited() == []


def test_a_version_whose_data_were_erased_goes_no_further(fleet: Fleet) -> None:
    begun = start(fleet)
    with fleet.database.write() as session:
        session.execute(text("UPDATE model_version SET stale_since = created_at"))
    fleet.rollouts.step()
    halted = fleet.rollouts.show(begun.id).rollout
    assert (halted.status, "erased since" in halted.reason) == ("halted", True)
    assert fleet.desired(begun.members[0][0])["version"] == "original"


def test_without_a_challenger_there_is_nothing_to_roll_out(fleet: Fleet) -> None:
    with pytest.raises(ReleaseUnknown, match="no challenger"):
        fleet.rollouts.start("effect", plan=QUICK, by="operator ann")


def test_what_everybody_has_is_not_rolled_out_again(fleet: Fleet) -> None:
    assert finish(fleet).status == "finished"
    with pytest.raises(NotPossible, match="already"):
        start(fleet, version="2")


def test_a_plan_without_boxes_is_refused(fleet: Fleet) -> None:
    for box in BOXES:
        fleet.gateways.revoke(box)
    with pytest.raises(PlanRefused, match="no box"):
        start(fleet)


def test_a_rollout_that_is_not_there(fleet: Fleet) -> None:
    for wish in (fleet.rollouts.pause, fleet.rollouts.resume, fleet.rollouts.approve):
        with pytest.raises(RolloutUnknown, match="no rollout nix"):
            wish("nix", by="operator ann")
    with pytest.raises(RolloutUnknown):
        fleet.rollouts.show("nix")


def test_tags_and_gyms_choose_the_first_boxes(fleet: Fleet) -> None:
    fleet.add("d", gym="south")
    with fleet.database.write() as session:
        session.execute(text("INSERT INTO gateway_tag VALUES ('b', 'ring=early')"))
    groups = [
        canary(name=f"g{place}", boxes=None, tags=[tag])
        for place, tag in enumerate(("gym=south", "ring=early"))
    ]
    begun = start(fleet, Plan(groups=(*groups, EVERYBODY)))
    assert begun.members[:2] == (("d",), ("b",))
    assert set(begun.members[2]) == {"a", "c"}


def add_bundle_of(fleet: Fleet, tenant_id: str | None, name: str = "light") -> None:
    with fleet.database.write() as session:
        add_bundle(
            session, name, {"box": {"language": "de"}}, by="operator ann", now=fleet.now, tenant_id=tenant_id
        )


def test_a_bundle_of_settings_is_rolled_out_and_taken_back(fleet: Fleet) -> None:
    add_bundle_of(fleet, None)
    begun = fleet.rollouts.start("light", plan=QUICK, by="operator ann", shadow="config")
    (first,) = begun.members[0]
    about = {"mode": "active", "rollout": begun.id}
    told = {"version": "1", "values": [{"box": {"language": "de"}}], **about}
    assert fleet.desired(first, "light", shadow="config") == told
    fleet.obey(first, "rolled_back", "light", shadow="config", reason="the cloud was out of reach")
    fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id).rollout.status == "halted"
    assert fleet.desired(first, "light", shadow="config") == {"version": "original", **about}


def test_software_halts_when_it_is_withdrawn(fleet: Fleet) -> None:
    told: dict[str, Any] = {
        "version": "2",
        "target": "software/gymbox/2/gymbox.tar",
        "sha256": "ab" * 32,
        "purpose": "feature",
    }
    with fleet.database.write() as session:
        note_release(session, **told, by="operator ann", now=fleet.now)
    begun = fleet.rollouts.start("gymbox", plan=QUICK, by="operator ann", shadow="software")
    (first,) = begun.members[0]
    assert fleet.desired(first, "gymbox", shadow="software").items() >= told.items()
    with fleet.database.write() as session:
        withdraw_release(session, "2", "it forgets the time", by="operator ann", now=fleet.now)
    fleet.rollouts.step()
    halted = fleet.rollouts.show(begun.id).rollout
    assert (halted.status, halted.reason) == ("halted", "gymbox 2 was withdrawn: it forgets the time")
    assert fleet.desired(first, "gymbox", shadow="software")["version"] == "original"


def test_what_cannot_run_beside_has_no_group_in_shadow_mode(fleet: Fleet) -> None:
    add_bundle_of(fleet, None)
    with pytest.raises(PlanRefused, match="config cannot run beside"):
        fleet.rollouts.start("light", plan=CAREFUL, by="operator ann", shadow="config")
    begun = fleet.rollouts.start("light", by="operator ann", shadow="config")
    assert begun.plan == STEPWISE


def test_a_tenant_rolls_out_its_own_settings_to_its_own_boxes(fleet: Fleet) -> None:
    fleet.add("s", gym="south")
    south = "tenant-of-south"
    add_bundle_of(fleet, south)
    with pytest.raises(ReleaseUnknown):
        fleet.rollouts.start("light", by="operator eve", shadow="config", tenant_id="tenant-of-north")
    with pytest.raises(ReleaseUnknown, match="whole service"):
        fleet.rollouts.start("intensity", by="operator bob", tenant_id=south)
    everybody = Plan(groups=(EVERYBODY,))
    begun = fleet.rollouts.start("light", plan=everybody, by="operator bob", shadow="config", tenant_id=south)
    assert (begun.members, begun.tenant_id) == ((("s",),), south)
    assert [each.rollout for each in fleet.rollouts.all(tenant_id=south)] == [begun]
    assert fleet.rollouts.all(tenant_id="tenant-of-north") == []
    for wish in (fleet.rollouts.pause, fleet.rollouts.resume, fleet.rollouts.approve):
        with pytest.raises(RolloutUnknown):
            wish(begun.id, by="operator eve", tenant_id="tenant-of-north")
    fleet.obey("s", name="light", shadow="config")
    fleet.rollouts.step()
    fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id, tenant_id=south).rollout.status == "finished"
    with fleet.database.read() as session:
        assert [set(settled(session, "config", each)) for each in (south, "tenant-of-north", None)] == [
            {"light"}, set(), set(),
        ]  # fmt: skip
        lines = [line for _, line in audit.read(session) if line.action.startswith("rollout.")]
        assert {line.tenant_id for line in lines} == {south}


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("killed_at", ["save", "change_many", "append"])
def test_a_kill_in_the_middle_of_a_decision_leaves_none_of_it(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    begun = start(fleet)
    fleet.obey(begun.members[0][0], "rolled_back")
    before = {box: fleet.shadow(box) for box in BOXES}

    def die(*_: object, **__: object) -> None:
        raise Killed

    place = {"save": store, "change_many": module, "append": audit}[killed_at]
    with monkeypatch.context() as patch:
        patch.setattr(place, killed_at, die)
        with pytest.raises(Killed):
            fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id).rollout == begun
    assert {box: fleet.shadow(box) for box in BOXES} == before
    fleet.rollouts.step()
    assert fleet.rollouts.show(begun.id).rollout.status == "halted"
    assert fleet.desired(begun.members[0][0])["version"] == "original"
    assert fleet.chain() is None


def test_of_many_who_step_at_once_one_decides(fleet_on_either: Fleet) -> None:
    fleet = fleet_on_either
    begun = start(fleet)
    fleet.obey(begun.members[0][0], "rolled_back")
    gate = threading.Barrier(4)
    failures: list[BaseException] = []

    def step() -> None:
        gate.wait(10)
        try:
            fleet.rollouts.step()
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert fleet.audited() == ["start", "group_begin", "failure", "halt"]
    assert fleet.rollouts.show(begun.id).rollout.status == "halted"
    assert fleet.chain() is None


def test_one_that_cannot_go_on_does_not_hold_up_the_others(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.register("9", name="effect")
    broken = start(fleet)
    fine = fleet.rollouts.start("effect", plan=QUICK, by="operator ann")
    failed = {"version": "9", "rollout": fine.id, "mode": "active", "state": "failed"}

    def fail_for_one(_session: Any, rollout: Rollout) -> Any:
        if rollout.id == broken.id:
            raise ValueError("out of order")
        return {box: {"effect": failed} for box in fine.members[0]}

    monkeypatch.setattr(store, "reported", fail_for_one)
    with pytest.raises(ExceptionGroup, match="could not go on"):
        fleet.rollouts.step()
    assert fleet.rollouts.show(fine.id).rollout.status == "halted"
    assert fleet.rollouts.show(broken.id).rollout == broken
