"""A cloud in memory, as the box's wire to its shadows would find it."""

from dataclasses import dataclass, field

from gateway.twin.wire import Conflict, Document, Versions
from provisioning.twin import Fields, Shadow, VersionConflict, update
from sync.upload.answer import NotDelivered


@dataclass
class CloudInMemory:
    """The documents of one box; it can be out of reach, and the box can have no cloud at all."""

    shadows: dict[str, Shadow] = field(default_factory=dict)
    away: bool = False
    wanted: bool = True
    looks: int = 0
    reads: list[str] = field(default_factory=list)
    reports: list[tuple[str, Fields]] = field(default_factory=list)

    def versions(self, etag: str | None) -> Versions | None:
        self._answer()
        self.looks += 1
        now = {name: each.version for name, each in sorted(self.shadows.items())}
        return None if etag == str(now) else Versions(now, str(now))

    def read(self, name: str) -> Document:
        self._answer()
        self.reads.append(name)
        return self._document(name)

    def report(self, name: str, reported: Fields, *, version: int) -> Document:
        self._answer()
        try:
            self.shadows[name] = update(self._shadow(name), "reported", reported, version=version)
        except VersionConflict:
            raise Conflict from None
        self.reports.append((name, reported))
        return self._document(name)

    def close(self) -> None:
        """Nothing to let go of."""

    def desire(self, name: str, /, **wishes: object) -> None:
        self.shadows[name] = update(self._shadow(name), "desired", wishes)

    def said(self, name: str) -> Fields:
        return self._shadow(name).reported

    def _shadow(self, name: str) -> Shadow:
        return self.shadows.get(name, Shadow())

    def _answer(self) -> None:
        if self.away:
            raise NotDelivered("unreachable", "the cable was cut")

    def _document(self, name: str) -> Document:
        shadow = self._shadow(name)
        return Document(shadow.desired, shadow.reported, shadow.version)
