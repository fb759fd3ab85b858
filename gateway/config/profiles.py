"""The gym's own profiles of devices, beside those that the box knows anyway."""

from collections.abc import Mapping
from pathlib import Path

from devices.profile import SUFFIX, Profile, ProfileInvalid, load_profiles, read_profile


def profiles_of(folder: Path) -> Mapping[str, Profile]:
    """The shipped profiles and those in a folder, which need not be there; the gym's own come first.

    Raises:
        ProfileInvalid: a file cannot be used.
    """
    return load_profiles(_files(folder))


def faults_of(folder: Path) -> list[str]:
    """What is wrong with the files in a folder, each with its file, key and reason."""
    faults: list[str] = []
    first: dict[str, str] = {}
    for file in _files(folder):
        try:
            name = read_profile(file).name
        except ProfileInvalid as error:
            faults.append(f"{folder.name}/{error}")
            continue
        if name in first:
            faults.append(f"{folder.name}/{file.name}: name: {first[name]} describes {name!r} already")
        first.setdefault(name, file.name)
    return faults


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
