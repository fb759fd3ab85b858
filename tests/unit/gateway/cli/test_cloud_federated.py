import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from sync.cloud.federated.round import RoundPlan
from sync.federated.messages import TrainConfig

pytest.importorskip("onnx", reason="the extra `train` is not installed")

Run = Callable[..., Result]
START = ("cloud", "federated", "start")


def test_a_round_is_started_and_shown(run: Run) -> None:
    begun = json.loads(run(*START, "--min-train-nodes", 3, "--noise-multiplier", 2, "--json").output)
    assert begun["model"]["name"] == "intensity"
    assert (round(begun["epsilon"], 2), begun["delta"]) == (4.38, 1e-05)
    (shown,) = json.loads(run("cloud", "federated", "show", "--json").output)
    assert (shown["id"], shown["state"], shown["min_train_nodes"]) == (begun["id"], "open", 3)
    assert shown["deadline"] == begun["deadline"]
    assert shown["config"]["noise_multiplier"] == 2.0
    line = run("cloud", "federated", "show").output
    assert begun["id"] in line
    assert "0 of 3 to 200 boxes" in line


def test_it_says_what_a_round_costs(run: Run) -> None:
    text = run(*START).output
    assert "each gym that takes part spends epsilon 6.1 at a delta of 1e-05" in text
    assert "it takes 50" in text
    (shown,) = json.loads(run("cloud", "federated", "show", "--json").output)
    usual = RoundPlan()
    assert (shown["min_train_nodes"], shown["enough_train_nodes"]) == (
        usual.min_train_nodes,
        usual.enough_train_nodes,
    )
    assert shown["config"] == TrainConfig().model_dump()


def test_one_round_at_a_time(run: Run) -> None:
    assert run(*START).exit_code == 0
    again = run(*START)
    assert (again.exit_code, "goes on" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--noise-multiplier", 0), "noise_multiplier"),
        (("--clipping-norm", -1), "clipping_norm"),
        (("--epochs", 1000), "epochs"),
    ],
)
def test_what_hides_nothing_or_never_ends_is_refused(run: Run, options: tuple[str, ...], reason: str) -> None:
    result = run(*START, *options)
    assert (result.exit_code, reason in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "options", [("--fraction-train", 0), ("--min-train-nodes", 20, "--enough-train-nodes", 10)]
)
def test_plans_that_make_no_sense_are_refused(run: Run, options: tuple[str, ...]) -> None:
    assert run(*START, *options).exit_code == 1


def test_without_rounds_nothing_is_shown(run: Run) -> None:
    assert json.loads(run("cloud", "federated", "show", "--json").output) == []
