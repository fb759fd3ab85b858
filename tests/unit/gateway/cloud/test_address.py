from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.cloud.address import cloud_address
from gateway.config.sections.cloud import CloudSection
from provisioning.identity.folder import IdentityFolder
from sync.upload.credentials import CredentialsUnusable
from tests.unit.provisioning.identity.test_enroller import Box


def test_no_cloud_no_address() -> None:
    assert cloud_address(CloudSection()) is None


def test_everything_that_is_configured_is_handed_on(tmp_path: Path) -> None:
    files: dict[str, Any] = {name: tmp_path / name for name in ("ca", "cert", "key", "token_file")}
    address = cloud_address(CloudSection(url="https://cloud.example/", **files))
    assert address is not None
    assert address.root == "https://cloud.example"
    assert {name: getattr(address, name) for name in files} == files


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ({"cert": "c.pem"}, "cert and key belong together"),
        ({"url": "http://cloud.example"}, "https://"),
        ({"max_kbit_s": 0}, "greater than or equal to 8"),
    ],
)
def test_mistakes_are_told(section: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        CloudSection.model_validate(section)


def enrolled(folder: Path) -> IdentityFolder:
    """A box that is enrolled at https://cloud."""
    box = Box(IdentityFolder(folder))
    box.enrol()
    return box.folder


def test_an_enrolment_says_what_the_configuration_does_not(tmp_path: Path) -> None:
    folder = enrolled(tmp_path)
    for section in (CloudSection(), CloudSection(url="https://cloud")):
        address = cloud_address(section, folder)
        assert address is not None
        own = folder.path / "identity.pem"
        assert (address.url, address.cert, address.key) == ("https://cloud", own, own)
        assert address.ca == folder.path / "ca.pem"


def test_what_the_configuration_says_goes_first(tmp_path: Path) -> None:
    folder, token = enrolled(tmp_path), tmp_path / "token"
    moved = cloud_address(CloudSection(url="https://moved"), folder)
    by_token = cloud_address(CloudSection(url="https://cloud", token_file=token), folder)
    assert moved is not None
    assert by_token is not None
    assert (moved.url, moved.cert) == ("https://moved", folder.path / "identity.pem")
    assert (by_token.cert, by_token.token_file) == (None, token)


def test_before_the_certificate_comes_there_is_none(tmp_path: Path) -> None:
    folder = IdentityFolder(tmp_path)
    assert cloud_address(CloudSection(), folder) is None
    with folder.alone():
        folder.begin("https://cloud", "box", "secret", ca_pem=None)
    address = cloud_address(CloudSection(), folder)
    assert address is not None
    assert (address.url, address.ca, address.cert) == ("https://cloud", None, None)


def test_a_broken_enrolment_is_told_and_a_token_goes_on(tmp_path: Path) -> None:
    folder, token = enrolled(tmp_path), tmp_path / "token"
    (folder.path / "enrolment.json").write_text("{")
    with pytest.raises(CredentialsUnusable, match=r"enrolment\.json"):
        cloud_address(CloudSection(), folder)
    assert cloud_address(CloudSection(url="https://cloud", token_file=token), folder) is not None
