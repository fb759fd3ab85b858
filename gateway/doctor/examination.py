"""What keeps this box from working, and what to do about it. Looks, changes nothing, never waits long."""

import http.client
import logging
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gateway.cloud.address import cloud_address
from gateway.config.file import ConfigError, build, data_dir, load
from gateway.config.model import BoxConfig
from gateway.config.sections.http import HttpSection
from gateway.doctor.encryption import check_encryption
from gateway.doctor.finding import Finding
from gateway.doctor.outside import check_broker, check_cameras
from provisioning.identity.folder import IdentityFolder
from provisioning.models import ModelFolderError, read_model, verify
from sync.upload.credentials import CloudAddress, CredentialsUnusable
from vision.processes.ring import required_bytes
from vision.runtimes import CPU_RUNTIMES, RUNTIMES, Available, probe

__all__ = ["Finding", "diagnose", "examine"]

_log = logging.getLogger(__name__)

_LEAST_FREE_MB: Final = 200
_EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_MB: Final = 1_000_000
_ANSWER_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """What the checks look at."""

    config: BoxConfig
    data_dir: Path
    models_dir: Path
    now: datetime


def diagnose(
    *,
    config_path: Path | None = None,
    data_dir_option: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Examine the box that this file describes; without a file, the box that the defaults make."""
    try:
        config = build({}, environ=environ) if config_path is None else load(config_path, environ=environ)
    except ConfigError as error:
        fix = "correct the file; gymbox check-config checks it alone"
        return [Finding("config", "failed", str(problem), fix) for problem in error.problems]
    folder = data_dir(config, option=data_dir_option, environ=environ)
    name = "no file given, using the defaults" if config_path is None else str(config_path)
    return [Finding("config", "ok", name), *examine(config, data_dir=folder)]


def examine(
    config: BoxConfig, *, data_dir: Path, models_dir: Path | None = None, now: datetime | None = None
) -> list[Finding]:
    """Run every check; one that fails itself is a finding, too."""
    box = _Box(
        config=config,
        data_dir=data_dir,
        models_dir=models_dir or data_dir / "models",
        now=now or datetime.now(UTC),
    )
    checks: tuple[Callable[[_Box], Iterator[Finding]], ...] = (
        _data_folder,
        _disk,
        lambda box: check_encryption(_existing(box.data_dir)),
        _memory,
        _clock,
        lambda box: check_broker(box.config),
        _model,
        _runtime,
        lambda box: check_cameras(box.config.cameras),
        _certificate,
        _port,
    )
    return [finding for check in checks for finding in _guarded(check, box)]


def _guarded(check: Callable[[_Box], Iterator[Finding]], box: _Box) -> Sequence[Finding]:
    try:
        return list(check(box))
    except Exception as error:  # noqa: BLE001 - a broken check must not hide the others; logged and a finding
        _log.exception("a check of the doctor failed")
        return [Finding("doctor", "failed", f"a check failed: {error!r}", "report this as a bug")]


def _data_folder(box: _Box) -> Iterator[Finding]:
    folder = _existing(box.data_dir)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".gymbox-doctor-"):
            pass
    except OSError as error:
        fix = f"give the user that runs the box the right to write there: chown -R USER {folder}"
        yield Finding("data", "failed", f"cannot write in {folder}: {error.strerror}", fix)
        return
    known = "" if folder == box.data_dir else " (made at the first start)"
    yield Finding("data", "ok", f"{box.data_dir}{known}")


def _disk(box: _Box) -> Iterator[Finding]:
    free_mb = shutil.disk_usage(_existing(box.data_dir)).free // _MB
    budget_mb = box.config.storage.budget_mb
    if free_mb < _LEAST_FREE_MB:
        reason, fix = f"only {free_mb} MB free for the data", "make room, or move [box] data_dir"
        yield Finding("disk", "failed", reason, fix)
    elif free_mb < budget_mb:
        reason = f"{free_mb} MB free, less than the budget of {budget_mb} MB"
        yield Finding("disk", "degraded", reason, "make room, or lower [storage] budget_mb")
    else:
        yield Finding("disk", "ok", f"{free_mb} MB free")


def _memory(box: _Box) -> Iterator[Finding]:
    """Frames lie in anonymous shared memory, so /dev/shm sets no limit; the machine's memory does."""
    available_mb = _available_mb()
    needed_mb = len(box.config.cameras) * required_bytes() // _MB
    if available_mb is None:
        yield Finding("memory", "ok", f"{needed_mb} MB for frames; the system does not tell what is free")
    elif available_mb < needed_mb + _LEAST_FREE_MB:
        reason = f"{available_mb} MB free; frames take {needed_mb} MB, the box itself {_LEAST_FREE_MB} MB"
        yield Finding("memory", "failed", reason, "use fewer cameras, or a machine with more memory")
    else:
        yield Finding("memory", "ok", f"{available_mb} MB free, {needed_mb} MB needed for frames")


def _clock(box: _Box) -> Iterator[Finding]:
    fix = "set the clock: timedatectl set-ntp true"
    today = box.now.date().isoformat()
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if not _EARLIEST <= box.now < _LATEST:
        yield Finding(
            "clock", "failed", f"the clock says {today}; certificates and records need it right", fix
        )
    elif box.now < installed - timedelta(days=1):
        reason = f"the clock says {today}; this program was installed on {installed.date().isoformat()}"
        yield Finding("clock", "degraded", reason, fix)
    elif not time.get_clock_info("monotonic").monotonic:
        yield Finding("clock", "degraded", "the system has no monotonic clock; durations may jump")
    else:
        yield Finding("clock", "ok", f"{box.now.isoformat(timespec='seconds')}")


def _model(box: _Box) -> Iterator[Finding]:
    name = box.config.vision.pose
    part, fix = f"model:{name}", f"gymbox models pull {name}"
    if not box.config.cameras:
        yield Finding(part, "ok", "not needed: the box has no camera")
        return
    try:
        folder = read_model(box.models_dir / name)
    except ModelFolderError as error:
        yield Finding(part, "failed", str(error), fix)
        return
    problems = verify(folder)
    for problem in problems:
        yield Finding(part, "failed", problem, fix)
    if not problems:
        yield Finding(part, "ok", f"version {folder.version}, every file as it should be")


def _runtime(box: _Box) -> Iterator[Finding]:
    vision = box.config.vision
    for name in RUNTIMES:
        part, found = f"runtime:{name}", probe(name)
        if isinstance(found, Available):
            where = "on the CPU" if name in CPU_RUNTIMES else "on an accelerator"
            yield Finding(part, "ok", f"version {found.version}, {where}")
        elif name in (vision.runtime, vision.accelerator):
            fix = 'write [vision] runtime = "auto" and accelerator = "auto" to use what works here'
            yield Finding(part, "failed", found.reason, fix)
        elif name in CPU_RUNTIMES:
            yield Finding(part, "failed", found.reason, "install the box's packages again")
        else:
            yield Finding(part, "ok", f"not found, and not needed: {found.reason}")


def _certificate(box: _Box) -> Iterator[Finding]:
    """The box gets an identity by enrolment; without a cloud it needs none."""
    identity = IdentityFolder(box.data_dir)
    try:
        address = cloud_address(box.config.cloud, identity)
        if address is None or not (address.cert or address.token_file):
            wanted = ", needed for the cloud: gymbox enrol" if address else ""
            yield Finding("certificate", "ok", f"not enrolled{wanted}")
            return
        address.tls()
        address.headers()
        yield from _own_certificate(address, identity, box.now)
    except CredentialsUnusable as error:
        yield Finding("certificate", "failed", str(error), "write the file again, or enrol: gymbox enrol")


def _own_certificate(address: CloudAddress, identity: IdentityFolder, now: datetime) -> Iterator[Finding]:
    """How long what the box was enrolled with lasts; what others manage is theirs to watch."""
    pair = identity.current()
    if pair is None or address.cert != pair.path:
        yield Finding("certificate", "ok", "the box's identity at the cloud is readable")
    elif now >= pair.until:
        fix = "have the cloud's operator make a new claim, and run: gymbox enrol"
        yield Finding("certificate", "failed", f"{pair.gateway_id}: ended on {pair.until:%Y-%m-%d}", fix)
    else:
        yield Finding("certificate", "ok", f"{pair.gateway_id}, until {pair.until:%Y-%m-%d}")


def _port(box: _Box) -> Iterator[Finding]:
    address = box.config.http
    part = f"port:{address.port}"
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe_socket:
            probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe_socket.bind(place)
    except socket.gaierror:
        fix = "write an address of this machine, or 0.0.0.0, as [http] host"
        yield Finding(part, "failed", f"{address.host} is no address", fix)
    except OSError as error:
        if _box_answers(address):
            yield Finding(part, "ok", "a box runs and answers here")
        else:
            fix = f"end what uses it (ss -ltnp 'sport = :{address.port}'), or choose another [http] port"
            yield Finding(part, "failed", f"cannot listen on {address.host}: {error.strerror}", fix)
    else:
        yield Finding(part, "ok", f"free on {address.host}")


def _box_answers(address: HttpSection) -> bool:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one around it that exists."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _available_mb() -> int | None:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024 // _MB
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MB
