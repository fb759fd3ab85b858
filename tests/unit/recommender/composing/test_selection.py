from recommender.composing.catalogue import catalogue
from recommender.composing.selection import Selection, select
from recommender.gym import Gym, Machine
from recommender.history import History
from tests.unit.recommender.composing.people import EMPTY, did, situated


def chosen(*names: str, **known: object) -> Selection:
    return select([catalogue()[name] for name in names], situated(**known))  # type: ignore[arg-type]


def test_what_nothing_speaks_against_stays_in_order() -> None:
    found = chosen("walking", "squat", "calf_stretch")
    assert [each.id for each in found.exercises] == ["walking", "squat", "calf_stretch"]
    assert found.bound({"strength", "cardio", "mobility"}) == ()


def test_safety_speaks_first() -> None:
    everything = {
        "injuries": frozenset({"knee"}),
        "conditions": frozenset({"heart_disease"}),
        "level": "beginner",
        "history": History((did(1, "squat"),)),
        "gym": EMPTY,
    }
    assert [rule for _, rule, _ in chosen("back_squat", **everything).left_out] == ["injury"]
    everything["injuries"] = frozenset()
    assert [rule for _, rule, _ in chosen("back_squat", **everything).left_out] == ["condition"]


def test_a_rule_tells_how_many_it_left_out_and_why() -> None:
    treadmill = Machine(kind="treadmill", station_id="1", free=False)
    found = chosen(
        "pushup", "face_pull", "lateral_raise", "jumping_jack", "leg_press", "treadmill_walk", "stair_climb",
        injuries=frozenset({"neck", "shoulder"}), gym=Gym(machines=(treadmill,)),
    )  # fmt: skip
    assert {rule.name: rule.detail for rule in found.bound({"strength", "cardio"})} == {
        "injury": "4 exercises left out (injured shoulder: 2; injured neck: 2)",
        "equipment": "2 exercises left out (no leg press: 1; no stair climber: 1)",
        "free_machine": "1 exercise left out (treadmill in use: 1)",
    }
    assert {rule.name: rule.detail for rule in found.bound({"cardio"})} == {
        "injury": "1 exercise left out (injured shoulder: 1)",
        "equipment": "1 exercise left out (no stair climber: 1)",
        "free_machine": "1 exercise left out (treadmill in use: 1)",
    }
