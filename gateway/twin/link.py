"""The one look at the cloud: now and then, which documents are new. Each part has a copy of its own."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.twin.wire import Conflict, Document, Versions
from provisioning.twin import Fields, merge, same
from sync.upload.answer import NotDelivered
from sync.upload.policy import Backoff

_log = logging.getLogger(__name__)


class Wire(Protocol):
    """What is asked of the cloud (`gateway.twin.wire`). Every call may raise NotDelivered."""

    @property
    def wanted(self) -> bool:
        """Whether there is a cloud to ask."""

    def versions(self, etag: str | None) -> Versions | None:
        """Which documents there are in which versions; None when that is as it was with this tag."""

    def read(self, name: str) -> Document:
        """A document."""

    def report(self, name: str, reported: Fields, *, version: int) -> Document:
        """Say what the box is; may raise Conflict."""

    def close(self) -> None:
        """Let go of the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """How often, in seconds.

    Attributes:
        poll_s: between two looks.
        jitter: share of that which chance adds or takes.
    """

    poll_s: float = 30.0
    jitter: float = 0.2


class Twin:
    """One document: what is desired, and what the cloud has heard."""

    def __init__(self, name: str, link: "CloudLink") -> None:
        self.name: Final = name
        self._link = link
        self._document: Document | None = None

    @property
    def desired(self) -> Fields | None:
        """What the box should be; None until that was read."""
        return None if self._document is None else self._document.desired

    @property
    def reported(self) -> Fields:
        """What the cloud has heard."""
        return {} if self._document is None else self._document.reported

    @property
    def version(self) -> int | None:
        """Of the document that was read; None when it has to be read."""
        return None if self._document is None else self._document.version

    @property
    def trouble(self) -> NotDelivered | None:
        """Why the last look gave nothing; None when it went well, or there is no cloud."""
        return self._link.trouble

    async def look(self) -> None:
        """Wait for the next look, whether it brings news or trouble."""
        await self._link.looked()

    async def report(self, change: Fields) -> None:
        """Say what the cloud has not heard yet; nothing before the document was read.

        Args:
            change: to be merged into what was said before.

        Raises:
            Conflict: something else is desired by now; the next look, which comes soon, brings it.
            NotDelivered: no whole answer came.
        """
        if self._document is None or same(merge(self.reported, change), self.reported):
            return
        await self._link.report(self, change)

    def forget(self) -> None:
        """Have the document read again at the next look."""
        self._document = None

    def take(self, document: Document) -> None:
        """Know what was read."""
        self._document = document


class CloudLink:
    """Looks for all twins; lives on the event loop."""

    def __init__(
        self,
        wire: Wire,
        *,
        settings: Callable[[], LinkSettings] = LinkSettings,
        on_look: Callable[[NotDelivered | None], None] = lambda _trouble: None,
    ) -> None:
        """`settings` are asked for before each look; `on_look` hears after it whether an answer came."""
        self._wire = wire
        self._settings = settings
        self._on_look = on_look
        self._twins: dict[str, Twin] = {}
        self._backoff = Backoff()
        self._asking = asyncio.Lock()
        self._look = asyncio.Condition()
        self._soon = asyncio.Event()
        self._known: Versions | None = None
        self.trouble: NotDelivered | None = None
        self.looks = 0
        """Looks that the cloud has answered, since the box started."""
        self.failed = 0

    def twin(self, name: str) -> Twin:
        """The document of this name; the same for everybody who asks."""
        return self._twins.setdefault(name, Twin(name, self))

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            wait_s = await self.turn()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._soon.wait()
            self._soon.clear()

    async def turn(self) -> float:
        """Look once; returns the seconds until the next look."""
        settings = self._settings()
        wait_s = settings.poll_s
        try:
            await self._ask()
        except NotDelivered as error:
            self.trouble = error
            wait_s = self._backoff.failed(error.problem, retry_after_s=error.retry_after_s)
        except Exception:  # noqa: BLE001 - the next look must come whatever was wrong with this; counted
            self.failed += 1
            _log.exception("what is desired of the box could not be looked up")
        else:
            self.trouble = None
            self._backoff.succeeded()
            wait_s *= 1 + settings.jitter * (2 * random.random() - 1)  # noqa: S311 - spreads load
        self._on_look(self.trouble)
        async with self._look:
            self._look.notify_all()
        return wait_s

    def wake(self) -> None:
        """Look at once."""
        self._soon.set()

    async def looked(self) -> None:
        """Wait for the end of the next look."""
        async with self._look:
            await self._look.wait()

    async def report(self, twin: Twin, change: Fields) -> None:
        """Say something for a twin. Raises Conflict and NotDelivered."""
        version = twin.version
        if version is None:
            return
        async with self._asking:
            try:
                twin.take(await asyncio.to_thread(self._wire.report, twin.name, change, version=version))
            except Conflict:
                twin.forget()
                self.wake()
                raise

    async def reconfigure(self, _config: BoxConfig, change: Change) -> None:
        """Ask another cloud, or the same one in another way, at once."""
        if change.touches("cloud"):
            self.begin_anew()

    def begin_anew(self) -> None:
        """Believe nothing that was read before, and look at once."""
        self._known = None
        self._backoff.succeeded()
        for twin in self._twins.values():
            twin.forget()
        self.wake()

    def close(self) -> None:
        """Let go of the connection."""
        self._wire.close()

    async def _ask(self) -> None:
        async with self._asking:
            if not self._wire.wanted:
                return
            news = await asyncio.to_thread(
                self._wire.versions, None if self._known is None else self._known.etag
            )
            known = news or self._known
            if known is None:
                return
            for twin in self._twins.values():
                if twin.version is None or twin.version != known.by_name.get(twin.name, 0):
                    twin.take(await asyncio.to_thread(self._wire.read, twin.name))
            self._known = known
            self.looks += 1
