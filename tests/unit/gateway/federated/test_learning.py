from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from gateway.federated.learning import NoUpdate, learned_update
from sync.federated.array_record import unpack
from sync.federated.messages import Round
from tests.unit.sync.federated.rounds import SHAPES, a_round

from .gym import NOW, PRIVATE, plan_report


def rows(count: int, **changes: Any) -> list[dict[str, Any]]:
    found = []
    for number in range(count):
        day = NOW.date() - timedelta(days=number % 30)
        plan = plan_report("p", day, seed=number)
        found.append(
            {
                **plan["features"],
                "member": f"m{number // 30}",
                "day": day,
                "goal": "endurance",
                "type": "steady",
                "performed_minutes": plan["performed_minutes"],
                "performed_intensity": 3.0,
                "rpe": 7.0,
                **changes,
            }
        )
    return found


def never() -> bool:
    return False


def told(offer: Round, sessions: list[dict[str, Any]], noise: float = 0.0) -> dict[str, Any]:
    update = learned_update(offer, sessions, is_over=never, noise=lambda count: np.full(count, noise))
    return {"arrays": unpack(update.arrays), "examples": update.num_examples, "round": update.round}


def test_it_tells_the_change_of_what_is_learned_and_roughly_how_much_was_learned_from() -> None:
    offer = a_round()
    found = told(offer, rows(130))
    assert found["round"] == offer.id
    assert found["examples"] == 100
    assert {name: each.shape for name, each in found["arrays"].items()} == SHAPES
    length = np.sqrt(sum(np.square(each).sum() for each in found["arrays"].values()))
    assert 0.01 < length <= offer.config.clipping_norm * (1 + 1e-6)


def test_the_noise_is_the_rounds() -> None:
    offer = a_round(clipping_norm=0.5, noise_multiplier=3.0, epochs=1)
    length = np.linalg.norm(
        np.concatenate([each.ravel() for each in told(offer, rows(60), 1e3)["arrays"].values()])
    )
    assert length == pytest.approx(1e3 * 1.5 * np.sqrt(10), rel=0.01)


def test_sleep_and_stress_have_no_part_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.federated.learning.secrets.randbelow", lambda _most: 1)
    calm = told(a_round(), rows(60, **dict.fromkeys(PRIVATE)))
    for tired in (told(a_round(), rows(60)), told(a_round(), rows(60, resting_bpm=50, hrv_ms=20))):
        for name, values in calm["arrays"].items():
            np.testing.assert_array_equal(values, tired["arrays"][name])


@pytest.mark.parametrize(
    ("offer", "sessions", "reason"),
    [
        (a_round(), rows(49), "49 sessions tell what suited, and the round wants 50"),
        (a_round(), [], "make sense"),
        (a_round(), rows(60, rpe=None), "0 sessions"),
        (a_round(), rows(60, goal="fame"), "make sense"),
        (
            a_round().model_copy(update={"model": a_round().model.model_copy(update={"name": "phase"})}),
            [],
            "phase",
        ),
        (a_round().model_copy(update={"arrays": {}}), rows(60), "other weights"),
    ],
)
def test_why_nothing_comes_of_it(offer: Round, sessions: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(NoUpdate, match=reason):
        learned_update(offer, sessions, is_over=never)


def test_it_gives_up_when_it_takes_too_long() -> None:
    with pytest.raises(NoUpdate, match="took too long"):
        learned_update(a_round(), rows(60), is_over=lambda: True)
