"""How the box does, told to thousands of neighbours' cloud: what is news, what waits, what never leaves."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.health import PartState
from gateway.twin.health import FIGURES_S, Facts, HealthReports, document, news
from gateway.twin.link import CloudLink
from provisioning.twin import MAX_BYTES, encode
from tests.unit.gateway.twin.cloud_in_memory import CloudInMemory

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
FACTS = Facts(
    models={"phase": "7"},
    clock_off_s=1.6,
    disk_free_bytes=7_654_321_000,
    disk_total_bytes=32_000_000_000,
    outbox_depth=3,
    outbox_oldest_s=95.0,
)


def told(parts: dict[str, PartState], facts: Facts = FACTS) -> dict[str, Any]:
    return document(parts, facts, software="1.2", started_at=START)


def test_the_document() -> None:
    assert told({"mqtt": PartState("failed", "no broker"), "store": PartState("ok")}) == {
        "parts": {"mqtt": {"state": "failed", "reason": "no broker"}, "store": {"state": "ok"}},
        "versions": {"software": "1.2", "models": {"phase": "7"}},
        "started_at": "2026-03-01T09:30:00+00:00",
        "clock": {"off_s": 2},
        "disk": {"free_bytes": 7_600_000_000, "total_bytes": 32_000_000_000},
        "outbox": {"depth": 3, "oldest_s": 120},
    }


def test_what_is_not_known_is_not_told() -> None:
    nothing = Facts(
        models={},
        clock_off_s=None,
        disk_free_bytes=None,
        disk_total_bytes=None,
        outbox_depth=None,
        outbox_oldest_s=None,
    )
    found = told({}, nothing)
    assert (found["clock"], found["disk"], found["outbox"]) == ({}, {}, {})


def test_no_password_and_no_folder_leaves() -> None:
    reason = "rtsp://ana:geheim@cam/1 cannot be opened, see /var/lib/gymbox/log/box.log"
    (part,) = told({"camera:1": PartState("failed", reason)})["parts"].values()
    assert "geheim" not in part["reason"]
    assert "/var/lib" not in part["reason"]


def test_however_much_ails_it_fits() -> None:
    parts = {f"camera:{n}": PartState("failed" if n % 2 else "ok", "x" * 5000) for n in range(1000)}
    found = told(parts)
    assert len(encode(found)) < MAX_BYTES // 2
    assert {each["state"] for each in found["parts"].values()} == {"failed"}


@pytest.mark.parametrize(
    ("after", "due", "keys"),
    [
        (told({"mqtt": PartState("ok")}), False, []),
        (told({"mqtt": PartState("failed", "x")}), False, ["parts"]),
        (told({}), False, ["parts"]),
        (told({"mqtt": PartState("ok", "another word")}), False, []),
        (told({"mqtt": PartState("ok", "another word")}), True, ["parts"]),
        (told({"mqtt": PartState("ok")}, replace(FACTS, outbox_depth=9)), False, []),
        (told({"mqtt": PartState("ok")}, replace(FACTS, outbox_depth=9)), True, ["outbox"]),
        (told({"mqtt": PartState("ok")}, replace(FACTS, models={"phase": "8"})), False, ["versions"]),
    ],
)
def test_what_is_news(after: Any, keys: list[str], *, due: bool) -> None:
    assert sorted(news(told({"mqtt": PartState("ok")}), after, figures_due=due)) == keys


def test_a_part_that_is_gone_goes_there_too() -> None:
    said = told({"mqtt": PartState("ok"), "broker": PartState("ok")})
    assert news(said, told({"mqtt": PartState("ok")}), figures_due=False) == {"parts": {"broker": None}}


@dataclass
class Time:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_a_box_tells_when_a_state_changes_and_its_figures_now_and_then() -> None:
    cloud, time_s = CloudInMemory(), Time()
    link, parts, depth = CloudLink(cloud), {"mqtt": PartState("ok")}, [1]
    reports = HealthReports(
        link=link,
        parts=lambda: parts,
        facts=lambda: replace(FACTS, outbox_depth=depth[0]),
        software="1.2",
        clock=Clock(time_s, lambda: START),
    )
    await reports.turn()
    assert cloud.reports == []
    await link.turn()
    await reports.turn()
    await reports.turn()
    assert len(cloud.reports) == 1
    depth[0] = 2
    time_s.now_s = FIGURES_S - 1
    await reports.turn()
    assert len(cloud.reports) == 1
    parts["mqtt"] = PartState("failed", "no broker")
    await reports.turn()
    said: Any = cloud.said("health")
    assert (said["parts"]["mqtt"]["state"], said["outbox"]["depth"]) == ("failed", 2)
    depth[0], time_s.now_s = 3, 3 * FIGURES_S
    await reports.turn()
    said = cloud.said("health")
    assert (said["outbox"]["depth"], len(cloud.reports)) == (3, 3)
    cloud.away = True
    parts["mqtt"] = PartState("ok")
    await link.turn()
    await reports.turn()
    cloud.away = False
    await link.turn()
    await reports.turn()
    assert len(cloud.reports) == 4
