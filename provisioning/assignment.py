"""The shadow `models` of a twin: which version of a model a box is to have, and how it gets on with it.

Pure. The box and the cloud use the same file.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from provisioning.manifest import Sha256
from provisioning.twin import Fields

SHADOW: Final = "models"
"""The named shadow of models; its keys are their names."""
ORIGINAL: Final = "original"
"""In place of a version: what the box has by itself, the packaged one or its gym's own."""

Mode = Literal["active", "shadow"]
State = Literal["waiting", "installing", "active", "shadowing", "failed", "rolled_back", "rejected"]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class AssignmentRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """What is desired of a model makes no sense; the text says what."""


class Assignment(BaseModel):
    """What is desired of one model."""

    # A newer cloud may say more than this box knows.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    version: _Text = Field(description="The version, or `original`.")
    target: _Text | None = Field(
        default=None, description="Where the release lies, as its signature names it."
    )
    sha256: Sha256 | None = Field(default=None, description="Of that target.")
    mode: Mode = Field(default="active", description="Work with it, or run it beside what works.")
    rollout: _Text | None = Field(default=None, description="On whose behalf; goes back with every report.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a box gets on with what is desired of one model.

    Attributes:
        version: that is desired; `original` stays that word.
        mode: that is desired.
        rollout: as it was desired.
        state: how far it is.
        reason: why it is not further, for people; empty when all is well.
        figures: what was measured, such as questions asked in shadow mode.
    """

    version: str
    mode: Mode
    rollout: str | None
    state: State
    reason: str = ""
    figures: Fields = field(default_factory=dict)


def read_assignment(desired: object) -> Assignment:
    """What is desired of one model.

    Raises:
        AssignmentRefused: it is not of that form.
    """
    try:
        return Assignment.model_validate(desired)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in detail["loc"]) or "it"
        raise AssignmentRefused(f"what is desired makes no sense: {where}: {detail['msg']}") from None


def report(before: object, standing: Standing) -> dict[str, Any]:
    """What to merge into the reported side for a model, so that nothing of an older report stays."""
    said = {key: value for key, value in asdict(standing).items() if value not in (None, "", {})}
    old = dict.fromkeys(before) if isinstance(before, Mapping) else {}
    figures = said.get("figures")
    if isinstance(before, Mapping) and isinstance(figures, dict):
        older = before.get("figures")
        said["figures"] = {**(dict.fromkeys(older) if isinstance(older, Mapping) else {}), **figures}
    return {**old, **said}
