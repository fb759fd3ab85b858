"""The power goes while the cloud lands records: what it acknowledged counts, and its object can be read."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from sync.cloud.app import Cloud
from sync.cloud.database.tables import Erasure, LandedRecord, RawObject
from sync.cloud.lake import parquet
from sync.cloud.settings import load
from tests.conftest import compiler
from tests.faults.power_cut import trace

# In the long form 500: `make soak`.
CUTS = int(os.environ.get("GYMBOX_POWER_CUTS", "15"))

# Four boxes send at once, some of it twice; one member is erased. What is acknowledged is noted.
SENDER = """
import random, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sync.cloud.app import Cloud
from sync.cloud.gateways import Identity
from sync.cloud.settings import load
from sync.pseudonym import Pseudonymiser
from sync.record import new_record

folder = Path(sys.argv[1])
pseudonym = Pseudonymiser(bytes(range(32)))
cloud = Cloud(load(None, folder=folder, environ={}))
cloud.start()

def send(box):
    random_ = random.Random(box)
    gateway_id = f"box-{box}"
    cloud.gateways.add(gateway_id, gym_id=f"gym-{box % 2}", tenant_id="t")
    sender = Identity(gateway_id=gateway_id, gym_id=f"gym-{box % 2}", tenant_id="t")
    last = []
    with (folder / f"acknowledged-{box}").open("a") as acknowledged:
        for turn in range(8):
            member = pseudonym(f"{box}-{random_.randrange(3)}")
            fillers = [random_.randbytes(random_.randrange(2000)).hex() for _ in range(5)]
            records = [new_record("device", {"filler": each}) for each in fillers]
            if box == 0 and turn == 5:
                records.append(new_record("erase", {}, member=member))
            text = "\\n".join(each.to_json() for each in [*last, *records]).encode()
            answer = cloud.ingest.take(sender, text)
            print(*(each for each in answer.acknowledged), sep="\\n", file=acknowledged, flush=True)
            last = random_.sample(records, 2)

with ThreadPoolExecutor(4) as boxes:
    list(boxes.map(send, range(4), timeout=90))
cloud.stop()
"""


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[trace.Note]]:
    """The service's folder and all that was done to it."""
    folder = tmp_path_factory.mktemp("cloud")
    traced = folder / "data"
    traced.mkdir()
    watched = trace.environment(trace.build(folder, compiler()), traced, folder / "trace")
    subprocess.run([sys.executable, "-c", SENDER, str(traced)], env=watched, check=True, timeout=110)
    return traced, trace.read(folder / "trace")


def test_the_notes_tell_the_whole_story(landed: tuple[Path, list[trace.Note]]) -> None:
    """Replayed to the end they give every file as it lies there, or no other test here means anything."""
    folder, notes = landed
    disk = trace.Disk(folder, notes)
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    assert len(found) > 30
    for path in found:
        assert disk.read(path) == path.read_bytes(), path.name


@pytest.mark.parametrize("chance", [0.0, 0.3])
def test_what_was_acknowledged_counts_after_a_power_cut(
    landed: tuple[Path, list[trace.Note]], tmp_path: Path, chance: float
) -> None:
    folder, notes = landed
    random_ = random.Random(f"cut {chance}")  # noqa: S311 - which moments
    for seed in range(CUTS):
        disk = trace.Disk(folder, notes[: random_.randrange(len(notes) + 1)])
        left = tmp_path / str(seed)
        left.mkdir()
        disk.cut(left, chance=chance, seed=seed)
        acknowledged = {
            identifier
            for box in range(4)
            for identifier in disk.read(folder / f"acknowledged-{box}").decode().split()
        }
        counted, readable, erasures = _after_the_cut(left)
        assert counted == readable
        assert acknowledged <= counted | erasures


def _after_the_cut(folder: Path) -> tuple[set[str], set[str], set[str]]:
    """Once the service has started again: ids that count, ids that its objects hold, ids of erasures."""
    cloud = Cloud(load(None, folder=folder, environ={}))
    cloud.start()
    try:
        with cloud.database.read() as session:
            counted = session.scalars(select(LandedRecord.id)).all()
            erasures = session.scalars(select(Erasure.record_id)).all()
            names = session.scalars(select(RawObject.name).where(RawObject.state == "landed")).all()
        readable = [row.id for name in names for row in parquet.read(cloud.objects.get(name))]
    finally:
        cloud.stop()
    assert len(set(counted)) == len(counted)
    assert len(set(readable)) == len(readable)
    return set(counted), set(readable), set(erasures)
