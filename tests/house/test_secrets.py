"""No secret stands in the source: keys, tokens and passwords are made at run time."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRETS = {
    "private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "token of ours": re.compile(rb"\bg(?:tk|gt|ft)_[A-Za-z0-9_-]{43}\b"),
    "key of AWS": re.compile(rb"\bA(?:KIA|SIA)[A-Z0-9]{16}\b"),
    "token of a forge": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20})\b"),
    "password in an address": re.compile(
        rb"(?:mqtts?|rtsps?|https?|postgresql)://[A-Za-z0-9_.-]+:(?!password@)[A-Za-z0-9!_.-]{8,}@"
    ),
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60)
    return [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]


@pytest.mark.parametrize("what", SECRETS)
def test_there_is_none(what: str) -> None:
    files = [path for path in tracked() if path.is_file()]
    if what == "password in an address":
        files = [path for path in files if (ROOT / "tests") not in path.parents]
    found = [path.relative_to(ROOT).as_posix() for path in files if SECRETS[what].search(path.read_bytes())]
    assert found == []


def test_each_would_be_found() -> None:
    letters = b"A" * 43
    samples = {
        "private key": b"-----BEGIN EC PRIVATE KEY-----\n" + letters,
        "token of ours": b"gtk_" + letters,
        "key of AWS": b"AKIA" + letters[:16],
        "token of a forge": b"ghp_" + letters[:36],
        "password in an address": b"rtsp://admin:" + letters[:9] + b"@camera/1",
    }
    assert samples.keys() == SECRETS.keys()
    assert all(SECRETS[what].search(sample) for what, sample in samples.items())
