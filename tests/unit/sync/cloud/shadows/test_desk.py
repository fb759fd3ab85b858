"""The operators' side of the twins: every conflict rule, whose box it is, and what the audit has of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning.twin import MAX_BYTES, DocumentRefused, VersionConflict
from sync.cloud import audit
from sync.cloud.gateways import GatewayUnknown
from sync.cloud.shadows.desk import Twins
from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.simulated_fleet import Fleet, fleet_on_sqlite


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on_sqlite(tmp_path) as fleet:
        fleet.add("a", "b")
        yield fleet


@pytest.fixture
def twins(fleet: Fleet) -> Twins:
    return Twins(fleet.database, clock=fleet.clock)


def bundle(twins: Twins) -> Any:
    return twins.documents("a")["config"].shadow.desired["box"]


def test_settings_are_merged_key_by_key_and_null_takes_back(twins: Twins) -> None:
    twins.configure("a", {"box": {"language": "de", "id": "x"}}, by="operator ana")
    twins.configure("a", {"box": {"language": "fr"}, "gym": {"plans_hour": 4}}, by="operator ana")
    twins.configure("a", {"box": {"id": None}}, by="operator ana")
    assert bundle(twins) == {
        "version": "3",
        "values": {"box": {"language": "fr"}, "gym": {"plans_hour": 4}},
        "mode": "active",
    }
    assert "config" not in twins.documents("b")


def test_an_array_is_replaced_whole(twins: Twins) -> None:
    twins.configure("a", {"gym": {"equipment": ["mat", "band"]}}, by="x")
    twins.configure("a", {"gym": {"equipment": ["step"]}}, by="x")
    assert bundle(twins)["values"]["gym"]["equipment"] == ["step"]


def test_a_change_for_another_version_is_a_conflict_and_changes_nothing(twins: Twins) -> None:
    seen = twins.configure("a", {"gym": {"plans_hour": 4}}, by="x").shadow.version
    twins.configure("a", {"gym": {"plans_hour": 5}}, by="y", version=seen)
    with pytest.raises(VersionConflict, match=f"version {seen}, and the document is at version {seen + 1}"):
        twins.configure("a", {"gym": {"plans_hour": 6}}, by="x", version=seen)
    with pytest.raises(VersionConflict):
        twins.desire("a", "config", {"box": None}, by="x", version=seen)
    assert bundle(twins)["values"]["gym"]["plans_hour"] == 5


def test_the_version_goes_on_after_everything_was_taken_away(twins: Twins) -> None:
    twins.configure("a", {"gym": {"plans_hour": 4}}, by="x")
    gone = twins.desire("a", "config", {"box": None}, by="x").shadow
    assert (gone.desired, gone.version) == ({}, 2)
    again = twins.configure("a", {"gym": {"plans_hour": 4}}, by="x").shadow
    assert (again.version, bundle(twins)["version"]) == (3, "1")


def test_what_the_box_says_and_what_is_desired_are_each_ones_own(twins: Twins, fleet: Fleet) -> None:
    twins.configure("a", {"gym": {"plans_hour": 4}}, by="x")
    with fleet.database.write() as session:
        said = {"box": {"version": "1", "state": "active"}}
        change(session, "a", "config", "reported", said, now=fleet.clock(), version=1)
    shadow = twins.documents("a")["config"].shadow
    assert shadow.reported == {"box": {"version": "1", "state": "active"}}
    assert shadow.version == 2
    assert "values" in shadow.delta["box"]  # type: ignore[operator]


@pytest.mark.parametrize("tenant", ["another", ""])
def test_another_tenants_box_is_unknown(twins: Twins, tenant: str) -> None:
    twins.configure("a", {"gym": {"plans_hour": 4}}, by="x", tenant_id=None)
    for ask in (
        lambda: twins.documents("a", tenant_id=tenant),
        lambda: twins.configure("a", {"gym": {"plans_hour": 5}}, by="x", tenant_id=tenant),
        lambda: twins.desire("a", "models", {}, by="x", tenant_id=tenant),
        lambda: twins.documents("nobody"),
    ):
        with pytest.raises(GatewayUnknown):
            ask()
    assert bundle(twins)["values"]["gym"]["plans_hour"] == 4


def test_what_cannot_be_stored_is_refused_and_nothing_was_told(twins: Twins, fleet: Fleet) -> None:
    for values in ({"box": {"x": "y" * MAX_BYTES}}, {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}):
        with pytest.raises(DocumentRefused):
            twins.configure("a", values, by="x")
    with fleet.database.read() as session:
        assert [line.action for _, line in audit.read(session) if line.action.startswith("config")] == []


def test_the_audit_has_who_and_which_keys_and_no_values(twins: Twins, fleet: Fleet) -> None:
    twins.configure("a", {"mqtt": {"username": "secret-name"}}, by="operator ana")
    with fleet.database.read() as session:
        (line,) = [line for _, line in audit.read(session, subject="a") if line.action == "config.desire"]
        assert audit.verify(session) is None
    assert (line.actor, line.tenant_id is None) == ("operator ana", False)
    assert "/box/values/mqtt/username" in line.detail["keys"]  # type: ignore[operator]
    assert "secret-name" not in str(line.detail)
