"""What speaks to the cloud: the look at the twin, and what is brought about of it."""

import logging
import shutil
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cloud.address import cloud_address
from gateway.reconfiguration.agent import ConfigAgent
from gateway.reconfiguration.ledger import Ledger
from gateway.software.agent import SoftwareAgent
from gateway.software.create import create_software as _create_software
from gateway.store.store import StoreError
from gateway.twin.connection import Connection, connect
from gateway.twin.health import Facts, HealthReports
from gateway.twin.link import CloudLink, LinkSettings
from gateway.twin.wire import ShadowWire
from gateway.updates.create import create_updates as _create_updates
from gateway.updates.updates import Updates
from sync import outbox
from sync.upload.answer import NotDelivered

if TYPE_CHECKING:
    from gateway.app import Box

FLEET: Final = "fleet"
"""The part that hears what the cloud wants of the box."""
_log = logging.getLogger(__name__)


def create_link(box: "Box") -> CloudLink:
    """The one look at what is desired of the box."""
    wire = ShadowWire(create_connection(box))

    def tell(trouble: NotDelivered | None) -> None:
        if not wire.wanted:
            box.health.remove(FLEET)
        elif trouble is None:
            box.health.set(FLEET, "ok")
        elif box.health.set(FLEET, "degraded", f"what the cloud wants of this box is not known: {trouble}"):
            _log.warning("what the cloud wants of this box is not known: %s", trouble)

    return CloudLink(wire, settings=lambda: LinkSettings(poll_s=box.config.cloud.poll_s), on_look=tell)


def create_config_agent(box: "Box", ledger: Ledger) -> ConfigAgent:
    """Goes by the configuration that is desired, from what the box had made of it when it started."""
    return ConfigAgent(
        configuration=box.configuration,
        ledger=ledger,
        link=box.link,
        health=box.health,
        events=box.events,
    )


def create_health_reports(box: "Box") -> HealthReports:
    """Tells the cloud how the box does."""
    return HealthReports(
        link=box.link,
        parts=box.health.snapshot,
        facts=lambda: _facts(box),
        software=version("gymbox"),
    )


def create_updates(box: "Box", models_dir: Path) -> Updates:
    """Keeps the models as they are desired; releases come over a connection of their own."""
    return _create_updates(
        config=lambda: box.config,
        twin=box.link.twin("models"),
        line=create_connection(box),
        models_dir=models_dir,
        models=box.models,
        recommenders=box.recommenders,
        store=box.store,
        health=box.health,
        events=box.events,
    )


def create_software(box: "Box", data_dir: Path) -> SoftwareAgent:
    """Keeps the program as it is desired; releases come over a connection of their own."""
    return _create_software(
        config=lambda: box.config,
        data_dir=data_dir,
        twin=box.link.twin("software"),
        line=create_connection(box),
        in_use=lambda: bool(box.sessions.active()),
        leave=box.leave,
        events=box.events,
        health=box.health,
        days=box.days,
    )


def _facts(box: "Box") -> Facts:
    try:
        disk = shutil.disk_usage(box.data_dir)
    except OSError:  # the store's own state tells of it
        disk = None
    try:
        waiting = box.store.read_now(lambda db: outbox.status(db.conn))
    except StoreError:  # likewise
        waiting = None
    return Facts(
        models={name: running for name, (running, _) in box.models.running().items()},
        clock_off_s=box.cloud.state.ahead_s,
        disk_free_bytes=None if disk is None else disk.free,
        disk_total_bytes=None if disk is None else disk.total,
        outbox_depth=None if waiting is None else waiting.depth,
        outbox_oldest_s=None if waiting is None else waiting.oldest_age_s(datetime.now(UTC)),
    )


def create_connection(box: "Box") -> Connection:
    """A line of one's own to the cloud, with the box's identity."""
    return Connection(
        lambda: cloud_address(box.config.cloud, box.identity.folder),
        connect=partial(connect, agent=f"gymbox/{version('gymbox')}"),
    )
