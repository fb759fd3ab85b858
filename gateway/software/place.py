"""Where the program of this process lies: a slot of an install folder, or somewhere else."""

from pathlib import Path

from provisioning.software.decision import Local
from provisioning.software.install_root import InstallRoot
from provisioning.software.slots import Release, Slot


class Place:
    """The place, and what lies beside it."""

    def __init__(self, root: Path | None, *, prefix: Path, version: str) -> None:
        """Take the folder that the launcher names, the environment that runs, and the version that does."""
        found = None if root is None else InstallRoot(root.resolve())
        self.slot = None if found is None else _slot(found, prefix.resolve())
        self.root = None if self.slot is None else found
        self._version = version

    def local(self, *, in_use: bool) -> Local:
        """The software of this box as it is now; `in_use` says whether somebody trains."""
        if self.root is None or self.slot is None:
            return Local(
                running=Release(version=self._version),
                idle=None,
                idle_proven=False,
                verdict=None,
                has_slots=False,
                in_use=in_use,
            )
        slots = self.root.slots()
        return Local(
            running=self.root.release(self.slot) or Release(version=self._version),
            idle=self.root.release(slots.idle),
            idle_proven=self.root.proven(slots.idle),
            verdict=slots.verdict,
            has_slots=True,
            in_use=in_use,
        )


def _slot(root: InstallRoot, prefix: Path) -> Slot | None:
    slots: tuple[Slot, ...] = ("a", "b")
    return next((each for each in slots if root.slot(each) == prefix), None)
