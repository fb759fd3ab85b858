"""The authority in a folder: who can read what, what is renewed, and what is said of files that are wrong."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store

from provisioning.identity import messages
from sync.cloud.est import files
from sync.cloud.est.files import AuthorityTrouble, FileAuthority

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ca"
    files.create(made, name="Gym", hosts=["cloud.example", "192.0.2.7"], now=NOW)
    return made


def test_keys_are_for_their_owner_alone(folder: Path) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {
        "root.pem": 0o644,
        "root.key": 0o600,
        "issuing.pem": 0o644,
        "issuing.key": 0o600,
        "server.pem": 0o600,
    }
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_root_is_not_needed_to_sign(folder: Path) -> None:
    (folder / "root.key").unlink()
    key = ec.generate_private_key(ec.SECP256R1())
    request = messages.read_request(messages.to_wire(messages.make_request(key, "box")))
    authority = FileAuthority(folder)
    made, issuing = authority.issue(request, NOW)
    assert issuing == authority.issuing
    assert made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value == x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.CLIENT_AUTH]
    )


def test_a_strict_verifier_takes_server_and_box(folder: Path) -> None:
    """Of the library that follows RFC 5280 and the CA/Browser forum's rules to the letter."""
    authority = FileAuthority(folder)
    policy = PolicyBuilder().store(Store([authority.root])).time(NOW)
    server = x509.load_pem_x509_certificates((folder / "server.pem").read_bytes())
    for host in (x509.DNSName("cloud.example"), x509.IPAddress(ip_address("192.0.2.7"))):
        assert len(policy.build_server_verifier(host).verify(server[0], server[1:])) == 3
    key = ec.generate_private_key(ec.SECP256R1())
    request = messages.read_request(messages.to_wire(messages.make_request(key, "box")))
    leaf, issuing = authority.issue(request, NOW)
    verified = policy.build_client_verifier().verify(leaf, [issuing])
    assert verified.subjects == [x509.UniformResourceIdentifier("urn:gym:gateway:box")]


def test_the_services_own_certificate_is_renewed_in_time(folder: Path) -> None:
    authority = FileAuthority(folder)
    before = (folder / "server.pem").read_bytes()
    assert not authority.renew_server(NOW + timedelta(days=59))
    assert authority.renew_server(NOW + timedelta(days=61))
    after = (folder / "server.pem").read_bytes()
    old, new = (x509.load_pem_x509_certificate(each) for each in (before, after))
    assert new.not_valid_after_utc > old.not_valid_after_utc
    names = [
        each.extensions.get_extension_for_class(x509.SubjectAlternativeName).value for each in (old, new)
    ]
    assert names[0] == names[1]
    assert new.public_key() != old.public_key()
    assert not authority.renew_server(NOW + timedelta(days=61))


def test_without_a_server_certificate_nothing_is_renewed(folder: Path) -> None:
    (folder / "server.pem").unlink()
    authority = FileAuthority(folder)
    assert authority.server_file is None
    assert not authority.renew_server(NOW + timedelta(days=100))


def test_an_authority_is_made_once(folder: Path) -> None:
    before = (folder / "root.pem").read_bytes()
    with pytest.raises(AuthorityTrouble, match="already"):
        files.create(folder, name="Gym", hosts=["x"], now=NOW)
    assert (folder / "root.pem").read_bytes() == before


def test_what_was_cut_short_can_be_made_anew(folder: Path) -> None:
    (folder / "issuing.pem").unlink()  # written last
    assert not files.exists(folder)
    files.create(folder, name="Gym", hosts=["x"], now=NOW)
    FileAuthority(folder)


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("issuing.key", None, "cannot be read"),
        ("issuing.pem", None, "cannot be read"),
        ("root.pem", b"broken", "no certificate"),
        ("issuing.key", b"broken", "damaged"),
        ("issuing.key", pem(ec.generate_private_key(ec.SECP256R1())), "not the key of"),
        ("issuing.key", pem(ed25519.Ed25519PrivateKey.generate()), "no elliptic key"),
    ],
)
def test_files_that_are_wrong_are_named(folder: Path, name: str, content: bytes | None, said: str) -> None:
    path = folder / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(AuthorityTrouble, match=said):
        FileAuthority(folder)


def test_a_key_that_others_can_read_is_not_used(folder: Path) -> None:
    (folder / "issuing.key").chmod(0o640)
    with pytest.raises(AuthorityTrouble, match="chmod 600"):
        FileAuthority(folder)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca").write_text("in the way")
    with pytest.raises(AuthorityTrouble, match="ca"):
        files.create(tmp_path / "ca", name="Gym", hosts=["x"], now=NOW)
