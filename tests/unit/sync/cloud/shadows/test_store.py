"""Shadows in a database, also when many write at once."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError

from provisioning.twin import DocumentRefused, VersionConflict
from sync.cloud.shadows.store import change, change_many, find, version_of
from tests.unit.sync.cloud.simulated_fleet import Fleet


def at_once(*work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def test_what_nobody_wrote_is_not_there(boxes: Fleet) -> None:
    with boxes.database.read() as session:
        assert find(session, "a", "models") is None
        assert version_of(session, "a", "models") is None


def test_a_shadow_is_of_a_gateway_that_there_is(boxes: Fleet) -> None:
    with pytest.raises(IntegrityError), boxes.database.write() as session:
        change(session, "nobody", "models", "desired", {"x": 1}, now=boxes.now)


def test_the_moment_of_the_last_change_is_kept(boxes: Fleet) -> None:
    with boxes.database.write() as session:
        _, first = change(session, "a", "models", "desired", {"x": 1}, now=boxes.now)
    boxes.wait(60)
    with boxes.database.write() as session:
        shadow, second = change(session, "a", "models", "desired", {"x": 1}, now=boxes.now)
    assert (first, second, shadow.version) == (second, first, 1)


def test_of_writers_that_have_read_the_same_version_one_wins(boxes: Fleet) -> None:
    outcomes: list[str] = []

    def write(number: int) -> None:
        try:
            with boxes.database.write() as session:
                change(session, "a", "models", "reported", {f"by {number}": 1}, now=boxes.now, version=0)
            outcomes.append("taken")
        except VersionConflict:
            outcomes.append("conflict")

    at_once(*(lambda number=number: write(number) for number in range(4)))
    assert sorted(outcomes) == ["conflict"] * 3 + ["taken"]
    assert boxes.shadow("a").version == 1


def test_no_change_of_many_writers_is_lost(boxes: Fleet) -> None:
    def desire() -> None:
        for number in range(5):
            with boxes.database.write() as session:
                fields = {box: {f"d{number}": number} for box in ("a", "b", "c")}
                change_many(session, "models", "desired", fields, now=boxes.now)

    def report(box: str) -> None:
        for number in range(5):
            with boxes.database.write() as session:
                change(session, box, "models", "reported", {f"r{number}": number}, now=boxes.now)

    at_once(desire, lambda: report("a"), lambda: report("b"))
    for box, reports in (("a", 5), ("b", 5), ("c", 0)):
        shadow = boxes.shadow(box)
        assert (len(shadow.desired), len(shadow.reported), shadow.version) == (5, reports, 5 + reports)


def test_many_are_changed_together_or_not_at_all(boxes: Fleet) -> None:
    bad: dict[str, dict[str, float]] = {"a": {"x": 1}, "b": {"x": float("nan")}}
    with pytest.raises(DocumentRefused), boxes.database.write() as session:
        change_many(session, "models", "desired", bad, now=boxes.now)
    assert boxes.shadow("a").version == 0
