"""A form made from fields: it knows what was changed in it, and says at each field what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement
from nicegui.elements.mixins.value_element import ValueElement

from gateway.console.components import box, text
from gateway.console.schema_fields import Field, Path, value_at
from gateway.console.words import Words

_OUTLINED: Final = "outlined"


class Form:
    """Fields with what holds now; nothing is changed before somebody saves it."""

    def __init__(
        self,
        say: Words,
        fields: Sequence[Field],
        values: Mapping[str, Any],
        *,
        note: Callable[[Field], str] = lambda _: "",
        locked: Callable[[Field], bool] = lambda _: False,
    ) -> None:
        """Show the fields.

        Args:
            say: the operator's words.
            fields: in order.
            values: what holds now.
            note: what is said beside a field's hint: who has set it.
            locked: whether a field is somebody else's to change.
        """
        self._say = say
        self._before: dict[Path, Any] = {}
        self._inputs: dict[Path, tuple[Field, ValueElement[Any]]] = {}
        group = ""
        for field in fields:
            if field.group != group:
                group = field.group
                text("h3", say(group))
            with box("div", "field"):
                element = self._input(field, value_at(values, field.path))
                if locked(field):
                    element.props("disable")
                hint = " ".join(part for part in (say(field.hint), note(field)) if part)
                text("p", hint, "hint")
            self._inputs[field.path] = (field, element)
            self._before[field.path] = self._read(field, element)

    def changes(self) -> dict[Path, Any]:
        """Return what differs from what held; None for what was emptied."""
        now = {path: self._read(field, element) for path, (field, element) in self._inputs.items()}
        return {path: value for path, value in now.items() if value != self._before[path]}

    def values(self) -> dict[Path, Any]:
        """Return what every field says; None for an empty one."""
        return {path: self._read(field, element) for path, (field, element) in self._inputs.items()}

    def fields(self) -> Mapping[Path, Field]:
        """Return the fields by path."""
        return {path: field for path, (field, _) in self._inputs.items()}

    def complain(self, reasons: Mapping[Path, str]) -> list[str]:
        """Say at each field what is wrong with it.

        Returns:
            What belongs to no field of this form.
        """
        left = dict(reasons)
        for path, (_, element) in self._inputs.items():
            found = left.pop(path, None)
            if isinstance(element, ValidationElement):
                element.error = found
            elif found is not None:
                left[path] = found
        return list(left.values())

    def _input(self, field: Field, value: Any) -> ValueElement[Any]:
        title = self._say(field.title)
        element: ValueElement[Any]
        if field.kind == "switch":
            return ui.switch(title, value=bool(value))
        if field.kind == "choice":
            element = ui.select(self._named(field), label=title, value=value, clearable=not field.required)
        elif field.kind == "choices":
            element = ui.select(self._named(field), label=title, value=list(value or ()), multiple=True)
            element.props("use-chips")
        elif field.kind == "number":
            element = ui.number(
                title, value=value, min=field.low, max=field.high, step=1 if field.whole else None
            )
        elif field.kind == "secret":
            element = ui.input(self._say("New password"), password=True).props('autocomplete="new-password"')
        else:
            written = ", ".join(value or ()) if field.kind == "words" else "" if value is None else str(value)
            element = ui.input(title, value=written)
        element.props(_OUTLINED)
        return element

    def _named(self, field: Field) -> dict[str, str]:
        return {option: self._say.term(option) for option in field.options}

    def _read(self, field: Field, element: ValueElement[Any]) -> Any:
        value = element.value
        if field.kind == "number" and value is not None:
            return int(value) if field.whole and float(value).is_integer() else float(value)
        if field.kind == "words":
            return [each.strip() for each in str(value).split(",") if each.strip()]
        if field.kind in ("text", "secret"):
            written = str(value or "").strip()
            return int(written) if field.numeral and written.isdecimal() else written or None
        return value
