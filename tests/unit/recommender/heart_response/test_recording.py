from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.recording import Recording, RecordingError, read_recordings

HEADER = "id,time_s,load,hr_bpm\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "recordings.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_recordings_by_id_in_the_order_of_time(tmp_path: Path) -> None:
    rows = "b,2,6,101\na,0,5,90\nb,0,5,99\nb,2,7,102\na,1,5,\n"
    found = read_recordings(write(tmp_path, HEADER + rows))
    assert list(found) == ["b", "a"]
    assert found["b"].times_s.tolist() == [0, 2]
    assert found["b"].loads.tolist() == [5, 7], "of two at the same time the later one counts"
    assert found["b"].rates_bpm.tolist() == [99, 102]
    assert np.isnan(found["a"].rates_bpm[1])


def test_columns_may_stand_anywhere_with_others_between(tmp_path: Path) -> None:
    found = read_recordings(write(tmp_path, "\ufeffhr_bpm,note,id,load,time_s\n120,x,a,9.5,3\n"))
    assert (found["a"].times_s[0], found["a"].loads[0], found["a"].rates_bpm[0]) == (3, 9.5, 120)


@pytest.mark.parametrize("rate", ["0", "255", "12"])
def test_what_no_heart_does_is_unknown(tmp_path: Path, rate: str) -> None:
    found = read_recordings(write(tmp_path, f"{HEADER}a,0,5,{rate}\n"))
    assert np.isnan(found["a"].rates_bpm).all()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column id, time_s, load, hr_bpm"),
        ("id,time_s,load\n", "no column hr_bpm"),
        (HEADER, "holds no samples"),
        (HEADER + "a,0,5,90\na,x,5,90\n", "line 3: time_s is not a number: 'x'"),
        (HEADER + "a,0,-1,90\n", "line 2: load of -1 is out of range"),
        (HEADER + "a,inf,5,90\n", "time_s of inf is out of range"),
        (HEADER + "a,nan,5,90\n", "time_s of nan is out of range"),
        (HEADER + "a,99999999,5,90\n", "out of range"),
        (HEADER + "a,0\n", "load is not a number"),
        (HEADER + ",0,5,90\n", "the id is empty"),
    ],
)
def test_a_file_of_no_use_says_where_and_why(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(RecordingError, match=reason):
        read_recordings(write(tmp_path, text))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "recordings.csv"
    path.write_bytes(b"id,time_s,load,hr_bpm\n\xff\xfe\x00")
    with pytest.raises(RecordingError, match="not a CSV file of text"):
        read_recordings(path)


SAMPLES = st.lists(
    st.tuples(st.floats(0.1, 30), st.floats(0, 20), st.one_of(st.just(float("nan")), st.floats(40, 200))),
    min_size=1,
    max_size=60,
)


@given(samples=SAMPLES, step_s=st.floats(1, 20))
def test_resampling_keeps_the_work_done_and_invents_no_rate(
    samples: list[tuple[float, float, float]], step_s: float
) -> None:
    steps_s, loads, rates = (np.array(column) for column in zip(*samples, strict=True))
    times_s = np.cumsum(steps_s)
    grid = Recording(times_s, loads, rates).resampled(step_s)
    assert np.diff(grid.times_s) == pytest.approx(step_s)
    assert grid.times_s[0] == times_s[0]
    assert grid.times_s[-1] + step_s >= times_s[-1]
    after_s = grid.times_s[-1] + step_s - times_s[-1]
    work = float(np.sum(loads[:-1] * np.diff(times_s)) + loads[-1] * after_s)
    assert float(np.sum(grid.loads) * step_s) == pytest.approx(work, rel=1e-6, abs=1e-6)
    known = grid.rates_bpm[np.isfinite(grid.rates_bpm)]
    assert len(known) <= np.isfinite(rates).sum()
    if len(known):
        assert known.min() >= np.nanmin(rates) - 1e-9
        assert known.max() <= np.nanmax(rates) + 1e-9


def test_what_is_known_while_the_rest_is_planned() -> None:
    whole = Recording(np.array([0.0, 5, 10]), np.array([1.0, 2, 3]), np.array([80.0, 90, 100]))
    known = whole.known_until(5)
    assert known.loads.tolist() == [1, 2, 3]
    assert known.rates_bpm[:2].tolist() == [80, 90]
    assert np.isnan(known.rates_bpm[2])
