import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

GOOD = """
[box]
id = "box-1"
[[camera]]
id = "front"
url = "rtsp://viewer:hidden-word@camera.lan/1"
[[station]]
id = "mat"
camera = "front"
"""


SHARED_FLOOR = (
    GOOD
    + """
[[station]]
id = "rack"
camera = "front"
zone = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
"""
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gymbox.toml"
    path.write_text(GOOD)
    return path


def test_a_good_file(run: Callable[..., Result], config: Path) -> None:
    result = run("check-config", config)
    assert result.exit_code == 0
    assert "1 stations, 1 cameras, 0 devices" in result.output
    assert json.loads(run("check-config", config, "--json").output) == {
        "ok": True,
        "problems": [],
        "warnings": [],
    }


def test_a_typo_is_found_with_file_line_key_and_the_word_that_was_meant(
    run: Callable[..., Result], config: Path
) -> None:
    config.write_text(GOOD.replace('camera = "front"', 'camrea = "front"'))
    result = run("check-config", config)
    assert result.exit_code == 2
    assert f"{config}:9" in result.stderr
    assert "station[0].camrea" in result.stderr
    assert "did you mean 'camera'?" in result.stderr
    problems = json.loads(run("check-config", config, "--json").stdout)["problems"]
    assert [(each["line"], each["key"]) for each in problems] == [(9, "station[0].camrea")]


def test_zones_that_overlap_are_a_warning(run: Callable[..., Result], config: Path) -> None:
    config.write_text(SHARED_FLOOR)
    result = run("check-config", config)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"warning: {config}:14: station[1].zone: 'mat' and 'rack' share 100%")
    assert "is good" in result.stdout
    answer = json.loads(run("check-config", config, "--json").stdout)
    assert (answer["ok"], answer["problems"]) == (True, [])
    assert [(each["line"], each["key"]) for each in answer["warnings"]] == [(14, "station[1].zone")]
    (finding, *_) = json.loads(run("doctor", "--config", config, "--json").stdout)
    assert (finding["part"], finding["state"]) == ("config", "degraded")
    assert "'mat' and 'rack'" in finding["reason"]


def test_the_box_says_at_its_start_that_zones_overlap(run: Callable[..., Result], config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(f"{SHARED_FLOOR}\n[http]\nport = {taken.getsockname()[1]}\n")
        result = run("run", "--config", config)
    assert "'mat' and 'rack' share 100% of the zone of 'rack'" in result.stderr


@pytest.mark.parametrize("arguments", [("check-config",), ("run", "--config"), ("doctor", "--config")])
def test_a_file_that_is_not_there(run: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    result = run(*arguments, "nowhere.toml")
    assert result.exit_code == 2
    assert "nowhere.toml" in result.stderr


def test_a_cameras_password_is_in_no_complaint(run: Callable[..., Result], config: Path) -> None:
    config.write_text(GOOD.replace("rtsp://", "http://"))
    result = run("check-config", config)
    assert result.exit_code == 2
    assert "hidden-word" not in result.output + result.stderr


def test_a_port_in_use(run: Callable[..., Result], config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(f"{GOOD}\n[http]\nport = {taken.getsockname()[1]}\n")
        result = run("run", "--config", config)
    assert result.exit_code == 1
    assert "cannot listen on 127.0.0.1" in result.stderr


def test_the_doctor_names_every_part_with_what_to_do(run: Callable[..., Result]) -> None:
    result = run("doctor", "--json")
    findings = {each["part"]: each for each in json.loads(result.output)}
    for part in ("broker", "disk", "clock", "certificate"):
        assert any(name.startswith(part) for name in findings), part
    assert all(each["fix"] for each in findings.values() if each["state"] == "failed")
    assert result.exit_code == int(any(each["state"] == "failed" for each in findings.values()))


def test_the_doctor_for_people(run: Callable[..., Result]) -> None:
    assert "clock" in run("doctor").output
