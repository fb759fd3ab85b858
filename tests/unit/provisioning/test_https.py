import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning.fetch import SourceFailed, copy_verified
from provisioning.https import open_https
from provisioning.manifest import ModelFile

Download = Callable[..., bytes]


@pytest.fixture
def download(site: Any, tmp_path: Path, expected: ModelFile) -> Download:
    def go(path: str, *, stall_s: float = 5.0, total_s: float = 10.0, trusted: bool = True) -> bytes:
        with open_https(
            site.url + path,
            expected_size=expected.size,
            stall_timeout_s=stall_s,
            total_timeout_s=total_s,
            ca_file=site.ca_file if trusted else None,
        ) as stream:
            copy_verified(stream, tmp_path / "file", expected, lambda _: None)
        return (tmp_path / "file").read_bytes()

    return go


@pytest.fixture
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("path", ["/good", "/moved"])
def test_a_download_arrives(download: Download, content: bytes, path: str) -> None:
    assert download(path) == content


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "the server answers 404 Not Found"),
        ("/wrong", "wrong content: sha256 is"),
        ("/truncated", "truncated: it ended after 1000 of 768000 bytes"),
        ("/announced-short", "announces 1000 bytes, expected 768000"),
        ("/endless", "too long: more than the 768000 bytes"),
        ("/downgraded", "redirects to http://127.0.0.1:9/good, which is not https"),
    ],
)
def test_a_bad_answer_is_refused_with_its_reason(download: Download, path: str, reason: str) -> None:
    with pytest.raises(SourceFailed, match=reason):
        download(path)


@pytest.mark.usefixtures("nothing_left")
def test_an_unknown_certificate_is_refused(download: Download, site: Any) -> None:
    with pytest.raises(SourceFailed, match="certificate is not trusted"):
        download("/good", trusted=False)
    assert site.requests == []


@pytest.mark.usefixtures("nothing_left")
def test_silence_ends(download: Download) -> None:
    begun = time.monotonic()
    with pytest.raises(SourceFailed, match="stopped answering"):
        download("/stalled", stall_s=0.3)
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("nothing_left")
def test_a_trickle_ends(download: Download) -> None:
    """Each byte comes in time, so only the limit on the whole helps."""
    begun = time.monotonic()
    with pytest.raises(SourceFailed, match="took too long"):
        download("/trickle", stall_s=5, total_s=0.4)
    assert time.monotonic() - begun < 5


def open_and_close(url: str, *, stall_s: float = 1.0, ca_file: Path | None = None) -> None:
    with open_https(url, expected_size=1, stall_timeout_s=stall_s, total_timeout_s=5, ca_file=ca_file):
        pass


@pytest.mark.usefixtures("site")  # it clears the proxy settings
def test_no_server_at_all() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceFailed, match="no connection: Connection refused"):
        open_and_close(f"https://127.0.0.1:{port}/x")


@pytest.mark.usefixtures("site")
def test_a_server_that_never_speaks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/x"
        with pytest.raises(SourceFailed, match=r"no answer within 0\.2 s"):
            open_and_close(url, stall_s=0.2)


@pytest.mark.usefixtures("site")
def test_no_such_host() -> None:
    with pytest.raises(SourceFailed, match="no connection"):
        open_and_close("https://no-such-host.invalid/x")


def test_plain_http_is_not_even_tried() -> None:
    with pytest.raises(SourceFailed, match="only https"):
        open_and_close("http://127.0.0.1/x")


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="certificate authorities"):
        open_and_close("https://localhost/x", ca_file=tmp_path / "gone.pem")
