"""A box under its launcher gets a version of itself from a real cloud, and comes back from a broken one."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.events import rows
from gateway.events.rows import EventFilter
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from provisioning.software.begin import begin
from provisioning.software.install_root import LAUNCHER, InstallRoot
from provisioning.software.slots import Release
from sync.cloud.app import Cloud
from sync.cloud.rollout.kinds.software import note_release
from sync.cloud.rollout.plan import Group, Plan
from sync.cloud.server import CloudServer
from sync.cloud.settings import load
from sync.cloud.shadows.store import change, find
from sync.cloud.signing import ceremony
from sync.cloud.signing.keys import load_keys
from sync.cloud.signing.repository import Repository
from sync.cloud.signing.software import SoftwareFiles, publish_software
from tests.authority import Authority

PROJECT = Path(__file__).parents[2]
PATIENCE_S = 480.0
EVERYBODY = Plan(groups=(Group(name="all", percent=100, soak_s=0),))
NEXT = "0.1.1"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Cloud, dict[str, str]]]:
    """The cloud, with its repository; and what a box says of it in `[cloud]`."""
    authority, repository = Authority(folder / "ca"), Repository(folder / "releases")
    ceremony.begin(repository, offline=folder / "offline", online=folder / "online", now=datetime.now(UTC))
    cert, key = authority.issue("cloud")
    environ = {
        "GYMBOX_CLOUD_SERVICE__CERT": str(cert),
        "GYMBOX_CLOUD_SERVICE__KEY": str(key),
        "GYMBOX_CLOUD_SIGNING__REPOSITORY": str(repository.folder),
        "GYMBOX_CLOUD_SIGNING__ONLINE_KEYS": str(folder / "online"),
    }
    cloud = Cloud(load(None, folder=folder, environ=environ))
    cloud.start()
    (folder / "token").write_text(cloud.gateways.add("gymbox", gym_id="gym", tenant_id="tenant"))
    server = CloudServer(cloud.api, cloud.tls)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield (
                cloud,
                {
                    "url": f"https://127.0.0.1:{listening.getsockname()[1]}",
                    "ca": str(authority.certificate),
                    "token_file": str(folder / "token"),
                    "release_root": str(repository.folder / "metadata" / "1.root.json"),
                },
            )
        finally:
            server.should_exit = server.force_exit = True
            thread.join(10)
            cloud.stop()


def build(folder: Path, version: str) -> Path:
    """This program's wheel, under another version."""
    source = folder / f"source-{version}"
    source.mkdir()
    for path in PROJECT.iterdir():
        if path.name != "pyproject.toml" and not path.name.startswith("."):
            (source / path.name).symlink_to(path)
    project = (PROJECT / "pyproject.toml").read_text()
    here = distribution("gymbox").version
    assert f'version = "{here}"' in project
    (source / "pyproject.toml").write_text(project.replace(f'version = "{here}"', f'version = "{version}"'))
    quiet = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *quiet, "--wheel-dir", folder, source],
        check=True,
        timeout=PATIENCE_S,
    )
    return folder / f"gymbox-{version}-py3-none-any.whl"


def borrow_dependencies(folder: Path) -> Path:
    """All that this program needs, from the environment that runs the tests; neither itself nor pip."""
    folder.mkdir()
    for path in Path(pytest.__file__).parents[1].iterdir():
        if not path.name.startswith(("gymbox", "pip", "_editable", "__editable")) and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return folder


def first_slot(folder: Path, wheel: Path) -> InstallRoot:
    """What somebody installed by hand."""
    root = InstallRoot(folder)
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root.slot("a")], check=True, timeout=60)
    with zipfile.ZipFile(wheel) as packed:
        (site,) = root.slot("a").glob("lib/python3*/site-packages")
        packed.extractall(site)
    begin(folder, distribution("gymbox").version, prefix=root.slot("a"))
    return root


