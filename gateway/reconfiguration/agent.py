"""Has the box go by what the cloud desires of its configuration: tried, and kept only when it proves itself.

A bundle in force has to leave the parts that it touches as well as they were, and the box has to reach the
cloud under it and find there that it is still desired, within `[cloud] confirm_s`. Otherwise the
configuration before is back, unattended; also when the box goes down over it.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from gateway.clock import Clock
from gateway.config.change import Change, between
from gateway.config.file import ConfigError
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.reconfiguration.configuration import PART, ConfigRefused, Configuration, InUse
from gateway.reconfiguration.files import CLOUD
from gateway.reconfiguration.ledger import Ledger, Trial
from gateway.reconfiguration.proof import concerned, not_well, worse
from gateway.redaction import shorten_paths
from gateway.twin.link import CloudLink
from gateway.twin.wire import Conflict
from provisioning.assignment import State, report
from provisioning.config_bundle import SHADOW, Bundle, BundleRefused, read_bundle
from sync.upload.answer import NotDelivered

_log = logging.getLogger(__name__)

DESIRED: Final = "desired-config"
"""The part's name on the health board."""
_MOST_POINTERS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """How a trial goes, in seconds.

    Attributes:
        settle_s: the least that a part must stay well.
        tick_s: between two looks at it.
    """

    settle_s: float = 3.0
    tick_s: float = 1.0


