"""Putting the updates of the program together."""

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from gateway.clock import LocalDays
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.software.agent import SoftwareAgent
from gateway.software.place import Place
from gateway.software.readiness import Readiness
from gateway.twin.link import Twin
from gateway.updates.downloads import Downloads, Line

_METADATA: Final = "releases"


def create_software(
    *,
    config: Callable[[], BoxConfig],
    data_dir: Path,
    twin: Twin,
    line: Line,
    in_use: Callable[[], bool],
    leave: Callable[[], None],
    events: EventLog,
    health: Health,
    days: LocalDays,
) -> SoftwareAgent:
    """Return the agent; nothing is read or asked for yet. `line` is to the cloud, for releases alone."""
    place = Place(config().updates.root, prefix=Path(sys.prefix), version=version("gymbox"))
    # Beside the slots, so that there is one disk to have room.
    folder = data_dir if place.root is None else place.root.folder
    return SoftwareAgent(
        twin=twin,
        downloads=Downloads(line=line, root=lambda: config().cloud.release_root, folder=folder / _METADATA),
        place=place,
        settings=lambda: config().updates,
        in_use=in_use,
        leave=leave,
        readiness=Readiness(),
        events=events,
        health=health,
        days=days,
    )