@contextmanager
def launched(
    root: InstallRoot, config: Path, data: Path, packages: Path
) -> Iterator[subprocess.Popen[bytes]]:
    launcher: list[str | Path] = [sys.executable, root.folder / LAUNCHER, "--root", root.folder]
    environment = {**os.environ, "PYTHONPATH": str(packages), "GYMBOX_DATA_DIR": str(data)}
    log = data / "launcher.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*launcher, "--confirm-s", "120", "--", "run", "--config", config],
            env=environment,
            stdout=file,
            stderr=file,
            cwd=data,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
            sys.stdout.write(log.read_text())  # shown when something failed


def until(told: Callable[[], Any], wanted: Any) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while (last := told()) != wanted:
        assert time.monotonic() < deadline_s, f"still {last}"
        time.sleep(0.1)


def reported(cloud: Cloud) -> dict[str, Any]:
    with cloud.database.read() as session:
        found = find(session, "gymbox", "software")
    said: Any = {} if found is None else found[0].reported.get("gymbox", {})
    return {name: said.get(name) for name in ("version", "state")}


def events(data: Path) -> list[tuple[str, Any]]:
    store = Store(path=store_path(data), migrations=MIGRATIONS)
    store.start()
    try:
        found = store.read_now(lambda db: rows.load(db, EventFilter(), 50))
        return [(each.outcome, each.detail["version"]) for each in found if each.kind == "software-update"][
            ::-1
        ]
    finally:
        store.stop()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_good_version_stays_and_a_broken_one_is_left_unattended(tmp_path: Path) -> None:
    wheel, following = (build(tmp_path, version) for version in (distribution("gymbox").version, NEXT))
    root = first_slot(tmp_path / "root", wheel)
    data = tmp_path / "data"
    data.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving(tmp_path) as (cloud, about):
        config = tmp_path / "gymbox.toml"
        lines = [f'{name} = "{value}"' for name, value in about.items()]
        config.write_text("\n".join([f"[http]\nport = {port}\n[cloud]", *lines]))
        (tmp_path / "needs.txt").touch()
        released = publish_software(
            SoftwareFiles(wheel=following, requirements=tmp_path / "needs.txt"),
            Repository(tmp_path / "releases"),
            load_keys(tmp_path / "offline", tmp_path / "online"),
            purpose="feature",
            now=datetime.now(UTC),
        )
        with cloud.database.write() as session:
            note_release(
                session,
                version=NEXT,
                purpose="feature",
                target=released.target,
                sha256=released.sha256,
                by="operator ann",
                now=datetime.now(UTC),
            )
        begun = cloud.rollouts.start("gymbox", shadow="software", plan=EVERYBODY, by="operator ann")
        with launched(root, config, data, borrow_dependencies(tmp_path / "packages")):
            until(lambda: reported(cloud), {"version": NEXT, "state": "active"})
            assert (root.slots().active, root.slots().trial) == ("b", None)
            until(lambda: cloud.rollouts.show(begun.id).rollout.status, "finished")
            assert httpx.get(f"http://127.0.0.1:{port}/livez", timeout=10).status_code == 200

            # A version that never starts lies in the other slot, as if it had been installed there.
            broken = Release(version="0.1.2", sha256="ab" * 32)
            root.disown("a")
            (root.slot("a") / "proven").unlink()
            (module,) = root.slot("a").glob("lib/python3*/site-packages/gateway/cli/__main__.py")
            module.write_text("raise SystemExit(3)\n")
            root.vouch("a", broken)
            wish = {
                "version": broken.version,
                "sha256": broken.sha256,
                "target": "software/gymbox/0.1.2/gymbox.tar",
            }
            with cloud.database.write() as session:
                change(session, "gymbox", "software", "desired", {"gymbox": wish}, now=datetime.now(UTC))
            until(lambda: reported(cloud), {"version": "0.1.2", "state": "rolled_back"})
            assert (root.slots().active, root.slots().trial) == ("b", None)
            assert httpx.get(f"http://127.0.0.1:{port}/livez", timeout=10).status_code == 200
    assert events(data) == [
        ("installing", NEXT),
        ("active", NEXT),
        ("installing", "0.1.2"),
        ("rolled_back", "0.1.2"),
    ]
