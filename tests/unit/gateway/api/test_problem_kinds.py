"""What the box's errors mean to a client: every one has a kind, and kinds are told apart."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from gateway.api.problem_kinds import KINDS, REFUSALS, TELLS
from gateway.reconfiguration.configuration import ConfigRefused
from gateway.store.store import StoreBroken, StoreInUse


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    """A class and all that were made of it."""
    yield kind
    for each in kind.__subclasses__():
        yield from below(each)


TOLD = sorted({each for kind in TELLS for each in below(kind)}, key=lambda each: each.__qualname__)
ABSTRACT = {each for each in TELLS if each not in KINDS}


@pytest.mark.parametrize("error", TOLD, ids=lambda error: error.__name__)
def test_every_error_that_is_told_has_a_kind(error: type[Exception]) -> None:
    kinds = [KINDS[each] for each in error.__mro__ if each in KINDS]
    assert kinds or (error in ABSTRACT and error.__subclasses__()), (
        "only what is never raised itself has none"
    )


@pytest.mark.parametrize("error", KINDS, ids=lambda error: error.__name__)
def test_every_kind_is_reached_and_is_an_error_to_the_client(error: type[Exception]) -> None:
    kind = KINDS[error]
    assert kind.status >= HTTPStatus.BAD_REQUEST
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.slug)
    assert kind.detail is None or kind.detail.endswith(".")
    assert set(kind.headers) <= {"Retry-After"}
    assert all(text.isdigit() and int(text) > 0 for text in kind.headers.values())


def test_no_two_errors_share_a_kind() -> None:
    slugs = [kind.slug for kind in KINDS.values()] + [slug for _, slug in REFUSALS.values()]
    assert len(set(slugs)) == len(slugs)


def test_who_is_told_to_come_later_is_told_when() -> None:
    for kind in KINDS.values():
        if kind.headers:
            assert kind.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)


def test_a_full_disk_is_not_a_busy_one() -> None:
    told = {error.__name__: KINDS[error].status for error in KINDS if error.__name__.startswith("Store")}
    assert told == {
        "StoreFull": HTTPStatus.INSUFFICIENT_STORAGE,
        "StoreReadOnly": HTTPStatus.INSUFFICIENT_STORAGE,
        "StoreBusy": HTTPStatus.SERVICE_UNAVAILABLE,
        "StoreError": HTTPStatus.SERVICE_UNAVAILABLE,
    }
    for error in (StoreBroken, StoreInUse):  # by their ancestor
        assert next(KINDS[each].slug for each in error.__mro__ if each in KINDS) == "store-unavailable"


def test_every_refusal_of_a_configuration_is_answered_as_what_it_is() -> None:
    # Looked up by the class itself: one that is made of another needs a line of its own.
    assert set(below(ConfigRefused)) == set(REFUSALS)
