"""Every machine and band: what it says, how well it is heard, and what was heard that is nobody's yet."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from nicegui import ui

from gateway.api import devices as api
from gateway.api.devices import AdoptionBody, DeviceReport
from gateway.console.components import (
    Follow,
    Tone,
    action,
    badge,
    box,
    card,
    empty,
    heading,
    link,
    table,
    text,
)
from gateway.console.paths import ROOT
from gateway.console.visit import Visit
from gateway.console.wording import number, ratio
from gateway.stations import Link

LINKS: Final[dict[Link, tuple[Tone, str]]] = {
    "live": ("ok", "heard"),
    "stale": ("degraded", "silent for a moment"),
    "lost": ("failed", "lost"),
    "never": ("quiet", "never heard"),
}
UNITS: Final = {
    "speed_kmh": "km/h",
    "incline_percent": "%",
    "distance_m": "m",
    "energy_kcal": "kcal",
    "heart_rate_bpm": "bpm",
    "rr_interval_ms": "ms",
    "cadence_rpm": "rpm",
    "power_w": "W",
    "stroke_rate_spm": "spm",
    "elapsed_s": "s",
    "battery_percent": "%",
    "rssi_dbm": "dBm",
    "quality": "%",
}
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$"
SHOWN_VALUES: Final = ("speed_kmh", "incline_percent", "heart_rate_bpm", "power_w", "cadence_rpm")


async def page(visit: Visit) -> None:
    """Show the gym's devices, and below them what else is heard."""
    say = visit.say
    heading(say("Devices"), say("Machines and bands: what they say now, and how well they are heard."))
    with card(say("The gym's own")):
        await Follow(partial(_devices, visit, adopted=True), partial(_show_own, visit)).refresh()
    with card(say("Heard, but nobody's")):
        text("p", say("Adopt what belongs to the gym; bands of passers-by may stay strangers."), "hint")
        await Follow(partial(_devices, visit, adopted=False), partial(_show_strangers, visit)).refresh()


async def _devices(visit: Visit, *, adopted: bool) -> Sequence[DeviceReport]:
    found = await api.list_devices(visit.box, visit.operator, adopted)
    # How long ago is told by the badge; here it would only make the page restless.
    return [each.model_copy(update={"last_seen_s": None}) for each in found.devices]


def _show_own(visit: Visit, found: Sequence[DeviceReport]) -> None:
    say = visit.say
    if not found:
        empty(say("No device is adopted yet."))
        return
    columns = [say(each) for each in ("Device", "Kind", "Link", "Says", "Received", "Signal", "Battery")]
    table(
        columns,
        [
            (
                partial(link, each.id, f"{ROOT}/devices/{each.id}"),
                say.term(each.kind),
                partial(link_badge, visit, each.link),
                values(each),
                ratio(each.quality),
                "" if each.rssi_dbm is None else f"{each.rssi_dbm} dBm",
                "" if each.battery_percent is None else f"{each.battery_percent:.0f} %",
            )
            for each in found
        ],
    )


def _show_strangers(visit: Visit, found: Sequence[DeviceReport]) -> None:
    say = visit.say
    if not found:
        empty(say("Nothing else is heard."))
        return
    columns = [say(each) for each in ("Address", "Kind", "Link", "Says", "Signal", "")]
    table(
        columns,
        [
            (
                each.address,
                say.term(each.kind),
                partial(link_badge, visit, each.link),
                values(each),
                "" if each.rssi_dbm is None else f"{each.rssi_dbm} dBm",
                partial(action, say("Adopt"), partial(_adopt, visit, each), "small"),
            )
            for each in found
        ],
    )


def link_badge(visit: Visit, state: Link) -> None:
    """Say how a device is heard."""
    tone, words = LINKS[state]
    badge(tone, visit.say(words))


def values(device: DeviceReport) -> str:
    """Write the values that people look for; what is stale is not there."""
    told = [(name, device.values[name]) for name in SHOWN_VALUES if name in device.values]
    return ", ".join(f"{number(value, 1)} {UNITS[name]}" for name, value in told)


async def _adopt(visit: Visit, device: DeviceReport) -> None:
    say = visit.say
    with ui.dialog() as dialog, box("div", "card dialog"):
        text("h2", say("Adopt {address}", address=device.address))
        text(
            "p",
            say("Heard as {profile}. Give it the name that stands on it.", profile=device.profile),
            "hint",
        )
        name = ui.input(
            say("Name"),
            validation={say("Letters, digits, dot, dash, colon and underscore."): _is_name},
        ).props("outlined autofocus")
        with box("div", "row end"):
            action(say("Cancel"), lambda: dialog.submit(None), "quiet")
            action(say("Adopt"), lambda: dialog.submit(name.value) if name.validate() else None)
    given = await dialog
    dialog.delete()
    if given:
        body = AdoptionBody(address=device.address, profile=device.profile)
        await visit.deed(api.adopt_device(given, visit.box, visit.operator, body), "The device is adopted.")


def _is_name(given: str) -> bool:
    return re.fullmatch(_NAME, given) is not None
