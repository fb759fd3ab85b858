"""Whether this box takes part, and when at night."""

import asyncio
from functools import partial
from importlib.metadata import version
from typing import Final

from apscheduler.triggers.cron import CronTrigger

from gateway.clock import LocalDays
from gateway.cloud.address import cloud_address
from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.federated.participant import Participant
from gateway.planning.nightly import Nightly
from gateway.store.store import Store
from provisioning.identity.folder import IdentityFolder
from sync.federated.client import FederatedCloud
from sync.upload.credentials import CredentialsUnusable

HOUR: Final = 1
"""Before the plans are made; most gyms are empty."""
_SPREAD_S: Final = 3600
"""Boxes of one time zone do not all call in the same second."""


class Participation:
    """Takes part for as long as the configuration says so; lives on the event loop."""

    def __init__(
        self,
        config: BoxConfig,
        *,
        store: Store,
        events: EventLog,
        days: LocalDays,
        identity: IdentityFolder | None = None,
    ) -> None:
        self._make = partial(participation, store=store, events=events, days=days, identity=identity)
        self._config = config
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Take part at night, until cancelled."""
        while True:
            self._changed.clear()
            taking_part = [asyncio.create_task(each.run()) for each in self._make(self._config)]
            try:
                await self._changed.wait()
            finally:
                for task in taking_part:
                    task.cancel()
                await asyncio.gather(*taking_part, return_exceptions=True)

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Begin, end, or go on with another cloud or in another time zone."""
        if change.touches("cloud") or change.sets("box", "timezone"):
            self._config = config
            self._changed.set()


def participation(
    config: BoxConfig,
    *,
    store: Store,
    events: EventLog,
    days: LocalDays,
    identity: IdentityFolder | None = None,
) -> tuple[Nightly, ...]:
    """Return what takes part, or nothing: only when the configuration says so."""
    try:
        address = cloud_address(config.cloud, identity)
    except CredentialsUnusable:  # the identity's own state tells of it, and of when it is mended
        return ()
    if address is None or not config.cloud.federated:
        return ()
    participant = Participant(
        store=store,
        cloud=FederatedCloud(address, agent=f"gymbox/{version('gymbox')}"),
        events=events,
        days=days,
        budget_epsilon=config.cloud.federated_epsilon,
    )
    trigger = CronTrigger(hour=HOUR, jitter=_SPREAD_S, timezone=days.zone)
    return (Nightly(planner=participant, hour=HOUR, days=days, trigger=trigger),)
