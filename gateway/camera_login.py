"""How a camera is opened: its address, with the login that stands in a file put into it."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from gateway.broker_login import read_password

if TYPE_CHECKING:
    from gateway.config.sections.camera import CameraSection


def opened_by(camera: "CameraSection") -> str:
    """Return what opens a camera, for that and nothing else.

    Raises:
        PasswordFileError: the password file cannot be used.
    """
    address = camera.url.reveal()
    if camera.username is None:
        return address
    password = "" if camera.password_file is None else read_password(camera.password_file)
    return with_login(address, camera.username, password)


def with_login(address: str, username: str, password: str) -> str:
    """Return an address with a login: where `{username}` and `{password}` stand, else before the host."""
    username, password = quote(username, safe=""), quote(password, safe="")
    if "{password}" in address or "{username}" in address:
        return address.replace("{username}", username).replace("{password}", password)
    scheme, mark, rest = address.partition("://")
    return f"{scheme}{mark}{username}:{password}@{rest.rpartition('@')[2]}"
