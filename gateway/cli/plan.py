"""`gymbox plan`: what a member should do today, and why."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from gateway.app import KEY_FILE, MODELS_FOLDER
from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out
from gateway.clock import Clock, LocalDays
from gateway.config.file import ConfigError, data_dir, load
from gateway.config.model import BoxConfig
from gateway.config.profiles import profiles_of
from gateway.health import Health
from gateway.inference.recommenders import Recommenders
from gateway.members.key import MemberKey
from gateway.members.members import MemberUnknown
from gateway.planning.coaching import PlanFailed
from gateway.planning.document import MachineItem, SetsItem, StepItem
from gateway.planning.floor import Floor
from gateway.planning.planner import Planner
from gateway.planning.view import PlanView
from gateway.sessions.rows import load_active
from gateway.store.store import Store, StoreError
from gateway.store.tables import MIGRATIONS, store_path
from recommender.coach import Coach

_BLOCKS: Final = {"warm_up": "Warm-up", "main": "Main part", "cool_down": "Cool-down"}


def plan(
    member_id: Annotated[str, typer.Argument(help="The member's id.")],
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The box's configuration; without it, the defaults.")
    ] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Print a member's plan for today from the local store, made now when there is none yet.

    Works beside a running box and without a network.
    """
    with ends_with(ConfigError, exit_code=2):
        settings = load(config) if config else BoxConfig()
    folder = data_dir(settings, option=data_folder)
    if not store_path(folder).is_file():
        fail(f"no box has run on {folder}: there is no store. Name another with --data-dir.")
    with ends_with(StoreError, PlanFailed):
        try:
            view = asyncio.run(_plan(settings, folder, member_id))
        except MemberUnknown:
            fail(f"nothing is stored about a member {member_id}")
    if as_json:
        typer.echo(view.model_dump_json())
        return
    for line in _lines(view):
        out.print(line, markup=False)


async def _plan(settings: BoxConfig, folder: Path, member_id: str) -> PlanView:
    store = Store(path=store_path(folder), migrations=MIGRATIONS, shared=True)
    health = Health()
    recommenders = Recommenders(models_dir=folder / MODELS_FOLDER, health=health)

    def coach() -> Coach:
        recommenders.load()
        return Coach(recommenders.intensity, recommenders.effect)

    planner = Planner(
        store=store,
        floor=Floor(settings, profiles_of(settings.box.profiles_dir)),
        coach=coach,
        rules=Coach(),
        training=lambda: [(row.station_id, row.member_id) for row in store.read_now(load_active)],
        pseudonym=MemberKey(folder / KEY_FILE),
        days=LocalDays(ZoneInfo(settings.box.timezone), Clock()),
        health=health,
        keep_days=settings.storage.telemetry_days,
        language=settings.box.language,
    )
    try:
        store.start()
        return await planner.shown(await planner.today(member_id))
    finally:
        store.stop()


def _lines(view: PlanView) -> Iterator[str]:
    how_long, how_hard = f"{view.duration_minutes:.0f} min", f"intensity {view.intensity_score:.1f} of 5"
    yield f"{view.day}  {view.type}, {how_long}, {how_hard}"
    yield view.sentence
    for block in view.blocks:
        yield f"\n{_BLOCKS[block.kind]}  {block.duration_s / 60:.0f} min"
        for item in block.items:
            yield from _item(item, view.names[item.exercise])
    if view.rules:
        yield "\nRules that changed it"
        yield from (f"  {each.name}: {each.detail}" for each in view.rules)
    if view.source_note:
        yield f"\n{view.source_note}"


def _item(item: SetsItem | MachineItem, name: str) -> Iterator[str]:
    if isinstance(item, SetsItem):
        each = f"{item.reps}" if item.reps is not None else f"{item.hold_s or 0.0:.0f} s"
        yield f"  {name}: {item.sets} x {each}, {item.rest_s:.0f} s rest"
        return
    yield f"  {name}" + (f" at {item.station_id}" if item.station_id else "")
    yield from (f"    {each.duration_s / 60:4.1f} min  {_target(each)}" for each in item.steps)


def _target(step: StepItem) -> str:
    targets = {
        "{:g} km/h": step.speed_kmh,
        "{:g} %": step.incline_percent,
        "{:g} W": step.power_w,
        "zone {}": step.heart_rate_zone,
        "effort {:g} of 10": step.effort_rpe,
    }
    return ", ".join(words.format(value) for words, value in targets.items() if value is not None)
