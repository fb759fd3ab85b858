"""Which machines and bands there are, what they say right now, and which of them are the gym's."""

from typing import Annotated

from fastapi import Path, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from devices.registry import DeviceView
from gateway.adoption import DeviceUnknown
from gateway.api.auth import Anyone, Box, Operator
from gateway.api.v1 import v1_router
from gateway.device_history import EVERY_S
from gateway.live.snapshot import Message, Stamp
from gateway.stations import Link

router = v1_router("devices", "/devices")

DeviceId = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$", description="Its name, or the address it was heard at."
    ),
]


class DeviceReport(Message):
    """One device; what is stale is left out of its values."""

    id: str
    kind: str
    profile: str
    address: str
    adopted: bool
    link: Link
    last_seen_s: float | None = Field(description="Seconds since the last good message.")
    available: bool | None = Field(description="What it says of itself; null: it does not say.")
    rssi_dbm: int | None = Field(description="Signal strength at the bridge, smoothed.")
    quality: float | None = Field(description="Share of its latest messages that came and were good, 0 to 1.")
    dropped: int = Field(description="Messages beyond what one device may send.")
    battery_percent: float | None
    firmware: str | None
    bridge: str | None = Field(description="Which bridge relays it.")
    control: list[str] = Field(
        description="What its kind lets a box set; the configuration must allow it too."
    )
    values: dict[str, float]
    targets: dict[str, float] = Field(description="What it says it is heading for.")


class DeviceList(Message):
    """Every device."""

    devices: list[DeviceReport]


class HistoryReport(Message):
    """What a device said, for plots."""

    every_s: float
    ends_at: Stamp | None = Field(description="Moment of the last sample; null before the first.")
    series: dict[str, list[float | None]] = Field(
        description="By metric, and `rssi_dbm` and `quality`; the oldest first, null where nothing was heard."
    )


class AdoptionBody(BaseModel):
    """What is left out is taken from what was heard of the device."""

    model_config = ConfigDict(extra="forbid")

    address: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        pattern=r"^[^\s+#]+$",
        description="Where it is heard; null: its id is its address.",
    )
    profile: str | None = Field(
        default=None, min_length=1, max_length=64, description="How it speaks; null: as it was heard."
    )


@router.get("", summary="Every device that is configured or heard")
async def list_devices(
    box: Box,
    _anyone: Anyone,
    adopted: Annotated[bool | None, Query(description="Only the gym's own, or only the others.")] = None,
) -> DeviceList:
    """List the adopted devices first, then what was merely heard."""
    views = box.devices.all(box.clock.now_s())
    return DeviceList(devices=[_report(view) for view in views if adopted in (None, view.adopted)])


@router.get("/{device_id}", summary="One device")
async def get_device(device_id: DeviceId, box: Box, _anyone: Anyone) -> DeviceReport:
    """Return one device, adopted or merely heard."""
    return _report_of(box, device_id)


@router.put("/{device_id}", summary="Adopt a device, or change what is known of an adopted one")
async def adopt_device(
    device_id: DeviceId, box: Box, operator: Operator, body: AdoptionBody | None = None
) -> DeviceReport:
    """Know a device by this name from now on; the answer comes when it would survive a power cut."""
    given = body or AdoptionBody()
    await box.adoption.adopt(device_id, address=given.address, profile=given.profile, by=operator.label)
    return _report_of(box, device_id)


@router.delete("/{device_id}", summary="Forget a device", status_code=status.HTTP_204_NO_CONTENT)
async def forget_device(device_id: DeviceId, box: Box, operator: Operator) -> Response:
    """Know a device no more; when it is heard again, it is a stranger."""
    await box.adoption.forget(device_id, by=operator.label)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/{device_id}/history", summary="What a device said in the last two hours")
async def get_history(device_id: DeviceId, box: Box, _operator: Operator) -> HistoryReport:
    """Return a sample every five seconds since the box started; kept in memory, for adopted devices alone."""
    past = box.history.of(_report_of(box, device_id).id)
    return HistoryReport(every_s=EVERY_S, ends_at=past.ends_at, series=past.series)


def _report_of(box: Box, device_id: str) -> DeviceReport:
    view = box.devices.get(device_id, box.clock.now_s())
    if view is None:
        raise DeviceUnknown(f"There is no device {device_id}.")
    return _report(view)


def _report(view: DeviceView) -> DeviceReport:
    control = view.profile.control
    return DeviceReport(
        id=view.id,
        kind=view.profile.kind,
        profile=view.profile.name,
        address=view.address,
        adopted=view.adopted,
        link=view.link,
        last_seen_s=None if view.age_s is None else round(view.age_s, 1),
        available=view.available,
        rssi_dbm=view.rssi_dbm,
        quality=None if view.quality is None else round(view.quality, 2),
        dropped=view.dropped,
        battery_percent=view.battery_percent,
        firmware=view.firmware,
        bridge=view.bridge,
        control=[] if control is None else sorted(control.targets),
        values={metric: reading.value for metric, reading in view.fresh.items()},
        targets={str(metric): value for metric, value in view.targets.items()},
    )
