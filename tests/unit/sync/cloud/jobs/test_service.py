from datetime import timedelta
from typing import Any

import pytest

from provisioning.jobs import MAX_OPEN, JobRefused, read_job
from sync.cloud.gateways import GatewayUnknown
from sync.cloud.jobs.service import JobConflict, JobUnknown
from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.jobs.work import Work

UPDATE = {"version": "2.0", "target": "software/gymbox/2.0/box.tar", "sha256": "ab" * 32}
NORTH = "tenant-of-north"


def test_boxes_are_told_and_what_they_say_is_followed_to_the_end(work_on_either: Work) -> None:
    work = work_on_either
    job = work.create()
    assert work.states(job) == {"a": "QUEUED", "b": "QUEUED"}
    assert [read_job(work.desired(box)[job.id]) for box in ("a", "b")] == [job.job] * 2
    assert work.desired("c") == {}
    work.report("a", job, "IN_PROGRESS", progress=0.5)
    assert work.jobs.show(job.id).executions["a"].progress == 0.5
    work.fleet.wait(5)
    work.report("a", job, "SUCCEEDED", result={"bytes": 12})
    work.report("b", job, "FAILED", reason="no camera")
    found = work.jobs.show(job.id).executions
    assert (found["a"].state, found["a"].result, found["a"].ended_at) == (
        "SUCCEEDED",
        {"bytes": 12},
        work.fleet.now,
    )
    assert (found["b"].state, found["b"].reason) == ("FAILED", "no camera")
    assert work.desired("a") == work.desired("b") == {}
    assert work.fleet.audited() == ["job.create", "job.succeeded", "job.failed"]
    assert work.fleet.chain() is None


def test_a_report_after_the_end_changes_nothing(work: Work) -> None:
    job = work.create("collect_diagnostics", "a")
    work.report("a", job, "SUCCEEDED")
    lines = work.fleet.audited()
    work.report("a", job, "FAILED")
    assert work.states(job) == {"a": "SUCCEEDED"}
    assert work.fleet.audited() == lines


def test_the_same_key_makes_no_second_job(work_on_either: Work) -> None:
    work = work_on_either
    first = work.create(idempotency_key="k")
    assert work.create(idempotency_key="k").id == first.id
    assert work.create("collect_diagnostics", "b", "a", "a", idempotency_key="k").id == first.id
    assert len(work.jobs.all()) == 1
    with pytest.raises(JobConflict, match=first.id):
        work.create("reprobe_cameras", idempotency_key="k")
    with pytest.raises(JobConflict, match=first.id):
        work.create("collect_diagnostics", "a", idempotency_key="k")


def test_a_key_is_each_tenants_own(work: Work) -> None:
    work.fleet.add("z", gym="south")
    assert (
        work.create("reprobe_cameras", "a", idempotency_key="k").id
        != work.create("reprobe_cameras", "z", idempotency_key="k").id
    )


@pytest.mark.parametrize(
    ("kind", "boxes", "wishes", "said"),
    [
        ("reboot", ("a",), {}, "no job of the kind"),
        ("pull_model", ("a",), {}, "model"),
        ("factory_reset", ("a",), {"parameters": {"confirm": "b"}}, "confirm"),
        ("factory_reset", ("a", "b"), {"parameters": {"confirm": "a"}}, "one box"),
        ("reprobe_cameras", ("a",), {"timeout_s": 1.0}, "timeout"),
        ("reprobe_cameras", ("a",), {"timeout_s": float("nan")}, "timeout"),
        ("reprobe_cameras", ("a",), {"expires_in_s": 0.0}, "expires"),
        ("reprobe_cameras", ("a",), {"expires_in_s": 1e9}, "expires"),
    ],
)
def test_what_makes_no_sense_is_refused(
    work: Work, kind: str, boxes: tuple[str, ...], wishes: dict[str, Any], said: str
) -> None:
    with pytest.raises(JobRefused, match=said):
        work.create(kind, *boxes, **wishes)
    assert work.jobs.all() == []
    assert work.fleet.audited() == []


def test_a_job_without_boxes_is_refused(work: Work) -> None:
    with pytest.raises(JobRefused, match="at least one"):
        work.jobs.create("reprobe_cameras", {}, gateways=(), by="operator ann")


def test_boxes_of_nobody_of_others_and_revoked_ones_are_unknown(work: Work) -> None:
    work.fleet.add("z", gym="south")
    work.fleet.gateways.revoke("c")
    for boxes, tenant in ((("a", "nobody"), None), (("a", "z"), NORTH), (("c",), None)):
        with pytest.raises(GatewayUnknown, match=boxes[-1]):
            work.create("reprobe_cameras", *boxes, tenant_id=tenant)
    with pytest.raises(JobRefused, match="2 tenants"):
        work.create("reprobe_cameras", "a", "z")


def test_what_is_another_tenants_is_not_there(work: Work) -> None:
    work.fleet.add("z", gym="south")
    own, other = work.create(), work.create("reprobe_cameras", "z")
    assert [each.id for each in work.jobs.all(tenant_id=NORTH)] == [own.id]
    assert {each.id for each in work.jobs.all()} == {own.id, other.id}
    with pytest.raises(JobUnknown):
        work.jobs.show(other.id, tenant_id=NORTH)
    with pytest.raises(JobUnknown):
        work.jobs.cancel(other.id, tenant_id=NORTH, by="operator ann")


