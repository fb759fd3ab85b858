"""What the box has made of each bundle of settings that the cloud desires: confirmed, on trial, or given up.

Pure. A bundle is tried before it holds. What is on trial is written down before it takes effect, so that a
box that goes down over it knows so at the next start, and after the second time goes on without it.
"""

from collections.abc import Mapping
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from provisioning.assignment import Standing, State
from provisioning.config_bundle import Bundle, together

MOST_STARTS: Final = 2
"""A bundle that was not confirmed after so many starts of the box is taken for what makes it start."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Trial(_Kept):
    """A bundle in force that has to prove itself.

    Attributes:
        name: of the bundle.
        wish: what is desired; None when the bundle was taken away.
        starts: how often the box has started since.
        excused: parts that were not well before, and need not be after.
    """

    name: str
    wish: Bundle | None
    starts: int = 0
    excused: tuple[str, ...] = ()


class Verdict(_Kept):
    """A wish that does not hold.

    Attributes:
        wish: what was desired; None when the bundle was to be taken away.
        state: how it ended.
        reason: why, for people.
    """

    wish: Bundle | None
    state: State
    reason: str


class Ledger(_Kept):
    """Every bundle of one box.

    Attributes:
        confirmed: what holds, by name.
        verdicts: what does not, by name; the last one for each.
        trial: what is in force and not proven.
    """

    confirmed: Mapping[str, Bundle] = {}
    verdicts: Mapping[str, Verdict] = {}
    trial: Trial | None = None

    @property
    def layer(self) -> dict[str, object]:
        """What is in force, as a layer of the configuration."""
        return together(self._with(self.trial) if self.trial else self.confirmed)

    def layer_with(self, name: str, wish: Bundle | None) -> dict[str, object]:
        """What would be in force with a wish."""
        return together(self._with(Trial(name=name, wish=wish)))

    def next_wish(self, desired: Mapping[str, Bundle]) -> tuple[str, Bundle | None] | None:
        """The first bundle, by name, about which something has to be done; None when there is none."""
        for name in sorted({*desired, *self.confirmed}):
            wish = desired.get(name)
            if not self._is_settled(name, wish):
                return name, wish
        return None

    def concerning(self, desired: Mapping[str, Bundle]) -> "Ledger":
        """The same, where what says the same is held on behalf of whoever desires it now."""
        held = {
            name: wish
            for name, wish in desired.items()
            if name in self.confirmed and wish.says_as(self.confirmed[name])
        }
        return self._replace(confirmed={**self.confirmed, **held})

    def tried(self, trial: Trial) -> "Ledger":
        """With a bundle on trial."""
        return self._replace(trial=trial)

    def started(self) -> "Ledger":
        """After another start of the box."""
        if self.trial is None:
            return self
        trial = self.trial.model_copy(update={"starts": self.trial.starts + 1})
        if trial.starts < MOST_STARTS:
            return self._replace(trial=trial)
        return self.given_up("rolled_back", f"the box went down {trial.starts} times while it was on trial")

    def confirm(self) -> "Ledger":
        """What is on trial holds from now on."""
        if self.trial is None:
            return self
        name, verdicts = self.trial.name, dict(self.verdicts)
        verdicts.pop(name, None)
        return self._replace(confirmed=self._with(self.trial), verdicts=verdicts, trial=None)

    def put_off(self) -> "Ledger":
        """What was on trial is not in force, and is tried again."""
        return self._replace(trial=None)

    def given_up(self, state: State, reason: str) -> "Ledger":
        """What was on trial does not hold."""
        if self.trial is None:
            return self
        return self._replace(trial=None).judged(self.trial.name, self.trial.wish, state, reason)

    def judged(self, name: str, wish: Bundle | None, state: State, reason: str) -> "Ledger":
        """A wish does not hold, and is not tried again until another one comes."""
        verdict = Verdict(wish=wish, state=state, reason=reason)
        return self._replace(verdicts={**self.verdicts, name: verdict})

    def standing(self, name: str, wish: Bundle | None, *, waits: str = "") -> Standing | None:
        """What the cloud is told of a wish; None when there is nothing of it any more.

        Args:
            name: of the bundle.
            wish: what is desired; None when nothing is.
            waits: why it has not been begun.
        """
        held = self.confirmed.get(name)
        if wish is None and held is None:
            return None
        shown = wish or held
        version = "" if shown is None else shown.version
        state: State = "waiting"
        reason, verdict = waits, self.verdicts.get(name)
        if self.trial is not None and self.trial.name == name and _same(self.trial.wish, wish):
            state, reason = "installing", ""
        elif verdict is not None and _same(verdict.wish, wish):
            state, reason = verdict.state, verdict.reason
        elif wish is not None and wish.says_as(held):
            state, reason = "active", ""
        rollout = None if shown is None else shown.rollout
        return Standing(version=version, mode="active", rollout=rollout, state=state, reason=reason)

    def _is_settled(self, name: str, wish: Bundle | None) -> bool:
        verdict = self.verdicts.get(name)
        if verdict is not None and _same(verdict.wish, wish):
            return True
        held = self.confirmed.get(name)
        if wish is None:
            return held is None
        return wish.says_as(held)

    def _with(self, trial: Trial) -> dict[str, Bundle]:
        bundles = dict(self.confirmed)
        if trial.wish is None or trial.wish.empty:
            bundles.pop(trial.name, None)
        else:
            bundles[trial.name] = trial.wish
        return bundles

    def _replace(self, **changes: object) -> Self:
        return self.model_copy(update=changes)


def _same(one: Bundle | None, other: Bundle | None) -> bool:
    """Whether two wishes are one, on whoever's behalf."""
    if one is None or other is None:
        return one is other
    return (one.version, one.values) == (other.version, other.values)
