import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.cloud import together as module
from sync.cloud.together import Together


def test_everything_is_done_once_and_those_who_wait_together() -> None:
    done: list[int] = []
    rounds: list[int] = []
    inside = threading.Lock()

    def work(items: list[int]) -> None:
        assert inside.acquire(blocking=False)  # one at a time
        rounds.append(len(items))
        done.extend(items)
        inside.release()

    together = Together(work, most=5)

    def do(item: int) -> None:
        together.do(item)
        assert item in done  # done when it returns

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(do, range(1000, 1400)))
    assert sorted(done) == list(range(1000, 1400))
    assert max(rounds) <= 5


def test_one_who_finds_too_many_goes_on_until_its_own_is_done() -> None:
    rounds: list[list[str]] = []
    together = Together(rounds.append, most=2)
    together._waiting = ["a", "b", "c"]
    together.do("mine")
    assert rounds == [["a", "b"], ["c", "mine"]]
    assert together._waiting == []


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    rounds: list[list[str]] = []
    together = Together(rounds.append, most=2)
    with together._turn:
        together.do("mine")
    assert (rounds, together._waiting) == ([], [])
    together.do("next")
    assert rounds == [["next"]]
