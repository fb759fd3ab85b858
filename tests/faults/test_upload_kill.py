"""Box and cloud are killed at any moment: what the box kept is in the lake once, and in order."""

import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from sync.cloud.app import Cloud
from sync.cloud.database.tables import LandedRecord, RawObject
from sync.cloud.lake import parquet
from tests.faults.uploading import Gym

# In the long form 200: `make soak`.
ROUNDS = int(os.environ.get("GYMBOX_KILLS", "4"))


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    gym = Gym(tmp_path)
    yield gym
    for name in list(gym.processes):
        gym.kill(name)


def lake(gym: Gym) -> list[tuple[str, str]]:
    """(member, record) of every row that readers of the lake see, in the order in which they arrived."""
    cloud = Cloud(gym.settings)
    with cloud.database.read() as session:
        objects = session.scalars(
            select(RawObject.name).where(RawObject.state == "landed").order_by(RawObject.id)
        ).all()
        known = set(session.scalars(select(LandedRecord.id)))
    rows = [row for name in objects for row in parquet.read(cloud.objects.get(name))]
    cloud.database.close()
    assert known == {row.id for row in rows}
    return [(row.member or "", row.id) for row in rows]


def by_member(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for member, record in pairs:
        found[member].append(record)
    return found


@pytest.mark.slow
@pytest.mark.timeout(60 + 20 * ROUNDS)
def test_every_record_that_was_kept_arrives_exactly_once_and_in_order(gym: Gym) -> None:
    dice = random.Random(11)  # noqa: S311 - which moment to kill at is no secret
    gym.start_cloud()
    for number in range(ROUNDS):
        before = len(gym.said("kept"))
        gym.start_box(seed=number, records=10_000)
        gym.until(lambda before=before: len(gym.said("kept")) > before + 20)  # type: ignore[misc]
        time.sleep(dice.random() * 0.3)
        if dice.random() < 0.4:
            gym.kill("cloud")
            time.sleep(dice.random() * 0.2)
            gym.kill("box")
            gym.start_cloud()
        else:
            gym.kill("box")
    assert len(lake(gym)) > 5 * ROUNDS, "it was killed in the midst of it"
    gym.start_box(seed=ROUNDS, records=5)
    gym.until(lambda: not gym.processes["box"].is_alive(), within_s=60)
    assert gym.processes["box"].exitcode == 0, "it drained what waited"
    gym.kill("cloud")

    arrived, made, kept = lake(gym), gym.said("made"), gym.said("kept")
    assert len(kept) > 20 * ROUNDS
    assert max(Counter(record for _, record in arrived).values()) == 1
    assert set(kept) <= set(arrived) <= set(made), "none lost, none invented"
    there = set(arrived)
    assert by_member(arrived) == by_member([each for each in made if each in there])
