"""EST over HTTPS: what an answer is, how long it may be, and what is said when none came."""

import email.utils
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.identity import messages
from provisioning.identity.client import EstClient, NotAnswered, Service, times_hold
from tests.authority import Authority

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Heard:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Cloud:
    """A service that says what the test has it say."""

    url: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"answer"
    heard: list[Heard] = field(default_factory=list)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def running(authority: Authority) -> Iterator[Cloud]:
    cloud = Cloud("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            cloud.heard.append(Heard(self.command, self.path, dict(self.headers.items()), body))
            self.send_response_only(cloud.status)
            for name, value in cloud.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(cloud.body)))
            self.end_headers()
            self.wfile.write(cloud.body)

        do_GET = do_POST = answer  # noqa: N815 - as the library has it

        def log_message(self, *_told: object) -> None:
            """Nobody reads it."""

    certificate, key = authority.issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, name="est", daemon=True)
    thread.start()
    cloud.url = f"https://127.0.0.1:{server.server_port}"
    yield cloud
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cloud(running: Cloud) -> Cloud:
    running.status, running.headers, running.body = 200, {}, b"answer"
    running.heard.clear()
    return running


def client(cloud: Cloud, ca: Path | None, **facts: object) -> EstClient:
    return EstClient(Service(cloud.url, ca, "gymbox/1", **facts))  # type: ignore[arg-type]


def test_each_question_goes_where_est_has_it(cloud: Cloud, authority: Authority) -> None:
    est = client(cloud, authority.certificate)
    identity = authority.folder / "identity.pem"
    certificate, key = authority.issue("box")
    identity.write_bytes(key.read_bytes() + certificate.read_bytes())
    answers = [
        est.ca_certs(),
        est.csr_attributes(),
        est.enroll(b"request", ("box", "secret")),
        est.reenroll(b"request", identity),
        est.myself(identity),
    ]
    assert {(each.status, each.body) for each in answers} == {(200, b"answer")}
    assert [(each.method, each.path) for each in cloud.heard] == [
        ("GET", "/.well-known/est/cacerts"),
        ("GET", "/.well-known/est/csrattrs"),
        ("POST", "/.well-known/est/simpleenroll"),
        ("POST", "/.well-known/est/simplereenroll"),
        ("GET", "/api/v1/identity"),
    ]
    first, renewal = cloud.heard[2], cloud.heard[3]
    assert messages.from_wire(first.body) == messages.from_wire(renewal.body) == b"request"
    assert first.headers["Content-Type"] == "application/pkcs10"
    assert first.headers["Authorization"].startswith("Basic ")
    assert "Authorization" not in renewal.headers
    assert {each.headers["User-Agent"] for each in cloud.heard} == {"gymbox/1"}


@pytest.mark.parametrize("status", [202, 301, 401, 503])
def test_a_refusal_is_an_answer_and_no_redirection_is_followed(
    cloud: Cloud, authority: Authority, status: int
) -> None:
    cloud.status, cloud.headers = status, {"Location": cloud.url + "/elsewhere"}
    assert client(cloud, authority.certificate).ca_certs().status == status
    assert len(cloud.heard) == 1


NOON_TEXT = email.utils.format_datetime(NOON, usegmt=True)
LATER_TEXT = email.utils.format_datetime(NOON + timedelta(seconds=90), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "server_time", "retry_after_s"),
    [
        ({}, None, None),
        ({"Date": NOON_TEXT}, NOON, None),
        ({"Date": "yesterday"}, None, None),
        ({"Retry-After": "120"}, None, 120.0),
        ({"Retry-After": " 120 "}, None, 120.0),
        ({"Retry-After": "9" * 40}, None, 999_999_999.0),
        ({"Retry-After": "-5"}, None, None),
        ({"Retry-After": "soon", "Date": NOON_TEXT}, NOON, None),
        ({"Retry-After": LATER_TEXT, "Date": NOON_TEXT}, NOON, 90.0),
        ({"Retry-After": LATER_TEXT}, None, None),
    ],
)
def test_times_of_the_service_are_taken_where_they_make_sense(
    cloud: Cloud,
    authority: Authority,
    headers: dict[str, str],
    server_time: datetime | None,
    retry_after_s: float | None,
) -> None:
    cloud.status, cloud.headers = 503, headers
    answer = client(cloud, authority.certificate).ca_certs()
    assert (answer.server_time, answer.retry_after_s) == (server_time, retry_after_s)


def test_an_answer_without_end_is_given_up(cloud: Cloud, authority: Authority) -> None:
    cloud.body = b"x" * (256 * 1024)
    assert len(client(cloud, authority.certificate).ca_certs().body) == 256 * 1024
    cloud.body += b"x"
    with pytest.raises(NotAnswered, match="no end; is this its address") as failed:
        client(cloud, authority.certificate).ca_certs()
    assert not failed.value.untrusted


def test_a_service_of_another_authority_is_not_believed(cloud: Cloud, tmp_path: Path) -> None:
    stranger = Authority(tmp_path)
    with pytest.raises(
        NotAnswered, match="check the authority that the box was given, and the clock"
    ) as failed:
        client(cloud, stranger.certificate).enroll(b"request", ("box", "secret"))
    assert failed.value.untrusted
    assert cloud.heard == [], "the secret was told to nobody"


def test_an_authority_that_cannot_be_read_is_told_by_its_path(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "broken.pem").write_text("nothing")
    for name in ("broken.pem", "absent.pem"):
        with pytest.raises(NotAnswered, match=f"{name} cannot be used as an authority") as failed:
            client(cloud, tmp_path / name).ca_certs()
        assert failed.value.untrusted


def test_who_is_not_there_is_told_so_and_is_no_question_of_trust(authority: Authority) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotAnswered, match="cannot be reached") as failed:
            client(Cloud(url), authority.certificate).ca_certs()
    assert not failed.value.untrusted


def test_a_wrong_clock_needs_to_be_told_whom_to_trust(cloud: Cloud) -> None:
    with pytest.raises(NotAnswered, match="was not told whom to trust; set the clock"):
        client(cloud, None, clock_is_wrong=True).ca_certs()
    assert cloud.heard == []


@pytest.mark.parametrize(("days", "holds"), [(0, True), (1, True), (3, False), (-3, False), (None, False)])
def test_with_a_wrong_clock_the_time_that_the_service_tells_decides(
    cloud: Cloud, authority: Authority, days: int | None, *, holds: bool
) -> None:
    if days is not None:
        at = datetime.now(UTC) + timedelta(days=days)
        cloud.headers = {"Date": email.utils.format_datetime(at, usegmt=True)}
    est = client(cloud, authority.certificate, clock_is_wrong=True)
    if holds:
        assert est.ca_certs().status == 200
        return
    with pytest.raises(NotAnswered, match="does not hold at the time that the service tells") as failed:
        est.ca_certs()
    assert failed.value.untrusted


@settings(max_examples=40)
@given(st.integers(-100, 200))
def test_a_certificate_holds_from_its_first_to_its_last_second(hours: int) -> None:
    begins, ends = NOON, NOON + timedelta(hours=100)
    form = "%b %d %H:%M:%S %Y GMT"
    told = {"notBefore": begins.strftime(form), "notAfter": ends.strftime(form)}
    at = NOON + timedelta(hours=hours)
    assert times_hold(told, at) == (begins <= at <= ends)
    assert not times_hold(told, None)
    assert not times_hold({}, at)
    assert not times_hold(None, at)
