"""What is known of a commanded machine and of the person on it; monotonic seconds come in.

Here stands what happened. What may be done about it, `devices.safety` decides.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.codecs.ranges import Range
from devices.control.command import Quantity

TELEMETRY_STALE_S: Final = 3.0
HEART_RATE_STALE_S: Final = 4.0
# A machine takes so long to reach a target at most; afterwards only what it measures counts.
TARGET_SETTLES_S: Final = 20.0

Hold = Literal[
    "unheard",
    "stopped",
    "stopped_by_person",
    "safety_key",
    "control_lost",
    "reset",
    "link",
    "stale",
    "contact",
    "plan",
]

HOLDS: Final[Mapping[Hold, str]] = MappingProxyType(
    {
        "unheard": "nobody has said yet that they stand ready",
        "stopped": "it was stopped by a command",
        "stopped_by_person": "somebody stopped it at the machine",
        "safety_key": "its safety key was pulled",
        "control_lost": "it took control back",
        "reset": "it was reset",
        "link": "the link to it was lost",
        "stale": "it fell silent",
        "contact": "the heart-rate band lost the skin",
        "plan": "the plan has changed",
    }
)

_HOLD_OF_STATUS: Final[Mapping[StatusOp, Hold]] = MappingProxyType(
    {
        StatusOp.RESET: "reset",
        StatusOp.STOPPED_BY_USER: "stopped_by_person",
        StatusOp.STOPPED_BY_SAFETY_KEY: "safety_key",
        StatusOp.CONTROL_LOST: "control_lost",
    }
)
TARGET_OF_STATUS: Final[Mapping[StatusOp, Quantity]] = MappingProxyType(
    {
        StatusOp.SPEED_CHANGED: "speed_kmh",
        StatusOp.INCLINE_CHANGED: "incline_percent",
        StatusOp.RESISTANCE_CHANGED: "resistance_level",
        StatusOp.POWER_CHANGED: "power_w",
    }
)


class MachineFacts:
    """Everything that the rules look at, kept up to date by what happens.

    Attributes:
        hold: why no target may be sent until a person resumes; None when one may.
        session_id: the session that runs at the machine.
        linked: whether the bridge reaches the machine, as far as it tells.
        heart_rate_mode: whether targets follow the heart rate.
        ranges: what the machine takes, as it says.
    """

    def __init__(self) -> None:
        self.hold: Hold | None = "unheard"
        self.session_id: str | None = None
        self.linked = True
        self.heart_rate_mode = False
        self.ranges: dict[Quantity, Range] = {}
        self._touches: bool | None = None
        self._confirmed_s = self._telemetry_s = self._resumed_s = self._heart_rate_s = -math.inf
        self._measured: dict[Quantity, tuple[float, float]] = {}
        self._targets: dict[Quantity, tuple[float, float]] = {}
        self._raised_s: dict[Quantity, float] = {}
        self._lowered_s: dict[Quantity, float] = {}

    # What happens.

    def session_started(self, session_id: str) -> None:
        """Somebody trains here; nobody else's confirmation counts for them."""
        self.session_id = session_id
        self._confirmed_s = -math.inf

    def session_ended(self) -> None:
        """Nobody trains here any more."""
        self.session_id = None
        self._confirmed_s = -math.inf

    def yield_for(self, hold: Hold) -> None:
        """No target any more until a person resumes; what they said before no longer counts.

        Only the machine's own word undoes a pulled safety key, whatever happens in between.
        """
        if self.hold != "safety_key":
            self.hold = hold
        self._confirmed_s = -math.inf

    def confirmed(self, now_s: float) -> bool:
        """A person at the kiosk says that they stand ready; False when that is not enough to go on."""
        self.notice_silence(now_s)
        if not self.confirmable(now_s):
            return False
        self.hold, self._confirmed_s = None, now_s
        return True

    def on_status(self, status: MachineStatus, now_s: float) -> None:
        """The machine tells what somebody did to it (2ADA)."""
        self.notice_silence(now_s)
        if status.op is StatusOp.STARTED_BY_USER:
            self.hold = None
            self._confirmed_s = self._resumed_s = now_s
        elif (hold := _HOLD_OF_STATUS.get(status.op)) is not None:
            self.yield_for(hold)
        elif (quantity := TARGET_OF_STATUS.get(status.op)) is not None:
            self._targets[quantity] = (status.values[0], now_s)

    def on_telemetry(self, values: Mapping[Quantity, float], now_s: float) -> None:
        """The machine tells what it does (power and resistance: not what it is set to; leave them out)."""
        self.notice_silence(now_s)
        self._telemetry_s = now_s
        for quantity, value in values.items():
            self._measured[quantity] = (value, now_s)

    def on_range(self, quantity: Quantity, supported: Range) -> None:
        """The machine tells what it takes (2AD4 to 2AD8)."""
        self.ranges[quantity] = supported

    def on_link(self, *, up: bool) -> None:
        """The bridge reaches the machine, or does not."""
        self.linked = up
        if not up:
            self.yield_for("link")

    def on_heart_rate(self, now_s: float) -> None:
        """The band of the session tells a heart rate."""
        self._heart_rate_s = now_s

    def on_contact(self, *, touches: bool) -> None:
        """The band of the session tells whether it touches skin."""
        self._touches = touches
        self._notice_contact()

    def follow_heart_rate(self, *, on: bool) -> None:
        """Targets follow the heart rate from now on, or no longer."""
        self.heart_rate_mode = on
        self._notice_contact()

    def stop_sent(self) -> None:
        """The machine was told to stop: where it was told to go before does not count any more."""
        self.yield_for("stopped")
        self._targets.clear()

    def target_sent(self, quantity: Quantity, value: float, now_s: float) -> None:
        """The machine was told where to go."""
        known = self.known(quantity, now_s)
        if not known or value > min(known):
            self._raised_s[quantity] = now_s
        if not known or value < max(known):
            self._lowered_s[quantity] = now_s
        self._targets[quantity] = (value, now_s)

    def notice_silence(self, now_s: float) -> None:
        """Yield when the machine was silent for too long, also when nobody looked meanwhile."""
        if self.hold is None and now_s - max(self._telemetry_s, self._resumed_s) > TELEMETRY_STALE_S:
            self.yield_for("stale")

    def _notice_contact(self) -> None:
        if self.heart_rate_mode and self._touches is False:
            self.yield_for("contact")

    # What follows from it.

    @property
    def why_held(self) -> str | None:
        """Why the box yields and what a person does about it; None when it does not."""
        if self.hold is None:
            return None
        how = "" if self.hold == "safety_key" else "confirm on the kiosk or "
        return f"The box yields: {HOLDS[self.hold]}. To go on, {how}press START on the machine."

    def confirmable(self, now_s: float) -> bool:
        """Whether the word of a person at the kiosk would be enough to go on."""
        return self.hold != "safety_key" and self.linked and self.heard(now_s)

    def heard(self, now_s: float) -> bool:
        """Whether the machine has told within `TELEMETRY_STALE_S` what it does."""
        return now_s - self._telemetry_s <= TELEMETRY_STALE_S

    def heart_rate_heard(self, now_s: float) -> bool:
        """Whether the band has told a heart rate within `HEART_RATE_STALE_S`."""
        return now_s - self._heart_rate_s <= HEART_RATE_STALE_S

    def since_confirmed_s(self, now_s: float) -> float:
        """Seconds since a person said that they stand ready; infinite when nothing they said counts."""
        return now_s - self._confirmed_s

    def since_raised_s(self, quantity: Quantity, now_s: float) -> float:
        """Seconds since it was told to go up; infinite when it never was."""
        return now_s - self._raised_s.get(quantity, -math.inf)

    def since_lowered_s(self, quantity: Quantity, now_s: float) -> float:
        """Seconds since it was told to go down; infinite when it never was."""
        return now_s - self._lowered_s.get(quantity, -math.inf)

    def measured(self, quantity: Quantity, now_s: float) -> float | None:
        """What the machine last measured, None when that is stale or it never did."""
        value, at_s = self._measured.get(quantity, (math.nan, -math.inf))
        return value if now_s - at_s <= TELEMETRY_STALE_S else None

    def told(self, quantity: Quantity) -> float | None:
        """The target that the machine was last told or told of, None after a stop or without one."""
        value, _ = self._targets.get(quantity, (None, 0.0))
        return value

    def known(self, quantity: Quantity, now_s: float) -> tuple[float, ...]:
        """Where a quantity stands and where it is on its way to, as far as either is known."""
        value = self.measured(quantity, now_s)
        target, at_s = self._targets.get(quantity, (math.nan, -math.inf))
        found = () if value is None else (value,)
        return (*found, target) if now_s - at_s <= TARGET_SETTLES_S else found
