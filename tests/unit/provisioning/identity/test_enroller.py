"""What a box does step by step, with every answer that a service can give, in every order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.identity.enroller import Enroller, Step
from provisioning.identity.folder import IdentityBroken, IdentityFolder
from provisioning.identity.judgement import MOST_WRONG, renewal_at
from provisioning.identity.status import status_of
from tests.unit.provisioning.identity.scripted import SILENCE, UNTRUSTED, Said, Scripted

BUILT_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Box:
    """A box with a folder, and the service that it speaks to."""

    folder: IdentityFolder
    service: Scripted = field(default_factory=Scripted)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.enroller = Enroller(
            self.folder, agent="test", built_at=BUILT_AT, random=lambda: 0.5, connect=self.service.connect
        )

    def claim(self, secret: str | None = None) -> None:
        with self.folder.alone():
            self.folder.begin("https://cloud", "box", secret or "abcd", ca_pem=b"pin")

    def step(self, says: Said = 200, *, knows: Said = 200, wall: datetime | None = None) -> Step:
        self.service.says, self.service.knows = says, knows
        return self.enroller.step(wall or self.service.now)

    def enrol(self) -> None:
        self.claim()
        assert [self.step().deed for _ in range(2)] == [None, "enrolled"]

    def come_to_renewal(self) -> None:
        pair = self.folder.current()
        assert pair is not None
        self.service.now = renewal_at(pair.certificate)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(IdentityFolder(tmp_path))


def test_without_a_claim_there_is_nothing_to_do(box: Box) -> None:
    assert box.step() == Step(None)
    assert (box.service.asked, status_of(box.folder).state) == ([], "none")


def test_a_claim_is_used_once(box: Box) -> None:
    box.enrol()
    status = status_of(box.folder)
    assert (status.state, status.gateway_id, status.url) == ("enrolled", "box", "https://cloud")
    assert box.service.logins == [("box", "abcd")]
    assert box.step().wait_s == 86_400.0


def test_a_wrong_claim_is_shown_five_times_and_no_more(box: Box) -> None:
    """Error table: no credential, bad claim, replay."""
    box.claim()
    steps = []
    for _ in range(MOST_WRONG + 2):
        steps.append(box.step(401))
        box.restart()
    assert [each.deed for each in steps] == [None] * (MOST_WRONG - 1) + ["refused", None, None]
    assert len(box.service.asked) == MOST_WRONG
    status = status_of(box.folder)
    assert (status.state, status.reason) == ("refused", "told")
    box.claim("another")
    assert [box.step().deed for _ in range(2)] == [None, "enrolled"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 415])
def test_what_will_not_work_is_asked_once(box: Box, status: int) -> None:
    """Error table: CSR CN, tenant disabled, wrong content type, bad request: an alarm, no storm."""
    box.claim()
    assert box.step(status).deed == "refused"
    assert [box.step().wait_s for _ in range(3)] == [None] * 3
    assert len(box.service.asked) == 1


def test_who_waits_keeps_key_and_request(box: Box) -> None:
    """Error table: waiting for an operator."""
    box.claim()
    deeds = []
    for says in (202, 503, 202, SILENCE, 202):
        deeds.append(box.step(says).deed)
        box.restart()
    assert deeds == ["waits", None, None, None, None]
    assert len(set(box.service.keys)) == 1
    status = status_of(box.folder)
    assert (status.waiting, status.fingerprint) == (True, box.service.keys[0])
    box.step()
    assert box.service.keys[-1] == box.service.keys[0]


@pytest.mark.parametrize("says", [202, SILENCE, 403])
def test_the_same_claim_given_again_goes_on_with_its_key(box: Box, says: Said) -> None:
    """A person who types the command once more, after an operator approved or took the tenant back."""
    box.claim()
    box.step(202)
    box.step(says)
    box.claim()
    assert [box.step().deed for _ in range(2)] == [None, "enrolled"]
    assert len(set(box.service.keys)) == 1
    box.claim()  # and once more when all is done
    assert (box.step().wait_s, status_of(box.folder).state) == (86_400.0, "enrolled")
    assert len(box.service.logins) == len(box.service.asked)


def test_another_claim_takes_another_key(box: Box) -> None:
    box.claim()
    box.step(202)
    box.claim("another")
    box.step(202)
    assert len(set(box.service.keys)) == 2


def test_trouble_is_waited_out_for_longer_and_longer(box: Box) -> None:
    """Error table: CA down."""
    box.claim()
    waits = [box.step(says).wait_s or 0.0 for says in (503, SILENCE) * 6]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (3.75, 450.0)
    box.step()
    box.step()
    assert status_of(box.folder).state == "enrolled"


def test_the_first_certificate_is_used_even_where_a_proxy_hides_it(box: Box) -> None:
    box.claim()
    box.step()
    assert box.step(knows=401).deed == "enrolled"


@pytest.mark.parametrize("knows", [401, 403, UNTRUSTED])
def test_a_new_certificate_that_is_not_taken_is_given_up_and_the_old_one_stays(box: Box, knows: Said) -> None:
    box.enrol()
    old = box.folder.current()
    box.come_to_renewal()
    box.step()
    assert box.step(knows=knows).deed is None
    assert (box.folder.current(), box.folder.next()) == (old, None)
    assert [box.step().deed for _ in range(2)] == [None, "renewed"]
    assert len(set(box.service.keys)) == 3


def test_a_new_certificate_waits_for_a_service_that_is_away(box: Box) -> None:
    box.enrol()
    box.come_to_renewal()
    box.step()
    coming = box.folder.next()
    for knows in (SILENCE, 503):
        box.step(knows=knows)
        box.restart()
    assert box.folder.next() == coming
    assert box.step().deed == "renewed"


def test_a_server_of_others_that_knows_nothing_of_boxes_has_taken_the_certificate(box: Box) -> None:
    """Any EST server will do: the handshake with the new certificate has to be proof enough."""
    box.enrol()
    box.come_to_renewal()
    box.step()
    assert box.step(knows=404).deed == "renewed"


def test_a_renewal_that_is_refused_is_asked_once_a_day(box: Box) -> None:
    """Error table: cert revoked."""
    box.enrol()
    old = box.folder.current()
    box.come_to_renewal()
    step = box.step(403)
    assert (step.deed, step.wait_s, box.folder.current()) == ("refused", 86_400.0, old)


def test_a_service_that_moved_renews_where_it_is_and_takes_claims_where_it_was_said(box: Box) -> None:
    box.enrol()
    box.come_to_renewal()
    moved_to = ("https://moved", Path("other.pem"))
    for _ in range(2):
        box.service.says = 200
        step = box.enroller.step(box.service.now, moved_to=moved_to)
    assert step.deed == "renewed"
    assert {(each.url, each.ca) for each in box.service.services[-2:]} == {moved_to}
    box.claim("again")
    box.enroller.step(box.service.now, moved_to=moved_to)
    assert box.service.services[-1].url == "https://cloud"


def test_a_certificate_that_ended_needs_a_new_claim(box: Box) -> None:
    box.enrol()
    box.service.now += timedelta(days=91)
    step = box.step()
    assert (step.wait_s, "new claim" in step.reason) == (None, True)
    box.claim("again")
    assert status_of(box.folder).state == "pending"
    assert box.folder.current() is not None
    assert [box.step().deed for _ in range(2)] == [None, "renewed"]


def test_a_wrong_clock_judges_nothing_and_is_said_to_the_client(box: Box) -> None:
    """Error table: clock wrong."""
    box.claim()
    in_1970 = datetime(1970, 1, 1, tzinfo=UTC)
    assert [box.step(wall=in_1970).deed for _ in range(2)] == [None, "enrolled"]
    assert all(each.clock_is_wrong for each in box.service.services)
    assert "clock" in box.step(wall=in_1970).reason
    box.step()
    assert not box.service.services[-1].clock_is_wrong or box.service.services[-1].ca is not None


def test_a_broken_file_is_told_by_its_name(box: Box) -> None:
    box.enrol()
    for name in ("identity.pem", "enrolment.json"):
        (box.folder.path / name).write_text("broken")
        with pytest.raises(IdentityBroken, match=name):
            box.step()


def test_a_key_of_another_certificate_is_no_identity(box: Box, tmp_path: Path) -> None:
    box.enrol()
    other = Box(IdentityFolder(tmp_path / "other"))
    other.enrol()
    key = (other.folder.path / "identity.pem").read_bytes().partition(b"-----BEGIN CERT")[0]
    own = box.folder.path / "identity.pem"
    own.write_bytes(key + b"-----BEGIN CERT" + own.read_bytes().partition(b"-----BEGIN CERT")[2])
    with pytest.raises(IdentityBroken, match="belong together"):
        box.step()


SAID = st.sampled_from([200, 202, 401, 403, 500, 503, SILENCE, UNTRUSTED])


@settings(max_examples=15)
@given(st.lists(st.tuples(SAID, SAID, st.booleans(), st.booleans()), max_size=8))
def test_whatever_the_service_says_an_identity_is_never_lost(
    told: list[tuple[Said, Said, bool, bool]],
) -> None:
    """A box that was somebody stays somebody; a step is never due without end."""
    with TemporaryDirectory() as folder:
        box = Box(IdentityFolder(Path(folder)))
        box.enrol()
        for says, knows, later, restarted in told:
            if later:
                box.service.now += timedelta(days=25)
            if restarted:
                box.restart()
            step = box.step(says, knows=knows)
            assert step.wait_s is None or 0.0 <= step.wait_s <= 86_400.0
            pair = box.folder.current()
            assert pair is not None
            assert pair.gateway_id == "box"
        best = box.folder.next() or box.folder.current()
        assert best is not None
        ended = best.until <= box.service.now
        while box.step().wait_s == 0.0:  # all is well again
            continue
        pair = box.folder.current()
        assert pair is not None
        assert (pair.until <= box.service.now) == ended
