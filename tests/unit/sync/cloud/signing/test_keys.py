from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Role

from sync.cloud.signing.keys import Keys, KeyTrouble, load_keys, make_key
from tests.unit.sync.releases.signed_cloud import Cloud


def test_a_key_is_its_owners_alone_and_says_which_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "keys"
    signer = make_key(folder, "models")
    (path,) = folder.iterdir()
    assert path.name == f"models.{signer.public_key.keyid[:8]}.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_key_signs_the_same_after_it_was_read_back(tmp_path: Path) -> None:
    made = make_key(tmp_path, "models")
    (read,) = load_keys(tmp_path).signers.values()
    read.public_key.verify_signature(made.sign(b"so it is"), b"so it is")
    assert made.sign(b"so it is").to_dict() == read.sign(b"so it is").to_dict()


def test_offline_and_online_keys_lie_apart(cloud: Cloud) -> None:
    assert _roles(cloud.offline) == ["root", "root", "root", "software", "targets"]
    assert _roles(cloud.online) == ["config", "models", "plans", "snapshot", "timestamp"]
    served = {path for path in cloud.folder.rglob("*") if path.is_file()}
    secrets = [path.read_text() for path in (*cloud.offline.iterdir(), *cloud.online.iterdir())]
    assert not any(secret in path.read_text() for secret in secrets for path in served)


def test_releases_signed_by_hand_leave_the_service_no_key_for_them(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, by_hand=True)
    assert _roles(cloud.online) == ["snapshot", "timestamp"]


def _roles(folder: Path) -> list[str]:
    return sorted(path.name.split(".")[0] for path in folder.iterdir())


def test_keys_are_counted_for_a_role() -> None:
    three = [CryptoSigner.generate_ed25519() for _ in range(3)]
    keys = Keys({}).plus(three[:2])
    ids = [signer.public_key.keyid for signer in three]
    assert keys.of(Role(ids, 2)) == tuple(three[:2])
    assert keys.suffice(Role(ids, 2))
    assert not keys.suffice(Role(ids, 3))
    assert not Keys({}).suffice(Role(ids, 1))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o777])
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path, "models")
    (path,) = tmp_path.iterdir()
    path.chmod(mode)
    with pytest.raises(KeyTrouble, match=f"chmod 600 {path}"):
        load_keys(tmp_path)


def _locked() -> bytes:
    """A key that nobody can use without its password."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


@pytest.mark.parametrize("content", [b"", b"rubbish", _locked()], ids=["empty", "rubbish", "locked"])
def test_what_is_no_key_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "models.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyTrouble, match=r"models\.pem is damaged, locked, or no key"):
        load_keys(tmp_path)


def test_a_folder_without_keys_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match="gymbox cloud keys make"):
        load_keys(tmp_path)
    assert load_keys().signers == {}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyTrouble, match="cannot be written"):
        make_key(tmp_path / "file" / "keys", "models")
