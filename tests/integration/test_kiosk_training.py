"""Plan, steps, pauses, outages and presence: the kiosk's pure modules, run in a browser. No box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]

pytestmark = pytest.mark.browser

WORDS = "const { translator } = await import('/kiosk/static/strings.js');"


def said(js: Js, module: str, call: str, *arguments: object, language: str = "en") -> Any:
    """Evaluate a call with `m`, the arguments as `a` and a translator `t`."""
    code = f"async (m, a, language) => {{ {WORDS} const t = translator(language); return {call}; }}"
    return js(module, code, list(arguments), language)


def sets(exercise: str, **more: Any) -> dict[str, Any]:
    base = {"kind": "sets", "exercise": exercise, "sets": 3, "reps": 12, "hold_s": None, "rest_s": 60.0}
    return {**base, **more}


def plan(*main: dict[str, Any], warm_up: int = 1) -> dict[str, Any]:
    walk = {"kind": "machine", "exercise": "walk", "duration_s": 300.0}
    return {
        "type": "resistance",
        "duration_minutes": 41.6,
        "intensity_score": 3.2,
        "sentence": "Because.",
        "names": {"walk": "Walk", "squat": "Squat"},
        "blocks": [
            {"kind": "warm_up", "duration_s": 300.0, "items": [walk] * warm_up},
            {"kind": "main", "duration_s": 1800.0, "items": list(main)},
            {"kind": "cool_down", "duration_s": 45.0, "items": [sets("stretch", reps=None, hold_s=30.0)]},
        ],
    }


def test_a_plan_in_words(js: Js) -> None:
    shown = said(js, "plan", "m.planOf(a[0], t)", plan(sets("squat"), sets("plank", reps=None, hold_s=20.4)))
    assert (shown["name"], shown["minutes"], shown["effort"], shown["effortText"]) == (
        "Strength",
        "42 min",
        6,
        "Effort 6 of 10",
    )
    warm_up, main, cool_down = shown["blocks"]
    assert warm_up == {"name": "Warm-up", "minutes": "5 min", "items": [], "text": "Walk"}
    assert main["items"] == [
        {"name": "Squat", "dose": "3 \u00d7 12"},
        {"name": "plank", "dose": "3 \u00d7 20 s"},
    ]
    assert (main["text"], cool_down["minutes"], cool_down["text"]) == ("", "0:45", "stretch")


@pytest.mark.parametrize(("items", "shown", "text"), [(7, 7, ""), (8, 8, ""), (9, 7, "and\u00a02\u00a0more")])
def test_a_long_plan_is_told_as_far_as_it_can_be_read(js: Js, items: int, shown: int, text: str) -> None:
    main = said(js, "plan", "m.planOf(a[0], t)", plan(*[sets("squat")] * items))["blocks"][1]
    assert (len(main["items"]), main["text"]) == (shown, text)
    warm_up = said(js, "plan", "m.planOf(a[0], t)", plan(warm_up=items), language="zh")["blocks"][0]
    assert warm_up["text"] == f"Walk，Walk，另有 {items - 2} 项"  # noqa: RUF001 - as Chinese is written


def test_the_sets_of_the_main_part_come_first(js: Js) -> None:
    asked = plan(sets("squat", sets=5))
    asked["blocks"][0]["items"].append(sets("squat", sets=1))
    assert said(js, "plan", "m.setsOf(a[0], 'squat').sets", asked) == 5
    assert said(js, "plan", "[m.setsOf(a[0], 'curl'), m.setsOf(null, 'curl')]", asked) == [None, None]


@pytest.mark.parametrize(
    ("minutes", "intensity", "words"),
    [
        (-4.0, -0.3, "4 min shorter than today, a little easier"),
        (5.4, 0.05, "5 min longer than today"),
        (0.4, 0.2, "a little harder"),
        (0.0, 0.0, "Like today"),
        (None, None, ""),
    ],
)
def test_what_tomorrow_changes(js: Js, minutes: float | None, intensity: float | None, words: str) -> None:
    told = {
        "type": "steady",
        "duration_minutes": 30,
        "intensity_score": 2.5,
        "minutes_change": minutes,
        "intensity_change": intensity,
        "because": "it was hard",
    }
    shown = said(js, "plan", "m.tomorrowOf(a[0], t)", told)
    assert (shown["change"], shown["because"]) == (words, "Because it was hard.")


STEPS = [
    {"duration_s": 300, "speed_kmh": 5.0},
    {"duration_s": 100, "speed_kmh": 10.0, "incline_percent": 2.0},
    {"duration_s": 100, "heart_rate_zone": 5},
    {"duration_s": 100},
]


def test_the_steps_of_a_run_as_a_profile(js: Js) -> None:
    now = {"number": 0, "count": 4, "remaining_s": 240.2}
    course = said(js, "course", "m.courseOf(a[0], a[1], t)", STEPS, now)
    assert [bar["when"] for bar in course["bars"]] == ["now", "ahead", "ahead", "ahead"]
    heights = [round(bar["height"], 2) for bar in course["bars"]]
    assert heights == [0.61, 1.0, 1.0, 0.22]
    assert (course["title"], course["next"]) == ("Step 1 of 4 \u00b7 4:01 left", "Next: 10.0 km/h · 2.0 %")
    assert (course["done"], course["left"], round(course["share"], 3)) == ("done 0:59", "9:01 to go", 0.1)
    nexts = [
        said(js, "course", "m.courseOf(a[0], a[1], t).next", STEPS, {**now, "number": number})
        for number in (1, 2, 3)
    ]
    assert nexts == ["Next: Zone 5", "Next: as you like", "Last step"]


@pytest.mark.parametrize("now", [None, {"number": 0, "count": 3, "remaining_s": 1}])
def test_steps_of_another_plan_are_not_shown(js: Js, now: dict[str, int] | None) -> None:
    assert said(js, "course", "m.courseOf(a[0], a[1], t)", STEPS, now) is None
    assert said(js, "course", "m.courseOf(null, a[0], t)", {"number": 0, "count": 0}) is None


def rest(js: Js, still_s: float | None, planned: object = None, **more: Any) -> Any:
    snapshot = {
        "session": {"still_s": still_s, "sets": {"squat": 1}},
        "exercise": "squat",
        "phase": "up",
        "depth": 0.1,
        **more,
    }
    return said(js, "rest", "m.restOf(a[0], a[1], 0.5, t)", snapshot, planned)


def test_a_pause_begins_after_the_last_repetition_and_ends_with_the_next_movement(js: Js) -> None:
    assert rest(js, None) is None
    assert rest(js, 7.4) is None
    assert rest(js, 20.0, depth=0.3) is None
    assert rest(js, 20.0, phase="down") is None
    assert rest(js, 20.0, depth=None, phase="unknown") == {
        "time": "0:20",
        "share": None,
        "over": False,
        "next": "Go on when you are ready",
    }


def test_a_planned_pause_counts_down_to_the_next_set(js: Js) -> None:
    planned = {"sets": 2, "rest_s": 60.0}
    assert rest(js, 29.5, planned) == {
        "time": "0:30",
        "share": 0.5,
        "over": False,
        "next": "Next: set 2 of 2",
    }
    over = rest(js, 75.0, planned)
    assert (over["time"], over["share"], over["over"], over["next"]) == (
        "0:00",
        0,
        True,
        "Ready for the next set",
    )
    last = {"still_s": 20, "sets": {"squat": 2}}
    assert rest(js, 20.0, planned, session=last)["next"] == "Go on when you are ready"


CAMERA, BELT = {"state": "ok"}, {"link": "live"}


@pytest.mark.parametrize(
    ("camera", "treadmill", "alerts", "words"),
    [
        (CAMERA, None, [], None),
        ({"state": "starting"}, None, [("camera:c", "degraded")], None),
        ({"state": "stalled"}, None, [("camera:c", "failed")], "The camera of this station"),
        ({"state": "stalled"}, BELT, [("camera:c", "failed")], None),
        ({"state": "stalled"}, BELT, [("camera:c", "failed"), ("mqtt", "failed")], "The box cannot hear"),
        (CAMERA, None, [("vision", "failed")], "Repetitions cannot be counted"),
        (CAMERA, None, [("vision", "degraded")], None),
        (CAMERA, None, [("mqtt", "failed")], None),
        (None, BELT, [("broker", "failed")], "The box cannot hear"),
        (None, None, [("mqtt", "failed")], None),
        (CAMERA, BELT, [("store", "failed")], "The box cannot save"),
    ],
)
def test_a_station_is_out_of_order_when_nothing_of_it_works(
    js: Js, camera: object, treadmill: object, alerts: list[tuple[str, str]], words: str | None
) -> None:
    told = [{"part": part, "level": level, "reason": "errno 5"} for part, level in alerts]
    given = {"camera": camera, "treadmill": treadmill, "alerts": told}
    outage = said(js, "outage", "m.outageOf(a[0], t)", given)
    assert outage == words if words is None else outage.startswith(words)


def test_every_part_and_level_has_words_in_both_languages(js: Js) -> None:
    for language in ("en", "zh"):
        for part in ("camera:c", "vision", "mqtt", "broker", "store", "comet"):
            for level in ("degraded", "failed"):
                told = [{"part": part, "level": level, "reason": "errno 5"}]
                shown = said(js, "outage", "m.alertsOf(a[0], t)", told, language=language)
                assert "alert." not in shown["title"] + shown["reason"]
                assert "errno" not in shown["reason"]


def test_somebody_is_alone_after_a_while_and_a_late_sign_is_none(js: Js) -> None:
    assert js(
        "presence",
        """(m) => { const here = new m.Presence(100); const seen = [here.isAlone(139.9), here.isAlone(140)];
            here.sign(150); here.sign(120); return [...seen, here.isAlone(189), here.isAlone(190)]; }""",
    ) == [False, True, False, True]


def test_the_question_counts_down_and_never_below_nothing(js: Js) -> None:
    call = "m.absenceOf({ ends_in_s: a[0] }, 1.5, t)"
    assert said(js, "presence", call, None) is None
    assert said(js, "presence", call, 45.0)["text"].startswith("Otherwise your session ends in 0:44.")
    assert "0:00" in said(js, "presence", call, 0.5)["text"]


# What the box told long ago is not live, however it came.


def link(js: Js, script: str) -> Any:
    return js("link", f"(m) => {{ const link = new m.LinkPolicy(() => 1); link.opening(100); {script} }}")


def test_events_that_were_held_up_on_the_way_are_not_live(js: Js) -> None:
    assert link(
        js,
        """link.heard(100.1, 5000); link.heard(101.1, 5001); const before = link.isLive(101.2);
        link.heard(105, 5001.5); return [before, link.isLive(105), link.decide(105, false)];""",
    ) == [True, False, "replace"]


def test_a_box_whose_clock_is_set_is_believed_on_the_next_stream(js: Js) -> None:
    assert link(
        js,
        """link.heard(100.1, 5000); link.heard(101, 1400); const set = link.isLive(101);
        link.failed(101); link.opening(102); link.heard(102.1, 1401);
        return [set, link.isLive(102.2), link.decide(102.2, false)];""",
    ) == [False, True, "wait"]


def test_after_a_sleep_the_stream_is_opened_at_once(js: Js) -> None:
    assert link(
        js,
        """link.heard(100.1); link.slept(100.2);
        return [link.isLive(100.2), link.isLost(100.3), link.decide(100.3, true)];""",
    ) == [False, False, "open"]
