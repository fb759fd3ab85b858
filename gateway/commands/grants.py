"""Rule 1: whom the operator gave the box control of stands in the event log, and since when."""

from typing import TYPE_CHECKING

from gateway.events.rows import EventFilter

if TYPE_CHECKING:
    from gateway.config.model import BoxConfig
    from gateway.events.log import EventLog


async def record_grants(config: "BoxConfig", events: "EventLog") -> None:
    """Write into the log which machines may be commanded from this start on, where that has changed.

    Raises:
        StoreError: the log cannot be read now.
    """
    for device in config.devices:
        last = await events.read(EventFilter(kind="control", subject=device.id), 1)
        granted = {"limits": dict(device.limits.given)} if device.control else {}
        outcome = "enabled" if device.control else "disabled"
        before = (last[0].outcome, last[0].detail) if last else ("disabled", {})
        if before != (outcome, granted):
            events.record("control", actor="configuration", subject=device.id, outcome=outcome, **granted)
