"""Keeps the box's child processes running: sees every exit at once, restarts with patience, stops in order.

It works on a thread of its own, not on the event loop, because a stuck loop is one of the things that must
not keep a dead camera from coming back. That thread alone touches the children, so it needs no locks;
others talk to it through a bounded queue and a pipe that wakes it.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Final, Literal

from gateway.processes.handle import Handle, describe_exit
from gateway.processes.restart_policy import Restart, RestartLimits, RestartPolicy
from gateway.processes.waker import Waker

_log = logging.getLogger(__name__)

# How often a child without a sentinel is asked whether it still runs.
_ASK_S: Final = 0.5
# The longest sleep; only a safety net, since exits and commands wake the thread.
_IDLE_S: Final = 5.0
# What stopping leaves for killing what would not end.
_KILL_S: Final = 0.5
_MOST_COMMANDS: Final = 256
# A child that is only started every half minute and ends each time is news once in so long.
_NEWS_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildChange:
    """What happened to a child: it runs, it will be started again, or it was stopped."""

    name: str
    state: Literal["running", "restarting", "stopped"]
    reason: str = ""
    """Plain words, as in "stopped (killed by signal 9, SIGKILL), restarting in 0.5 s"."""
    degraded: bool = False
    """It ends too often and is now started only every half minute."""
    refused: bool = False
    """It was not started at all, for the reason given; a person can remove that."""
    handle: Handle | None = None


def _nothing(change: ChildChange) -> None:
    del change


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process that the box needs."""

    name: str
    start: Callable[[], Handle]
    """Starts it; may raise, with words that say what to do, and is then tried again like after an exit."""
    on_change: Callable[[ChildChange], None] = _nothing
    """Called on the supervisor's thread; must be quick and must not stop the supervisor."""
    explain: Callable[[int | None], str] = describe_exit
    """Words for an exit code."""
    stop_timeout_s: float = 2.0
    limits: RestartLimits = field(default_factory=RestartLimits)


class StartRefused(Exception):  # noqa: N818 - a refusal with a reason, not a mistake in the code
    """A child cannot be started for a reason that a person can remove; the text says how."""


class _Watched:
    """One child and its present."""

    def __init__(self, child: Child, now_s: float) -> None:
        self.child = child
        self.policy = RestartPolicy(limits=child.limits)
        self.handle: Handle | None = None
        self.started_s = now_s
        self.due_s = now_s
        self.kill_reason: str | None = None
        self.restarts = 0
        self.logged: tuple[str, float] | None = None

    def is_news(self, what: str, now_s: float) -> bool:
        """Tell whether the log has not said this of the child for a while."""
        if self.logged is not None and self.logged[0] == what and now_s - self.logged[1] < _NEWS_S:
            return False
        self.logged = (what, now_s)
        return True


