"""The box's configuration: what holds and who said so, and changes that take effect while people train."""

from typing import Annotated, Any

from fastapi import Body, Query
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import Box, Operator
from gateway.api.v1 import v1_router
from gateway.config.layers import LayerName, pointer
from gateway.config.schema import schema
from gateway.live.snapshot import Message
from gateway.reconfiguration.configuration import Configuration, redacted

router = v1_router("configuration", "/config")

Tree = dict[str, Any]
AuthorityPem = Annotated[
    str,
    Field(min_length=1, max_length=64 * 1024, description="Certificates of the authority, PEM; no key."),
]


class ConfigReport(Message):
    """What holds. Stations, cameras and devices are objects by their ids; a camera's login is never shown."""

    values: Tree = Field(description="Every setting, defaults included.")
    origins: dict[str, LayerName] = Field(
        description="Who has the last word about a setting, by JSON pointer; what is not here is a default."
    )
    local: Tree = Field(description="What was changed on this box.")
    cloud: Tree = Field(description="What the cloud desires, as far as it is in force.")
    file: str | None = Field(description="Name of the configuration file; null without one.")


class ConfigChanged(Message):
    """What a change does."""

    changed: list[str] = Field(description="Settings that differ, as JSON pointers.")
    touched: list[str] = Field(description="Parts that follow: `vision`, `station:mat`; the others go on.")
    restarts: bool = Field(description="Whether the box starts anew for it; sessions go on after that.")


class SecretBody(BaseModel):
    """One secret."""

    model_config = ConfigDict(extra="forbid")

    value: str = Field(
        min_length=1, max_length=1024, description="One line.", json_schema_extra={"writeOnly": True}
    )


class SecretFile(Message):
    """Where a secret lies."""

    file: str = Field(description="What to write into a `password_file`.")


class AuthorityBody(BaseModel):
    """An authority to trust."""

    model_config = ConfigDict(extra="forbid")

    pem: AuthorityPem


class AuthorityFile(Message):
    """Where an authority's certificates lie."""

    file: str = Field(description="What to write into a `ca`.")


@router.get("", summary="What the box is configured to do, and who said so")
async def get_config(box: Box, _operator: Operator) -> ConfigReport:
    """Say what holds, the layers of it, and who has the last word about each setting."""
    return _report(box.configuration)


@router.get("/schema", summary="Every setting, with its title, description and bounds")
async def get_schema(_operator: Operator) -> Tree:
    """Return the JSON schema of the configuration's tree."""
    return schema()


@router.patch("", summary="Change settings of this box, at once and for good")
async def patch_config(
    box: Box,
    operator: Operator,
    change: Annotated[Tree, Body(description="A merge patch (RFC 7396) of what was changed on this box.")],
    check: Annotated[bool, Query(description="Only say what would come of it.")] = False,  # noqa: FBT002 - a query
) -> ConfigChanged:
    """Change what was changed here before. Only the parts that it touches follow; sessions elsewhere go on.

    Null takes a setting back to what holds without it, or takes a whole station, camera or device away. Empty
    text makes a setting as if the file had not set it.
    """
    done = await box.configuration.patch(change, by=operator.label, check=check)
    return ConfigChanged(changed=done.pointers, touched=done.touched, restarts=done.restarts)


@router.put("/secrets/{name}", summary="Keep a password in a file of the box")
async def put_secret(
    box: Box,
    operator: Operator,
    name: Annotated[str, InPath(max_length=63)],
    body: SecretBody,
) -> SecretFile:
    """Keep a secret where only the box reads it; settings name the file."""
    return SecretFile(file=str(await box.configuration.keep_secret(name, body.value, by=operator.label)))


@router.put("/authorities/{name}", summary="Keep the certificates of an authority in a file of the box")
async def put_authority(
    box: Box,
    operator: Operator,
    name: Annotated[str, InPath(max_length=63)],
    body: AuthorityBody,
) -> AuthorityFile:
    """Keep whom to trust, for a broker with an authority of its own; settings name the file as `ca`."""
    kept = await box.configuration.keep_authority(name, body.pem, by=operator.label)
    return AuthorityFile(file=str(kept))


def _report(configuration: Configuration) -> ConfigReport:
    layers = configuration.layers
    return ConfigReport(
        values=dict(redacted(configuration.config)),
        origins={pointer(path): name for path, name in layers.origins.items()},
        local=dict(layers.local),
        cloud=dict(layers.cloud),
        file=None if layers.file is None else layers.file.name,
    )
