"""What looks after a box from far away: diagnostics, and the jobs of the cloud."""

from typing import TYPE_CHECKING

from gateway.assembly.cloud import create_connection
from gateway.camera_news import camera_part
from gateway.diagnostics.collect import Diagnostics, Resting
from gateway.diagnostics.history import HealthHistory
from gateway.diagnostics.live import Live
from gateway.jobs.agent import JobAgent
from gateway.jobs.errands import CollectDiagnostics, FactoryReset, PullModel
from gateway.jobs.handler import Handler
from gateway.jobs.parts import ReprobeCameras, RestartPart
from provisioning.jobs import SHADOW

if TYPE_CHECKING:
    from gateway.app import Box


def create_diagnostics(box: "Box") -> Diagnostics:
    """Tells of the box, to whoever helps."""
    resting = Resting(
        config=lambda: box.config, data_dir=box.data_dir, models_dir=box.models_dir, read=box.store.read_now
    )
    live = Live(
        health=box.health,
        history=HealthHistory(box.health),
        cameras=box.cameras,
        devices=box.machines.registry,
        metrics=box.metrics,
    )
    return Diagnostics(resting=resting, live=live)


def create_jobs(box: "Box") -> JobAgent:
    """Does what the cloud asks of the box once."""

    async def name() -> str:
        return (await box.identity.status()).gateway_id or box.config.box.id

    def pulled(model: str) -> None:
        if model == box.config.vision.pose:
            box.cameras.model_installed()

    restart = RestartPart(box.supervisor, restart_box=box.restart)
    reprobe = ReprobeCameras(
        box.supervisor,
        parts=lambda: {each.id: camera_part(each.id) for each in box.config.cameras},
        states=lambda: box.cameras.camera_status,
    )
    reset = FactoryReset(box.data_dir, name=name, restart_box=box.restart)
    return JobAgent(
        twin=box.link.twin(SHADOW),
        store=box.store,
        events=box.events,
        handlers={
            "restart_part": Handler(restart.work, restart.refuses),
            "reprobe_cameras": Handler(reprobe.work, reprobe.refuses),
            "pull_model": Handler(PullModel(box.models_dir, on_installed=pulled).work),
            "collect_diagnostics": Handler(
                CollectDiagnostics(box.diagnostics.collect, create_connection(box)).work
            ),
            "factory_reset": Handler(reset.work),
        },
    )
