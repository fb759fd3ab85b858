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
    assert "heart_rate_bpm           72 bpm" in result.output
    assert result.output.count("rr_interval_ms") == 2


@pytest.mark.parametrize(
    ("characteristic", "frame", "first", "count"),
    [
        ("2ace", "000000d204", {"metric": "speed_kmh", "value": 12.34, "unit": "km/h"}, 2),
        ("2acf", "00000c00f000", {"metric": "floors", "value": 12.0, "unit": ""}, 2),
        ("2ad0", "00000c00", {"metric": "floors", "value": 12.0, "unit": ""}, 1),
        (
            "2ad1",
            "7e19 00 2700 d6 9c0000 0000 6100 0000 e400 0d00 0000 00 2400 0000",
            {"metric": "stroke_rate_spm", "value": 0.0, "unit": "spm"},
            13,
        ),
        ("2ad2", "6402000000001400000000", {"metric": "speed_kmh", "value": 0.0, "unit": "km/h"}, 5),
        ("2acc", "0c00000003000000", {"metric": "measures_distance", "value": 1.0, "unit": ""}, 4),
        ("2ad3", "010d576172", {"metric": "training_status", "value": "manual", "unit": ""}, 2),
        ("2ad4", "5000d0070a00", {"metric": "minimum_speed_kmh", "value": 0.8, "unit": "km/h"}, 3),
        ("2ad9", "800705", {"metric": "response_to", "value": "start", "unit": ""}, 2),
        ("2ada", "03", {"metric": "machine_status", "value": "stopped_by_safety_key", "unit": ""}, 1),
        ("2a19", "55", {"metric": "battery_percent", "value": 85.0, "unit": "%"}, 1),
    ],
)
def test_every_kind_of_frame(
    run: Callable[..., Result], characteristic: str, frame: str, first: dict[str, object], count: int
) -> None:
    readings = json.loads(run("devices", "decode", characteristic, frame, "--json").output)["readings"]
    assert readings[0] == first
    assert len(readings) == count


def test_a_long_way_is_not_rounded_and_words_of_a_machine_are_not_markup(run: Callable[..., Result]) -> None:
    assert "distance_m               1234567 m" in run("devices", "decode", "2acd", "0500 87d612").output
    assert "text                     [bold]" in run("devices", "decode", "2ad3", "010d5b626f6c645d").output


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
