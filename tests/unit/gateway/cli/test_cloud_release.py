"""From no keys to a model that boxes can be told of, by commands alone."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.unit.sync.releases.signed_cloud import write_model

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _disk_in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def places(tmp_path: Path, run: Run) -> dict[str, Path]:
    """A repository and its keys, as `keys make` leaves them."""
    places = {name: tmp_path / name for name in ("repository", "offline", "online")}
    made = run("cloud", "keys", "make", *_options(places, "offline", "online", "repository"))
    assert made.exit_code == 0, made.output
    for folder in ("offline", "online"):
        assert str(places[folder]) in made.output
    assert "1.root.json" in made.output
    assert "another person" in made.output
    return places


def _options(places: dict[str, Path], *names: str) -> list[str]:
    return [part for name in names for part in (f"--{name}", str(places[name]))]


def _signing(places: dict[str, Path], *folders: str) -> list[str]:
    keys = [part for folder in folders for part in ("--keys", str(places[folder]))]
    return ["--repository", str(places["repository"]), *keys]


def _json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_model_is_published_listed_and_withdrawn(run: Run, places: dict[str, Path], tmp_path: Path) -> None:
    model = write_model(tmp_path / "toy", "7")
    facts = tmp_path / "facts.json"
    facts.write_text('{"metrics": {"mae": 0.25}}')
    signing = _signing(places, "online")
    done = _json(run("cloud", "release", "publish", model, "--blessed", "--facts", facts, *signing, "--json"))
    assert (done["target"], done["waiting"]) == ("models/toy/7/model.toml", [])
    (listed,) = _json(run("cloud", "release", "list", *_signing(places), "--json"))
    assert (listed["target"], listed["sha256"]) == (done["target"], done["sha256"])
    assert done["sha256"] in run("cloud", "release", "list", *_signing(places)).output
    gone = run("cloud", "release", "withdraw", "toy", "7", *signing)
    assert "signed anew: snapshot, timestamp" in gone.output
    assert _json(run("cloud", "release", "list", *_signing(places), "--json")) == []


@pytest.mark.usefixtures("places")
def test_settings_name_the_places(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "cloud.toml"
    config.write_text('[signing]\nrepository = "repository"\nonline_keys = "online"\n')
    model = write_model(tmp_path / "toy", "7")
    done = run("cloud", "release", "publish", model, "--blessed", "--config", config)
    assert done.exit_code == 0, done.output
    assert "toy 7 is released" in done.output
    rows = _json(run("cloud", "keys", "list", "--config", config, "--json"))
    assert {row["role"] for row in rows if row["can_sign"]} == {
        "models", "plans", "config", "snapshot", "timestamp",
    }  # fmt: skip


def test_the_keys_at_hand_are_tried_without_signing(run: Run, places: dict[str, Path]) -> None:
    shown = run("cloud", "keys", "list", *_signing(places, "offline")).output.splitlines()
    assert [line.split()[0] for line in shown if line.endswith("keys: at hand")] == [
        "root",
        "targets",
        "software",
    ]
    assert "needs 2 of 3 keys" in shown[0]


def test_the_offline_roles_are_renewed(run: Run, places: dict[str, Path]) -> None:
    offline, both = _signing(places, "offline"), _signing(places, "offline", "online")
    done = _json(run("cloud", "keys", "renew", "targets", *offline, "--json"))
    assert done == {"signed": ["targets"], "waiting": ["snapshot"]}
    assert "nothing was due" not in run("cloud", "keys", "renew", *both).output
    refused = run("cloud", "keys", "renew", "targets", *_signing(places, "online"))
    assert refused.exit_code == 1
    assert "do not suffice for targets" in refused.output
    assert run("cloud", "keys", "renew", "directors", *offline).exit_code == 2


def test_a_stolen_key_is_replaced(run: Run, places: dict[str, Path], tmp_path: Path) -> None:
    both = _signing(places, "offline", "online")
    done = run("cloud", "keys", "replace", "timestamp", *both, "--new-in", tmp_path / "new")
    assert "is revoked" in done.output
    assert [path.name.split(".")[0] for path in (tmp_path / "new").iterdir()] == ["timestamp"]
    online = _signing(places, "online")
    refused = run("cloud", "keys", "replace", "timestamp", *online, "--new-in", tmp_path / "x")
    assert (refused.exit_code, "not enough keys of root" in refused.output) == (1, True)
    assert run("cloud", "keys", "replace", "nobody", *both, "--new-in", tmp_path / "x").exit_code == 2


def test_a_kind_is_added_once(run: Run, places: dict[str, Path]) -> None:
    both = _signing(places, "offline", "online")
    known = run("cloud", "keys", "add", "software", *both, "--new-in", places["offline"])
    assert (known.exit_code, "has a key already" in known.output) == (1, True)
    assert run("cloud", "keys", "add", "directors", *both, "--new-in", places["offline"]).exit_code == 2


@pytest.mark.parametrize(
    ("command", "ends"),
    [
        ("keys make", (1, "never replaced")),
        ("release publish {model}", (1, "not blessed")),
        ("release publish {nowhere} --blessed", (1, "no model in")),
        ("release publish {model} --blessed --facts {model}", (2, "cannot be read as JSON")),
        ("release withdraw toy 9", (1, "version 9 of toy is not released")),
    ],
)
def test_what_is_wrong_is_said(
    run: Run, places: dict[str, Path], tmp_path: Path, command: str, ends: tuple[int, str]
) -> None:
    model = write_model(tmp_path / "toy", "7")
    arguments = command.format(model=model, nowhere=tmp_path / "nowhere").split()
    more = (
        _options(places, "offline", "online", "repository")
        if "make" in arguments
        else _signing(places, "online")
    )
    result = run("cloud", *arguments, *more)
    code, says = ends
    assert (result.exit_code, says in result.output) == (code, True), result.output


def test_no_repository_and_no_keys(run: Run, places: dict[str, Path]) -> None:
    unnamed = run("cloud", "release", "list")
    assert (unnamed.exit_code, "[signing]" in unnamed.output) == (2, True)
    shutil.rmtree(places["online"])
    without = run("cloud", "keys", "renew", *_signing(places, "online"))
    assert (without.exit_code, "gymbox cloud keys make" in without.output) == (1, True)
