"""Jobs in the database: what is written is read, and boxes are told of what is open and no more."""

import json
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from provisioning.jobs import MAX_REASON, OPEN, STATES, Execution, Job, Kind, read_job
from sync.cloud.jobs import store
from sync.cloud.jobs.store import Listed, Place
from sync.cloud.jobs.tables import JobExecution, JobRow
from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.jobs.work import Work
from tests.unit.sync.cloud.rollout.rollouts import BEGIN
from tests.unit.sync.cloud.simulated_fleet import fleet_on_sqlite

UPDATE = {"version": "2.0", "target": "software/gymbox/2.0/box.tar", "sha256": "ab" * 32}
NORTH = "tenant-of-north"
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
MOMENTS = st.none() | st.integers(0, 10**12).map(lambda number: BEGIN + timedelta(microseconds=number))
PLAIN = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | WORDS
EXECUTIONS = st.builds(
    Execution,
    state=st.sampled_from(STATES),
    reason=WORDS,
    progress=st.none() | st.floats(0, 1),
    result=st.dictionaries(WORDS.filter(bool), PLAIN, max_size=3),
    started_at=MOMENTS,
    ended_at=MOMENTS,
)


def wish(kind: Kind = "collect_diagnostics", **parameters: Any) -> Job:
    return Job(
        kind=kind,
        parameters=parameters,
        queued_at=BEGIN,
        expires_at=BEGIN + timedelta(hours=1),
        timeout_s=90.0,
    )


def put(work: Work, name: str, *boxes: str, job: Job | None = None, key: str | None = None) -> Listed:
    new = Listed(
        id=name,
        tenant_id=NORTH,
        job=job or wish(),
        created_by="operator ann",
        executions={box: Execution() for box in boxes},
    )
    with work.fleet.database.write() as session:
        store.add(session, new, key=key)
    return new


def kept(work: Work, *names: str) -> list[Listed]:
    with work.fleet.database.read() as session:
        found = {row.id: row for row in session.scalars(select(JobRow))}
        return store.listed(session, [found[name] for name in names])


def write(work: Work, name: str, box: str, after: Execution) -> None:
    with work.fleet.database.write() as session:
        ((_, row, _),) = store.held(session, [Place(name, box)])
        store.save(row, after)


