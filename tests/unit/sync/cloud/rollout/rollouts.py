"""Rollouts for the tests of this folder, and what boxes report in them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sync.cloud.rollout.plan import Candidate, Group, Plan, select
from sync.cloud.rollout.state import Rollout

BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOAK_S, TIMEOUT_S = 600.0, 3600.0
CHALLENGER = {"version": "2", "target": "models/intensity/2/model.toml", "sha256": "22"}
CHAMPION = {"version": "1"}
EVERYBODY = Group(name="all", percent=100, soak_s=0, timeout_s=TIMEOUT_S)


def canary(**facts: Any) -> Group:
    return Group.model_validate(
        {"name": "canary", "boxes": 2, "soak_s": SOAK_S, "timeout_s": TIMEOUT_S, **facts}
    )


def rollout(*groups: Group, boxes: int = 6) -> Rollout:
    plan = Plan(groups=(*groups, EVERYBODY)) if groups[-1].percent != 100 else Plan(groups=groups)
    fleet = [Candidate(f"box-{number}") for number in range(boxes)]
    return Rollout(
        id="r1",
        shadow="models",
        subject="intensity",
        challenger=CHALLENGER,
        champion=CHAMPION,
        plan=plan,
        members=select(plan, "r1", fleet),
    )


def says(state: str, mode: str = "active", **more: Any) -> Mapping[str, Any]:
    """The reported side of a box that says this of the challenger."""
    return {"intensity": {"version": "2", "rollout": "r1", "mode": mode, "state": state, **more}}
