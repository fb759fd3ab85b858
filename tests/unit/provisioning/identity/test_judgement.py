"""Every row of what an EST server can answer, and what the box then does."""

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.identity import messages
from provisioning.identity.judgement import (
    Answer,
    Issued,
    Refused,
    Verdict,
    Wait,
    Wrong,
    anchors_of,
    is_believable,
    judge,
    renewal_at,
    wanted_curve,
)
from tests.unit.provisioning.identity.issuer import NOW, Issuer, new_key

ISSUER, KEY = Issuer(), new_key().public_key()


def judged(answer: Answer, *, now: datetime | None = NOW, backoff_s: float = 7.0) -> Verdict:
    return judge(answer, KEY, "box", [ISSUER.root], now=now, backoff_s=backoff_s)


def test_a_certificate_that_is_ours_and_holds_is_taken() -> None:
    verdict = judged(ISSUER.answer(KEY))
    assert isinstance(verdict, Issued)
    assert [each.public_key() for each in verdict.chain] == [KEY]


def test_what_leads_to_the_anchor_is_kept_and_the_anchor_is_not() -> None:
    between = Issuer("between")
    signed = ISSUER._sign(between.root.subject, between.key.public_key(), NOW, days=900, ca=True)
    leaf = between.issue(KEY)
    for sent, known in (([leaf, signed], [ISSUER.root]), ([leaf], [ISSUER.root, signed])):
        answer = Answer(200, messages.write_certificates(sent))
        verdict = judge(answer, KEY, "box", known, now=NOW, backoff_s=1)
        assert verdict == Issued([leaf, signed])
    assert isinstance(judge(answer, KEY, "box", [ISSUER.root], now=NOW, backoff_s=1), Refused)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ISSUER.answer(new_key().public_key()), "another key"),
        (ISSUER.answer(KEY, name="other"), "another name"),
        (ISSUER.answer(KEY, clients=False), "not for clients"),
        (ISSUER.answer(KEY, begins=NOW + timedelta(days=1)), "at this time"),
        (ISSUER.answer(KEY, begins=NOW - timedelta(days=100)), "at this time"),
        (Issuer().answer(KEY), "own authority"),
        (Issuer("stranger").answer(KEY), "own authority"),
        (Answer(200, b"!"), "no certificate"),
        (Answer(200, messages.to_wire(b"x")), "no certificate"),
    ],
)
def test_any_other_certificate_is_refused(answer: Answer, said: str) -> None:
    verdict = judged(answer)
    assert isinstance(verdict, Refused)
    assert said in verdict.reason


def test_without_a_clock_nothing_is_judged_by_time() -> None:
    assert isinstance(judged(ISSUER.answer(KEY, begins=NOW + timedelta(days=9000)), now=None), Issued)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Wrong),
        (400, Refused),
        (403, Refused),
        (404, Refused),
        (409, Refused),
        (413, Refused),
        (415, Refused),
    ],
)
def test_what_a_refusal_means(status: int, kind: type) -> None:
    verdict = judged(Answer(status, b"because \x00\n<so>"))
    assert isinstance(verdict, kind)
    assert "because <so>" in verdict.reason.replace("  ", " ")  # type: ignore[union-attr]


@pytest.mark.parametrize(("told_s", "wait_s"), [(None, 60), (30, 30), (0, 2), (10**9, 6 * 3600)])
def test_who_waits_for_a_person_comes_when_it_is_told_to(told_s: float | None, wait_s: float) -> None:
    verdict = judged(Answer(202, b"", retry_after_s=told_s))
    assert isinstance(verdict, Wait)
    assert (verdict.after_s, verdict.for_person) == (wait_s, True)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_trouble_there_is_waited_out(status: int) -> None:
    patient, told = judged(Answer(status, b"")), judged(Answer(status, b"", retry_after_s=100))
    assert isinstance(patient, Wait)
    assert isinstance(told, Wait)
    assert (patient.after_s, told.after_s, told.for_person) == (7, 100, False)


@given(
    st.integers(100, 999), st.binary(max_size=100), st.none() | st.floats(-1e9, 1e9), st.none() | st.just(NOW)
)
def test_every_answer_means_something_and_only_a_certificate_is_taken(
    status: int, body: bytes, after_s: float | None, now: datetime | None
) -> None:
    verdict = judged(Answer(status, body, retry_after_s=after_s), now=now)
    assert not isinstance(verdict, Issued)
    if isinstance(verdict, Wait):
        assert 0 < verdict.after_s <= 6 * 3600


def test_whom_to_trust_is_said_by_the_service_or_not_at_all() -> None:
    assert anchors_of(Answer(200, messages.write_certificates([ISSUER.root]))) == [ISSUER.root]
    with pytest.raises(messages.MessageBroken, match="404"):
        anchors_of(Answer(404, b""))


def test_another_curve_is_used_when_the_service_asks_for_that_alone() -> None:
    only_384 = messages.to_wire(bytes.fromhex("301106072a8648ce3d0201310606052b81040022"))
    curves = [
        wanted_curve(each)
        for each in (
            Answer(200, only_384),
            Answer(200, messages.to_wire(messages.ATTRIBUTES)),
            Answer(204, b""),
            Answer(404, only_384),
            Answer(200, b"!"),
        )
    ]
    assert [each.name for each in curves] == ["secp384r1", *["secp256r1"] * 4]


@settings(max_examples=20)
@given(st.floats(1, 400))
def test_renewal_is_due_after_two_thirds_and_not_much_later(days: float) -> None:
    made = ISSUER.issue(KEY, days=days)
    life = made.not_valid_after_utc - made.not_valid_before_utc
    due = renewal_at(made)
    assert life * 2 / 3 <= due - made.not_valid_before_utc <= life * 0.7 + timedelta(seconds=1)
    assert renewal_at(made) == due


def test_a_fleet_of_one_day_does_not_come_on_one_day() -> None:
    due = {renewal_at(ISSUER.issue(new_key().public_key())).date() for _ in range(20)}
    assert len(due) >= 3


def test_a_clock_before_the_program_or_the_certificate_is_not_believed() -> None:
    made = ISSUER.issue(KEY)
    built = NOW - timedelta(days=50)
    beliefs = [
        is_believable(NOW + timedelta(**delta), made, built_at=built)
        for delta in ({"days": 0}, {"minutes": -9}, {"minutes": -11}, {"days": -60}, {"days": 9000})
    ]
    assert beliefs == [True, True, False, False, True]


def test_an_authority_may_use_another_curve() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    other = Issuer("root-384", key)
    assert isinstance(judge(other.answer(KEY), KEY, "box", [other.root], now=NOW, backoff_s=1), Issued)
