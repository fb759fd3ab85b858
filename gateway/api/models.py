"""The models of the box: which version works, take another one, go back."""

import asyncio
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from gateway.api.auth import Box, Operator, Overseer
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message
from gateway.models import InstalledModel
from gateway.redaction import shorten_paths

router = v1_router("models", "/models")

# A name is a folder; this one can never climb out of it.
ModelName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class ModelReport(Message):
    """One model."""

    name: str
    version: str | None = Field(description="What is installed; null when that cannot be read.")
    task: str | None
    packaged: bool = Field(
        description="Whether it is the one of the program, which works where the gym has none of its own."
    )
    state: Literal["ok", "broken"]
    reason: str = Field(
        description="Why it is broken; where a gym's own phase model is, the packaged one works."
    )
    in_use: bool = Field(description="Whether this box is configured to work with it.")
    running_version: str | None = Field(description="The version that works now; null while none does.")
    runtime: str | None = Field(description="What executes it now.")
    previous_version: str | None = Field(description="What a rollback would bring back.")


class ModelList(Message):
    """Every model."""

    models: list[ModelReport]


@router.get("", summary="Every installed model and the version that works")
async def list_models(box: Box, _overseer: Overseer) -> ModelList:
    """List the models by name."""
    return ModelList(models=[_report(each) for each in await asyncio.to_thread(box.models.all)])


@router.post("/{name}/reload", summary="Take the version that is installed now")
async def reload_model(name: ModelName, box: Box, operator: Operator) -> ModelReport:
    """Load the installed version beside the running one and exchange them between two frames.

    Sessions and their counts go on. A version that is damaged, cannot be loaded or fails its trial is refused
    with 409, and the one that works stays. `phase` is the gym's own phase model, or without one the packaged.
    """
    return _report(await box.models.reload(name, by=operator.label))


@router.post("/{name}/rollback", summary="Go back to the version before")
async def rollback_model(name: ModelName, box: Box, operator: Operator) -> ModelReport:
    """Exchange the installed version and the one before it; a second rollback undoes the first."""
    return _report(await box.models.rollback(name, by=operator.label))


def _report(model: InstalledModel) -> ModelReport:
    return ModelReport(
        name=model.name,
        version=model.version,
        task=model.task,
        packaged=model.packaged,
        state="broken" if model.problem else "ok",
        reason=shorten_paths(model.problem),
        in_use=model.used,
        running_version=model.running_version,
        runtime=model.runtime,
        previous_version=model.previous_version,
    )
