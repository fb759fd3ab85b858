"""What members train by: sessions, plans, hearts."""

from typing import TYPE_CHECKING

from gateway.hearts.hearts import Hearts
from gateway.members.key import MemberKey
from gateway.monitoring.monitor import PlanMonitor
from gateway.planning.planner import Planner
from gateway.planning.steps import StepsOfTheDay
from gateway.sessions.service import SessionService, SessionSettings
from recommender.coach import Coach

if TYPE_CHECKING:
    from gateway.app import Box


def create_sessions(box: "Box", key: MemberKey) -> SessionService:
    """Check-in to check-out."""
    return SessionService(
        store=box.store,
        stations=box.stations,
        devices=box.machines.registry,
        members=box.members,
        pseudonym=key,
        models=box.models.counting,
        outcome=box.planner.outcome,
        settings=SessionSettings(abandoned_after_s=box.config.gym.absence_s),
    )


def create_planner(box: "Box", key: MemberKey) -> Planner:
    """Each member's plan of the day."""
    return Planner(
        store=box.store,
        floor=box.floor,
        coach=lambda: Coach(box.recommenders.intensity, box.recommenders.effect),
        rules=Coach(),
        training=lambda: [(each.station.id, each.member_id) for each in box.sessions.active()],
        pseudonym=key,
        days=box.days,
        health=box.health,
        keep_days=box.config.storage.telemetry_days,
        language=box.config.box.language,
    )


def create_hearts(box: "Box") -> Hearts:
    """What is known of the members' hearts."""
    return Hearts(store=box.store, devices=box.machines.registry, floor=box.floor, days=box.days)


def create_monitor(box: "Box") -> PlanMonitor:
    """How far plans and their outcome are apart."""
    return PlanMonitor(
        store=box.store,
        events=box.events,
        health=box.health,
        effect=lambda: box.recommenders.effect,
        days=box.days,
    )


def create_steps(box: "Box") -> StepsOfTheDay:
    """What machines follow of a plan."""
    return StepsOfTheDay(
        planner=box.planner,
        floor=box.floor,
        store=box.store,
        plans=box.plans,
        opened=box.hearts.opened,
    )
