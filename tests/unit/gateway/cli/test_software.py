import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from provisioning.software.install_root import LAUNCHER, InstallRoot
from provisioning.software.slots import Release, Slots, begin_trial, give_up

Run = Callable[..., Result]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallRoot:
    """A folder in whose slot a this program seems to run."""
    root = InstallRoot(tmp_path / "root")
    python = root.python("a")
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr("sys.prefix", str(root.slot("a")))
    return root


def test_two_slots_are_made_and_shown(run: Run, root: InstallRoot) -> None:
    assert run("software", "status", root.folder).exit_code == 1
    begun = run("software", "begin", root.folder)
    assert (begun.exit_code, LAUNCHER in begun.output) == (0, True), begun.output
    assert (root.folder / LAUNCHER).exists()
    shown = run("software", "status", root.folder).output.splitlines()
    assert [line.split()[0] for line in shown] == ["a", "b"]
    assert (shown[0].split()[-1], "nothing whole" in shown[1]) == ("active", True)


def test_what_became_of_an_update_is_shown(run: Run, root: InstallRoot) -> None:
    root.vouch("a", Release(version="1"))
    root.keep(give_up(begin_trial(Slots(), Release(version="2", sha256="2")), "it sulked"))
    said = json.loads(run("software", "status", root.folder, "--json").stdout)
    assert said["last_update"] == {"version": "2", "outcome": "rolled_back", "reason": "it sulked"}
    assert said["slots"]["a"] == {"version": "1", "state": "active", "proven": False}
    assert "last update: 2 rolled_back: it sulked" in run("software", "status", root.folder).output


def test_a_program_that_runs_from_elsewhere_says_what_to_do(run: Run, tmp_path: Path) -> None:
    answer = run("software", "begin", tmp_path)
    assert (answer.exit_code, "make a virtual environment" in answer.output) == (1, True)
