"""A whole box and the real cloud: jobs are done, diagnostics arrive, a factory reset leaves nothing."""

import asyncio
import io
import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gateway import backup, log_file
from gateway.app import Box
from gateway.data_folder import entry_of
from provisioning.jobs import Execution
from tests.integration.test_cloud_sync import Service, serving
from tests.integration.test_desired_config import box_of, written
from tests.waiting import until

BOX = "gymbox"
BY = "operator ana"


class Desk:
    """Who asks the box for something, and sees what comes of it."""

    def __init__(self, service: Service) -> None:
        self.jobs, self.bundles = service.cloud.jobs, service.cloud.bundles

    async def ask(self, whose: Box, kind: str, /, **parameters: Any) -> str:
        job = await asyncio.to_thread(self.jobs.create, kind, parameters, gateways=[BOX], by=BY)
        whose.link.wake()
        return job.id

    def execution(self, job_id: str) -> Execution:
        self.jobs.step()
        return self.jobs.show(job_id).executions[BOX]

    async def until(self, job_id: str, state: str) -> Execution:
        await until(lambda: self.execution(job_id).state == state)
        return self.execution(job_id)


@pytest.mark.slow
async def test_jobs_reach_a_box_and_a_factory_reset_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "box" / "gymbox.toml"
    folder = tmp_path / "box" / "data"
    async with serving(tmp_path / "cloud") as service:
        written(tmp_path / "box", service)
        desk = Desk(service)
        with log_file.kept(folder):
            async with box_of(file) as (box, api):
                profile = {"display_name": "Anna Karenina"}
                assert (await api.put("/members/m-4711", json=profile)).status_code == 200

                logging.getLogger("gateway").warning("the token is %s", service.token.read_text().strip())
                asked = await desk.ask(box, "collect_diagnostics")
                done = await desk.until(asked, "SUCCEEDED")
                data = desk.bundles.read(asked, BOX, by=BY)
                assert done.result == {"bytes": len(data)}
                told = _opened(data)
                assert json.loads(told["health.json"])["parts"]["mqtt"]["state"] == "ok"
                assert "the token is ***" in told["log.jsonl"]
                for secret in ("Anna Karenina", "m-4711", service.token.read_text().strip()):
                    assert secret not in "".join(told.values())

                for kind, parameters, state in (
                    ("restart_part", {"part": "toaster"}, "REJECTED"),
                    ("restart_part", {"part": "broker"}, "SUCCEEDED"),
                    ("reprobe_cameras", {}, "REJECTED"),
                    ("pull_model", {"model": "nosuchmodel"}, "FAILED"),
                ):
                    ended = await desk.until(await desk.ask(box, kind, **parameters), state)
                    assert ended.reason or state == "SUCCEEDED"

                unknown = [each.name for each in folder.iterdir() if entry_of(each.name) is None]
                assert unknown == [], "say in gateway/data_folder.py what these are"

                reset = await desk.ask(box, "factory_reset", confirm=BOX)
                await desk.until(reset, "SUCCEEDED")
                await until(lambda: box.ending == "restart")
        backup.finish(folder)
        assert list(folder.iterdir()) == []
        async with box_of(file) as (box, api):

            def looked_again() -> bool:
                if box.link.looks <= 1:
                    box.link.wake()
                return box.link.looks > 1

            assert (await api.get("/members/m-4711")).status_code == 404
            await until(looked_again)
            assert box.ending is None, "what it was reset for is not done again"
        assert desk.execution(reset).state == "SUCCEEDED"


def _opened(data: bytes) -> dict[str, str]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return {name: archive.read(name).decode() for name in archive.namelist()}
