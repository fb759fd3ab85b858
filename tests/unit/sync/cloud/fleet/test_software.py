"""Releases of the program, over the service's own API."""

from datetime import UTC, datetime

import pytest

from sync.cloud.rollout.kinds.software import note_release
from tests.unit.sync.cloud.desk import NORTH, Desk

SIGNED_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
REASON = {"reason": "it forgets the time"}


@pytest.fixture
def signed(desk: Desk) -> Desk:
    with desk.cloud.database.write() as session:
        note_release(
            session,
            version="0.2.0",
            purpose="feature",
            target="software/gymbox/0.2.0/gymbox.tar",
            sha256="ab" * 32,
            by="service",
            now=SIGNED_AT,
        )
    return desk


async def test_a_release_is_withdrawn_and_nobody_gets_it(signed: Desk) -> None:
    withdraw = "/software/0.2.0/withdraw"
    begun = await signed.ask(
        "admin", None, "POST", "/rollouts", json={"kind": "software", "subject": "gymbox"}
    )
    assert (begun.status_code, begun.json()["version"]) == (201, "0.2.0")
    for _ in range(2):  # again changes nothing
        answer = await signed.ask("release-manager", None, "POST", withdraw, json=REASON)
        assert answer.status_code == 204
    listed = (await signed.ask("viewer", NORTH, "GET", "/software")).json()["releases"]
    assert [(each["version"], each["withdrawn"]) for each in listed] == [("0.2.0", REASON["reason"])]
    signed.cloud.rollouts.step()
    shown = (await signed.ask("viewer", None, "GET", f"/rollouts/{begun.json()['id']}")).json()
    assert shown["status"] == "halted"
    again = await signed.ask(
        "admin", None, "POST", "/rollouts", json={"kind": "software", "subject": "gymbox"}
    )
    assert again.status_code == 404
    told = (await signed.ask("admin", None, "GET", "/audit")).json()["lines"]
    withdrawn = [each for each in told if each["action"] == "software.withdraw"]
    assert [each["detail"] for each in withdrawn] == [REASON]


@pytest.mark.parametrize(
    ("tenant", "version", "body", "status"),
    [
        (None, "0.9", REASON, 404),
        (NORTH, "0.2.0", REASON, 409),
        (None, "0.2.0", {"reason": ""}, 422),
        (None, "0.2.0", {}, 422),
        (None, "a b", REASON, 422),
    ],
)
async def test_what_cannot_be_withdrawn(
    signed: Desk, tenant: str | None, version: str, body: dict[str, str], status: int
) -> None:
    answer = await signed.ask("release-manager", tenant, "POST", f"/software/{version}/withdraw", json=body)
    assert answer.status_code == status, answer.text
    listed = (await signed.ask("viewer", None, "GET", "/software")).json()["releases"]
    assert [each["withdrawn"] for each in listed] == [""]
