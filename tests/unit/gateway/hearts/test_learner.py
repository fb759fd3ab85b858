"""What is learned of sessions is kept; whatever goes wrong disturbs nobody."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gateway.hearts import learner as learner_module
from gateway.hearts.learner import HeartLearner, Lesson
from gateway.hearts.rows import load_heart, load_hearts
from gateway.store.store import StoreFull
from recommender.heart_response.known_heart import unknown_heart
from recommender.heart_response.recording import Recording

from .conftest import ADA, run_of

if TYPE_CHECKING:
    from recommender.heart_response.known_heart import KnownHeart

    from .conftest import Desk

ABSURD = Recording(np.arange(60, dtype=np.float64) * 5.0, np.full(60, 1e7), np.full(60, 45.0))


async def known(desk: "Desk", unit: str = "km/h") -> "KnownHeart":
    return await desk.store.read(lambda db: load_heart(db, "ada", unit))


async def test_a_session_is_learned_as_the_recommender_would(desk: "Desk") -> None:
    lesson = await desk.learn(run_of(ADA))
    await desk.settled(1)
    heart, expected = await known(desk), unknown_heart("km/h").after(lesson.recording, lesson.day)
    assert (heart.sessions, heart.last_day) == (1, desk.today)
    assert heart.belief.mean.tolist() == expected.belief.mean.tolist()
    assert np.allclose(heart.belief.covariance, expected.belief.covariance, rtol=1e-12, atol=0.0)
    assert heart.belief.response.gain == pytest.approx(ADA.gain, rel=0.15)


async def test_sessions_add_up_from_one_to_the_next(desk: "Desk") -> None:
    for _ in range(2):
        await desk.learn(run_of(ADA))
        desk.later(days=2.0)
    await desk.settled(2)
    heart = await known(desk)
    assert (heart.sessions, heart.last_day) == (2, desk.today - timedelta(days=2))
    assert desk.hearts.learner.learned == 2


async def test_of_an_erased_member_nothing_is_learned(desk: "Desk") -> None:
    session_id = await desk.begin()
    await desk.sessions.end(session_id)
    await desk.members.delete("ada")
    desk.hearts.learner.take(Lesson(session_id, "ada", "km/h", desk.today, run_of(ADA)))
    await desk.learn(run_of(ADA))  # the same id again, another session
    await desk.settled(1)
    assert (await known(desk)).sessions == 1


async def test_a_heart_that_nobody_has_is_not_kept(desk: "Desk", caplog: pytest.LogCaptureFixture) -> None:
    await desk.learn(run_of(ADA))
    lesson = await desk.learn(ABSURD)
    await desk.learn(run_of(ADA))
    await desk.settled(3)
    assert (desk.hearts.learner.learned, desk.hearts.learner.failed) == (2, 1)
    assert (await known(desk)).sessions == 2
    assert f"nothing is learned of session {lesson.session_id}" in caplog.text


async def test_a_full_disk_costs_one_lesson(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(_job: object) -> None:
        raise StoreFull("no room")

    with monkeypatch.context() as patch:
        lesson = Lesson("s1", "ada", "km/h", desk.today, run_of(ADA))
        patch.setattr(desk.store, "write", full)
        desk.hearts.learner.take(lesson)
        await desk.settled(1)
    told = [record for record in caplog.records if "nothing is learned of session s1" in record.message]
    assert [(each.levelno, each.exc_info) for each in told] == [(logging.WARNING, None)]
    await desk.learn(run_of(ADA))
    await desk.settled(2)
    assert (desk.hearts.learner.learned, desk.hearts.learner.failed) == (1, 1)


async def test_a_fit_that_does_not_end_is_left(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner_module, "PATIENCE_S", 0.0)
    await desk.learn(run_of(ADA))
    await desk.settled(1)
    assert (desk.hearts.learner.failed, (await known(desk)).sessions) == (1, 0)


async def test_one_too_many_is_dropped_and_counted(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner_module, "_MOST_WAITING", 2)
    learner = HeartLearner(desk.store)
    lesson = Lesson("s", "ada", "km/h", desk.today, run_of(ADA))
    for number in range(5):
        learner.take(replace(lesson, session_id=f"s{number}"))
    assert (learner.dropped, learner.learned, learner.failed) == (3, 0, 0)


async def test_each_unit_is_a_heart_of_its_own(desk: "Desk") -> None:
    watts = replace(ADA, gain=0.45)
    await desk.learn(run_of(watts, (60.0, 180.0, 100.0, 0.0)), "W")
    await desk.settled(1)
    assert ((await known(desk, "W")).sessions, (await known(desk)).sessions) == (1, 0)
    assert await desk.store.read(lambda db: load_hearts(db, "ada", "m/s")) == []
