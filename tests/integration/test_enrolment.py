"""Boxes enrol at a real service over real TLS: ours, and with nothing but openssl and curl."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.cloud.address import cloud_address
from gateway.config.sections.cloud import CloudSection
from gateway.enrolment.agent import create_enroller
from provisioning.identity.claim import read_claim
from provisioning.identity.client import EstClient, NotAnswered, Service
from provisioning.identity.enroller import Enroller
from provisioning.identity.folder import IdentityFolder
from provisioning.identity.judgement import renewal_at
from sync.upload import uploader
from sync.upload.clock import BUILT_AT
from tests.waiting import until

from .enrolling import RunningCloud
from .test_cloud_sync import running, train

IN_1970 = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    started = RunningCloud(tmp_path_factory.mktemp("cloud"))
    yield started
    started.stop()


def begun(folder: Path, cloud: RunningCloud, claim: str, *, ca: Path | None = None) -> IdentityFolder:
    """A box that was given a claim."""
    made, given = IdentityFolder(folder), read_claim(claim)
    with made.alone():
        made.begin(cloud.url, given.gateway_id, given.secret, ca_pem=(ca or cloud.root).read_bytes())
    return made


def enrolled(folder: Path, cloud: RunningCloud, box: str) -> IdentityFolder:
    made = begun(folder, cloud, cloud.claim(box))
    take_steps(create_enroller(made))
    assert made.current() is not None
    return made


def now() -> datetime:
    return datetime.now(UTC)


def take_steps(enroller: Enroller, wall: datetime | None = None) -> list[str | None]:
    """Everything that is due at once."""
    deeds: list[str | None] = []
    for _ in range(5):
        step = enroller.step(wall or now())
        deeds.append(step.deed)
        if step.wait_s != 0.0:
            break
    return deeds


def asks(folder: IdentityFolder, cloud: RunningCloud) -> int:
    """The status that the box gets with what it uses."""
    address = cloud_address(CloudSection(), folder)
    assert address is not None
    with httpx.Client(verify=address.tls(), headers=address.headers(), timeout=10) as client:
        return client.get(f"{cloud.url}/api/v1/identity").status_code


def test_a_claim_becomes_an_identity_and_the_claim_is_gone(cloud: RunningCloud, tmp_path: Path) -> None:
    folder = begun(tmp_path, cloud, cloud.claim("first"))
    assert take_steps(create_enroller(folder)) == [None, "enrolled", None]
    pair = folder.current()
    assert pair is not None
    assert (pair.gateway_id, pair.path.stat().st_mode & 0o777) == ("first", 0o600)
    assert sorted(path.name for path in folder.path.iterdir()) == ["ca.pem", "enrolment.json", "identity.pem"]
    enrolment = folder.enrolment()
    assert enrolment is not None
    assert enrolment.secret is None
    assert asks(folder, cloud) == 200


def test_who_waits_asks_with_the_same_key_until_an_operator_says_yes(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    folder = begun(tmp_path, cloud, cloud.claim("waiting", approval=True))
    enroller = create_enroller(folder)
    assert enroller.step(now()).deed == "waits"
    key = folder.request_fingerprint()
    again = create_enroller(folder)  # the power was cut
    step = again.step(now())
    assert (step.deed, step.wait_s) == (None, 30.0)
    assert [each.key_fingerprint for each in cloud.cloud.enrolments.pending()] == [key]
    cloud.cloud.enrolments.approve("waiting")
    assert take_steps(again) == [None, "enrolled", None]
    pair = folder.current()
    assert pair is not None
    assert pair.key_fingerprint == key


def test_a_certificate_is_renewed_in_time_and_the_old_one_kept_until_the_new_one_was_seen(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    folder = enrolled(tmp_path, cloud, "renewing")
    old = folder.current()
    assert old is not None
    due = renewal_at(old.certificate)
    assert timedelta(days=59) < due - now() < timedelta(days=64)
    enroller = create_enroller(folder)
    assert enroller.step(due - timedelta(hours=1)).wait_s == pytest.approx(3600, abs=1)
    assert enroller.step(due).wait_s == 0.0
    assert (folder.current(), folder.next() is None) == (old, False)
    assert enroller.step(due).deed == "renewed"
    new = folder.current()
    assert new is not None
    assert new.key_fingerprint != old.key_fingerprint
    assert asks(folder, cloud) == 200


def test_a_revoked_box_is_refused_in_the_handshake_and_renews_nothing(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    folder = enrolled(tmp_path, cloud, "thief")
    address = cloud_address(CloudSection(), folder)
    assert address is not None
    with httpx.Client(verify=address.tls(), timeout=10) as client:
        assert client.get(f"{cloud.url}/api/v1/identity").status_code == 200
        cloud.revoke("thief")
        assert client.get(f"{cloud.url}/api/v1/identity").status_code == 403  # a connection that was open
    with pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)):
        asks(folder, cloud)
    pair = folder.current()
    assert pair is not None
    step = create_enroller(folder).step(renewal_at(pair.certificate))
    assert step.wait_s is not None
    assert step.wait_s > 1
    assert folder.current() == pair
    take_back = begun(tmp_path, cloud, cloud.claim("thief"))
    assert "enrolled" in take_steps(create_enroller(take_back)) or take_back.next() is None
    assert asks(take_back, cloud) == 200


def test_a_service_that_does_not_lead_to_the_pin_gets_no_claim(cloud: RunningCloud, tmp_path: Path) -> None:
    """Error table: TLS server not under the pin."""
    other = tmp_path / "other"
    other.mkdir()
    stranger = RunningCloud(other)
    try:
        folder = begun(tmp_path / "box", stranger, cloud.claim("careful"), ca=cloud.root)
        for wall in (now(), IN_1970):
            step = create_enroller(folder).step(wall)
            assert "certificate does not hold" in step.reason
    finally:
        stranger.stop()
    enrolment = folder.enrolment()
    assert enrolment is not None
    assert enrolment.secret is not None
    assert folder.request_fingerprint() is None


def test_a_box_in_1970_enrols_by_the_time_of_the_service_it_is_pinned_to(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    """Error table: clock wrong."""
    folder = begun(tmp_path, cloud, cloud.claim("late"))
    enroller = create_enroller(folder)
    assert take_steps(enroller, IN_1970) == [None, "enrolled", None]
    step = enroller.step(IN_1970)  # does not judge when it ends
    assert "clock" in step.reason
    behind = now() - timedelta(days=2)  # after the program was made, before the certificate
    assert behind > BUILT_AT
    assert "clock" in enroller.step(behind).reason
    assert enroller.step(now()).reason == ""


def test_in_1970_nobody_is_trusted_whom_the_system_trusts_at_another_time(cloud: RunningCloud) -> None:
    client = EstClient(Service(cloud.url, None, "test", clock_is_wrong=True))
    with pytest.raises(NotAnswered, match="set the clock"):
        client.ca_certs()


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="no openssl, no curl")
def test_openssl_and_curl_alone_enrol_a_box(cloud: RunningCloud, tmp_path: Path) -> None:
    """RFC 7030 with the tools of any Unix: cacerts, simpleenroll, a request with the certificate, renewal."""
    script = """
    set -e
    est="$URL/.well-known/est"
    curl -fsS --cacert "$ROOT" "$est/cacerts" | openssl base64 -d -A | \\
        openssl pkcs7 -inform DER -print_certs > ca.pem
    grep -q 'Gym root' ca.pem
    openssl ecparam -name prime256v1 -genkey -noout -out key.pem
    openssl req -new -key key.pem -subj "/CN=curled" \\
        -addext "subjectAltName=URI:urn:gym:gateway:curled" -outform DER | openssl base64 -A > csr.b64
    curl -fsS --cacert "$ROOT" -u "$CLAIM" -H 'Content-Type: application/pkcs10' \\
        --data-binary @csr.b64 "$est/simpleenroll" | openssl base64 -d -A | \\
        openssl pkcs7 -inform DER -print_certs > cert.pem
    openssl verify -CAfile "$ROOT" -untrusted ca.pem -purpose sslclient cert.pem
    curl -fsS --cacert "$ROOT" --cert cert.pem --key key.pem "$URL/api/v1/identity"
    openssl ecparam -name prime256v1 -genkey -noout -out key2.pem
    openssl req -new -key key2.pem -subj "/CN=curled" \\
        -addext "subjectAltName=URI:urn:gym:gateway:curled" -outform DER | openssl base64 > csr2.b64
    curl -fsS --cacert "$ROOT" --cert cert.pem --key key.pem -H 'Content-Type: application/pkcs10' \\
        --data-binary @csr2.b64 "$est/simplereenroll" | openssl base64 -d -A | \\
        openssl pkcs7 -inform DER -print_certs > cert2.pem
    curl -fsS --cacert "$ROOT" "$URL/api/v1/crl" | openssl crl -inform DER -noout -issuer >&2
    curl -fsS --cacert "$ROOT" --cert cert2.pem --key key2.pem "$URL/api/v1/identity"
    """
    environ = {
        "URL": cloud.url,
        "ROOT": str(cloud.root),
        "CLAIM": cloud.claim("curled"),
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    me = '{"gateway_id":"curled","gym_id":"gym","tenant_id":"tenant"}'
    assert done.stdout.count(me) == 2


def test_the_command_enrols_a_box(cloud: RunningCloud, tmp_path: Path) -> None:
    command = ["enrol", "--url", cloud.url, "--ca", str(cloud.root), "--data-dir", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, [*command, "--claim", cloud.claim("typed")])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["state"], told["gateway_id"], told["url"]) == ("enrolled", "typed", cloud.url)
    assert asks(IdentityFolder(tmp_path), cloud) == 200
    waits = CliRunner().invoke(app, [*command, "--no-wait", "--claim", cloud.claim("typed-2", approval=True)])
    told = json.loads(waits.stdout)
    assert (waits.exit_code, told["state"], told["waiting"]) == (0, "pending", True)
    assert told["fingerprint"] in waits.stderr
    assert asks(IdentityFolder(tmp_path), cloud) == 200  # what it was goes on
    cloud.cloud.enrolments.reject("typed-2")
    refused = create_enroller(IdentityFolder(tmp_path)).step(now())
    assert refused.deed == "refused"


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"--claim": "no-colon"}, 2, "ID:SECRET"),
        ({"--url": "http://cloud"}, 2, "https://"),
        ({"--ca": "missing.pem"}, 2, "cannot be read"),
    ],
)
def test_the_command_says_what_is_wrong(
    cloud: RunningCloud, tmp_path: Path, changed: dict[str, str], status: int, said: str
) -> None:
    options = {"--url": cloud.url, "--claim": "box:secret", "--ca": str(cloud.root), **changed}
    words = [word for option in options.items() for word in option]
    done = CliRunner().invoke(app, ["enrol", "--data-dir", str(tmp_path), *words])
    assert done.exit_code == status
    assert said in done.stderr
    assert not (tmp_path / "identity").exists()


def test_one_service_passes_requests_on_to_another(cloud: RunningCloud, tmp_path: Path) -> None:
    """A registration authority in front of an EST authority that is not its own."""
    credentials = tmp_path / "login"
    credentials.write_text(cloud.claim("passed-on"))
    (tmp_path / "front").mkdir()
    front = RunningCloud(
        tmp_path / "front",
        IDENTITY__EST_URL=cloud.url,
        IDENTITY__EST_CA=str(cloud.root),
        IDENTITY__EST_CREDENTIALS=str(credentials),
        SERVICE__CERT=str(tmp_path / "front/ca/server.pem"),
        SERVICE__KEY=str(tmp_path / "front/ca/server.pem"),
        SERVICE__CLIENT_CA=str(cloud.root),
    )
    try:
        folder = begun(tmp_path / "box", front, front.claim("passed-on"))
        assert "enrolled" in take_steps(create_enroller(folder))
        pair = folder.current()
        assert pair is not None
        assert pair.certificate.issuer.rfc4514_string() == "CN=Gym issuing,O=Gym"
        (listed,) = front.cloud.enrolments.certificates("passed-on")
        assert int(listed.serial, 16) == pair.certificate.serial_number
        assert asks(folder, front) == 200
    finally:
        front.stop()


async def test_a_running_box_enrols_sends_is_sent_away_and_comes_back(
    cloud: RunningCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is configured and nothing restarts: claim and address come over the box's own API."""
    monkeypatch.setattr(uploader, "IDLE_S", 0.2)
    asked = {"url": cloud.url, "ca": cloud.root.read_text()}
    async with running(tmp_path, {"upload": "all"}) as (box, client):
        await train(client)
        assert box.cloud.state.level == "off"
        body = {**asked, "claim": cloud.claim("whole")}
        assert (await client.post("/identity/enrol", json=body)).status_code == 202
        await until(lambda: box.cloud.counts.acknowledged == 1)
        told = (await client.get("/identity")).json()
        assert (told["state"], told["gateway_id"], told["waiting"]) == ("enrolled", "whole", False)
        part = box.health.get("identity")
        assert part is not None
        assert part.state == "ok"
        await asyncio.to_thread(cloud.revoke, "whole")
        await train(client)
        await until(lambda: box.cloud.state.level == "degraded")
        body = {**asked, "claim": await asyncio.to_thread(cloud.claim, "whole")}
        assert (await client.post("/identity/enrol", json=body)).status_code == 202
        await until(lambda: box.cloud.counts.acknowledged == 2)
        outcomes = [each["outcome"] for each in (await client.get("/events?kind=identity")).json()["events"]]
    assert sorted(outcomes) == ["claimed", "claimed", "enrolled", "renewed"]
