"""What is wrong with a configuration: where it stands, what it is, and what was probably meant."""

from collections.abc import Iterator, Mapping
from typing import get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from gateway.config.model import BoxConfig
from gateway.config.problems import ConfigError, Origin, Problem, parse_shown, problems_of, shown

STEPS = st.from_regex(r"\A[a-z_]{1,8}\Z") | st.integers(0, 99)
PATHS = st.lists(STEPS, min_size=1, max_size=5).filter(lambda path: isinstance(path[0], str)).map(tuple)


def found(tree: Mapping[str, object], origin: Origin | None = None) -> list[Problem]:
    """Everything that is wrong with a tree."""
    with pytest.raises(ValidationError) as refused:
        BoxConfig.model_validate(tree)
    return problems_of(refused.value, origin or Origin("gymbox.toml"))


def one(tree: dict[str, object]) -> tuple[str, str, str | None]:
    (problem,) = found(tree)
    return problem.key, problem.reason, problem.suggestion


def keys(model: type[BaseModel], path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key path of the configuration, with entry 0 of each table."""
    for name, field in model.model_fields.items():
        inner, here = field.annotation, (*path, field.alias or name)
        while get_origin(inner) is tuple:
            inner, here = get_args(inner)[0], (*here, 0)
        yield here
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from keys(inner, here)


@settings(max_examples=40)
@given(PATHS)
def test_a_path_that_was_written_for_people_is_read_again(path: tuple[str | int, ...]) -> None:
    assert parse_shown(shown(path)) == path


def test_every_key_of_the_configuration_is_written_and_read() -> None:
    paths = list(keys(BoxConfig))
    assert len(paths) > 60
    for path in paths:
        assert parse_shown(shown(path)) == path
    assert ("device", 0, "limits", "speed_kmh") in paths
    assert shown(("device", 0, "limits", "speed_kmh")) == "device[0].limits.speed_kmh"


@pytest.mark.parametrize(
    ("tree", "key", "reason", "suggestion"),
    [
        ({"box": {"idd": "x"}}, "box.idd", "is not a setting", "id"),
        ({"mqqt": {}}, "mqqt", "is not a setting", "mqtt"),
        ({"box": {"id": 5}}, "box.id", "must be text in quotes", None),
        ({"http": {"port": "x"}}, "http.port", "must be a whole number", None),
        ({"http": {"port": 1.5}}, "http.port", "must be a whole number", None),
        ({"http": {"port": -1}}, "http.port", "must be at least 0", None),
        ({"http": {"port": 70_000}}, "http.port", "must be at most 65535", None),
        ({"box": 5}, "box", "must be a section with keys", None),
        ({"station": {"id": "a"}}, "station", "must be a list: [ … ]", None),
        ({"station": [{}]}, "station[0].id", "is missing", None),
        ({"station": [{"id": "a b"}]}, "station[0].id", "may hold letters, digits, dot", None),
        ({"box": {"language": "German!"}}, "box.language", "must be a language code such as en", None),
    ],
)
def test_each_mistake_is_told_in_plain_words(
    tree: dict[str, object], key: str, reason: str, suggestion: str | None
) -> None:
    told = one(tree)
    assert (told[0], told[2]) == (key, suggestion)
    assert told[1].startswith(reason)


def test_what_resembles_nothing_is_told_with_what_there_is() -> None:
    key, reason, suggestion = one({"storage": {"zzzzzz": 1}})
    assert (key, suggestion) == ("storage.zzzzzz", None)
    assert reason.startswith("is not a setting; there are ")


def test_words_of_a_literal_are_offered_when_one_of_them_was_meant() -> None:
    key, reason, suggestion = one({"gym": {"health_consent": "recordet"}})
    assert (key, suggestion) == ("gym.health_consent", "recorded")
    assert "must be one of 'recorded'" in reason


def test_several_mistakes_are_all_told_in_the_order_of_their_lines() -> None:
    origin = Origin("gymbox.toml", lines={("http", "port"): 9, ("box", "id"): 2, ("mqqt",): 5})
    problems = found({"http": {"port": -1}, "mqqt": {}, "box": {"id": 5}}, origin)
    assert [(each.line, each.key) for each in problems] == [(2, "box.id"), (5, "mqqt"), (9, "http.port")]


def test_a_reference_to_nothing_is_told_with_the_name_that_was_meant() -> None:
    tree = {"camera": [{"id": "cam1", "url": "a.mp4"}], "station": [{"id": "s", "camera": "cam11"}]}
    (problem,) = found(tree)
    assert (problem.key, problem.suggestion) == ("station[0].camera", "cam1")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(source="a.toml", key="box.id", reason="is missing"), "a.toml: box.id: is missing"),
        (Problem(source="a.toml", key="k", reason="r", line=3), "a.toml:3: k: r"),
        (Problem(source="a.toml", key="", reason="is no TOML", line=3, column=7), "a.toml:3:7: is no TOML"),
        (
            Problem(source="a.toml", key="k", reason="r", suggestion="kay"),
            "a.toml: k: r (did you mean 'kay'?)",
        ),
    ],
)
def test_a_problem_is_one_line_that_begins_with_its_place(problem: Problem, text: str) -> None:
    assert str(problem) == text
    assert str(ConfigError([problem, problem])) == f"{text}\n{text}"


def test_a_line_is_that_of_the_key_or_of_the_table_around_it() -> None:
    origin = Origin("a.toml", lines={("device", 0): 4, ("device", 0, "id"): 5})
    places = [("device", 0, "id"), ("device", 0, "limits", "speed_kmh"), ("box",)]
    assert [origin.problem(path, "r").line for path in places] == [5, 4, None]


def test_what_the_environment_set_is_told_by_its_variable() -> None:
    origin = Origin("a.toml", lines={("http", "port"): 3}, variables={("http", "port"): "GYMBOX_HTTP__PORT"})
    for path in (("http", "port"), ("http", "port", "x"), ("http",)):
        problem = origin.problem(path, "must be a whole number")
        assert (problem.source, problem.key, problem.line) == ("environment", "GYMBOX_HTTP__PORT", None)
    assert origin.problem(("box", "id"), "r").source == "a.toml"
    assert origin.problem((), "r").source == "a.toml"


def test_of_several_layers_the_one_is_named_that_wrote_it_and_entries_go_by_their_ids() -> None:
    origin = Origin(
        "settings",
        ids={"station": ["mat", "run"]},
        layers={("station", "run"): "the cloud", ("station", "run", "name"): "the setup page"},
    )
    told = [
        origin.problem(path, "r")
        for path in (("station", 1, "name"), ("station", 1, "camera"), ("station", 0, "name"), ("station", 7))
    ]
    assert [(each.source, each.key, each.pointer) for each in told] == [
        ("the setup page", "station.run.name", "/station/run/name"),
        ("the cloud", "station.run.camera", "/station/run/camera"),
        ("settings", "station.mat.name", "/station/mat/name"),
        ("settings", "station.7", "/station/7"),
    ]


def test_a_login_in_an_address_is_never_repeated() -> None:
    problem = Origin("a.toml").problem(("camera", 0, "url"), "rtsp://ann:hunter2@cam/1 is no address")
    assert "hunter2" not in str(problem)
