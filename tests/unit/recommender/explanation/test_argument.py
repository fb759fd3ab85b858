import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.explanation.argument import LEAST, Argument, Aspect, Part, argue
from recommender.explanation.facts import Fact

A, B, C, D = (Fact(letter, "known") for letter in "abcd")
POINTS = st.floats(-2, 2)
PARTS = st.lists(POINTS, min_size=1, max_size=11).map(
    lambda points: [Part(each, Fact(str(number), "known")) for number, each in enumerate(points)]
)


def of_intensity(*parts: tuple[float, Fact | None]) -> Argument:
    return argue({"intensity": [Part(*part) for part in parts], "duration": []})


@pytest.mark.parametrize(
    ("moved", "size"),
    [(0.1, 0), (0.2, 1), (0.6, 2), (1.5, 3), (-0.1, 0), (-0.2, -1), (-0.6, -2), (-1.5, -3)],
)
def test_how_much_it_is(moved: float, size: int) -> None:
    assert of_intensity((moved, A)).size == size


def test_the_weightiest_come_first_and_three_are_enough() -> None:
    found = of_intensity((0.1, D), (0.4, A), (0.2, C), (0.3, B))
    assert found.because == (A, B, C)
    assert found.although == ()


def test_a_weighty_part_to_the_other_side_is_owned_up_to() -> None:
    found = of_intensity((0.9, A), (0.3, B), (0.2, C), (-0.4, D))
    assert (found.because, found.although) == ((A, B), (D,))
    assert of_intensity((0.9, A), (0.3, B), (0.2, C), (-0.1, D)).although == ()


def test_what_is_left_unsaid_gives_way_to_the_next_but_still_weighs() -> None:
    found = of_intensity((0.9, None), (0.2, A), (0.1, B))
    assert (found.size, found.because, found.emphasis) == (3, (A, B), "partly")
    assert of_intensity((0.9, None)) == Argument("intensity", 2)


def test_one_that_outweighs_all_others_is_said_to() -> None:
    assert of_intensity((0.9, A), (0.2, B)).emphasis == "above_all"
    assert of_intensity((0.3, A), (0.25, B)).emphasis == "even"
    assert of_intensity((0.9, A)).emphasis == "even"


def test_of_what_nobody_told_only_the_weightiest_is_named() -> None:
    unknown = [Fact(letter, "unknown") for letter in "xy"]
    assert of_intensity((0.5, unknown[0]), (0.4, unknown[1]), (0.3, A)).because == (unknown[0], A)
    even = of_intensity((0.5, unknown[0]), (0.3, A), (-0.6, unknown[1]), (-0.1, B))
    assert even == Argument("intensity", 0, (A,), (B,))
    assert of_intensity((0.9, unknown[0]), (-0.6, unknown[1]), (-0.1, A)).although == ()


def test_for_and_against_may_be_even() -> None:
    assert of_intensity((0.5, A), (-0.45, B)) == Argument("intensity", 0, (A,), (B,))
    assert of_intensity((0.02, A), (-0.04, B)) == Argument("intensity", 0)


@given(intensity=PARTS, duration=PARTS)
def test_it_speaks_of_what_moved_most_and_takes_sides_as_the_numbers_do(
    intensity: list[Part], duration: list[Part]
) -> None:
    parts_of: dict[Aspect, list[Part]] = {"intensity": intensity, "duration": duration}
    found = argue(parts_of)
    moved = {aspect: sum(part.points for part in parts) for aspect, parts in parts_of.items()}
    assert abs(moved[found.aspect]) == max(map(abs, moved.values()))
    assert found.size * moved[found.aspect] >= 0
    points = {part.fact: part.points for part in parts_of[found.aspect]}
    side = 1 if found.size >= 0 else -1
    assert all(points[each] * side >= LEAST for each in found.because)
    assert all(points[each] * side <= -LEAST for each in found.although)
    assert len(found.because) + len(found.although) <= 3
    assert len(found.because) >= len(found.although)
