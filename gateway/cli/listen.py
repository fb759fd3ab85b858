"""`gymbox devices list`, `watch`, `read`: what machines say, heard beside a running box."""

import queue
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from devices.intake import Intake
from devices.mqtt.broker_settings import BrokerSettingsInvalid
from devices.mqtt.session import Link, Message, MqttSession
from devices.profile import Profile
from devices.reading import Reading
from devices.registry import DeviceRegistry, DeviceView
from devices.rejection import FrameRejected
from devices.subscriptions import subscriptions
from gateway import logs
from gateway.adoption import adopted_beside
from gateway.broker_login import PasswordFileError, broker_beside
from gateway.cli.terminal import AsJson, DataDir, ends_with, err, fail, out, print_json
from gateway.config.file import ConfigError, data_dir, load
from gateway.config.model import BoxConfig
from gateway.config.profiles import profiles_of
from gateway.machines import configured_devices
from gateway.store.tables import store_path

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The box's configuration, TOML.", show_default=False)
]

_LISTEN_S: Final = 5.0
_TICK_S: Final = 0.2
_MOST_WAITING: Final = 10_000


@dataclass(frozen=True, slots=True)
class _News:
    """A message, and what became of it."""

    topic: str
    readings: tuple[Reading, ...] = ()
    refused: str | None = None


def list_devices(
    config: ConfigOption,
    *,
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.1)] = _LISTEN_S,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Listen for a few seconds, then list every device: adopted or not, heard or not."""
    settings = _config(config)
    with _listening(settings, data_dir(settings, option=data_folder)) as (registry, news):
        _drain(news, until_s=time.monotonic() + seconds)
        views = registry.all(time.monotonic())
    if as_json:
        print_json([_as_dict(view) for view in views])
        return
    for view in views:
        out.print(_line(view), markup=False)


def watch(
    config: ConfigOption,
    *,
    device: Annotated[str | None, typer.Option(help="Only this one, by its id or address.")] = None,
    seconds: Annotated[float | None, typer.Option(help="End by itself after so long.", min=0.1)] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print every reading as it comes, and every message that is refused with the reason; Ctrl-C ends it."""
    settings = _config(config)
    until_s = float("inf") if seconds is None else time.monotonic() + seconds
    with (
        _listening(settings, data_dir(settings, option=data_folder)) as (_registry, news),
        suppress(KeyboardInterrupt),
    ):
        for each in _arriving(news, until_s):
            _show(each, device, as_json=as_json)


def read(
    topic: Annotated[str, typer.Argument(help="The topic of an MQTT message.")],
    payload: Annotated[str, typer.Argument(help="Its payload as text; 0x… for octets.")],
    config: ConfigOption,
    *,
    as_json: AsJson = False,
) -> None:
    """Print what the box makes of one message; one that it refuses ends with exit code 1 and the reason."""
    settings = _config(config)
    profiles = profiles_of(settings.box.profiles_dir)
    registry = DeviceRegistry(configured_devices(settings), profiles=profiles)
    try:
        octets = bytes.fromhex(payload[2:]) if payload.startswith("0x") else payload.encode()
    except ValueError:
        fail(f"not hex digits in pairs: {payload[:60]!r}")
    news = _take(Intake(registry, profiles), topic, octets, retain=False)
    if news.refused is not None:
        fail(news.refused)
    if as_json:
        print_json({"readings": [_reading(each) for each in news.readings]})
        return
    for each in news.readings:
        out.print(
            f"{each.device_id:<18} {each.metric:<18} {each.value:.10g} {each.unit}".rstrip(), markup=False
        )


def _config(path: Path) -> BoxConfig:
    logs.configure(level="error")  # what is refused is told here, each time
    with ends_with(ConfigError, exit_code=2):
        return load(path)


@contextmanager
def _listening(config: BoxConfig, folder: Path) -> Iterator[tuple[DeviceRegistry, "queue.Queue[_News]"]]:
    """Hear what the box hears, under a name of our own."""
    profiles = profiles_of(config.box.profiles_dir)
    registry = _registry(config, folder, profiles)
    intake = Intake(registry, profiles)
    news: queue.Queue[_News] = queue.Queue(_MOST_WAITING)

    def heard(message: Message) -> None:
        with suppress(queue.Full):  # a terminal that slow misses some
            news.put_nowait(_take(intake, message.topic, message.payload, retain=message.retain))

    def linked(link: Link) -> None:
        if link.state == "waiting":
            err.print(f"no broker: {link.reason}", markup=False)

    with ends_with(PasswordFileError, BrokerSettingsInvalid):
        settings = broker_beside(config, folder, client_id=f"{config.box.id}-watch")
    session = MqttSession(
        settings, subscriptions=subscriptions(profiles, registry.known), on_message=heard, on_link=linked
    )
    session.start()
    try:
        yield registry, news
    finally:
        session.stop()


def _registry(config: BoxConfig, folder: Path, profiles: Mapping[str, Profile]) -> DeviceRegistry:
    registry = DeviceRegistry(configured_devices(config), profiles=profiles)
    for known in adopted_beside(store_path(folder)):
        with suppress(ValueError):  # the configuration names it by now
            registry.adopt(known)
    return registry


def _take(intake: Intake, topic: str, payload: bytes, *, retain: bool) -> _News:
    try:
        taken = intake.handle(
            topic, payload, retain=retain, received_at=datetime.now(UTC), now_s=time.monotonic()
        )
    except FrameRejected as rejection:
        return _News(topic, refused=rejection.reason)
    return _News(topic, taken.readings)


def _arriving(news: "queue.Queue[_News]", until_s: float) -> Iterator[_News]:
    while time.monotonic() < until_s:
        with suppress(queue.Empty):
            yield news.get(timeout=_TICK_S)


def _drain(news: "queue.Queue[_News]", until_s: float) -> None:
    for _ in _arriving(news, until_s):
        pass


def _show(news: _News, device: str | None, *, as_json: bool) -> None:
    if news.refused is not None and (device is None or device in news.topic):
        if as_json:
            print_json({"topic": news.topic, "refused": news.refused})
        else:
            out.print(f"{news.topic}: refused: {news.refused}", markup=False)
    for each in news.readings:
        if device not in {None, each.device_id}:
            continue
        if as_json:
            print_json(_reading(each) | {"at": each.measured_at.isoformat()})
        else:
            at = each.measured_at.astimezone().strftime("%H:%M:%S.%f")[:-4]
            out.print(
                f"{at}  {each.device_id:<18} {each.metric:<18} {each.value:.10g} {each.unit}", markup=False
            )


def _reading(reading: Reading) -> dict[str, object]:
    return {
        "device": reading.device_id,
        "metric": reading.metric,
        "value": reading.value,
        "unit": reading.unit,
    }


def _as_dict(view: DeviceView) -> dict[str, object]:
    return {
        "id": view.id,
        "kind": view.profile.kind,
        "profile": view.profile.name,
        "address": view.address,
        "adopted": view.adopted,
        "link": view.link,
        "rssi_dbm": view.rssi_dbm,
        "battery_percent": view.battery_percent,
        "values": {metric: reading.value for metric, reading in view.fresh.items()},
    }


def _line(view: DeviceView) -> str:
    values = "  ".join(f"{metric} {reading.value:.10g}" for metric, reading in view.fresh.items())
    whose = "adopted" if view.adopted else "stranger"
    signal = "" if view.rssi_dbm is None else f"{view.rssi_dbm} dBm"
    return f"{view.id:<18} {whose:<9} {view.link:<6} {view.profile.name:<18} {signal:<8} {values}".rstrip()
