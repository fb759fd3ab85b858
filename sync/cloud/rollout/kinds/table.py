"""The kinds of releases, by the name of the shadow that tells boxes of them."""

from collections.abc import Mapping
from typing import Final

from provisioning import assignment
from sync.cloud.rollout.kinds.config import Config
from sync.cloud.rollout.kinds.kind import Kind
from sync.cloud.rollout.kinds.models import Models
from sync.cloud.rollout.kinds.software import Software

KINDS: Final[Mapping[str, Kind]] = {
    assignment.SHADOW: Models(),
    "config": Config(),
    "software": Software(),
}
