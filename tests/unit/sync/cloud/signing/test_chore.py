import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.cloud.readiness import Degraded
from sync.cloud.signing.chore import keep_fresh
from sync.cloud.signing.refresh import expiries
from tests.unit.sync.releases.signed_cloud import Cloud


def test_the_service_keeps_what_is_current_signed(tmp_path: Path) -> None:
    began = datetime.now(UTC) - timedelta(days=5)
    cloud = Cloud(tmp_path, now=began)
    assert expiries(cloud.repository)["timestamp"] < datetime.now(UTC)
    keep_fresh(cloud.folder, cloud.online)
    assert expiries(cloud.repository)["timestamp"] > datetime.now(UTC) + timedelta(hours=23)
    before = cloud.saved()
    keep_fresh(cloud.folder, cloud.online)
    assert cloud.saved() == before


def test_it_asks_in_time_for_the_offline_keys_and_signs_the_rest(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, now=datetime.now(UTC) - timedelta(days=50))
    for _ in range(2):
        with pytest.raises(Degraded, match=r"half of the time of targets, software is over.*keys renew"):
            keep_fresh(cloud.folder, cloud.online)
        assert expiries(cloud.repository)["models"] > datetime.now(UTC) + timedelta(days=29)


@pytest.mark.parametrize("gone", ["online", "releases"])
def test_what_is_missing_is_in_the_log_and_not_shown_to_anybody(
    tmp_path: Path, gone: str, caplog: pytest.LogCaptureFixture
) -> None:
    cloud = Cloud(tmp_path)
    shutil.rmtree(tmp_path / gone)
    with caplog.at_level(logging.ERROR), pytest.raises(Degraded) as caught:
        keep_fresh(cloud.folder, cloud.online)
    assert str(tmp_path) not in str(caught.value)
    assert str(tmp_path) in caplog.text
