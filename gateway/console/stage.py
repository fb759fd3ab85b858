"""The picture of a camera with what is drawn over it; the drawing itself is `static/stage.js`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from gateway.live.snapshot import PoseState

Corners = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Zone:
    """The floor of a station: corners as fractions of the picture, none for the whole of it."""

    id: str
    name: str
    corners: Corners


class Stage(Element, component="static/stage.js"):
    """One camera's picture."""

    def __init__(
        self, *, source: str, alt: str, corner: str, on_zone: Callable[[str, Corners], object]
    ) -> None:
        """Show it.

        Args:
            source: address of the pictures, on this box.
            alt: what the picture is of, in words.
            corner: what a corner is called; `{n}` stands for its number.
            on_zone: called with a station's id and the new corners of its floor.
        """
        super().__init__()
        self.props["src"], self.props["alt"], self.props["cornerLabel"] = source, alt, corner
        self.props["zones"], self.props["chosen"] = [], ""
        self._on_zone = on_zone
        self.on("zone", self._changed)

    def show_zones(self, zones: Sequence[Zone], chosen: str) -> None:
        """Draw the floors; the corners of the chosen one can be dragged."""
        self.props["zones"] = [
            {"id": each.id, "name": each.name, "points": [list(corner) for corner in each.corners]}
            for each in zones
        ]
        self.props["chosen"] = chosen
        self.update()

    def see(self, poses: Sequence[PoseState]) -> None:
        """Draw the people who are seen now."""
        self.run_method("see", [each.model_dump(include={"width", "height", "points"}) for each in poses])

    def _changed(self, event: GenericEventArguments) -> None:
        said: Mapping[str, Any] = event.args
        self._on_zone(str(said["id"]), [(float(x), float(y)) for x, y in said["points"]])
