"""The kiosk's pure modules, run in the browser that runs them in a gym. No box, no network."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Js = Callable[..., Any]

pytestmark = pytest.mark.browser

KIOSK = Path(__file__).parents[2] / "gateway" / "kiosk"
UNKNOWN = "\N{EN DASH}"

# The words and numbers.


def test_numbers_and_times_read_as_people_write_them(js: Js) -> None:
    spoken = js(
        "format",
        """(m) => ({
            fixed: [m.fixed(9.46, 1), m.fixed(0, 1), m.fixed(-0.04, 1), m.fixed(-2, 1)],
            unknown: [null, undefined, NaN, Infinity, "9"].map((value) => m.fixed(value, 1)),
            durations: [0, 59.9, 60, 3599, 3600, 36061, -1, null].map(m.duration),
            distances: [0, 999.4, 1000, 12345, null].map((d) => Object.values(m.distance(d)).join(" ")),
            initials: ["ana", " élodie", "李雷", "😀 x", "", null].map(m.initial),
        })""",
    )
    assert spoken == {
        "fixed": ["9.5", "0.0", "0.0", "-2.0"],
        "unknown": [UNKNOWN] * 5,
        "durations": ["0:00", "0:59", "1:00", "59:59", "1:00:00", "10:01:01", UNKNOWN, UNKNOWN],
        "distances": ["0 m", "999 m", "1.00 km", "12.35 km", f"{UNKNOWN} km"],
        "initials": ["A", "É", "李", "😀", "", ""],
    }


@pytest.mark.parametrize(
    ("search", "preferred", "language"),
    [
        ("", ["en-GB"], "en"),
        ("", ["zh-CN", "en"], "zh"),
        ("", ["fr-FR", "zh-Hans"], "zh"),
        ("", [], "en"),
        ("?lang=zh", ["en"], "zh"),
        ("?lang=EN", ["zh"], "en"),
        ("?lang=xx", ["zh"], "zh"),
        ("?lang=constructor", [], "en"),
    ],
)
def test_language(js: Js, search: str, preferred: list[str], language: str) -> None:
    assert js("strings", "(m, s, p) => m.pickLanguage(s, p)", search, preferred) == language


def test_both_languages_say_the_same_things_with_the_same_blanks(js: Js) -> None:
    words = js("strings", "(m) => m.LANGUAGES")
    assert words["en"].keys() == words["zh"].keys()
    for key, english in words["en"].items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", words["zh"][key])), key


def test_every_word_that_the_page_asks_for_exists(js: Js) -> None:
    words = js("strings", "(m) => m.LANGUAGES.en")
    html = (KIOSK / "index.html").read_text(encoding="utf-8")
    html += (KIOSK / "phone" / "index.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'data-t(?:-placeholder)?="([^"]+)"', html))
    for source in KIOSK.rglob("*.js"):
        asked |= set(re.findall(r'\bt\("([^"]+)"', source.read_text(encoding="utf-8"))) - {"key"}
    assert len(asked) > 30
    assert asked <= words.keys()


# The link.


def run_link(js: Js, script: str) -> Any:
    return js("link", f"(m) => {{ const link = new m.LinkPolicy(() => 1); {script} }}")


def test_link_is_live_while_it_speaks_and_lost_after_two_and_a_half_seconds(js: Js) -> None:
    assert run_link(
        js,
        """link.opening(100); link.heard(100.1);
        return [102.6, 102.7].map((now) => [link.isLive(now), link.isLost(now)]);""",
    ) == [[True, False], [False, True]]


def test_link_says_nothing_before_the_first_stream_had_its_chance(js: Js) -> None:
    assert run_link(
        js,
        """const before = [link.isLive(5), link.isLost(5)];
        link.opening(5); link.failed(5.1);
        return [before, [link.isLive(7), link.isLost(7)], [link.isLive(8), link.isLost(8)]];""",
    ) == [[False, False], [False, False], [False, True]]


def test_link_backs_off_from_half_a_second_to_three(js: Js) -> None:
    pauses = run_link(
        js,
        """const pauses = []; let now = 0;
        for (let i = 0; i < 6; i++) { link.opening(now); pauses.push(link.failed(now)); now += 10; }
        link.opening(now); link.heard(now); pauses.push(link.failed(now));
        return pauses;""",
    )
    assert pauses == [0.5, 1, 2, 3, 3, 3, 0.5]


def test_link_spreads_its_pauses_but_never_below_half_a_second(js: Js) -> None:
    pauses = js(
        "link",
        """(m) => [0, 0.5, 1].map((chance) => {
            const link = new m.LinkPolicy(() => chance);
            return [0, 1, 2, 3].map(() => { link.opening(0); return link.failed(0); });
        })""",
    )
    for row in pauses:
        assert all(0.5 <= pause <= 3 for pause in row)
    assert pauses[0] != pauses[2]


def test_link_decides(js: Js) -> None:
    assert run_link(
        js,
        """const said = [link.decide(0, true)];              // never opened
        link.opening(0); said.push(link.decide(1, false));   // still connecting: patience
        said.push(link.decide(4.1, false));                  // mute for too long
        link.failed(4.1); said.push(link.decide(4.2, true)); // pausing
        said.push(link.decide(4.6, true));                   // the pause is over
        link.opening(4.6); link.heard(4.7);
        said.push(link.decide(8.6, false)); said.push(link.decide(8.8, false));
        return said;""",
    ) == ["open", "wait", "replace", "wait", "open", "wait", "replace"]


def test_link_that_closes_without_a_word_is_opened_again(js: Js) -> None:
    assert run_link(
        js,
        """link.opening(0); link.heard(0);
        return [link.decide(9, true), link.decide(9.6, true)];""",
    ) == ["wait", "open"]


# Checking in.


def check_in(js: Js, *actions: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = js("checkin", "(m, actions) => actions.reduce(m.step, m.atRest())", list(actions))
    return done


def test_check_in_from_keys_to_order(js: Js) -> None:
    state = check_in(
        js,
        {"do": "press", "key": "4"},
        {"do": "press", "key": "3"},
        {"do": "erase"},
        {"do": "press", "key": "2"},
        {"do": "continue"},
        {"do": "exercise", "exercise": "squat"},
        {"do": "band", "band": "b1"},
    )
    assert (state["step"], state["entry"]) == ("choices", "42")
    assert js("checkin", "(m, s) => m.orderOf(s, 's1')", state) == {
        "station_id": "s1",
        "member_id": "42",
        "band_id": "b1",
        "exercise": "squat",
    }


def test_check_in_without_choices_leaves_them_to_the_box(js: Js) -> None:
    state = check_in(js, {"do": "type", "text": " ana 7 "}, {"do": "continue"})
    assert js("checkin", "(m, s) => m.orderOf(s, 's1')", state) == {"station_id": "s1", "member_id": "ana7"}


def test_check_in_needs_a_number_and_bounds_it(js: Js) -> None:
    assert check_in(js, {"do": "continue"})["step"] == "member"
    assert len(check_in(js, {"do": "type", "text": "9" * 500})["entry"]) == 64


def test_a_refusal_leads_back_to_what_can_be_mended(js: Js) -> None:
    start = [{"do": "press", "key": "1"}, {"do": "continue"}, {"do": "send"}]
    invalid = check_in(js, *start, {"do": "refused", "error": {"slug": "invalid-request"}})
    busy = check_in(js, *start, {"do": "refused", "error": {"kind": "refused", "reason": "Taken."}})
    assert (invalid["step"], invalid["entry"], invalid["sending"]) == ("member", "1", False)
    assert (busy["step"], busy["sending"]) == ("choices", False)
    assert (
        check_in(js, *start, {"do": "refused", "error": {"kind": "x"}}, {"do": "press", "key": "2"})["error"]
        is None
    )
    assert check_in(js, *start, {"do": "rest"}) == check_in(js)


def test_bands_that_can_be_heard_come_first(js: Js) -> None:
    devices = [
        {"id": "t1", "kind": "treadmill", "profile": "ble-treadmill", "link": "live"},
        {"id": "b2", "kind": "heart_rate", "profile": "ble-heart-rate", "link": "never"},
        {"id": "b3", "kind": None, "profile": "ble-heart-rate", "link": "live"},
        {"id": "b1", "kind": "heart_rate", "profile": None, "link": "live", "rssi_dbm": -60},
        {"id": "x", "kind": None, "profile": None, "link": "live"},
    ]
    bands = js("checkin", "(m, d) => m.bandsOf(d)", devices)
    assert [(band["id"], band["live"], band["located"]) for band in bands] == [
        ("b1", True, True),
        ("b3", True, False),
        ("b2", False, False),
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"kind": "refused", "slug": "station-busy", "reason": "x"}, "Somebody is training here already."),
        ({"kind": "refused", "slug": "store-full", "reason": "The disk is full."}, "The disk is full."),
        ({"kind": "denied", "slug": "forbidden", "reason": "x"}, "This screen may not do that."),
        ({"kind": "unreachable", "slug": "", "reason": ""}, "The box did not answer. Please try again."),
        ({"kind": "refused", "slug": "", "reason": ""}, "The box did not answer. Please try again."),
    ],
)
def test_every_error_has_words(js: Js, error: dict[str, str], words: str) -> None:
    code = """async (m, error) => {
        const { translator } = await import('/kiosk/static/strings.js');
        return m.errorWords(error, translator('en'));
    }"""
    assert js("checkin", code, error) == words


# The stage.


def test_framing_opens_at_once_and_closes_slowly(js: Js) -> None:
    boxes = js(
        "framing",
        """(m) => {
            const framing = new m.Framing(); const frame = { width: 960, height: 540 };
            const small = [[400, 200], [500, 400]]; const large = [[200, 100], [700, 500]];
            const steps = [[small, 0], [large, 0.1], [small, 0.2], [small, 0.3]];
            return steps.map(([points, now]) => framing.follow(points, frame, now));
        }""",
    )
    assert boxes[1]["left"] < 200
    assert boxes[1]["right"] > 700
    assert boxes[1]["left"] < boxes[2]["left"] < boxes[3]["left"] < boxes[0]["left"]
    assert boxes[3]["left"] - boxes[1]["left"] < 20, "calm"


def test_framing_of_nobody_is_the_whole_frame(js: Js) -> None:
    box = js("framing", "(m) => new m.Framing().follow([], { width: 960, height: 540 }, 0)")
    assert box == {"left": 0, "top": 0, "right": 960, "bottom": 540}


def test_fit_keeps_the_shape_and_the_middle(js: Js) -> None:
    placed = js("framing", "(m) => m.fit({ left: 100, top: 100, right: 300, bottom: 200 }, 800, 800)")
    assert placed == {"scale": 4, "left": -400, "top": -200}


def test_a_sleep_is_noticed_once_and_a_clock_that_is_set_back_is_none(js: Js) -> None:
    assert js(
        "stream",
        """(m) => {
            const stream = new m.StationStream({ url: "" }); const real = Date.now; let wall = 5_000_000;
            Date.now = () => wall;
            const after = (wall_s, page_s) => { wall += wall_s * 1000; return stream.hasSlept(page_s); };
            const said = [after(0, 10), after(1, 11), after(3600, 12), after(1, 13)];
            said.push(after(-7200, 14), after(1, 15)); // the network's time has come
            Date.now = real;
            return said;
        }""",
    ) == [False, False, True, False, False, False]


# The code for phones.


def test_a_code_is_asked_for_when_somebody_could_scan_it_and_renewed_in_time(js: Js) -> None:
    shown = js(
        "handover",
        """async (m) => {
            let asked = 0; const told = [];
            const api = { handover: async () => ({ qr: `code ${++asked}`, renew_in_s: 60 }) };
            const handover = new m.Handover({ api, onChange: () => told.push(asked) });
            const settle = () => new Promise((done) => setTimeout(done));
            const at = async (wanted, now) => {
                const code = handover.code(wanted, now); await settle(); return code; };
            const seen = [await at(false, 0), await at(true, 1), await at(true, 2), await at(true, 60)];
            seen.push(await at(false, 62), asked); // nobody looks: nothing is asked for
            seen.push(await at(true, 63), await at(true, 64)); // the old one until the next is there
            seen.push(await at(true, 500), await at(true, 501)); // but none that is over
            handover.forget();
            seen.push(await at(true, 502), await at(true, 503), told.length);
            return seen;
        }""",
    )
    assert shown == [
        *(None, None, "code 1", "code 1"),
        *(None, 1),
        *("code 1", "code 2"),
        *(None, "code 3"),
        *(None, "code 4", 4),
    ]


def test_without_a_code_the_page_asks_again_later_and_an_answer_that_comes_too_late_is_none(js: Js) -> None:
    assert js(
        "handover",
        """async (m) => {
            let asked = 0, answer;
            const question = () => new Promise((yes, no) => { asked += 1; answer = { yes, no }; });
            const api = { handover: question };
            const handover = new m.Handover({ api, onChange: () => {} });
            const settle = () => new Promise((done) => setTimeout(done));
            handover.code(true, 0); handover.code(true, 1); answer.no(new Error("409")); await settle();
            const refused = [asked, handover.code(true, 2), handover.code(true, 14), asked];
            refused.push(handover.code(true, 15), asked);
            handover.forget(); answer.yes({ qr: "of before", renew_in_s: 60 }); await settle();
            return [refused, handover.code(false, 16), handover.code(true, 17)];
        }""",
    ) == [[1, None, None, 1, None, 2], None, None]


# The blurred picture.


def test_a_picture_is_shown_while_it_is_live_and_the_stream_ends_when_nobody_wants_it(js: Js) -> None:
    seen = js(
        "picture",
        """async (m) => {
            const canvas = new OffscreenCanvas(8, 4); canvas.getContext("2d").fillRect(0, 0, 8, 4);
            const blob = await canvas.convertToBlob({ type: "image/jpeg" });
            const bytes = new Uint8Array(await blob.arrayBuffer());
            const jpeg = btoa(String.fromCharCode(...bytes));
            const opened = []; let changed = null;
            const open = (url) => { const source = new EventTarget(); source.url = url; source.closed = 0;
                source.close = () => { source.closed += 1; }; opened.push(source); return source; };
            const picture = new m.Picture({ url: "/pictures", onChange: () => changed?.(), open });
            const send = (source, data) => new Promise((done) => { changed = done;
                source.dispatchEvent(new MessageEvent("picture", { data: JSON.stringify(data) })); });
            const now = () => performance.now() / 1000;
            const said = [picture.follow(false, now()), opened.length];
            said.push(picture.follow(true, now()), opened.length);
            await send(opened[0], { width: 960, height: 480, jpeg });
            const shown = picture.follow(true, now());
            said.push([shown.width, shown.height, shown.image.width, opened.length]);
            said.push(picture.follow(true, now() + 1.1)); // the camera stands still: not for the present
            await send(opened[0], { width: 960, height: 480, jpeg });
            said.push(shown.image.width); // the one before is given back
            const last = picture.follow(true, now()).image;
            picture.off = true;
            said.push(picture.follow(true, now()), opened[0].closed, last.width);
            picture.off = false;
            picture.follow(true, now());
            opened[1].onerror(); // the session has ended, or the box is lost
            said.push(opened.length, picture.follow(true, now()), opened.length);
            said.push(picture.follow(true, now() + 2), opened.length);
            return said;
        }""",
    )
    assert seen == [None, 0, None, 1, [960, 480, 8, 1], None, 0, None, 1, 0, 2, None, 2, None, 3]


def test_what_is_no_picture_is_not_shown_and_does_no_harm(js: Js) -> None:
    assert (
        js(
            "picture",
            """async (m) => {
            const source = new EventTarget();
            const picture = new m.Picture({ url: "", onChange: () => {}, open: () => source });
            picture.follow(true, 0);
            await picture.receive(source, { width: 1, height: 1, jpeg: btoa("half a picture") });
            return picture.follow(true, 0);
        }""",
        )
        is None
    )


# The files.


def test_what_the_page_loads_and_what_is_kept_for_a_box_that_is_down_is_all_there_is() -> None:
    html = (KIOSK / "index.html").read_text(encoding="utf-8")
    loaded = set(re.findall(r'(?:href|src)="/kiosk/static/([^"]+)"', html))
    files = {path.name for path in KIOSK.iterdir() if path.suffix in {".js", ".css", ".svg"}}
    assert loaded == files - {"sw.js"}
    worker = (KIOSK / "sw.js").read_text(encoding="utf-8")
    names = set(" ".join(re.findall(r'const (?:MODULES|MORE|STYLES) = "([^"]+)"', worker)).split())
    assert names == {Path(name).stem for name in loaded} - {"icon"}


def test_the_page_is_small_and_has_nothing_inline_and_nothing_foreign() -> None:
    own = [path for path in KIOSK.iterdir() if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in own) <= 75_000  # half of what it may be
    files = [*own, *(path for path in (KIOSK / "phone").iterdir())]
    for page in ("index.html", "phone/index.html"):
        html = (KIOSK / page).read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", html)
    for path in files:
        foreign = re.findall(r"https?://(?!www\.w3\.org/2000/svg)[\w.]+", path.read_text(encoding="utf-8"))
        assert foreign == [], path.name


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
