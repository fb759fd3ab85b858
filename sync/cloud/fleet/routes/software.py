"""Releases of the boxes' program: which were signed, and having nobody get one."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, StringConstraints

from sync.cloud.api.problem import RESPONSES
from sync.cloud.database.database import Database
from sync.cloud.fleet.routes.refusals import demand_whole_service, told
from sync.cloud.operators.access import Reader, allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.routes import Body
from sync.cloud.rollout.kinds.software import software_releases, withdraw_release

Manager = Annotated[Principal, Depends(allowed("rollouts"))]
Version = Annotated[str, Path(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]


class SoftwareReport(BaseModel):
    """A version of the program that was signed."""

    version: str
    purpose: str
    published_at: datetime
    withdrawn: str = Field(description="Why nobody is to get it; empty while boxes may.")


class SoftwareList(BaseModel):
    """The newest first."""

    releases: list[SoftwareReport]


class Withdrawal(Body):
    """Why nobody is to get it."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


def routes(database: Database, *, clock: Callable[[], datetime]) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.get("/software", summary="Releases of the boxes' program")
    def list_software(_reader: Reader) -> SoftwareList:
        """List what was signed. The program is the same for the whole service."""
        with database.read() as session:
            found = software_releases(session)
        return SoftwareList(
            releases=[
                SoftwareReport(
                    version=each.version,
                    purpose=each.purpose,
                    published_at=each.published_at,
                    withdrawn=each.withdrawn,
                )
                for each in found
            ]
        )

    @router.post(
        "/software/{version}/withdraw", summary="Have nobody get a release", status_code=HTTPStatus.NO_CONTENT
    )
    def withdraw(version: Version, body: Withdrawal, who: Manager) -> None:
        """Halt every rollout of it and send its boxes back; it cannot be rolled out again.

        Its signature stays until who has the key withdraws that too: `gymbox cloud release withdraw`.
        """
        demand_whole_service(who)
        with told(), database.write() as session:
            withdraw_release(session, version, body.reason, by=who.label, now=clock())

    return router
