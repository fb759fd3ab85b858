import ssl
from pathlib import Path

import pytest

from sync.upload.credentials import CloudAddress, CredentialsUnusable
from tests.authority import Authority

URL = "https://cloud.example/base/"


@pytest.mark.parametrize(
    "url", ["http://cloud.example", "https://", "https://me:secret@cloud.example", "cloud"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(CredentialsUnusable, match="https://") as caught:
        CloudAddress(url)
    assert "secret" not in str(caught.value)


def test_a_key_needs_its_certificate(tmp_path: Path) -> None:
    with pytest.raises(CredentialsUnusable, match="belong together"):
        CloudAddress(URL, key=tmp_path / "key.pem")


def test_the_service_is_always_verified(tmp_path: Path) -> None:
    for ca in (None, Authority(tmp_path).certificate):
        context = CloudAddress(URL, ca=ca).tls()
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_root_has_no_slash_at_its_end() -> None:
    assert CloudAddress(URL).root == "https://cloud.example/base"


def test_the_boxes_own_certificate_is_loaded(tmp_path: Path) -> None:
    cert, key = Authority(tmp_path).issue("box-1")
    CloudAddress(URL, cert=cert, key=key).tls()


@pytest.mark.parametrize("what", ["missing", "empty", "not a key", "of another"])
def test_files_that_cannot_be_used_are_named(tmp_path: Path, what: str) -> None:
    authority = Authority(tmp_path)
    cert, key = authority.issue("box-1")
    if what == "missing":
        key.unlink()
    elif what == "of another":
        key = authority.issue("box-2")[1]
    else:
        key.write_text("" if what == "empty" else "-----BEGIN PRIVATE KEY-----\nMARKER\n")
    with pytest.raises(CredentialsUnusable, match=key.name) as caught:
        CloudAddress(URL, cert=cert, key=key).tls()
    assert "MARKER" not in str(caught.value)


def test_an_authority_that_is_no_certificate(tmp_path: Path) -> None:
    for ca in (tmp_path / "none.pem", tmp_path):
        with pytest.raises(CredentialsUnusable, match=r"\[cloud\] ca"):
            CloudAddress(URL, ca=ca).tls()


def test_the_token_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("ggt_abc\nand a remark\n")
    address = CloudAddress(URL, token_file=token)
    assert address.headers() == {"Authorization": "Bearer ggt_abc"}
    token.write_text("ggt_new\r\n")
    assert address.headers() == {"Authorization": "Bearer ggt_new"}, "read anew each time"
    assert CloudAddress(URL).headers() == {}


@pytest.mark.parametrize("text", [b"", b"\nggt_abc", b"two words", b"\xff\xfe", "tök".encode(), b"a\x07b"])
def test_a_file_without_a_token(tmp_path: Path, text: bytes) -> None:
    token = tmp_path / "token"
    token.write_bytes(text)
    with pytest.raises(CredentialsUnusable, match="holds no token") as caught:
        CloudAddress(URL, token_file=token).headers()
    assert "ggt_abc" not in str(caught.value)


def test_a_token_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CredentialsUnusable, match="cannot be read"):
        CloudAddress(URL, token_file=tmp_path / "none").headers()


def test_the_stamp_is_another_one_when_a_file_is(tmp_path: Path) -> None:
    token = tmp_path / "token"
    address = CloudAddress(URL, token_file=token)
    missing = address.stamp()
    token.write_text("ggt_abc")
    first = address.stamp()
    assert missing != first == address.stamp()
    coming = tmp_path / "coming"
    coming.write_text("ggt_new")
    coming.replace(token)
    assert address.stamp() != first
