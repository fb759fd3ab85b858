"""What TensorBoard shows of a run: the search, how good the models are, group by group. Knows TensorFlow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recommender.training.report import Report
    from recommender.training.train import Trained


def write(folder: Path, trained: Trained, report: Report) -> None:
    """Write the event file of a training into a folder.

    Raises:
        OSError: it cannot be written.
    """
    # The file itself, because `tf.summary` needs the package tensorboard, which only shows such files.
    import tensorflow as tf  # noqa: PLC0415 - the heavy import that this file is for
    from tensorflow.core.util.event_pb2 import Event  # noqa: PLC0415 - with it

    folder.mkdir()
    wall_time = datetime.now(UTC).timestamp()
    with tf.io.TFRecordWriter(str(folder / f"events.out.tfevents.{wall_time:.0f}.retraining")) as file:
        file.write(Event(wall_time=wall_time, file_version="brain.Event:2").SerializeToString())
        for tag, step, value in _scalars(trained, report):
            event = Event(wall_time=wall_time, step=step)
            event.summary.value.add(tag=tag, simple_value=value)
            file.write(event.SerializeToString())


def _scalars(trained: Trained, report: Report) -> Iterator[tuple[str, int, float]]:
    for name, trials in (("intensity", trained.intensity_trials), ("effect", trained.effect_trials)):
        for number, trial in enumerate(trials):
            yield f"search/{name}/error", number, trial.error
            if trial.swing is not None:
                yield f"search/{name}/swing", number, trial.swing
    found = report.evaluation.intensity
    for answer, value in zip(("minutes", "intensity"), found.error, strict=True):
        yield f"error/{answer}", 0, value
    for group, segment in found.segments.items():
        for answer, value in zip(("minutes", "intensity"), segment.error, strict=True):
            yield f"error/{answer}/{group}", 0, value
