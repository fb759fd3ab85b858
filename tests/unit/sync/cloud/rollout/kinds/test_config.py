from typing import Any

import pytest

from sync.cloud import audit
from sync.cloud.rollout.kinds.config import BundleRefused, Config, add_bundle, bundles
from sync.cloud.rollout.kinds.kind import ReleaseUnknown
from tests.unit.sync.cloud.simulated_fleet import Fleet

LIGHT = {"vision": {"thresholds": None, "pose": "movenet"}}


def add(fleet: Fleet, values: dict[str, Any], name: str = "light", tenant_id: str | None = None) -> str:
    with fleet.database.write() as session:
        return add_bundle(session, name, values, by="operator ann", now=fleet.now, tenant_id=tenant_id)


def told(fleet: Fleet, version: str | None = None, tenant_id: str | None = None) -> Any:
    with fleet.database.read() as session:
        return Config().release(session, "light", version, tenant_id)


def test_versions_are_counted_and_the_newest_is_told(fleet: Fleet) -> None:
    assert add(fleet, LIGHT) == "1"
    assert add(fleet, LIGHT) == "1"  # the same again
    assert add(fleet, {"box": {"language": "de"}}) == "2"
    assert add(fleet, LIGHT) == "3"
    assert told(fleet) == {"version": "3", "values": [LIGHT]}
    assert told(fleet, "2") == {"version": "2", "values": [{"box": {"language": "de"}}]}
    with fleet.database.read() as session:
        (listed,) = bundles(session)
        lines = [line for _, line in audit.read(session)]
    assert (listed.name, listed.version, listed.values, listed.created_by) == (
        "light",
        "3",
        LIGHT,
        "operator ann",
    )
    assert [(line.action, line.detail["version"]) for line in lines] == [
        ("config.bundle", each) for each in "123"
    ]


@pytest.mark.parametrize("version", ["9", "x", "-1", "1" * 30])
def test_a_version_that_is_not_there(fleet: Fleet, version: str) -> None:
    add(fleet, LIGHT)
    with pytest.raises(ReleaseUnknown, match=f"no bundle light of version {version}"):
        told(fleet, version)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("box", LIGHT, "cannot be called"),
        ("Light", LIGHT, "cannot be called"),
        ("", LIGHT, "cannot be called"),
        ("light", {}, "sets nothing"),
        ("light", {"a": float("nan")}, "no JSON"),
        ("light", {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}, "levels"),
        ("light", {"a": "x" * 20_000}, "divide it"),
    ],
)
def test_what_is_no_bundle(fleet: Fleet, name: str, values: dict[str, Any], reason: str) -> None:
    with pytest.raises(BundleRefused, match=reason):
        add(fleet, values, name)
    with fleet.database.read() as session:
        assert bundles(session) == []


def test_a_bundle_belongs_to_one_tenant_or_to_the_service(fleet: Fleet) -> None:
    fleet.add("a", gym="north")
    fleet.add("b", gym="south")
    add(fleet, LIGHT, tenant_id="tenant-of-north")
    with pytest.raises(BundleRefused, match="belongs to somebody else"):
        add(fleet, LIGHT, tenant_id="tenant-of-south")
    assert told(fleet, tenant_id="tenant-of-north")["version"] == "1"
    for stranger in ("tenant-of-south", None):
        with pytest.raises(ReleaseUnknown):
            told(fleet, tenant_id=stranger)
    with fleet.database.read() as session:
        assert [len(bundles(session, each)) for each in (None, "tenant-of-north", "tenant-of-south")] == [
            1,
            1,
            0,
        ]
