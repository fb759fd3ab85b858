"""From the lake's objects to what models learn from, and to the statistics of it. Runs on a worker.

A task is given names and gives names: it shares no memory with who asked.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.cloud.lake.objects import ObjectExists, ObjectMissing, ObjectStore
from sync.cloud.lake.parquet import connect
from sync.cloud.retraining.outcome import Outdated, RetrainingError
from sync.cloud.retraining.scratch import scratch_folder
from sync.cloud.retraining.statistics import (
    BINS,
    RANGES,
    GatewayStatistics,
    GymStatistics,
    Statistics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.cloud.lake.parquet import Connection
    from sync.cloud.retraining.manifest import DatasetObject

_SQL: Final = Path(__file__).parent / "sql"
_READERS: Final = 8
"""Objects fetched at once: with a store far away a task would mostly wait."""
_MEMORY: Final = "4GB"


@dataclass(frozen=True, slots=True)
class Examples:
    """What a task has made.

    Attributes:
        learn: name of the Parquet object of members to learn from.
        judge: likewise of those who are held out.
        statistics: of the part.
    """

    learn: str
    judge: str
    statistics: Statistics


def build(url: str, objects: Sequence[DatasetObject], prefix: str, share: float) -> Examples:
    """Make the examples of whole gyms.

    Args:
        url: of the object store.
        objects: what to read.
        prefix: of the names of what is written; the same prefix always holds the same.
        share: of the members to take, 0 to 1, by a lot that is the same in every dataset.

    Raises:
        RetrainingError: an object is not what the database says.
        Outdated: another object stands for one by now.
        StoreUnavailable: the store does not answer.
    """
    store = ObjectStore(url)
    names = {part: f"{prefix}.{part}.parquet" for part in ("learn", "judge")}
    with scratch_folder() as place, connect(memory=_MEMORY, spill=place) as database:
        _prepare(database, _fetched(store, objects, place))
        examples = database.table("example").filter(f"lot < {share:.9f}")
        for part, condition in (("learn", "NOT held_out"), ("judge", "held_out")):
            file = place / f"{part}.parquet"
            examples.filter(condition).order("member, day").to_parquet(str(file))
            with suppress(ObjectExists):  # a run that was killed has made it from the same objects
                store.put_new(names[part], file.read_bytes())
        return Examples(names["learn"], names["judge"], _statistics(database))


def survey(url: str, objects: Sequence[DatasetObject]) -> Statistics:
    """The statistics of whole gyms, and nothing else.

    Raises:
        RetrainingError: an object is not what the database says.
        Outdated: another object stands for one by now.
        StoreUnavailable: the store does not answer.
    """
    with scratch_folder() as place, connect(memory=_MEMORY, spill=place) as database:
        _prepare(database, _fetched(ObjectStore(url), objects, place))
        return _statistics(database)


def _prepare(database: Connection, files: list[str]) -> None:
    """Make the tables `example` and those of the statistics."""
    database.read_parquet(files, union_by_name=True).create_view("raw")
    for script in ("sessions", "days", "features", "examples", "statistics"):
        database.execute((_SQL / f"{script}.sql").read_text("utf-8"))


def _fetched(store: ObjectStore, objects: Sequence[DatasetObject], folder: Path) -> list[str]:
    def fetch(numbered: tuple[int, DatasetObject]) -> str:
        number, each = numbered
        try:
            content = store.get(each.name)
        except ObjectMissing as error:
            raise Outdated(f"the object {each.name} was replaced since the dataset was made") from error
        if hashlib.sha256(content).hexdigest() != each.sha256:
            raise RetrainingError(f"the object {each.name} has changed since it landed; restore it")
        path = folder / f"{number}.raw.parquet"
        path.write_bytes(content)
        return str(path)

    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(fetch, enumerate(objects)))


def _statistics(database: Connection) -> Statistics:
    gateways = database.execute("SELECT * FROM gateway_statistics ORDER BY ALL").fetchall()
    gyms = database.execute("SELECT * FROM gym_statistics ORDER BY ALL").fetchall()
    return Statistics(
        tuple(
            GatewayStatistics(
                gym_id=gym,
                gateway_id=gateway,
                sessions=sessions,
                members=members,
                repeated=repeated,
                refused=refused,
                reasons=json.loads(reasons),
            )
            for gym, gateway, sessions, members, repeated, refused, reasons in gateways
        ),
        tuple(
            GymStatistics(
                gym_id=gym,
                examples=examples,
                members=members,
                jumping=jumping,
                rated=rated,
                agreement=agreement,
                compared=compared,
                other=other,
            )
            for gym, examples, members, jumping, rated, agreement, compared, other in gyms
        ),
        {name: _histogram(database, name) for name in RANGES},
    )


def _histogram(database: Connection, feature: str) -> tuple[int, ...]:
    low, high = RANGES[feature]
    place = f"least(CAST(floor(({feature} - {low}) / {high - low} * {BINS}) AS INTEGER), {BINS - 1})"
    found = dict(
        database.execute(
            f"SELECT {place} AS bin, count(*) FROM newest WHERE {feature} IS NOT NULL GROUP BY bin"  # noqa: S608 - made of our own features
        ).fetchall()
    )
    return tuple(found.get(each, 0) for each in range(BINS))
