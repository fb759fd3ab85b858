"""The frame around every page: the mark, the way to each page, the language, the way out."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from nicegui import ui

from gateway.console.components import action, box, link, text
from gateway.console.paths import ROOT
from gateway.console.visit import Visit
from gateway.console.words import COOKIE, LANGUAGES

if TYPE_CHECKING:
    from nicegui.element import Element

PAGES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Gym": {
        "/": ("Overview", "grid_view"),
        "/cameras": ("Cameras", "videocam"),
        "/devices": ("Devices", "sensors"),
        "/members": ("Members", "group"),
    },
    "Models": {
        "/models": ("Models", "hub"),
        "/metrics": ("Metrics", "insights"),
    },
    "Box": {
        "/sync": ("Sync", "cloud_sync"),
        "/events": ("Events", "receipt_long"),
        "/settings": ("Settings", "tune"),
        "/diagnostics": ("Diagnostics", "troubleshoot"),
        "/access": ("Access", "key"),
    },
}
"""Title and icon of each page by its path below the root, in groups."""

_CHOOSE: Final = (
    f"document.cookie = '{COOKIE}=%s; path={ROOT}; max-age=31536000; samesite=strict'; location.reload();"
)
_LEAVE: Final = (
    "fetch('/api/v1/logout', {method: 'POST'}).finally(() => location.assign('/login?next=/console'));"
)


def navigation(visit: Visit, path: str) -> None:
    """Add the links; the one to the page that is open says so."""
    say = visit.say
    ways: dict[str, Element] = {}
    with box("nav", "side") as nav:
        nav.props["aria-label"] = say("Pages")
        link("Gymbox", f"{ROOT}/", "mark")
        for group, pages in PAGES.items():
            text("p", say(group), "group")
            for below, (title, icon) in pages.items():
                with box("a", "way") as way:
                    way.props["href"] = ROOT + below
                    ui.icon(icon).props('aria-hidden="true"')
                    text("span", say(title))
                ways[below] = way
        _foot(visit)

    def mark(current: str) -> None:
        here = page_of(current)
        for below, way in ways.items():
            if below == here:
                way.props["aria-current"] = "page"
            else:
                way.props.pop("aria-current", None)
            way.update()

    mark(path)
    ui.context.client.sub_pages_router.on_path_changed(mark)


def page_of(path: str) -> str:
    """Return which page of `PAGES` a path belongs to, an overview's for one that is none."""
    below = "/" + path.partition("?")[0].strip("/").partition("/")[0]
    return below if any(below in pages for pages in PAGES.values()) else "/"


def _foot(visit: Visit) -> None:
    with box("div", "foot"):
        for language, name in LANGUAGES.items():
            if language != visit.say.language:
                action(name, partial(ui.run_javascript, _CHOOSE % language), "quiet small").props(
                    f'lang="{language}"'
                )
        if visit.operator.login_id is not None:
            action(visit.say("Log out"), partial(ui.run_javascript, _LEAVE), "quiet small")
