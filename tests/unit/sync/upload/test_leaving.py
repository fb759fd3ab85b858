"""What leaves, looked at where it counts: in the bytes of the request, whatever shape a body takes."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sync.pseudonym import Pseudonymiser
from sync.record import KINDS, Record, RecordKind, new_record, parse_record
from sync.upload import leaving
from sync.upload.batch import pack
from sync.upload.leaving import Upload, as_it_leaves, kinds, tells_of_wellbeing

ANNA = Pseudonymiser(bytes(32))("anna")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARKER = 731337.25
TEXT_MARKER = "M731337"
PRIVATE_KEYS = (
    "sleep_efficiency",
    "sleep_hours",
    "sleepQuality",
    "hours_slept",
    "hrv",
    "hrv_rmssd_ms",
    "HRV",
    "rmssd",
    "sdnn_ms",
    "rr_intervals",
    "rr_interval_ms",
    "heart_rate_variability",
    "stress_index",
    "perceived_stress",
    "wellbeing",
)
REP = {"number": 1, "at_s": 4.2, "tempo_s": 2.0, "depth": 0.9, "partial": False}
SESSION = {
    "id": "0197",
    "station_id": "mat",
    "exercise": "pushup",
    "started_at": "2026-03-01T11:40:00.000Z",
    "rpe": 7,
    "sets": [
        {"exercise": "pushup", "reps": 12, "partials": 1, "verdicts": {"good": 12}, "reps_detail": [REP]}
    ],
    "heart_rate": {"mean_bpm": 121.0, "max_bpm": 150.0, "seconds_in_zone": [1, 2, 3, 4, 5], "samples": 99},
    "treadmill": {"distance_m": 4.0, "speed_series": [1, 2, 3]},
    "plan": {"id": "p", "features": {"age_years": 30.0, "bmi": 22.0}, "goal": "strength"},
}


def record(kind: RecordKind, body: dict[str, Any]) -> Record:
    return new_record(kind, body, member=ANNA if kind == "erase" else None, created_at=NOON)


def on_the_wire(each: Record, upload: Upload) -> str:
    """The bytes of a request, unpacked by somebody else."""
    packed = pack([as_it_leaves(each, upload).to_json()])
    return zstandard.ZstdDecompressor().decompress(packed).decode()


def crawl(value: Any) -> Iterator[str]:
    """Every key and text of a document."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from crawl(each)
    elif isinstance(value, list):
        for each in value:
            yield from crawl(each)
    elif isinstance(value, str):
        yield value


leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["pushup", "mat", "a note"])
documents = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sets", "plan", "features", "value"]), inner)
    ),
    max_leaves=8,
)
carriers = st.sampled_from([MARKER, str(MARKER), TEXT_MARKER, [MARKER], {"value": MARKER}, [[TEXT_MARKER]]])


@st.composite
def leaks(draw: st.DrawFn) -> Any:
    """Something private in one of the shapes in which it could slip in."""
    name, carrier = draw(st.sampled_from(PRIVATE_KEYS)), draw(carriers)
    return draw(
        st.sampled_from(
            [
                {name: carrier},
                {"feature": name, "value": carrier},
                {"metric": name, "unit": "ms", "values": carrier},
                [name, MARKER],
                {f"mean_{name}_7d": carrier},
                f"your {name} was {TEXT_MARKER}",
                {"why": f"because of {name}: {TEXT_MARKER}"},
            ]
        )
    )


@st.composite
def bodies_with_a_leak(draw: st.DrawFn) -> dict[str, Any]:
    """A body with a leak anywhere in it."""
    inner = draw(leaks())
    for _ in range(draw(st.integers(0, 4))):
        beside = draw(documents)
        inner = draw(
            st.sampled_from(
                [{"plan": inner, "kept": beside}, [beside, inner], {"sets": [inner]}, {"a": inner}]
            )
        )
    return {"kept": draw(documents), "told": inner}


@given(body=bodies_with_a_leak(), kind=st.sampled_from(KINDS), upload=st.sampled_from(["all", "summaries"]))
def test_sleep_hrv_and_stress_are_in_no_byte_that_leaves(
    body: dict[str, Any], kind: RecordKind, upload: Upload
) -> None:
    sent = on_the_wire(record(kind, body), upload)
    assert str(MARKER) not in sent
    assert TEXT_MARKER not in sent
    told = json.loads(sent)["body"]
    assert not any(
        re.search("sleep|slept|hrv|rmssd|sdnn|stress|wellbeing", each, re.IGNORECASE) for each in crawl(told)
    )


@given(documents)
def test_what_tells_of_nothing_private_leaves_as_it_is(document: Any) -> None:
    each = record("plan", {"kept": document})
    assert as_it_leaves(each, "all") == each


def test_all_is_all() -> None:
    assert as_it_leaves(record("session", SESSION), "all").body == SESSION


def test_summaries_are_without_repetitions_and_series() -> None:
    sent = json.loads(on_the_wire(record("session", SESSION), "summaries"))["body"]
    assert sent["sets"] == [{"exercise": "pushup", "reps": 12, "partials": 1, "verdicts": {"good": 12}}]
    assert sent["treadmill"] == {"distance_m": 4.0}
    rest = SESSION.keys() - {"sets", "treadmill"}
    assert {key: sent[key] for key in rest} == {key: SESSION[key] for key in rest}


def test_only_sessions_are_summed_up() -> None:
    plan = record("plan", {"blocks": [{"trace": [1]}]})
    assert as_it_leaves(plan, "summaries") == plan


def test_what_leaves_is_still_the_same_record() -> None:
    each = record("session", {**SESSION, "sleep": 7})
    sent = parse_record(on_the_wire(each, "summaries"))
    assert (sent.id, sent.kind, sent.created_at, sent.member) == (each.id, "session", NOON, None)


def test_which_kinds_leave() -> None:
    assert set(kinds("all")) == set(kinds("summaries")) == set(KINDS)
    assert set(kinds("nothing")) == {"erase", "health"}


@pytest.mark.parametrize(
    "text",
    ["bench press", "errors", "arr", "current_rr", "carry", "pressure", "sets", "reps", "hr", "mirror"],
)
def test_words_that_only_look_alike(text: str) -> None:
    assert tells_of_wellbeing(text) == (text == "current_rr")


@pytest.mark.parametrize("text", ["SLEEP", "Streß", "HeartRateVariability", "RR", "mean_RR_ms", "Well-Being"])
def test_however_it_is_written(text: str) -> None:
    assert tells_of_wellbeing(text)


parts = st.sampled_from(
    [*leaving._STEMS, "heart", "rate", "well", "interval", "_", "a", "E", " ", "ß", "\u017f", "tre"]
)


@given(st.text(max_size=30) | st.lists(parts, max_size=8).map("".join))
def test_the_quick_look_misses_nothing(text: str) -> None:
    assert tells_of_wellbeing(text) == (leaving._PRIVATE.search(text.casefold()) is not None)