class ConfigAgent:
    """Lives on the event loop."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        ledger: Ledger,
        link: CloudLink,
        health: Health,
        events: EventLog,
        settings: TrialSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`ledger` is what the box has started with."""
        self._configuration = configuration
        self.ledger = ledger
        self._link = link
        self._twin = link.twin(SHADOW)
        self._health = health
        self._events = events
        self._settings = settings or TrialSettings()
        self._now_s = (clock or Clock()).now_s
        self._waits: dict[str, str] = {}
        self._malformed: dict[str, dict[str, Any]] = {}
        self.failed = 0

    async def run(self) -> None:
        """Bring about what is desired after each look at the cloud, until cancelled."""
        if self.ledger.trial is not None:
            await self._guarded(self._resume(self.ledger.trial))
        while True:
            await self._twin.look()
            await self._guarded(self.turn())

    async def turn(self) -> None:
        """Do once what `run` does after each look.

        Raises:
            OSError: what is under way cannot be written down; nothing has changed.
        """
        wishes = self._wishes()
        if wishes is None:
            return
        if self.ledger.concerning(wishes) != self.ledger:
            await self._keep(self.ledger.concerning(wishes))
        self._waits.clear()
        if (found := self.ledger.next_wish(wishes)) is not None:
            await self._bring_about(*found)
        self._show()
        await self._report()
        if self.ledger.next_wish(self._wishes() or {}) is not None and not self._waits:
            self._link.wake()

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001 - the next look must come whatever was wrong with this; counted
            self.failed += 1
            _log.exception("what is desired of the configuration could not be brought about")

    def _wishes(self) -> dict[str, Bundle] | None:
        """What is desired, by name; None while that is not known. What makes no sense is set aside."""
        desired = self._twin.desired
        if desired is None:
            return None
        wishes: dict[str, Bundle] = {}
        self._malformed = {}
        for name, said in desired.items():
            try:
                wishes[name] = read_bundle(said)
            except BundleRefused as error:
                echoed = said if isinstance(said, Mapping) else {}
                kept = {key: echoed[key] for key in ("version", "mode", "rollout") if key in echoed}
                self._malformed[name] = {**kept, "state": "failed", "reason": str(error)}
        return wishes

    async def _bring_about(self, name: str, wish: Bundle | None) -> None:
        candidate = self._configuration.layers.with_cloud(self.ledger.layer_with(name, wish))
        confirm_s = self._configuration.config.cloud.confirm_s
        try:
            _, change = await self._configuration.judge(candidate)
        except InUse as error:
            self._waits[name] = str(error)
            return
        except ConfigRefused as error:
            await self._judge(name, wish, "failed", str(error))
            return
        excused = tuple(sorted(not_well(self._health.snapshot())))
        trial = Trial(name=name, wish=wish, excused=excused)
        await self._keep(self.ledger.tried(trial))
        if change:
            self._tell(trial.name, wish, "installing", change)
            await self._report()
        try:
            await self._configuration.take(candidate)
        except ConfigRefused as error:  # somebody checked in meanwhile: it is tried again
            self._waits[name] = str(error)
            await self._keep(self.ledger.put_off())
            return
        if change.restarts:
            return  # the next start goes on here
        await self._prove(trial, change, confirm_s)

    async def _resume(self, trial: Trial) -> None:
        """Go on with a trial that a start has interrupted."""
        without = self.ledger.given_up("rolled_back", "").layer
        try:
            before = await asyncio.to_thread(self._configuration.layers.with_cloud(without).build)
        except ConfigError:
            before = self._configuration.config
        await self._prove(trial, between(before, self._configuration.config), before.cloud.confirm_s)

    async def _prove(self, trial: Trial, change: Change, confirm_s: float) -> None:
        """Watch a bundle in force until it is proven, or taken back."""
        reason = await self._why_not(trial, change, confirm_s) if change else ""
        if not reason:
            await self._keep(self.ledger.confirm())
            self._tell(trial.name, trial.wish, "active", change)
        else:
            await self._go_back(trial, reason, change)
        self._show()
        await self._report()

    async def _go_back(self, trial: Trial, reason: str, change: Change) -> None:
        reason = shorten_paths(reason)
        await self._keep(self.ledger.given_up("rolled_back", reason))  # first, so that a kill does it too
        self._tell(trial.name, trial.wish, "rolled_back", change, reason)
        _log.error("the configuration before is back: %s", reason)
        await self._configuration.go_back(self._configuration.layers.with_cloud(self.ledger.layer))
        self._link.wake()

    async def _why_not(self, trial: Trial, change: Change, confirm_s: float) -> str:
        """Wait until a bundle is proven; why it is not, when the time is over."""
        began_s, looks = self._now_s(), self._link.looks
        names = concerned(change, self._health.snapshot())
        self._twin.forget()
        while True:
            self._link.wake()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.tick_s):
                    await self._link.looked()
            ran_s = self._now_s() - began_s
            reason = self._unreached(looks) or worse(names, self._health.snapshot(), excused=trial.excused)
            if not reason and not self._is_desired(trial):
                return "it is not desired any more, or not by the cloud that it leads to"
            if (not reason and ran_s >= self._settings.settle_s) or ran_s >= confirm_s:
                return reason and f"within {confirm_s:.0f} s: {reason}"
            await asyncio.sleep(self._settings.tick_s)

    def _unreached(self, looks: int) -> str:
        if self._link.looks > looks and self._twin.desired is not None:
            return ""
        why = self._twin.trouble or "the box has none" if self._link.looks == looks else "no answer yet"
        return f"the cloud was not reached: {why}"

    def _is_desired(self, trial: Trial) -> bool:
        wish = (self._wishes() or {}).get(trial.name)
        if wish is None or trial.wish is None:
            return wish is trial.wish
        return (wish.version, wish.values) == (trial.wish.version, trial.wish.values)

    async def _judge(self, name: str, wish: Bundle | None, state: State, reason: str) -> None:
        reason = shorten_paths(reason)
        await self._keep(self.ledger.judged(name, wish, state, reason))
        self._tell(name, wish, state, None, reason)

    async def _keep(self, ledger: Ledger) -> None:
        await asyncio.to_thread(self._configuration.files.write, CLOUD, ledger.model_dump(mode="json"))
        self.ledger = ledger

    async def _report(self) -> None:
        """Say what the cloud has not heard; when it cannot be said now, the next look says it."""
        wishes = self._wishes()
        if wishes is None:
            return
        said = self._twin.reported
        change: dict[str, Any] = {name: None for name in said if name not in {*wishes, *self._malformed}}
        for name in {*wishes, *self.ledger.confirmed}:
            standing = self.ledger.standing(name, wishes.get(name), waits=self._waits.get(name, ""))
            change[name] = None if standing is None else report(said.get(name), standing)
        for name, told in self._malformed.items():
            before = said.get(name)
            change[name] = {**(dict.fromkeys(before) if isinstance(before, Mapping) else {}), **told}
        with suppress(Conflict, NotDelivered):
            await self._twin.report(change)

    def _tell(
        self, name: str, wish: Bundle | None, state: State, change: Change | None, reason: str = ""
    ) -> None:
        """Write into the log what became of a bundle; never the values."""
        pointers = [] if change is None else change.pointers[:_MOST_POINTERS]
        self._events.record(
            PART,
            actor="cloud",
            subject=name,
            outcome=state,
            version=None if wish is None else wish.version,
            rollout=None if wish is None else wish.rollout,
            settings=", ".join(pointers) or None,
            reason=reason or None,
        )

    def _show(self) -> None:
        wishes = self._wishes() or {}
        bad = [
            f"{name}: {verdict.reason}"
            for name, verdict in self.ledger.verdicts.items()
            if (standing := self.ledger.standing(name, wishes.get(name)))
            and standing.reason == verdict.reason
        ]
        if bad:
            self._health.set(DESIRED, "degraded", "; ".join(bad))
        else:
            self._health.remove(DESIRED)
