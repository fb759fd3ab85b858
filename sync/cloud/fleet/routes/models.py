"""The registry of models, as it is."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from sync.cloud.api.problem import RESPONSES
from sync.cloud.database.database import Database
from sync.cloud.operators.access import Reader
from sync.cloud.operators.route import DeskRoute
from sync.cloud.registry import registry


class ModelReport(BaseModel):
    """A version of a model."""

    name: str
    version: str
    aliases: list[str]
    status: str
    created_at: datetime
    signed: bool


class ModelList(BaseModel):
    """The newest first."""

    models: list[ModelReport]


def routes(database: Database) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.get("/models", summary="The versions of models")
    def list_models(_reader: Reader) -> ModelList:
        """List every version that was trained. Models are trained for the whole service."""
        with database.read() as session:
            return ModelList(
                models=[
                    ModelReport(
                        name=model.name,
                        version=model.version,
                        aliases=list(registry.aliases(session, model)),
                        status=registry.status(model),
                        created_at=model.created_at,
                        signed="release.target" in registry.tags(session, model),
                    )
                    for model in registry.search_model_versions(session, None)
                ]
            )

    return router
