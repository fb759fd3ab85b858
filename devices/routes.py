"""From a topic to what reads its messages. All that depends on the topic alone is worked out once."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from devices.device import Device
from devices.dialects.ble import (
    BATTERY,
    EVENTS,
    FACTS,
    FIRMWARE,
    FITNESS_MACHINE,
    Firmware,
    LinkNews,
    MachineFrames,
    MachineListener,
    Notifications,
)
from devices.dialects.homie import VERSION
from devices.dialects.homie_tree import HomieTree, OnThere
from devices.dialects.mapped import AvailabilityReader, MappedReader
from devices.dialects.mapping import MessageReader
from devices.dialects.reader import Reader
from devices.dialects.topic_pattern import TopicPattern
from devices.profile import Profile
from devices.registry import DeviceRegistry
from devices.rejection import FrameRejected
from devices.topics import LINK, MAX_TOPIC_CHARACTERS, PREFIX, BleTopic, parse_ble_topic, quoted

# What a stranger may be called: its name goes into logs and pages.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,62}")

# Enough for some hundred devices that give each value a topic of its own.
MAX_ROUTES: Final = 4096


class RouteTable:
    """Finds the route of a topic; those last used are remembered."""

    def __init__(
        self,
        registry: DeviceRegistry,
        profiles: Mapping[str, Profile],
        on_machine_frame: MachineListener | None,
    ) -> None:
        self._registry = registry
        self._on_machine_frame = on_machine_frame
        self._routes: OrderedDict[str, Reader] = OrderedDict()
        self._generation = -1
        self._ble: dict[tuple[str, str], Profile] = {}
        self._mapped: list[tuple[TopicPattern, Profile, MessageReader | None]] = []
        self._homie: dict[str, tuple[Profile, HomieTree]] = {}
        for profile in profiles.values():
            self._add(profile)

    def find(self, topic: str, now_s: float) -> Reader:
        """The route of a topic.

        Raises:
            FrameRejected: kinds `topic`, `unsupported`, `stranger`: nobody reads it.
        """
        if self._generation != self._registry.generation:  # somebody was adopted or forgotten
            self._generation = self._registry.generation
            self._routes.clear()
        route = self._routes.get(topic)
        if route is not None:
            self._routes.move_to_end(topic)
            return route
        route = self._new(topic, now_s)
        if len(self._routes) >= MAX_ROUTES:
            self._routes.popitem(last=False)
        self._routes[topic] = route
        return route

    def discard_parts(self, device: Device | None = None) -> None:
        """Forget records begun, of one device or of all: a link was lost in their middle."""
        for route in self._routes.values():
            if isinstance(route, Notifications) and device in (None, route.device):
                route.discard()

    def _add(self, profile: Profile) -> None:
        if profile.ble is not None:  # strangers are of the first kind that speaks so: the shipped one
            self._ble.setdefault((profile.ble.service, profile.ble.characteristic), profile)
        if profile.availability is not None:
            self._mapped.append((TopicPattern(profile.availability.topic), profile, None))
        for message in profile.messages:
            self._mapped.append((TopicPattern(message.topic), profile, MessageReader(message)))
        if profile.homie is not None and profile.homie.domain not in self._homie:
            self._homie[profile.homie.domain] = (profile, HomieTree(self._on_there(profile)))

    def _on_there(self, profile: Profile) -> OnThere:
        def tell(homie_id: str, there: bool, now_s: float) -> None:  # noqa: FBT001 - a callback's order
            device = self._registry.track(homie_id, profile, now_s)
            self._registry.set_available(device, available=there, now_s=now_s)

        return tell

    def _new(self, topic: str, now_s: float) -> Reader:
        if len(topic) > MAX_TOPIC_CHARACTERS:
            raise FrameRejected("topic", f"topic {quoted(topic)} is too long")
        if topic.startswith(f"{PREFIX}/"):
            return self._ble_route(parse_ble_topic(topic), now_s)
        domain, version, path = topic.partition(f"/{VERSION}/")
        if version and domain in self._homie:
            return self._homie_route(domain, path, now_s)
        return self._mapped_route(topic, now_s)

    def _ble_route(self, source: BleTopic, now_s: float) -> Reader:
        pair = (source.service, source.characteristic)
        profile = self._ble.get(pair)
        if profile is not None:
            return Notifications(source, self._registry.track(source.address, profile, now_s))
        device = self._registry.at(source.address)
        if device is None:
            raise FrameRejected("unsupported", f"no profile for {'/'.join(pair).strip('/')}")
        if source.characteristic == LINK:
            return LinkNews(source, device, self._on_machine_frame, self._link_changed)
        if source.service == FITNESS_MACHINE and source.characteristic in FACTS | EVENTS:
            return MachineFrames(source, device, self._on_machine_frame)
        if pair == BATTERY:
            return Notifications(source, device)
        if pair in FIRMWARE:
            return Firmware(source, device)
        raise FrameRejected("unsupported", f"no profile for {'/'.join(pair)}")

    def _link_changed(self, device: Device, up: bool, now_s: float) -> None:  # noqa: FBT001 - a callback's order
        self._registry.set_available(device, available=up, now_s=now_s)
        if not up:
            self.discard_parts(device)

    def _homie_route(self, domain: str, path: str, now_s: float) -> Reader:
        profile, tree = self._homie[domain]
        homie_id, _, rest = path.partition("/")
        if not _NAME.fullmatch(homie_id):
            raise FrameRejected("topic", f"{quoted(homie_id, 40)} is no Homie device id")
        return tree.reader(homie_id, rest, self._registry.track(homie_id, profile, now_s))

    def _mapped_route(self, topic: str, now_s: float) -> Reader:
        known = False
        for pattern, profile, reader in self._mapped:
            address = pattern.match(topic)
            if address is None:
                continue
            known = True
            device = self._registry.at(address)
            if device is None and profile.discover and _NAME.fullmatch(address):
                device = self._registry.track(address, profile, now_s)
            if device is None or device.profile.name != profile.name:
                continue
            if reader is None:
                return AvailabilityReader(device, self._registry.set_available)
            return MappedReader(device, reader)
        if known:
            raise FrameRejected("stranger", f"nobody has adopted the device on topic {quoted(topic)}")
        raise FrameRejected("topic", f"no profile reads topic {quoted(topic)}")
