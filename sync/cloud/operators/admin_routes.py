"""Accounts and tokens, for who may manage them: `/api/v1/fleet/{operators,tokens}`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, StringConstraints

from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.gateways import ID
from sync.cloud.operators.access import Desk, allowed
from sync.cloud.operators.accounts import Account, OperatorRefused, OperatorUnknown
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.roles import Role
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.routes import Body, Name
from sync.cloud.operators.tokens import LONGEST, TokenInfo

Admin = Annotated[Principal, Depends(allowed("operators"))]
TenantId = Annotated[str, StringConstraints(pattern=f"^{ID.pattern}$")]
TokenId = Annotated[str, Path(pattern="^[0-9a-f]{8}$")]


class NewOperator(Body):
    """An account to be made."""

    name: Name
    role: Role
    tenant: TenantId | None = Field(
        default=None, description="Whose boxes it sees; empty: those of whoever makes it."
    )


class ChangedOperator(Body):
    """What becomes of an account."""

    role: Role


class SetupCode(BaseModel):
    """How an account gets its password."""

    name: str
    code: str = Field(description="For /console/#setup/<code>, once, within a day.")


class NewToken(Body):
    """A token to be made."""

    note: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    role: Role
    tenant: TenantId | None = None
    days: int = Field(ge=1, le=LONGEST.days)


class TokenMade(BaseModel):
    """A token, shown this once."""

    id: str
    token: str


class OperatorItem(BaseModel):
    """An account in a list."""

    name: str
    role: Role
    tenant: str | None
    created_at: datetime
    has_password: bool


class TokenItem(BaseModel):
    """A token in a list."""

    id: str
    note: str
    role: Role
    tenant: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class OperatorList(BaseModel):
    """The accounts that an admin may manage."""

    operators: list[OperatorItem]


class TokenList(BaseModel):
    """The tokens that an admin may manage."""

    tokens: list[TokenItem]


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["operators"], responses=RESPONSES, route_class=DeskRoute)
    _add_operators(router)
    _add_tokens(router)
    return router


def _add_operators(router: APIRouter) -> None:
    @router.get("/operators", summary="The accounts")
    def list_operators(admin: Admin, desk: Desk) -> OperatorList:
        """List those of the asker's tenant."""
        return OperatorList(operators=[_item(each) for each in desk.accounts.all(tenant_id=admin.tenant_id)])

    @router.post("/operators", summary="Make an account", status_code=HTTPStatus.CREATED)
    def add_operator(body: NewOperator, admin: Admin, desk: Desk) -> SetupCode:
        """Make one; its owner chooses the password with the code."""
        with _told():
            code = desk.accounts.add(
                body.name, role=body.role, tenant_id=_whose(admin, body.tenant), by=admin.label
            )
        return SetupCode(name=body.name, code=code or "")

    @router.patch("/operators/{name}", summary="Change a role", status_code=HTTPStatus.NO_CONTENT)
    def change_operator(name: str, body: ChangedOperator, admin: Admin, desk: Desk) -> None:
        """Change what an account may do; not one's own."""
        _not_oneself(admin, name)
        with _told():
            desk.accounts.set_role(name, body.role, by=admin.label, tenant_id=admin.tenant_id)

    @router.delete("/operators/{name}", summary="Delete an account", status_code=HTTPStatus.NO_CONTENT)
    def remove_operator(name: str, admin: Admin, desk: Desk) -> None:
        """Delete it and end its sessions; not one's own."""
        _not_oneself(admin, name)
        with _told():
            desk.accounts.remove(name, by=admin.label, tenant_id=admin.tenant_id)

    @router.post("/operators/{name}/setup", summary="Have a new password chosen")
    def renew_operator(name: str, admin: Admin, desk: Desk) -> SetupCode:
        """Take the password away and give a code for another; for somebody who forgot it."""
        with _told():
            code = desk.accounts.renew(name, by=admin.label, tenant_id=admin.tenant_id)
        return SetupCode(name=name, code=code)


def _add_tokens(router: APIRouter) -> None:
    @router.get("/tokens", summary="The tokens")
    def list_tokens(admin: Admin, desk: Desk) -> TokenList:
        """List those of the asker's tenant."""
        return TokenList(tokens=[_token(each) for each in desk.tokens.all(tenant_id=admin.tenant_id)])

    @router.post("/tokens", summary="Make a token", status_code=HTTPStatus.CREATED)
    def add_token(body: NewToken, admin: Admin, desk: Desk) -> TokenMade:
        """Make one; it is shown this once."""
        with _told():
            token_id, token = desk.tokens.create(
                body.note,
                role=body.role,
                tenant_id=_whose(admin, body.tenant),
                lasts=timedelta(days=body.days),
                by=admin.label,
            )
        return TokenMade(id=token_id, token=token)

    @router.delete("/tokens/{token_id}", summary="Revoke a token", status_code=HTTPStatus.NO_CONTENT)
    def revoke_token(token_id: TokenId, admin: Admin, desk: Desk) -> None:
        """Make it useless at once."""
        with _told():
            desk.tokens.revoke(token_id, by=admin.label, tenant_id=admin.tenant_id)


def _whose(admin: Principal, tenant: str | None) -> str | None:
    """The tenant of what an admin makes: their own, unless they are of the whole service."""
    if tenant is None:
        return admin.tenant_id
    if not admin.sees(tenant):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown", f"There is no tenant {tenant}.")
    return tenant


def _not_oneself(admin: Principal, name: str) -> None:
    if admin.kind == "operator" and admin.name == name:
        raise Problem(HTTPStatus.CONFLICT, "oneself", "Have another admin do this to your own account.")


def _item(account: Account) -> OperatorItem:
    return OperatorItem(
        name=account.name,
        role=account.role,
        tenant=account.tenant_id,
        created_at=account.created_at,
        has_password=account.has_password,
    )


def _token(info: TokenInfo) -> TokenItem:
    return TokenItem(
        id=info.id,
        note=info.note,
        role=info.role,
        tenant=info.tenant_id,
        created_by=info.created_by,
        created_at=info.created_at,
        expires_at=info.expires_at,
        revoked_at=info.revoked_at,
    )


@contextmanager
def _told() -> Iterator[None]:
    """What was refused, as a problem."""
    try:
        yield
    except OperatorUnknown as error:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown", f"{error}.") from None
    except OperatorRefused as error:
        raise Problem(HTTPStatus.CONFLICT, "refused", f"{error}.") from None
