"""The gym at a glance: every station live, what needs somebody, how each part of the box does."""

from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from gateway.console.components import UNKNOWN, Follow, Tone, badge, box, card, heading, link, text
from gateway.console.paths import ROOT
from gateway.console.visit import Visit
from gateway.console.wording import duration
from gateway.health import PartState
from gateway.live.snapshot import StationSnapshot
from gateway.members.names import short_name
from gateway.redaction import shorten_paths
from gateway.stations import Station

_LIVE_S = 1.0
_PARTS_S = 3.0


async def page(visit: Visit) -> None:
    """Show the gym."""
    say = visit.say
    heading(say("Overview"), say("What is true at every station now."))
    await Follow(partial(_troubles, visit), partial(_show_troubles, visit), every_s=_PARTS_S).refresh()
    await Follow(partial(_stations, visit), partial(_show_stations, visit), every_s=_PARTS_S).refresh()
    with card(say("Parts of the box")):
        await Follow(partial(_parts, visit), partial(_show_parts, visit), every_s=_PARTS_S).refresh()


async def _parts(visit: Visit) -> Mapping[str, PartState]:
    return visit.box.health.snapshot()


async def _troubles(visit: Visit) -> Sequence[tuple[str, PartState]]:
    return [(name, part) for name, part in (await _parts(visit)).items() if part.state != "ok"]


async def _stations(visit: Visit) -> Sequence[Station]:
    return tuple(visit.box.stations.values())


def _show_troubles(visit: Visit, found: Sequence[tuple[str, PartState]]) -> None:
    if not found:
        return
    with card(visit.say("Needs somebody"), "troubles"):
        for name, part in found:
            with box("div", "trouble"):
                badge(part.state, visit.say(part.state))
                text("strong", visit.say.part(name)).props["title"] = name
                text("span", visit.say.reason(shorten_paths(part.reason)))


def _show_parts(visit: Visit, parts: Mapping[str, PartState]) -> None:
    with box("ul", "parts"):
        for name, part in parts.items():
            with box("li"):
                badge(part.state, visit.say(part.state))
                text("span", visit.say.part(name), "name").props["title"] = name
                text("span", visit.say.reason(shorten_paths(part.reason)), "hint")


def _show_stations(visit: Visit, stations: Sequence[Station]) -> None:
    if not stations:
        with card():
            text("p", visit.say("There is no station yet."), "empty")
            link(visit.say("Add stations in the settings"), f"{ROOT}/settings")
        return
    with box("div", "stations"):
        for station in stations:
            _StationCard(visit, station)


class _StationCard:
    """One station's card; its texts change in place, so that nothing moves."""

    def __init__(self, visit: Visit, station: Station) -> None:
        self._visit = visit
        self._id = station.id
        with box("section", "card station") as self._card:
            with box("div", "row between"):
                self._name = text("h2", "")
                self._state = badge("quiet", "")
            self._who = text("p", "", "who")
            with box("div", "numbers"):
                self._reps, self._reps_label = _number(visit.say("reps"), shown=station.camera is not None)
                self._speed, _ = _number("km/h", shown=station.treadmill is not None)
                self._incline, _ = _number("%", shown=station.treadmill is not None)
                self._heart, self._zone = _number(visit.say("bpm"), shown=True)
            self._alert = text("p", "", "alert")
        self._update()
        ui.timer(_LIVE_S, self._update, immediate=False)

    def _update(self) -> None:
        if self._id not in self._visit.box.stations:
            return  # it was just taken out of the configuration; the list is drawn anew
        now, say = self._visit.box.board.snapshot(self._id), self._visit.say
        tone, state = _state(now)
        self._name.text = now.station.name
        self._state.text = say(state)
        self._state.classes(replace=f"badge {tone}")
        self._who.text = _who(self._visit, now)
        self._reps.text = str(now.reps) if now.session else UNKNOWN
        self._reps_label.text = say.term(now.exercise) if now.session and now.exercise else say("reps")
        belt = now.treadmill
        self._speed.text = _one_digit(belt.speed_kmh if belt else None)
        self._incline.text = _one_digit(belt.incline_percent if belt else None)
        heart = now.heart_rate
        self._heart.text = UNKNOWN if heart is None or heart.bpm is None else f"{heart.bpm:.0f}"
        zone = heart.zone if heart else None
        self._zone.text = say("bpm") if zone is None else say("bpm, zone {zone}", zone=zone)
        self._zone.props["data-zone"] = zone or 0
        self._alert.text = say.reason("; ".join(each.reason for each in now.alerts))


def _number(label: str, *, shown: bool) -> tuple[TextElement, TextElement]:
    with box("div", "number") as place:
        place.set_visibility(shown)
        return text("b", UNKNOWN), text("span", label)


def _one_digit(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f}"


def _state(now: StationSnapshot) -> tuple[Tone, str]:
    if any(each.level == "failed" for each in now.alerts):
        return "failed", "Out of order"
    if now.session is not None:
        return "live", "Training"
    return ("degraded", "Limited") if now.alerts else ("quiet", "Free")


def _who(visit: Visit, now: StationSnapshot) -> str:
    if now.session is None:
        return visit.say("Nobody trains here.")
    return visit.say(
        "{who}, for {time}", who=short_name(now.session.display_name), time=duration(now.session.elapsed_s)
    )
