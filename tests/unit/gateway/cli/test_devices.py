import json
from collections.abc import Callable

import pytest
from typer.testing import Result

TREADMILL = "8c 05 d2 04 88 13 00 0f 00 ff 7f 32 00 ff ff ff 96 2c 01"


def test_a_frame_as_json(run: Callable[..., Result]) -> None:
    result = run("devices", "decode", "2acd", TREADMILL, "--json")
    found = json.loads(result.output)["readings"]
    readings = {each["metric"]: (each["value"], each["unit"]) for each in found}
    assert readings["speed_kmh"] == (12.34, "km/h")
    assert readings["distance_m"] == (5000.0, "m")
    assert readings["heart_rate_bpm"] == (150.0, "bpm")
    assert result.exit_code == 0


@pytest.mark.parametrize("characteristic", ["2a37", "0x2A37", "2A37"])
def test_a_frame_for_people(run: Callable[..., Result], characteristic: str) -> None:
    result = run("devices", "decode", characteristic, "0x16480004 0002")
    assert "heart_rate_bpm     72 bpm" in result.output
    assert result.output.count("rr_interval_ms") == 2


@pytest.mark.parametrize(
    ("characteristic", "frame", "reason"),
    [
        ("2acd", "8c05", "needs octets"),
        ("2acd", "", "octet"),
        ("2acd", "zz", "not hex"),
        ("ffff", "00", "no decoder"),
    ],
)
def test_a_frame_that_does_not_add_up(
    run: Callable[..., Result], characteristic: str, frame: str, reason: str
) -> None:
    result = run("devices", "decode", characteristic, frame, "--json")
    assert result.exit_code == 1
    assert reason in result.stderr
    assert result.stdout == ""
