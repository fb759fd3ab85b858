"""Where arms and feet are put, by angles and places that hold for any trunk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.vision.training.motion.people import ELBOWS, degrees, out_of_reach_m, outwards, somebody
from vision.training.body import OUTWARDS, Body, Posture, Torso, joints, torso
from vision.training.motion.limbs import (
    CARRIES,
    Arms,
    Trunk,
    carried,
    constant,
    feet,
    hanging,
    knees_out,
    leaning,
    posed,
    swung,
)

SEEDS = st.integers(0, 2**32 - 1)
ANGLES = st.floats(-80, 80)
LEGS = constant(1, np.array([[0.0, 0.1, -0.1], [0.0, 0.1, 0.1]])), knees_out(1, 0)


def trunk(body: Body, pitch: float = 0.0, roll: float = 0.0, yaw: float = 0.0, bend: float = 0.0) -> Trunk:
    pelvis = constant(1, (0.2, body.leg, -0.1))
    return Trunk(pelvis, leaning(np.array([pitch]), roll, yaw), np.array([bend]))


def with_arms(body: Body, upper: Trunk, arms: Arms) -> Posture:
    return posed(body, upper, LEGS, lambda _torso: arms)


def in_chest(upper: Torso, wrist: np.ndarray) -> np.ndarray:
    """Hands from their shoulders: forward, up, outwards of the chest."""
    return outwards(np.einsum("nji,nkj->nki", upper.chest_frame, wrist - upper.shoulder))


@settings(max_examples=30)
@given(name=st.sampled_from(sorted(CARRIES)), seed=SEEDS, angles=st.tuples(ANGLES, ANGLES, ANGLES, ANGLES))
def test_carried_hands_keep_their_place_at_the_chest(
    name: str, seed: int, angles: tuple[float, float, float, float]
) -> None:
    body, _ = somebody(seed)
    upright, leant = trunk(body), trunk(body, *angles)
    uppers = [torso(body, *each) for each in (upright, leant)]
    places = [in_chest(upper, carried(body, upper, name)[0]) for upper in uppers]
    assert places[0] == pytest.approx(places[1], abs=1e-9)
    assert places[0][0, 0] == pytest.approx(places[0][0, 1]), "left as right"
    posture = with_arms(body, leant, carried(body, uppers[1], name))
    assert np.linalg.norm(joints(body, posture)[:, 9:11] - posture.wrist, axis=-1).max() < 0.02 * body.arm


@example(seed=0, pitch=0.0, flexion=100.0, abduction=10.0, elbow=90.0)
@settings(max_examples=30)
@given(
    seed=SEEDS,
    pitch=ANGLES,
    flexion=st.floats(-40, 100),
    abduction=st.floats(0, 80),
    elbow=st.floats(5, 140),
)
def test_an_elbow_is_flexed_by_as_much_as_is_asked(
    seed: int, pitch: float, flexion: float, abduction: float, elbow: float
) -> None:
    body, _ = somebody(seed)
    upper = trunk(body, pitch)
    towards = np.array([1.0, 0.5, 0.1])
    arms = swung(body, torso(body, *upper), flexion, abduction, elbow, towards=towards)
    places = joints(body, with_arms(body, upper, arms))
    # A shoulder that follows its raised hand up is thought of; without that it would be off by five.
    for chain in ELBOWS:
        assert degrees(places, chain)[0] == pytest.approx(180 - elbow, abs=2)


@settings(max_examples=15)
@given(seed=SEEDS, pitch=ANGLES, roll=ANGLES, yaw=ANGLES)
def test_arms_at_zero_hang_along_the_chest_and_their_angles_count_from_there(
    seed: int, pitch: float, roll: float, yaw: float
) -> None:
    body, _ = somebody(seed)
    upper = torso(body, *trunk(body, pitch, roll, yaw))
    cases = {
        (0.0, 0.0): (0.0, -1.0, 0.0),
        (90.0, 0.0): (1.0, 0.0, 0.0),
        (0.0, 90.0): (0.0, 0.0, 1.0),
        (-90.0, 0.0): (-1.0, 0.0, 0.0),
    }
    for (flexion, abduction), direction in cases.items():
        wrist, _ = swung(body, upper, flexion, abduction, 0.0, towards=np.array([0.6, 0.6, 0.6]))
        place = in_chest(upper, wrist) / body.arm
        assert place[0] == pytest.approx(np.array([direction] * 2), abs=1e-6)


def test_each_side_and_each_moment_has_angles_of_its_own() -> None:
    body, _ = somebody(4)
    upper = torso(body, *(np.repeat(each, 3, axis=0) for each in trunk(body)))
    flexion = np.array([[0.0, 90.0], [30.0, 0.0], [90.0, 90.0]])
    wrist, pole = swung(body, upper, flexion, 0.0, 10.0)
    assert wrist.shape == pole.shape == (3, 2, 3)
    ahead = in_chest(upper, wrist)[..., 0]
    assert ahead[0, 1] == pytest.approx(ahead[2, 0])
    assert ahead[0, 0] == pytest.approx(ahead[1, 1])
    assert ahead[0, 0] < ahead[1, 0] < ahead[2, 0]


@settings(max_examples=15)
@given(seed=SEEDS, pitch=ANGLES, bend=st.floats(-30, 30), yaw=st.floats(-170, 170))
def test_hanging_arms_hang_in_the_room_however_the_trunk_leans(
    seed: int, pitch: float, bend: float, yaw: float
) -> None:
    body, _ = somebody(seed)
    upright, leant = (torso(body, *trunk(body, *angles)) for angles in ((0, 0, yaw), (pitch, 0, yaw, bend)))
    first, second = (hanging(body, upper)[0] - upper.shoulder for upper in (upright, leant))
    assert first == pytest.approx(second, abs=1e-9)
    assert first[0, :, 1] == pytest.approx(-0.95 * body.arm, abs=0.05 * body.arm)
    ahead = first[0] @ np.array([np.cos(np.radians(yaw)), 0.0, np.sin(np.radians(yaw))])
    elbow = body.upper_arm * np.sin(np.radians(8)) + body.forearm * np.sin(np.radians(8 + 15))
    aside = np.abs(first[0] @ np.array([-np.sin(np.radians(yaw)), 0.0, np.cos(np.radians(yaw))]))
    assert ahead == pytest.approx([elbow, elbow], abs=1e-9), "by the angles that nobody changed"
    assert aside.max() < 0.3 * body.arm
    posture = with_arms(body, trunk(body, pitch, 0, yaw, bend), hanging(body, leant))
    assert np.linalg.norm(joints(body, posture)[:, 9:11] - posture.wrist, axis=-1).max() < 1e-3


@settings(max_examples=20)
@given(apart=st.floats(0, 1), forward=st.tuples(st.floats(-1, 1), st.floats(-1, 1)))
def test_feet_stand_on_the_floor_apart_and_ahead(apart: float, forward: tuple[float, float]) -> None:
    body, _ = somebody(0)
    places = feet(body, 4, apart, forward)
    assert places.shape == (4, 2, 3)
    assert (places == places[0]).all()
    assert places[0, :, 0].tolist() == list(forward)
    assert places[0, :, 1].tolist() == [body.ankle] * 2
    assert places[0, :, 2].tolist() == [-apart, apart]


@settings(max_examples=20)
@given(st.floats(0, 80))
def test_knees_point_as_far_out_as_the_toes(toe_out: float) -> None:
    directions = knees_out(2, toe_out)
    turned = np.degrees(np.arctan2(directions[0, :, 2] * OUTWARDS, directions[0, :, 0]))
    assert turned == pytest.approx([toe_out, toe_out])


def test_what_is_constant_is_one_value_that_nobody_can_change_by_mistake() -> None:
    value = constant(3, (1.0, 2.0))
    assert value.tolist() == [[1.0, 2.0]] * 3
    with pytest.raises(ValueError, match="read-only"):
        value[0, 0] = 5.0
    assert constant(2, 7.0).tolist() == [7.0, 7.0]


def test_a_lean_takes_numbers_and_times_alike() -> None:
    assert leaning(np.array([1.0, 2.0]), 3.0, np.array([4.0, 5.0])).tolist() == [[1, 3, 4], [2, 3, 5]]
    assert leaning(np.array([1.0])).tolist() == [[1, 0, 0]]


@settings(max_examples=10)
@given(SEEDS, ANGLES)
def test_arms_are_told_where_the_trunk_has_put_the_shoulders(seed: int, pitch: float) -> None:
    body, _ = somebody(seed)
    upper = trunk(body, pitch)
    told: list[Torso] = []

    def arms(there: Torso) -> Arms:
        told.append(there)
        return hanging(body, there)

    posture = posed(body, upper, LEGS, arms)
    assert told[0].neck == pytest.approx(torso(body, *upper).neck)
    assert posture.head.tolist() == [[0.0, 0.0]]
    assert posture.ankle is LEGS[0]
    looking = posed(body, upper, LEGS, arms, np.array([[10.0, 20.0]]))
    assert looking.head.tolist() == [[10.0, 20.0]]
    places = joints(body, posture), joints(body, looking)
    assert places[0][:, 5:] == pytest.approx(places[1][:, 5:])
    assert np.abs(places[0][:, :5] - places[1][:, :5]).max() > 0.01
    assert out_of_reach_m(posture, places[0]) < 0.6 * body.leg
