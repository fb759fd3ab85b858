"""What a gym writes about its box: one frozen model, every field with a title and a description.

The settings page and the reference documentation are made from these classes, so their texts are for people.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from devices.control.command import QUANTITIES, Quantity
from gateway.config.camera_source import CameraSource
from gateway.config.references import mistakes

Exercise = Literal["pushup", "squat", "situp", "pullup", "lunge", "curl", "jumping_jack"]
EXERCISES: Final[tuple[Exercise, ...]] = get_args(Exercise)

EMBEDDED: Final = "embedded"


def _resolved(path: Path, info: ValidationInfo) -> Path:
    """Make a path absolute, seen from the folder of the file that it was written in."""
    base: Path = (info.context or {}).get("folder", Path.cwd())
    return base / path.expanduser()


Id = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
        description="Letters, digits, dot, dash and underscore; it appears in addresses and topics.",
    ),
]
FilePath = Annotated[Path, AfterValidator(_resolved)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A part of the configuration: nothing unknown is accepted, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class BoxSection(Section):
    """Who this box is and where it stands."""

    id: Id = Field(default="gymbox", title="Box", description="Name of this box, unique in the fleet.")
    gym_id: Id = Field(default="gym", title="Gym", description="Name of the gym that the box stands in.")
    timezone: str = Field(
        default="UTC", title="Time zone", description="IANA name, for example Europe/Berlin."
    )
    language: str = Field(
        default="en",
        title="Language",
        description="Language of the kiosk: en, de, pt-BR and so on.",
        pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$",
    )
    data_dir: FilePath | None = Field(
        default=None,
        title="Data folder",
        description="Where the box keeps what it knows; empty: the user's data folder.",
    )
    profiles_dir: FilePath = Field(
        default=Path("profiles"),
        validate_default=True,
        title="Profiles",
        description="Folder with the gym's own profiles of devices, one TOML file each; it need not exist.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PydanticCustomError(
                "timezone",
                "no time zone is called '{name}'; use an IANA name such as Europe/Berlin",
                {"name": name},
            ) from error
        return name


class MqttSection(Section):
    """The broker that machines and bands speak through."""

    url: str = Field(
        default=EMBEDDED,
        title="Broker",
        description='mqtt://host[:port], mqtts://host[:port], or "embedded" for the built-in broker.',
    )
    username: str | None = Field(
        default=None, title="User", description="Login name at the broker.", min_length=1
    )
    password_file: FilePath | None = Field(
        default=None,
        title="Password file",
        description="File whose first line is the password; never the password itself.",
    )
    ca: FilePath | None = Field(
        default=None,
        title="Authority",
        description="PEM file of the authority that signed the broker's certificate.",
    )
    cert: FilePath | None = Field(
        default=None, title="Certificate", description="PEM file of the box's own certificate."
    )
    key: FilePath | None = Field(
        default=None, title="Key", description="PEM file of the key of that certificate."
    )

    @property
    def embedded(self) -> bool:
        """Whether the box runs its own broker."""
        return self.url == EMBEDDED

    @field_validator("url")
    @classmethod
    def _broker_url(cls, url: str) -> str:
        if url == EMBEDDED:
            return url
        parts = _split(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise _reason('must be mqtt://host, mqtts://host or "embedded"')
        if parts.username is not None or parts.password is not None:
            raise _reason("must not hold a login; write username and password_file instead")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise _reason("cert and key belong together; give both or neither")
        if (self.ca or self.cert) and not self.url.startswith("mqtts://"):
            raise _reason("ca, cert and key need a url that starts with mqtts://")
        if self.password_file and not self.username:
            raise _reason("password_file needs a username")
        if self.embedded and self.username:
            raise _reason("the embedded broker makes its own login; leave out username and password_file")
        return self


class StationSection(Section):
    """A place where one member trains: a treadmill, a piece of floor in front of a camera, or both."""

    id: Id = Field(title="Station", description="Name of the station in addresses: /kiosk/<id>.")
    name: str = Field(
        default="", title="Shown name", description="What people call it; empty: its id.", max_length=60
    )
    treadmill: Id | None = Field(default=None, title="Treadmill", description="The id of a [[device]].")
    camera: Id | None = Field(default=None, title="Camera", description="The id of a [[camera]].")
    zone: tuple[tuple[Fraction, Fraction], ...] | None = Field(
        default=None,
        title="Zone",
        description="Corners of the floor that belongs to the station, each [x, y] from 0 to 1 of the "
        "picture from its upper left corner; empty: the whole picture.",
    )
    exercises: tuple[Exercise, ...] = Field(
        default=("pushup", "squat"), title="Exercises", description="What is counted here.", min_length=1
    )

    @property
    def label(self) -> str:
        """What people call the station."""
        return self.name or self.id

    @field_validator("zone")
    @classmethod
    def _real_area(
        cls, zone: tuple[tuple[float, float], ...] | None
    ) -> tuple[tuple[float, float], ...] | None:
        if zone is None:
            return None
        if len(set(zone)) < 3:  # noqa: PLR2004 - a triangle
            raise _reason("needs at least 3 different corners")
        if abs(_area(zone)) < 1e-4:  # noqa: PLR2004 - a hundredth of the picture by a hundredth
            raise _reason("has no area: its corners lie on a line")
        return zone

    @field_validator("exercises")
    @classmethod
    def _each_once(cls, exercises: tuple[Exercise, ...]) -> tuple[Exercise, ...]:
        return tuple(dict.fromkeys(exercises))

    @model_validator(mode="after")
    def _zone_has_camera(self) -> Self:
        if self.zone is not None and self.camera is None:
            raise _reason("has a zone but no camera; add the camera or remove the zone")
        return self


class CameraSection(Section):
    """One camera, or a video file that stands in for one."""

    id: Id = Field(title="Camera", description="Name of the camera in this file, in logs and on pages.")
    url: CameraSource = Field(
        title="Source",
        description="rtsp://user:password@host/path, the path of a video file, or a local camera's index.",
    )
    fps: float = Field(
        default=15.0, title="Frame rate", description="Frames a second that are looked at.", ge=1, le=60
    )

    @field_validator("url")
    @classmethod
    def _file_from_here(cls, source: CameraSource, info: ValidationInfo) -> CameraSource:
        if source.kind != "file":
            return source
        return CameraSource(str(_resolved(Path(source.reveal()), info)))


class Limits(Section):
    """The most that the box may ever ask of a machine."""

    speed_kmh: float | None = Field(
        default=None, title="Speed", description="Fastest belt, km/h.", gt=0, le=30
    )
    incline_percent: float | None = Field(
        default=None, title="Incline", description="Steepest deck, percent.", ge=0, le=40
    )
    resistance_level: float | None = Field(
        default=None,
        title="Resistance",
        description="Hardest level, in the machine's own count.",
        gt=0,
        le=255,
    )
    power_w: float | None = Field(default=None, title="Power", description="Most power, W.", gt=0, le=2000)

    @property
    def given(self) -> dict[Quantity, float]:
        """The limits that are set; what has none is never commanded."""
        return {name: limit for name in QUANTITIES if (limit := getattr(self, name)) is not None}


class DeviceSection(Section):
    """One machine or band that the gym owns."""

    id: Id = Field(title="Device", description="Name of the device in this file, in logs and on pages.")
    profile: Id = Field(
        title="Profile", description="How it speaks, for example ble-treadmill or ble-heart-rate."
    )
    address: str = Field(
        title="Address",
        description="Its Bluetooth address as the bridge writes it, or its part of an MQTT topic.",
        min_length=1,
        max_length=128,
        pattern=r"^[^\s+#]+$",
    )
    control: bool = Field(
        default=False,
        title="Control",
        description="Whether the box may command it, within `limits`; what has no limit is not commanded.",
    )
    limits: Limits = Field(
        default=Limits(), title="Limits", description="The most that the box may ask of it."
    )

    @model_validator(mode="after")
    def _control_has_limits(self) -> Self:
        if self.control and not self.limits.given:
            raise _reason(
                "control needs limits, for example limits = { speed_kmh = 12, incline_percent = 10 }"
            )
        return self


Smoothing = Annotated[float, Field(ge=0.25, le=4.0)]
Hysteresis = Annotated[float, Field(ge=0.3, le=0.9)]
DwellSeconds = Annotated[float, Field(ge=0.0, le=1.0)]
SquatDepthDegrees = Annotated[float, Field(ge=60.0, le=160.0)]
PostureSeconds = Annotated[float, Field(ge=0.0, le=5.0)]


class Thresholds(Section):
    """When a movement counts; the defaults suit most rooms. A running box can be tuned station by station."""

    person_score: Fraction = Field(
        default=0.3,
        title="Person",
        description="How sure the pose model must be that somebody is there, 0 to 1.",
    )
    smoothing: Smoothing = Field(
        default=1.0,
        title="Smoothing",
        description="How many times as hard as usual keypoints are smoothed, 0.25 to 4.",
    )
    hysteresis: Hysteresis | None = Field(
        default=None,
        title="Hysteresis",
        description="Share of the way down that must be taken back before it is up again, 0.3 to 0.9; "
        "empty: the exercise's own.",
    )
    dwell_s: DwellSeconds | None = Field(
        default=None,
        title="Dwell",
        description="Seconds that up or down must last, 0 to 1; empty: the exercise's own.",
    )
    posture_s: PostureSeconds = Field(
        default=0.3,
        title="Posture",
        description="Seconds that a posture must be wrong, or right again, before counting stops or goes on.",
    )
    squat_depth_degrees: SquatDepthDegrees = Field(
        default=120.0,
        title="Squat depth",
        description="Angle of the knee, degrees, below which a squat is called deep enough; standing is 180.",
    )


class VisionSection(Section):
    """How frames become poses."""

    pose: Literal["blazepose", "movenet"] = Field(
        default="blazepose", title="Pose model", description="Which model looks."
    )
    runtime: Literal["auto", "litert", "onnx", "edgetpu"] = Field(
        default="auto",
        title="Runtime",
        description="What runs the model; auto takes the best that works here.",
    )
    accelerator: Literal["auto", "cpu", "edgetpu"] = Field(
        default="auto",
        title="Accelerator",
        description="Where it runs; auto takes an Edge TPU when there is one.",
    )
    thresholds: Thresholds = Field(
        default=Thresholds(), title="Thresholds", description="When a movement counts."
    )


class CloudSection(Section):
    """What leaves the box, and where to."""

    url: str | None = Field(
        default=None, title="Cloud", description="https:// address of the service; empty: no cloud."
    )
    upload: Literal["all", "summaries", "nothing"] = Field(
        default="summaries",
        title="Upload",
        description="What is sent: every set, only summaries, or nothing.",
    )

    @field_validator("url")
    @classmethod
    def _https(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = _split(url)
        if parts.scheme != "https" or not parts.hostname:
            raise _reason("must start with https:// and name a host")
        if parts.username is not None:
            raise _reason("must not hold a login; the box enrols instead (gymbox enrol)")
        return url


class StorageSection(Section):
    """How much the box keeps."""

    budget_mb: int = Field(
        default=2048, title="Disk budget", description="Most disk space used, MB.", ge=64, le=4_000_000
    )
    telemetry_days: int = Field(
        default=30, title="Telemetry", description="Days that readings are kept.", ge=1, le=3650
    )


class HttpSection(Section):
    """Where the kiosk and the API listen."""

    host: str = Field(
        default="127.0.0.1",
        title="Host",
        description="Address to listen on; 0.0.0.0 lets kiosks on the network in.",
        min_length=1,
        pattern=r"^\S+$",
    )
    port: int = Field(default=8080, title="Port", description="TCP port; 0 takes a free one.", ge=0, le=65535)


class HomeAssistantSection(Section):
    """Whether the gym's Home Assistant gets to see stations and devices."""

    enabled: bool = Field(
        default=False, title="Home Assistant", description="Whether the box announces itself there."
    )
    prefix: str = Field(
        default="homeassistant",
        title="Discovery prefix",
        description="First part of the topics that it listens to, as set there.",
        pattern=r"^[^\s+#]+$",
        max_length=64,
    )


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
    vision: VisionSection = Field(default=VisionSection(), title="Vision", description="Frames to poses.")
    cloud: CloudSection = Field(default=CloudSection(), title="Cloud", description="What leaves the box.")
    storage: StorageSection = Field(default=StorageSection(), title="Storage", description="What is kept.")

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


def _area(polygon: Sequence[tuple[float, float]]) -> float:
    """Return the signed area of a polygon (shoelace)."""
    following = (*polygon[1:], polygon[0])
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(polygon, following, strict=True)) / 2


class _Parts(BaseModel):
    scheme: str
    hostname: str | None
    username: str | None
    password: str | None


def _split(url: str) -> _Parts:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError as error:
        raise _reason("is not a valid URL; check the brackets and the port") from error
    return _Parts(
        scheme=parts.scheme, hostname=parts.hostname, username=parts.username, password=parts.password
    )


def _reason(text: str) -> PydanticCustomError:
    return PydanticCustomError("gymbox", text)
