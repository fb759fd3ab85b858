"""Today's plan: one a day for each member, from their past, kept; the rules when the models fail."""

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import pytest

from gateway.health import PartState
from gateway.members.members import MemberProfile, MemberUnknown
from gateway.members.wellbeing import SelfReport, WellbeingDiary
from gateway.planning import coaching as coaching_module
from gateway.planning.coaching import PlanFailed
from gateway.planning.rows import Feedback, PlanUnknown
from gateway.sessions.admission import CheckIn
from gateway.sessions.report import PlanReport, SessionReport
from gateway.store.store import StoreBroken
from recommender.person import Person
from recommender.prescription import Prescription
from sync import outbox

if TYPE_CHECKING:
    from sqlite_utils import Database

    from .conftest import Desk


async def count(desk: "Desk") -> int:
    def read(db: "Database") -> int:
        return int(db.execute("SELECT count(*) FROM plan").fetchone()[0])

    return await desk.store.read(read)


async def test_a_plan_is_made_once_a_day(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    assert await desk.planner.kept("ada") is None
    first = await desk.planner.today("ada")
    assert (first.day, first.version, first.document.source) == (date(2026, 3, 2), 1, "model")
    assert await desk.planner.today("ada") == first == await desk.planner.kept("ada")
    assert await desk.planner.get(first.id) == first
    desk.later(hours=14)  # 23:00 UTC is midnight in Berlin
    second = await desk.planner.today("ada")
    assert (second.day, second.version) == (date(2026, 3, 3), 1)
    assert len(desk.coach.asked) == desk.planner.made == 2


async def test_many_who_ask_at_once_get_the_same_plan(desk: "Desk") -> None:
    for name in ("ada", "bob"):
        await desk.members.put(name, MemberProfile(display_name=name))
    plans = await asyncio.gather(*(desk.planner.today(name) for name in ("ada", "bob") * 10))
    assert len({plan.id for plan in plans}) == len(desk.coach.asked) == await count(desk) == 2


async def test_a_plan_made_anew_takes_the_place_of_the_first(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    first, second = await desk.planner.today("ada"), await desk.planner.anew("ada")
    assert (first.version, second.version) == (1, 2)
    assert first.document.seed != second.document.seed
    assert (await desk.planner.today("ada")).id == second.id
    assert (await desk.planner.get(first.id)).id == first.id, "the first is still there to be looked at"


async def test_the_coach_is_told_of_the_member_their_past_and_the_gym(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada", birth_year=1986, goal="strength"))
    diary = WellbeingDiary(store=desk.store, days=desk.days)
    await diary.put(
        "ada", desk.days.today(), SelfReport(stress_index=6, resting_heart_rate_bpm=50, hrv_ms=44)
    )
    await desk.train("ada", minutes=25, rpe=7)
    desk.later(days=1)
    await desk.planner.today("ada")
    ((person, history, gym, today, _seed),) = desk.coach.asked
    assert (person.age_years, person.goal, today) == (40.0, "strength", date(2026, 3, 3))
    (workout,) = history.workouts
    assert (workout.day, workout.duration_minutes, workout.rpe) == (date(2026, 3, 2), 25.0, 7)
    (told,) = history.wellbeing
    assert (told.day, told.stress_index, told.resting_bpm, told.hrv_ms) == (date(2026, 3, 2), 6.0, 50.0, 44.0)
    assert gym.equipment == {"mat", "dumbbell"}
    assert [(m.kind, m.station_id, m.free, m.max_speed_kmh, m.max_incline_percent) for m in gym.machines] == [
        ("treadmill", "run", True, 12.0, 8.0),
        ("treadmill", "run-2", True, None, None),
    ]


async def test_a_machine_is_taken_by_others_and_not_by_oneself(desk: "Desk") -> None:
    await desk.sessions.start(CheckIn("run", "ada"))
    await desk.sessions.start(CheckIn("run-2", "bob"))
    for name in ("ada", "bob"):
        await desk.planner.today(name)
    free = [{each.station_id for each in gym.machines if each.free} for _, _, gym, _, _ in desk.coach.asked]
    assert free == [{"run"}, {"run-2"}]


async def test_who_only_has_an_id_is_planned_for_as_anybody(desk: "Desk") -> None:
    await desk.train("guest")
    await desk.planner.today("guest")
    assert desk.coach.asked[0][0] == Person()


async def test_there_is_no_plan_for_strangers(desk: "Desk") -> None:
    with pytest.raises(MemberUnknown):
        await desk.planner.today("nobody")
    with pytest.raises(PlanUnknown, match="no plan p9"):
        await desk.planner.get("p9")
    with pytest.raises(PlanUnknown):
        await desk.planner.feedback("p9", Feedback(accepted=True))
    assert await count(desk) == 0


@pytest.mark.parametrize("trouble", ["raises", "no warm-up"])
async def test_the_rules_stand_in_for_models_that_fail(desk: "Desk", trouble: str) -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    if trouble == "raises":
        desk.coach.error = RuntimeError("a tensor of another shape")
    else:
        desk.coach.first = "main"
    plan = await desk.planner.today("ada")
    assert plan.document.source == "rules"
    assert plan.document.source_note.startswith("the models made no plan: ")
    assert (desk.planner.coaching.fallbacks, desk.planner.coaching.failed) == (1, 0)
    assert desk.health.get("plans") == PartState(
        "degraded", f"{plan.document.source_note}; the rules made it"
    )
    desk.coach.error, desk.coach.first = None, "warm_up"
    assert (await desk.planner.anew("ada")).document.source == "model"
    assert desk.health.get("plans") == PartState("ok", "")


async def test_models_that_hang_are_not_waited_for(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    monkeypatch.setattr(coaching_module, "PATIENCE_S", 0.05)
    monkeypatch.setattr(desk.coach, "plan", lambda *_, **__: __import__("time").sleep(0.3))
    plan = await desk.planner.today("ada")
    assert plan.document.source_note == "the models made no plan: TimeoutError"


async def test_when_the_rules_fail_too_it_is_said_and_can_be_tried_again(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    desk.coach.error = desk.rules.error = RuntimeError("broken")
    with pytest.raises(PlanFailed, match="No plan can be made"):
        await desk.planner.today("ada")
    assert desk.planner.coaching.failed == 1
    desk.coach.error = None
    assert (await desk.planner.today("ada")).version == 1


async def test_feedback_is_kept_replaced_and_told_to_the_cloud_once(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    plan = await desk.planner.today("ada")
    for rpe in (5, 8):
        told = await desk.planner.feedback(plan.id, Feedback(accepted=True, rpe=rpe, note="fine"))
        assert told.feedback is not None
        assert (told.feedback.rpe, told.feedback.note) == (rpe, "fine")
    assert await desk.planner.today("ada") == told
    (record,) = await desk.records()
    assert (record.kind, record.member) == ("plan", desk.pseudonym("ada"))
    assert (record.body["id"], record.body["accepted"], record.body["rpe"]) == (plan.id, True, 8)


async def test_what_was_said_and_done_is_in_the_past_of_tomorrow(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    plan = await desk.planner.today("ada")
    report = await desk.train("ada", minutes=15, rpe=4)
    assert report.plan is not None
    assert (report.plan.id, report.plan.performed_minutes, report.plan.completion) == (plan.id, 15.0, 0.5)
    report = await desk.train("ada", minutes=12)
    assert report.plan is not None
    assert (report.plan.performed_minutes, report.plan.completion) == (12.0, 0.9)
    await desk.planner.feedback(plan.id, Feedback(accepted=False, rpe=9, note="my knee hurts"))
    desk.later(days=1)
    await desk.planner.today("ada")
    (workout,) = desk.coach.asked[-1][1].workouts
    assert (workout.duration_minutes, workout.completion) == (27.0, 0.9)
    assert (workout.rpe, workout.accepted, workout.note) == (9, False, "my knee hurts")
    assert workout.prescribed is not None
    assert workout.prescribed.duration_minutes == 30.0


async def test_a_plan_that_cannot_be_read_now_loses_no_session(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    plan = await desk.planner.today("ada")
    started = await desk.sessions.start(CheckIn("mat", "ada"))

    async def broken(_report: SessionReport) -> PlanReport | None:
        raise StoreBroken("not now")

    with monkeypatch.context() as patch:
        patch.setattr(desk.sessions, "_outcome", broken)
        with pytest.raises(StoreBroken):
            await desk.sessions.end(started.id, 4)
    assert [each.id for each in desk.sessions.active()] == [started.id]
    report = await desk.sessions.end(started.id, 5)
    assert report.rpe == 5
    assert report.plan is not None
    assert report.plan.id == plan.id


async def test_a_session_on_a_day_without_a_plan_has_none(desk: "Desk") -> None:
    assert (await desk.train("ada")).plan is None
    assert desk.coach.asked == []


async def test_a_plan_that_this_version_cannot_read_is_made_again(
    desk: "Desk", caplog: pytest.LogCaptureFixture
) -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    old = await desk.planner.today("ada")
    await desk.store.write(lambda db: db.execute("UPDATE plan SET document = '{}'").rowcount)
    new = await desk.planner.today("ada")
    assert (new.id != old.id, new.version) == (True, 1)
    assert "of another version" in caplog.text


async def test_the_nights_work_makes_plans_of_the_active(desk: "Desk") -> None:
    await desk.train("ada")
    desk.later(days=29)
    await desk.train("bob")
    await desk.train("eve")
    await desk.members.put("idle", MemberProfile(display_name="Idle"))
    await desk.planner.today("eve")
    await desk.planner.refresh()
    kept = {name: await desk.planner.kept(name) for name in ("ada", "bob", "eve", "idle")}
    assert {name for name, plan in kept.items() if plan} == {"bob", "eve"}
    assert desk.planner.made == await count(desk) == 2
    await desk.planner.refresh()
    assert desk.planner.made == 2, "who has a plan keeps it"


async def test_old_plans_are_forgotten_once_the_cloud_knows_of_them(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    plan = await desk.planner.today("ada")
    desk.later(days=121)
    await desk.planner.refresh()
    assert await desk.planner.get(plan.id) == plan, "its record still waits: to be withdrawn with the member"
    (record,) = await desk.records()
    await desk.store.write(lambda db: outbox.acknowledge(db.conn, [record.id]))
    await desk.planner.refresh()
    assert await count(desk) == 0


async def test_one_whose_plan_fails_does_not_hold_up_the_others(desk: "Desk") -> None:
    for name in ("ada", "bob", "eve"):
        await desk.train(name)
    desk.rules.error = RuntimeError("broken")
    fails = iter([RuntimeError("broken"), None, None])
    plan = desk.coach.plan

    def moody(*arguments: object, **limits: object) -> object:
        desk.coach.error = next(fails)
        return plan(*arguments, **limits)  # type: ignore[arg-type]

    desk.coach.plan = moody  # type: ignore[assignment, method-assign]
    await desk.planner.refresh()
    assert (desk.planner.coaching.failed, await count(desk)) == (1, 2)


async def test_a_plan_is_adjusted_to_less_and_who_listens_hears_whose(desk: "Desk") -> None:
    heard: list[str] = []
    desk.planner.add_listener(heard.append)
    await desk.members.put("ada", MemberProfile(display_name="Ada"))
    first = await desk.planner.today("ada")
    second = await desk.planner.adjusted(first.id, "shorter")
    assert (second.version, heard) == (2, ["ada"])
    assert desk.coach.limits == [None, Prescription(22.5, 3.2)]
    assert await desk.planner.today("ada") == second
    desk.later(days=1)
    with pytest.raises(PlanUnknown, match="not of today"):
        await desk.planner.adjusted(second.id, "easier")
    with pytest.raises(PlanUnknown):
        await desk.planner.adjusted("p0", "easier")


async def test_tomorrow_is_told_in_the_members_language_and_not_kept(desk: "Desk") -> None:
    await desk.members.put("ada", MemberProfile(display_name="Ada", language="zh-CN"))
    await desk.planner.today("ada")
    told = await desk.planner.tomorrow("ada")
    assert (told.day, told.minutes_change, await count(desk)) == (date(2026, 3, 3), 0.0, 1)
    english = await desk.planner.tomorrow("ada", "en")
    assert told == english, "this coach has no rule that is a reason"
    desk.later(days=1)
    assert await desk.planner.kept("ada") is None
    with pytest.raises(MemberUnknown):
        await desk.planner.tomorrow("nobody")
