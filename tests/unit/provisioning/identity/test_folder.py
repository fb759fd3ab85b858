"""The files of a box's identity: which there are, what each step changes, and what a power cut leaves."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from provisioning.identity.folder import Enrolment, IdentityBroken, IdentityFolder, Request
from provisioning.identity.messages import fingerprint
from tests.unit.provisioning.identity.issuer import Issuer, new_key

P256 = ec.SECP256R1()
URL = "https://cloud.example"
FIRST = "first"
ISSUER = Issuer()


class PowerCut(Exception):  # noqa: N818 - what happens in a test
    """The box is gone at this moment."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[IdentityFolder]:
    opened = IdentityFolder(tmp_path)
    with opened.alone():
        yield opened


def begin(folder: IdentityFolder, secret: str = FIRST, **options: object) -> None:
    told = {"url": URL, "gateway_id": "box", **options}
    folder.begin(told["url"], told["gateway_id"], secret, ca_pem=told.get("ca_pem"))  # type: ignore[arg-type]


def answered(folder: IdentityFolder, request: Request) -> None:
    folder.keep(request.key, [ISSUER.issue(request.key.public_key())])


def enrolled(folder: IdentityFolder, secret: str = FIRST) -> str:
    """Go all the way once; returns the key that is used then."""
    begin(folder, secret)
    request = folder.prepare("box", P256)
    answered(folder, request)
    folder.promote()
    return fingerprint(request.key.public_key())


def state(folder: IdentityFolder) -> tuple[object, ...]:
    """Everything that can be asked of it."""
    pairs = [None if pair is None else pair.key_fingerprint for pair in (folder.current(), folder.next())]
    return (folder.enrolment(), folder.request_fingerprint(), *pairs, folder.ca)


def test_a_box_that_nobody_enrolled_has_nothing(folder: IdentityFolder) -> None:
    assert state(folder) == (None, None, None, None, None)
    folder.settle()
    folder.discard_next()
    assert state(folder) == (None, None, None, None, None)


def test_the_whole_way_of_an_enrolment(folder: IdentityFolder) -> None:
    begin(folder, "secret", ca_pem=b"whom to trust")
    taken = folder.enrolment()
    assert taken is not None
    assert (taken.url, taken.gateway_id, taken.secret, taken.wrong) == (URL, "box", "secret", 0)
    assert folder.ca is not None
    assert folder.ca.read_bytes() == b"whom to trust"
    request = folder.prepare("box", P256)
    key = fingerprint(request.key.public_key())
    assert state(folder)[1:4] == (key, None, None)
    answered(folder, request)
    assert state(folder)[1:4] == (None, None, key), "not tried yet"
    used_up = folder.enrolment()
    assert used_up is not None
    assert used_up.secret is None
    assert used_up.claim_sha256 == taken.claim_sha256, "known again"
    folder.promote()
    assert state(folder)[1:4] == (None, key, None)
    current = folder.current()
    assert current is not None
    assert (current.gateway_id, current.path.name) == ("box", "identity.pem")


def test_a_key_that_waits_for_its_answer_is_asked_with_again(folder: IdentityFolder) -> None:
    first = folder.prepare("box", P256)
    again = IdentityFolder(folder.path.parent).prepare("box", P256)
    assert again.der == first.der
    assert again.key.private_numbers() == first.key.private_numbers()
    other = folder.prepare("other", P256)
    assert other.der != first.der
    assert folder.prepare("other", P256).der == other.der


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_the_key_is_of_the_curve_that_was_asked_for(folder: IdentityFolder, curve: ec.EllipticCurve) -> None:
    assert folder.prepare("box", curve).key.curve.name == curve.name


def test_the_same_claim_goes_on_and_another_begins_anew(folder: IdentityFolder) -> None:
    begin(folder)
    key = fingerprint(folder.prepare("box", P256).key.public_key())
    begin(folder)
    assert folder.request_fingerprint() == key
    begin(folder, url="https://moved.example")
    assert folder.request_fingerprint() == key, "the claim is good for no other key"
    moved = folder.enrolment()
    assert moved is not None
    assert moved.url == "https://moved.example"
    for wish in ({"secret": "second"}, {"gateway_id": "other"}):
        folder.prepare("box", P256)
        begin(folder, **wish)
        assert folder.request_fingerprint() is None


def test_a_claim_that_was_refused_begins_anew_when_it_is_given_again(folder: IdentityFolder) -> None:
    begin(folder)
    taken = folder.enrolment()
    assert taken is not None
    folder.write(replace(taken, refused="no", wrong=5))
    begin(folder)
    assert folder.enrolment() == taken


def test_another_claim_keeps_what_the_box_uses(folder: IdentityFolder) -> None:
    used = enrolled(folder)
    begin(folder, "second")
    assert state(folder)[1:4] == (None, used, None)


def test_what_came_can_be_given_up(folder: IdentityFolder) -> None:
    used = enrolled(folder)
    answered(folder, folder.prepare("box", P256))
    folder.discard_next()
    assert state(folder)[1:4] == (None, used, None)


def test_secrets_are_for_the_owner_alone(folder: IdentityFolder) -> None:
    begin(folder, ca_pem=b"x")
    request = folder.prepare("box", P256)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    answered(folder, request)
    folder.prepare("box", P256)
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.files if path.exists()}
    assert modes == {"ca.pem": 0o644, "enrolment.json": 0o600, "request.pem": 0o600, "next.pem": 0o600}


