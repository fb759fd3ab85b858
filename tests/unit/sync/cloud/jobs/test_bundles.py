import hashlib
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from sync.cloud import audit
from sync.cloud.api import problem
from sync.cloud.api.identity import caller_of
from sync.cloud.gateways import Identity
from sync.cloud.jobs.bundles import KEEP, BundleRefused, Bundles
from sync.cloud.jobs.routes import routes
from sync.cloud.jobs.service import JobUnknown
from sync.cloud.lake.objects import ObjectStore, StoreUnavailable
from tests.unit.sync.cloud.jobs.work import Work

ZIP = b"PK\x03\x04 a zip file"
BOX = Identity("a", "north", "tenant-of-north")
Files = Callable[[], list[str]]


@pytest.fixture
def bundles(work: Work, objects: ObjectStore) -> Bundles:
    return Bundles(work.fleet.database, objects, clock=work.fleet.clock)


def read(bundles: Bundles, job_id: str, box: str = "a") -> bytes:
    return bundles.read(job_id, box, by="operator ann")


def test_a_bundle_is_kept_listed_and_read_and_the_audit_notes_who_read_it(
    work: Work, bundles: Bundles
) -> None:
    job = work.create()
    bundles.take(BOX, job.id, ZIP)
    (found,) = bundles.all()
    assert (found.job_id, found.gateway_id, found.bytes) == (job.id, "a", len(ZIP))
    assert found.sha256 == hashlib.sha256(ZIP).hexdigest()
    assert bundles.all(gateway_id="b") == bundles.all(tenant_id="other") == []
    assert read(bundles, job.id) == ZIP
    with work.fleet.database.read() as session:
        (line,) = [line for _, line in audit.read(session) if line.action == "diagnostics.read"]
    assert (line.actor, line.subject) == ("operator ann", f"job {job.id}")


def test_the_same_bundle_again_changes_nothing_and_another_is_refused(
    work: Work, bundles: Bundles, files: Files
) -> None:
    job = work.create()
    bundles.take(BOX, job.id, ZIP)
    work.report("a", job, "SUCCEEDED")
    bundles.take(BOX, job.id, ZIP)  # the answer was lost
    with pytest.raises(BundleRefused, match="before"):
        bundles.take(BOX, job.id, ZIP + b"!")
    assert len(files()) == len(bundles.all()) == 1


def test_only_the_box_that_was_asked_may_send(work: Work, bundles: Bundles, files: Files) -> None:
    job, other = work.create(), work.create("reprobe_cameras", "a")
    for box, job_id in (("c", job.id), ("a", other.id), ("a", "0" * 16)):
        with pytest.raises(JobUnknown):
            bundles.take(Identity(box, "north", "tenant-of-north"), job_id, ZIP)
    assert files() == []


def test_what_is_no_zip_file_or_too_late_is_refused(work: Work, bundles: Bundles, files: Files) -> None:
    job = work.create()
    with pytest.raises(BundleRefused, match="zip"):
        bundles.take(BOX, job.id, b"<html>")
    work.jobs.cancel(job.id, by="operator ann")
    with pytest.raises(BundleRefused, match="CANCELED"):
        bundles.take(BOX, job.id, ZIP)
    assert files() == []


def test_a_bundle_that_did_not_arrive_whole_counts_for_nothing_and_is_sent_again(
    work: Work, bundles: Bundles, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = work.create()

    def full(name: str, data: bytes) -> None:
        del data
        raise StoreUnavailable(name)

    with monkeypatch.context() as patched:
        patched.setattr(objects, "put_new", full)
        with pytest.raises(StoreUnavailable):
            bundles.take(BOX, job.id, ZIP)
    assert bundles.all() == []
    with pytest.raises(JobUnknown):
        read(bundles, job.id)
    bundles.take(BOX, job.id, ZIP + b"with a later line")
    assert read(bundles, job.id) == ZIP + b"with a later line"


def test_killed_before_it_counts_the_bytes_are_taken_for_the_same(
    work: Work, bundles: Bundles, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = work.create()
    put = objects.put_new

    def killed(name: str, data: bytes) -> None:
        put(name, data)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(objects, "put_new", killed)
        with pytest.raises(KeyboardInterrupt):
            bundles.take(BOX, job.id, ZIP)
    bundles.take(BOX, job.id, ZIP)
    assert read(bundles, job.id) == ZIP


def test_a_bundle_is_another_tenants_secret(work: Work, bundles: Bundles) -> None:
    job = work.create()
    bundles.take(BOX, job.id, ZIP)
    with pytest.raises(JobUnknown):
        bundles.read(job.id, "a", by="operator eve", tenant_id="other")


def test_diagnostics_are_deleted_when_their_time_is_over(work: Work, bundles: Bundles, files: Files) -> None:
    job = work.create()
    bundles.take(BOX, job.id, ZIP)
    work.fleet.wait(KEEP.total_seconds())
    bundles.sweep()
    assert len(bundles.all()) == 1
    work.fleet.wait(1)
    bundles.sweep()
    assert (files(), bundles.all()) == ([], [])
    with pytest.raises(JobUnknown):
        read(bundles, job.id)


@pytest.fixture
def api(bundles: Bundles) -> FastAPI:
    app = FastAPI()
    problem.install(app)
    app.include_router(routes(bundles))
    app.dependency_overrides[caller_of] = lambda: BOX
    return app


async def post(api: FastAPI, job_id: str, body: bytes) -> int:
    transport = httpx.ASGITransport(api)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as client:
        return (await client.post(f"/api/v1/diagnostics/{job_id}", content=body)).status_code


async def test_a_box_sends_its_bundle_over_http(
    api: FastAPI, work: Work, bundles: Bundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = work.create()
    monkeypatch.setattr("sync.cloud.jobs.routes.MAX_BYTES", 100)
    assert await post(api, "0" * 16, ZIP) == 404
    assert await post(api, job.id, b"no zip") == 409
    assert await post(api, job.id, ZIP + bytes(100)) == 413
    assert [await post(api, job.id, ZIP) for _ in range(2)] == [204, 204]
    assert read(bundles, job.id) == ZIP
    assert await post(api, job.id, ZIP + b"!") == 409
