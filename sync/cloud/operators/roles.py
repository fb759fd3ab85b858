"""What each role may do: one table, asked by every route. Pure."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Role = Literal["viewer", "operator", "release-manager", "admin"]
Permission = Literal[
    "read", "alerts", "tags", "enrolments", "config", "jobs", "rollouts", "gateways", "operators"
]
"""`alerts`: acknowledge them. `enrolments`: approve and reject. `config`: of single boxes. `gateways`: let
boxes in, revoke, decommission and wipe them. `operators`: accounts and tokens."""
ROLES: Final[tuple[Role, ...]] = get_args(Role)
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

MATRIX: Final[Mapping[Role, frozenset[Permission]]] = {
    "viewer": frozenset({"read"}),
    "operator": frozenset({"read", "alerts", "tags", "enrolments", "config", "jobs"}),
    "release-manager": frozenset({"read", "alerts", "rollouts"}),
    "admin": frozenset(PERMISSIONS),
}
