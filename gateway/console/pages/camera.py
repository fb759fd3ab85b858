"""One camera: its picture with the people in it, the floor of its stations, how counting is tuned there."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from nicegui import ui

from gateway.config.polygon import area, is_simple
from gateway.console.components import action, badge, box, card, empty, heading, link, text
from gateway.console.dials import Dials
from gateway.console.pages.cameras import tone_of
from gateway.console.paths import ROOT
from gateway.console.stage import Corners, Stage, Zone
from gateway.console.visit import Visit
from gateway.reconfiguration.configuration import ConfigRefused
from gateway.stations import Station

_SEE_S: Final = 0.2
_STATE_S: Final = 2.0
# Where a floor begins that nobody has drawn yet.
_FIRST_FLOOR: Final = ((0.25, 0.2), (0.75, 0.2), (0.75, 0.95), (0.25, 0.95))


async def page(visit: Visit, camera_id: str) -> None:
    """Show the camera."""
    say = visit.say
    link(say("All cameras"), f"{ROOT}/cameras")
    heading(camera_id)
    if visit.box.configuration.config.camera(camera_id) is None:
        empty(say("There is no such camera."))
        return
    stations = [each for each in visit.box.stations.values() if each.camera == camera_id]
    with card():
        _State(visit, camera_id)
        _Floors(visit, camera_id, stations)
    for station in stations:
        with card(say("Counting at {station}", station=station.name)):
            Dials(visit, station.id)


class _State:
    """How the camera does, in a line that follows."""

    def __init__(self, visit: Visit, camera_id: str) -> None:
        self._visit = visit
        self._id = camera_id
        with box("div", "row top"):
            self._badge = badge("quiet", "")
            self._reason = text("span", "", "hint")
        self._update()
        ui.timer(_STATE_S, self._update, immediate=False)

    def _update(self) -> None:
        status = self._visit.box.cameras.camera_status.get(self._id)
        if status is None:
            return
        self._badge.text = self._visit.say.term(status.state)
        self._badge.classes(replace=f"badge {tone_of(status.state)}")
        self._reason.text = self._visit.say.reason(status.reason) or self._visit.say(
            "{width} x {height}, {fps} pictures a second",
            width=status.width,
            height=status.height,
            fps=f"{status.fps:.0f}",
        )


class _Floors:
    """The picture with the floor of each station; one of them can be drawn at a time."""

    def __init__(self, visit: Visit, camera_id: str, stations: Sequence[Station]) -> None:
        self._visit = visit
        self._camera_id = camera_id
        self._stations = stations
        self._drawn: dict[str, Corners] = {}
        self._chosen = ""
        say = visit.say
        self._stage = Stage(
            source=f"/api/v1/cameras/{camera_id}/preview.mjpg",
            alt=say("What {camera} sees", camera=camera_id),
            corner=say("Corner {n}; the arrow keys move it, Delete removes it"),
            on_zone=self._drew,
        )
        self._problem = text("p", "", "problem").props('role="status"')
        with box("div", "row"):
            for station in stations:
                action(
                    say("Draw the floor of {station}", station=station.name),
                    partial(self._choose, station.id),
                    "quiet",
                )
            self._save = action(say("Save the floor"), self._keep)
            self._whole = action(say("Use the whole picture"), self._clear, "quiet")
            self._leave = action(say("Leave it as it was"), partial(self._choose, ""), "quiet")
        text(
            "p",
            say(
                "Drag the corners, or move one with the arrow keys; a small dot between two corners "
                "adds one. "
                "Pictures go to this browser alone and are kept nowhere."
            ),
            "hint",
        )
        self._choose("")
        ui.timer(_SEE_S, self._look, immediate=False)

    def _look(self) -> None:
        board = self._visit.box.board
        poses = [
            board.snapshot(each.id).pose for each in self._stations if each.id in self._visit.box.stations
        ]
        seen = {pose.model_dump_json(exclude={"age_s"}): pose for pose in poses if pose is not None}
        self._stage.see(list(seen.values()))

    def _choose(self, station_id: str) -> None:
        self._chosen, self._drawn = station_id, {}
        if station_id and not self._floor(station_id):
            self._drawn[station_id] = _FIRST_FLOOR
        self._show()

    def _floor(self, station_id: str) -> Corners:
        section = self._visit.box.configuration.config.station(station_id)
        return () if section is None or section.zone is None else section.zone

    def _show(self) -> None:
        self._stage.show_zones(
            [
                Zone(each.id, each.name, self._drawn.get(each.id, self._floor(each.id)))
                for each in self._stations
            ],
            self._chosen,
        )
        for button in (self._save, self._whole, self._leave):
            button.set_visibility(bool(self._chosen))
        self._judge()

    def _drew(self, station_id: str, corners: Corners) -> None:
        self._drawn[station_id] = corners
        self._judge()

    def _judge(self) -> None:
        """Say at once what the configuration would refuse."""
        corners = self._drawn.get(self._chosen, ())
        crossed = bool(corners) and (not is_simple(corners) or not area(corners))
        self._problem.text = (
            self._visit.say(
                "The outline crosses itself. Put the corners in the order of a walk around the floor."
            )
            if crossed
            else ""
        )
        self._save.set_enabled(bool(corners) and not crossed)

    async def _keep(self) -> None:
        await self._change([list(each) for each in self._drawn[self._chosen]], "The floor is saved.")

    async def _clear(self) -> None:
        await self._change("", "The whole picture belongs to the station.")

    async def _change(self, zone: object, done: str) -> None:
        """Save through the same engine as everything that is set; it takes effect at once."""
        change = {"station": {self._chosen: {"zone": zone}}}
        try:
            applied = await self._visit.deed(
                self._visit.box.configuration.patch(change, by=self._visit.operator.label), done
            )
        except ConfigRefused as error:
            self._problem.text = str(error)
            return
        if applied is not None:
            self._choose("")
