from typing import Any

import pytest

from sync.cloud.rollout.kinds.kind import ReleaseUnknown
from sync.cloud.rollout.kinds.software import (
    Purpose,
    Software,
    note_release,
    software_releases,
    withdraw_release,
)
from tests.unit.sync.cloud.simulated_fleet import Fleet

SHA256 = "ab" * 32


def note(fleet: Fleet, version: str, purpose: Purpose = "feature") -> None:
    fleet.wait(1)
    with fleet.database.write() as session:
        note_release(
            session,
            version=version,
            purpose=purpose,
            target=f"software/gymbox/{version}/gymbox.tar",
            sha256=SHA256,
            by="operator ann",
            now=fleet.now,
        )


def withdraw(fleet: Fleet, version: str) -> None:
    with fleet.database.write() as session:
        withdraw_release(session, version, "it forgets the time", by="operator ann", now=fleet.now)


def told(
    fleet: Fleet, version: str | None = None, subject: str = "gymbox", tenant_id: str | None = None
) -> Any:
    with fleet.database.read() as session:
        return Software().release(session, subject, version, tenant_id)


def test_the_newest_release_is_told(fleet: Fleet) -> None:
    note(fleet, "1.9")
    note(fleet, "1.10", "security")
    note(fleet, "1.9")  # signed again: still the older one
    target = "software/gymbox/1.10/gymbox.tar"
    assert told(fleet) == {"version": "1.10", "target": target, "sha256": SHA256, "purpose": "security"}
    assert told(fleet, "1.9")["version"] == "1.9"
    assert fleet.audited() == ["software.release", "software.release"]


def test_what_was_withdrawn_goes_nowhere(fleet: Fleet) -> None:
    note(fleet, "1")
    note(fleet, "2")
    withdraw(fleet, "2")
    withdraw(fleet, "2")
    assert told(fleet)["version"] == "1"
    with pytest.raises(ReleaseUnknown, match="2 was withdrawn: it forgets the time"):
        told(fleet, "2")
    with pytest.raises(ReleaseUnknown, match="no release 3"):
        withdraw(fleet, "3")
    with fleet.database.read() as session:
        assert [(each.version, each.withdrawn) for each in software_releases(session)] == [
            ("2", "it forgets the time"),
            ("1", ""),
        ]
    assert fleet.audited() == ["software.release", "software.release", "software.withdraw"]


@pytest.mark.parametrize("wish", [{}, {"version": "7"}, {"subject": "kiosk"}, {"tenant_id": "t"}])
def test_what_is_not_there_is_not_told(fleet: Fleet, wish: dict[str, str]) -> None:
    with pytest.raises(ReleaseUnknown):
        told(fleet, **wish)
