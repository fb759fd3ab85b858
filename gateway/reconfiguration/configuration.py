"""The configuration of a box that runs: what it says now, how it is changed, and who follows a change."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from gateway.config import layers
from gateway.config.change import Change, between
from gateway.config.file import ConfigError, Problem
from gateway.config.layered import LayeredConfig
from gateway.config.layers import Tree
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.reconfiguration.files import LOCAL, ConfigFiles
from gateway.server import PortUnavailable, bind

_log = logging.getLogger(__name__)

PART: Final = "config"
"""The part's name on the health board, and the kind of its events."""
_MOST_POINTERS: Final = 20


class ConfigRefused(Exception):  # noqa: N818 - named by what happened
    """A change is not taken, and nothing has changed; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{each.key}: {each.reason}" for each in self.problems))


class SetElsewhere(ConfigRefused):
    """The cloud or the environment has the last word about it."""


class InUse(ConfigRefused):
    """Somebody trains there."""


class NotKept(Exception):  # noqa: N818 - named by what happened
    """A change cannot be written to the disk; nothing has changed."""


class Follower(Protocol):
    """A part that follows the configuration while it runs."""

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Go on by another configuration; returns when it has begun to. Untouched, it does nothing."""


@dataclass(frozen=True, slots=True)
class Used:
    """Who trains where, as far as a change must not pull it away.

    Attributes:
        stations: ids of stations where somebody trains.
        cameras: ids of the cameras that see them.
        devices: ids of the machines and bands that they train with.
    """

    stations: Collection[str] = frozenset()
    cameras: Collection[str] = frozenset()
    devices: Collection[str] = frozenset()


