"""From a file and the environment to a configuration, or to problems with their place and a suggestion."""

from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.file import ConfigError, Problem, build, data_dir, load
from gateway.config.model import BoxConfig

GYM = """\
[box]
id = "box-1"
[mqtt]
url = "mqtt://broker.local"
[[camera]]
id = "cam1"
url = "gym.mp4"
[[station]]
id = "s1"
camera = "cam1"
[[device]]
id = "t1"
profile = "ble-treadmill"
address = "c0:00:00:00:00:01"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gymbox.toml"
    path.write_text(GYM, encoding="utf-8")
    return path


def problems(file: Path, text: str | None = None, environ: dict[str, str] | None = None) -> list[Problem]:
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, environ=environ or {})
    assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
    return list(caught.value.problems)


def test_a_good_file(file: Path) -> None:
    config = load(file, environ={})
    assert config.box.id == "box-1"
    assert config.cameras[0].url.reveal() == str(file.parent / "gym.mp4")


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "reason", "suggestion"),
    [
        ('id = "box-1"', 'idd = "box-1"', 2, "box.idd", "is not a setting", "id"),
        ("[mqtt]", "[mqqt]", 3, "mqqt", "is not a setting", "mqtt"),
        (
            'camera = "cam1"',
            'camera = "cam11"',
            10,
            "station[0].camera",
            "no camera is called 'cam11'",
            "cam1",
        ),
        ('camera = "cam1"', 'camra = "cam1"', 10, "station[0].camra", "is not a setting", "camera"),
        (
            'camera = "cam1"',
            'camera = "cam1"\nexercises = ["squats"]',
            11,
            "station[0].exercises[0]",
            "must be one of",
            "squat",
        ),
        (
            '"ble-treadmill"',
            '"ble-tredmill"',
            13,
            "device[0].profile",
            "no profile is called",
            "ble-treadmill",
        ),
        ('url = "mqtt://broker.local"', 'url = "broker.local"', 4, "mqtt.url", "must be mqtt://host", None),
        ('id = "cam1"', "id = 7", 6, "camera[0].id", "must be text in quotes", None),
        ('url = "gym.mp4"', 'url = "gym.mp4"\nfps = 900', 8, "camera[0].fps", "must be at most 60", None),
        ('url = "gym.mp4"', 'url = "gym.mp4"\nfps = "fast"', 8, "camera[0].fps", "must be a number", None),
        ('profile = "ble-treadmill"\n', "", 11, "device[0].profile", "is missing", None),
        ("[[station]]", "[station]", 8, "station", "must be a list", None),
        ('id = "s1"', 'id = "s 1"', 9, "station[0].id", "may hold letters, digits", None),
        (
            'address = "c0:00:00:00:00:01"',
            'address = "#"',
            14,
            "device[0].address",
            "must not contain blanks, + or #",
            None,
        ),
        (
            'id = "box-1"',
            'id = "box-1"\nlanguage = "German"',
            3,
            "box.language",
            "must be a language code",
            None,
        ),
    ],
)
def test_a_mistake_is_shown_where_it_is(
    file: Path,
    *,
    old: str,
    new: str,
    line: int,
    key: str,
    reason: str,
    suggestion: str | None,
) -> None:
    found = [each for each in problems(file, GYM.replace(old, new, 1)) if each.key == key]
    assert [(each.source, each.line, each.suggestion) for each in found] == [(str(file), line, suggestion)]
    assert reason in found[0].reason
    assert str(found[0]).startswith(f"{file}:{line}: {key}: ")
    assert (f"(did you mean '{suggestion}'?)" in str(found[0])) == (suggestion is not None)


def test_an_unknown_key_like_no_other_shows_what_there_is(file: Path) -> None:
    (found,) = problems(file, "[http]\nzzz = 1\n")
    assert found.reason == "is not a setting; there are host, port, console"


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(file: Path) -> None:
    text = GYM.replace("box-1", "box 1").replace('"mqtt://broker.local"', "7").replace("gym.mp4", "ftp://x/y")
    assert [each.line for each in problems(file, text)] == [2, 4, 7]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('[box]\nid = "b\n', 2, 8),
        ("[box]\nid = \n", 2, 6),
        ("[box]\nid = 1\nid = 2", 3, None),
        ("[box", 1, None),
    ],
)
def test_bad_toml_is_shown_where_it_is(file: Path, text: str, line: int, column: int | None) -> None:
    (found,) = problems(file, text)
    assert (found.line, found.column) == (line, column)
    assert found.reason.startswith("is not valid TOML: ")


def test_files_that_are_no_text(file: Path) -> None:
    file.write_bytes(b'[box]\nid = "\xff"\n')
    (found,) = problems(file)
    assert found.line == 2
    assert "UTF-8" in found.reason
    (missing,) = problems(file.parent / "nowhere.toml")
    assert missing.reason == "cannot be read: No such file or directory"
    (folder,) = problems(file.parent)
    assert folder.reason == "cannot be read: Is a directory"
    with file.open("wb") as huge:
        huge.truncate(9_000_000)
    (large,) = problems(file)
    assert "too large" in large.reason


def test_a_password_in_a_bad_url_is_not_repeated(file: Path) -> None:
    text = GYM.replace("gym.mp4", "rtsp://u:MARKER@cam:x/").replace("mqtt://broker", "mqtt://u:MARKER@broker")
    assert "MARKER" not in "".join(str(each) for each in problems(file, text))


def test_the_environment_lies_over_the_file(file: Path) -> None:
    environ = {
        "GYMBOX_MQTT__URL": "mqtt://other",
        "GYMBOX_HTTP__PORT": "9090",
        "GYMBOX_BOX__DATA_DIR": "/srv/gymbox",
        "GYMBOX_VISION__THRESHOLDS__PERSON_SCORE": "0.5",
        "GYMBOX_VISION__THRESHOLDS": '{"posture_s": 0.7}',
        "GYMBOX_DATA_DIR": "/elsewhere",
        "GYMBOX_TEST_MODELS": "ignored: it has no double underscore",
        "OTHER__THING": "ignored",
    }
    config = load(file, environ=environ)
    assert config.mqtt.url == "mqtt://other"
    assert config.http.port == 9090
    assert config.box.data_dir == Path("/srv/gymbox")
    assert (config.vision.thresholds.posture_s, config.vision.thresholds.person_score) == (0.7, 0.5)


def test_what_is_set_for_a_cloud_service_on_the_same_machine_is_not_the_boxs(file: Path) -> None:
    file.write_text("")
    config = load(file, environ={"GYMBOX_CLOUD_SERVICE__PORT": "8443", "GYMBOX_CLOUD__UPLOAD": "nothing"})
    assert config.cloud.upload == "nothing"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("GYMBOX_HTTP__PORT", "many", "must be a whole number"),
        ("GYMBOX_HTTP__PROT", "1", "is not a setting"),
        ("GYMBOX_MQT__URL", "embedded", "is not a setting"),
        ("GYMBOX_STATION__ID", "s1", "station is no section"),
        ("GYMBOX_BOX", "x", None),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    file: Path, variable: str, value: str, reason: str | None
) -> None:
    if reason is None:
        load(file, environ={variable: value})
        return
    (found,) = problems(file, environ={variable: value})
    assert (found.source, found.key) == ("environment", variable)
    assert reason in found.reason


def test_where_data_lives(tmp_path: Path) -> None:
    config = BoxConfig.model_validate({"box": {"data_dir": str(tmp_path / "config")}})
    environ = {"GYMBOX_DATA_DIR": str(tmp_path / "environment")}
    option = tmp_path / "option"
    assert data_dir(config, option=option, environ=environ) == option
    assert data_dir(config, environ=environ) == tmp_path / "environment"
    assert data_dir(config, environ={}) == tmp_path / "config"
    assert data_dir(environ={}) == Path(platformdirs.user_data_dir("gymbox", appauthor=False))
    assert data_dir(option=Path("here"), environ={}) == Path.cwd() / "here"


def problems_of(data: dict[str, object]) -> tuple[Problem, ...]:
    try:
        build(data, environ={})
    except ConfigError as error:
        return error.problems
    return ()


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8) | st.integers(), max_size=4))
def test_whatever_stands_there_is_a_configuration_or_has_problems(section: dict[str, object]) -> None:
    for name in ("box", "mqtt", "http", "vision"):
        found = problems_of({name: dict(section)})
        assert all(problem.key and problem.reason for problem in found)
