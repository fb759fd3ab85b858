import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from recommender.heart_response.recording import Recording
from tests.unit.recommender.heart_response.people import ramp_test


def write(path: Path, recordings: dict[str, Recording]) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "time_s", "load", "hr_bpm"))
        for name, each in recordings.items():
            for time_s, load, rate in zip(each.times_s, each.loads, each.rates_bpm, strict=True):
                rows.writerow((name, time_s, load, "" if np.isnan(rate) else rate))
    return path


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    return write(tmp_path / "in.csv", {"ada": ramp_test(1), "bo": ramp_test(2)})


def test_the_rest_of_each_goes_to_the_file_and_the_errors_to_the_screen(
    run: Callable[..., Result], recordings: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    result = run("heart-rate", str(recordings), "--fit-seconds", "400", "--out", str(out), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["load_unit"], told["fit_seconds"]) == ("km/h", 400)
    assert [each["id"] for each in told["recordings"]] == ["ada", "bo"]
    assert told["median"]["rmse_bpm"] < told["median"]["held_rmse_bpm"]
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "time_s", "predicted_bpm"]
    wanted = {
        (name, time_s)
        for name, seed in (("ada", 1), ("bo", 2))
        for time_s in ramp_test(seed).times_s
        if time_s > 400
    }
    assert {(row["id"], float(row["time_s"])) for row in rows} == wanted
    assert all(40 < float(row["predicted_bpm"]) < 220 for row in rows)


def test_for_people(run: Callable[..., Result], recordings: Path, tmp_path: Path) -> None:
    result = run("heart-rate", str(recordings), "--fit-seconds", "400", "--out", str(tmp_path / "out.csv"))
    assert result.exit_code == 0
    for word in ("ada", "bo", "median", "last rate held", "population", "km/h"):
        assert word in result.stdout


def test_who_had_no_rate_at_first_is_named(run: Callable[..., Result], tmp_path: Path) -> None:
    whole = ramp_test(1)
    silent = Recording(whole.times_s, whole.loads, np.full(len(whole.times_s), np.nan))
    path = write(tmp_path / "in.csv", {"ada": silent})
    result = run("heart-rate", str(path), "--fit-seconds", "60", "--out", str(tmp_path / "out.csv"), "--json")
    assert result.exit_code == 0
    assert "ada: too few heart rates up to 60 s" in result.stderr
    assert json.loads(result.stdout)["median"] == dict.fromkeys(
        ("rmse_bpm", "held_rmse_bpm", "population_rmse_bpm")
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nowhere.csv", "60", "out.csv"), "No such file"),
        (("in.csv", "99999", "out.csv"), "nothing to foretell"),
        (("in.csv", "60", "nowhere/out.csv"), "cannot write"),
    ],
)
def test_what_cannot_be_says_why(
    run: Callable[..., Result], recordings: Path, arguments: tuple[str, str, str], reason: str
) -> None:
    (source, seconds, out), folder = arguments, recordings.parent
    result = run("heart-rate", str(folder / source), "--fit-seconds", seconds, "--out", str(folder / out))
    assert result.exit_code == 1
    assert reason in result.stderr
