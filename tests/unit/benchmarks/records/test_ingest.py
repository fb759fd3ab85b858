import pytest

from benchmarks.records import ingest
from benchmarks.records.ingest import BARE, CLOUD, Ingested, measure, share, table


def test_the_share_is_of_medians() -> None:
    done = [
        Ingested(CLOUD, 50, 1, 1),
        Ingested(BARE, 100, 1, 1),
        Ingested(CLOUD, 70, 1, 1),
        Ingested(CLOUD, 9, 1, 1),
    ]
    assert share(done) == pytest.approx(0.5)
    assert "50 records a second, 0.50 of what a bare application" in list(table(done))[-1]


@pytest.mark.slow
def test_a_service_takes_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bare one; that the cloud does is shown by the herd."""
    monkeypatch.setattr(ingest, "BATCH", 20)
    monkeypatch.setattr(ingest, "_KINDS", {BARE: "bare"})
    (done,) = measure(800, 1)  # fewer may cost less than the clock of a process can tell
    assert done.who == BARE
    assert done.per_s > 0
    assert done.cpu_us > 0
