"""`gymbox cloud jobs`, `members` and `audit` on a real database in a folder."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app


def run(folder: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["cloud", *arguments, "--data-dir", str(folder)], input=typed)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cloud")
    for box in ("box-1", "box-2"):
        assert run(folder, "gateways", "add", box, "--gym", "gym", "--tenant", "t").exit_code == 0
    return folder


def test_a_job_is_made_listed_and_taken_back(cloud: Path) -> None:
    made = run(cloud, "jobs", "create", "restart_part", "box-1", "box-2", "--set", "part=broker", "--json")
    job = json.loads(made.stdout)
    assert (job["kind"], job["parameters"]) == ("restart_part", {"part": "broker"})
    assert {box: each["state"] for box, each in job["executions"].items()} == {
        "box-1": "QUEUED",
        "box-2": "QUEUED",
    }
    assert job["id"] in {each["id"] for each in json.loads(run(cloud, "jobs", "list", "--json").stdout)}
    assert json.loads(run(cloud, "jobs", "list", "--tenant", "other", "--json").stdout) == []
    assert "CANCELED" in run(cloud, "jobs", "cancel", job["id"]).stdout
    again = run(cloud, "jobs", "cancel", job["id"])
    assert (again.exit_code, "ended on every box" in again.output) == (1, True)
    assert "every line of the audit holds" in run(cloud, "audit", "verify").stdout
    exported = run(cloud, "audit", "export", str(cloud / "audit.jsonl"), "--json")
    lines = [json.loads(each) for each in (cloud / "audit.jsonl").read_text().splitlines()]
    assert json.loads(exported.stdout)["lines"] == len(lines)
    assert [each["action"] for each in lines][-2:] == ["job.create", "job.canceled"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("jobs", "create", "dance", "box-1"), 2, "no job of the kind"),
        (("jobs", "create", "factory_reset", "box-1", "--set", "confirm=box-2"), 2, "confirm"),
        (("jobs", "create", "reprobe_cameras", "box-9"), 1, "no gateway box-9"),
        (("jobs", "cancel", "0000"), 1, "no job 0000"),
        (("members", "export", "nobody", "file", "--gym", "gym"), 1, "nothing is known"),
    ],
)
def test_what_cannot_be_says_why(cloud: Path, arguments: tuple[str, ...], exit_code: int, said: str) -> None:
    ended = run(cloud, *arguments)
    assert (ended.exit_code, said in ended.output) == (exit_code, True)


def test_diagnostics_that_no_box_has_sent_leave_no_file(cloud: Path, tmp_path: Path) -> None:
    job = json.loads(run(cloud, "jobs", "create", "collect_diagnostics", "box-1", "--json").stdout)
    ended = run(cloud, "jobs", "diagnostics", job["id"], "box-1", str(tmp_path / "d.zip"))
    assert (ended.exit_code, "no diagnostics" in ended.output) == (1, True)
    assert not (tmp_path / "d.zip").exists()
