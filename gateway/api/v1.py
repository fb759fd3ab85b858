"""What all routes under `/api/v1` have in common."""

from fastapi import APIRouter

from gateway.api.problem import RESPONSES


def v1_router(tag: str, prefix: str = "") -> APIRouter:
    """Make the router of one part: it knows its whole place, and is included in no other.

    What is included FastAPI works out once more, at the first request.
    """
    return APIRouter(prefix=f"/api/v1{prefix}", tags=[tag], responses=RESPONSES)
