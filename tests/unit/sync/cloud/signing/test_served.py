"""A box that gets its model from the cloud service itself, as the box that it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sync.cloud.app import Cloud as Service
from sync.cloud.settings import load
from sync.releases.errors import CloudUnreachable
from tests.unit.sync.cloud.listening import listening
from tests.unit.sync.releases.signed_cloud import Box, Cloud


@pytest.fixture
def service(cloud: Cloud, sqlite_template: Path, tmp_path: Path) -> Iterator[Service]:
    shutil.copyfile(sqlite_template, tmp_path / "cloud.sqlite")
    places = {"REPOSITORY": str(cloud.folder), "ONLINE_KEYS": str(cloud.online)}
    environ = {f"GYMBOX_CLOUD_SIGNING__{name}": place for name, place in places.items()}
    service = Service(load(None, folder=tmp_path, environ=environ))
    yield service
    service.stop()


@pytest.fixture
def box(cloud: Cloud, service: Service, tmp_path: Path) -> Iterator[Box]:
    """A box before the service, which does not know it."""
    with listening(service) as root:
        cloud.url = f"{root}/releases"
        box = Box(cloud, tmp_path / "box")
        yield box
        box.close()


def test_a_box_that_is_known_gets_what_was_released(cloud: Cloud, service: Service, box: Box) -> None:
    published = cloud.release("1")
    token = service.gateways.add("box-1", gym_id="gym-1", tenant_id="tenant-1")
    box.http.headers = httpx.Headers({"Authorization": f"Bearer {token}"})
    assert box.install(published) == "1"
    second = cloud.release("2")
    assert box.install(second) == "2"
    service.gateways.revoke("box-1")
    with pytest.raises(CloudUnreachable, match="does not know this box"):
        box.install(cloud.release("3"))
    assert (box.version(), box.version_before()) == ("2", "1")


def test_a_stranger_gets_nothing(cloud: Cloud, box: Box) -> None:
    with pytest.raises(CloudUnreachable, match="give it a valid token"):
        box.install(cloud.release("1"))
    assert box.content() == {}
