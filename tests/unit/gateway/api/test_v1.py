"""What all routes under `/api/v1` have in common."""

from fastapi.routing import APIRoute

from gateway.api.create import routes_of_v1
from gateway.api.problem import RESPONSES


def test_every_route_lies_there_by_itself_and_says_what_its_errors_look_like() -> None:
    routes = routes_of_v1()
    assert len(routes) > 50
    for route in routes:
        assert isinstance(route, APIRoute), "a router that is included is worked out once more"
        assert route.path.startswith("/api/v1/")
        assert RESPONSES.items() <= route.responses.items()
        assert len(route.tags) == 1