@dataclass(slots=True)
class Configuration:
    """One box's configuration; lives on the event loop.

    Attributes:
        layers: what it is made of.
        config: what the whole says now.
        health: hears of a part that does not follow.
        events: hear who changed what.
        used: says who trains where.
        on_restart: called when a change needs the box to start anew.
        failures: how often a part did not follow.
    """

    layers: LayeredConfig
    config: BoxConfig
    health: Health
    events: EventLog
    used: Callable[[], Used] = Used
    on_restart: Callable[[], object] = lambda: None
    failures: int = 0
    _followers: tuple[Follower, ...] = ()
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def follow(self, *followers: Follower) -> None:
        """Tell these of every change from now on, in this order."""
        self._followers = (*self._followers, *followers)

    @property
    def files(self) -> ConfigFiles:
        """Where the layers and secrets of the box lie."""
        return ConfigFiles(self.layers.data_dir)

    async def patch(self, change: Mapping[str, Any], *, by: str, check: bool = False) -> Change:
        """Change what was changed on the box itself, as RFC 7396 changes JSON; returns when all parts follow.

        Args:
            change: of the local layer (see `gateway.config.layers`).
            by: who asks, for the log.
            check: only say what would come of it.

        Raises:
            SetElsewhere: the cloud or the environment has the last word about it.
            ConfigRefused: the whole would be no configuration any more.
            InUse: somebody trains with what would be taken away.
            NotKept: it cannot be written to the disk.
        """
        async with self._changing:
            self._refuse_overridden(change)
            if problems := list(layers.misshapen(change, layer="local")):
                raise ConfigRefused(problems)
            before = self.layers
            local = layers.patched(before.local, change, below=before.written)
            after = before.with_local(local)
            new, difference = await self.judge(after)
            if check:
                return difference
            try:
                await asyncio.to_thread(self.files.write, LOCAL, local)
            except OSError as error:
                reason = error.strerror or error
                raise NotKept(f"The change cannot be written to the disk: {reason}.") from error
            self._record(by, difference)
            await self._take(after, new, difference)
        return difference

    async def keep_secret(self, name: str, text: str, *, by: str) -> Path:
        """Keep a password in a file of the data folder; returns what a setting is to name it by.

        Raises:
            SecretRefused: the name or the text is none for a file.
            NotKept: it cannot be written to the disk.
        """
        return await self._keep(self.files.keep_secret, name, text, by=by, outcome="secret-kept")

    async def keep_authority(self, name: str, text: str, *, by: str) -> Path:
        """Keep the certificates of an authority likewise.

        Raises:
            SecretRefused: the name is none for a file.
            AuthorityRefused: the text holds no certificate.
            NotKept: it cannot be written to the disk.
        """
        return await self._keep(self.files.keep_authority, name, text, by=by, outcome="authority-kept")

    async def _keep(
        self, keep: Callable[[str, str], Path], name: str, text: str, *, by: str, outcome: str
    ) -> Path:
        try:
            path = await asyncio.to_thread(keep, name, text)
        except OSError as error:
            raise NotKept(f"The file cannot be written to the disk: {error.strerror or error}.") from error
        self.events.record(PART, actor=by, subject=name, outcome=outcome)
        return path

    async def judge(self, candidate: LayeredConfig) -> tuple[BoxConfig, Change]:
        """What other layers say, and what that changes.

        Raises:
            ConfigRefused: they are no configuration here.
            InUse: somebody trains with what would be taken away.
        """
        try:
            new = await asyncio.to_thread(candidate.build)  # looks into the folder of profiles
        except ConfigError as error:
            raise ConfigRefused(error.problems) from error
        change = between(self.config, new)
        if busy := list(_pulled_away(self.config, new, change, self.used())):
            raise InUse(busy)
        if change.sets("http", "host") or change.sets("http", "port"):
            _try_port(new)
        return new, change

    async def take(self, candidate: LayeredConfig) -> Change:
        """Go on by other layers; what they are is kept by the caller.

        Raises:
            ConfigRefused: as `judge`.
        """
        async with self._changing:
            new, change = await self.judge(candidate)
            await self._take(candidate, new, change)
        return change

    async def go_back(self, candidate: LayeredConfig) -> None:
        """Go on by the layers that held before, whoever trains; where that cannot be, start anew."""
        async with self._changing:
            try:
                new = await asyncio.to_thread(candidate.build)
            except ConfigError as error:
                _log.error("the box starts anew, since what held before does not fit any more: %s", error)
                self.on_restart()
                return
            await self._take(candidate, new, between(self.config, new))

    async def _take(self, candidate: LayeredConfig, new: BoxConfig, change: Change) -> None:
        self.layers, self.config = candidate, new
        failed = []
        for follower in self._followers if change else ():
            try:
                await follower.reconfigure(new, change)
            except Exception:  # noqa: BLE001 - the others follow all the same; logged, counted and shown
                self.failures += 1
                failed.append(type(follower).__name__)
                _log.exception("%s does not follow the configuration", type(follower).__name__)
        if failed:
            self.health.set(PART, "failed", f"{', '.join(failed)} did not follow a change; restart the box")
        else:
            self.health.remove(PART)
        if change.restarts:
            self.on_restart()

    def _refuse_overridden(self, change: Mapping[str, Any]) -> None:
        above = {"cloud": self.layers.cloud, "environment": self.layers.environment}
        words = {
            "cloud": "is set by the cloud; change it there",
            "environment": "is set by a variable of the environment; change it where the box is started",
        }
        found = [
            layers.problem(path, words[name], "local")
            for name, layer in above.items()
            for path in layers.overridden(change, layer)
        ]
        if found:
            raise SetElsewhere(found)

    def _record(self, by: str, change: Change) -> None:
        shown = ", ".join(change.pointers[:_MOST_POINTERS])
        _log.info("the configuration is changed by %s: %s", by, shown or "nothing that matters")
        self.events.record(PART, actor=by, subject=PART, outcome="changed", settings=shown)


def _try_port(config: BoxConfig) -> None:
    try:
        bind(config.http.host, config.http.port).close()
    except PortUnavailable as error:
        raise ConfigRefused([layers.problem(("http", "port"), str(error), "local")]) from error


def _pulled_away(old: BoxConfig, new: BoxConfig, change: Change, used: Used) -> Sequence[Problem]:
    found = []
    for station_id in sorted(change.stations.removed | change.stations.changed):
        before, after = old.station(station_id), new.station(station_id)
        if station_id not in used.stations or before is None:
            continue
        if after is None or (before.camera, before.treadmill) != (after.camera, after.treadmill):
            found.append(("station", station_id))
    found += [("camera", each) for each in sorted(change.cameras.removed & frozenset(used.cameras))]
    for device_id in sorted((change.devices.removed | change.devices.changed) & frozenset(used.devices)):
        moved = {("device", device_id, key) for key in ("profile", "address")}
        if device_id in change.devices.removed or not moved.isdisjoint(change.paths):
            found.append(("device", device_id))
    return [
        layers.problem(each, "somebody trains with it; end that session first", "local") for each in found
    ]


def redacted(config: BoxConfig) -> Tree:
    """What holds, as a tree, without the login of any camera."""
    plain = json.loads(config.model_dump_json(by_alias=True))
    return layers.keyed(plain)
