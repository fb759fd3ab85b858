"""PINs: who has one needs it, a wrong one has to wait, and nothing of it is left when a member is erased."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.registry import DeviceRegistry
from gateway.api.throttle import FailureThrottle
from gateway.clock import Clock
from gateway.members.members import MemberProfile, Members, MemberUnknown
from gateway.members.pins import (
    MOST_REGULARS,
    PINS_A_MINUTE,
    REGULAR_DAYS,
    PinNeeded,
    Pins,
    PinThrottled,
    PinWrong,
)
from gateway.sessions.admission import CheckIn
from gateway.sessions.service import SessionService
from gateway.stations import Station
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync.pseudonym import Pseudonymiser


@dataclass
class Door:
    """Members with PINs over a real store; time is moved by hand."""

    store: Store
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        clock = Clock(lambda: self.now.timestamp(), lambda: self.now)  # noqa: PLW0108 - it moves
        pseudonym = Pseudonymiser(b"k" * 32)
        self.members = Members(store=self.store, pseudonym=pseudonym, clock=clock)
        self.pins = Pins(store=self.store, throttle=FailureThrottle(limit=PINS_A_MINUTE), clock=clock)
        self.sessions = SessionService(
            store=self.store,
            stations={"mat": Station("mat", "Mat"), "rack": Station("rack", "Rack")},
            devices=DeviceRegistry([]),
            members=self.members,
            pseudonym=pseudonym,
            clock=clock,
        )

    async def trains(self, member_id: str, station_id: str = "mat") -> None:
        session = await self.sessions.start(CheckIn(station_id, member_id))
        self.now += timedelta(minutes=5)
        await self.sessions.end(session.id)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield Door(store)
    store.stop()


async def test_who_has_a_pin_needs_it(door: Door) -> None:
    await door.members.put("ada", MemberProfile(display_name="Ada"))
    await door.pins.demand("ada", None)
    await door.pins.demand("nobody", None)
    await door.pins.put("ada", "1234")
    with pytest.raises(PinNeeded):
        await door.pins.demand("ada", None)
    with pytest.raises(PinWrong):
        await door.pins.demand("ada", "4321")
    await door.pins.demand("ada", "1234")
    await door.pins.put("ada", "00001111")
    with pytest.raises(PinWrong):
        await door.pins.demand("ada", "1234")
    await door.pins.remove("ada")
    await door.pins.demand("ada", None)
    with pytest.raises(MemberUnknown):
        await door.pins.put("nobody", "1234")


async def test_guessing_has_to_wait_and_only_for_that_member(door: Door) -> None:
    for name in ("ada", "bob"):
        await door.members.put(name, MemberProfile(display_name=name))
        await door.pins.put(name, "1234")
    for _ in range(PINS_A_MINUTE):
        with pytest.raises(PinWrong):
            await door.pins.demand("ada", "0000")
    with pytest.raises(PinThrottled):
        await door.pins.demand("ada", "1234")
    await door.pins.demand("bob", "1234")
    door.now += timedelta(seconds=61)
    await door.pins.demand("ada", "1234")


async def test_nothing_that_could_be_read_is_kept_and_it_goes_with_the_member(door: Door) -> None:
    await door.members.put("ada", MemberProfile(display_name="Ada"))
    await door.pins.put("ada", "1234")
    rows = await door.store.read(lambda db: list(db.query("SELECT * FROM member_pin")))
    assert b"1234" not in b"".join((rows[0]["salt"], rows[0]["hash"]))
    await door.members.delete("ada")
    assert await door.store.read(lambda db: list(db.query("SELECT * FROM member_pin"))) == []


async def test_regulars_are_who_has_a_pin_and_trained_here_lately(door: Door) -> None:
    for number in range(MOST_REGULARS + 1):
        await door.members.put(f"m{number}", MemberProfile(display_name=f"Ada Number{number}"))
        await door.pins.put(f"m{number}", "1234")
    await door.members.put("shy", MemberProfile(display_name="Shy"))
    await door.trains("m0", "rack")
    for member in ("m1", "shy", "m2", "m1", "guest"):
        await door.trains(member)
    assert [(each.id, each.name) for each in await door.pins.regulars("mat")] == [
        ("m1", "Ada N."),
        ("m2", "Ada N."),
    ]
    for number in range(MOST_REGULARS + 1):
        await door.trains(f"m{number}")
    latest = [f"m{number}" for number in range(MOST_REGULARS, 0, -1)]
    assert [each.id for each in await door.pins.regulars("mat")] == latest
    door.now += timedelta(days=REGULAR_DAYS)
    assert await door.pins.regulars("mat") == []
