"""What was counted at a station: the session's totals or, with nobody checked in, its own. Pure."""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from gateway.live.snapshot import FormState, RepMessage

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession
    from vision.counting.reps import Rep
    from vision.processes.messages import StationView


class StationReps:
    """Follows the repetitions at one station since somebody came or went.

    Attributes:
        last: the newest one.
        tempo_s: how long the last full one took.
        refused: movements since it that the counter took for something else.
    """

    def __init__(self) -> None:
        self._refused_seen = 0
        self.begin()

    def begin(self) -> None:
        """Somebody came or went: nothing has been counted yet."""
        self._full: Counter[str] = Counter()
        self._partial: Counter[str] = Counter()
        self.last: Rep | None = None
        self.tempo_s: float | None = None
        self.refused = 0

    def see(self, view: "StationView") -> None:
        """Take how many movements the counter has refused."""
        begun_anew = view.refused < self._refused_seen  # another session, or another process
        self.refused += view.refused - (0 if begun_anew else self._refused_seen)
        self._refused_seen = view.refused

    def add(self, rep: "Rep", session: "ActiveSession | None") -> RepMessage:
        """Take a repetition that the session, if there is one, has counted already."""
        if session is None:
            (self._partial if rep.partial else self._full)[rep.exercise] += 1
        self.last, self.refused = rep, 0
        tempo_s = round(max(0.0, rep.ended_s - rep.started_s), 3)
        if not rep.partial:
            self.tempo_s = tempo_s
        full, partial = self.totals(session)
        return RepMessage(
            exercise=rep.exercise,
            number=(partial if rep.partial else full).get(rep.exercise, 0),
            partial=rep.partial,
            started_s=rep.started_s,
            turned_s=rep.turned_s,
            ended_s=rep.ended_s,
            tempo_s=tempo_s,
            depth=rep.depth,
            form=form_of(rep),
        )

    def totals(self, session: "ActiveSession | None") -> tuple[dict[str, int], dict[str, int]]:
        """Return full and partial repetitions by exercise."""
        if session is not None:
            return session.totals()
        return dict(self._full), dict(self._partial)


def form_of(rep: "Rep | None") -> FormState | None:
    """Return how well a repetition was done, as a kiosk shows it."""
    return None if rep is None or rep.form is None else FormState(**asdict(rep.form))
