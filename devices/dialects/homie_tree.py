"""Every Homie device of one domain: which are there, and what reads their topics."""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devices.device import Device
from devices.dialects.heard import Heard
from devices.dialects.homie import (
    DESCRIPTION,
    MAX_DESCRIPTION_OCTETS,
    STATE,
    Description,
    parse_description,
    parse_state,
)
from devices.dialects.reader import Reader
from devices.rejection import FrameRejected

OnThere = Callable[[str, bool, float], None]
"""Called with a device's id, whether it is there, and when that was said (monotonic seconds)."""

# A building may hold many that are no machines of ours.
MAX_DEVICES: Final = 2048

_GONE: Final = frozenset({"disconnected", "lost"})
_VALUE = re.compile(r"(?P<key>[a-z0-9-]+/[a-z0-9-]+)(?P<target>/\$target)?")
_MAX_VALUE_OCTETS: Final = 1024


@dataclass(slots=True)
class _Known:
    state: str | None = None
    description: Description | None = None


class HomieTree:
    """Devices by id. What they said of themselves outlives any route: a broker says it only once."""

    def __init__(self, on_there: OnThere) -> None:
        self._on_there = on_there
        self._devices: OrderedDict[str, _Known] = OrderedDict()

    def reader(self, homie_id: str, rest: str, device: Device) -> Reader:
        """What reads `<domain>/5/<homie_id>/<rest>`.

        Raises:
            FrameRejected: kind `unsupported`, nothing of the convention that we need.
        """
        if rest == STATE:
            return StateReader(self, homie_id, device)
        if rest == DESCRIPTION:
            return DescriptionReader(self, homie_id, device)
        match = _VALUE.fullmatch(rest)
        if match is None:
            raise FrameRejected("unsupported", "neither a state, a description, a value nor a target")
        return ValueReader(self, homie_id, device, match["key"], is_target=match["target"] is not None)

    def set_state(self, homie_id: str, state: str, now_s: float) -> None:
        """Take a state, and tell whom it concerns: a root takes its children along."""
        self._known(homie_id).state = state
        self._tell(homie_id, now_s)
        for child, known in self._devices.items():
            if child != homie_id and known.description is not None and known.description.root == homie_id:
                self._tell(child, now_s)

    def set_description(self, homie_id: str, description: Description, now_s: float) -> None:
        """Take what a device says of itself."""
        self._known(homie_id).description = description
        self._tell(homie_id, now_s)

    def description(self, homie_id: str) -> Description | None:
        """What a device said of itself."""
        known = self._devices.get(homie_id)
        return None if known is None else known.description

    def is_there(self, homie_id: str) -> bool | None:
        """Whether a device is ready and the root of its tree not gone; None: it is unknown or not ours."""
        known = self._devices.get(homie_id)
        if known is None or known.state is None or known.description is None:
            return None
        if not known.description.properties:
            return None
        root = self._devices.get(known.description.root or "")
        return known.state == "ready" and (root is None or root.state not in _GONE)

    def _known(self, homie_id: str) -> _Known:
        if homie_id not in self._devices and len(self._devices) >= MAX_DEVICES:
            self._devices.popitem(last=False)
        return self._devices.setdefault(homie_id, _Known())

    def _tell(self, homie_id: str, now_s: float) -> None:
        there = self.is_there(homie_id)
        if there is not None:
            self._on_there(homie_id, there, now_s)


class StateReader(Reader):
    """`$state`: retained by design, and kept true by the device's last will."""

    max_octets = 64
    urgent = True

    def __init__(self, tree: HomieTree, homie_id: str, device: Device) -> None:
        super().__init__(device)
        self._tree = tree
        self._homie_id = homie_id

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Take a state.

        Raises:
            FrameRejected: there is no such state.
        """
        del retain
        self._tree.set_state(self._homie_id, parse_state(payload), now_s)
        return Heard(alive=False)


class DescriptionReader(Reader):
    """`$description`: retained by design."""

    max_octets = MAX_DESCRIPTION_OCTETS
    urgent = True

    def __init__(self, tree: HomieTree, homie_id: str, device: Device) -> None:
        super().__init__(device)
        self._tree = tree
        self._homie_id = homie_id

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Take a description.

        Raises:
            FrameRejected: it is none, or an adopted device describes nothing that is understood.
        """
        del retain
        convention = self.device.profile.homie
        description = parse_description(payload, {} if convention is None else convention.properties)
        self._tree.set_description(self._homie_id, description, now_s)
        if self.device.adopted and not description.properties:
            raise FrameRejected(
                "mapping",
                "it describes no property that is known; name them in [homie] properties of a profile",
            )
        return Heard(alive=False)


class ValueReader(Reader):
    """A property's value or target, understood as the newest description has it."""

    max_octets = _MAX_VALUE_OCTETS

    def __init__(self, tree: HomieTree, homie_id: str, device: Device, key: str, *, is_target: bool) -> None:
        super().__init__(device)
        self._tree = tree
        self._homie_id = homie_id
        self._key = key
        self._is_target = is_target

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Take a value; one that the broker kept holds while the device says that it is there.

        Raises:
            FrameRejected: nobody knows what it means, or whether it still holds.
        """
        del now_s
        description = self._tree.description(self._homie_id)
        if description is None:
            raise FrameRejected("mapping", "a value before the $description that says what it means")
        if retain and self.device.available is not True:
            raise FrameRejected("retained", "a value kept for a device that does not say that it is ready")
        known = description.properties.get(self._key)
        measurements = () if known is None else known.read(payload)
        if self._is_target:
            return Heard(targets={each.metric: each.value for each in measurements}, alive=not retain)
        return Heard(measurements, alive=not retain)