class Supervisor:
    """Runs children until `stop`; a child that keeps ending never takes the box with it."""

    def __init__(self) -> None:
        self._watched: list[_Watched] = []
        self._commands: queue.Queue[Callable[[], None]] = queue.Queue(_MOST_COMMANDS)
        self._thread: threading.Thread | None = None
        self._waker = Waker()
        self._stopping = threading.Event()
        self._deadline_s = 0.0
        self.failures = 0
        """Mistakes of callbacks and of the supervisor itself; each is in the log."""

    def add(self, child: Child) -> None:
        """Take a child on, before or after the start; the first one added is the last one stopped."""
        self._send(lambda: self._watched.append(_Watched(child, time.monotonic())))

    def remove(self, name: str, *, then: Callable[[], object] = lambda: None) -> None:
        """Stop a child and forget it; `then` is called on the supervisor's thread when it has ended."""

        def end() -> None:
            self._remove(name)
            then()

        self._send(end)

    def kill(self, name: str, reason: str) -> None:
        """End a child that hangs; it is restarted like after any exit, and `reason` is told as the cause."""
        self._send(lambda: self._kill(name, reason))

    def restart_now(self, name: str) -> None:
        """Start a waiting child without waiting any longer, because what it lacked is there."""
        self._send(lambda: self._hurry(name))

    def restarts(self) -> dict[str, int]:
        """Return how often each child was started again."""
        return {each.child.name: each.restarts for each in tuple(self._watched)}

    def pids(self) -> dict[str, int]:
        """Return the process ids of the children that run."""
        handles = {each.child.name: each.handle for each in tuple(self._watched)}
        return {name: handle.pid for name, handle in handles.items() if handle is not None}

    def start(self) -> None:
        """Start the thread, and with it the children; returns at once."""
        if self._thread is not None:
            raise RuntimeError("the supervisor was started already")
        self._waker.open()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Stop all children, the last added first; who does not end in time is killed. False: one is left."""
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        self._deadline_s = time.monotonic() + timeout_s
        self._stopping.set()
        self._waker.wake()
        thread.join(timeout_s + 2 * _KILL_S)
        if thread.is_alive():
            return False
        self._waker.close()
        return not self.pids()

    def _send(self, command: Callable[[], None]) -> None:
        self._commands.put(command, timeout=1.0)
        self._waker.wake()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except Exception:  # noqa: BLE001 - supervision never ends by a mistake; logged and counted
                self.failures += 1
                _log.exception("the supervisor made a mistake and goes on")
                self._stopping.wait(_ASK_S)
        for each in reversed(self._watched):
            self._end(each, self._deadline_s - _KILL_S)

    def _turn(self) -> None:
        self._obey()
        now_s = time.monotonic()
        for each in self._watched:
            if each.handle is None and each.due_s <= now_s and not self._stopping.is_set():
                self._start(each)
        self._wait()
        for each in self._watched:
            if each.handle is not None and each.handle.returncode() is not None:
                self._exited(each, each.handle)

    def _obey(self) -> None:
        for _ in range(_MOST_COMMANDS):
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            command()

    def _wait(self) -> None:
        """Sleep until a child ends, one is due, or somebody calls."""
        now_s = time.monotonic()
        sentinels = [each.handle.sentinel for each in self._watched if each.handle is not None]
        due_s = [each.due_s - now_s for each in self._watched if each.handle is None]
        if None in sentinels:
            due_s.append(_ASK_S)
        ready = connection.wait(
            [self._waker.fileno(), *(each for each in sentinels if each is not None)],
            timeout=max(0.0, min([*due_s, _IDLE_S])),
        )
        if self._waker.fileno() in ready:
            self._waker.clear()

    def _start(self, each: _Watched) -> None:
        each.started_s = time.monotonic()
        each.kill_reason = None
        try:
            each.handle = each.child.start()
        except Exception as error:  # noqa: BLE001 - whatever keeps a child from starting, the box goes on; told as its reason
            if not isinstance(error, StartRefused):
                _log.warning("%s could not be started", each.child.name, exc_info=True)
            self._plan(each, f"cannot start: {error}", refused=True)
            return
        _log.info("%s runs as process %d", each.child.name, each.handle.pid)
        self._tell(each, ChildChange(name=each.child.name, state="running", handle=each.handle))

    def _exited(self, each: _Watched, handle: Handle) -> None:
        how = each.kill_reason or each.child.explain(handle.returncode())
        handle.close()
        each.handle = None
        self._plan(each, f"stopped ({how})")

    def _plan(self, each: _Watched, what: str, *, refused: bool = False) -> None:
        now_s = time.monotonic()
        verdict = each.policy.exited(now_s=now_s, ran_s=now_s - each.started_s)
        each.due_s = now_s + verdict.delay_s
        each.restarts += 1
        reason = _words(what, verdict)
        news = each.is_news(what, now_s) or not verdict.degraded
        _log.log(logging.WARNING if news else logging.DEBUG, "%s: %s", each.child.name, reason)
        self._tell(
            each,
            ChildChange(
                name=each.child.name,
                state="restarting",
                reason=reason,
                degraded=verdict.degraded,
                refused=refused,
            ),
        )

    def _tell(self, each: _Watched, change: ChildChange) -> None:
        try:
            each.child.on_change(change)
        except Exception:  # noqa: BLE001 - a listener must not end supervision; logged and counted
            self.failures += 1
            _log.exception("%s: telling of a change failed", each.child.name)

    def _find(self, name: str) -> _Watched | None:
        return next((each for each in self._watched if each.child.name == name), None)

    def _kill(self, name: str, reason: str) -> None:
        each = self._find(name)
        if each is not None and each.handle is not None:
            each.kill_reason = reason
            each.handle.kill()

    def _hurry(self, name: str) -> None:
        each = self._find(name)
        if each is not None:
            each.due_s = min(each.due_s, time.monotonic())

    def _remove(self, name: str) -> None:
        each = self._find(name)
        if each is not None:
            self._end(each, time.monotonic() + each.child.stop_timeout_s)
            self._watched.remove(each)

    def _end(self, each: _Watched, gentle_until_s: float) -> None:
        """Ask a child to end, insist when the time is over."""
        handle = each.handle
        if handle is None:
            return
        handle.terminate()
        patience_s = min(each.child.stop_timeout_s, gentle_until_s - time.monotonic())
        if not handle.wait(max(0.0, patience_s)):
            _log.warning("%s did not end when asked and is killed", each.child.name)
            handle.kill()
            if not handle.wait(_KILL_S):
                _log.error("%s (process %d) cannot be killed", each.child.name, handle.pid)
                return
        each.handle = None
        handle.close()
        self._tell(each, ChildChange(name=each.child.name, state="stopped"))


def _words(what: str, verdict: Restart) -> str:
    if verdict.degraded:
        return f"{what}, {verdict.recent} times within a minute; next attempt in {verdict.delay_s:.0f} s"
    return f"{what}, restarting in {verdict.delay_s:.1f} s"
