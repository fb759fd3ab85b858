"""Models compiled for Coral's Edge TPU: through pycoral where it is installed, else as a delegate of LiteRT.

Google's pycoral stops at Python 3.9 and the package index has another project of that name, so that most
boxes take the second way, which needs the library of Coral's driver alone.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from vision.runtimes import (
    Available,
    ModelFileError,
    Probe,
    RuntimeUnavailableError,
    Unavailable,
    broken_file,
    litert,
)

if TYPE_CHECKING:
    from pathlib import Path

NAME = "edgetpu"
LIBRARY = "libedgetpu.so.1"
ENTRY_POINTS = ("tflite_plugin_create_delegate", "tflite_plugin_destroy_delegate")
NO_DEVICE = "no Edge TPU answers: none is plugged in, or another program uses it"


def probe() -> Probe:
    """Whether an Edge TPU can be used here; opens the device, so ask while nothing runs on it."""
    pycoral = _pycoral()
    if pycoral is not None:
        return _probe_pycoral(pycoral)
    reason = _missing_library()
    if reason:
        return Unavailable(NAME, reason)
    litert_works = litert.probe()
    if isinstance(litert_works, Unavailable):
        return Unavailable(NAME, litert_works.reason)
    try:
        litert.load_delegate(LIBRARY)
    except (OSError, ValueError, RuntimeError):
        return Unavailable(NAME, NO_DEVICE)
    return Available(NAME, litert_works.version)


def missing_library() -> str:
    """Why there cannot be an Edge TPU here, found without touching a device; empty if there can."""
    return "" if _pycoral() is not None else _missing_library()


def load(path: Path, threads: int = 1) -> litert.LiteRtModel:
    """Load a file that the Edge TPU compiler made; what it left to the CPU runs on so many threads.

    Raises:
        RuntimeUnavailableError: no library, or no device.
        ModelFileError: missing, damaged, or not compiled for the Edge TPU.
    """
    if not path.is_file():
        fix = f"gymbox models pull {path.parent.name} --with {path.name}"
        raise ModelFileError(f"there is no file for the Edge TPU, {path}; run: {fix}")
    litert.check_file(path)
    pycoral = _pycoral()
    if pycoral is not None:
        return _load_pycoral(pycoral, path)
    reason = _missing_library()
    if reason:
        raise RuntimeUnavailableError(f"runtime {NAME}: {reason}")
    try:
        delegate = litert.load_delegate(LIBRARY)
    except (OSError, ValueError, RuntimeError) as error:
        raise RuntimeUnavailableError(f"runtime {NAME}: {NO_DEVICE}") from error
    return litert.load_as_written(path, threads, delegate=delegate, name=NAME)


def _missing_library() -> str:
    # Looked at before LiteRT does: it leaves half an object behind when the library is not what it should be.
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return f"{LIBRARY} is not installed; it comes with Coral's package libedgetpu1-std"
    lacking = [name for name in ENTRY_POINTS if not hasattr(library, name)]
    return f"{LIBRARY} is not Coral's library: it lacks {', '.join(lacking)}" if lacking else ""


def _pycoral() -> Any | None:
    """Google's module, and not the other project's."""
    try:
        from pycoral.utils import edgetpu  # noqa: PLC0415 - the heavy import that this file is for
    except (ImportError, OSError):
        return None
    return edgetpu


def _probe_pycoral(pycoral: Any) -> Probe:
    try:
        found = pycoral.list_edge_tpus()
    except (OSError, ValueError, RuntimeError) as error:
        return Unavailable(NAME, f"{NO_DEVICE} ({error})")
    return Available(NAME, "pycoral") if found else Unavailable(NAME, NO_DEVICE)


def _load_pycoral(pycoral: Any, path: Path) -> litert.LiteRtModel:
    if isinstance(found := _probe_pycoral(pycoral), Unavailable):
        raise RuntimeUnavailableError(f"runtime {NAME}: {found.reason}")
    try:
        interpreter = pycoral.make_interpreter(str(path))
        interpreter.allocate_tensors()
    except (OSError, ValueError, RuntimeError) as error:
        raise broken_file(path, error) from error
    return litert.LiteRtModel(interpreter, NAME)
