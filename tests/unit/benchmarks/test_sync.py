"""The command as a person starts it; what it measures is measured elsewhere."""

import importlib
import json
import sys
from typing import Any

import pytest

from benchmarks.records.herd import Herd
from benchmarks.records.service import ServiceFailedError


@pytest.fixture
def sync(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "path", list(sys.path))  # it sets its own
    return importlib.import_module("benchmarks.sync")


def test_one_part_that_fails_does_not_take_the_other_with_it(
    sync: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*_: object) -> None:
        raise ServiceFailedError("no port")

    monkeypatch.setattr(sync.ingest, "measure", none)
    herd = Herd(3, 30, took_s=2.0, answered_s=[0.5], landed=30)
    monkeypatch.setattr(
        sync.herd, "measure", lambda boxes, records: herd if (boxes, records) == (3, 10) else None
    )
    monkeypatch.setattr(
        sys, "argv", ["sync.py", "--parts", "ingest,herd", "--boxes", "3", "--sessions", "10", "--json"]
    )
    assert sync.main() == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["herd"]["landed"] == 30
    assert "ingest: no port" in said.err
