"""The units of systemd: they are understood, lead to what is there, and leave little to whoever breaks in."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.software.install_root import LAUNCHER

PACKAGING = Path(__file__).parents[3] / "packaging"
UNITS = sorted(PACKAGING.glob("*.service"))
# Of systemd's own scale, in which 10.0 is a service that nothing confines and 2.0 is "OK".
MOST_EXPOSED = 20

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )


def read(unit: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit.read_text().replace("\\\n", " "))
    return parser


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_understood(unit: Path, tmp_path: Path) -> None:
    there = tmp_path / unit.name
    there.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={sys.executable}", unit.read_text()))
    done = analyze("verify", "--man=no", "--recursive-errors=no", there)
    assert (done.returncode, unit.name in done.stdout + done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_leaves_little_open(unit: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_as_nobody_in_particular_and_starts_again(unit: Path) -> None:
    service = read(unit)["Service"]
    users = (PACKAGING / "gymbox.sysusers").read_text()
    assert re.search(rf"^u {service['User']} - ", users, re.MULTILINE)
    wanted = {"Restart": "always", "ProtectSystem": "strict", "NoNewPrivileges": "yes", "ProtectHome": "yes"}
    assert {name: service[name] for name in wanted} == wanted


def test_the_box_is_started_by_its_launcher() -> None:
    service = read(PACKAGING / "gymbox.service")["Service"]
    _, launcher, option, root, *rest = service["ExecStart"].split()
    assert (launcher, option) == (f"{root}/{LAUNCHER}", "--root")
    assert rest[:2] == ["--", "run"]
    assert root.startswith(f"/var/lib/{service['StateDirectory']}/")
