"""What holds for every section: it is frozen, and tells its fields to people."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from gateway.config.model import BoxConfig
from gateway.config.sections.section import Section, url_parts


def test_it_does_not_change_after_loading() -> None:
    config = BoxConfig.model_validate({})
    with pytest.raises(ValidationError, match="frozen"):
        config.http.port = 1


def models() -> Iterator[type[BaseModel]]:
    todo: list[type[BaseModel]] = [Section]
    while todo:
        model = todo.pop()
        todo += model.__subclasses__()
        if model is not Section:
            yield model


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_every_field_has_a_title_and_a_description(model: type[BaseModel]) -> None:
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize("url", ["mqtt://broker:port", "mqtt://[::1", "mqtt://broker:99999"])
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(ValueError, match="not a valid URL"):
        url_parts(url)
