"""The JSON schema of a configuration's tree, for pages that let people change it."""

from typing import Any

from gateway.config.layers import TABLES
from gateway.config.model import BoxConfig


def schema() -> dict[str, Any]:
    """The schema of the model, where stations, cameras and devices are objects by their ids."""
    whole = BoxConfig.model_json_schema()
    for table in TABLES:
        described = whole["properties"][table]
        entry = described["items"]
        section = whole["$defs"][entry["$ref"].rpartition("/")[2]]
        names = section["properties"].pop("id")
        section["required"] = [each for each in section.get("required", ()) if each != "id"]
        whole["properties"][table] = {
            "title": described["title"],
            "description": described["description"],
            "type": "object",
            "propertyNames": names,
            "additionalProperties": entry,
            "default": {},
        }
    return whole