@pytest.mark.parametrize("name", ["identity.pem", "next.pem", "enrolment.json", "request.pem"])
@pytest.mark.parametrize("broken", [b"", b"not this", b"\xff\x00" * 40])
def test_a_file_that_is_broken_is_told_by_its_path_with_what_to_do(
    folder: IdentityFolder, name: str, broken: bytes
) -> None:
    (folder.path / name).write_bytes(broken)
    ask: dict[str, Callable[[], object]] = {
        "identity.pem": folder.current,
        "next.pem": folder.next,
        "enrolment.json": folder.enrolment,
        "request.pem": folder.request_fingerprint,
    }
    with pytest.raises(IdentityBroken, match=rf"{name} cannot be used: .*; (enrol the box anew|remove it)"):
        ask[name]()


def test_an_enrolment_of_another_form_is_broken_and_a_new_claim_mends_it(folder: IdentityFolder) -> None:
    wrong: list[object] = [{"url": URL}, {**asdict(Enrolment(URL, "box", "", None)), "more": 1}, []]
    for text in wrong:
        (folder.path / "enrolment.json").write_text(json.dumps(text))
        with pytest.raises(IdentityBroken):
            folder.enrolment()
    begin(folder)
    assert folder.enrolment() is not None


def test_a_key_and_a_certificate_of_two_are_no_pair(folder: IdentityFolder) -> None:
    one, other = new_key(), new_key()
    folder.keep(one, [ISSUER.issue(one.public_key())])
    path = folder.path / "next.pem"
    theirs = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(theirs + path.read_bytes()[path.read_bytes().index(b"-----BEGIN CERT") :])
    with pytest.raises(IdentityBroken, match=r"next.pem holds a key and a certificate that do not belong"):
        folder.next()


def test_a_chain_is_kept_behind_its_leaf(folder: IdentityFolder) -> None:
    key = new_key()
    folder.keep(key, [ISSUER.issue(key.public_key()), ISSUER.root])
    text = (folder.path / "next.pem").read_bytes()
    assert text.count(b"BEGIN CERTIFICATE") == 2
    assert load_pem_private_key(text, None).private_numbers() == key.private_numbers()  # type: ignore[union-attr]
    pair = folder.next()
    assert pair is not None
    assert pair.until == ISSUER.issue(key.public_key()).not_valid_after_utc


@contextmanager
def power_until(monkeypatch: pytest.MonkeyPatch, moment: int) -> Iterator[list[int]]:
    """The power goes before the change of the disk of this number; yields how many there were."""
    done = [0]

    def cut(change: Callable[..., object]) -> Callable[..., object]:
        def maybe(*told: object, **more: object) -> object:
            if done[0] >= moment:
                raise PowerCut
            done[0] += 1
            return change(*told, **more)

        return maybe

    with monkeypatch.context() as patch:
        for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "open")):
            patch.setattr(owner, name, cut(getattr(owner, name)))
        yield done


STEPS: dict[str, Callable[[IdentityFolder], object]] = {
    "begin": lambda folder: begin(folder, "second", ca_pem=b"new"),
    "prepare": lambda folder: folder.prepare("box", P256),
    "keep": lambda folder: answered(folder, folder.prepare("box", P256)),
    "promote": lambda folder: folder.promote(),
    "discard": lambda folder: folder.discard_next(),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_power_cut_within_a_step_leaves_every_file_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = IdentityFolder(tmp_path / "before")
    with before.alone():
        used = enrolled(before)
        request = before.prepare("box", P256)
        if step in ("promote", "discard"):
            answered(before, request)
    waiting = fingerprint(request.key.public_key())
    moment, cuts = 0, 0
    while True:
        shutil.copytree(tmp_path / "before", tmp_path / str(moment))
        folder = IdentityFolder(tmp_path / str(moment))
        try:
            with power_until(monkeypatch, moment):
                STEPS[step](folder)
        except PowerCut:
            cuts += 1
        else:
            break
        enrolment, asked, current, coming, _ = state(folder)  # every file can be read
        assert enrolment is not None
        assert current == (used if step != "promote" or coming is not None else waiting)
        if step in ("keep", "prepare"):
            assert waiting in (asked, coming), "what the service has seen is not forgotten"
        moment += 1
        STEPS["begin" if step == "begin" else "prepare"](folder)  # and it goes on from there
    assert cuts >= (0 if step == "prepare" else 1)


def test_a_certificate_that_was_kept_amid_a_power_cut_is_settled_at_the_next_start(
    folder: IdentityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(folder)
    request = folder.prepare("box", P256)
    moment = 0
    while folder.next() is None:
        moment += 1
        with pytest.raises(PowerCut), power_until(monkeypatch, moment):
            answered(folder, request)
    taken = folder.enrolment()
    assert taken is not None
    assert taken.secret is not None, "cut before the claim was forgotten"
    folder.settle()
    after = folder.enrolment()
    assert after is not None
    assert (after.secret, folder.request_fingerprint()) == (None, None)


def test_what_a_cut_write_left_behind_is_in_nobodys_way(folder: IdentityFolder) -> None:
    (folder.path / ".enrolment.json").write_bytes(b"half of i")
    begin(folder)
    assert folder.enrolment() is not None
    assert not (folder.path / ".enrolment.json").exists()
