import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gateway.members.members import MemberProfile, Members
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync.pseudonym import Pseudonymiser


@pytest.fixture
def box_was_here(tmp_path: Path) -> Path:
    """The data folder of a box that knows Ada."""
    folder = tmp_path / "data"
    store = Store(path=store_path(folder), migrations=MIGRATIONS)

    async def write() -> None:
        members = Members(store=store, pseudonym=Pseudonymiser(b"k" * 32))
        await members.put("ada", MemberProfile(display_name="Ada", birth_year=1990, goal="strength"))

    store.start()
    asyncio.run(write())
    store.stop()
    return folder


@pytest.mark.usefixtures("box_was_here")
def test_the_plan_of_the_day_is_printed_and_stays_the_same(run: Callable[..., Result]) -> None:
    first = json.loads(run("plan", "ada", "--json").output)
    assert (first["member_id"], first["version"], first["goal"], first["language"]) == (
        "ada",
        1,
        "strength",
        "en",
    )
    assert [block["kind"] for block in first["blocks"]] == ["warm_up", "main", "cool_down"]
    assert json.loads(run("plan", "ada", "--json").output) == first
    told = run("plan", "ada").output
    assert first["sentence"] in told
    assert all(name in told for name in first["names"].values())
    assert "Warm-up" in told


@pytest.mark.usefixtures("box_was_here")
def test_it_is_for_the_gym_and_the_day_of_the_configuration(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    config = tmp_path / "gymbox.toml"
    config.write_text(
        '[box]\nlanguage = "zh"\n[gym]\nequipment = []\n'
        '[[station]]\nid = "one"\ntreadmill = "belt"\n'
        '[[device]]\nid = "belt"\nprofile = "ble-treadmill"\naddress = "aa"\n',
        encoding="utf-8",
    )
    plan = json.loads(run("plan", "ada", "--config", config, "--json").output)
    assert plan["language"] == "zh"
    stations = {
        item["station_id"] for block in plan["blocks"] for item in block["items"] if item["kind"] == "machine"
    }
    assert stations <= {"one"}


@pytest.mark.usefixtures("box_was_here")
def test_it_works_beside_a_running_box(run: Callable[..., Result], box_was_here: Path) -> None:
    running = Store(path=store_path(box_was_here), migrations=MIGRATIONS)
    running.start()
    try:
        assert run("plan", "ada", "--json").exit_code == 0
    finally:
        running.stop()


@pytest.mark.usefixtures("box_was_here")
def test_a_stranger_has_none(run: Callable[..., Result]) -> None:
    result = run("plan", "nobody")
    assert result.exit_code == 1
    assert "nothing is stored about a member nobody" in result.stderr


def test_without_a_store_there_is_nobody(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("plan", "ada")
    assert result.exit_code == 1
    assert "there is no store" in result.stderr
    assert not (tmp_path / "data").exists(), "asking leaves nothing behind"


def test_a_wrong_configuration_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    config = tmp_path / "gymbox.toml"
    config.write_text('[gym]\nequipment = ["trampoline"]\n', encoding="utf-8")
    result = run("plan", "ada", "--config", config)
    assert result.exit_code == 2
    assert "gym.equipment" in result.stderr
