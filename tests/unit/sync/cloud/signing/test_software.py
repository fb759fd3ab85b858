import tarfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from provisioning.software.archive import unpack
from sync.cloud.signing.keys import load_keys
from sync.cloud.signing.publish import Published, ReleaseFailed, releases, withdraw
from sync.cloud.signing.software import SoftwareFiles, publish_software
from tests.unit.sync.releases.signed_cloud import Cloud

DIGEST = "ab" * 32
NEEDS = f"""\
# what it needs
httpx==0.28.1 \\
    --hash=sha256:{DIGEST} \\
    --hash=sha256:{"cd" * 32}
colorama==0.4 ; sys_platform == 'win32' --hash=sha256:{DIGEST}
uvicorn[standard]==1 --hash=sha256:{DIGEST}  # why
"""


@pytest.fixture
def files(tmp_path: Path) -> SoftwareFiles:
    wheel = tmp_path / "gymbox-0.2.0-py3-none-any.whl"
    wheel.write_bytes(b"the program")
    needs = tmp_path / "box.txt"
    needs.write_text(NEEDS)
    return SoftwareFiles(wheel=wheel, requirements=needs)


def publish(cloud: Cloud, files: SoftwareFiles, **options: Any) -> Published:
    return publish_software(
        files, cloud.repository, cloud.keys, **{"purpose": "feature", "now": cloud.now, **options}
    )


def test_the_program_is_signed_with_what_it_needs(cloud: Cloud, files: SoftwareFiles, tmp_path: Path) -> None:
    done = publish(cloud, files, purpose="security", notes="mends the door")
    assert (done.name, done.version, done.target) == ("gymbox", "0.2.0", "software/gymbox/0.2.0/gymbox.tar")
    target = cloud.repository.targets("software").signed.targets[done.target]
    assert target.custom == {
        "model_id": "gymbox",
        "version": "0.2.0",
        "purpose": "security",
        "files": ["gymbox.tar"],
        "blessed": True,
        "facts": '{"min_gateway": "0", "notes": "mends the door"}',
    }
    assert [each.path for each in releases(cloud.repository)] == [done.target]
    (served,) = target.get_prefixed_paths()
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    unpack(cloud.folder / "targets" / served, requirements=tmp_path / "listed", wheels=wheels)
    assert (wheels / files.wheel.name).read_bytes() == b"the program"
    lines = (tmp_path / "listed").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [
        "httpx==0.28.1",
        "colorama==0.4",
        "uvicorn[standard]==1",
        "gymbox==0.2.0",
    ]
    assert lines[-1].endswith(f"--hash=sha256:{sha256(b'the program').hexdigest()}")


def test_wheels_that_boxes_may_lack_come_along(cloud: Cloud, files: SoftwareFiles, tmp_path: Path) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    (brought / "httpx-0.28.1-py3-none-any.whl").write_bytes(b"httpx")
    with_wheels = SoftwareFiles(wheel=files.wheel, requirements=files.requirements, wheels=brought)
    with pytest.raises(ReleaseFailed, match=r"httpx-0\.28\.1-py3-none-any\.whl is not pinned"):
        publish(cloud, with_wheels)
    files.requirements.write_text(f"httpx==0.28.1 --hash=sha256:{sha256(b'httpx').hexdigest()}\n")
    done = publish(cloud, with_wheels)
    (served,) = cloud.repository.targets("software").signed.targets[done.target].get_prefixed_paths()
    with tarfile.open(cloud.folder / "targets" / served) as tar:
        assert tar.getnames() == [
            "requirements.txt",
            "gymbox-0.2.0-py3-none-any.whl",
            "httpx-0.28.1-py3-none-any.whl",
        ]


def test_the_same_again_is_the_same_and_another_is_refused(cloud: Cloud, files: SoftwareFiles) -> None:
    first = publish(cloud, files)
    again = publish(cloud, files)
    assert (again.sha256, again.refreshed.signed) == (first.sha256, ())
    files.wheel.write_bytes(b"another program")
    with pytest.raises(ReleaseFailed, match=r"version 0\.2\.0 of gymbox was released with other content"):
        publish(cloud, files)
    withdraw("software", "gymbox", "0.2.0", cloud.repository, cloud.keys, now=cloud.now)
    assert publish(cloud, files).sha256 != first.sha256


def test_the_service_cannot_sign_software(cloud: Cloud, files: SoftwareFiles) -> None:
    with pytest.raises(ReleaseFailed, match="the key of software is not at hand"):
        publish_software(files, cloud.repository, load_keys(cloud.online), purpose="feature", now=cloud.now)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("httpx==0.28.1\n", "not pinned by a sha256"),
        (f"httpx>=0.28 --hash=sha256:{DIGEST}\n", "not pinned by a sha256"),
        ("--index-url https://example.org\n", "not pinned by a sha256"),
        (f"httpx @ https://example.org/x.whl --hash=sha256:{DIGEST}\n", "not pinned by a sha256"),
        (f"gymbox==0.1 --hash=sha256:{DIGEST}\n", "pins gymbox itself"),
    ],
)
def test_a_list_that_pins_nothing_is_refused(
    cloud: Cloud, files: SoftwareFiles, text: str, reason: str
) -> None:
    files.requirements.write_text(text)
    with pytest.raises(ReleaseFailed, match=reason):
        publish(cloud, files)
    assert releases(cloud.repository) == ()


@pytest.mark.parametrize("name", ["httpx-1-py3-none-any.whl", "gymbox.whl", "gymbox-1.tar.gz"])
def test_what_is_no_wheel_of_the_program(cloud: Cloud, files: SoftwareFiles, name: str) -> None:
    other = files.wheel.rename(files.wheel.with_name(name))
    with pytest.raises(ReleaseFailed, match="no wheel of gymbox"):
        publish(cloud, SoftwareFiles(wheel=other, requirements=files.requirements))


def test_files_that_cannot_be_read(cloud: Cloud, files: SoftwareFiles) -> None:
    files.wheel.unlink()
    with pytest.raises(ReleaseFailed, match="No such file"):
        publish(cloud, files)
    files.requirements.write_bytes(b"\xff\xfe")
    with pytest.raises(ReleaseFailed, match="is no text"):
        publish(cloud, files)
