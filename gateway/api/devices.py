"""Which machines and bands there are, and what they say right now."""

from fastapi import APIRouter

from devices.registry import DeviceView
from gateway.api.auth import Box, Caller
from gateway.live.snapshot import Message
from gateway.stations import Link

router = APIRouter(prefix="/devices", tags=["devices"])


class DeviceReport(Message):
    """One device; what is stale is left out of its values."""

    id: str
    kind: str
    profile: str
    address: str
    adopted: bool
    link: Link
    last_seen_s: float | None
    rssi_dbm: int | None
    values: dict[str, float]


class DeviceList(Message):
    """Every device."""

    devices: list[DeviceReport]


@router.get("", summary="Every device that is configured or heard")
async def list_devices(box: Box, _caller: Caller) -> DeviceList:
    """List the adopted devices first, then what was merely heard."""
    return DeviceList(devices=[_report(view) for view in box.devices.all(box.clock.now_s())])


def _report(view: DeviceView) -> DeviceReport:
    return DeviceReport(
        id=view.id,
        kind=view.profile.kind,
        profile=view.profile.name,
        address=view.address,
        adopted=view.adopted,
        link=view.link,
        last_seen_s=None if view.age_s is None else round(view.age_s, 1),
        rssi_dbm=view.rssi_dbm,
        values={metric: reading.value for metric, reading in view.fresh.items()},
    )
