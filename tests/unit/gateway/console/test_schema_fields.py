"""From a JSON schema to the fields of a form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from gateway.config.schema import schema
from gateway.console.schema_fields import Field as FormField
from gateway.console.schema_fields import as_tree, fields_of, pointer, value_at
from gateway.members.members import MemberProfile


class Inner(BaseModel):
    speed: float | None = Field(default=None, title="Speed", description="Fastest.", gt=0, le=30)


class Model(BaseModel):
    name: str = Field(title="Shown name", description="What people call it.")
    some_words: tuple[str, ...] = ()
    on: bool = False
    inner: Inner = Inner()
    index: str | int = 0
    password_file: str | None = None
    corners: tuple[tuple[float, float], ...] | None = None


def fields(model: type[BaseModel]) -> dict[tuple[str, ...], FormField]:
    found = model.model_json_schema()
    return {each.path: each for each in fields_of(found, found.get("$defs", {}))}


def test_each_kind_of_field() -> None:
    found = fields(Model)
    assert {path[-1]: each.kind for path, each in found.items()} == {
        "name": "text",
        "some_words": "words",
        "on": "switch",
        "speed": "number",
        "index": "text",
        "password_file": "secret",
    }


def test_title_hint_bounds_and_what_must_be_given_are_the_models_own() -> None:
    found = fields(Model)
    name, speed = found["name",], found["inner", "speed"]
    assert (name.title, name.hint, name.required) == ("Shown name", "What people call it.", True)
    assert (speed.low, speed.high, speed.group, speed.required) == (0, 30, "Inner", False)
    assert found["some_words",].title == "Some words"
    assert found["index",].numeral


def test_a_member_can_be_written_down_whole() -> None:
    found = fields(MemberProfile)
    assert {path[0] for path in found} == set(MemberProfile.model_fields)
    assert found["injuries",].kind == "choices"
    assert "knee" in found["injuries",].options
    assert found["birth_year",].whole


@pytest.mark.parametrize(
    "part", ["box", "http", "mqtt", "gym", "vision", "cloud", "storage", "homeassistant"]
)
def test_every_setting_of_the_configuration_has_a_field(part: str) -> None:
    tree = schema()
    section = tree["$defs"][tree["properties"][part]["$ref"].split("/")[-1]]
    found = {each.path[0] for each in fields_of(section, tree["$defs"])}
    assert found == set(section["properties"])


def test_the_floor_of_a_station_is_drawn_and_not_typed() -> None:
    tree = schema()
    found = {each.path[0] for each in fields_of(tree["$defs"]["StationSection"], tree["$defs"])}
    assert found == set(tree["$defs"]["StationSection"]["properties"]) - {"zone"}


names = st.text(alphabet="abc", min_size=1, max_size=2)


@given(st.dictionaries(st.tuples(names, names), st.integers(), max_size=6))
def test_a_tree_holds_what_it_was_made_of(changes: dict[tuple[str, ...], int]) -> None:
    tree = as_tree(changes)
    assert all(value_at(tree, path) == value for path, value in changes.items())


def test_what_is_not_there_is_none() -> None:
    values: dict[str, Any] = {"a": {"b": 1}, "c": 2}
    assert value_at(values, ("a", "x")) is value_at(values, ("c", "x")) is None


def test_a_pointer_escapes() -> None:
    assert pointer(("a/b", "c~d")) == "/a~1b/c~0d"
