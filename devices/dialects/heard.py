"""What one message turned out to say, whatever language it was in."""

from dataclasses import dataclass, field

from devices.reading import Measurement, Metric


@dataclass(slots=True)
class Heard:
    """The content of one good message; what it does not mention is None or empty.

    Attributes:
        measurements: in the order of the message.
        ts_ms: the sender's own stamp, Unix milliseconds.
        rssi_dbm: how strongly the bridge received it.
        missed: messages that the sender numbered and that never came.
        firmware: version that the device names.
        targets: what the device says it is heading for.
        alive: whether it shows that the device is there now; what a broker kept for us does not.
    """

    measurements: tuple[Measurement, ...] = ()
    ts_ms: int | None = None
    rssi_dbm: int | None = None
    missed: int = 0
    firmware: str | None = None
    targets: dict[Metric, float] = field(default_factory=dict)
    alive: bool = True
