"""Putting the updates of a box together from its configuration."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.inference.recommenders import Recommenders
from gateway.model_shelf import ModelShelf
from gateway.models import Models
from gateway.store.store import Store
from gateway.twin.link import Twin
from gateway.updates.downloads import Line
from gateway.updates.releases import Releases
from gateway.updates.site import Site
from gateway.updates.updates import Updates

# Beside the models, so that a rename is enough to put one in its place.
_RELEASES: Final = ".releases"
_BESIDE: Final = ".beside"


def create_updates(
    *,
    config: Callable[[], BoxConfig],
    twin: Twin,
    line: Line,
    models_dir: Path,
    models: Models,
    recommenders: Recommenders,
    store: Store,
    health: Health,
    events: EventLog,
) -> Updates:
    """Return the box's updates; nothing is read or asked for yet.

    Args:
        config: says what holds when a release is fetched.
        twin: what is desired of the models.
        line: to the cloud, for releases alone.
        models_dir: where models lie.
        models: which work.
        recommenders: among them.
        store: remembers what was begun.
        health: hears what went wrong.
        events: hear of every step.
    """
    shelf = ModelShelf(models_dir)
    releases = Releases(
        line=line,
        root=lambda: config().cloud.release_root,
        shelf=shelf,
        folder=models_dir / _RELEASES,
    )
    site = Site(
        models=models,
        recommenders=recommenders,
        shelf=shelf,
        releases=releases,
        folder=models_dir / _BESIDE,
    )
    return Updates(site=site, twin=twin, releases=releases, store=store, health=health, events=events)
