"""What the console says, in the operator's language: pages write English, `zh.toml` has the Chinese."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

from gateway.console.reasons import chinese_reasons

Language = Literal["en", "zh"]
LANGUAGES: Final[Mapping[Language, str]] = {"en": "English", "zh": "简体中文"}
COOKIE: Final = "gymbox_console_language"

# What people call things that programs write in one word; any other code is read with spaces.
_TERMS: Final[Mapping[str, str]] = {
    "speed_kmh": "speed",
    "incline_percent": "incline",
    "resistance_level": "resistance",
    "distance_m": "distance",
    "energy_kcal": "energy",
    "heart_rate_bpm": "heart rate",
    "rr_interval_ms": "beat to beat",
    "cadence_rpm": "cadence",
    "power_w": "power",
    "stroke_rate_spm": "stroke rate",
    "elapsed_s": "time",
    "battery_percent": "battery",
    "rssi_dbm": "signal",
    "quality": "received",
    "age_years": "age",
    "bmi": "body mass index",
    "mean_duration_7d_min": "duration of the last week",
    "mean_hr_fraction_7d": "heart rate of the last week",
    "rpe_slope_7d": "trend of felt exertion",
    "completion_28d": "completion in four weeks",
    "progress_rate_28d": "progress in four weeks",
    "pushup": "push-ups",
    "squat": "squats",
    "situp": "sit-ups",
    "pullup": "pull-ups",
    "lunge": "lunges",
    "curl": "curls",
    "jumping_jack": "jumping jacks",
    "identity_none": "not enrolled",
    "identity_pending": "being enrolled",
    "identity_enrolled": "enrolled",
    "identity_refused": "refused",
    "sync_ok": "works",
    "sync_degraded": "held up",
    "sync_off": "not used",
}

# The parts of the health board; what follows a colon in their names is which one.
_PARTS: Final[Mapping[str, str]] = {
    "broker": "Built-in broker",
    "mqtt": "Link to the broker",
    "camera": "Camera",
    "vision": "Counting",
    "model": "Pose model",
    "recommender": "Model",
    "recommender:plans": "Review of the plans",
    "plans": "Plans",
    "store": "Storage",
    "cloud": "Sync",
    "fleet": "Fleet",
    "identity": "Identity",
    "config": "Settings",
    "desired-config": "Settings of the cloud",
    "software": "Software",
    "program": "Installed program",
    "updates": "Updates",
}


class Words:
    """Says things in one language; what has no translation is said in English."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._known = chinese() if language == "zh" else {}

    def __call__(self, english: str, **values: object) -> str:
        """Return a text in the language, its `{names}` filled in."""
        text = self._known.get(english, english)
        return text.format(**values) if values else text

    def reason(self, english: str) -> str:
        """Return why a part of the box is not well, as far as that is known in the language."""
        return chinese_reasons()(english) if self.language == "zh" else english

    def part(self, name: str) -> str:
        """Return what people call a part of the box, such as `camera:door`."""
        kind, _, which = name.partition(":")
        if name in _PARTS or kind not in _PARTS:
            return self(_PARTS.get(name, name))
        return f"{self(_PARTS[kind])} {which}"

    def term(self, code: str) -> str:
        """Return what people call something that programs write as a code, such as `heart_rate_bpm`."""
        return self(_TERMS.get(code, code.replace("_", " ")))


@cache
def chinese() -> Mapping[str, str]:
    """Return Simplified Chinese by English."""
    return tomllib.loads((Path(__file__).parent / "zh.toml").read_text("utf-8"))


def language_of(chosen: str | None, accepted: str) -> Language:
    """Return what a browser is to read: what its operator chose, else the first that we know of its header.

    Args:
        chosen: the cookie; None without one.
        accepted: the header `Accept-Language` (RFC 9110 section 12.5.4); weights are taken to be in order.
    """
    wanted = (chosen or "", *(each.split(";")[0].strip() for each in accepted.split(",")))
    for tag in wanted:
        for language in LANGUAGES:
            if tag.lower().split("-")[0] == language:
                return language
    return "en"
