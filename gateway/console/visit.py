"""An operator's visit: the box that a page is about, who asks, in which language, and how a deed is done."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

from nicegui import ui

from gateway.api.problem import explain
from gateway.api.services import BoxServices
from gateway.console.gate import guest_of
from gateway.console.words import COOKIE, Words, language_of
from gateway.reconfiguration.configuration import ConfigRefused
from gateway.tokens import Principal

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """What every page is given."""

    box: BoxServices
    operator: Principal
    say: Words

    @property
    def zone(self) -> ZoneInfo:
        """The gym's time zone."""
        return ZoneInfo(self.box.configuration.config.box.timezone)

    async def deed(self, work: Awaitable[T], done: str = "") -> T | None:
        """Do what a person clicked on, and tell them that it is done or why it is not.

        Returns:
            What the work gives; None when it failed.

        Raises:
            ConfigRefused: settings are not as they should be; the page says so at the fields.
        """
        try:
            result = await work
        except ConfigRefused:
            raise
        except Exception as error:  # noqa: BLE001 - a page outlives what fails behind a button; logged and told
            reason = explain(error)
            if reason is None:
                _log.exception("a deed of the console failed")
                reason = self.say("Something went wrong in the box; its log says what.")
            if not ui.context.client.is_deleted:  # whoever waited for it may have gone
                ui.notify(reason, type="negative", timeout=10_000, close_button=self.say("Close"))
            return None
        if done and not ui.context.client.is_deleted:
            ui.notify(self.say(done), type="positive")
        return result


def visit() -> Visit:
    """Return the visit that the page being built belongs to."""
    request = ui.context.client.request
    guest = guest_of(request)
    language = language_of(request.cookies.get(COOKIE), request.headers.get("accept-language", ""))
    return Visit(guest.box, guest.operator, Words(language))
