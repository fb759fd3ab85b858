"""Block devices as Linux shows them, built in a folder."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.doctor.encryption import check_encryption, is_encrypted

LUKS = "CRYPT-LUKS2-0123456789abcdef-data"
LVM = "LVM-abcdef"


@dataclass
class Devices:
    """Below `sys`, numbers lead to devices; the folder that is asked about lies on `number`."""

    root: Path

    @property
    def sys(self) -> Path:
        return self.root / "sys"

    @property
    def mounts(self) -> Path:
        return self.root / "mountinfo"

    def add(self, name: str, *, on: tuple[str, ...] = (), uuid: str | None = None) -> Path:
        """A device made of others; a name with a slash is a partition of a disk."""
        node = self.root / "devices" / name
        node.mkdir(parents=True)
        (node / "slaves").mkdir()
        for each in on:
            (node / "slaves" / each.replace("/", "!")).symlink_to(self.root / "devices" / each)
        if "/" in name:
            (node / "partition").write_text("1\n")
        if uuid is not None:
            (node / "dm").mkdir()
            (node / "dm" / "uuid").write_text(uuid + "\n")
        return node

    def lies_on(self, node: Path, device: int) -> None:
        self.sys.mkdir(exist_ok=True)
        (self.sys / f"{os.major(device)}:{os.minor(device)}").symlink_to(node)

    def answer(self) -> bool | None:
        return is_encrypted(self.root, sys=self.sys, mounts=self.mounts)


@pytest.fixture
def devices(tmp_path: Path) -> Devices:
    made = Devices(tmp_path)
    made.mounts.write_text("1 2 250:250 / / rw - ext4 /dev/none rw\n")
    return made


def here(devices: Devices) -> int:
    return devices.root.stat().st_dev


def test_a_plain_disk_is_not(devices: Devices) -> None:
    devices.lies_on(devices.add("sda"), here(devices))
    assert devices.answer() is False


def test_a_partition_of_a_plain_disk_is_not(devices: Devices) -> None:
    devices.add("sda")
    devices.lies_on(devices.add("sda/sda1"), here(devices))
    assert devices.answer() is False


def test_luks_on_a_partition_is(devices: Devices) -> None:
    devices.add("sda")
    devices.add("sda/sda1")
    devices.lies_on(devices.add("dm-0", on=("sda/sda1",), uuid=LUKS), here(devices))
    assert devices.answer() is True


def test_what_lies_on_luks_is(devices: Devices) -> None:
    devices.add("sda")
    devices.add("dm-0", on=("sda",), uuid=LUKS)
    devices.lies_on(devices.add("dm-1", on=("dm-0",), uuid=LVM), here(devices))
    assert devices.answer() is True


def test_a_partition_of_an_array_of_encrypted_disks_is(devices: Devices) -> None:
    for disk, mapped in (("sda", "dm-0"), ("sdb", "dm-1")):
        devices.add(disk)
        devices.add(mapped, on=(disk,), uuid=LUKS)
    devices.add("md0", on=("dm-0", "dm-1"))
    devices.lies_on(devices.add("md0/md0p1"), here(devices))
    assert devices.answer() is True


def test_one_plain_disk_among_several_is_enough_to_read(devices: Devices) -> None:
    devices.add("sda")
    devices.add("dm-0", on=("sda",), uuid=LUKS)
    devices.add("sdb")
    devices.lies_on(devices.add("dm-1", on=("dm-0", "sdb"), uuid=LVM), here(devices))
    assert devices.answer() is False


def test_a_file_system_with_a_number_of_its_own_is_found_by_what_was_mounted(devices: Devices) -> None:
    """As btrfs has; `/dev/null` stands for the device that was mounted."""
    number = f"{os.major(here(devices))}:{os.minor(here(devices))}"
    devices.mounts.write_text(
        f"20 1 0:5 / /proc rw - proc proc rw\n36 1 {number} /@ / rw shared:1 - btrfs /dev/null rw\n"
    )
    devices.lies_on(devices.add("dm-0", uuid=LUKS), Path("/dev/null").stat().st_rdev)
    assert devices.answer() is True


def test_what_has_no_device_cannot_be_seen(devices: Devices) -> None:
    number = f"{os.major(here(devices))}:{os.minor(here(devices))}"
    devices.mounts.write_text(f"36 1 {number} / / rw - overlay overlay rw\n")
    assert devices.answer() is None
    devices.mounts.unlink()
    assert devices.answer() is None


def test_devices_that_lie_on_each_other_end(devices: Devices) -> None:
    node = devices.add("dm-0", on=("dm-0",))
    devices.lies_on(node, here(devices))
    assert devices.answer() is False


@pytest.mark.parametrize(("encrypted", "state"), [(True, "ok"), (None, "ok"), (False, "degraded")])
def test_the_doctor_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, encrypted: bool | None, state: str
) -> None:
    monkeypatch.setattr("gateway.doctor.encryption.is_encrypted", lambda _folder: encrypted)
    (finding,) = check_encryption(tmp_path)
    assert (finding.part, finding.state, "LUKS" in finding.fix) == ("encryption", state, encrypted is False)
