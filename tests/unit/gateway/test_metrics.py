"""What Prometheus reads: names by convention, values from the parts, one broken part hides nothing."""

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from devices.intake import IntakeCounts
from devices.mqtt.session import Link
from gateway.durations import Durations
from gateway.health import Health
from gateway.metric_family import Family
from gateway.metrics import Metrics
from vision.processes.messages import CameraStatus, InferenceStatus


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.render()[0].decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return samples(metrics).get((name, tuple(sorted(labels.items()))))


def everything() -> Metrics:
    metrics, health = Metrics(), Health()
    health.set("broker", "failed", "gone")
    metrics.watch_health(health)
    metrics.watch_supervisor(cast("Any", SimpleNamespace(restarts=lambda: {"camera:cam1": 3})))
    metrics.watch_machines(
        cast(
            "Any",
            SimpleNamespace(
                link=Link("waiting", "refused", 2),
                session_counts=None,
                counts=IntakeCounts(10, {"truncated": 2, "json": 1}, {"heart_rate_bpm": 4}),
            ),
        )
    )
    metrics.watch_cameras(
        cast(
            "Any",
            SimpleNamespace(
                camera_status={
                    "cam1": CameraStatus(camera_id="cam1", state="ok", fps=14.5, frames=100, dropped=7)
                },
                inference_status=InferenceStatus(
                    pose_model="blazepose",
                    runtime="litert",
                    frames=90,
                    skipped=3,
                    mean_ms=25.0,
                    refused={"mat": 2},
                ),
            ),
        )
    )
    metrics.watch_inboxes(cast("Any", _Inbox()))
    metrics.watch_sessions(active=lambda: 2, started=lambda: 5)
    metrics.watch_inference(cast("Any", _inference()))
    metrics.watch_outbox(lambda: (4, 0.0))
    metrics.watch_models(
        cast(
            "Any",
            SimpleNamespace(
                running=lambda: {"blazepose": ("0.10.21", "litert"), "phase": ("1.a7c3", "onnx")},
                outcomes={("blazepose", "swapped"): 2, ("blazepose", "refused"): 1},
            ),
        ),
        cast("Any", SimpleNamespace(done=3)),
    )
    return metrics


def _inference() -> SimpleNamespace:
    """Models that took a while to load, and were asked twice."""
    loads, asked = Durations((0.1, 1.0)), Durations((0.001, 0.01))
    loads.add("intensity", 0.5)
    for duration_s in (0.002, 30.0):
        asked.add("effect", duration_s)
    models = SimpleNamespace(load_times=loads, inference_times=asked)
    return SimpleNamespace(models=models, outcomes={("effect", "answered"): 2})


class _Inbox:
    name = "vision"
    dropped = 6

    def __len__(self) -> int:
        return 1


def test_every_part_is_read() -> None:
    metrics = everything()
    assert value(metrics, "gymbox_part_state", part="broker", state="failed") == 1
    assert value(metrics, "gymbox_part_state", part="broker", state="ok") == 0
    assert value(metrics, "gymbox_child_restarts_total", child="camera:cam1") == 3
    assert value(metrics, "gymbox_mqtt_link_state", state="waiting") == 1
    assert value(metrics, "gymbox_mqtt_link_state", state="connected") == 0
    assert value(metrics, "gymbox_mqtt_connections_total") == 0
    assert value(metrics, "gymbox_frames_accepted_total") == 10
    assert value(metrics, "gymbox_frames_rejected_total", reason="truncated") == 2
    assert value(metrics, "gymbox_readings_implausible_total", metric="heart_rate_bpm") == 4
    assert value(metrics, "gymbox_camera_frames_total", camera="cam1") == 100
    assert value(metrics, "gymbox_camera_frames_dropped_total", camera="cam1") == 7
    assert value(metrics, "gymbox_camera_frame_rate", camera="cam1") == 14.5
    assert value(metrics, "gymbox_pose_frames_total", model="blazepose", runtime="litert") == 90
    assert value(metrics, "gymbox_pose_mean_seconds", model="blazepose", runtime="litert") == 0.025
    assert value(metrics, "gymbox_reps_refused_total", station="mat") == 2
    assert value(metrics, "gymbox_inbox_dropped_total", inbox="vision") == 6
    assert value(metrics, "gymbox_inbox_depth", inbox="vision") == 1
    assert value(metrics, "gymbox_sessions_active") == 2
    assert value(metrics, "gymbox_sessions_total") == 5
    assert value(metrics, "gymbox_outbox_depth") == 4
    assert value(metrics, "gymbox_outbox_oldest_age_seconds") == 0


