"""A cloud with boxes, and models that can be rolled out, on a real database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import make_url

from provisioning.twin import Shadow
from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.gateways import Gateways
from sync.cloud.registry import registry
from sync.cloud.rollout.rollouts import Rollouts
from sync.cloud.shadows.store import change, find
from tests.unit.sync.cloud.rollout.rollouts import BEGIN


@cache
def empty_database() -> bytes:
    """The file of a SQLite database with every table and nothing in them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cloud.sqlite"
        database = Database(make_url(f"sqlite:///{path}"))
        upgrade(database)
        database.close()
        return path.read_bytes()


@contextmanager
def fleet_on_sqlite(folder: Path) -> Iterator["Fleet"]:
    """No boxes yet, on a database in a folder."""
    path = folder / "fleet.sqlite"
    path.write_bytes(empty_database())
    database = Database(make_url(f"sqlite:///{path}"))
    try:
        yield Fleet(database)
    finally:
        database.close()


@dataclass
class Fleet:
    """Boxes that report what the test has them report, at a time that the test moves."""

    database: Database
    now: datetime = BEGIN
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gateways = Gateways(self.database, clock=self.clock)
        self.rollouts = Rollouts(self.database, clock=self.clock)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def add(self, *boxes: str, gym: str = "north") -> None:
        for box in boxes:
            self.tokens[box] = self.gateways.add(box, gym_id=gym, tenant_id=f"tenant-of-{gym}")

    def register(self, version: str, *, signed: bool = True, name: str = "intensity") -> None:
        """Put a version into the registry, as its challenger."""
        with self.database.write() as session:
            registry.create_model_version(
                session, name, version, source="models/x", code_version="1", created_at=self.now
            )
            registry.set_registered_model_alias(session, name, registry.CHALLENGER, version)
            if signed:
                told = {"release.target": f"models/{name}/{version}/model.toml", "release.sha256": "ab" * 32}
                for key, value in told.items():
                    registry.set_model_version_tag(session, name, version, key, value)

    def alias(self, alias: str, name: str = "intensity") -> str | None:
        with self.database.read() as session:
            found = registry.get_model_version_by_alias(session, name, alias)
            return None if found is None else found.version

    def shadow(self, box: str, shadow: str = "models") -> Shadow:
        with self.database.read() as session:
            found = find(session, box, shadow)
        return Shadow() if found is None else found[0]

    def desired(self, box: str, name: str = "intensity", *, shadow: str = "models") -> dict[str, Any]:
        desired: Any = self.shadow(box, shadow).desired.get(name, {})
        return dict(desired)

    def obey(
        self,
        box: str,
        state: str = "active",
        name: str = "intensity",
        *,
        shadow: str = "models",
        **more: Any,
    ) -> None:
        """Have a box report this of whatever it is to have."""
        wanted = self.desired(box, name, shadow=shadow)
        said = {**{key: wanted.get(key) for key in ("version", "mode", "rollout")}, "state": state, **more}
        with self.database.write() as session:
            change(session, box, shadow, "reported", {name: said}, now=self.now)

    def audited(self) -> list[str]:
        """What was done, but for letting boxes in."""
        with self.database.read() as session:
            done = [line.action for _, line in audit.read(session)]
        return [each.removeprefix("rollout.") for each in done if not each.startswith("gateway.")]

    def chain(self) -> audit.Break | None:
        with self.database.read() as session:
            return audit.verify(session)
