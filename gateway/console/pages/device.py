"""One device in depth: its last two hours, how it is heard, a test within the safety rules, its limits."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from nicegui import ui
from starlette.responses import Response

from gateway.api import commands
from gateway.api import devices as api
from gateway.api.commands import CommandBody, CommandName
from gateway.api.devices import DeviceReport
from gateway.commands.machine import NAMES
from gateway.console.chart import plot_options, time_plot
from gateway.console.components import Follow, action, box, card, confirmed, empty, facts, heading, link, text
from gateway.console.pages.devices import LINKS, SHOWN_VALUES, UNITS, values
from gateway.console.paths import ROOT
from gateway.console.visit import Visit
from gateway.console.wording import duration, number, ratio
from gateway.device_history import EVERY_S, QUALITY, RSSI

_PLOTS_S: Final = 10.0
# What only ever grows says nothing as a plot.
_PLOTTED: Final = (*SHOWN_VALUES, RSSI, QUALITY)
_WITHIN: Final[Mapping[str, tuple[float, float]]] = {QUALITY: (0.0, 100.0)}
_QUANTITY_OF: Final = {name: quantity for quantity, name in NAMES.items()}


async def page(visit: Visit, device_id: str) -> None:
    """Show the device."""
    say = visit.say
    link(say("All devices"), f"{ROOT}/devices")
    found = await visit.deed(api.get_device(device_id, visit.box, visit.operator))
    if found is None:
        heading(device_id)
        return
    heading(device_id, f"{say.term(found.kind)}, {found.profile}")
    with card(say("Now")):
        await Follow(partial(_read, visit, device_id), partial(_show_now, visit)).refresh()
    with card(say("The last two hours")):
        _plots(visit, device_id)
    if found.adopted and found.control:
        _control(visit, found)
    if found.adopted:
        with box("div", "row"):
            action(say("Forget this device"), partial(_forget, visit, device_id), "quiet")


async def _read(visit: Visit, device_id: str) -> DeviceReport | None:
    view = visit.box.devices.get(device_id, visit.box.clock.now_s())
    return None if view is None else await api.get_device(device_id, visit.box, visit.operator)


def _show_now(visit: Visit, device: DeviceReport | None) -> None:
    say = visit.say
    if device is None:
        empty(say("This device is not known any more."))
        return
    seen = device.last_seen_s
    facts(
        {
            say("Link"): say(LINKS[device.link][1]),
            say("Last heard"): "" if seen is None else say("{time} ago", time=duration(seen)),
            say("Says"): values(device),
            say("Received"): ratio(device.quality),
            say("Signal"): "" if device.rssi_dbm is None else f"{device.rssi_dbm} dBm",
            say("Battery"): "" if device.battery_percent is None else f"{device.battery_percent:.0f} %",
            say("Dropped"): str(device.dropped),
            say("Address"): device.address,
            say("Bridge"): device.bridge or "",
            say("Firmware"): device.firmware or "",
        }
    )


def _plots(visit: Visit, device_id: str) -> None:
    place = box("div", "grid")
    charts: dict[str, ui.echart] = {}

    def draw() -> None:
        past = visit.box.history.of(device_id)
        ends_s = 0.0 if past.ends_at is None else past.ends_at.timestamp()
        shown: dict[str, Sequence[float | None]] = {
            name: _in_unit(name, past.series[name]) for name in _PLOTTED if name in past.series
        }
        if not shown and not charts:
            place.clear()
            with place:
                empty(visit.say("Nothing was heard of it since the box started."))
            return
        if set(charts) != set(shown):
            place.clear()
            charts.clear()
            with place:
                for name in shown:
                    with box("div"):
                        text("h3", visit.say.term(name))
                        charts[name] = time_plot(
                            {},
                            ends_s=ends_s,
                            every_s=EVERY_S,
                            unit=UNITS.get(name, ""),
                            within=_WITHIN.get(name),
                        )
        for name, chart in charts.items():
            options = plot_options(
                {visit.say.term(name): shown[name]}, ends_s=ends_s, every_s=EVERY_S, unit=UNITS.get(name, "")
            )
            chart.options["series"] = options["series"]
            chart.update()

    draw()
    ui.timer(_PLOTS_S, draw, immediate=False)


def _in_unit(name: str, series: Sequence[float | None]) -> Sequence[float | None]:
    """A share of one is read in percent."""
    if name != QUALITY:
        return series
    return [None if value is None else round(value * 100, 1) for value in series]


def _control(visit: Visit, device: DeviceReport) -> None:
    say = visit.say
    with box("div", "grid"):
        with card(say("Try it")):
            text(
                "p",
                say(
                    "A stop is always taken. Everything else needs a session at the machine, a person who "
                    "has "
                    "confirmed there, and passes the same safety rules as a kiosk's command."
                ),
                "hint",
            )
            with box("div", "row top"):
                action(say("Stop"), partial(_command, visit, device.id, "stop", None), "danger")
                action(say("Pause"), partial(_command, visit, device.id, "pause", None), "quiet")
                action(say("Start"), partial(_command, visit, device.id, "start", None), "quiet")
            for quantity in device.control:
                name = NAMES.get(quantity)  # type: ignore[call-overload]  # a profile's quantities are those of commands
                if name is not None:
                    _target(visit, device.id, name)
        _limits(visit, device)


def _target(visit: Visit, device_id: str, name: CommandName) -> None:
    quantity = _QUANTITY_OF[name]
    with box("div", "row"):
        given = ui.number(visit.say.term(quantity), suffix=UNITS.get(quantity, ""), step=0.5).props(
            "outlined dense"
        )
        given.classes("grow")
        action(visit.say("Set"), lambda: _command(visit, device_id, name, given.value), "quiet small")


async def _command(visit: Visit, device_id: str, name: CommandName, value: float | None) -> None:
    say = visit.say
    needs_session = name not in ("stop", "pause")
    session = next(
        (each.id for each in visit.box.sessions.active() if each.station.treadmill == device_id), None
    )
    if needs_session and session is None:
        ui.notify(say("Nobody trains at this machine. Check somebody in first."), type="warning")
        return
    if name in _QUANTITY_OF and value is None:
        ui.notify(say("Write a value first."), type="warning")
        return
    body = CommandBody(command=name, value=value, session_id=session if needs_session else None)
    report = await visit.deed(commands.command(device_id, body, visit.box, visit.operator, Response()))
    if report is not None:
        outcome = say("The machine did it.") if report.outcome == "done" else say("Sent; no answer yet.")
        ui.notify(f"{outcome} {report.reason}".strip(), type="positive")


def _limits(visit: Visit, device: DeviceReport) -> None:
    say = visit.say
    with card(say("Safety")):
        facts(_safety(visit, device))
        link(say("Change control and limits"), f"{ROOT}/settings?part=device&entry={device.id}")


def _safety(visit: Visit, device: DeviceReport) -> Mapping[str, str]:
    say = visit.say
    section = visit.box.configuration.config.device(device.id)
    granted = section is not None and section.control
    limits: Sequence[tuple[str, float]] = []
    if section is not None and section.limits is not None:
        limits = [(k, v) for k, v in section.limits.model_dump().items() if v is not None]
    return {
        say("The box may set targets"): say("yes") if granted else say("no"),
        **{say.term(name): f"{number(value)} {UNITS.get(name, '')}" for name, value in limits},
    }


async def _forget(visit: Visit, device_id: str) -> None:
    say = visit.say
    if await confirmed(
        say("Forget {device}?", device=device_id),
        say("When it is heard again it is a stranger. Its sessions stay."),
        yes=say("Forget"),
        no=say("Cancel"),
    ) and await visit.deed(_forgotten(visit, device_id), "The device is forgotten."):
        ui.navigate.to("/devices")


async def _forgotten(visit: Visit, device_id: str) -> bool:
    await api.forget_device(device_id, visit.box, visit.operator)
    return True
