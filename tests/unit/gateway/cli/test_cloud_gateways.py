"""Letting boxes in and sending them away from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from typer.testing import Result

Run = Callable[..., Result]
CLAIM = ("cloud", "gateways", "claim", "box-1", "--gym", "gym", "--tenant", "chain")


def test_a_claim_is_printed_this_once(run: Run) -> None:
    text = run(*CLAIM).stdout.strip()
    assert text.startswith("box-1:")
    made = json.loads(run(*CLAIM, "--approval", "--expires-days", "2", "--json").stdout)
    assert (made["id"], made["gym_id"], made["tenant_id"]) == ("box-1", "gym", "chain")
    assert made["claim"].startswith("box-1:")
    assert made["claim"] != text
    assert text.partition(":")[2] not in run("cloud", "gateways", "list", "--json").stdout


def test_nobody_waits_and_nobody_can_be_approved(run: Run) -> None:
    run(*CLAIM, "--approval")
    assert json.loads(run("cloud", "gateways", "pending", "--json").stdout) == []
    for deed in ("approve", "reject"):
        done = run("cloud", "gateways", deed, "box-1")
        assert (done.exit_code, "no box box-1 waits" in done.stderr) == (1, True)


def test_a_decommissioned_box_is_shown_and_gets_no_claim(run: Run) -> None:
    run(*CLAIM)
    assert run("cloud", "gateways", "decommission", "box-1").exit_code == 0
    assert "decommissioned" in run("cloud", "gateways", "list").stdout
    again = run(*CLAIM)
    assert (again.exit_code, "decommissioned" in again.stderr) == (1, True)


def test_a_tenant_is_disabled_and_taken_back(run: Run) -> None:
    run(*CLAIM)
    for flag, said in (("--disable", "disabled"), ("--enable", "enabled")):
        assert said in run("cloud", "gateways", "tenant", "chain", flag).stdout
    unknown = run("cloud", "gateways", "tenant", "nobody", "--disable")
    assert (unknown.exit_code, "no tenant nobody" in unknown.stderr) == (1, True)


def test_the_revocation_list_is_written(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "list.crl"
    none = run("cloud", "gateways", "crl", target)
    assert (none.exit_code, "ca init" in none.stderr) == (1, True)
    made = run("cloud", "ca", "init", "--host", "localhost", "--name", "Chain", "--json")
    root = Path(json.loads(made.stdout)["root"])
    assert (
        x509.load_pem_x509_certificate(root.read_bytes()).subject.rfc4514_string() == "CN=Chain root,O=Chain"
    )
    assert run("cloud", "gateways", "crl", target).exit_code == 0
    found = x509.load_der_x509_crl(target.read_bytes())
    assert found.issuer.rfc4514_string() == "CN=Chain issuing,O=Chain"
    nowhere = run("cloud", "gateways", "crl", tmp_path / "none" / "list.crl")
    assert (nowhere.exit_code, "cannot be written" in nowhere.stderr) == (1, True)


def test_an_authority_is_made_once_and_says_what_to_do_with_it(run: Run) -> None:
    first = run("cloud", "ca", "init", "--host", "localhost")
    assert "root.pem" in first.stdout
    assert "safe place" in first.stdout
    again = run("cloud", "ca", "init", "--host", "localhost")
    assert (again.exit_code, "already" in again.stderr) == (1, True)
