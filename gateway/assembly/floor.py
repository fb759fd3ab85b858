"""What meets the gym's floor: machines, cameras, commands, and what screens are told of them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.adoption import Adoption
from gateway.cameras import CameraFleet
from gateway.commands.service import Commands
from gateway.homeassistant import HomeAssistant
from gateway.inbox import Inbox
from gateway.live.board import LiveBoard
from gateway.machines import Machines
from gateway.model_supply import ModelSupply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devices.reading import Reading
    from gateway.app import Box
    from gateway.camera_news import VisionMessage

# Four cameras at 12 views a second fill this in five seconds; a loop that slow has worse troubles.
_VISION_INBOX: Final = 256
# Three hundred devices at 4 Hz fill this in seven seconds.
_READINGS_INBOX: Final = 2048
_GATHER_READINGS_S: Final = 0.005
# Longer than any turn of the loop should take; meanwhile a flood waits at the broker.
_READINGS_PATIENCE_S: Final = 0.05


def create_vision_inbox(box: "Box") -> "Inbox[VisionMessage]":
    """From the thread that reads the cameras' processes to the event loop."""
    loop = asyncio.get_running_loop()
    return Inbox(loop=loop, handle=box.on_vision, maxsize=_VISION_INBOX, name="vision")


def create_readings_inbox(box: "Box") -> "Inbox[tuple[str, Sequence[Reading]]]":
    """From the thread of the MQTT session to the event loop."""
    return Inbox(
        loop=asyncio.get_running_loop(),
        handle=box.on_readings,
        maxsize=_READINGS_INBOX,
        name="readings",
        gather_s=_GATHER_READINGS_S,
        patience_s=_READINGS_PATIENCE_S,
    )


def create_machines(box: "Box", data_dir: Path) -> Machines:
    """The broker, the link to it, and what the frames say."""
    return Machines(
        config=box.config,
        data_dir=data_dir,
        supervisor=box.supervisor,
        health=box.health,
        on_readings=lambda device_id, readings: box.readings_inbox.post((device_id, readings)),
        on_link=box.on_link,
        on_machine_frame=box.on_machine_frame,
    )


def create_cameras(box: "Box", models_dir: Path) -> CameraFleet:
    """A capture process each, and one that looks."""
    return CameraFleet(
        config=box.config,
        models_dir=models_dir,
        supervisor=box.supervisor,
        health=box.health,
        counting=box.tuning.counting,
        on_message=box.vision_inbox.post,
    )


def create_model_supply(box: "Box", models_dir: Path) -> ModelSupply:
    """What fetches the pose model."""
    return ModelSupply(
        model=box.config.vision.pose,
        models_dir=models_dir,
        health=box.health,
        on_installed=box.cameras.model_installed,
    )


def create_commands(box: "Box") -> Commands:
    """Commands to machines, by the rules."""
    return Commands(
        config=box.config,
        devices=box.machines.registry,
        publish=box.machines.publish,
        events=box.events,
    )


def create_adoption(box: "Box") -> Adoption:
    """Devices that an operator adopts."""
    return Adoption(
        store=box.store,
        registry=box.machines.registry,
        profiles=box.machines.profiles,
        on_change=box.machines.resubscribe,
        in_use=lambda: {device for session in box.sessions.active() for device in session.devices},
    )


def create_board(box: "Box") -> LiveBoard:
    """What kiosks are told."""
    return LiveBoard(
        stations=box.stations,
        devices=box.machines.registry,
        health=box.health,
        started_at=datetime.now(UTC),
        control_of=box.commands.shown,
        ends_in=box.sessions.ends_in_s,
    )


def create_home_assistant(box: "Box") -> HomeAssistant:
    """The gym as Home Assistant sees it."""
    return HomeAssistant(
        config=box.config,
        stations=box.stations,
        devices=box.machines.registry,
        board=box.board,
        store=box.store,
        publish=box.machines.publish,
        connections=lambda: box.machines.connections,
    )
