"""What the services refuse, as problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from sync.cloud.api.problem import Problem
from sync.cloud.operators.principal import Principal


@contextmanager
def told(*refusals: type[Exception]) -> Iterator[None]:
    """What is not there is 404; any of `refusals` is 409, in its own words."""
    try:
        yield
    except LookupError as error:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown", _sentence(error)) from error
    except refusals as error:
        raise Problem(HTTPStatus.CONFLICT, "refused", _sentence(error)) from error


def demand_whole_service(who: Principal) -> None:
    """Refuse what concerns others to who looks after one tenant's boxes.

    Raises:
        Problem: 409.
    """
    if who.tenant_id is not None:
        detail = "Only who looks after the whole service may do this."
        raise Problem(HTTPStatus.CONFLICT, "refused", detail)


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}." if text else "There is no such thing."
