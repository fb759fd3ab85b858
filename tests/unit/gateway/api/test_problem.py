"""Errors as problems: every error of the box has its answer, and none tells how the box looks inside."""

import inspect
import json
import logging
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from gateway import adoption
from gateway.api import problem, problem_kinds
from gateway.api.problem import MEDIA_TYPE, FieldFault, Problem, install, problem_response
from gateway.members import members
from gateway.sessions import admission, service
from gateway.store import file, store

BASES = (admission.SessionError, adoption.AdoptionError)
ERRORS = sorted(
    {
        each
        for module in (adoption, admission, service, members, store, file)
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, problem_kinds.TELLS) and each not in BASES
    },
    key=lambda each: each.__name__,
)


async def answer_to(error: Exception) -> httpx.Response:
    app = FastAPI()
    install(app)

    @app.get("/it")
    async def it() -> None:
        raise error

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        return await client.get("/it")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
async def test_every_error_of_the_box_is_its_own_problem(kind: type[Exception]) -> None:
    answer = await answer_to(kind("Do this."))
    document = answer.json()
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["cache-control"] == "no-store"
    assert 400 <= answer.status_code == document["status"] <= 507
    assert answer.status_code != HTTPStatus.INTERNAL_SERVER_ERROR
    assert document["type"].startswith("urn:gymbox:problem:")
    assert document["detail"], "a person reads what to do"
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        assert int(answer.headers["retry-after"]) > 0


def test_the_errors_were_found() -> None:
    assert {"StationBusy", "StoreFull", "StoreBusy", "MemberUnknown", "MemberTraining"} <= {
        each.__name__ for each in ERRORS
    }
    slugs = [kind.slug for kind in problem_kinds.KINDS.values()]
    assert len(slugs) == len(set(slugs)), "a program can tell them apart"


async def test_what_nobody_expected_tells_nothing_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await answer_to(RuntimeError("/home/gym/key is 0x123"))
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:gymbox:problem:internal")
    assert "key" not in answer.text
    assert any(record.exc_info for record in caplog.records)


async def test_a_problem_keeps_its_headers() -> None:
    answer = await answer_to(
        Problem(HTTPStatus.TOO_MANY_REQUESTS, "slow-down", "Wait.", {"Retry-After": "7"})
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


@given(
    status=st.sampled_from([each for each in HTTPStatus if each >= 400]),
    slug=st.text(min_size=1, max_size=20),
    detail=st.none() | st.text(),
    errors=st.none() | st.lists(st.builds(FieldFault), max_size=3),
)
def test_a_document_says_what_it_was_given_and_leaves_out_what_it_was_not(
    status: HTTPStatus, slug: str, detail: str | None, errors: list[FieldFault] | None
) -> None:
    answer = problem_response(status, slug, detail, errors=errors)
    document: dict[str, Any] = json.loads(bytes(answer.body))
    assert document.pop("type") == f"urn:gymbox:problem:{slug}"
    assert (document.pop("status"), document.pop("title")) == (status.value, status.phrase)
    assert document.pop("detail", None) == detail
    faults = None if errors is None else [each.model_dump() for each in errors]
    assert document.pop("errors", None) == faults
    assert document == {}


@pytest.mark.parametrize(
    ("location", "name"),
    [
        (("body", "rpe"), "rpe"),
        (("body", "sets", 0, "reps"), "sets.0.reps"),
        (("body",), "body"),
        ((3,), "3"),
    ],
)
def test_a_field_is_named_as_it_was_written(location: tuple[int | str, ...], name: str) -> None:
    assert problem._field(location) == name
