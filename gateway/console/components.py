"""What pages are made of: headings, cards, badges, facts, tables, and parts that follow what changes."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Generic, Literal, TypeVar, cast

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from gateway.api.problem import explain

T = TypeVar("T")

Tone = Literal["ok", "degraded", "failed", "quiet", "live"]
UNKNOWN: Final = "–"  # noqa: RUF001 - as printers write it


def text(tag: str, content: str, classes: str = "") -> TextElement:
    """Add an element that holds a text."""
    return TextElement(tag=tag, text=content).classes(classes)


def box(tag: str = "div", classes: str = "") -> Element:
    """Add an element that holds others."""
    return ui.element(tag).classes(classes)


def heading(title: str, hint: str = "") -> None:
    """Say what the page is."""
    with box("header", "page-head"):
        text("h1", title)
        if hint:
            text("p", hint, "hint")


@contextmanager
def card(title: str = "", classes: str = "") -> Iterator[Element]:
    """Group what belongs together."""
    with box("section", f"card {classes}") as section:
        if title:
            text("h2", title)
        yield section


def badge(tone: Tone, content: str) -> TextElement:
    """Say a state in a word; the tone is told by colour and by shape."""
    return text("span", content, f"badge {tone}")


def empty(content: str) -> None:
    """Say that there is nothing, and why."""
    text("p", content, "empty")


def facts(pairs: Mapping[str, str]) -> None:
    """List names and values."""
    with box("dl", "facts"):
        for name, value in pairs.items():
            with box():
                text("dt", name)
                text("dd", value or UNKNOWN)


def table(columns: Sequence[str], rows: Sequence[Sequence[str | Callable[[], object]]]) -> None:
    """Show rows; a cell is a text, or builds itself. On a phone each row becomes a block with labels."""
    with box("div", "table").props('tabindex="0" role="region"'), box("table"):
        with box("thead"), box("tr"):
            for column in columns:
                text("th", column).props('scope="col"')
        with box("tbody"):
            for row in rows:
                with box("tr"):
                    for column, cell in zip(columns, row, strict=True):
                        if isinstance(cell, str):
                            text("td", cell or UNKNOWN).props["data-label"] = column
                        else:
                            with box("td") as place:
                                place.props["data-label"] = column
                                cell()


def action(label: str, on_click: Callable[[], object], classes: str = "") -> ui.button:
    """Add a button; the handler may be a coroutine function.

    What it opens belongs to the page, and so outlives the part of the page that the button stands in.
    """
    client = ui.context.client

    async def clicked() -> None:
        with client:
            found = on_click()
            if isinstance(found, Awaitable):
                await found

    return (
        ui.button(label, on_click=clicked, color=None)
        .props("no-caps unelevated")
        .classes(f"action {classes}")
    )


def link(label: str, target: str, classes: str = "") -> TextElement:
    """Add a link; one to a page of the console begins with `/console`."""
    found = text("a", label, classes)
    found.props["href"] = target
    return found


class Follow(Generic[T]):
    """A part of a page that is drawn anew whenever what it shows has changed; nothing blinks otherwise."""

    def __init__(
        self, read: Callable[[], Awaitable[T]], show: Callable[[T], object], *, every_s: float = 2.0
    ) -> None:
        """Begin; `every_s` is how often it looks."""
        self._read = read
        self._show = show
        self._shown: object = None
        self._drawn = False
        self._place = box("div", "follow")
        ui.timer(every_s, self.refresh, immediate=False)

    async def refresh(self) -> None:
        """Look now; what cannot be read says why, until it can."""
        trouble = ""
        found: T | None = None
        try:
            found = await self._read()
        except Exception as error:
            trouble = explain(error) or ""
            if not trouble:
                raise
        if self._drawn and (trouble or found) == self._shown:
            return
        self._shown, self._drawn = trouble or found, True
        self._place.clear()
        with self._place:
            if trouble:
                text("p", trouble, "problem")
            else:
                self._show(cast("T", found))


async def confirmed(question: str, detail: str, *, yes: str, no: str) -> bool:
    """Ask before something that cannot be taken back."""
    with ui.dialog() as dialog, box("div", "card dialog"):
        text("h2", question)
        text("p", detail)
        with box("div", "row end"):
            action(no, lambda: dialog.submit(result=False), "quiet")
            action(yes, lambda: dialog.submit(result=True), "danger")
    answer = bool(await dialog)
    dialog.delete()
    return answer
