"""Identity put together from the settings: what is said of files that are wrong."""

import shutil
from pathlib import Path

import pytest

from sync.cloud.database.database import Database
from sync.cloud.est.service import Identities
from sync.cloud.gateways import Gateways
from sync.cloud.settings import CloudSettings, CloudSettingsError, load
from tests.unit.sync.cloud.est.conftest import Service


def settings(folder: Path, **changes: str) -> CloudSettings:
    environ = {f"GYMBOX_CLOUD_{name}": value for name, value in changes.items()}
    return load(None, folder=folder, environ=environ)


def identities(folder: Path, **changes: str) -> Identities:
    """Nothing is asked of the database yet."""
    found = settings(folder, **changes)
    database = Database(found.database.address())
    return Identities(database, Gateways(database), service=found.service, identity=found.identity)


def test_without_an_authority_a_proxy_speaks_tls(tmp_path: Path) -> None:
    assert identities(tmp_path).tls is None


def test_an_authority_brings_tls_with_it(tmp_path: Path, authority_folder: Path) -> None:
    shutil.copytree(authority_folder, tmp_path / "ca")
    assert identities(tmp_path).tls is not None
    (tmp_path / "ca" / "server.pem").unlink()
    assert identities(tmp_path).tls is None


def test_the_settings_certificate_goes_first(tmp_path: Path, authority_folder: Path) -> None:
    shutil.copytree(authority_folder, tmp_path / "ca")
    named = {"SERVICE__CERT": "none.pem", "SERVICE__KEY": "none.key"}
    with pytest.raises(CloudSettingsError, match=r"none\.pem"):
        identities(tmp_path, **named)


@pytest.mark.parametrize(
    ("changes", "files", "said"),
    [
        ({"IDENTITY__EST_URL": "https://est"}, {}, "needs est_credentials"),
        (
            {"IDENTITY__EST_URL": "https://est", "IDENTITY__EST_CREDENTIALS": "login"},
            {},
            "est_credentials: .*login cannot be read",
        ),
        (
            {"IDENTITY__EST_URL": "https://est", "IDENTITY__EST_CREDENTIALS": "login"},
            {"login": ""},
            "no user:password",
        ),
        ({"IDENTITY__FACTORY_CA": "factory.pem"}, {}, "factory_ca: .* cannot be read"),
        ({"IDENTITY__FACTORY_CA": "factory.pem"}, {"factory.pem": "x"}, "is no certificate"),
        ({}, {"ca/issuing.pem": "x"}, r"identity\.ca: .*root\.pem cannot be read"),
        ({"IDENTITY__EST_URL": "http://est"}, {}, "EST_URL: must start with https://"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, changes: dict[str, str], files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    with pytest.raises(CloudSettingsError, match=said):
        identities(tmp_path, **changes)


def test_the_services_own_certificate_is_renewed_while_it_runs(service: Service, tmp_path: Path) -> None:
    server = tmp_path / "ca" / "server.pem"
    before = server.read_bytes()
    service.cloud.identities.look()
    assert server.read_bytes() == before
    service.wait(days=65)
    service.cloud.identities.look()
    assert server.read_bytes() != before
