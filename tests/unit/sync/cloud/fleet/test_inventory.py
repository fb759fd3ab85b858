"""Which boxes there are: found by what is known of them, counted as they are shown, each tenant its own."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from sync.cloud.database.tables import Gateway
from sync.cloud.fleet.inventory import Box, Inventory, Search
from sync.cloud.fleet.presence import LATE, ONLINE, PRESENCES, presence
from sync.cloud.fleet.tables import AlertRow
from sync.cloud.gateways import GatewayUnknown
from sync.cloud.shadows.store import change
from sync.cloud.shadows.tables import GatewayTag
from tests.unit.sync.cloud.rollout.rollouts import BEGIN
from tests.unit.sync.cloud.simulated_fleet import Fleet, fleet_on_sqlite

NOW = BEGIN
SECOND = timedelta(seconds=1)
SEEN = {
    "n-online": NOW,
    "n-just-online": NOW - ONLINE,
    "n-late": NOW - ONLINE - SECOND,
    "n-just-late": NOW - LATE,
    "n-offline": NOW - LATE - SECOND,
    "n-never": None,
    "s-revoked": NOW,
}
STATES = dict(zip(SEEN, ("online", "online", "late", "late", "offline", "never", "revoked"), strict=True))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Boxes in every state, some in the north, one in the south; the tests only look."""
    with fleet_on_sqlite(tmp_path_factory.mktemp("inventory")) as made:
        for box in SEEN:
            made.add(box, gym="north" if box.startswith("n") else "south")
        made.gateways.revoke("s-revoked")
        with made.database.write() as session:
            for box, seen in SEEN.items():
                session.execute(update(Gateway).where(Gateway.id == box).values(last_seen_at=seen))
            session.add_all(
                GatewayTag(gateway_id=box, tag=tag)
                for box, tag in (
                    ("n-late", "Loud"),
                    ("n-late", "cellar"),
                    ("n-never", "50%"),
                    ("s-revoked", "Loud"),
                )
            )
            for box, shadow, said in (
                ("n-online", "health", {"versions": {"gymbox": "1.2.3"}}),
                ("n-late", "models", {"intensity": {"version": "7", "state": "active"}, "broken": 5}),
                ("n-never", "twin", {"versions": {"gymbox": "1.2.3"}}),
            ):
                change(session, box, shadow, "reported", said, now=NOW)
            for number, (box, resolved) in enumerate((("n-late", None), ("n-late", None), ("n-never", NOW))):
                session.add(
                    AlertRow(
                        key=f"{number}",
                        tenant_id="tenant-of-north",
                        gateway_id=box,
                        kind="disk",
                        severity="warning",
                        reason="",
                        first_at=NOW,
                        opened_at=NOW,
                        last_at=NOW,
                        count=1,
                        resolved_at=resolved,
                    )
                )
        yield made


@pytest.fixture(scope="module")
def inventory(fleet: Fleet) -> Inventory:
    return Inventory(fleet.database, clock=fleet.clock)


def found(inventory: Inventory, tenant: str | None = None, **wanted: object) -> list[str]:
    boxes = inventory.search(Search(**wanted), tenant_id=tenant, after="", limit=100)  # type: ignore[arg-type]
    return [box.id for box in boxes]


def everybody(inventory: Inventory) -> list[Box]:
    return inventory.search(Search(), tenant_id=None, after="", limit=100)


def test_lists_searches_and_counts_agree_about_every_state(inventory: Inventory) -> None:
    assert {box.id: box.state for box in everybody(inventory)} == STATES
    for state in PRESENCES:
        assert found(inventory, state=state) == sorted(box for box, its in STATES.items() if its == state)
    assert inventory.count(tenant_id=None) == Counter(STATES.values())
    assert inventory.count(tenant_id="tenant-of-south") == {"revoked": 1}
    assert inventory.count(tenant_id="tenant-of-nobody") == {}


@pytest.mark.parametrize("seconds", [0, 179, 180, 181, 3599, 3600, 3601, 10**7])
def test_who_was_sent_away_is_revoked_whenever_they_were_seen(seconds: int) -> None:
    seen = NOW - timedelta(seconds=seconds)
    assert presence(last_seen_at=seen, revoked_at=NOW, now=NOW) == "revoked"
    expected = "online" if seconds <= 180 else "late" if seconds <= 3600 else "offline"
    assert presence(last_seen_at=seen, revoked_at=None, now=NOW) == expected


def test_a_box_is_shown_with_all_that_is_known_of_it(inventory: Inventory) -> None:
    late = inventory.find("n-late", tenant_id="tenant-of-north")
    assert (late.gym_id, late.tenant_id, late.tags) == ("north", "tenant-of-north", ("Loud", "cellar"))
    assert late.models == {"intensity": "7"}, "what makes no sense is left out"
    assert late.open_alerts == 2
    online = inventory.find("n-online", tenant_id=None)
    assert online.health.versions == {"gymbox": "1.2.3"}
    assert (online.tags, online.models, online.open_alerts) == ((), {}, 0)


@pytest.mark.parametrize(
    ("box", "tenant"), [("nobody", None), ("n-late", "tenant-of-south"), ("N-LATE", None)]
)
def test_who_is_not_there_or_another_tenants_is_unknown(
    inventory: Inventory, box: str, tenant: str | None
) -> None:
    with pytest.raises(GatewayUnknown, match=f"there is no gateway {box}"):
        inventory.find(box, tenant_id=tenant)


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("n-l", ["n-late"]),
        ("LATE", ["n-just-late", "n-late"]),
        ("sout", ["s-revoked"]),
        ("loud", ["n-late", "s-revoked"]),
        ("1.2.3", ["n-online"]),
        ("7", ["n-late"]),
        ("50%", ["n-never"]),
        ("%", ["n-never"]),
        ("_", []),
        ("nothing", []),
        ("active", []),
        ("version", []),
        ("intensity", []),
        ("1.2", []),
        ("'", []),
    ],
)
def test_boxes_are_found_by_parts_of_words_and_by_versions(
    inventory: Inventory, text: str, boxes: list[str]
) -> None:
    assert found(inventory, text=text) == boxes


def test_every_wish_narrows_and_all_of_them_must_hold(inventory: Inventory) -> None:
    assert found(inventory, tag="Loud") == ["n-late", "s-revoked"]
    assert found(inventory, tag="loud") == [], "a tag is meant as it is written"
    assert found(inventory, tag="Loud", gym="north") == ["n-late"]
    assert found(inventory, alerts=True) == ["n-late"], "what was resolved is no alert"
    assert found(inventory, alerts=True, state="online") == []
    assert found(inventory, gym="nowhere") == []
    assert found(inventory, tenant="tenant-of-south", tag="Loud") == ["s-revoked"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_have_every_box_once_in_order(inventory: Inventory, limit: int) -> None:
    seen: list[str] = []
    after = ""
    while page := inventory.search(Search(), tenant_id=None, after=after, limit=limit):
        assert len(page) <= limit
        seen += [box.id for box in page]
        after = page[-1].id
    assert seen == sorted(STATES)
