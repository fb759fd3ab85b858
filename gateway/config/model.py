"""What a gym writes about its box: one frozen model, every field with a title and a description.

The settings page and the reference documentation are made from it; each table has its file in `sections`.
"""

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.config.references import mistakes
from gateway.config.sections.box import BoxSection
from gateway.config.sections.camera import CameraSection
from gateway.config.sections.cloud import CloudSection
from gateway.config.sections.device import DeviceSection
from gateway.config.sections.gym import GymSection
from gateway.config.sections.homeassistant import HomeAssistantSection
from gateway.config.sections.http import HttpSection
from gateway.config.sections.mqtt import MqttSection
from gateway.config.sections.section import Section
from gateway.config.sections.station import StationSection
from gateway.config.sections.storage import StorageSection
from gateway.config.sections.updates import UpdatesSection
from gateway.config.sections.vision import VisionSection


class BoxConfig(Section):
    """The whole of `gymbox.toml`."""

    box: BoxSection = Field(
        default_factory=dict,  # validated: a path in it is seen from the file that leaves the section out
        validate_default=True,
        title="Box",
        description="Who and where.",
    )
    http: HttpSection = Field(default=HttpSection(), title="HTTP", description="Kiosk and API.")
    mqtt: MqttSection = Field(default=MqttSection(), title="MQTT", description="The broker.")
    stations: tuple[StationSection, ...] = Field(
        default=(), alias="station", title="Stations", description="Where members train."
    )
    cameras: tuple[CameraSection, ...] = Field(
        default=(), alias="camera", title="Cameras", description="What watches."
    )
    devices: tuple[DeviceSection, ...] = Field(
        default=(), alias="device", title="Devices", description="Machines and bands of the gym."
    )
    gym: GymSection = Field(default=GymSection(), title="Gym", description="What plans may count on.")
    vision: VisionSection = Field(default=VisionSection(), title="Vision", description="Frames to poses.")
    cloud: CloudSection = Field(default=CloudSection(), title="Cloud", description="What leaves the box.")
    storage: StorageSection = Field(default=StorageSection(), title="Storage", description="What is kept.")
    updates: UpdatesSection = Field(
        default=UpdatesSection(), title="Updates", description="New versions of the program."
    )

    homeassistant: HomeAssistantSection = Field(
        default=HomeAssistantSection(), title="Home Assistant", description="Who else may look."
    )

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        found = [{"key": key, "reason": reason} for key, reason in mistakes(self)]
        if found:
            text = "; ".join(f"{each['key']}: {each['reason']}" for each in found)
            raise PydanticCustomError("references", "{text}", {"text": text, "mistakes": found})
        return self

    def station(self, station_id: str) -> StationSection | None:
        """Return the station with this id, or None."""
        return next((each for each in self.stations if each.id == station_id), None)

    def camera(self, camera_id: str) -> CameraSection | None:
        """Return the camera with this id, or None."""
        return next((each for each in self.cameras if each.id == camera_id), None)

    def device(self, device_id: str) -> DeviceSection | None:
        """Return the device with this id, or None."""
        return next((each for each in self.devices if each.id == device_id), None)
