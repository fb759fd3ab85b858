"""How a job begins: what is looked at before anybody is told."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.jobs import MAX_EXPIRY_S, MAX_OPEN, MAX_TIMEOUT_S, MIN_TIMEOUT_S, Job, JobRefused
from sync.cloud import audit
from sync.cloud.gateway_rows import GatewayUnknown
from sync.cloud.jobs.creation import NAMED, JobConflict, add_job, check
from sync.cloud.jobs.store import Listed
from tests.unit.sync.cloud.jobs.work import Work

TIMES = st.floats(allow_nan=True, allow_infinity=True)


def asked(work: Work, kind: str = "collect_diagnostics", **parameters: object) -> Job:
    return Job(
        kind=kind,  # type: ignore[arg-type]
        parameters=parameters,
        queued_at=work.fleet.now,
        expires_at=work.fleet.now + timedelta(hours=1),
        timeout_s=60.0,
    )


def add(
    work: Work, *boxes: str, job: Job | None = None, tenant: str | None = None, key: str | None = None
) -> Listed:
    with work.fleet.database.write() as session:
        made = job or asked(work)
        return add_job(session, made, boxes, by="operator ann", tenant_id=tenant, key=key)


@settings(max_examples=40)
@given(timeout_s=TIMES, expires_in_s=TIMES)
def test_times_are_taken_when_they_are_within_their_bounds_and_never_otherwise(
    timeout_s: float, expires_in_s: float
) -> None:
    fits = MIN_TIMEOUT_S <= timeout_s <= MAX_TIMEOUT_S and 0 < expires_in_s <= MAX_EXPIRY_S
    if fits:
        check("reprobe_cameras", {}, ["a"], expires_in_s, timeout_s)
    else:
        with pytest.raises(JobRefused, match=r"timeout|expires"):
            check("reprobe_cameras", {}, ["a"], expires_in_s, timeout_s)


@pytest.mark.parametrize("timeout_s", [MIN_TIMEOUT_S, MAX_TIMEOUT_S])
@pytest.mark.parametrize("expires_in_s", [1e-3, MAX_EXPIRY_S])
def test_the_bounds_themselves_are_within(timeout_s: float, expires_in_s: float) -> None:
    check("reprobe_cameras", {}, ["a"], expires_in_s, timeout_s)


@pytest.mark.parametrize(
    ("boxes", "confirm"), [(["a"], "b"), (["a", "b"], "a"), (["a"], ""), (["a"], None), (["a"], ["a"])]
)
def test_a_reset_is_confirmed_by_the_id_of_its_one_box(boxes: list[str], confirm: object) -> None:
    with pytest.raises(JobRefused, match="repeats its id"):
        check("factory_reset", {"confirm": confirm}, boxes, 60, 60)
    check("factory_reset", {"confirm": "a"}, ["a"], 60, 60)


def test_no_box_is_told_of_a_job_that_one_of_them_cannot_have(work: Work) -> None:
    work.fleet.add("z", gym="south")
    north = "tenant-of-north"
    for boxes, tenant, error, said in (
        (("a", "nobody"), None, GatewayUnknown, "nobody; gymbox cloud gateways list"),
        (("a", "z"), north, GatewayUnknown, "z"),
        (("a", "z"), None, JobRefused, "make a job for each"),
    ):
        with pytest.raises(error, match=said):
            add(work, *boxes, tenant=tenant)
    assert work.jobs.all() == []
    assert work.desired("a") == {}
    assert work.fleet.audited() == []


def test_of_several_that_are_missing_the_first_is_named(work: Work) -> None:
    with pytest.raises(GatewayUnknown, match="no gateway nobody-1"):
        add(work, "nobody-2", "b", "nobody-1")


def test_the_line_of_the_audit_says_what_for_whom_and_by_whom(work: Work) -> None:
    boxes = [f"box-{number:02}" for number in range(NAMED + 5)]
    work.fleet.add(*boxes)
    made = add(work, *boxes, job=asked(work, "restart_part", part="camera 1"))
    with work.fleet.database.read() as session:
        line = next(line for _, line in audit.read(session) if line.action == "job.create")
    assert (line.subject, line.actor, line.tenant_id) == (f"job {made.id}", "operator ann", "tenant-of-north")
    assert line.detail["parameters"] == {"part": "camera 1"}
    assert line.detail["gateways"] == boxes[:NAMED]
    assert line.detail["boxes"] == NAMED + 5, "all are counted, the first are named"
    assert work.fleet.chain() is None


def test_a_key_gives_back_the_same_job_only_for_the_same_wish(work: Work) -> None:
    first = add(work, "a", "b", job=asked(work, "restart_part", part="box"), key="k")
    again = add(work, "a", "b", job=asked(work, "restart_part", part="box"), key="k")
    assert again == first
    for job, boxes in (
        (asked(work, "restart_part", part="camera 1"), ("a", "b")),
        (asked(work, "restart_part", part="box"), ("a",)),
        (asked(work), ("a", "b")),
    ):
        with pytest.raises(JobConflict, match=f"'k' belongs to another job, {first.id}"):
            add(work, *boxes, job=job, key="k")
    assert len(work.jobs.all()) == 1


def test_a_key_still_answers_when_the_boxes_have_no_room_for_more(work: Work) -> None:
    first = add(work, "a", key="k")
    for _ in range(MAX_OPEN - 1):
        add(work, "a")
    with pytest.raises(JobConflict, match=f"{MAX_OPEN} open jobs"):
        add(work, "a")
    assert add(work, "a", key="k").id == first.id


def test_without_a_key_the_same_wish_is_another_job(work: Work) -> None:
    assert add(work, "a").id != add(work, "a").id
    assert len(work.desired("a")) == 2
