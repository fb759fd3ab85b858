"""Demo footage of our own: a rendered athlete whose true repetitions are known.

`python -m vision.footage.render` draws the clip; `motion` drives both the picture and the truth.
"""

from pathlib import Path

_HERE = Path(__file__).parent


def clip_path() -> Path:
    """The committed clip: push-ups, getting up, squats."""
    return _HERE / "athlete.mp4"


def truth_path() -> Path:
    """The clip's true counts and the times of the bottoms, as JSON."""
    return _HERE / "athlete.json"
