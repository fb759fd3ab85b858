from typing import TYPE_CHECKING

from gateway.commands.grants import record_grants
from gateway.events.rows import EventFilter

from .conftest import CONFIG

if TYPE_CHECKING:
    from .conftest import Floor


async def test_whom_the_operator_gave_control_is_logged_when_it_changes_and_only_then(floor: "Floor") -> None:
    await record_grants(CONFIG, floor.events)
    await record_grants(CONFIG, floor.events)
    (granted,) = await floor.events.read(EventFilter(kind="control"), 10)
    assert (granted.actor, granted.subject, granted.outcome) == ("configuration", "belt", "enabled")
    assert granted.detail == {"limits": {"speed_kmh": 12.0, "incline_percent": 8.0, "power_w": 100.0}}
    device = CONFIG.devices[0].model_copy(update={"control": False})
    await record_grants(CONFIG.model_copy(update={"devices": (device,)}), floor.events)
    taken, _ = await floor.events.read(EventFilter(kind="control"), 10)
    assert (taken.outcome, taken.detail) == ("disabled", {})
