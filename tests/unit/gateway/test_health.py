"""The board: worst state, changes told once and in order, listeners that fail."""

import threading
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.health import Health, PartState


def test_only_changes_are_told() -> None:
    health = Health()
    told: list[tuple[str, str, str]] = []
    health.subscribe(lambda part, state: told.append((part, state.state, state.reason)))
    assert health.set("broker", "ok")
    assert not health.set("broker", "ok")
    assert health.set("broker", "failed", "no broker: connection refused")
    assert health.set("broker", "failed", "no broker: refused the login")
    assert told == [
        ("broker", "ok", ""),
        ("broker", "failed", "no broker: connection refused"),
        ("broker", "failed", "no broker: refused the login"),
    ]


def test_since_counts_from_the_change_of_state_not_of_words() -> None:
    health = Health()
    before = datetime.now(UTC)
    health.set("disk", "degraded", "500 MB left")
    first = health.get("disk")
    health.set("disk", "degraded", "400 MB left")
    second = health.get("disk")
    assert first is not None
    assert second is not None
    assert before <= first.since == second.since
    assert second.reason == "400 MB left"
    health.set("disk", "ok")
    third = health.get("disk")
    assert third is not None
    assert third.since >= second.since


def test_worst_and_remove() -> None:
    health = Health()
    assert health.worst() == "ok"
    health.set("a", "ok")
    health.set("b", "degraded", "slow")
    assert health.worst() == "degraded"
    health.set("c", "failed", "gone")
    assert health.worst() == "failed"
    health.remove("c")
    health.remove("never there")
    assert health.worst() == "degraded"
    assert list(health.snapshot()) == ["a", "b"]
    assert health.get("c") is None


def test_a_listener_that_fails_is_counted_and_the_next_one_hears() -> None:
    health = Health()
    told: list[str] = []

    def failing(part: str, state: PartState) -> None:
        raise RuntimeError(part, state)

    health.subscribe(failing)
    end = health.subscribe(lambda part, _state: told.append(part))
    health.set("a", "ok")
    end()
    end()
    health.set("b", "ok")
    assert told == ["a"]
    assert health.listener_failures == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["ok", "degraded", "failed"]))))
def test_a_listener_that_replays_the_changes_ends_with_the_same_board(changes: list[tuple[str, str]]) -> None:
    health = Health()
    copy: dict[str, PartState] = {}
    health.subscribe(copy.__setitem__)
    for part, state in changes:
        health.set(part, state)  # type: ignore[arg-type]
    assert copy == health.snapshot()


def test_many_threads_tell_in_the_order_of_the_board() -> None:
    health = Health()
    last: dict[str, PartState] = {}
    health.subscribe(last.__setitem__)

    def write(number: int) -> None:
        for turn in range(200):
            health.set("shared", "degraded", f"{number}.{turn}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)
    assert last == health.snapshot()
