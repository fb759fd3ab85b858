"""The identity of a running box: what it tells, and who hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.enrolment import agent
from gateway.enrolment.agent import PART, IdentityAgent
from gateway.enrolment.metrics import of_identity
from gateway.health import Health
from gateway.metrics import Metrics
from gateway.store.store import StoreError
from provisioning.identity.claim import Claim
from provisioning.identity.enroller import Enroller
from provisioning.identity.folder import IdentityFolder
from provisioning.identity.judgement import renewal_at
from tests.unit.provisioning.identity.scripted import SILENCE, Scripted

CLAIM = Claim("box", "secret")
BUILT_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Running:
    """An agent beside a service that says what the test has it say."""

    data_dir: Path
    service: Scripted = field(default_factory=Scripted)
    health: Health = field(default_factory=Health)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    followed: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service.says = SILENCE
        self.agent = self.another()
        self.agent.follow(self)

    def another(self) -> IdentityAgent:
        events: Any = SimpleNamespace(record=self._record)
        return IdentityAgent(
            data_dir=self.data_dir,
            config=BoxConfig,
            health=self.health,
            events=events,
            wall=lambda: self.service.now,
            enroller=lambda folder: Enroller(
                folder, agent="test", built_at=BUILT_AT, random=lambda: 0.0, connect=self.service.connect
            ),
        )

    async def reconfigure(self, _config: BoxConfig, change: Change) -> None:
        self.followed.append(change)

    def _record(self, kind: str, *, actor: str, subject: str, outcome: str, **detail: object) -> None:
        assert kind == PART
        assert "secret" not in str(detail)
        self.told.append((actor, subject, outcome))

    def look(self) -> None:
        """Have the agent do what is due now, whatever it waits for."""
        self.agent._news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        for _ in range(500):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError((self.told, self.health.snapshot()))

    async def enrol(self) -> None:
        self.service.says = 200
        await self.agent.enrol(CLAIM, "https://cloud", ca_pem=b"pin", by="operator ana")
        await self.until(lambda: self.state() == "ok" and self.agent._enrolled == self.agent._standing())

    def state(self) -> str:
        part = self.health.get(PART)
        return "" if part is None else part.state


@pytest.fixture
async def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setattr(agent, "_LOOK_S", 0.02)
    made = Running(tmp_path)
    task = asyncio.create_task(made.agent.run())
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_box_that_nobody_enrolled_says_nothing_of_it(box: Running) -> None:
    await asyncio.sleep(0.1)
    assert (box.health.get(PART), box.told, box.followed) == (None, [], [])
    assert (await box.agent.status()).state == "none"


async def test_a_claim_is_taken_told_and_followed(box: Running) -> None:
    await box.enrol()
    assert box.told == [("operator ana", "box", "claimed"), ("box", "box", "enrolled")]
    await box.until(lambda: box.followed)
    assert all(each.touches("cloud") and not each.restarts for each in box.followed)
    metrics = Metrics()
    metrics.add(*of_identity(box.agent))
    assert b"gymbox_identity_expiry_timestamp_seconds 1." in metrics.render()[0]


async def test_who_waits_is_degraded_with_the_reason(box: Running) -> None:
    box.service.says = 202
    await box.agent.enrol(CLAIM, "https://cloud", ca_pem=None, by="operator ana")
    await box.until(lambda: box.state() == "degraded")
    part = box.health.get(PART)
    assert part is not None
    assert part.reason == "told"
    assert box.told[-1] == ("box", "box", "waits")


async def test_what_another_process_enrols_is_seen(box: Running) -> None:
    """`gymbox enrol` beside the running box."""
    box.service.says = 200
    beside = IdentityFolder(box.data_dir)
    with beside.alone():
        beside.begin("https://cloud", "box", "secret", ca_pem=None)
    await box.until(lambda: box.state() == "ok")
    assert len(box.followed) >= 1


async def test_a_renewal_is_followed(box: Running) -> None:
    await box.enrol()
    heard = len(box.followed)
    pair = box.agent.folder.current()
    assert pair is not None
    box.service.now = renewal_at(pair.certificate)
    box.look()
    await box.until(lambda: box.told[-1] == ("box", "box", "renewed"))
    await box.until(lambda: len(box.followed) == heard + 1)


async def test_the_end_comes_in_sight_and_comes(box: Running) -> None:
    await box.enrol()
    box.service.says = 503
    states: list[str] = []
    for days in (80, 11):
        box.service.now += timedelta(days=days)
        box.look()
        await box.until(lambda: box.state() not in ("ok", *states))
        states.append(box.state())
    assert states == ["degraded", "failed"]


async def test_a_broken_file_is_a_failed_part_and_a_new_claim_mends_it(box: Running) -> None:
    await box.enrol()
    (box.agent.folder.path / "enrolment.json").write_text("broken")
    await box.until(lambda: box.state() == "failed")
    await box.enrol()


async def test_a_claim_that_the_disk_does_not_take_is_refused(box: Running, tmp_path: Path) -> None:
    (tmp_path / "identity").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be kept"):
        await box.agent.enrol(CLAIM, "https://cloud", ca_pem=None, by="operator ana")