@settings(max_examples=4)
@given(after=EXECUTIONS, parameters=st.dictionaries(WORDS.filter(bool), PLAIN, max_size=4))
def test_what_is_written_is_read_as_it_was(after: Execution, parameters: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, fleet_on_sqlite(Path(folder)) as fleet:
        fleet.add("a", "b")
        work = Work(fleet)
        new = put(work, "j", "a", "b", job=wish("restart_part", **parameters))
        assert kept(work, "j") == [new]
        write(work, "j", "a", after)
        (read,) = kept(work, "j")
        assert read == replace(new, executions={"a": after, "b": Execution()})


def test_jobs_come_in_the_order_that_is_asked_for_each_with_its_own_boxes(work: Work) -> None:
    names = ["m", "a", "z"]
    for name, boxes in zip(names, (("a",), ("b", "c"), ("a", "b")), strict=True):
        put(work, name, *boxes)
    for order in (names, names[::-1], ["z"], []):
        assert [each.id for each in kept(work, *order)] == order
    assert [list(each.executions) for each in kept(work, *names)] == [["a"], ["b", "c"], ["a", "b"]]


def test_an_idempotency_key_is_a_tenants_and_used_once(work: Work) -> None:
    put(work, "one", "a", key="k")
    with pytest.raises(IntegrityError):
        put(work, "two", "a", key="k")
    for name in ("three", "four"):
        put(work, name, "a")
    with work.fleet.database.read() as session:
        found = store.by_key(session, NORTH, "k")
        assert found is not None
        assert found.id == "one"
        assert store.by_key(session, "tenant-of-south", "k") is None
        assert store.by_key(session, NORTH, "K") is None


def test_a_job_is_open_until_it_has_ended_and_then_nobody_holds_it(work: Work) -> None:
    put(work, "j", "a", "b")
    for state in STATES:
        with work.fleet.database.write() as session:
            session.execute(update(JobExecution).where(JobExecution.gateway_id == "a").values(state=state))
        is_open = state in OPEN
        with work.fleet.database.write() as session:
            assert store.open_places(session) == [Place("j", "a")] * is_open + [Place("j", "b")]
            held = store.held(session, [Place("j", "a"), Place("j", "b"), Place("nothing", "a")])
            assert sorted(row.gateway_id for _, row, _ in held) == ["a"] * is_open + ["b"]
            assert store.most_open(session, ["a"]) == is_open


def test_the_box_with_the_most_open_jobs_counts(work: Work) -> None:
    for name, boxes in (("1", ("a", "b")), ("2", ("b",)), ("3", ("b",))):
        put(work, name, *boxes)
    write(work, "3", "b", Execution(state="SUCCEEDED"))
    with work.fleet.database.read() as session:
        counts = {boxes: store.most_open(session, list(boxes)) for boxes in ("a", "b", "c", "ab", "abc", "")}
    assert counts == {"a": 1, "b": 2, "c": 0, "ab": 2, "abc": 2, "": 0}


def test_who_was_sent_away_is_nobodys_and_is_told_apart(work: Work) -> None:
    put(work, "j", "a", "b")
    work.fleet.gateways.revoke("b")
    with work.fleet.database.write() as session:
        assert store.tenants_of(session, ["a", "b", "nobody"]) == {"a": NORTH}
        held = store.held(session, store.open_places(session), lock=False)
        assert {row.gateway_id: revoked for _, row, revoked in held} == {"a": False, "b": True}


def test_boxes_are_told_and_what_is_taken_back_leaves_the_rest(work: Work) -> None:
    first, second = put(work, "one", "a", "b"), put(work, "two", "a", job=wish("restart_part", part="box"))
    assert [read_job(work.desired("a")[name]) for name in ("one", "two")] == [first.job, second.job]
    with work.fleet.database.write() as session:
        store.take_back(session, "one", first.job, ["a"], work.fleet.now)
    assert (list(work.desired("a")), list(work.desired("b"))) == (["two"], ["one"])
    with work.fleet.database.write() as session:
        store.take_back(session, "one", first.job, ["a", "b", "c"], work.fleet.now)
    assert (list(work.desired("a")), work.desired("b"), work.desired("c")) == (["two"], {}, {})


def test_an_update_is_taken_back_only_from_boxes_that_still_want_this_one(work: Work) -> None:
    first = put(work, "one", "a", "b", job=wish("update", **UPDATE))
    put(work, "two", "b", job=wish("update", **{**UPDATE, "version": "3.0"}))
    with work.fleet.database.write() as session:
        store.take_back(session, "one", first.job, ["a", "b"], work.fleet.now)
    assert work.fleet.desired("a", "gymbox", shadow="software") == {}
    assert work.fleet.desired("b", "gymbox", shadow="software")["rollout"] == "job two"
    assert work.desired("a") == {}, "an update is no job to the box"


def test_reports_are_of_jobs_and_software_and_of_nobody_else(work: Work) -> None:
    for box in "abc":
        for shadow in ("jobs", "software", "models"):
            with work.fleet.database.write() as session:
                change(session, box, shadow, "reported", {box: {"s": shadow}}, now=work.fleet.now)
    with work.fleet.database.read() as session:
        assert store.reports(session, ["a", "c", "a", "nobody"]) == {
            (box, shadow): {box: {"s": shadow}} for box in "ac" for shadow in ("jobs", "software")
        }


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("installing", "IN_PROGRESS"),
        ("active", "SUCCEEDED"),
        ("failed", "FAILED"),
        ("rolled_back", "FAILED"),
        ("rejected", "REJECTED"),
    ],
)
def test_what_a_box_says_of_its_software_is_how_far_the_update_is(said: str, state: str) -> None:
    heard = store.heard_of_update({"rollout": "job 1f", "state": said, "reason": "x" * 1000}, "1f")
    assert heard == Execution(state=state, reason="x" * MAX_REASON)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "standing",
    [
        None,
        "active",
        [],
        {},
        {"rollout": "job 1f"},
        {"rollout": "job 1f", "state": "SUCCEEDED"},
        {"rollout": "job 1f", "state": ["active"]},
        {"rollout": "job 1", "state": "active"},
        {"rollout": "1f", "state": "active"},
        {"state": "active"},
    ],
)
def test_what_is_of_another_update_or_makes_no_sense_is_no_news(standing: object) -> None:
    assert store.heard_of_update(standing, "1f") is None


def test_results_are_kept_as_json_that_others_can_read(work: Work) -> None:
    put(work, "j", "a")
    write(work, "j", "a", Execution(state="SUCCEEDED", result={"größe": [1, None], "b": {"c": True}}))
    with work.fleet.database.read() as session:
        (row,) = session.scalars(select(JobRow)).all()
        (listed,) = store.listed(session, [row])
    assert json.loads(json.dumps(listed.executions["a"].result)) == {"größe": [1, None], "b": {"c": True}}
