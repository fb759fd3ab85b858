"""`cloud.toml`: one file for the whole service; `GYMBOX_CLOUD_SECTION__KEY` in the environment overrides."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from sync.cloud.settings_sections import (
    CloudSettingsError,
    DatabaseSection,
    FleetSection,
    IdentitySection,
    ObjectsSection,
    RetrainingSection,
    RolloutsSection,
    Section,
    ServiceSection,
    SigningSection,
)

__all__ = [
    "CloudSettings",
    "CloudSettingsError",
    "FleetSection",
    "IdentitySection",
    "RetrainingSection",
    "ServiceSection",
    "SigningSection",
    "load",
]

PREFIX: Final = "GYMBOX_CLOUD_"
_NESTING: Final = "__"
_MOST_BYTES: Final = 1_000_000


class CloudSettings(Section):
    """Everything that can be set."""

    service: ServiceSection = ServiceSection()
    database: DatabaseSection = Field(default_factory=DatabaseSection)
    objects: ObjectsSection = Field(default_factory=ObjectsSection)
    signing: SigningSection = SigningSection()
    identity: IdentitySection = Field(default_factory=IdentitySection)
    retraining: RetrainingSection = RetrainingSection()
    rollouts: RolloutsSection = RolloutsSection()
    fleet: FleetSection = FleetSection()


def load(path: Path | None, *, folder: Path, environ: Mapping[str, str] | None = None) -> CloudSettings:
    """Read the file (None: all defaults), lay the environment over it and check the whole.

    Args:
        path: The TOML file; relative paths in it start at its folder.
        folder: Where they start without a file.
        environ: In place of the process's own environment.

    Raises:
        CloudSettingsError: one line for each mistake.
    """
    data = {} if path is None else _read(path)
    variables = _lay_over(data, dict(os.environ) if environ is None else environ)
    start = folder if path is None else path.resolve().parent
    for name in CloudSettings.model_fields:
        data.setdefault(name, {})  # so that defaults that are paths start at the folder too
    try:
        return CloudSettings.model_validate(data, context={"folder": start})
    except ValidationError as error:
        source = str(path or "settings")
        lines = [_line(each, source, variables) for each in error.errors(include_url=False)]
        raise CloudSettingsError("\n".join(lines)) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise CloudSettingsError(f"{path}: is too large for settings")
        return tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise CloudSettingsError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CloudSettingsError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise CloudSettingsError(f"{path}: is not valid TOML: {error}") from error


def _lay_over(data: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Set what the environment sets; returns which variable set which key."""
    variables: dict[tuple[str, ...], str] = {}
    for variable, text in sorted(environ.items()):
        match = re.fullmatch(rf"{PREFIX}([A-Z]+){_NESTING}([A-Z_]+)", variable)
        if not match:
            continue
        section, key = match[1].lower(), match[2].lower()
        table = data.setdefault(section, {})
        if not isinstance(table, dict):
            raise CloudSettingsError(f"environment: {variable}: {section} is no section")
        table[key] = text
        variables[section, key] = variable
    return variables


def _line(detail: ErrorDetails, source: str, variables: Mapping[tuple[str, ...], str]) -> str:
    path = tuple(str(step) for step in detail["loc"])
    reason = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if detail["type"] == "extra_forbidden":
        reason = "is not a setting"
    elif detail["type"] == "missing":
        reason = "is missing"
    reason = reason[:1].lower() + reason[1:]
    if path[:2] in variables:
        return f"environment: {variables[path[:2]]}: {reason}"
    return f"{source}: {'.'.join(path)}: {reason}"
