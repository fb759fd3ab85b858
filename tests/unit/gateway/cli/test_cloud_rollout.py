"""A rollout from its beginning to its end by commands alone, and what they say when they cannot."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.unit.sync.cloud.simulated_fleet import Fleet, fleet_on_sqlite

Run = Callable[..., Result]
PLAN = """
[[groups]]
name = "canary"
boxes = 1
soak_s = 0

[[groups]]
name = "all"
percent = 100
soak_s = 0
approval = true
"""


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """Two boxes and a challenger in the database that the commands open."""
    with fleet_on_sqlite(tmp_path) as fleet:
        monkeypatch.setenv("GYMBOX_CLOUD_DATABASE__URL", f"sqlite:///{tmp_path / 'fleet.sqlite'}")
        monkeypatch.setenv("GYMBOX_DATA_DIR", str(tmp_path / "data"))
        fleet.add("a", "b")
        fleet.register("2")
        yield fleet


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    return str(path)


def facts(answer: Result) -> Any:
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_from_start_to_end(run: Run, fleet: Fleet, plan: str) -> None:
    begun = facts(run("cloud", "rollout", "start", "intensity", "--plan", plan, "--json"))
    assert (begun["kind"], begun["subject"], begun["version"]) == ("models", "intensity", "2")
    assert begun["champion"] == "original"
    rollout_id = begun["id"]
    box = next(each for each in ("a", "b") if fleet.desired(each))
    fleet.obey(box)
    fleet.rollouts.step()
    shown = facts(run("cloud", "rollout", "show", rollout_id, "--json"))
    assert shown["status"] == "waiting_for_approval"
    assert shown["groups"][0] == {
        "name": "canary",
        "mode": "active",
        "total": 1,
        "succeeded": 1,
        "failed": 0,
        "open": 0,
        "silent": 0,
    }
    for wish, status in {"pause": "paused", "resume": "waiting_for_approval", "approve": "running"}.items():
        assert facts(run("cloud", "rollout", wish, rollout_id, "--json"))["status"] == status
    other = "b" if box == "a" else "a"
    fleet.obey(other, "rolled_back", reason="no good")
    fleet.rollouts.step()
    text = run("cloud", "rollout", "show", rollout_id).output
    assert "halted" in text
    assert f"{other} in all: no good" in text
    listed = facts(run("cloud", "rollout", "list", "--json"))
    assert [each["failures"] for each in listed] == [[{"box": other, "group": "all", "reason": "no good"}]]


def test_an_abort_needs_a_reason_and_is_said_once(run: Run, fleet: Fleet) -> None:
    begun = facts(run("cloud", "rollout", "start", "intensity", "--json"))
    assert run("cloud", "rollout", "abort", begun["id"]).exit_code == 2
    for _ in range(2):
        ended = facts(run("cloud", "rollout", "abort", begun["id"], "--reason", "complaints", "--json"))
        assert (ended["status"], ended["reason"]) == ("aborted", "complaints")
    assert fleet.audited()[-1] == "abort"
    refused = run("cloud", "rollout", "resume", begun["id"])
    assert (refused.exit_code, "start another one" in refused.output) == (1, True)


def test_a_release_that_no_registry_knows(run: Run, fleet: Fleet, plan: str) -> None:
    release = ("--target", "models/phase/7/model.toml", "--sha256", "cd" * 32)
    begun = facts(run("cloud", "rollout", "start", "phase", "--plan", plan, *release, "--json"))
    box = next(each for each in ("a", "b") if fleet.desired(each, "phase"))
    told = {
        "version": "7",
        "target": release[1],
        "sha256": release[3],
        "mode": "active",
        "rollout": begun["id"],
    }
    assert fleet.desired(box, "phase") == told
    assert run("cloud", "rollout", "start", "effect", "--target", release[1]).exit_code == 2


def test_settings_are_rolled_out_from_a_file(run: Run, fleet: Fleet, plan: str, tmp_path: Path) -> None:
    values = tmp_path / "night.toml"
    values.write_text('[box]\nlanguage = "de"\n')
    begun = facts(run("cloud", "rollout", "start", "night", "--values", values, "--plan", plan, "--json"))
    assert (begun["kind"], begun["subject"], begun["version"]) == ("config", "night", "1")
    box = next(each for each in ("a", "b") if fleet.desired(each, "night", shadow="config"))
    assert fleet.desired(box, "night", shadow="config")["values"] == [{"box": {"language": "de"}}]
    facts(run("cloud", "rollout", "abort", begun["id"], "--reason", "too dark", "--json"))
    again = facts(run("cloud", "rollout", "start", "night", "--kind", "config", "--json"))
    assert (again["version"], [each["name"] for each in again["groups"]]) == ("1", ["canary", "early", "all"])


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.toml", "[box", "neither TOML nor JSON"),
        ("x.json", "{", "neither TOML nor JSON"),
        ("x.json", "[]", "holds no object"),
        ("x.toml", "", "sets nothing"),
    ],
)
def test_settings_that_are_none(run: Run, tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    answer = run("cloud", "rollout", "start", "night", "--values", tmp_path / name)
    assert (answer.exit_code, said in answer.output) == (1 if said == "sets nothing" else 2, True)
    assert (
        run("cloud", "rollout", "start", "x", "--values", tmp_path / name, "--kind", "models").exit_code == 2
    )
    assert run("cloud", "rollout", "start", "night", "--values", tmp_path / "none.toml").exit_code == 2


def test_software_is_signed_and_rolled_out(
    run: Run, fleet: Fleet, plan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, offline, online = (tmp_path / name for name in ("repository", "offline", "online"))
    places = ("--repository", repository, "--offline", offline, "--online", online)
    assert run("cloud", "keys", "make", *places).exit_code == 0
    wheel, needs = tmp_path / "gymbox-0.2.0-py3-none-any.whl", tmp_path / "box.txt"
    wheel.write_bytes(b"the program")
    needs.touch()
    release = ("cloud", "release", "software", wheel, "--requirements", needs, "--repository", repository)
    refused = run(*release, "--keys", online)
    assert (refused.exit_code, "key of software is not at hand" in refused.output) == (1, True)
    monkeypatch.setenv("GYMBOX_CLOUD_SIGNING__REPOSITORY", str(repository))
    nothing = run("cloud", "rollout", "start", "gymbox", "--kind", "software")
    assert (nothing.exit_code, "gymbox cloud release software" in nothing.output) == (1, True)
    signed = facts(run(*release, "--security", "--keys", offline, "--keys", online, "--json"))
    begun = facts(run("cloud", "rollout", "start", "gymbox", "--kind", "software", "--plan", plan, "--json"))
    assert (begun["kind"], begun["version"]) == ("software", "0.2.0")
    box = next(each for each in ("a", "b") if fleet.desired(each, "gymbox", shadow="software"))
    told = fleet.desired(box, "gymbox", shadow="software")
    assert (told["sha256"], told["purpose"]) == (signed["sha256"], "security")
    keys = ("--repository", repository, "--keys", offline, "--keys", online)
    assert run("cloud", "release", "withdraw", "gymbox", "0.2.0", *keys).exit_code == 0
    assert run("cloud", "rollout", "start", "gymbox", "--kind", "software").exit_code == 1


@pytest.mark.usefixtures("fleet")
def test_what_cannot_be_done_is_said(run: Run) -> None:
    for command, said in {
        ("start", "effect"): "no challenger",
        ("start", "intensity", "--version", "9"): "no version 9",
        ("approve", "nix"): "gymbox cloud rollout list",
    }.items():
        answer = run("cloud", "rollout", *command)
        assert (answer.exit_code, said in answer.output) == (1, True), answer.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[groups]", "not TOML"),
        ("", "groups: Field required"),
        (PLAN.replace("100", "90"), "must take all that are left"),
        (PLAN.replace("soak_s", "soak"), "groups.0.soak: Extra inputs"),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_a_plan_that_is_none_is_refused(run: Run, plan: str, text: str, said: str) -> None:
    Path(plan).write_text(text)
    answer = run("cloud", "rollout", "start", "intensity", "--plan", plan)
    assert (answer.exit_code, said in answer.output) == (2, True), answer.output
