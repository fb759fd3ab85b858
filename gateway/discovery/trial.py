"""Trying out what was found, before anything is saved: does the broker take us, what does the camera show."""

import asyncio
import multiprocessing
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.session import Link
from gateway.doctor.outside import CAMERA_S, first_link
from gateway.processes import camera_child

_END_S: Final = 1.0


class NoPicture(Exception):  # noqa: N818 - named by what happened
    """The camera gives none; the text says why, without its password."""


async def broker_trouble(settings: BrokerSettings, authority: str | None = None) -> str | None:
    """Log in at a broker as the box would; return why that fails, None when it does not.

    Args:
        settings: where and as whom.
        authority: PEM of whom to trust in place of what the settings name; kept for the trial alone.

    Raises:
        BrokerSettingsInvalid: an authority is given for a connection that is not encrypted.
    """
    link = await asyncio.to_thread(_first_link, settings, authority)
    return None if link.state == "connected" else link.reason or f"{settings.url} did not answer"


def _first_link(settings: BrokerSettings, authority: str | None) -> Link:
    if authority is None:
        return first_link(settings, ())
    with TemporaryDirectory(prefix="gymbox-") as folder:
        ca = Path(folder) / "ca.pem"
        ca.write_text(authority, encoding="ascii")
        return first_link(replace(settings, ca=ca), ())


async def first_picture(source: str) -> bytes:
    """Return a camera's first picture as a JPEG; it exists in memory only.

    Args:
        source: what opens the camera, its login included.

    Raises:
        NoPicture: it gives none within some seconds.
    """
    return await asyncio.to_thread(_first_picture, source)


def _first_picture(source: str) -> bytes:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(
        target=camera_child.picture, args=(source, theirs), name="gymbox picture", daemon=True
    )
    process.start()
    theirs.close()
    try:
        if not wait([ours], CAMERA_S):
            raise NoPicture(f"no picture within {CAMERA_S:.0f} s")
        good, told = ours.recv()
    except (EOFError, OSError):
        raise NoPicture("looking for a picture failed; the log says more") from None
    finally:
        ours.close()
        process.kill()
        process.join(_END_S)
    if not good:
        raise NoPicture(str(told))
    return bytes(told)
