"""Operator accounts: who may log in."""

from typing import Annotated

from fastapi import Path, status
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import Box, Operator
from gateway.api.login import GivenName, GivenPassword
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message
from gateway.operators.accounts import NAME_PATTERN, NAME_RULE, OperatorInfo

router = v1_router("login", "/operators")

EVENT = "operator"
NewName = Annotated[
    str,
    Field(
        pattern=NAME_PATTERN,
        description=f"{NAME_RULE}.",
    ),
]


class NewAccount(BaseModel):
    """Name and first password of an account."""

    model_config = ConfigDict(extra="forbid")

    name: NewName
    password: GivenPassword = Field(description="10 to 128 characters.")


class OperatorList(Message):
    """Every account."""

    operators: list[OperatorInfo]


@router.get("", summary="The operator accounts")
async def list_operators(box: Box, _operator: Operator) -> OperatorList:
    """List the accounts by name."""
    return OperatorList(operators=await box.operators.all())


@router.post("", summary="Make an operator account", status_code=status.HTTP_201_CREATED)
async def create_operator(body: NewAccount, box: Box, operator: Operator) -> OperatorInfo:
    """Make an account; whoever has it may do everything that an operator may."""
    account = await box.operators.create(body.name, body.password)
    box.events.record(EVENT, actor=operator.label, subject=account.name, outcome="created")
    return next(each for each in await box.operators.all() if each.name == account.name)


@router.delete("/{name}", summary="Remove an operator account", status_code=status.HTTP_204_NO_CONTENT)
async def remove_operator(
    name: Annotated[GivenName, Path(description="The account's name.")], box: Box, operator: Operator
) -> None:
    """Remove an account, which ends its logins at once; the last one stays."""
    await box.operators.remove(name)
    box.events.record(EVENT, actor=operator.label, subject=name, outcome="removed")
