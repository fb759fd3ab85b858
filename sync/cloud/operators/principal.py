"""Who asks: an account or a token, what it may do, and whose boxes it sees. Pure."""

from dataclasses import dataclass
from typing import Literal

from sync.cloud.operators.roles import MATRIX, Permission, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who looks after boxes.

    Attributes:
        kind: a person who logged in, or a program's token.
        name: of the account, or the token's id.
        role: what it may do.
        tenant_id: whose boxes it sees; None for those of the whole service.
    """

    kind: Literal["operator", "token"]
    name: str
    role: Role
    tenant_id: str | None

    @property
    def label(self) -> str:
        """As the audit names the actor."""
        return f"{self.kind} {self.name}"

    def may(self, permission: Permission) -> bool:
        """Whether its role has the permission."""
        return permission in MATRIX[self.role]

    def sees(self, tenant_id: str | None) -> bool:
        """Whether what is this tenant's is for its eyes; what is nobody's is for the whole service alone."""
        return self.tenant_id is None or self.tenant_id == tenant_id
