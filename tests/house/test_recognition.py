"""Nobody is recognised: what looks at pictures is never told who trains, and tells nothing but points."""

import dataclasses
import inspect
import re
from pathlib import Path

from vision.keypoints import Pose
from vision.processes import messages

ROOT = Path(__file__).parents[2]
RECOGNITION = re.compile(
    r"^(face[-_]recognition|insightface|deepface|facenet|arcface|dlib|mtcnn|torchreid|opengait)", re.MULTILINE
)
WHO = re.compile(r"member|name|person|face|gait|user|embedding|descriptor")


def test_vision_is_never_told_who_it_is_and_never_says() -> None:
    told = {
        f"{name}.{field.name}"
        for name, kind in inspect.getmembers(messages, dataclasses.is_dataclass)
        for field in dataclasses.fields(kind)
        if WHO.search(field.name)
    }
    assert told == set()


def test_a_body_is_seventeen_points() -> None:
    assert [field.name for field in dataclasses.fields(Pose)] == ["points", "score"]


def test_nothing_that_is_installed_recognises_faces_or_gait() -> None:
    for locked in sorted((ROOT / "requirements").glob("*.txt")):
        assert RECOGNITION.findall(locked.read_text(encoding="utf-8")) == [], locked.name
