"""What the kiosk shows for what the box says: its view module, run in the browser. No box, no network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest

from vision.counting.form import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]

pytestmark = pytest.mark.browser

UNKNOWN = "\N{EN DASH}"

LIVE = {"live": True, "lost": False, "problem": None}
LOST = {"live": False, "lost": True, "problem": "unreachable"}


NOTHING = {"pose": None, "picture": None, "choice": "", "note": ""}


def snapshot(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "station": {"id": "s1", "name": "Rack 1"},
        "at": "2026-01-01T00:00:00.000Z",
        "box_started_at": "2026-01-01T00:00:00.000Z",
        "session": {
            "id": "u1",
            "member_id": "m1",
            "display_name": "Ana Roa",
            "short_name": "Ana R.",
            "language": None,
            "still_s": 0.4,
            "ends_in_s": None,
            "sets": {"squat": 1},
            "exercise": None,
            "started_at": "2026-01-01T00:00:00.000Z",
            "elapsed_s": 61.0,
            "reps": {"squat": 7},
            "partials": {"squat": 2},
        },
        "exercise": "squat",
        "reps": 7,
        "partials": 2,
        "refused": 0,
        "phase": "down",
        "depth": 0.62,
        "tempo_s": 2.1,
        "form": {"verdict": "good", "reason": "good"},
        "treadmill": {
            "device_id": "t1",
            "link": "live",
            "speed_kmh": 9.5,
            "incline_percent": 2.0,
            "distance_m": 1240.0,
            "energy_kcal": 96.0,
            "elapsed_s": 610.0,
        },
        "heart_rate": {
            "device_id": "b1",
            "link": "live",
            "bpm": 142.0,
            "zone": 3,
            "fraction": 0.75,
            "contact": True,
        },
        "pose": {"width": 960, "height": 540, "points": [[1.0, 2.0, 0.9]] * 17, "age_s": 0.1},
        "camera": {"id": "cam1", "state": "ok", "reason": ""},
        "alerts": [],
    }
    return {**base, **changes}


def part(name: str, **changes: Any) -> dict[str, Any]:
    return {name: {**snapshot()[name], **changes}}


def view(js: Js, shot: dict[str, Any] | None, link: dict[str, Any] = LIVE, **state: Any) -> dict[str, Any]:
    given = {
        "snapshot": shot,
        "link": link,
        "sinceSnapshot_s": 0.4,
        "checkin": None,
        "summary": None,
        **state,
    }
    code = """async (m, state) => {
        const { translator } = await import('/kiosk/static/strings.js');
        return m.viewOf(state, translator('en'));
    }"""
    seen: dict[str, Any] = js("view", code, {**given, **state})
    return seen


def test_view_of_a_live_set(js: Js) -> None:
    seen = view(js, snapshot())
    live = seen["live"]
    assert (seen["mode"], seen["stale"], seen["banner"], seen["alerts"]) == ("live", False, None, None)
    assert (live["layout"], *seen["person"].values()) == (
        "both heart",
        "Ana R.",
        "A",
        "1:01",
    )
    reps = live["reps"]
    assert (reps["count"], reps["name"], reps["depth"], reps["tempo"]) == ("7", "Squats", 0.62, "2.1 s")
    assert (reps["phase"], reps["phaseName"], reps["note"]) == ("down", "Down", "")
    assert (reps["marks"], reps["partialText"], reps["spoken"]) == (2, "2 partial", "7 Squats")
    assert live["heart"] == {
        "bpm": "142",
        "zone": 3,
        "zoneText": "Zone 3",
        "zoneName": "Moderate",
        "wanted": None,
        "note": "",
    }
    assert live["belt"] == {
        "speed": "9.5",
        "incline": "2.0",
        "distance": {"text": "1.24", "unit": "km"},
        "energy": "96",
        "elapsed": "10:10",
        "note": "",
    }


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ({"verdict": "good"}, {"text": "Good rep", "good": True}),
        ({"verdict": "shallow"}, {"text": "Shallow: use the full range", "good": False}),
        ({"verdict": "uneven_left"}, {"text": "Uneven: your left side does more", "good": False}),
        ({"verdict": None}, None),
        ({"verdict": "from a later version"}, None),
        (None, None),
    ],
)
def test_the_last_rep_s_form_is_a_hint_for_the_next(
    js: Js, form: dict[str, Any] | None, shown: dict[str, Any] | None
) -> None:
    assert view(js, snapshot(form=form))["live"]["reps"]["form"] == shown
    assert view(js, snapshot(form=form), LOST)["live"]["reps"]["form"] is None


@pytest.mark.parametrize(
    ("refused", "hint"), [(0, "Good rep"), (1, "Good rep"), (2, "Not counted"), (9, "Not c")]
)
def test_movements_that_are_refused_again_and_again_are_explained(js: Js, refused: int, hint: str) -> None:
    assert view(js, snapshot(refused=refused))["live"]["reps"]["form"]["text"].startswith(hint)
    assert view(js, snapshot(refused=refused), LOST)["live"]["reps"]["form"] is None
    rep = {"exercise": "squat", "number": 8, "partial": False, "form": None}
    assert js("view", "(m, s, r) => m.withRep(s, r).refused", snapshot(refused=refused), rep) == 0


def test_every_verdict_is_said_in_every_language(js: Js) -> None:
    languages = js("strings", "(m) => m.LANGUAGES")
    for words in languages.values():
        assert {f"form.{verdict}" for verdict in get_args(Verdict)} <= set(words)


@pytest.mark.parametrize(
    ("missing", "layout"),
    [
        ([], "both heart"),
        (["heart_rate"], "both"),
        (["treadmill"], "camera heart"),
        (["treadmill", "heart_rate"], "camera"),
        (["camera"], "treadmill heart"),
        (["camera", "heart_rate"], "treadmill"),
        (["camera", "treadmill"], "bare heart"),
        (["camera", "treadmill", "heart_rate"], "bare"),
    ],
)
def test_view_shows_only_what_the_station_has(js: Js, missing: list[str], layout: str) -> None:
    live = view(js, snapshot(**dict.fromkeys(missing)))["live"]
    assert live["layout"] == layout
    assert (live["reps"] is None) == (live["stage"] is None) == ("camera" in missing)
    assert (live["belt"] is None) == ("treadmill" in missing)
    assert (live["heart"] is None) == ("heart_rate" in missing)


@pytest.mark.parametrize("link", ["stale", "lost", "never"])
def test_a_value_that_is_not_live_is_unknown_even_when_it_is_sent(js: Js, link: str) -> None:
    live = view(js, snapshot(**part("treadmill", link=link), **part("heart_rate", link=link)))["live"]
    belt, heart = live["belt"], live["heart"]
    assert [belt["speed"], belt["incline"], belt["distance"]["text"], belt["energy"], belt["elapsed"]] == [
        UNKNOWN
    ] * 5
    assert (heart["bpm"], heart["zone"], heart["zoneName"]) == (UNKNOWN, None, "")
    assert belt["note"] == heart["note"] == "No signal"


def test_a_box_that_is_lost_leaves_nothing_live_on_the_screen(js: Js) -> None:
    seen = view(js, snapshot(alerts=[{"part": "store", "level": "failed", "reason": "x"}]), LOST)
    live = seen["live"]
    assert seen["stale"]
    assert seen["banner"] == "Connection to the box lost \N{EN DASH} reconnecting"
    assert seen["alerts"] is None
    assert (live["reps"]["depth"], live["reps"]["phase"], live["reps"]["tempo"]) == (None, None, UNKNOWN)
    assert (live["reps"]["count"], live["reps"]["note"]) == ("7", "last known count")
    assert live["stage"] == NOTHING
    assert (live["heart"]["bpm"], live["belt"]["speed"], live["belt"]["incline"]) == (
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("starting", "Camera is starting"),
        ("unreachable", "Camera cannot be reached"),
        ("unauthorised", "Camera refuses the password"),
        ("no_video", "Camera sends no picture"),
        ("stalled", "Camera picture has stopped"),
        ("on holiday", "Camera state unknown"),
    ],
)
def test_a_blind_camera_pauses_the_count_and_nothing_else(js: Js, state: str, words: str) -> None:
    live = view(js, snapshot(**part("camera", state=state)))["live"]
    assert live["stage"] == {**NOTHING, "note": words}
    assert (live["reps"]["note"], live["reps"]["live"], live["reps"]["depth"]) == (
        "Counting paused",
        False,
        None,
    )
    assert (live["heart"]["bpm"], live["belt"]["speed"]) == ("142", "9.5")


def test_nobody_is_asked_to_move_while_nothing_counts(js: Js) -> None:
    fresh = {**snapshot(exercise=None, reps=0), **part("session", exercise=None)}
    assert view(js, fresh)["live"]["reps"]["name"] == "Start moving"
    blind = {**fresh, **part("camera", state="stalled")}
    assert view(js, blind)["live"]["reps"]["name"] == UNKNOWN


def test_a_counter_that_is_down_pauses_the_count(js: Js) -> None:
    down = [{"part": "vision", "level": "failed", "reason": "restarting"}]
    live = view(js, snapshot(alerts=down, pose=None, phase="unknown", depth=None))["live"]
    assert live["stage"] == {**NOTHING, "note": "Counting paused"}
    assert not live["reps"]["live"]
    assert view(js, snapshot(alerts=down))["live"]["reps"]["live"], "degraded, but it counts"


@pytest.mark.parametrize(
    "pose", [None, {**snapshot()["pose"], "age_s": 1.2}, {**snapshot()["pose"], "age_s": None}]
)
def test_an_old_skeleton_is_no_skeleton(js: Js, pose: dict[str, Any] | None) -> None:
    assert view(js, snapshot(pose=pose))["live"]["stage"] == {**NOTHING, "note": "Step into view"}


BLURRED = {"camera": {"id": "c1", "state": "ok", "reason": "", "stage": "blurred_video"}}


@pytest.mark.parametrize(
    ("changes", "link", "wanted"),
    [
        (BLURRED, LIVE, True),
        ({}, LIVE, False),
        ({**BLURRED, "session": None}, LIVE, False),
        (BLURRED, {**LIVE, "live": False}, False),
        ({"camera": {**BLURRED["camera"], "state": "stalled"}}, LIVE, False),
        ({"camera": None}, LIVE, False),
    ],
)
def test_a_picture_is_asked_for_only_where_it_is_wanted_and_live(
    js: Js, changes: dict[str, Any], link: dict[str, Any], *, wanted: bool
) -> None:
    assert js("view", "(m, s, link) => m.hasPicture(s, link)", snapshot(**changes), link) is wanted


def test_a_picture_may_be_hidden_and_is_never_shown_when_nothing_is_live(js: Js) -> None:
    shown = {"shown": {"width": 960}, "off": False}
    stage = view(js, snapshot(**BLURRED), picture=shown)["live"]["stage"]
    assert (stage["picture"], stage["choice"]) == ({"width": 960}, "Hide the picture")
    off = view(js, snapshot(**BLURRED), picture={"shown": None, "off": True})["live"]["stage"]
    assert (off["picture"], off["choice"]) == (None, "Show the picture, blurred")
    lost = view(js, snapshot(**BLURRED), {**LIVE, "live": False}, picture=shown)["live"]["stage"]
    assert lost == NOTHING


def test_a_band_without_skin_contact_has_no_heart_rate(js: Js) -> None:
    heart = view(js, snapshot(**part("heart_rate", contact=False)))["live"]["heart"]
    assert (heart["bpm"], heart["zone"], heart["note"]) == (UNKNOWN, None, "No skin contact")


@pytest.mark.parametrize(("fraction", "words"), [(None, ""), (0.45, "Below zone 1")])
def test_a_heart_rate_without_a_zone_is_shown_without_one(js: Js, fraction: float | None, words: str) -> None:
    heart = view(js, snapshot(**part("heart_rate", zone=None, fraction=fraction)))["live"]["heart"]
    assert (heart["bpm"], heart["zone"], heart["zoneText"]) == ("142", None, "")
    assert heart["zoneName"] == words


def test_time_goes_on_between_snapshots(js: Js) -> None:
    assert view(js, snapshot(), sinceSnapshot_s=0.99)["person"]["timer"] == "1:01"
    assert view(js, snapshot(), sinceSnapshot_s=1.0)["person"]["timer"] == "1:02"


def test_the_worst_alert_is_told_and_the_others_counted(js: Js) -> None:
    alerts = [
        {"part": "mqtt", "level": "degraded", "reason": "Broker is away."},
        {"part": "camera:cam1", "level": "failed", "reason": "Camera is away."},
        {"part": "store", "level": "ok", "reason": ""},
    ]
    assert view(js, snapshot(alerts=alerts))["alerts"] == {
        "level": "failed",
        "title": "Camera",
        "reason": "No picture. The rest goes on.",
        "more": "+1 more",
    }


@pytest.mark.parametrize(
    ("state", "mode"),
    [
        ({"snapshot": None}, "loading"),
        ({"snapshot": None, "link": {**LOST, "problem": "denied"}}, "denied"),
        ({"link": {**LOST, "problem": "denied"}}, "denied"),
        ({"link": {**LOST, "problem": "missing"}}, "missing"),
        ({}, "live"),
        ({"snapshot": snapshot(session=None)}, "welcome"),
        ({"snapshot": snapshot(session=None), "checkin": {"step": "choices"}}, "choices"),
    ],
)
def test_mode(js: Js, state: dict[str, Any], mode: str) -> None:
    given = {"shot": snapshot(), **state}
    shot = given.pop("snapshot", given.pop("shot"))
    given.pop("shot", None)
    assert view(js, shot, given.pop("link", LIVE), **given)["mode"] == mode


def test_an_unattended_station_shows_no_persons_values(js: Js) -> None:
    seen = view(js, snapshot(session=None))
    assert seen["live"] is None
    assert "142" not in json.dumps(seen)
    assert [(chip["name"], chip["ok"]) for chip in seen["ready"]] == [("Treadmill", True), ("Camera", True)]


def test_a_station_with_a_treadmill_says_where_its_stop_switch_is(js: Js) -> None:
    assert "stop switch and the safety key are on the treadmill" in view(js, snapshot(session=None))["safety"]
    assert view(js, snapshot(session=None, treadmill=None))["safety"] == ""


def test_summary_adds_up_the_sets_of_an_exercise(js: Js) -> None:
    ended = {
        "started_at": "2026-01-01T10:00:00.000Z",
        "ended_at": "2026-01-01T10:06:20.000Z",
        "sets": [
            {"exercise": "squat", "reps": 10},
            {"exercise": "pushup", "reps": 0},
            {"exercise": "squat", "reps": 8},
        ],
        "heart_rate": {"mean_bpm": 141.6},
        "treadmill": None,
    }
    summary = view(js, snapshot(session=None), summary={"session": ended, "name": "Ana"})["summary"]
    assert summary["title"] == "Well done, Ana"
    assert [(fact["label"], fact["value"]) for fact in summary["facts"]] == [
        ("Time", "6:20"),
        ("Squats", "18"),
        ("Average heart rate", "142"),
    ]


def test_a_rep_event_is_shown_before_the_next_snapshot_and_never_backwards(js: Js) -> None:
    def count(rep: dict[str, Any]) -> Any:
        return js("view", "(m, s, r) => m.withRep(s, r).reps", snapshot(), rep)

    assert count({"exercise": "squat", "number": 8, "partial": False}) == 8
    assert count({"exercise": "squat", "number": 6, "partial": False}) == 7
    assert count({"exercise": "squat", "number": 9, "partial": True}) == 7
    assert count({"exercise": "pushup", "number": 9, "partial": False}) == 7
    assert js("view", "(m) => m.withRep(null, {number: 1})") is None
    rep = {"exercise": "squat", "number": 8, "partial": False, "form": {"verdict": "fast"}}
    assert js("view", "(m, s, r) => m.withRep(s, r).form", snapshot(), rep) == {"verdict": "fast"}


@pytest.mark.parametrize(
    ("change", "landed"),
    [
        ({"reps": 8}, True),
        ({"reps": 7}, False),
        ({"reps": 8, "exercise": "pushup"}, False),
        ({"reps": 8, "box_started_at": "2026-01-01T01:00:00.000Z"}, False),
        ({"reps": 8, **part("session", id="u2")}, False),
        ({"reps": 8, "session": None}, False),
    ],
)
def test_the_pulse_is_for_a_rep_that_just_landed(js: Js, change: dict[str, Any], *, landed: bool) -> None:
    assert js("view", "(m, a, b) => m.repLanded(a, b)", snapshot(), snapshot(**change)) is landed
