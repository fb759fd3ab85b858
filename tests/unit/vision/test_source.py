"""What an address means, and that its password is never shown."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.source import (
    SourceFailedError,
    check_present,
    parse_endpoint,
    parse_source,
    redact_url,
)

SECRET = "hunter2"  # noqa: S105 - stands for one


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://admin:hunter2@10.0.0.5/live",
        "rtsp://admin:hunter2@10.0.0.5:554/live?channel=1",
        "RTSP://hunter2@cam",
        "rtsps://admin:hunter2@cam/x",
        "http://admin:hunter2@cam/video.mjpg",
        "rtsp://admin:p@hunter2@cam/live",
        "rtsp://admin:a/hunter2@cam/live",
        "rtsp://admin:a?hunter2#x@cam/live",
        "rtsp://cam/live?user=admin&password=hunter2&x=1",
        "rtsp://cam/live?user=admin&PWD=hunter2",
        "rtsp://cam/user=admin_password=hunter2_channel=1_stream=0.sdp",
        "rtsp://cam/live?token=hunter2",
        "cannot open 'rtsp://a:hunter2@b/c': refused; tried rtsp://a:hunter2@b/d too",
        'the URL "rtsp://a:hunter2@b/c" is wrong',
    ],
)
def test_a_password_is_blanked_out(text: str) -> None:
    shown = redact_url(text)
    assert SECRET not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://admin:x@10.0.0.5:554/live", "rtsp://***@10.0.0.5:554/live"),
        ("rtsp://cam/live?pwd=x&channel=2", "rtsp://cam/live?pwd=***&channel=2"),
        ("rtsp://cam/user=a_password=x_channel=1", "rtsp://cam/user=a_password=***_channel=1"),
        ("rtsp://cam:554/live", "rtsp://cam:554/live"),
        ("footage/athlete.mp4", "footage/athlete.mp4"),
        ("mail joe@example.org", "mail joe@example.org"),
        ("", ""),
    ],
)
def test_the_rest_stays_readable(text: str, shown: str) -> None:
    assert redact_url(text) == shown
    assert redact_url(shown) == shown


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'<>*"), min_size=6)


@given(secrets, st.sampled_from(["rtsp", "rtsps", "http"]), st.text("abc /=", max_size=8))
def test_no_password_survives_whatever_its_characters(secret: str, scheme: str, before: str) -> None:
    secret = f"Z{secret}Z"
    text = f"{before}{scheme}://joe:{secret}@cam.local:554/live"
    assert secret not in redact_url(text)
    assert redact_url(text).endswith("://***@cam.local:554/live")
    assert secret not in repr(parse_source(text.strip()))


@pytest.mark.parametrize(
    ("text", "kind", "address", "shown"),
    [
        ("0", "device", "0", "/dev/video0"),
        (" 2 ", "device", "2", "/dev/video2"),
        ("/dev/video3", "device", "3", "/dev/video3"),
        ("rtsp://u:p@cam/x", "network", "rtsp://u:p@cam/x", "rtsp://***@cam/x"),
        ("HTTP://cam/x.mjpg", "network", "HTTP://cam/x.mjpg", "HTTP://cam/x.mjpg"),
        ("clips/a.mp4", "file", "clips/a.mp4", "a.mp4"),
        ("file:///srv/a.mp4", "file", "/srv/a.mp4", "a.mp4"),
        ("1234.mp4", "file", "1234.mp4", "1234.mp4"),
    ],
)
def test_an_address_is_understood(text: str, kind: str, address: str, shown: str) -> None:
    source = parse_source(text)
    assert (source.kind, source.address, source.shown) == (kind, address, shown)
    assert source.is_live == (kind != "file")


def test_a_home_folder_is_expanded() -> None:
    assert parse_source("~/a.mp4").address == str(Path.home() / "a.mp4")


def test_only_plain_rtsp_can_be_probed() -> None:
    assert parse_source("rtsp://cam/x").is_rtsp
    assert parse_source("RTSP://cam/x").is_rtsp
    assert not parse_source("rtsps://cam/x").is_rtsp
    assert not parse_source("http://cam/x").is_rtsp
    assert not parse_source("rtsp.mp4").is_rtsp
    assert parse_source("RTSPS://cam/x").speaks_rtsp
    assert parse_source("rtsp://cam/x").speaks_rtsp
    assert not parse_source("http://cam/x").speaks_rtsp
    assert not parse_source("rtsp.mp4").speaks_rtsp


@pytest.mark.parametrize(
    ("url", "host", "port", "login", "bare"),
    [
        ("rtsp://cam/x", "cam", 554, ("", ""), "rtsp://cam/x"),
        ("rtsp://cam", "cam", 554, ("", ""), "rtsp://cam"),
        ("rtsp://joe:pw@cam:8554/x?y=1", "cam", 8554, ("joe", "pw"), "rtsp://cam:8554/x?y=1"),
        ("rtsp://joe:p%40w@cam/x", "cam", 554, ("joe", "p@w"), "rtsp://cam/x"),
        ("rtsp://joe:p@w@cam/x", "cam", 554, ("joe", "p@w"), "rtsp://cam/x"),
        ("rtsp://joe@cam/x", "cam", 554, ("joe", ""), "rtsp://cam/x"),
        ("rtsp://[fe80::1]:99/x", "fe80::1", 99, ("", ""), "rtsp://[fe80::1]:99/x"),
        ("rtsp://joe:a:b@cam/x", "cam", 554, ("joe", "a:b"), "rtsp://cam/x"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, login: tuple[str, str], bare: str) -> None:
    endpoint = parse_endpoint(url)
    assert (endpoint.host, endpoint.port) == (host, port)
    assert (endpoint.user, endpoint.password) == login
    assert endpoint.bare_url == bare
    assert str(endpoint) == f"{host}:{port}"


@pytest.mark.parametrize(
    "url",
    ["rtsp://", "rtsp:///x", "rtsp://cam:99999/x", "rtsp://cam:0/", "rtsp://joe:hunter2@:1/x", "rtsp://a b"],
)
def test_a_url_without_a_host_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SourceFailedError) as failure:
        parse_endpoint(url)
    assert failure.value.state == "unreachable"
    assert SECRET not in str(failure.value)


def test_a_password_with_a_slash_is_not_taken_for_a_host_and_shown() -> None:
    with pytest.raises(SourceFailedError) as failure:
        parse_endpoint("rtsp://joe:hunter2/x@cam/live")
    assert SECRET not in str(failure.value)


def test_an_endpoint_does_not_show_its_login() -> None:
    endpoint = parse_endpoint("rtsp://joesname:hunter2@cam/x")
    assert SECRET not in repr(endpoint)
    assert "joesname" not in repr(endpoint)


def test_a_failure_is_redacted_even_when_its_author_forgot() -> None:
    failure = SourceFailedError("unreachable", "no rtsp://joe:hunter2@cam/x")
    assert SECRET not in str(failure)
    assert SECRET not in failure.reason


def failure_of(text: str) -> SourceFailedError:
    with pytest.raises(SourceFailedError) as failure:
        check_present(parse_source(text))
    return failure.value


def test_what_is_plainly_not_there_is_said(tmp_path: Path) -> None:
    missing = failure_of(str(tmp_path / "none.mp4"))
    assert (missing.state, missing.reason) == (
        "unreachable",
        "none.mp4: no such file or directory",
    )
    folder = failure_of(str(tmp_path))
    assert folder.state == "no_video"
    assert "is a folder" in folder.reason
    (tmp_path / "empty.mp4").touch()
    assert failure_of(str(tmp_path / "empty.mp4")).reason.endswith("is empty")
    assert "/dev/video917" in failure_of("917").reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    locked = tmp_path / "locked.mp4"
    locked.write_bytes(b"x")
    locked.chmod(0)
    assert failure_of(str(locked)).state == "unauthorised"


def test_what_is_there_passes(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    check_present(parse_source(str(tmp_path / "a.mp4")))
    check_present(parse_source("rtsp://nowhere.invalid/x"))
