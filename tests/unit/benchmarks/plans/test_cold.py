"""Models are loaded in new processes, turn by turn with the peer."""

import pytest

from benchmarks.plans import cold


def test_cold_loads_turn_by_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    programs: list[str] = []

    def run(program: str) -> tuple[float, float]:
        programs.append(program)
        return (0.2, 0.1) if "InferenceSession" in program else (0.3, 0.2)

    monkeypatch.setattr(cold, "_run", run)
    figures = cold.measure(2)
    assert [each.turns for each in figures.values()] == [2, 2, 2]
    assert programs[:3] == programs[3:]
    assert cold.ratio(figures) == pytest.approx(1.5)
    assert "1.50 (300 ms allowed)" in "\n".join(cold.table(figures))


def test_the_clock_of_a_cold_load_is_the_programs_own() -> None:
    assert cold._run(f"{cold._CLOCK}; time.sleep(0.02); {cold._STOP}")[0] >= 0.02
