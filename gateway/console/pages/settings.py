"""Every setting of the box, with the configuration's own titles and descriptions; saved, it holds at once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from nicegui import ui

from gateway.api import config as api
from gateway.api.config import ConfigReport
from gateway.config.schema import schema
from gateway.console.components import action, box, card, confirmed, empty, heading, link, table, text
from gateway.console.form import Form
from gateway.console.paths import ROOT
from gateway.console.schema_fields import Field, Path, as_tree, fields_of, pointer, value_at
from gateway.console.visit import Visit
from gateway.reconfiguration.configuration import ConfigRefused

_HERE: Final = f"{ROOT}/settings"
_TABLES: Final = ("station", "camera", "device")
_WHO: Final = {
    "file": "From the file.",
    "local": "Changed here.",
    "cloud": "Set by the cloud.",
    "environment": "Set by the environment.",
}
_THEIRS: Final = ("cloud", "environment")


async def page(visit: Visit, part: str = "station", entry: str = "") -> None:
    """Show a part of the settings; of stations, cameras and devices, the list or one of them."""
    say, tree = visit.say, schema()
    parts: Mapping[str, Any] = tree["properties"]
    part = part if part in parts else next(iter(parts))
    heading(
        say("Settings"),
        say("What is saved holds at once. Only the parts that it touches follow; sessions go on."),
    )
    with box("nav", "tabs") as tabs:
        tabs.props["aria-label"] = say("Parts of the settings")
        for name, each in parts.items():
            tab = link(say(each["title"]), f"{_HERE}?part={name}", "tab")
            if name == part:
                tab.props["aria-current"] = "page"
    report = await api.get_config(visit.box, visit.operator)
    if part not in _TABLES:
        found = parts[part]
        _Part(visit, report, (part,), {**tree["$defs"][found["$ref"].split("/")[-1]], **found}, tree["$defs"])
    elif entry:
        definition = parts[part]["additionalProperties"]["$ref"].split("/")[-1]
        _Part(visit, report, (part, entry), tree["$defs"][definition], tree["$defs"])
    else:
        _list(visit, part, report, parts[part])


def _list(visit: Visit, part: str, report: ConfigReport, given: Mapping[str, Any]) -> None:
    say, entries = visit.say, report.values.get(part, {})
    with card(say(given["title"])):
        text("p", say(given["description"]), "hint")
        if not entries:
            empty(say("There is none yet."))
        else:
            rows = [
                (partial(link, name, f"{_HERE}?part={part}&entry={name}"), _summary(part, values))
                for name, values in entries.items()
            ]
            table([say("Name"), say("What it is")], rows)
        with box("form", "row") as form:
            name = ui.input(say("Name of a new one")).props("outlined dense")
            action(
                say("Add"), lambda: ui.navigate.to(f"/settings?part={part}&entry={quote(name.value.strip())}")
            )
        form.on("submit.prevent", lambda: None)


def _summary(part: str, values: Mapping[str, Any]) -> str:
    names = {
        "station": ("name", "treadmill", "camera"),
        "camera": ("url",),
        "device": ("profile", "address"),
    }[part]
    return ", ".join(str(values[name]) for name in names if values.get(name) not in (None, ""))


def _with_choices(visit: Visit, field: Field) -> Field:
    """Let people choose where a setting names a device or a camera."""
    config = visit.box.configuration.config
    named = {
        "treadmill": tuple(each.id for each in config.devices),
        "camera": tuple(each.id for each in config.cameras),
    }.get(field.path[-1])
    return field if named is None else replace(field, kind="choice", options=named)


class _Part:
    """A form for one part, or one entry of a table."""

    def __init__(
        self,
        visit: Visit,
        report: ConfigReport,
        path: Path,
        given: Mapping[str, Any],
        definitions: Mapping[str, Any],
    ) -> None:
        self._visit = visit
        self._report = report
        self._path = path
        say = visit.say
        values = value_at(report.values, path)
        with card(say(given.get("title", "")) if len(path) == 1 else path[-1]):
            text("p", say(given.get("description", "")), "hint")
            self._form = Form(
                say,
                [_with_choices(visit, each) for each in fields_of(given, definitions)],
                values or {},
                note=lambda field: say(_WHO.get(self._origin(field), "")),
                locked=lambda field: self._origin(field) in _THEIRS,
            )
            self._problems = text("p", "", "problem").props('role="alert"')
            with box("div", "row"):
                action(say("Save"), self._save)
                if value_at(report.local, path):
                    action(say("Undo what was changed here"), self._undo, "quiet")
                if len(path) > 1 and values is not None:
                    action(say("Remove"), self._remove, "quiet")
            if path[0] == "station" and (values or {}).get("camera"):
                link(say("Draw its floor over the picture"), f"{ROOT}/cameras/{(values or {})['camera']}")

    def _origin(self, field: Field) -> str:
        return self._report.origins.get(pointer((*self._path, *field.path)), "")

    async def _save(self) -> None:
        say, changed = self._visit.say, self._form.changes()
        if not changed and value_at(self._report.values, self._path) is not None:
            ui.notify(say("Nothing was changed."))
            return
        try:
            tree = as_tree({path: await self._written(path, value) for path, value in changed.items()})
            done = await self._visit.deed(
                api.patch_config(self._visit.box, self._visit.operator, self._whole(tree), check=False)
            )
        except ConfigRefused as error:
            self._complain(error)
            return
        if done is not None:
            ui.notify(
                say("Saved. The box starts anew for it.") if done.restarts else say("Saved. It holds now."),
                type="positive",
            )
            await self._again()

    async def _written(self, path: Path, value: Any) -> Any:
        """Return what a patch says of a field: a password goes into a file, an empty field is taken back."""
        field = self._form.fields()[path]
        if field.kind == "secret" and value is not None:
            name = "-".join((*self._path, "password"))
            return str(
                await self._visit.box.configuration.keep_secret(name, value, by=self._visit.operator.label)
            )
        if value is not None:
            return value
        return None if self._origin(field) == "local" else ""

    def _complain(self, error: ConfigRefused) -> None:
        prefix = f"{pointer(self._path)}/"
        reasons: dict[Path, str] = {}
        for each in error.problems:
            whose = each.pointer or ""
            said = each.reason if whose.startswith(prefix) else f"{each.key}: {each.reason}"
            help_ = "" if each.suggestion is None else f" {each.suggestion}"
            reasons[tuple(whose.removeprefix(prefix).split("/"))] = said + help_
        self._problems.text = "; ".join(self._form.complain(reasons))

    def _whole(self, inner: Any) -> dict[str, Any]:
        return as_tree({self._path: inner})

    async def _undo(self) -> None:
        if await self._patch(dict.fromkeys(value_at(self._report.local, self._path))):
            await self._again()

    async def _remove(self) -> None:
        say = self._visit.say
        sure = await confirmed(
            say("Remove {name}?", name=self._path[-1]),
            say("What was recorded there stays."),
            yes=say("Remove"),
            no=say("Cancel"),
        )
        if sure and await self._patch(None):
            ui.navigate.to(f"/settings?part={self._path[0]}")

    async def _patch(self, inner: Any) -> bool:
        try:
            done = await self._visit.deed(
                api.patch_config(self._visit.box, self._visit.operator, self._whole(inner), check=False),
                "Done.",
            )
        except ConfigRefused as error:
            self._problems.text = str(error)
            return False
        return done is not None

    async def _again(self) -> None:
        await ui.context.client.sub_pages_router.refresh()
