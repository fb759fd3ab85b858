"""Simulated hearts that are foretold."""

from benchmarks.plans import hearts


def test_hearts_are_foretold_better_than_by_knowing_nothing() -> None:
    errors = hearts.measure(5)
    assert errors.people == 5
    assert errors.gain > 0.3
    assert "5 simulated people" in next(hearts.table(errors))
    assert hearts.Errors(1, 3.0, 10.0, 6.0).gain == 0.5
