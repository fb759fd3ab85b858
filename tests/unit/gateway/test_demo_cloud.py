"""The demo's cloud, prepared; that it runs and takes records is shown by the demo itself."""

import ssl
import sys
from pathlib import Path

import pytest

from gateway.demo import demo_config
from gateway.demo_cloud import NoCloudHere, demo_cloud
from sync.cloud.database.database import Database
from sync.cloud.gateways import GatewayRevoked, Gateways, GatewayUnknown
from sync.cloud.settings import load


def gateways(folder: Path) -> Gateways:
    settings = load(folder / "cloud.toml", folder=folder, environ={})
    return Gateways(Database(settings.database.address()))


def test_the_box_is_let_in_with_another_token_at_each_start(tmp_path: Path) -> None:
    tokens = []
    for _ in range(2):
        cloud = demo_cloud(tmp_path, gateway_id="demo-box", gym_id="demo-gym")
        tokens.append(Path(cloud.section["token_file"]).read_text())
    identity = gateways(tmp_path).by_token(tokens[1])
    assert (identity.gateway_id, identity.gym_id) == ("demo-box", "demo-gym")
    with pytest.raises((GatewayUnknown, GatewayRevoked)):
        gateways(tmp_path).by_token(tokens[0])


def test_the_box_is_told_all_that_it_needs(tmp_path: Path) -> None:
    cloud = demo_cloud(tmp_path, gateway_id="demo-box", gym_id="demo-gym")
    config = demo_config(camera="0", host="127.0.0.1", port=0, cloud=cloud.section)
    assert config.cloud.upload == "all"
    assert config.cloud.url is not None
    service = load(tmp_path / "cloud.toml", folder=tmp_path, environ={}).service
    assert config.cloud.url.endswith(f"127.0.0.1:{service.port}")
    ssl.create_default_context(cafile=config.cloud.ca)


def test_secrets_are_for_the_owner_alone(tmp_path: Path) -> None:
    demo_cloud(tmp_path, gateway_id="demo-box", gym_id="demo-gym")
    for name in ("token", "key.pem"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_without_the_extra_the_demo_goes_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sync.cloud.database.database", None)
    with pytest.raises(NoCloudHere, match=r"pip install 'gymbox\[cloud\]'"):
        demo_cloud(tmp_path, gateway_id="demo-box", gym_id="demo-gym")


def test_a_database_that_is_none_does_not_keep_the_gym_closed(tmp_path: Path) -> None:
    (tmp_path / "cloud.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(NoCloudHere, match="remove the folder"):
        demo_cloud(tmp_path, gateway_id="demo-box", gym_id="demo-gym")
