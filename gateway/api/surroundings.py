"""What the setup page asks about the gym's network: brokers and cameras, tried before they are saved."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid
from gateway.api.auth import Box, Operator
from gateway.api.config import AuthorityPem
from gateway.api.problem import Problem
from gateway.api.v1 import v1_router
from gateway.broker_login import PasswordFileError, broker_settings
from gateway.camera_login import with_login
from gateway.config.sections.camera import CameraSection
from gateway.config.sections.mqtt import MqttSection
from gateway.discovery.cause import BrokerCause, cause_of
from gateway.discovery.onvif import CameraRefuses
from gateway.discovery.soap import Login
from gateway.discovery.trial import NoPicture
from gateway.live.snapshot import Message
from gateway.reconfiguration.authority import AuthorityRefused, certificates_in

router = v1_router("setup", "/setup")

_Username = Annotated[str | None, Field(default=None, min_length=1, max_length=128)]
_Password = Annotated[str | None, Field(default=None, max_length=512)]


class BrokerFound(Message):
    """A broker that announces itself on the network."""

    name: str
    url: str


class BrokerList(Message):
    """Brokers of the network."""

    brokers: list[BrokerFound]


class BrokerTrial(BaseModel):
    """A broker to try, with a login that is not saved by this."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=512, description="mqtt://host[:port] or mqtts://host[:port]")
    username: _Username
    password: _Password
    ca: AuthorityPem | None = None


class TrialResult(Message):
    """Whether it works, and if not, why."""

    ok: bool
    reason: str
    cause: BrokerCause | None = Field(description="What kind of reason it is; null when it works.")


class CameraFound(Message):
    """An ONVIF camera that answered."""

    name: str
    hardware: str
    address: str
    service: str = Field(description="Its device service, for the question about its streams.")


class CameraList(Message):
    """Cameras of the network."""

    cameras: list[CameraFound]


class StreamQuestion(BaseModel):
    """Which camera's streams; its login is used for the question and not saved by this."""

    model_config = ConfigDict(extra="forbid")

    service: str = Field(pattern=r"^https?://\S+$", max_length=512)
    username: _Username
    password: _Password


class StreamFound(Message):
    """A stream of a camera, without a login in its address."""

    name: str
    url: str
    width: int
    height: int


class StreamList(Message):
    """Streams of a camera, the largest picture first."""

    streams: list[StreamFound]


class PictureQuestion(BaseModel):
    """Which source to look through, with a login that is not saved by this."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=1024, description="As `[[camera]] url`.")
    username: _Username
    password: _Password


@router.get("/brokers", summary="MQTT brokers that announce themselves")
async def find_brokers(box: Box, _operator: Operator) -> BrokerList:
    """Listen a few seconds for `_mqtt._tcp` and `_secure-mqtt._tcp` (mDNS)."""
    try:
        found = await box.surroundings.brokers()
    except OSError as error:
        raise _no_network(error) from error
    return BrokerList(brokers=[BrokerFound(name=each.name, url=each.url) for each in found])


@router.post("/brokers/try", summary="Try a broker")
async def try_broker(body: BrokerTrial, box: Box, _operator: Operator) -> TrialResult:
    """Log in at the broker as the box would, and say why it fails if it does; changes nothing.

    Without a password, the one that is kept for this address and user is taken; without an authority, the
    certificates that are kept for this address.
    """
    try:
        authority = None if body.ca is None else certificates_in(body.ca)
        settings = _settings_of(body, box.configuration.config.mqtt, f"gymbox-setup-{box.clock.now_s():.0f}")
        trouble = await box.surroundings.broker_trouble(settings, authority)
    except (ValidationError, BrokerSettingsInvalid, PasswordFileError, AuthorityRefused) as error:
        return TrialResult(ok=False, reason=_first_fault(error), cause="address")
    if trouble is None:
        return TrialResult(ok=True, reason="", cause=None)
    return TrialResult(ok=False, reason=trouble, cause=cause_of(trouble))


@router.get("/cameras", summary="ONVIF cameras that answer")
async def find_cameras(box: Box, _operator: Operator) -> CameraList:
    """Ask the network (WS-Discovery) and wait a few seconds for answers."""
    try:
        found = await box.surroundings.cameras()
    except OSError as error:
        raise _no_network(error) from error
    return CameraList(
        cameras=[
            CameraFound(name=each.name, hardware=each.hardware, address=each.address, service=each.service)
            for each in found
        ]
    )


@router.post("/cameras/streams", summary="The streams of an ONVIF camera")
async def find_streams(body: StreamQuestion, box: Box, _operator: Operator) -> StreamList:
    """Ask a camera for the addresses of its streams; 409 with its reason when it does not tell."""
    login = None if body.username is None else Login(body.username, body.password or "")
    try:
        found = await box.surroundings.streams(body.service, login)
    except CameraRefuses as error:
        raise Problem(HTTPStatus.CONFLICT, "camera-refuses", str(error)) from error
    return StreamList(
        streams=[
            StreamFound(name=each.name, url=each.url, width=each.width, height=each.height) for each in found
        ]
    )


@router.post(
    "/cameras/picture",
    summary="A picture of a camera, before it is saved",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
async def try_camera(body: PictureQuestion, box: Box, _operator: Operator) -> Response:
    """Look through a camera once; the picture exists in memory only. 409 with the reason if there is none."""
    try:
        url = CameraSection.model_validate({"id": "trial", "url": body.url}).url.reveal()
    except ValidationError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "camera-address", _first_fault(error)) from error
    if body.username is not None and "://" in url:
        url = with_login(url, body.username, body.password or "")
    try:
        picture = await box.surroundings.picture(url)
    except NoPicture as error:
        raise Problem(HTTPStatus.CONFLICT, "no-picture", str(error)) from error
    return Response(picture, media_type="image/jpeg")


def _settings_of(body: BrokerTrial, kept: MqttSection, client_id: str) -> BrokerSettings:
    """What was typed, with what is kept for the same address.

    Raises:
        ValidationError: what was typed is no broker.
        BrokerSettingsInvalid: it contradicts itself.
        PasswordFileError: the password that is kept cannot be read.
    """
    if body.password is None and (kept.url, kept.username) == (body.url, body.username):
        return broker_settings(kept, client_id=client_id)
    mqtt = MqttSection(url=body.url, username=body.username)
    settings = BrokerSettings(
        url=mqtt.url, username=mqtt.username, password=body.password, client_id=client_id
    )
    if kept.url != body.url:
        return settings
    return replace(settings, ca=kept.ca, cert=kept.cert, key=kept.key)


def _first_fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        fault = error.errors(include_url=False, include_input=False)[0]
        return str(fault["msg"])
    return str(error)


def _no_network(error: OSError) -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "no-network",
        f"The box cannot look around on its network: {error.strerror or error}. Type the address instead.",
    )
