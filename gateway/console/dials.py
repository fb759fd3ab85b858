"""Live tuning of one station: what counts as a movement, tried on the last two minutes before it is used."""

from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from gateway.api import vision as api
from gateway.api.vision import ReplayBody, ReplayReport, SettingsPatch
from gateway.config.sections.vision import Thresholds
from gateway.console.components import action, box, text
from gateway.console.visit import Visit
from gateway.console.wording import duration, number
from gateway.tuning import SettingsChange

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS: Final = 40
_NAMES: Final = tuple(SettingsChange.model_fields)
_TITLES: Final = Thresholds.model_json_schema()["properties"]


class Dials:
    """A slider for each setting. Nothing changes before somebody says so."""

    def __init__(self, visit: Visit, station_id: str) -> None:
        self._visit = visit
        self._station_id = station_id
        self._given: dict[str, float | None] = {}
        say = visit.say
        with box("div", "grid"):
            for name in _NAMES:
                self._dial(name)
        with box("div", "row top"):
            action(say("What would it have counted?"), self._try, "quiet")
            action(say("Count by this from now on"), self._use)
            action(say("Back to the configuration"), self._reset, "quiet")
        self._answer = box("div").props('role="status"')

    def _dial(self, name: str) -> None:
        visit, (low, high) = self._visit, bounds(name)
        title, hint = _TITLES[name]["title"], _TITLES[name]["description"]
        now = getattr(visit.box.tuning.thresholds(self._station_id), name)
        with box("div", "dial"):
            text("span", visit.say(title), "dial-name")
            told = text("span", number(now) if now is not None else visit.say("own"), "dial-value")

            def turned(value: float) -> None:
                self._given[name] = value
                told.text = number(value)

            slider = ui.slider(
                min=low,
                max=high,
                step=(high - low) / _STEPS,
                value=low if now is None else now,
                on_change=lambda event: turned(event.value),
            )
            slider.props["aria-label"] = visit.say(title)
            text("p", visit.say(hint), "hint")

    def _change(self) -> SettingsChange:
        return SettingsChange.model_validate(self._given)

    async def _try(self) -> None:
        body = ReplayBody(station_id=self._station_id, settings=self._change())
        found = await self._visit.deed(api.replay(body, self._visit.box, self._visit.operator))
        self._answer.clear()
        if found is not None:
            with self._answer:
                self._compare(found)

    def _compare(self, found: ReplayReport) -> None:
        say = self._visit.say
        text("p", say("The last {time}:", time=duration(found.window_s)))
        with box("div", "compare"):
            for label, counted in (("was counted", found.as_counted), ("would have been", found.would_count)):
                with box("div", "number"):
                    text("b", str(counted.reps))
                    text("span", say(label))
                    text("span", say("{n} partial", n=counted.partials))

    async def _use(self) -> None:
        if not self._given:
            ui.notify(self._visit.say("Move a slider first."), type="warning")
            return
        body = SettingsPatch(station_id=self._station_id, **self._given)
        await self._visit.deed(
            api.patch_settings(body, self._visit.box, self._visit.operator), "Counting goes on by this."
        )

    async def _reset(self) -> None:
        body = SettingsPatch(station_id=self._station_id, **dict.fromkeys(_NAMES))
        if await self._visit.deed(
            api.patch_settings(body, self._visit.box, self._visit.operator), "The configuration holds again."
        ):
            await ui.context.client.sub_pages_router.refresh()


def bounds(name: str) -> tuple[float, float]:
    """Return the least and the most that a setting may be, as its model says."""
    schema: Mapping[str, Any] = SettingsChange.model_json_schema()["properties"][name]
    numeric = next(each for each in schema.get("anyOf", [schema]) if each.get("type") == "number")
    return float(numeric["minimum"]), float(numeric["maximum"])
