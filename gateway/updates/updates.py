"""Keeps the models of this box as the cloud desires them: installs, proves, goes back, and reports.

What is under way is written down before it is begun. After a kill the version on trial is tried again, or the
one before is back; a version that did not stand its trial is not taken again until another one was desired.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from gateway.clock import Clock
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.models import ModelRefused
from gateway.redaction import shorten_paths
from gateway.store.store import Store, StoreError
from gateway.twin.link import Twin
from gateway.twin.wire import Conflict
from gateway.updates import rows
from gateway.updates.policy import MOST_STARTS, next_step
from gateway.updates.releases import Releases
from gateway.updates.rows import Memory
from gateway.updates.site import Site, Unfit
from gateway.updates.twin import ModelReports
from gateway.vision_requests import NotRunning
from provisioning.assignment import Assignment, AssignmentRefused, State, read_assignment
from sync.releases.errors import ReleaseError, ReleaseRefused
from sync.upload.answer import NotDelivered

_log = logging.getLogger(__name__)

PART: Final = "updates"
EVENT: Final = "model-update"
_ENDS_BADLY: Final[frozenset[State]] = frozenset({"failed", "rolled_back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSettings:
    """How often and how long, in seconds.

    Attributes:
        trial_s: how long a version is watched that has just taken over.
        tick_s: between two looks at it.
        figures_s: between two reports of nothing but figures.
    """

    trial_s: float = 60.0
    tick_s: float = 2.0
    figures_s: float = 300.0


class Updates:
    """One box's updates of models; lives on the event loop."""

    def __init__(
        self,
        *,
        site: Site,
        twin: Twin,
        releases: Releases,
        store: Store,
        health: Health,
        events: EventLog,
        settings: UpdateSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Without a cloud only what was begun is brought to its end."""
        self._site = site
        self._settings = settings or UpdateSettings()
        self._twin = twin
        self._reports = ModelReports(twin, figures_s=self._settings.figures_s, now_s=(clock or Clock()).now_s)
        self._releases = releases
        self._store = store
        self._health = health
        self._events = events
        self._memories: dict[str, Memory] = {}
        self.outcomes: Counter[tuple[str, State]] = Counter()
        """How often a model got into a state, by model."""
        self.failed = 0

    async def recover(self) -> None:
        """Before anything loads a model: see that each is what was signed, and take back what keeps failing.

        Raises:
            StoreError: what was under way cannot be read or written.
        """
        self._memories = await self._store.read(rows.load)
        try:
            for found in await asyncio.to_thread(self._releases.check):
                if found.state in {"restored", "refused"} and (memory := self._memories.get(found.name)):
                    await self._keep(memory, "rolled_back", found.reason)
            for memory in list(self._memories.values()):
                if memory.state == "installing" and memory.mode == "active":
                    await self._restarted(memory)
        except OSError as error:  # the box starts all the same
            _log.error("the models that came as releases cannot be checked: %s", error)

    async def run(self) -> None:
        """Do after each look at the cloud what is desired, until cancelled."""
        while True:
            await self._twin.look()
            try:
                await self._turn()
            except StoreError:  # the store's own state tells of it
                continue
            except Exception:  # noqa: BLE001 - the next look must come whatever was wrong with this; counted
                self.failed += 1
                _log.exception("what is desired of the models could not be brought about")

    def close(self) -> None:
        """End what threads do; what is under way is taken up again at the next start."""
        self._releases.stop()
        self._site.close()

    async def _turn(self) -> None:
        """Bring about what is desired, or without news of that what was begun; and tell of it."""
        with suppress(Conflict, NotDelivered):  # the next look comes, with what is desired or told then
            await self._settle_all()
            if self._twin.trouble is None:
                await self._report()

    def _wishes(self) -> Mapping[str, object]:
        """What is desired; while that is not known, what was under way."""
        if (desired := self._twin.desired) is not None:
            return desired
        return {
            name: memory.wish.model_dump()
            for name, memory in self._memories.items()
            if memory.state in {"installing", "shadowing"}
        }

    async def _settle_all(self) -> None:
        wishes = self._wishes()
        for name in set(self._site.watched) - set(wishes):
            await self._site.unwatch(name)
        for name, desired in wishes.items():
            try:
                await self._settle(name, read_assignment(desired))
            except (AssignmentRefused, OSError) as error:  # the others are not to wait for this one
                _log.warning("model %s: %s", name, error)
        self._show()

    async def _settle(self, name: str, wanted: Assignment) -> None:
        local = await self._site.local(name)
        if local.watched is not None and (wanted.mode, wanted.version) != ("shadow", local.watched):
            await self._site.unwatch(name)
            local = replace(local, watched=None)
        memory = self._memories.get(name)
        if memory is not None and memory.is_of(wanted):
            if memory.concerning(wanted) != memory:
                memory = await self._write(memory.concerning(wanted))
        else:
            memory = _begun(name, wanted)
        step = next_step(wanted, self._memories.get(name), local)
        ends: dict[str, State] = {
            "adopt": "active",
            "lose": "rolled_back",
            "refuse": "rejected",
            "fail": "failed",
        }
        if step.move in ends:
            await self._keep(memory, ends[step.move], step.reason)
        elif step.move != "rest":
            if self._memories.get(name) != memory or memory.state != "installing":  # else it is tried again
                memory = await self._keep(memory, "installing")
                with suppress(NotDelivered):  # the cloud hears of it later
                    await self._report()
            await self._carry_out(step.move, memory, wanted)

    async def _carry_out(self, move: str, memory: Memory, wanted: Assignment) -> None:
        try:
            if move == "watch":
                await self._site.watch(memory.model, wanted)
                await self._keep(memory, "shadowing")
            elif move == "install":
                await self._install(memory, wanted)
            else:
                back = self._site.go_back if move == "back" else self._site.go_to_original
                await back(memory.model)
                await self._keep(memory, "active")
        except (ReleaseRefused, Unfit, ModelRefused) as error:
            await self._keep(memory, "failed", str(error))
        except (ReleaseError, NotRunning, OSError) as error:  # may be better at the next look
            await self._keep(memory, "installing", str(error))

    async def _install(self, memory: Memory, wanted: Assignment) -> None:
        name = memory.model
        said = await self._site.install(name, wanted)
        try:
            usual = await self._site.try_out(name, said)
            await self._site.watch_live(
                name,
                wanted.version,
                usual,
                trial_s=self._settings.trial_s,
                tick_s=self._settings.tick_s,
            )
        except Unfit as error:
            await self._site.go_back(name)
            await self._keep(memory, "rolled_back", str(error))
        else:
            await self._keep(replace(memory, starts=0), "active")

    async def _restarted(self, memory: Memory) -> None:
        """The box went down amid a trial; when that happens again, the version is taken for the reason."""
        here = await asyncio.to_thread(self._releases.installed, memory.model)
        if here is None or here.sha256 != memory.sha256:
            return
        memory = await self._write(replace(memory, starts=memory.starts + 1))
        if memory.starts >= MOST_STARTS:
            await asyncio.to_thread(self._site.take_back_unloaded, memory.model)
            why = f"the box went down {memory.starts} times while it was on trial"
            await self._keep(memory, "rolled_back", why)

    async def _report(self) -> None:
        await self._reports.report(
            {name: memory.standing(self._site.figures(name)) for name, memory in self._memories.items()}
        )

    async def _keep(self, memory: Memory, state: State, reason: str = "") -> Memory:
        """Write down how far a model is, and tell when that is news."""
        kept = replace(memory, state=state, reason=shorten_paths(reason))
        if kept == self._memories.get(memory.model):
            return kept
        before = self._memories.get(memory.model)
        await self._write(kept)
        if before is None or (before.state, before.version) != (state, kept.version):
            self.outcomes[memory.model, state] += 1
            self._events.record(
                EVENT,
                actor="cloud",
                subject=memory.model,
                outcome=state,
                version=memory.version,
                reason=kept.reason or None,
            )
        return kept

    async def _write(self, memory: Memory) -> Memory:
        await self._store.write(lambda db: rows.save(db, memory))
        self._memories[memory.model] = memory
        return memory

    def _show(self) -> None:
        bad = [
            f"{each.model} {each.version}: {each.reason}"
            for each in self._memories.values()
            if each.state in _ENDS_BADLY
        ]
        if self._memories:
            self._health.set(PART, "degraded" if bad else "ok", "; ".join(bad))


def _begun(name: str, wanted: Assignment) -> Memory:
    return Memory(
        model=name,
        version=wanted.version,
        sha256=wanted.sha256,
        target=wanted.target,
        mode=wanted.mode,
        rollout=wanted.rollout,
        state="installing",
    )
