"""The box's HTTP API."""

from gateway.api.create import create_api
from gateway.api.services import ApiSettings, BoxServices

__all__ = ["ApiSettings", "BoxServices", "create_api"]
