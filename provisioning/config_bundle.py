"""The shadow `config` of a twin: bundles of settings that a box is to go by, each under its name.

Pure. The box and the cloud use the same file. A bundle's values lie over those of the bundles before it, in
the order of their names; the one called `box`, what the operator of a single box desires, lies over all.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from provisioning.assignment import ORIGINAL
from provisioning.twin import Fields

SHADOW: Final = "config"
"""The named shadow of configuration; its keys are the names of bundles."""
OWN: Final = "box"
"""The bundle that no rollout may take: what the operator of one box desires."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class BundleRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """What is desired under a name is no bundle; the text says why."""


class Bundle(BaseModel):
    """What is desired under one name.

    `values` are changes of the configuration's tree, one after the other. A list of them is replaced whole by
    another one, so that nothing of an older bundle stays; a single one is changed key by key.
    """

    # A newer cloud may say more than this box knows.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    version: _Text = Field(default="1", description="The version, or `original` for none of it.")
    values: list[dict[str, Any]] = Field(default=[], description="Settings, as merge patches of the tree.")
    mode: Literal["active"] = "active"
    rollout: _Text | None = Field(default=None, description="On whose behalf; goes back with every report.")

    @field_validator("values", mode="before")
    @classmethod
    def _one_or_many(cls, values: object) -> object:
        return [values] if isinstance(values, Mapping) else values

    @property
    def empty(self) -> bool:
        """Whether it says nothing of any setting."""
        return self.version == ORIGINAL or not any(self.values)

    def says_as(self, other: "Bundle | None") -> bool:
        """Whether it sets the same as another one; none at all is as good as an empty one."""
        if other is None or other.empty:
            return self.empty
        return not self.empty and self.values == other.values


def read_bundle(desired: object) -> Bundle:
    """What is desired under one name.

    Raises:
        BundleRefused: it is not of that form.
    """
    try:
        return Bundle.model_validate(desired)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in detail["loc"]) or "it"
        raise BundleRefused(f"what is desired is no bundle of settings: {where}: {detail['msg']}") from None


def together(bundles: Mapping[str, Bundle]) -> dict[str, object]:
    """What all bundles say, as one change of the configuration's tree; nulls in a list of values are kept."""
    tree: dict[str, object] = {}
    for name in sorted(bundles, key=lambda each: (each == OWN, each)):
        bundle = bundles[name]
        for change in () if bundle.version == ORIGINAL else bundle.values:
            tree = _over(tree, change)
    return tree


def _over(tree: Fields, change: Fields) -> dict[str, object]:
    """Like a merge, but a null stays, to take away what lies in another layer beneath."""
    merged = dict(tree)
    for key, value in change.items():
        before = merged.get(key)
        if isinstance(value, Mapping):
            merged[key] = _over(before if isinstance(before, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged
