"""From the octets of a GATT characteristic to measurements, one file per characteristic."""

from collections.abc import Callable, Mapping
from enum import IntEnum, IntFlag
from types import MappingProxyType
from typing import Final

from devices.codecs import (
    battery,
    bike,
    control_point,
    cross_trainer,
    features,
    heart_rate,
    machine_status,
    ranges,
    rower,
    stair_climber,
    step_climber,
    training_status,
    treadmill,
)
from devices.codecs.layout import Layout
from devices.codecs.notification import Notification, notification
from devices.reading import Measurement
from devices.rejection import FrameRejected

__all__ = [
    "CODECS",
    "MACHINES",
    "Measurement",
    "Notification",
    "decode",
    "decode_notification",
    "normal_characteristic",
]

Decoder = Callable[[bytes], Notification]

MACHINES: Final[Mapping[str, Layout]] = MappingProxyType(
    {
        "2acd": treadmill.LAYOUT,
        "2ace": cross_trainer.LAYOUT,
        "2acf": step_climber.LAYOUT,
        "2ad0": stair_climber.LAYOUT,
        "2ad1": rower.LAYOUT,
        "2ad2": bike.LAYOUT,
    }
)


def normal_characteristic(text: str) -> str:
    """The four lower-case hex digits of `2ACD`, `0x2acd` or `2acd`."""
    return text.strip().lower().removeprefix("0x")


def decode_notification(characteristic: str, payload: bytes) -> Notification:
    """Decode one notification of a characteristic, given as four hex digits.

    Raises:
        FrameRejected: no decoder, or the octets do not add up.
    """
    decoder = CODECS.get(characteristic) or CODECS.get(normal_characteristic(characteristic))
    if decoder is None:
        raise FrameRejected(
            "unsupported",
            f"no decoder for characteristic {characteristic[:16]!r}; there are {', '.join(sorted(CODECS))}",
        )
    return decoder(payload)


def decode(characteristic: str, payload: bytes) -> tuple[Measurement, ...]:
    """Measurements of one notification, in the order of the frame.

    Raises:
        FrameRejected: no decoder, or the octets do not add up.
    """
    return decode_notification(characteristic, payload).measurements


def _machine(layout: Layout) -> Decoder:
    def run(payload: bytes) -> Notification:
        frame = layout.decode(payload)
        return notification(frame.values, more=frame.more, width=frame.width)

    return run


def _range(characteristic: str) -> Decoder:
    table = ranges.TABLES[characteristic]

    def run(payload: bytes) -> Notification:
        found = ranges.decode(characteristic, payload)
        values = (found.minimum, found.maximum, found.increment)
        width = ranges.resistance_octets(payload) if characteristic == "2ad6" else None
        return Notification(width=width, said=dict(zip(table.names, values, strict=True)))

    return run


def _heart_rate(payload: bytes) -> Notification:
    beat = heart_rate.decode(payload)
    found = [Measurement("heart_rate_bpm", float(beat.rate_bpm))]
    if beat.contact is not None:
        found.append(Measurement("contact", float(beat.contact)))
    if beat.energy_kj is not None:
        found.append(Measurement("energy_kcal", beat.energy_kj / heart_rate.KJ_PER_KCAL))
    found.extend(Measurement("rr_interval_ms", interval) for interval in beat.rr_ms)
    return Notification(tuple(found))


def _battery(payload: bytes) -> Notification:
    return notification({"battery_percent": battery.decode(payload)})


def _features(payload: bytes) -> Notification:
    found = features.decode(payload)
    said = {f"measures_{_word(each)}": 1.0 for each in features.Feature if each in found.measures}
    said |= {f"takes_{_word(each)}": 1.0 for each in features.Target if each in found.targets}
    return Notification(said=said)


def _training_status(payload: bytes) -> Notification:
    found = training_status.decode(payload)
    said = {"training_status": _word(found.training)}
    return Notification(said=said if found.text is None else said | {"text": found.text})


def _machine_status(payload: bytes) -> Notification:
    found = machine_status.decode(payload)
    names = machine_status.STATUSES.parameters[found.op].names
    return Notification(
        said={"machine_status": _word(found.op), **dict(zip(names, found.values, strict=True))}
    )


def _control_point(payload: bytes) -> Notification:
    if payload[:1] == bytes([control_point.Op.RESPONSE]):
        answer = control_point.decode_response(payload)
        return Notification(
            said={
                "response_to": _word(answer.op) if isinstance(answer.op, control_point.Op) else answer.op,
                "result": _word(answer.result),
                **({"parameters": answer.parameters.hex()} if answer.parameters else {}),
            }
        )
    asked = control_point.decode_request(payload)
    names = control_point.REQUESTS.parameters[asked.op].names
    return Notification(said={"request": _word(asked.op), **dict(zip(names, asked.values, strict=True))})


def _word(code: IntEnum | IntFlag) -> str:
    return (code.name or "").lower()


CODECS: Final[Mapping[str, Decoder]] = MappingProxyType(
    {
        **{characteristic: _machine(layout) for characteristic, layout in MACHINES.items()},
        **{characteristic: _range(characteristic) for characteristic in ranges.TABLES},
        "2a19": _battery,
        "2a37": _heart_rate,
        "2acc": _features,
        "2ad3": _training_status,
        "2ad9": _control_point,
        "2ada": _machine_status,
    }
)
