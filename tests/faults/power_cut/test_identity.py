"""The power goes while a box enrols and renews: it is always somebody, or on the way to become it."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.identity.folder import IdentityFolder
from tests.conftest import compiler
from tests.faults.power_cut import trace

# Enrols and renews twice, and notes each step only when the disk has it.
WRITER = """
import sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric import ec
from provisioning.identity.folder import IdentityFolder
from provisioning.identity.messages import fingerprint
from tests.unit.provisioning.identity.issuer import Issuer

data_dir, issuer = Path(sys.argv[1]), Issuer()
folder = IdentityFolder(data_dir)
with (data_dir / "done").open("a") as done, folder.alone():
    def note(*words):
        print(*words, file=done, flush=True)

    for claim in ("first", "second"):
        folder.begin("https://cloud", "box", claim, ca_pem=b"x" * 700)
        note("claimed", claim)
        for _ in range(2):
            folder.settle()
            request = folder.prepare("box", ec.SECP256R1())
            key = fingerprint(request.key.public_key())
            note("asked", key)
            folder.keep(request.key, [issuer.issue(request.key.public_key())])
            note("has", key)
            folder.promote()
            note("uses", key)
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[trace.Note]]:
    """A box's folder and all that was done to it."""
    folder = tmp_path_factory.mktemp("box")
    traced = folder / "data"
    traced.mkdir()
    watched = trace.environment(trace.build(folder, compiler()), traced, folder / "trace")
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", WRITER, str(traced)], env=watched, check=True, timeout=60, cwd=root)
    return traced, trace.read(folder / "trace")


@pytest.mark.parametrize("chance", [0.0, 0.7])
def test_an_identity_survives_a_power_cut_at_any_moment(
    written: tuple[Path, list[trace.Note]], tmp_path: Path, chance: float
) -> None:
    """Error table: power loss between key write and cert write; every prefix of the writes is tried."""
    folder, notes = written
    for moment in range(len(notes) + 1):
        disk = trace.Disk(folder, notes[:moment])
        left = tmp_path / str(moment)
        left.mkdir()
        disk.cut(left, chance=chance, seed=random.Random(moment).randrange(2**32))  # noqa: S311
        done = [line.split() for line in disk.read(folder / "done").decode().splitlines()]
        _assert_whole(IdentityFolder(left), done)


def _assert_whole(folder: IdentityFolder, done: list[list[str]]) -> None:
    enrolment, current, coming = folder.enrolment(), folder.current(), folder.next()
    held = [None if each is None else each.key_fingerprint for each in (current, coming)]
    if not done:
        return
    assert enrolment is not None
    what, which = done[-1]
    if what == "asked":  # nothing that the service has seen is forgotten
        assert which in (*held, folder.request_fingerprint())
    elif what == "has":
        assert which in held
        folder.settle()
        settled = folder.enrolment()
        assert settled is not None
        assert settled.secret is None
    elif what == "claimed":
        assert enrolment.secret == which
    used = [key for step, key in done if step == "uses"]
    if used:
        assert current is not None
        assert current.key_fingerprint in {used[-1], *(key for step, key in done[-2:] if step == "has")}


def test_the_notes_tell_the_whole_story(written: tuple[Path, list[trace.Note]]) -> None:
    folder, notes = written
    disk = trace.Disk(folder, notes)
    for path in (folder / "identity").iterdir():
        assert disk.read(path) == path.read_bytes(), path.name