def test_names_follow_the_convention() -> None:
    text = everything().render()[0].decode()
    for family in text_string_to_metric_families(text):
        if not family.name.startswith("gymbox_"):
            continue
        assert family.documentation.endswith(".")
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", family.name)
        assert not re.search(r"_(ms|percent|minutes)$", family.name)
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")


def test_a_part_that_cannot_be_read_hides_no_other() -> None:
    metrics = everything()
    metrics.add(Family(name="gymbox_broken", help="Broken.", kind="gauge", read=lambda: {(): 1 / 0}))
    assert value(metrics, "gymbox_broken") is None
    assert value(metrics, "gymbox_sessions_active") == 2
    assert metrics.failures == 2
    assert value(metrics, "gymbox_metrics_failures_total") == 2


def test_two_boxes_in_one_process_do_not_meet() -> None:
    first, second = everything(), everything()
    first.add(Family(name="gymbox_own", help="Own.", kind="gauge", read=lambda: {(): 1.0}))
    assert value(first, "gymbox_own") == 1
    assert value(second, "gymbox_own") is None


def test_models_and_replays() -> None:
    metrics = everything()
    running = {"model": "blazepose", "version": "0.10.21", "runtime": "litert"}
    assert value(metrics, "gymbox_model_info", **running) == 1
    assert value(metrics, "gymbox_model_info", model="phase", version="1.a7c3", runtime="onnx") == 1
    assert value(metrics, "gymbox_model_swaps_total", model="blazepose", outcome="refused") == 1
    assert value(metrics, "gymbox_vision_replays_total") == 3


def test_the_recommenders_times_are_histograms() -> None:
    metrics = everything()
    loads = [
        value(metrics, "gymbox_model_load_seconds_bucket", model="intensity", le=le)
        for le in ("0.1", "1.0", "+Inf")
    ]
    assert loads == [0, 1, 1]
    asked = "gymbox_model_inference_seconds"
    buckets = [value(metrics, f"{asked}_bucket", model="effect", le=le) for le in ("0.001", "0.01", "+Inf")]
    assert buckets == [0, 1, 2]
    assert value(metrics, f"{asked}_count", model="effect") == 2
    assert value(metrics, f"{asked}_sum", model="effect") == pytest.approx(30.002)
    assert value(metrics, "gymbox_inference_requests_total", model="effect", outcome="answered") == 2


def test_nothing_said_yet_is_nothing_shown() -> None:
    metrics = Metrics()
    metrics.watch_models(
        cast("Any", SimpleNamespace(running=dict, outcomes={})),
        cast("Any", SimpleNamespace(done=0)),
    )
    assert "gymbox_model_info" not in {name for name, _ in samples(metrics)}
    metrics.watch_cameras(cast("Any", SimpleNamespace(camera_status={}, inference_status=None)))
    assert not [name for name, _ in samples(metrics) if name.startswith(("gymbox_camera", "gymbox_pose"))]


@pytest.mark.parametrize("name", ["gymbox_build_info", "process_resident_memory_bytes", "python_info"])
def test_the_process_is_shown(name: str) -> None:
    assert name in {found for found, _ in samples(Metrics())}
    assert "text/plain" in Metrics().render()[1]
