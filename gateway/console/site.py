"""NiceGUI and our pages in it. Importing this costs 22 MB: it is done for the first visitor."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nicegui
from nicegui import background_tasks, ui

from gateway.console.components import box
from gateway.console.layout import navigation
from gateway.console.pages import (
    access,
    camera,
    cameras,
    device,
    devices,
    diagnostics,
    events,
    member,
    members,
    metrics,
    models,
    overview,
    settings,
    sync,
)
from gateway.console.paths import ROOT
from gateway.console.visit import visit
from gateway.console.words import Language

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_FILES: Final = Path(__file__).parent / "static"
_ICON: Final = _FILES.parents[1] / "kiosk" / "icon.svg"
_STYLE: Final = "console.css"
_LANGUAGE_TAGS: Final[Mapping[Language, str]] = {"en": "en", "zh": "zh-CN"}
_ROUTES: Final[Mapping[str, Callable[..., object]]] = {
    "/": overview.page,
    "/cameras": cameras.page,
    "/cameras/{camera_id}": camera.page,
    "/devices": devices.page,
    "/devices/{device_id}": device.page,
    "/members": members.page,
    "/members/{member_id}": member.page,
    "/models": models.page,
    "/metrics": metrics.page,
    "/sync": sync.page,
    "/events": events.page,
    "/settings": settings.page,
    "/diagnostics": diagnostics.page,
    "/access": access.page,
}


class Site:
    """NiceGUI with our pages: one app in a process; the gate says which box a visitor came to see."""

    def __init__(self) -> None:
        _configure()
        self.app: ASGIApp = nicegui.app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep pages alive; what NiceGUI does beside them ends with this."""
        async with nicegui.app.router.lifespan_context(nicegui.app):
            try:
                yield
            finally:
                tasks = tuple(background_tasks.running_tasks)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


@cache
def _configure() -> None:
    """Tell NiceGUI once how pages are: no styles made in the browser, no files kept, no greeting."""
    nicegui.app.config.add_run_config(
        reload=False,
        title="Gymbox",
        viewport="width=device-width, initial-scale=1",
        favicon=_ICON,
        dark=None,
        language=None,  # each page says its own
        binding_refresh_interval=None,
        reconnect_timeout=5.0,
        message_history_length=100,
        tailwind=False,
        unocss=None,
        prod_js=True,
        show_welcome_message=False,
        cache_control_directives="private, max-age=31536000, immutable",
        markdown=False,
    )
    nicegui.app.config.socket_io_js_transports = ["websocket"]
    nicegui.app.add_static_files("/static", _FILES, max_cache_age=3600)
    ui.page("/", favicon=_ICON)(_page)  # named here too, for its route must come before the one for all
    ui.page("/{_:path}")(_page)


def _page() -> None:
    """Build the frame; what it holds follows the address without another load."""
    here = visit()
    ui.add_head_html(f'<link rel="stylesheet" href="{ROOT}/static/{_STYLE}?{_fingerprint()}">')
    ui.add_head_html(
        f'<script>document.documentElement.lang = "{_LANGUAGE_TAGS[here.say.language]}";</script>'
    )
    ui.add_head_html(f'<script defer src="{ROOT}/static/session.js"></script>')
    path = ui.context.client.sub_pages_router.current_path
    with box("div", "frame"):
        navigation(here, path)
        with box("div", "page"):
            ui.sub_pages(dict(_ROUTES), data={"visit": here})


@cache
def _fingerprint() -> str:
    """Tell versions of the style sheet apart, so that a browser keeps it until there is another."""
    return hashlib.sha256((_FILES / _STYLE).read_bytes()).hexdigest()[:12]