def test_jobs_are_listed_newest_first_and_by_box(work: Work) -> None:
    first = work.create()
    work.fleet.wait(1)
    second = work.create("reprobe_cameras", "b")
    assert [each.id for each in work.jobs.all()] == [second.id, first.id]
    assert [each.id for each in work.jobs.all(gateway_id="a")] == [first.id]
    assert [each.id for each in work.jobs.all(limit=1)] == [second.id]


def test_a_job_is_taken_back_where_it_was_not_begun(work_on_either: Work) -> None:
    work = work_on_either
    job = work.create()
    work.report("a", job, "IN_PROGRESS")
    work.jobs.cancel(job.id, by="operator bob")
    assert work.states(job) == {"a": "IN_PROGRESS", "b": "CANCELED"}
    assert (list(work.desired("a")), work.desired("b")) == ([job.id], {})
    with pytest.raises(JobConflict, match="force"):
        work.jobs.cancel(job.id, by="operator bob")
    work.jobs.cancel(job.id, by="operator bob", force=True)
    assert work.states(job) == {"a": "CANCELED", "b": "CANCELED"}
    assert work.desired("a") == {}
    with pytest.raises(JobConflict, match="ended"):
        work.jobs.cancel(job.id, by="operator bob", force=True)
    work.report("a", job, "SUCCEEDED")
    assert work.states(job)["a"] == "CANCELED"


def test_a_job_that_no_box_begins_expires_and_is_taken_back(work: Work) -> None:
    job = work.create("reprobe_cameras", "a", expires_in_s=3600)
    work.jobs.step()
    work.fleet.wait(3600)
    work.jobs.step()
    assert work.states(job) == {"a": "TIMED_OUT"}
    assert work.desired("a") == {}


def test_a_box_that_was_offline_for_days_can_still_tell_how_it_went(work: Work) -> None:
    job = work.create("collect_diagnostics", "a")
    work.report("a", job, "IN_PROGRESS")
    work.fleet.wait(timedelta(days=5).total_seconds())
    work.jobs.step()
    assert work.states(job) == {"a": "IN_PROGRESS"}
    work.report("a", job, "SUCCEEDED")
    assert work.states(job) == {"a": "SUCCEEDED"}


def test_a_box_that_is_sent_away_has_its_jobs_removed(work: Work) -> None:
    job = work.create()
    work.fleet.gateways.revoke("a")
    work.jobs.step()
    assert work.states(job) == {"a": "REMOVED", "b": "QUEUED"}


def test_a_box_has_so_many_open_jobs_and_no_more(work: Work) -> None:
    jobs = [work.create("reprobe_cameras", "a") for _ in range(MAX_OPEN)]
    with pytest.raises(JobConflict, match=str(MAX_OPEN)):
        work.create("reprobe_cameras", "b", "a")
    work.jobs.cancel(jobs[0].id, by="operator ann")
    work.create("reprobe_cameras", "b", "a")


def test_a_job_that_does_not_fit_into_a_boxs_shadow_is_refused_whole(work: Work) -> None:
    with work.fleet.database.write() as session:
        filler = {"x": "y" * 65_400}
        change(session, "b", "jobs", "desired", filler, now=work.fleet.now)
    with pytest.raises(JobRefused, match="bytes"):
        work.create("reprobe_cameras", "a", "b")
    assert work.jobs.all() == []
    assert work.desired("a") == {}


def test_an_update_is_desired_of_the_software_and_followed_there(work: Work) -> None:
    job = work.create("update", "a", parameters=UPDATE)
    wanted = work.fleet.desired("a", "gymbox", shadow="software")
    assert wanted == {**UPDATE, "mode": "active", "rollout": f"job {job.id}"}
    assert work.desired("a") == {}
    for said, state in (("installing", "IN_PROGRESS"), ("rolled_back", "FAILED")):
        work.fleet.obey("a", said, "gymbox", shadow="software", reason=said)
        work.jobs.step()
        assert work.states(job) == {"a": state}
    assert work.jobs.show(job.id).executions["a"].reason == "rolled_back"


def test_an_update_that_somebody_else_desired_is_not_this_one(work: Work) -> None:
    job = work.create("update", "a", parameters=UPDATE)
    other = work.create("update", "a", parameters={**UPDATE, "version": "3.0"})
    work.fleet.obey("a", "active", "gymbox", shadow="software")
    work.jobs.step()
    assert (work.states(job), work.states(other)) == ({"a": "QUEUED"}, {"a": "SUCCEEDED"})
    work.jobs.cancel(job.id, by="operator ann")
    assert work.fleet.desired("a", "gymbox", shadow="software")["version"] == "3.0"


def test_an_update_that_is_taken_back_is_not_desired_any_more(work: Work) -> None:
    job = work.create("update", "a", parameters=UPDATE)
    work.jobs.cancel(job.id, by="operator ann")
    assert work.fleet.desired("a", "gymbox", shadow="software") == {}


def test_an_update_that_succeeded_stays_desired(work: Work) -> None:
    job = work.create("update", "a", parameters=UPDATE)
    work.fleet.obey("a", "active", "gymbox", shadow="software")
    work.jobs.step()
    assert work.states(job) == {"a": "SUCCEEDED"}
    assert work.fleet.desired("a", "gymbox", shadow="software")["version"] == "2.0"
