"""What a release is made of can be told, by the command that `make sbom` runs."""

import json
import re
import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sysconfig.get_path("scripts")) / "cyclonedx-py"


def test_every_locked_package_is_in_it_with_its_hashes(tmp_path: Path) -> None:
    target, locked = tmp_path / "sbom.json", ROOT / "requirements" / "box.txt"
    options = ["--pyproject", f"{ROOT}/pyproject.toml", "--output-reproducible", "--output-format", "JSON"]
    command = [str(PROGRAM), "requirements", *options, "--output-file", str(target), str(locked)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sbom = json.loads(target.read_text(encoding="utf-8"))
    pinned = set(
        re.findall(r"^([A-Za-z0-9_.\[\]-]+)==([^ ;]+)", locked.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert sbom["bomFormat"] == "CycloneDX"
    assert sbom["metadata"]["component"]["name"] == "gymbox"
    assert {(each["name"], each["version"]) for each in sbom["components"]} == {
        (name.partition("[")[0], version) for name, version in pinned
    }
    assert all(each["externalReferences"][0]["hashes"] for each in sbom["components"])


def test_make_runs_that_command() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible" in recipe
