"""`/api/v1/federated`: the round that a box is invited to, and its answer."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from sync.cloud.api.body import read_body
from sync.cloud.api.identity import Caller
from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.federated.round import AnsweredOtherwise, RoundClosed, RoundUnknown
from sync.cloud.federated.rounds import Rounds
from sync.federated.array_record import MOST_BYTES, FederatedRefused
from sync.federated.messages import Round, Update

_JSON = "application/json"


def routes(rounds: Rounds) -> APIRouter:
    """Return both routes."""
    router = APIRouter(prefix="/api/v1/federated", tags=["federated"], responses=RESPONSES)

    @router.get(
        "/rounds/current",
        summary="The round that this gateway is invited to",
        response_class=Response,
        responses={200: {"model": Round}, 204: {"description": "None, or it has been answered."}},
    )
    def get_current(caller: Caller) -> Response:
        """Return the start model, how to learn, and until when; 204 when there is nothing to do."""
        offer = rounds.current(caller.gateway_id)
        status = HTTPStatus.NO_CONTENT if offer is None else HTTPStatus.OK
        headers = {"Cache-Control": "no-store"}
        return Response(offer, status, headers=headers, media_type=None if offer is None else _JSON)

    @router.post(
        "/rounds/{round_id}/updates",
        summary="What this gateway has learned, once",
        status_code=HTTPStatus.CREATED,
        response_class=Response,
        responses={200: {"description": "The same has been sent before."}},
        openapi_extra={
            "requestBody": {"required": True, "content": {_JSON: {"schema": Update.model_json_schema()}}}
        },
    )
    async def post_update(round_id: str, request: Request, caller: Caller) -> Response:
        """Take a clipped and blurred update; 409 when others were sent before, 410 when the round is over."""
        body = await read_body(request, most_bytes=MOST_BYTES, what="update")
        try:
            found = await run_in_threadpool(rounds.take, caller.gateway_id, round_id, body)
        except RoundUnknown as error:
            raise Problem(HTTPStatus.NOT_FOUND, "round-unknown", f"{error}.") from error
        except RoundClosed as error:
            raise Problem(HTTPStatus.GONE, "round-over", f"{error}.") from error
        except AnsweredOtherwise as error:
            raise Problem(HTTPStatus.CONFLICT, "answered-otherwise", f"{error}.") from error
        except FederatedRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "update-refused", f"{error}.") from error
        return Response(status_code=HTTPStatus.CREATED if found == "taken" else HTTPStatus.OK)

    return router
